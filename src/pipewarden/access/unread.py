"""Which gaps may hide somebody who has something: over what contains it, what lies beneath it, and where its jobs come from."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from pyroaring import BitMap

from pipewarden.access.hiding import MACHINES, PEOPLE
from pipewarden.access.jenkins.rulings import JenkinsRulings
from pipewarden.access.plain import MOST_ALIKE
from pipewarden.model.columns import REFERRED
from pipewarden.model.facets import Facet
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Cause, Gap
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.snapshot import Snapshot

if TYPE_CHECKING:
    from pipewarden.access.crossing import Crossing
    from pipewarden.access.rulings import SystemRulings

CODE = frozenset({Kind.SECRET, Kind.VARIABLE, Kind.RUNNER, Kind.RUNNER_GROUP, Kind.PIPELINE, Kind.FOLDER, Kind.MOUNT})
"""Kinds that people get to by running code: whoever may change a job of what they are kept for."""

OUTER = frozenset(
    {Kind.REPOSITORY, Kind.ORGANIZATION, Kind.ENTERPRISE, Kind.TENANT, Kind.FOLDER, Kind.ENVIRONMENT, Kind.PIPELINE}
)
"""What secrets and runners are kept for: the jobs of all that is in it."""

TRUSTING = frozenset({EntraFacet.FEDERATED, EntraFacet.APPLICATIONS})
"""Facets that tell which jobs may act as an application."""


class Unread:
    """The gaps of one snapshot, by what they may hide."""

    def __init__(
        self, snapshot: Snapshot, of: "Callable[[int], SystemRulings]", crossing: "Callable[[], Crossing]"
    ) -> None:
        self.snapshot = snapshot
        self._of = of
        self._crossing = crossing

    def over(self, resource: int, holders: BitMap | None = None, *, people: bool = False) -> tuple[str, ...]:
        """Say what was not read by which more may have something, beside what its own system's rulings say.

        `holders` are those who have it: what acts as one of them has it too. With `people` machines are left out.
        """
        if not self._gaps:
            return ()
        # whoever acts as its service principal acts as the application
        having = (holders or BitMap()) | BitMap([resource, *self.snapshot.children(resource, Kind.SERVICE_ACCOUNT)])
        roles = having & self._trusted
        gaps = [*self._hiding(resource)]
        if having & self._acted_as:
            instance = self.snapshot.ref(resource).instance
            gaps += [gap for gap in self._gaps if gap.facet in TRUSTING and gap.scope.instance == instance]
        elsewhere: dict[str, None] = {}
        for repository in dict.fromkeys([*self._sources(resource), *self._accepted(roles)]):
            elsewhere |= dict.fromkeys(self._of(repository).unseen(repository))
            gaps += self._hiding(repository)
        if roles:
            gaps += self._unlisted
        facets = PEOPLE | TRUSTING if people else PEOPLE | TRUSTING | MACHINES
        return tuple(dict.fromkeys((*self._told([gap for gap in gaps if gap.facet in facets]), *elsewhere)))

    def _told(self, gaps: Iterable[Gap]) -> Iterator[str]:
        """Tell of each thing what was not read; of many alike the first, and how many more."""
        alike: dict[tuple[str, str, str], dict[Ref, Gap]] = {}
        for gap in gaps:
            alike.setdefault((gap.facet, gap.cause, gap.permission), {})[gap.scope] = gap
        for those in alike.values():
            several = len(those) > MOST_ALIKE
            for gap in islice(those.values(), 1 if several else None):
                yield told(self.snapshot, gap, f" and {len(those) - 1:,} more" if several else "")

    @cached_property
    def _trusted(self) -> BitMap:
        return BitMap(self._crossing().trusts)

    @cached_property
    def _acted_as(self) -> BitMap:
        return BitMap(self.snapshot.ordinals(Kind.SERVICE_ACCOUNT, Kind.APPLICATION).astype("uint32"))

    def _accepted(self, roles: Iterable[int]) -> Iterator[int]:
        for role in roles:
            yield from self._crossing().repositories(role)

    @cached_property
    def _gaps(self) -> list[Gap]:
        """The gaps that may hide somebody. What a plan does not have hides nobody."""
        facets = PEOPLE | MACHINES | TRUSTING
        return [gap for gap in self.snapshot.gaps_in(facets) if gap.cause is not Cause.PLAN]

    @cached_property
    def _unlisted(self) -> list[Gap]:
        """The repositories of a code host that were not listed: jobs of theirs may be accepted, too."""
        lists = {Facet.REPO_SETTINGS, GitLabFacet.PROJECTS, GitLabFacet.GROUPS}
        return [gap for gap in self._gaps if gap.facet in lists and gap.scope.kind is not Kind.REPOSITORY]

    @cached_property
    def _at(self) -> dict[int, list[Gap]]:
        """The gaps by the thing that they are of."""
        found: dict[int, list[Gap]] = defaultdict(list)
        for gap in self._gaps:
            ordinal = self.snapshot.ordinal(gap.scope)
            if ordinal is not None:
                found[ordinal].append(gap)
        return found

    @cached_property
    def _beneath(self) -> dict[int, list[Gap]]:
        """The gaps by all that contains the thing that they are of."""
        found: dict[int, list[Gap]] = defaultdict(list)
        for at, gaps in self._at.items():
            for scope in self.snapshot.scopes(at):
                found[scope] += gaps
        return found

    def _hiding(self, resource: int) -> Iterator[Gap]:
        """Yield the gaps over what contains a thing, and over what lies beneath it where code that runs there gets to it."""
        scopes = list(self.snapshot.scopes(resource))
        if any(self._is_unseen(each) for each in scopes):
            instance = self.snapshot.ref(resource).instance
            yield from (gap for gap in self._gaps if gap.scope.instance == instance)
            return
        for scope in scopes:
            yield from self._at.get(scope, ())
        kind = self.snapshot.kind_of(resource)
        if kind in CODE or kind is Kind.REPOSITORY:
            outer = next((each for each in scopes if self.snapshot.kind_of(each) in OUTER), resource)
            yield from self._beneath.get(outer, ())
            instance = self.snapshot.ref(resource).instance
            yield from (gap for gap in self._astray if gap.scope.instance == instance)

    @cached_property
    def _astray(self) -> list[Gap]:
        """The gaps of things of which nobody knows where they lie, for they were named and not read: perhaps beneath it."""
        placed = ((gap, self.snapshot.ordinal(gap.scope)) for gap in self._gaps)
        return [gap for gap, at in placed if at is None or self._is_unseen(at)]

    def _is_unseen(self, ordinal: int) -> bool:
        """Tell whether a thing was named and not read, so that what contains it is not known."""
        if self.snapshot.parent[ordinal] >= 0 or self.snapshot.kind_of(ordinal) in {Kind.ENTERPRISE, Kind.TENANT}:
            return False
        return self.snapshot.entity(ordinal).origin.endpoint == REFERRED

    def _sources(self, resource: int) -> Iterator[int]:
        """Yield the repositories whose pipeline files jobs of a Jenkins controller run, by which code gets to a thing."""
        rulings = self._of(resource)
        if self.snapshot.kind_of(resource) in CODE and isinstance(rulings, JenkinsRulings):
            for item in rulings.sources.beneath(resource):
                yield from rulings.sources.of(item)


def told(snapshot: Snapshot, gap: Gap, more: str = "") -> str:
    """Say what was not read: `members of acme: not read (forbidden); Members: read would show it`."""
    ordinal = snapshot.ordinal(gap.scope)
    name = str(gap.scope) if ordinal is None else snapshot.name_of(ordinal)
    what = gap.facet.rsplit(".", 1)[-1].replace("_", " ")
    closes = f"; {gap.permission} would show it" if gap.permission else ""
    return f"{what} of {name}{more}: not read ({gap.cause.replace('_', ' ')}){closes}"
