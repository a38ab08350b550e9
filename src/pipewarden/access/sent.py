"""Which groups an identity provider sends to another system under a value: what it says of that system, never a name alone."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from pipewarden.model.facts import Group, Resource
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.snapshot import Snapshot
from pipewarden.model.systems import System

CLAIM = "which groups the identity provider sends is decided at login"
"""Why a link through a token of OpenID Connect is not sure: the claim is set where no API tells it."""

MICROSOFT = frozenset({"login.microsoftonline.com", "sts.windows.net"})
"""Hosts by which Entra names itself in tokens. https://learn.microsoft.com/en-us/entra/identity-platform/access-token-claims-reference"""

_PLAIN = re.compile(r"[\w -]*")


def sends(snapshot: Snapshot, apps: Iterable[Resource], instance: str, value: str) -> list[int]:
    """Return the groups that a value of a SAML assertion for an instance stands for.

    Okta sends names, of the groups that the app's own statement filters; Entra sends ids.
    https://help.okta.com/en-us/content/topics/apps/define-group-attribute-statements.htm
    https://learn.microsoft.com/en-us/entra/identity-platform/optional-claims#configure-groups-optional-claims
    """
    found = list(_of_entra(snapshot, value))
    for app in apps:
        saml = app.attributes.get("saml")
        if isinstance(saml, dict) and host(saml.get("acs")) == instance and _filtered(saml.get("groups"), value):
            found += _named(snapshot, app.ref.instance, value)
    return list(dict.fromkeys(found))


def believed(snapshot: Snapshot) -> dict[tuple[str, str], frozenset[str]]:
    """Return whose tokens each login of a vault believes that takes groups of them, by the vault and the login's accessor.

    It is stated by the login's configuration: https://openbao.org/docs/auth/jwt/#oidc-authentication
    """
    found: dict[tuple[str, str], frozenset[str]] = {}
    for door in snapshot.entities(Kind.GROUP):
        issuer = host(door.attributes.get("issuer")) if door.attributes.get("groups_claim") else ""
        mount = door.attributes.get("mount")
        if issuer and isinstance(mount, str):
            key = (door.ref.instance, mount)
            found[key] = found.get(key, frozenset()) | {issuer}
    return found


def providers_of(snapshot: Snapshot, issuers: frozenset[str], value: str) -> tuple[list[int], str]:
    """Return the groups that a value of a vault's claim of groups stands for, and why that is not sure.

    Only groups of a provider are meant whose tokens the login believes.
    """
    found = []
    for instance, system in zip(snapshot.instances, snapshot.systems, strict=True):
        if system is System.OKTA and instance in issuers:
            found += _named(snapshot, instance, value)
    if issuers & MICROSOFT:
        found += _of_entra(snapshot, value)
    return found, CLAIM


def host(value: object) -> str:
    """Return the host of an address, "" where it is none."""
    try:
        return urlsplit(str(value or "")).hostname or ""
    except ValueError:
        return ""


def _of_entra(snapshot: Snapshot, value: str) -> Iterator[int]:
    for instance, system in zip(snapshot.instances, snapshot.systems, strict=True):
        ordinal = snapshot.ordinal(Ref(instance, Kind.GROUP, value)) if system is System.ENTRA else None
        if ordinal is not None and isinstance(snapshot.entity(ordinal), Group):
            yield ordinal


def _named(snapshot: Snapshot, instance: str, value: str) -> list[int]:
    """Return the groups of one Okta organization that are called so, letter by letter; it may have several."""
    return [
        o
        for o in snapshot.named(value)
        if snapshot.kind_of(o) is Kind.GROUP
        and snapshot.instances[snapshot.instance[o]] == instance
        and snapshot.name_of(o) == value
    ]


def _filtered(statements: object, value: str) -> bool:
    """Tell whether an app's statements of groups let a name through."""
    rows = statements if isinstance(statements, list) else []
    return any(isinstance(row, dict) and _lets(row.get("filterType"), row.get("filterValue"), value) for row in rows)


def _lets(kind: object, wanted: object, value: str) -> bool:
    text = str(wanted or "")
    match kind:
        case "EQUALS":
            return value == text
        case "STARTS_WITH":
            return value.startswith(text)
        case "CONTAINS":
            return text in value
        case "REGEX":
            return _fits(text.removeprefix("^").removesuffix("$"), value)
    return False


def _fits(pattern: str, value: str) -> bool:
    """Tell whether a name fits an expression of words with `.*` behind them; any other is not followed.

    The expression is foreign and of Java: to run it here might answer otherwise, or never.
    """
    head, anything = pattern.removesuffix(".*"), pattern.endswith(".*")
    if not _PLAIN.fullmatch(head):
        return False
    return value.startswith(head) if anything else value == head
