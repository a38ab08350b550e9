"""Entities with their aliases, groups, and login MFA.

https://openbao.org/api-docs/secret/identity/entity/
https://openbao.org/api-docs/secret/identity/group/
"""

from typing import Any

from pipewarden.connectors.answers import picked
from pipewarden.connectors.vault.run import MOST_NAME, Run, moment, texts
from pipewarden.connectors.vault.shapes import ENFORCEMENT, ENTITY, GROUP, must
from pipewarden.model.facets_vault import VaultFacet
from pipewarden.model.facts import Account, AnyFact, Group, Membership
from pipewarden.model.ids import Kind

PEOPLE = frozenset({"oidc", "userpass", "ldap", "okta", "github", "radius", "saml"})
"""Methods by which people log in. https://openbao.org/docs/auth/"""


async def entities(run: Run) -> list[AnyFact]:
    """Read every entity, with the policies it holds itself."""
    ids = await run.vault.keys("identity/entity/id", template="LIST /identity/entity/id")

    async def one(key: str) -> list[AnyFact]:
        row = await run.vault.read(f"identity/entity/id/{key}", template="GET /identity/entity/id/{id}")
        endpoint = f"GET /identity/entity/id/{key}"
        must(row, ENTITY, endpoint)
        ref = run.ref(Kind.ACCOUNT, key)
        aliases = [_alias(each) for each in row.get("aliases") or () if isinstance(each, dict)]
        told = picked(row, "name", "disabled", "metadata", "policies") | {"aliases": aliases}
        account = Account(
            ref=ref,
            name=own_name(row, key),
            parent=run.tenant,
            created_at=moment(row.get("creation_time")),
            attributes={**told, "type": _type(aliases)},
            origin=run.origin(endpoint),
        )
        return [account, *run.grants(ref, texts(row.get("policies")), endpoint)]

    return await run.each(VaultFacet.ENTITIES, ids, one)


def own_name(row: dict[str, Any], key: str) -> str:
    """Return a name that is not that of an account or team elsewhere: `vault:bob`."""
    return f"vault:{row.get('name') or key}"[:MOST_NAME]


def _alias(row: dict[str, Any]) -> dict[str, Any]:
    return picked(row, "id", "name", "mount_accessor", "mount_type", "mount_path", "metadata", "custom_metadata")


def _type(aliases: list[dict[str, Any]]) -> str:
    """Tell whether an entity is a person's: one whose logins are all of machines is none."""
    kinds = {str(each.get("mount_type")) for each in aliases}
    return "Bot" if kinds and not kinds & PEOPLE else "User"


async def groups(run: Run) -> list[AnyFact]:
    """Read every group: an internal one lists its members, an external one is filled by the alias at each login."""
    ids = await run.vault.keys("identity/group/id", template="LIST /identity/group/id")

    async def one(key: str) -> list[AnyFact]:
        row = await run.vault.read(f"identity/group/id/{key}", template="GET /identity/group/id/{id}")
        endpoint = f"GET /identity/group/id/{key}"
        must(row, GROUP, endpoint)
        ref, origin = run.ref(Kind.GROUP, key), run.origin(endpoint)
        alias = row.get("alias") if isinstance(row.get("alias"), dict) else None
        told = picked(row, "name", "type", "metadata", "policies")
        if alias:
            told["alias"] = _alias(alias)
        facts: list[AnyFact] = [
            Group(ref=ref, name=own_name(row, key), parent=run.tenant, attributes=told, origin=origin)
        ]
        facts += run.grants(ref, texts(row.get("policies")), endpoint)
        for member in texts(row.get("member_entity_ids")):
            facts.append(Membership(member=run.ref(Kind.ACCOUNT, member), group=ref, origin=origin))
        for inner in texts(row.get("member_group_ids")):
            facts.append(Membership(member=run.ref(Kind.GROUP, inner), group=ref, origin=origin))
        return facts

    return await run.each(VaultFacet.GROUPS, ids, one)


async def login_mfa(run: Run) -> list[dict[str, Any]]:
    """Return the enforcements of a second factor at login, each with the methods it asks for.

    https://openbao.org/api-docs/secret/identity/mfa/login-enforcement/
    """
    found = []
    for name in await run.vault.keys("identity/mfa/login-enforcement", template="LIST /identity/mfa/login-enforcement"):
        row = await run.vault.read(
            f"identity/mfa/login-enforcement/{name}", template="GET /identity/mfa/login-enforcement/{name}"
        )
        must(row, ENFORCEMENT, f"GET /identity/mfa/login-enforcement/{name}")
        told = picked(
            row,
            "auth_method_accessors",
            "auth_method_types",
            "identity_entity_ids",
            "identity_group_ids",
            "mfa_method_ids",
        )
        found.append({"name": name, **told})
    return found
