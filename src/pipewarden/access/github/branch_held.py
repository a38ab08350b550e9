"""Whether a branch of a repository of GitHub is kept from those who may write, as far as its gates were read."""

from pipewarden.access.github.protection import Protection, bypasses, protection_of, repository_gates, selects_by_unread
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Gap, Gate, GateKind
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
    counting = [
        gate
        for gate in repository_gates(own, above, entity.ref, entity.name, entity.attributes)
        if _lets_writers_through(gate) is not True
    ]
    if _holds(protection_of([g for g in counting if _lets_writers_through(g) is False], branch, default)):
        return True
    if _holds(protection_of(counting, branch, default)):
        return None
    if any(gap.facet in _FACETS for scope in scopes for gap in snapshot.records(Gap, scope)):
        return None
    perhaps = [
        gate
        for gate in above
        if gate.active and selects_by_unread(gate, entity.attributes) and _lets_writers_through(gate) is not True
    ]
    return None if perhaps and _holds(protection_of(perhaps, branch, default)) else False


_WRITE, _ADMIN = "4", "5"
"""Roles by their numbers in lists of those who are let through.

https://docs.github.com/en/rest/repos/rules#create-a-repository-ruleset (bypass_actors)
"""


def _lets_writers_through(gate: Gate) -> bool | None:
    """Tell whether a ruleset lets through whoever may write; None where its list was not seen, or some of them may be on it."""
    if gate.kind is not GateKind.RULESET:
        return False
    if gate.bypass is None:
        return None
    roles = {each.id for each in bypasses(gate) if each.kind == "RepositoryRole" and each.mode != "pull_request"}
    if _WRITE in roles:
        return True
    return None if roles - {_ADMIN} else False


def _holds(found: Protection) -> bool:
    return bool(
        found.requires_pull_request
        or found.restricts_push
        or found.locked
        or found.status_checks
        or found.merge_queue
        or found.required_workflows
    )
