"""Mounts and audit devices, and the names of secrets. Values are never asked for.

https://openbao.org/api-docs/system/mounts/
https://openbao.org/api-docs/secret/kv/kv-v2/#list-secrets
"""

from typing import Any, NamedTuple

from pipewarden.connectors.answers import picked
from pipewarden.connectors.shapes import Shape, fits
from pipewarden.connectors.vault.run import Run
from pipewarden.connectors.vault.shapes import METHOD, MOUNT
from pipewarden.errors import SourceError
from pipewarden.model.facets_vault import VaultFacet
from pipewarden.model.facts import AnyFact, Cause, Resource
from pipewarden.model.ids import Kind, Ref

MOST_SECRETS = 20_000
"""Names of secrets that are listed of one vault; more of them are told."""

SHOWN = ("type", "accessor", "description", "local", "seal_wrap", "deprecation_status")


class Mount(NamedTuple):
    """A mount as later steps need it."""

    ref: Ref
    path: str
    """Without the slash at its end; of an authentication method with `auth/` before it."""
    type: str
    version: int
    """The version of a key-value engine, 0 for any other engine."""


def mount_of(run: Run, fact: Resource) -> Mount:
    """Return what a mount's fact says, with its path inside the namespace that is read."""
    told = fact.attributes
    path = str(told["path"]).removeprefix(run.prefix)
    return Mount(fact.ref, path, str(told["type"]), int(told.get("kv_version") or 0))


async def mounts(run: Run) -> list[AnyFact]:
    """Read the secrets engines."""
    rows = await run.vault.read("sys/mounts", template="GET /sys/mounts")
    return [_mount(run, path, row, "GET /sys/mounts") for path, row in rows.items() if _is_mount(path, row, MOUNT)]


async def methods(run: Run) -> list[AnyFact]:
    """Read the authentication methods."""
    rows = await run.vault.read("sys/auth", template="GET /sys/auth")
    return [
        _mount(run, f"auth/{path}", row, "GET /sys/auth") for path, row in rows.items() if _is_mount(path, row, METHOD)
    ]


async def audit(run: Run) -> list[dict[str, Any]]:
    """Return the audit devices."""
    rows = await run.vault.read("sys/audit", template="GET /sys/audit")
    return [{"path": path, **picked(_row(row), "type", "local", "description")} for path, row in sorted(rows.items())]


def tenant(run: Run, **attributes: Any) -> Resource:
    """Return the vault itself, or the namespace that is read."""
    if run.prefix:
        outer, _, _ = run.prefix.removesuffix("/").rpartition("/")
        return Resource(
            ref=run.tenant,
            name=run.display(),
            parent=run.ref(Kind.FOLDER, f"{outer}/") if outer else run.ref(Kind.TENANT, "root"),
            attributes={**attributes, "platform": "vault", "path": run.prefix},
            origin=run.origin("LIST /sys/namespaces"),
        )
    return Resource(
        ref=run.tenant,
        name=run.display(),
        attributes={**attributes, "platform": "vault"},
        origin=run.origin("GET /sys/audit" if attributes else "GET /auth/token/lookup-self"),
    )


def _is_mount(path: str, row: object, shape: Shape) -> bool:
    return path.endswith("/") and fits(_row(row), shape, path)


def _row(row: object) -> dict[str, Any]:
    """Return what is told of a mount or device; one that is null is not none: the whole answer is not understood."""
    if not isinstance(row, dict):
        raise TypeError("a mount is no object")
    return row


def _mount(run: Run, path: str, row: dict[str, Any], endpoint: str) -> Resource:
    options = row.get("options") if isinstance(row.get("options"), dict) else {}
    config = row.get("config") if isinstance(row.get("config"), dict) else {}
    told = picked(row, *SHOWN) | picked(config or {}, "default_lease_ttl", "max_lease_ttl", "token_type")
    told["path"] = f"{run.prefix}{path.rstrip('/')}"
    if row["type"] in {"kv", "generic"}:
        told["kv_version"] = 2 if str((options or {}).get("version")) == "2" else 1
    key = str(row.get("accessor") or row.get("uuid") or path)
    return Resource(
        ref=run.ref(Kind.MOUNT, key),
        name=run.display(path.rstrip("/")),
        parent=run.tenant,
        attributes=told,
        origin=run.origin(endpoint),
    )


async def names(run: Run, mount: Mount) -> list[AnyFact]:
    """List the names of a key-value mount, folder by folder; what is refused there is a gap of the mount."""
    facts: list[AnyFact] = []
    base = f"{mount.path}/metadata" if mount.version == 2 else mount.path
    todo, seen = [""], {""}
    while todo:
        folder = todo.pop(0)
        try:
            keys = await run.vault.keys(f"{base}/{folder}", template=f"LIST /{base}/")
        except SourceError as refusal:
            facts.append(run.gap(mount.ref, VaultFacet.SECRETS, refusal))
            break
        for key in sorted(keys):
            path = f"{folder}{key}"
            if not key.endswith("/"):
                facts.append(secret(run, mount, path, f"LIST /{base}/{folder}"))
            elif path not in seen and key != "/":
                seen.add(path)
                todo.append(path)
        if len(facts) > MOST_SECRETS:
            detail = f"more than {MOST_SECRETS} names"
            facts = [
                *facts[:MOST_SECRETS],
                run.gap(mount.ref, VaultFacet.SECRETS, cause=Cause.TOO_LARGE, detail=detail),
            ]
            break
    return facts


def secret(run: Run, mount: Mount, path: str, endpoint: str) -> Resource:
    """Return a secret by its name: what of its mount gives it, and the paths that policies speak of."""
    place = f"{run.prefix}{mount.path}"
    own = f"{place}/data/{path}" if mount.version == 2 else f"{place}/{path}"
    told: dict[str, Any] = {"platform": "vault", "engine": mount.type, "path": own}
    if mount.version == 2:
        told["metadata_path"] = f"{place}/metadata/{path}"
        told["destroy_path"] = f"{place}/destroy/{path}"
    return Resource(
        ref=run.ref(Kind.SECRET, f"{mount.ref.key}:{path}"),
        name=run.display(mount.path, path),
        parent=mount.ref,
        attributes=told,
        origin=run.origin(endpoint),
    )
