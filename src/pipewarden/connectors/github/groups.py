"""Which groups of the identity provider the teams follow: who is in such a team is decided there, not here."""

import asyncio
from collections.abc import Awaitable, Iterable
from typing import Any, TypeVar
from urllib.parse import quote

from msgspec import structs

from pipewarden.connectors.answers import picked
from pipewarden.connectors.base import CredentialRefused
from pipewarden.connectors.github.plans import on_enterprise
from pipewarden.connectors.github.run import Run
from pipewarden.errors import BudgetSpent, SourceError, UnexpectedAnswer
from pipewarden.model.facets import Facet
from pipewarden.model.facts import AnyFact, Gap, Group
from pipewarden.model.ids import Kind, Ref

GROUPS = "/orgs/{org}/external-groups"
GROUP = "/orgs/{org}/external-group/{group_id}"
AVAILABLE = "/orgs/{org}/team-sync/groups"
FOLLOWED = "/orgs/{org}/teams/{team_slug}/team-sync/group-mappings"

TOGETHER = 8
"""Requests at the same time."""

MOST_TEAMS = 500
"""Teams asked one by one for their groups; the others are a gap."""

NOT_MANAGED = "not part of externally managed enterprise"
"""What GitHub answers, with 400, where the organization has no managed users."""


T = TypeVar("T")


async def groups(run: Run) -> None:
    """Add to each team the groups it follows, as `external_groups`; an empty list where it follows none.

    With managed users groups are connected to teams, and their members can be read:
    https://docs.github.com/en/enterprise-cloud@latest/rest/teams/external-groups
    Elsewhere teams are synchronised, and only a group's name can be read:
    https://docs.github.com/en/enterprise-cloud@latest/rest/teams/team-sync
    """
    await on_enterprise(run, Facet.ORG_EXTERNAL_GROUPS, lambda: _groups(run), key="groups", adds=("emu",))


async def _groups(run: Run) -> Iterable[AnyFact]:
    teams = {
        ref: entity
        for ref, entity in run._into._entities.items()  # noqa: SLF001 - teams were read before
        if isinstance(entity, Group) and entity.parent == run.org and not entity.attributes.get("implicit")
    }
    try:
        # a token of an owner reads what an app would need the right to write for
        rows = await run.listed(_path(run, GROUPS), template=GROUPS, items="groups", needs="owner")
    except UnexpectedAnswer as refusal:
        if refusal.status != 400 or NOT_MANAGED not in str(refusal):
            raise
        rows = None
    facts: list[AnyFact] = [*_managed(run, managed=rows is not None)]
    try:
        return facts + (await _synchronised(run, teams) if rows is None else await _connected(run, teams, rows))
    except CredentialRefused:
        raise
    except SourceError as refusal:
        return [*facts, run.gap(run.org, Facet.ORG_EXTERNAL_GROUPS, refusal)]


def _path(run: Run, template: str, **names: object) -> str:
    return template.format(org=run.login, **{k: quote(str(v), safe="") for k, v in names.items()})


def _managed(run: Run, *, managed: bool) -> Iterable[AnyFact]:
    """Yield the organization with whether its users are managed; a server has groups of its own kind and is left alone."""
    if not run.github.where.server:
        organization = run._into._entities[run.org]  # noqa: SLF001
        yield structs.replace(organization, attributes={**organization.attributes, "emu": managed})  # type: ignore[misc]


async def _connected(run: Run, teams: dict[Ref, Group], rows: list[dict[str, Any]]) -> list[AnyFact]:
    """Return the teams with the groups that are connected to them; none of them where a group could not be read."""
    slots = asyncio.Semaphore(TOGETHER)

    async def one(row: dict[str, Any]) -> tuple[dict[str, Any], list[str], list[Ref]]:
        async with slots:
            path = _path(run, GROUP, group_id=row["group_id"])
            body = await run.github.get(path, template=GROUP, params={"per_page": 100}, needs="owner")
            members = body.get("members") or []
            if len(members) >= 100:
                members = await run.listed(path, template=GROUP, items="members", needs="owner")
            followers = [run.ref(Kind.GROUP, team["team_id"]) for team in body.get("teams") or ()]
            return row, [str(each["member_id"]) for each in members], followers

    followed: dict[Ref, list[dict[str, Any]]] = {ref: [] for ref in teams}
    for row, members, followers in await _together(one(row) for row in rows):
        for team in followers:
            if team in followed:
                followed[team].append({**picked(row, "group_id", "group_name"), "members": members})
    return [_with(team, followed[ref]) for ref, team in teams.items()]


async def _synchronised(run: Run, teams: dict[Ref, Group]) -> list[AnyFact]:
    """Return the teams with the groups they are synchronised with; no team is asked where there are no groups."""
    slots = asyncio.Semaphore(TOGETHER)

    async def one(team: Group) -> Group | Gap:
        async with slots:
            path = _path(run, FOLLOWED, team_slug=team.attributes["slug"])
            try:
                body = await run.github.get(path, template=FOLLOWED, needs="token")
            except CredentialRefused:
                raise
            except SourceError as refusal:
                return run.gap(team.ref, Facet.ORG_EXTERNAL_GROUPS, refusal)
            return _with(team, [picked(row, "group_id", "group_name") for row in body.get("groups") or ()])

    if not await run.listed(_path(run, AVAILABLE), template=AVAILABLE, items="groups", needs="owner"):
        return [_with(team, []) for team in teams.values()]
    asked = sorted(teams.values(), key=lambda team: team.ref)
    facts: list[AnyFact] = [*await _together(one(team) for team in asked[:MOST_TEAMS])]
    spent = BudgetSpent(f"only {MOST_TEAMS} teams are asked which groups they follow", endpoint=FOLLOWED)
    return facts + [run.gap(team.ref, Facet.ORG_EXTERNAL_GROUPS, spent) for team in asked[MOST_TEAMS:]]


async def _together(work: Iterable[Awaitable[T]]) -> list[T]:
    """Do all of it, then raise the first fault: none goes on behind the back of the run."""
    done = await asyncio.gather(*work, return_exceptions=True)
    found: list[T] = []
    for each in done:
        if isinstance(each, BaseException):
            raise each
        found.append(each)
    return found


def _with(team: Group, followed: list[dict[str, Any]]) -> Group:
    """Return a team with the groups it follows."""
    ordered = sorted(followed, key=lambda group: str(group.get("group_id")))
    return structs.replace(team, attributes={**team.attributes, "external_groups": ordered})
