"""Teams with their own members and their own repositories only: what is inherited is left to the nesting."""

from collections.abc import AsyncIterator, Iterable

from pipewarden.connectors.answers import picked
from pipewarden.connectors.github.connections import Connection, Part, identified, refusals, understood, word
from pipewarden.connectors.github.graphql_shapes import odd_in
from pipewarden.connectors.github.run import Run
from pipewarden.errors import UnexpectedAnswer
from pipewarden.model.facets import Facet
from pipewarden.model.facts import AnyFact, Certainty, Gap, Grant, GrantKind, Group, Membership, Resource
from pipewarden.model.ids import Kind, Ref

ORDER = ("read", "triage", "write", "maintain", "admin")
LEVELS = {"READ": "read", "TRIAGE": "triage", "WRITE": "write", "MAINTAIN": "maintain", "ADMIN": "admin"}
TEAM_ROLES = {"MEMBER": "member", "MAINTAINER": "maintainer"}

NESTING = ("parentTeam", "ancestors")
"""Fields that tell in which team a team stands."""

MOST_NAMES = 5
"""Names that one sentence lists."""


async def teams(run: Run) -> None:
    """Read teams with their immediate members and own repositories.

    REST lists the members of child teams as the parent's: only GraphQL's IMMEDIATE tells them apart.
    """
    await run.facet(Facet.ORG_TEAMS, lambda: _teams(run), key="teams")


async def _teams(run: Run) -> Iterable[AnyFact]:
    facts: list[AnyFact] = []
    reading = Teams(run)
    listed = Connection(
        run,
        run.org,
        Facet.ORG_TEAMS,
        "teams",
        at=("organization", "teams"),
        ask=lambda first, after: run.graphql("teams", login=run.login, first=first, after=after),
        first=30,
    )
    async for page in listed.pages():
        facts += page.gaps
        for item in page.items:
            facts += await reading.team(item)
        run.progress("teams", listed.read, listed.total or 0)
    return [*facts, *reading.own_grants(), *reading.in_doubt()]


