"""Policies: their text parsed into rules, and the secrets that they name.

https://openbao.org/api-docs/system/policies/
"""

from collections.abc import Iterable

from pipewarden.connectors.answers import picked
from pipewarden.connectors.vault.mounts import Mount, secret
from pipewarden.connectors.vault.policies import Unreadable, rules_of
from pipewarden.connectors.vault.run import Run
from pipewarden.model.facets_vault import VaultFacet
from pipewarden.model.facts import AnyFact, Cause, Role
from pipewarden.model.ids import Kind

DYNAMIC = {"database": "creds/", "aws": "creds/", "azure": "creds/", "gcp": "token/", "rabbitmq": "creds/"}
"""What makes a credential when it is read, by engine: what comes before the role's name.

https://openbao.org/api-docs/secret/databases/#generate-credentials
"""


async def policies(run: Run) -> list[AnyFact]:
    """Read every ACL policy."""
    names = await run.vault.keys("sys/policies/acl", template="LIST /sys/policies/acl")

    async def one(name: str) -> list[AnyFact]:
        row = await run.vault.read(f"sys/policies/acl/{name}", template="GET /sys/policies/acl/{name}")
        return _policy(run, name, row)

    return await run.each(VaultFacet.POLICIES, names, one)


def _policy(run: Run, name: str, row: dict[str, object]) -> list[AnyFact]:
    told: dict[str, object] = picked(
        row, "modified", "allow_slashes_in_identity_templates", "allow_wildcards_in_identity_templates"
    )
    facts: list[AnyFact] = []
    if name == "root":
        told["rules"] = []
    elif isinstance(row.get("policy"), str):
        try:
            # a policy of a namespace speaks of what is in it: its paths begin there
            told["rules"] = [{**rule, "path": f"{run.prefix}{rule['path']}"} for rule in rules_of(str(row["policy"]))]
        except Unreadable as fault:
            detail = f"policy {name}: {fault}"
            facts.append(run.gap(run.tenant, VaultFacet.POLICIES, cause=Cause.UNREADABLE, detail=detail))
    else:
        facts.append(run.gap(run.tenant, VaultFacet.POLICIES, cause=Cause.MISSING_FIELD, detail=f"policy {name}"))
    if expires := row.get("expiration"):
        told["expires"] = expires
    role = Role(
        ref=run.ref(Kind.ROLE, run.policy(name)),
        name=f"policy {run.prefix}{name}",
        parent=run.tenant,
        attributes=told,
        origin=run.origin(f"GET /sys/policies/acl/{name}"),
    )
    return [role, *facts]


def named(run: Run, roles: Iterable[Role], mounts: Iterable[Mount]) -> list[AnyFact]:
    """Return the secrets that policies name by their whole path: all that is known where names may not be listed."""
    by_length = sorted(mounts, key=lambda mount: -len(mount.path))
    facts: list[AnyFact] = []
    for role in roles:
        for rule in role.attributes.get("rules") or ():
            path = str(rule["path"])
            if not path.startswith(run.prefix):
                continue
            path = path.removeprefix(run.prefix)
            if any(mark in path for mark in ("+", "*", "{{")) or path.endswith("/"):
                continue
            mount = next((each for each in by_length if path.startswith(f"{each.path}/")), None)
            rest = path.removeprefix(f"{mount.path}/") if mount else ""
            if mount is None or not rest:
                continue
            endpoint = f"the rules of {role.name}"
            before = "data/" if mount.version == 2 else "" if mount.version == 1 else DYNAMIC.get(mount.type)
            if before is not None and rest.startswith(before) and rest != before:
                inside = rest.removeprefix("data/") if mount.version == 2 else rest
                facts.append(secret(run, mount, inside, endpoint))
    return facts
