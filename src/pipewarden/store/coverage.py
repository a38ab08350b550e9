"""What a snapshot could have shown: whether silence about a finding means that it is gone. Pure."""

from collections.abc import Iterable, Iterator

from pipewarden.model.columns import REFERRED
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Entity, Gap
from pipewarden.model.findings import Finding
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.listings import UNLISTED, hides
from pipewarden.model.snapshot import Snapshot
from pipewarden.model.systems import System
from pipewarden.pipelines.files import PipelineKind, kind_of
from pipewarden.pipelines.trusts.places import shown_at_root
from pipewarden.pipelines.trusts.read import trust_kind

FETCHED = frozenset(
    {
        PipelineKind.GITHUB_WORKFLOW,
        PipelineKind.GITHUB_ACTION,
        PipelineKind.DEPENDABOT,
        PipelineKind.CODEOWNERS,
        PipelineKind.OCTO_STS,
    }
)
"""Files that are read over GitHub's API."""


class Coverage:
    """Tells what was read and what a gap may have hidden."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._gaps: dict[Ref, list[Gap]] = {}
        for gap in snapshot.gaps:
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
        if _rests_on_zizmor(finding) and any(gap.facet == Facet.REPO_ZIZMOR for gap in gaps):
            return True
        if self._was_not_looked_into(finding, around):
            return True
        return any(hides(gap, ref.kind) for gap in gaps for ref in absent)

    def _was_not_looked_into(self, finding: Finding, around: Iterable[Ref]) -> bool:
        """Tell whether a finding stands in a file that only a checkout shows, of a repository that was read without one.

        Over GitHub's API its own pipeline files are read, and for trusts the Terraform and its like of repositories whose
        root or workflows speak for some; nothing that pipelines pull in.
        """
        if not finding.file or kind_of(finding.file) in FETCHED:
            return False
        for ref in around:
            found = self._snapshot.find(ref) if ref.kind is Kind.REPOSITORY and self.read(ref) else None
            if found is not None:
                at = self._snapshot.instances.index(ref.instance)
                shown = found.attributes.get("checkout") or found.attributes.get("files_from_checkout")
                shown = shown or (finding.subject.kind is Kind.CLOUD_ROLE and _searched(found, finding.file))
                return self._snapshot.systems[at] is System.GITHUB and not shown
        return False

    def _scope(self, finding: Finding) -> Ref | None:
        return finding.scope_ref or self._scopes.get(finding.scope)

    def _outer(self, refs: set[Ref]) -> Iterator[Ref]:
        """Yield what contains things in this snapshot: they may have moved."""
        for ref in refs:
            ordinal = self._snapshot.ordinal(ref)
            for outer in () if ordinal is None else self._snapshot.scopes(ordinal):
                yield self._snapshot.ref(outer)


def _searched(repository: Entity, path: str) -> bool:
    """Tell whether a repository was searched for trusts, so far as it would show a file; what a budget left out is a gap."""
    return trust_kind(path) is not None and ("oidc_templates" in repository.attributes or shown_at_root(path))


def _rests_on_zizmor(finding: Finding) -> bool:
    """Tell whether a finding is zizmor's own: where our rules tell it too, its word is told with a line before it."""
    return any(proof.text.startswith("zizmor ") for proof in finding.evidence)
