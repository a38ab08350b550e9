"""Roles and users of authentication methods: who may log in, with which policies, and whose tokens are trusted.

https://openbao.org/api-docs/auth/jwt/
https://openbao.org/api-docs/auth/approle/
https://openbao.org/api-docs/auth/userpass/
"""

from typing import Any

import orjson

from pipewarden.connectors.answers import picked
from pipewarden.connectors.shapes import texts as texts_given
from pipewarden.connectors.vault.mounts import Mount
from pipewarden.connectors.vault.run import Run, texts
from pipewarden.connectors.vault.shapes import ISSUER, login_shape, must
from pipewarden.errors import SourceError, UnexpectedAnswer
from pipewarden.model.facets_vault import VaultFacet
from pipewarden.model.facts import Account, AnyFact, Cause, Group, Machine, Trust
from pipewarden.model.ids import Kind, Ref
from pipewarden.pipelines.trusts.stated import Stated
from pipewarden.pipelines.trusts.vault import vault_trust
from pipewarden.pipelines.yaml_tree import parse

LISTED = {
    "jwt": "role",
    "oidc": "role",
    "approle": "role",
    "kubernetes": "role",
    "aws": "roles",
    "azure": "role",
    "gcp": "roles",
    "cert": "certs",
    "userpass": "users",
    "ldap": "users",
    "okta": "users",
    "radius": "users",
}
"""Where each method lists what may log in, below its mount.

https://developer.hashicorp.com/vault/api-docs/auth/aws#list-roles , https://developer.hashicorp.com/vault/api-docs/auth/gcp#list-roles
"""

READ = {"aws": "role", "gcp": "role"}
"""Where one is read, if not where they are listed.

https://developer.hashicorp.com/vault/api-docs/auth/aws#read-role , https://developer.hashicorp.com/vault/api-docs/auth/gcp#read-role
"""

MAPPED = frozenset({"ldap", "okta"})
"""Methods that give policies to groups of a directory: whoever is in one has them at login.

https://openbao.org/api-docs/auth/ldap/#list-ldap-groups , https://developer.hashicorp.com/vault/api-docs/auth/okta#list-groups
"""

USERS = frozenset({"userpass", "ldap", "okta", "radius"})

TOKEN = (
    "token_ttl",
    "token_max_ttl",
    "token_explicit_max_ttl",
    "token_period",
    "token_policies",
    "token_bound_cidrs",
    "token_no_default_policy",
    "token_num_uses",
    "token_type",
)
OWN = (
    "role_type",
    "bound_audiences",
    "bound_claims",
    "bound_claims_type",
    "bound_subject",
    "user_claim",
    "groups_claim",
    "allowed_redirect_uris",
    "bind_secret_id",
    "secret_id_bound_cidrs",
    "secret_id_num_uses",
    "secret_id_ttl",
    "bound_service_account_names",
    "bound_service_account_namespaces",
    "token_policies_template_claims",
)


async def roles(run: Run, mount: Mount) -> list[AnyFact]:
    """Read what may log in through one method."""
    kept = LISTED.get(mount.type)
    if kept is None:
        if mount.type in {"token", "ns_token"}:  # the method of tokens is named so inside a namespace
            return []
        detail = f"{mount.path}: roles of the method {mount.type} are not read"
        return [run.gap(mount.ref, VaultFacet.ROLES, cause=Cause.NOT_COLLECTED, detail=detail)]
    try:
        names = await run.vault.keys(f"{mount.path}/{kept}", template=f"LIST /auth/{{{mount.type}}}/{kept}")
    except SourceError as refusal:
        return [run.gap(mount.ref, VaultFacet.ROLES, refusal)]
    issuer, at = "", READ.get(mount.type, kept)
    facts: list[AnyFact] = []
    if mount.type in {"jwt", "oidc"}:
        issuer, facts = await _issuer(run, mount)

    async def one(name: str) -> list[AnyFact]:
        row = await run.vault.read(f"{mount.path}/{at}/{name}", template=f"GET /auth/{{{mount.type}}}/{at}/{{name}}")
        return _login(run, mount, name, row, f"GET /{mount.path}/{at}/{name}", issuer)

    facts += await run.each(VaultFacet.ROLES, names, one, of=mount.ref.key)
    return facts + await _groups(run, mount) if mount.type in MAPPED else facts


