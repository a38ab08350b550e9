"""Groups, who is in them, and the rules that put people there."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import structs

from pipewarden.access.okta.places import Place, place_ref
from pipewarden.access.okta.roles import is_live
from pipewarden.access.okta.rules import Rule, attributes_of, outer_groups
from pipewarden.connectors.okta.run import Run, batch_key, given_name, inner, picked, word
from pipewarden.model.facets_okta import OktaFacet
from pipewarden.model.facts import AnyFact, Group, Membership
from pipewarden.model.ids import Kind, Ref

BATCH = 100
"""Groups whose members are asked for in one step."""

MOST_MEMBERS = 1000
"""The page size of a group's members."""


async def groups(run: Run) -> dict[Ref, Group]:
    """Read all groups. `stats` tells which of them hold administrator roles, and so saves a request for each other."""
    path = "/api/v1/groups"

    async def work() -> Iterable[AnyFact]:
        params = {"expand": "stats"}
        rows = [row async for row in run.okta.pages(path, template=path, params=params)]
        return run.understood(rows, OktaFacet.GROUPS, lambda row: [_group(run, row)], run.tenant)

    facts = await run.step("groups", OktaFacet.GROUPS, work)
    return {fact.ref: fact for fact in facts if isinstance(fact, Group)}


def _group(run: Run, row: dict[str, Any]) -> Group:
    given_name(row, "type")
    attributes = picked(row, "type", "created", "lastMembershipUpdated")
    attributes["description"] = word(inner(row, "profile", "description"), "")
    stats = inner(row, "_embedded", "stats")
    # the API writes `hasAdminPrivilege`; its own description misspells the field
    for name in ("hasAdminPrivilege", "hasAdminPrivlege"):
        if isinstance(inner(stats, name), bool):
            attributes["has_admin_privilege"] = stats[name]
    return Group(
        ref=run.ref(Kind.GROUP, row["id"]),
        name=word(inner(row, "profile", "name"), str(row["id"])),
        parent=place_ref(run.tenant, Place.GROUPS),
        attributes=attributes,
        origin=run.origin("/api/v1/groups"),
    )


async def members(run: Run, found: dict[Ref, Group]) -> dict[Ref, Group]:
    """Read who is in each group; returns the groups with those who are in them and hold nothing: suspended, staged."""
    every = list(found.values())
    out = dict(found)
    for start in range(0, len(every), BATCH):
        batch = every[start : start + BATCH]
        run.progress("groups", start, len(every))
        key = batch_key("members", [each.ref for each in batch])
        facts = await run.step(key, OktaFacet.MEMBERS, lambda batch=batch: _batch(run, batch))  # type: ignore[misc]
        out |= {fact.ref: fact for fact in facts if isinstance(fact, Group)}
    return out


async def _batch(run: Run, batch: Sequence[Group]) -> Iterable[AnyFact]:
    results = await asyncio.gather(*(_members_of(run, each) for each in batch))
    return [fact for facts in results for fact in facts]


async def _members_of(run: Run, group: Group) -> Iterable[AnyFact]:
    template = "/api/v1/groups/{groupId}/users"
    facts: list[AnyFact] = []
    dormant: list[str] = []

    def read(row: dict[str, Any]) -> Iterable[AnyFact]:
        member = run.ref(Kind.ACCOUNT, row["id"])
        if not is_live(row.get("status")):
            dormant.append(member.key)
            return
        yield Membership(member=member, group=group.ref, origin=run.origin(template))

    async def work() -> Iterable[AnyFact]:
        path = template.format(groupId=group.ref.key)
        async for row in run.okta.pages(path, template=template, limit=MOST_MEMBERS):
            facts.extend(run.understood([row], OktaFacet.MEMBERS, read, group.ref))
        return ()

    gaps = await run.guarded(group.ref, OktaFacet.MEMBERS, work)
    if dormant:
        facts.append(structs.replace(group, attributes=group.attributes | {"dormant_members": sorted(dormant)}))
    return [*facts, *gaps]


async def rules(run: Run, found: dict[Ref, Group]) -> dict[Ref, Group]:
    """Read group rules: which expression puts people into which group, and which groups feed others."""
    path = "/api/v1/groups/rules"
    made: dict[Ref, list[dict[str, Any]]] = {}

    def read(row: dict[str, Any]) -> Iterable[AnyFact]:
        expression = word(inner(row, "conditions", "expression", "value"), "")
        excluded = bool(inner(row, "conditions", "people", "users", "exclude"))
        rule = Rule(str(row.get("status")), expression, excluded)
        about = {
            **picked(row, "id", "name", "status"),
            "expression": expression,
            "attributes": attributes_of(expression),
        }
        for key in inner(row, "actions", "assignUserToGroups", "groupIds") or ():
            target = run.ref(Kind.GROUP, key)
            made.setdefault(target, []).append(about)
            for outer in outer_groups(rule):
                source = run.ref(Kind.GROUP, outer)
                if source in found and source != target:
                    yield Membership(member=source, group=target, role="rule", origin=run.origin(path))

    async def work() -> Iterable[AnyFact]:
        rows = [row async for row in run.okta.pages(path, template=path)]
        facts = run.understood(rows, OktaFacet.GROUP_RULES, read, run.tenant)
        facts += [
            structs.replace(found[ref], attributes=found[ref].attributes | {"rules": rules})
            for ref, rules in made.items()
            if ref in found
        ]
        return facts

    facts = await run.step("group rules", OktaFacet.GROUP_RULES, work)
    return found | {fact.ref: fact for fact in facts if isinstance(fact, Group)}
