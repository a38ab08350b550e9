"""Who a rule of GitLab lets in: its lines become clauses, over what roles give."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pyroaring import BitMap

from pipewarden.access.chains import Chains
from pipewarden.access.github.held import Clause, Lead
from pipewarden.access.gitlab.levels import ADMINISTRATORS, NOBODY, as_level
from pipewarden.access.gitlab.protected import Entry
from pipewarden.access.gitlab.scopes import Scopes
from pipewarden.access.graph import Graph, Want
from pipewarden.model.access import Capability, Condition, Level, Link
from pipewarden.model.ids import Kind, Ref

ODD_LINE = "a line of the rule has a form that is not known"
GROUP_UNREAD = "the members of a group that the rule names were not read"
KEY_OWNER = "GitLab does not tell whether the owner of the key is still a member"
"""https://docs.gitlab.com/user/project/repository/branches/protected/#allow-deploy-keys-to-push-to-a-protected-branch"""


@dataclass(frozen=True)
class Way(Clause):
    """A clause with what it takes of a token: one of these scopes; those of the capability asked about where none are named."""

    takes: Scopes = frozenset()


class Allowed:
    """Reads rules over one graph."""

    def __init__(self, graph: Graph, chains: Chains) -> None:
        self.graph = graph
        self.chains = chains
        self.snapshot = graph.snapshot

    def by(
        self,
        lines: Iterable[Entry],
        project: int,
        tail: Sequence[Link] = (),
        *,
        least: Level = Level.WRITE,
        conditions: tuple[Condition, ...] = (),
        unknown: tuple[str, ...] = (),
        takes: Scopes = frozenset(),
    ) -> list[Clause]:
        """Return a clause for each line. An account or group that is named still needs at least `least` on the project."""
        found: list[Clause] = []
        for line in lines:
            who, want, doubt = self._line(line, project, least)
            told = (*unknown, doubt) if doubt else unknown
            if who:
                found.append(Way(who, self.lead(project, want), tuple(tail), conditions, told, takes=takes))
        return found

    def lead(self, resource: int, want: Want) -> Lead:
        """Return what gives somebody's chains to a resource."""
        return lambda principal: self.chains.to(principal, resource, want)

    def _line(self, line: Entry, project: int, least: Level) -> tuple[BitMap, Want, str]:
        instance = self.snapshot.instances[self.snapshot.instance[project]]
        if line.odd:
            return self.graph.holders(project, least), least, ODD_LINE
        if line.user:
            # an account that is named may be the bot of an access token
            named = self._ordinals(
                Ref(instance, Kind.ACCOUNT, line.user),
                Ref(instance, Kind.SERVICE_ACCOUNT, line.user),
                Ref(instance, Kind.ACCESS_TOKEN, f"bot:{line.user}"),
            )
            return named & self.graph.holders(project, least), least, ""
        if line.group:
            within = self.in_group(instance, line.group, inherited=line.inherited)
            members = self.graph.holders(project, least)
            return (members, least, GROUP_UNREAD) if within is None else (within & members, least, "")
        if line.key:
            named = self._ordinals(Ref(instance, Kind.DEPLOY_KEY, line.key))
            return named & self.graph.holders(project, Capability.PUSH), Capability.PUSH, KEY_OWNER
        level = line.level or NOBODY
        if level == ADMINISTRATORS:
            return self.administrators(project), Capability.ADMINISTER, ""
        return (BitMap(), least, "") if level == NOBODY else (*self.at_least(project, level), "")

    def at_least(self, project: int, level: int) -> tuple[BitMap, Want]:
        """Return the members at a level or above it."""
        want = as_level(level)
        return self.graph.holders(project, want), want

    def in_group(self, instance: str, group: str, *, inherited: bool) -> BitMap | None:
        """Return who is in a group directly, and with its inherited members where they are meant; None where it was not read.

        https://docs.gitlab.com/user/project/repository/branches/protected/#with-a-group (direct members alone)
        """
        at = self.snapshot.ordinal(Ref(instance, Kind.ORGANIZATION, group))
        if at is None:
            return None
        groups = [self.snapshot.ref(each).key for each in self.snapshot.scopes(at)] if inherited else [group]
        found = BitMap()
        for key in groups:
            ordinal = self.snapshot.ordinal(Ref(instance, Kind.GROUP, key))
            if ordinal is not None:
                found |= self.graph.members(ordinal)
        return found

    def administrators(self, resource: int) -> BitMap:
        """Return who administers the instance."""
        outermost = list(self.snapshot.scopes(resource))[-1]
        if self.snapshot.kind_of(outermost) is not Kind.TENANT:
            return BitMap()
        return self.graph.held_on(outermost, Capability.ADMINISTER)

    def _ordinals(self, *refs: Ref) -> BitMap:
        return BitMap([each for ref in refs if (each := self.snapshot.ordinal(ref)) is not None])
