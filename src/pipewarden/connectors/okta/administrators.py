"""Who administers: roles of people, groups and service apps, over everything or over what their targets name."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from msgspec import structs

from pipewarden.access.okta import roles as meaning
from pipewarden.access.okta.directory import is_on
from pipewarden.access.okta.places import Place, place_ref
from pipewarden.connectors.answers import moment
from pipewarden.connectors.okta.apps import Apps
from pipewarden.connectors.okta.custom_roles import CustomRoles
from pipewarden.connectors.okta.run import Run, inner, tail, word
from pipewarden.errors import UnexpectedAnswer
from pipewarden.model.access import Capability
from pipewarden.model.facets_okta import OktaFacet
from pipewarden.model.facts import Account, AnyFact, Grant, GrantKind, Group, Role
from pipewarden.model.ids import Kind, Ref

USERS = "/api/v1/users/{userId}/roles"
GROUPS = "/api/v1/groups/{groupId}/roles"
CLIENTS = "/oauth2/v1/clients/{clientId}/roles"
TARGETS = f"{CLIENTS}/{{roleAssignmentId}}/targets"
"""What narrows a role of a service app: roles of people and groups bring it along, those of apps are asked one by one.

https://developer.okta.com/docs/api/openapi/okta-management/management/tag/RoleBTargetClient/
"""
BY_GROUPS = frozenset({"USER_ADMIN", "HELP_DESK_ADMIN", "GROUP_MEMBERSHIP_ADMIN"})
"""Standard roles that groups may narrow; apps may narrow that of an application administrator alone."""

ASSIGNEES = "/api/v1/iam/assignees/users"

SUPERS = f"okta:{meaning.SUPER}:"
"""How the key of the super administrator's role begins."""


@dataclass
class Held:
    """Who holds roles, and what everybody looks like now that this is known."""

    people: dict[Ref, Account] = field(default_factory=dict)
    administrators: set[Ref] = field(default_factory=set)
    grants: dict[Ref, list[Grant]] = field(default_factory=dict)
    """By account, person or group."""
    groups_of: dict[Ref, set[Ref]] = field(default_factory=dict)
    """The groups that somebody is in and that hold roles, nested ones too."""


async def roles(
    run: Run, people: dict[Ref, Account], groups: dict[Ref, Group], apps: Apps, custom: CustomRoles
) -> Held:
    """Read all role assignments, and set apart who and what holds one: others may not touch them."""
    reading = _Reading(run, people, groups, apps, custom)
    facts = await run.step("admin roles", OktaFacet.ROLES, reading.all)
    held = Held(people=dict(people))
    for fact in facts:
        if isinstance(fact, Grant):
            held.grants.setdefault(fact.principal, []).append(fact)
    privileged = {ref for ref in held.grants if ref.kind is Kind.GROUP}
    for ref in privileged & groups.keys():
        run.add(structs.replace(groups[ref], parent=place_ref(run.tenant, Place.ADMIN_GROUPS)))
    for ref, member in _within(run, privileged):
        held.groups_of.setdefault(member, set()).add(ref)
    supers = {ref for ref, grants in held.grants.items() if any(each.role.startswith(SUPERS) for each in grants)}
    for ref in {*held.grants, *held.groups_of}:
        if ref in people:
            is_super = ref in supers or bool(supers & held.groups_of.get(ref, set()))
            where = Place.SUPERS if is_super else Place.ADMINISTRATORS
            administrator = structs.replace(people[ref], parent=place_ref(run.tenant, where))
            held.people[ref] = administrator
            held.administrators.add(ref)
            run.add(administrator)
    return held


def _within(run: Run, groups: set[Ref]) -> Iterable[tuple[Ref, Ref]]:
    """Yield each group with each account in it, through nesting too."""
    inside: dict[Ref, list[Ref]] = {}
    for membership in run.memberships():
        inside.setdefault(membership.group, []).append(membership.member)
    for group in groups:
        seen, todo = {group}, [group]
        while todo:
            for member in inside.get(todo.pop(), ()):
                if member.kind is Kind.GROUP and member not in seen:
                    seen.add(member)
                    todo.append(member)
                elif member.kind is Kind.ACCOUNT:
                    yield group, member