class Teams:
    """Reads teams one after the other, and tells in the end which of their grants are their own."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.grants: dict[Ref, dict[Ref, str]] = {}
        self.parents: dict[Ref, Ref] = {}
        self.unread: dict[Ref, tuple[str, Gap]] = {}
        """Teams whose parent, members or repositories were not read in full: their name and the first gap."""

    async def team(self, item: Part) -> list[AnyFact]:
        """Return a team with its members; what was not read of it is a gap at the team."""
        run, node = self.run, item.value
        try:
            team = identified(run, Kind.GROUP, node)
            slug = word(node, "slug", "a team")
        except UnexpectedAnswer as odd:
            told = run.gap(run.org, Facet.ORG_TEAMS, odd, detail=f"{node.get('slug') or 'a team'}: {odd}")
            return [*refusals(run, run.org, Facet.ORG_TEAMS, item.refused), told]
        origin = run.origin("graphql Teams")
        attributes = {**picked(node, "slug", "name", "description")}
        if isinstance(node.get("privacy"), str):
            attributes["privacy"] = node["privacy"].lower()
        group = Group(ref=team, name=f"{run.login}/{slug}", parent=run.org, attributes=attributes, origin=origin)
        about = refusals(run, team, Facet.ORG_TEAMS, item.but(*NESTING, "members", "repositories"))
        nesting = [each for name in NESTING for each in item.at(name).refused]
        inside: list[AnyFact] = [*refusals(run, team, Facet.ORG_TEAMS, nesting)]
        inside += understood(run, team, Facet.ORG_TEAMS, self._parent, item, team)
        async for edge in self._all(item, team, slug, "members", "team_members", inside):
            inside += understood(run, team, Facet.ORG_TEAMS, self._member, edge, team)
        held = self.grants.setdefault(team, {})
        async for edge in self._all(item, team, slug, "repositories", "team_repositories", inside):
            inside += understood(run, team, Facet.ORG_TEAMS, self._holds, edge, held)
        gap = next((fact for fact in inside if isinstance(fact, Gap)), None)
        if gap:
            self.unread[team] = (group.name, gap)
        return [group, *about, *inside]

    async def _all(
        self, item: Part, team: Ref, slug: str, field: str, query: str, facts: list[AnyFact]
    ) -> AsyncIterator[Part]:
        """Yield the edges of a team's connection, the first page of which came along; adds what was not read to `facts`."""
        run = self.run
        connection = Connection(
            run,
            team,
            Facet.ORG_TEAMS,
            field,
            query=query,
            at=("organization", "team", field),
            ask=lambda first, after: run.graphql(query, login=run.login, slug=slug, first=first, after=after),
        )
        async for page in connection.pages(item.at(field)):
            facts += page.gaps
            for edge in page.items:
                facts += refusals(run, team, Facet.ORG_TEAMS, edge.refused)
                yield edge

    def _parent(self, item: Part, team: Ref) -> Iterable[AnyFact]:
        """Yield in which team a team stands. A null parent has to be one of a team without ancestors.

        https://docs.github.com/en/graphql/reference/objects#team
        """
        node = item.value
        odd = odd_in(node, "teams", (each.place for each in item.refused))
        above = node["ancestors"]["totalCount"] if not odd and "ancestors" not in item.fields else 0
        parent = node.get("parentTeam")
        if odd or (above and parent is None and "parentTeam" not in item.fields):
            told = f"graphql teams: {(odd or 'parentTeam').replace('/', '.')} is not given as it is documented"
            raise UnexpectedAnswer(told, endpoint="graphql teams")
        if parent is not None:
            self.parents[team] = identified(self.run, Kind.GROUP, parent)
            origin = self.run.origin("graphql Teams")
            yield Membership(member=team, group=self.parents[team], role="child", origin=origin)

    def _member(self, edge: Part, team: Ref) -> Iterable[AnyFact]:
        member = identified(self.run, Kind.ACCOUNT, edge.value["node"])
        role = TEAM_ROLES.get(str(edge.value.get("role")))
        origin = self.run.origin("graphql Teams")
        yield Membership(member=member, group=team, role=role or "member", origin=origin)
        if role is None and not edge.refused:
            raise UnexpectedAnswer(f"the role {edge.value.get('role')} in a team is not known", endpoint="teams")

    def _holds(self, edge: Part, held: dict[Ref, str]) -> Iterable[AnyFact]:
        node = edge.value["node"]
        repository = identified(self.run, Kind.REPOSITORY, node)
        if isinstance(node.get("nameWithOwner"), str):
            # by name where it belongs, until the list of repositories says more
            origin = self.run.origin("graphql Teams")
            yield Resource(ref=repository, name=node["nameWithOwner"], parent=self.run.org, origin=origin)
        level = LEVELS.get(str(edge.value.get("permission")))
        if level is not None:
            held[repository] = level
        elif not edge.refused:
            told = f"the permission {edge.value.get('permission')} of a team is not known"
            raise UnexpectedAnswer(told, endpoint="teams")

    def own_grants(self) -> Iterable[AnyFact]:
        """Yield each team's own grants: rows a child merely inherits from its parents are left to the nesting.

        A row that is higher than what the parents give is the child's own for certain.
        """
        origin = self.run.origin("graphql Teams")
        presumed = self.run.origin("graphql Teams", Certainty.PRESUMED)
        for team, held in self.grants.items():
            for repository, level in held.items():
                above, seen = self.parents.get(team), {team}
                inherited, doubtful = False, team in self.unread
                while above is not None and above not in seen:
                    seen.add(above)
                    outer = self.grants.get(above, {}).get(repository)
                    inherited |= outer is not None and ORDER.index(outer) >= ORDER.index(level)
                    doubtful |= above in self.unread or above not in self.grants
                    above = self.parents.get(above)
                if not inherited:
                    yield Grant(
                        principal=team,
                        resource=repository,
                        role=level,
                        kind=GrantKind.TEAM,
                        origin=presumed if doubtful else origin,
                    )

    def in_doubt(self) -> Iterable[Gap]:
        """Yield the gap at the organization for teams that were not read in full.

        Anybody may be in such a team, and it may hold any repository: what rests on teams is not known anywhere.
        """
        if self.unread:
            names = sorted(name for name, _ in self.unread.values())
            more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
            detail = f"who is in these teams and what they hold was not read in full: {', '.join(names[:MOST_NAMES])}"
            cause = next(iter(self.unread.values()))[1].cause
            yield self.run.gap(self.run.org, Facet.ORG_TEAMS, cause=cause, detail=detail + more)
