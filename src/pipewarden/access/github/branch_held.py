"""Whether a branch of a repository of GitHub is kept from those who may write, as far as its gates were read."""

from pipewarden.access.github.protection import Protection, protection_of, repository_gates, selects_by_unread
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Gap, Gate
from pipewarden.model.snapshot import Snapshot

_FACETS = frozenset({Facet.REPO_PROTECTION, Facet.REPO_RULESETS, Facet.ORG_RULESETS})


def is_held(snapshot: Snapshot, repository: int, branch: str) -> bool | None:
    """Tell whether a rule stands before a push to a branch; None where that is not known.

    A rule that asks nothing of whoever pushes (no force push, no deletion) holds nobody. Rules of the organization count
    for the repositories that they select: by a property that was not read it stays open.
    """
    entity = snapshot.entity(repository)
    default = entity.attributes.get("default_branch")
    if not isinstance(default, str):
        return None
    own, scopes = snapshot.records(Gate, repository), tuple(snapshot.scopes(repository))
    above = [gate for scope in scopes if scope != repository for gate in snapshot.records(Gate, scope)]
    if _holds(protection_of(repository_gates(own, above, entity.ref, entity.name, entity.attributes), branch, default)):
        return True
    if any(gap.facet in _FACETS for scope in scopes for gap in snapshot.records(Gap, scope)):
        return None
    perhaps = [gate for gate in above if gate.active and selects_by_unread(gate, entity.attributes)]
    return None if perhaps and _holds(protection_of([*own, *perhaps], branch, default)) else False


def _holds(found: Protection) -> bool:
    return bool(
        found.requires_pull_request
        or found.restricts_push
        or found.locked
        or found.status_checks
        or found.merge_queue
        or found.required_workflows
    )
