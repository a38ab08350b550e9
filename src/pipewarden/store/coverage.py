"""What a snapshot could have shown: whether silence about a finding means that it is gone. Pure."""

from collections.abc import Iterator

from pipewarden.model.columns import REFERRED, Snapshot
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Gap
from pipewarden.model.findings import Finding
from pipewarden.model.ids import Ref
from pipewarden.model.listings import UNLISTED, hides


class Coverage:
    """Tells what was read and what a gap may have hidden."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._gaps: dict[Ref, list[Gap]] = {}
        for gap in snapshot.records(Gap):
            self._gaps.setdefault(gap.scope, []).append(gap)
        self._scopes = {entity.name: entity.ref for entity in snapshot.entities(*UNLISTED) if self.read(entity.ref)}

    def read(self, ref: Ref) -> bool:
        """Tell whether a thing was read itself; to be named by something else is not enough."""
        found = self._snapshot.find(ref)
        return found is not None and found.origin.endpoint != REFERRED

    def about(self, finding: Finding) -> bool:
        """Tell whether the organization (or checkout) of a finding was part of this snapshot at all."""
        scope = self._scope(finding)
        return scope is not None and self.read(scope)

    def may_hide(self, finding: Finding) -> bool:
        """Tell whether what a finding is about may be there and was not seen.

        Each of its things that is absent may be hidden by a gap over a list of its kind, at whatever encloses the
        finding; also by one at an enclosing thing that is absent itself: the workflow of a repository, where the
        list of repositories was refused.
        """
        named = {finding.subject, *finding.judged} | ({finding.object} if finding.object else set())
        around = {*named, *finding.within, *self._outer(named)} | (
            {scope} if (scope := self._scope(finding)) else set()
        )
        gaps = [gap for ref in around for gap in self._gaps.get(ref, ())]
        absent = [ref for ref in around if not self.read(ref)]
        if any(ref.kind in UNLISTED and ref in named for ref in absent):
            return True
        if any(gap.facet == Facet.SOURCE for gap in gaps):
            return True  # of what is known in part only, silence says nothing
        return any(hides(gap, ref.kind) for gap in gaps for ref in absent)

    def _scope(self, finding: Finding) -> Ref | None:
        return finding.scope_ref or self._scopes.get(finding.scope)

    def _outer(self, refs: set[Ref]) -> Iterator[Ref]:
        """Yield what contains things in this snapshot: they may have moved."""
        for ref in refs:
            ordinal = self._snapshot.ordinal(ref)
            for outer in () if ordinal is None else self._snapshot.scopes(ordinal):
                yield self._snapshot.ref(outer)
