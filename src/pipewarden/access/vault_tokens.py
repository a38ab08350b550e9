"""By which login a vault's token came about: the vault itself writes the path, and the role or user name, into it.

What a token that was made by hand says of itself (`auth/token/create`) is whatever its maker wrote, and proves nothing.
https://openbao.org/api-docs/auth/token/#lookup-a-token-accessor
"""

import re

from pipewarden.access.view import View
from pipewarden.model.facets_vault import VaultFacet
from pipewarden.model.facts import Entity, Gap, Machine
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.systems import System

_LOGIN = re.compile(r"auth/(?P<mount>.+?)/login(?:/(?P<user>[^/]+))?")
ROLE = ("role", "role_name", "cert_name")
"""Where methods write the role that was used: JWT and Kubernetes, AppRole, certificates."""


def login_of(view: View, token: Machine) -> Entity | None:
    """Return the role, or the user, by which somebody logged in to be given a token; None where it was made by hand."""
    found = _named(view, token)
    return None if found is None else view.find(_logins(view).get(found))


def login_gap(view: View, token: Machine) -> Gap | None:
    """Return the gap in which the login of a token would have been found."""
    name = _named(view, token)
    if name is None or name in _logins(view):
        return None
    instance = token.ref.instance
    facets = {VaultFacet.AUTH, VaultFacet.ROLES}
    return next((gap for gap in view.gaps if gap.scope.instance == instance and gap.facet in facets), None)


def _named(view: View, token: Machine) -> str | None:
    """Return the name of the login that a token's path and metadata tell: `vault:acme/auth/approle/jenkins`."""
    if token.ref.kind is not Kind.ACCESS_TOKEN or view.system_of(token.ref) is not System.VAULT:
        return None
    path, meta = token.attributes.get("path"), token.attributes.get("meta")
    match = _LOGIN.fullmatch(path) if isinstance(path, str) else None
    if match is None or token.parent is None:
        return None
    told = meta if isinstance(meta, dict) else {}
    who = match["user"] or next((told[key] for key in ROLE if isinstance(told.get(key), str)), None)
    return f"{view.name(token.parent)}/auth/{match['mount']}/{who}" if who else None


def _logins(view: View) -> dict[str, Ref]:
    known = view.memo["logins of vaults"]
    if "all" not in known:
        known["all"] = {
            each.name: each.ref
            for each in view.entities(Kind.SERVICE_ACCOUNT, Kind.ACCOUNT)
            if view.system_of(each.ref) is System.VAULT
        }
    found: dict[str, Ref] = known["all"]
    return found