async def _groups(run: Run, mount: Mount) -> list[AnyFact]:
    """Read the groups of a directory that a method gives policies to; who is in them the directory alone knows."""
    try:
        names = await run.vault.keys(f"{mount.path}/groups", template=f"LIST /auth/{{{mount.type}}}/groups")
    except SourceError as refusal:
        return [run.gap(mount.ref, VaultFacet.ROLES, refusal, detail=f"{mount.path}/groups: {refusal}")]

    async def one(name: str) -> list[AnyFact]:
        row = await run.vault.read(
            f"{mount.path}/groups/{name}", template=f"GET /auth/{{{mount.type}}}/groups/{{name}}"
        )
        endpoint, ref = f"GET /{mount.path}/groups/{name}", run.ref(Kind.GROUP, f"login:{mount.ref.key}:groups/{name}")
        must(row, {"policies": texts_given}, endpoint)
        told = {"platform": "vault", "method": mount.type, "mount": mount.ref.key}
        shown = run.display(mount.path, f"groups/{name}")
        group = Group(ref=ref, name=shown, parent=mount.ref, attributes=told, origin=run.origin(endpoint))
        return [group, *run.grants(ref, texts(row.get("policies")), endpoint)]

    return await run.each(VaultFacet.ROLES, names, one, of=f"{mount.ref.key} groups")


async def _issuer(run: Run, mount: Mount) -> tuple[str, list[AnyFact]]:
    """Return whose tokens a mount believes: the bound issuer, or where its keys are found."""
    try:
        row = await run.vault.read(f"{mount.path}/config", template="GET /auth/{jwt}/config")
        must(row, ISSUER, f"GET /{mount.path}/config")
    except SourceError as refusal:
        return "", [run.gap(mount.ref, VaultFacet.ROLES, refusal, detail=f"{mount.path}/config: {refusal}")]
    for name in ("bound_issuer", "oidc_discovery_url", "jwks_url"):
        if isinstance(row.get(name), str) and row[name]:
            return str(row[name]).removesuffix("/.well-known/jwks"), []
    return "", []


def is_peoples(mount: Mount, row: dict[str, Any]) -> bool:
    """Tell whether a role is one by which people log in through a browser, or with a name and password."""
    if mount.type in USERS:
        return True
    return mount.type in {"jwt", "oidc"} and (row.get("role_type") or "oidc") == "oidc"


def _login(run: Run, mount: Mount, name: str, row: dict[str, Any], endpoint: str, issuer: str) -> list[AnyFact]:
    must(row, login_shape(mount.type), endpoint)
    if not {"token_policies", "policies"} & row.keys():
        raise UnexpectedAnswer("token_policies is not given", endpoint=endpoint)
    key, origin = f"{mount.ref.key}:{name}", run.origin(endpoint)
    policies = texts(row.get("token_policies")) or texts(row.get("policies"))
    told = picked(row, *TOKEN, *OWN) | {"platform": "vault", "method": mount.type, "mount": mount.ref.key}
    shown = run.display(mount.path, name)
    if mount.type in USERS:
        ref = run.ref(Kind.ACCOUNT, key)
        fact: AnyFact = Account(
            ref=ref, name=shown, parent=mount.ref, attributes={**told, "type": "User", "local": True}, origin=origin
        )
    elif is_peoples(mount, row):
        ref = run.ref(Kind.GROUP, f"login:{key}")
        told["issuer"] = issuer
        fact = Group(ref=ref, name=shown, parent=mount.ref, attributes=told, origin=origin)
    else:
        ref = run.ref(Kind.SERVICE_ACCOUNT, key)
        fact = Machine(ref=ref, name=shown, parent=mount.ref, attributes=told, origin=origin)
    facts = [fact, *run.grants(ref, policies, endpoint)]
    if row.get("token_no_default_policy") is not True and "default" not in policies:
        facts += run.grants(ref, ["default"], endpoint)
    if mount.type in {"jwt", "oidc"} and not is_peoples(mount, row):
        facts += _trust(run, ref, shown, row, endpoint, issuer)
    return facts


def _trust(run: Run, role: Ref, shown: str, row: dict[str, Any], endpoint: str, issuer: str) -> list[AnyFact]:
    """Return whose tokens may log in through a role, read like the same role in Terraform."""
    given = {name: row[name] for name in (*OWN, "token_policies") if row.get(name) not in (None, "", [], {})}
    root = parse(orjson.dumps(given).decode()).root
    stated = None if root is None else vault_trust(root, name=shown, address=shown, path=endpoint, issuer=issuer)
    if stated is None:
        return []
    facts: list[AnyFact] = [
        Trust(
            ref=run.ref(Kind.TRUST, role.key),
            principal=role,
            issuer=stated.issuer,
            subjects=stated.subjects,
            audiences=stated.audiences,
            conditions=tuple(f"{claim.name} = {', '.join(claim.values)}" for claim in stated.claims),
            attributes=_told(stated),
            origin=run.origin(endpoint),
        )
    ]
    if not issuer:
        detail = f"{shown}: whose tokens it believes is not in the mount's configuration"
        facts.append(run.gap(role, VaultFacet.ROLES, cause=Cause.MISSING_FIELD, detail=detail))
    return facts


def _told(stated: Stated) -> dict[str, Any]:
    return {
        "platform": "vault",
        "claims": {claim.name: list(claim.values) for claim in stated.claims},
        "gives": list(stated.gives),
        "weak": [{"kind": weak.kind.value, "says": weak.says} for weak in stated.weak],
    }
