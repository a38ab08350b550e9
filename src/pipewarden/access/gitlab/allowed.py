"""Who a rule of GitLab lets in: its lines become clauses, over what roles give."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from pyroaring import BitMap

from pipewarden.access.chains import Chains
from pipewarden.access.github.held import CONDITION_UNSEEN, Clause, Lead
from pipewarden.access.gitlab.levels import ADMINISTRATORS, NOBODY, as_level
from pipewarden.access.gitlab.protected import Entry
from pipewarden.access.gitlab.scopes import Scopes
from pipewarden.access.graph import Graph, Stance, Want
from pipewarden.model.access import Capability, Condition, Level, Link
from pipewarden.model.ids import Kind, Ref

Held = Callable[[int, Want], BitMap]
"""Who holds something on a project: for sure, or perhaps."""

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
            for stance, held in ((Stance.SURE, self.graph.holders), (Stance.MAYBE, self.graph.maybe)):
                who, want, doubt = self._line(line, project, least, held)
                if not who:
                    continue
                unseen = CONDITION_UNSEEN if stance is Stance.MAYBE else ""
                told = (*unknown, *filter(None, (doubt, unseen)))
                lead = self.lead(project, want, stance)
                found.append(Way(who, lead, tuple(tail), conditions, told, stance, takes=takes))
        return found

    def lead(self, resource: int, want: Want, stance: Stance = Stance.SURE) -> Lead:
        """Return what gives somebody's chains to a resource."""
        return lambda principal: self.chains.to(principal, resource, want, stance)

    def _line(self, line: Entry, project: int, least: Level, held: Held) -> tuple[BitMap, Want, str]:
        """Return whom a line lets in of those who hold something on a project, what they need there, and what is not sure."""
        instance = self.snapshot.instances[self.snapshot.instance[project]]
        if line.odd:
            return held(project, least), least, ODD_LINE
        if line.user:
            # an account that is named may be the bot of an access token
            named = self._ordinals(
                Ref(instance, Kind.ACCOUNT, line.user),
                Ref(instance, Kind.SERVICE_ACCOUNT, line.user),
                Ref(instance, Kind.ACCESS_TOKEN, f"bot:{line.user}"),
            )
            return named & held(project, least), least, ""
        if line.group:
            within = self.in_group(instance, line.group, inherited=line.inherited)
            members = held(project, least)
            return (members, least, GROUP_UNREAD) if within is None else (within & members, least, "")
        if line.key:
            named = self._ordinals(Ref(instance, Kind.DEPLOY_KEY, line.key))
            return named & held(project, Capability.PUSH), Capability.PUSH, KEY_OWNER
        level = line.level or NOBODY
        if level == ADMINISTRATORS:
            sure = held == self.graph.holders
            return self.administrators(project) if sure else BitMap(), Capability.ADMINISTER, ""
        want = as_level(level)
        return (BitMap(), least, "") if level == NOBODY else (held(project, want), want, "")

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