class _Reading:
    """Reads the assignments of one organization."""

    def __init__(
        self, run: Run, people: dict[Ref, Account], groups: dict[Ref, Group], apps: Apps, custom: CustomRoles
    ) -> None:
        self.run = run
        self.people = people
        self.groups = groups
        self.apps = apps
        self.custom = custom
        self.rows: list[tuple[Ref, dict[str, Any], str]] = []

    async def all(self) -> Iterable[AnyFact]:
        """Ask for everybody's roles, then say what each gives: which groups are privileged must be known for that."""
        gaps: list[AnyFact] = []
        assignees = self.run.okta.pages(ASSIGNEES, template=ASSIGNEES, items="value", limit=100)
        ids = [row["id"] async for row in assignees]
        asked = [self._roles(self.run.ref(Kind.ACCOUNT, key), USERS.format(userId=key), USERS) for key in ids]
        for ref, group in self.groups.items():
            if group.attributes.get("has_admin_privilege") is not False:
                asked.append(self._roles(ref, GROUPS.format(groupId=ref.key), GROUPS))
        for client, service in self.apps.services.items():
            asked.append(self._roles(service.ref, CLIENTS.format(clientId=client), CLIENTS))
        for each in await asyncio.gather(*asked):
            gaps += each
        # in whichever order the answers came: what a group itself states of its role counts, and is told last
        self.rows.sort(key=lambda each: ((USERS, GROUPS, CLIENTS).index(each[2]), each[0], str(each[1].get("id"))))
        privileged = {principal for principal, _, _ in self.rows if principal.kind is Kind.GROUP}
        facts = self.run.understood(
            self.rows, OktaFacet.ROLES, lambda each: self._grants(each, privileged), self.run.tenant
        )
        return [*facts, *gaps]

    async def _roles(self, principal: Ref, path: str, template: str) -> Iterable[AnyFact]:
        async def work() -> Iterable[AnyFact]:
            rows = await self._asked(path, template, "targets/groups")
            if template != CLIENTS and any(row.get("type") == "APP_ADMIN" for row in rows):
                narrowed = await self._asked(path, template, "targets/catalog/apps")
                others = [row for row in rows if row.get("type") != "APP_ADMIN"]
                rows = [*others, *(row for row in narrowed if row.get("type") == "APP_ADMIN")]
            if template == CLIENTS:
                rows = [await self._narrowed(path, row) for row in rows]
            for row in rows:
                holder = principal
                if row.get("assignmentType") == "GROUP" and principal.kind is Kind.ACCOUNT:
                    # inherited: the group holds it
                    holder = self.run.ref(Kind.GROUP, tail(inner(row, "_links", "assignee", "href")))
                self.rows.append((holder, row, template))
            return ()

        return await self.run.guarded(principal, OktaFacet.ROLES, work)

    async def _asked(self, path: str, template: str, expand: str) -> list[dict[str, Any]]:
        params = {"expand": expand} if template != CLIENTS else None
        rows = [row async for row in self.run.okta.pages(path, template=template, params=params, limit=0)]
        if not all(isinstance(row, dict) for row in rows):
            raise UnexpectedAnswer(f"{template} answered with something else than roles", endpoint=template)
        return rows

    async def _narrowed(self, path: str, row: dict[str, Any]) -> dict[str, Any]:
        """Return a role of a service app with its targets, in the form in which a person's brings them along."""
        kind = row.get("type")
        part = "groups" if kind in BY_GROUPS else "catalog/apps" if kind == "APP_ADMIN" else ""
        if not part or not is_on(row.get("status")):
            return row
        url = f"{path}/{row['id']}/targets/{part}"
        found = [each async for each in self.run.okta.pages(url, template=f"{TARGETS}/{part}", limit=0)]
        targets = {"groups": found} if part == "groups" else {"catalog": {"apps": found}}
        return {**row, "_embedded": {"targets": targets}}

    def _grants(self, assignment: tuple[Ref, dict[str, Any], str], privileged: set[Ref]) -> Iterable[AnyFact]:
        principal, row, template = assignment
        if not is_on(row.get("status")):
            return
        kind = row["type"]
        if kind == "CUSTOM":
            given, name = list(self.custom.over(row["role"], row["resource-set"])), word(row.get("label"), row["role"])
            key = f"custom:{row['role']}"
        else:
            if kind not in meaning.STANDARD:
                raise ValueError(kind)
            given, name, key = list(self._standard(kind, row)), meaning.NAMES[kind], kind
        service = next((each for each in self.apps.services.values() if each.ref == principal), None)
        for resource, capabilities in given:
            if resource in privileged and Capability.ADMINISTER not in capabilities:
                continue  # "Only super admins can manage groups with administrative roles."
            held = meaning.within_scopes(capabilities, service.scopes) if service else capabilities
            yield from self._grant(principal, resource, key, name, held, row, template)

    def _standard(self, kind: str, row: dict[str, Any]) -> Iterable[tuple[Ref, frozenset[Capability]]]:
        """Yield what a standard role is held over. Targets narrow it; without them it is all there is."""
        allowed = meaning.standard(kind)
        groups = inner(row, "_embedded", "targets", "groups") or []
        apps = inner(row, "_embedded", "targets", "catalog", "apps") or []
        if groups:
            together = allowed.get(Place.GROUPS, frozenset()) | allowed.get(Place.USERS, frozenset())
            for each in groups:
                yield self.run.ref(Kind.GROUP, each["id"]), together
        elif apps:
            for each in apps:
                for ref in self.apps.targets(each):
                    yield ref, allowed.get(Place.APPS, frozenset())
        else:
            for place, capabilities in allowed.items():
                yield place_ref(self.run.tenant, place), capabilities

    def _grant(
        self,
        principal: Ref,
        resource: Ref,
        key: str,
        name: str,
        capabilities: frozenset[Capability],
        row: dict[str, Any],
        template: str,
    ) -> Iterable[AnyFact]:
        role = f"okta:{key}:{'+'.join(sorted(capabilities))}"
        origin = self.run.origin(template)
        yield Role(
            ref=self.run.ref(Kind.ROLE, role),
            name=name,
            parent=self.run.tenant,
            permissions=dict.fromkeys(sorted(capabilities), "yes"),
            attributes={"type": row["type"], "label": row.get("label")},
            origin=origin,
        )
        yield Grant(
            principal=principal,
            resource=resource,
            role=role,
            kind=GrantKind.DIRECT,
            since=moment(row.get("created")),
            origin=origin,
        )
