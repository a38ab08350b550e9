"""Which secret of a vault a job means that reads one from a store, by the path that the vault keeps it under."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from pipewarden.model.ids import Kind, Ref
from pipewarden.model.jobs import TakenSecret
from pipewarden.model.snapshot import Snapshot
from pipewarden.model.stores import perhaps_one
from pipewarden.model.systems import System

VAULT = "vault"


def in_store(snapshot: Snapshot, taken: TakenSecret) -> Ref | None:
    """Return the secret that a job reads; None where it was not read, or where several vaults have one of its path."""
    if taken.store != VAULT or System.VAULT not in snapshot.systems or "*" in taken.name:
        return None
    found = {ref for ref in _at(snapshot, _path(taken.name), taken.address) if snapshot.ordinal(ref) is not None}
    return found.pop() if len(found) == 1 else None


def can_be(snapshot: Snapshot, taken: TakenSecret, ref: Ref) -> bool:
    """Tell whether what a job reads can be one secret of a vault: its path fits, and the address does not say another."""
    fact = snapshot.find(ref)
    if taken.store != VAULT or fact is None or fact.attributes.get("platform") != "vault":
        return False
    if not _can_be_at(ref.instance, taken.address, snapshot):
        return False
    return fits(_path(taken.name), _plain(str(fact.attributes.get("path") or "")))


def is_elsewhere(name: str) -> bool:
    """Tell whether a name is one that only a store outside the settings can have: it begins with the store's word."""
    store, colon, _ = name.partition(":")
    return bool(colon) and store.lower() in _STORES


_STORES = frozenset({VAULT, "op", "aws", "gcp", "azure"})
"""See `TakenSecret.store`."""


def fits(written: str, name: str) -> bool:
    """Tell whether a name as a job writes it, `*` for what is open, is or may be another; `/data/` of a vault's API counts for nothing."""
    one, other = _plain(written.lower()), _plain(name.lower())
    return one == other or perhaps_one(one, other) or ("*" in one and fnmatchcase(other, one.replace("[", "[[]")))


def _path(name: str) -> str:
    return name.partition(":")[2].strip("/")


def _plain(path: str) -> str:
    """Return a path without the word that only the API of key-value mounts puts in: `secret/data/prod/db` is `secret/prod/db`.

    https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#read-secret-version
    """
    return path.replace("/data/", "/", 1)


def _at(snapshot: Snapshot, path: str, address: str) -> Iterator[Ref]:
    """Yield what the secrets of a path would be, one for each mount that it can be of."""
    for ordinal in snapshot.ordinals(Kind.MOUNT).tolist():
        mount = snapshot.entity(ordinal)
        place = str(mount.attributes.get("path") or "").strip("/")
        if not place or not path.startswith(f"{place}/") or (address and _host(address) != mount.ref.instance):
            continue
        inner = path.removeprefix(f"{place}/")
        if mount.attributes.get("kv_version") == 2:
            inner = inner.removeprefix("data/")
        yield Ref(mount.ref.instance, Kind.SECRET, f"{mount.ref.key}:{inner}")


def _host(address: str) -> str:
    return address.partition("://")[2].partition("/")[0].lower()


def _can_be_at(instance: str, address: str, snapshot: Snapshot) -> bool:
    """Tell whether an address can be that of a vault: its own, or one that no vault that was read is known by."""
    host = _host(address)
    known = [name for name, system in zip(snapshot.instances, snapshot.systems, strict=True) if system is System.VAULT]
    return host not in known or host == instance
