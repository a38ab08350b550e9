"""Custom roles with their permissions, and resource sets with what they contain."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pipewarden.access.okta import roles as meaning
from pipewarden.access.okta.places import Place, place_ref
from pipewarden.connectors.okta.organization import setting
from pipewarden.connectors.okta.run import Run, picked, word
from pipewarden.model.access import Capability
from pipewarden.model.facets_okta import OktaFacet
from pipewarden.model.facts import AnyFact, Gate, Role
from pipewarden.model.ids import Kind, Ref

ROLES = "/api/v1/iam/roles"
PERMISSIONS = "/api/v1/iam/roles/{roleIdOrLabel}/permissions"
SETS = "/api/v1/iam/resource-sets"
RESOURCES = "/api/v1/iam/resource-sets/{resourceSetIdOrLabel}/resources"

_WHAT = re.compile(r"(users|groups|apps)(?:[/:](.+))?$")


@dataclass
class CustomRoles:
    """What custom roles permit, and what resource sets contain, both by id."""

    run: Run
    permissions: dict[str, list[str]] = field(default_factory=dict)
    resources: dict[str, list[str]] = field(default_factory=dict)
    """Each as `groups`, `groups:00g1`, `groups:00g1/users`, `users:00u1`, `apps:0oa1`."""

    def over(self, role: str, resource_set: str) -> Iterable[tuple[Ref, frozenset[Capability]]]:
        """Yield what a binding of a role to a resource set gives, resource by resource.

        Raises KeyError where role or set was not read: a gap then says that.
        """
        allowed = meaning.custom(self.permissions[role])
        for text in self.resources[resource_set]:
            what, _, key = text.partition(":")
            group, _, within = key.partition("/")
            place = Place(what)
            if within:
                # the people in a group, and not the group itself
                yield self.run.ref(Kind.GROUP, group), allowed.get(Place.USERS, frozenset())
            elif key:
                kind = {Place.USERS: Kind.ACCOUNT, Place.GROUPS: Kind.GROUP, Place.APPS: Kind.APPLICATION}[place]
                yield self.run.ref(kind, key), allowed.get(place, frozenset())
            else:
                yield place_ref(self.run.tenant, place), allowed.get(place, frozenset())


async def custom_roles(run: Run) -> CustomRoles:
    """Read custom roles and resource sets."""
    found = CustomRoles(run)
    for fact in await run.step("custom roles", OktaFacet.CUSTOM_ROLES, lambda: _roles(run)):
        if isinstance(fact, Role):
            found.permissions[fact.ref.key.removeprefix("okta:custom:")] = fact.attributes["permissions"]
    for fact in await run.step("resource sets", OktaFacet.CUSTOM_ROLES, lambda: _sets(run)):
        if isinstance(fact, Gate):
            found.resources[fact.ref.key] = fact.rules["resources"]
    return found


async def _roles(run: Run) -> Iterable[AnyFact]:
    facts: list[AnyFact] = []
    async for row in run.okta.pages(ROLES, template=ROLES, items="roles", limit=0):
        path = PERMISSIONS.format(roleIdOrLabel=row["id"])
        listed = run.okta.pages(path, template=PERMISSIONS, items="permissions", limit=0)
        labels = sorted([str(each["label"]) async for each in listed])
        facts.append(
            Role(
                ref=run.ref(Kind.ROLE, f"okta:custom:{row['id']}"),
                name=word(row.get("label"), str(row["id"])),
                parent=run.tenant,
                attributes={"type": "CUSTOM", "permissions": labels, **picked(row, "created", "lastUpdated")},
                origin=run.origin(ROLES),
            )
        )
    return facts


async def _sets(run: Run) -> Iterable[AnyFact]:
    facts: list[AnyFact] = []
    async for row in run.okta.pages(SETS, template=SETS, items="resource-sets", limit=0):
        path = RESOURCES.format(resourceSetIdOrLabel=row["id"])
        listed = run.okta.pages(path, template=RESOURCES, items="resources", limit=0)
        rows = [each async for each in listed]
        name = word(row.get("label"), str(row["id"]))
        named = sorted({text for each in rows if (text := resource_of(each))})
        facts.append(setting(run, "resource set", row["id"], name, SETS, {"resources": named, "entries": len(rows)}))
    return facts


def resource_of(row: Any) -> str:
    """Return what an entry of a resource set names, "" for what opens no pipeline: policies, zones, workflows.

    An ORN (`orn:okta:directory:{org}:groups:{id}`, `orn:okta:idp:{org}:apps:{type}:{id}`), or the link of the resource.
    https://developer.okta.com/docs/api/openapi/okta-management/guides/roles/#okta-resource-name-orn
    """
    links = row.get("_links") or {}
    for relation in ("self", "groups", "users"):
        href = (links.get(relation) or {}).get("href")
        if isinstance(href, str) and "/api/v1/" in href:
            found = _WHAT.match(href.partition("/api/v1/")[2].partition("?")[0].strip("/"))
            if found:
                return found.group(1) + (f":{found.group(2)}" if found.group(2) else "")
    orn = row.get("orn")
    parts = orn.split(":") if isinstance(orn, str) else []
    if len(parts) < 5 or parts[4] not in {"users", "groups", "apps"}:
        return ""
    if parts[4] == "groups" and len(parts) == 7 and parts[6] == "contained_resources":
        return f"groups:{parts[5]}/users"
    # an app's ORN has its type before its id; one with a type alone is all apps of the type, which the link tells better
    if parts[4] == "apps":
        return f"apps:{parts[6]}" if len(parts) > 6 else "apps"
    return f"{parts[4]}:{parts[5]}" if len(parts) > 5 else parts[4]
