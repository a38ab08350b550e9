"""Whether a branch of a repository of GitHub is kept from those who may write, as far as its gates were read."""

from pipewarden.access.github.protection import Protection, protection_of
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Gap, Gate, GateKind
from pipewarden.model.snapshot import Snapshot

_FACETS = frozenset({Facet.REPO_PROTECTION, Facet.REPO_RULESETS, Facet.ORG_RULESETS})


def is_held(snapshot: Snapshot, repository: int, branch: str) -> bool | None:
    """Tell whether a rule stands before a push to a branch; None where that is not known.

    A rule that asks nothing of whoever pushes (no force push, no deletion) holds nobody. Rules of the organization count
    for the repositories that they name, which is not looked into here: where there are any it stays open.
    """
    default = snapshot.entity(repository).attributes.get("default_branch")
    if not isinstance(default, str):
        return None
    if _holds(protection_of(snapshot.records(Gate, repository), branch, default)):
        return True
    scopes = snapshot.scopes(repository)
    if any(gap.facet in _FACETS for scope in scopes for gap in snapshot.records(Gap, scope)):
        return None
    above = (gate for scope in scopes if scope != repository for gate in snapshot.records(Gate, scope))
    return None if any(gate.kind is GateKind.RULESET and gate.active for gate in above) else False


def _holds(found: Protection) -> bool:
    return bool(
        found.requires_pull_request
        or found.restricts_push
        or found.locked
        or found.status_checks
        or found.merge_queue
        or found.required_workflows
    )
