"""Whether a branch of a repository of GitHub is kept from those who may write, as far as its gates were read."""

from pipewarden.access.github.actors import STRAIGHT, ruleset_bypass
from pipewarden.access.github.protection import Protection, protection_of, repository_gates, selects_by_unread
from pipewarden.access.github.roles import RULESET_ROLE_IDS
from pipewarden.model.access import Level
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Gap, Gate, GateKind
from pipewarden.model.snapshot import Snapshot

_FACETS = frozenset({Facet.REPO_PROTECTION, Facet.REPO_RULESETS, Facet.ORG_RULESETS})


def is_held(snapshot: Snapshot, repository: int, branch: str) -> bool | None:
    """Tell whether a rule stands before a push to a branch; None where that is not known.

    A rule that asks nothing of whoever pushes (no force push, no deletion) holds nobody. Rules of the organization count
    for the repositories that they select: by a property that was not read it stays open. Whom a ruleset lets through it
    does not hold: where that is whoever may write, nothing stands there; where that is hidden, or a rule of it was not
    understood, it is not known.
    """
    entity = snapshot.entity(repository)
    default = entity.attributes.get("default_branch")
    if not isinstance(default, str):
        return None
    own, scopes = snapshot.records(Gate, repository), tuple(snapshot.scopes(repository))
    above = [gate for scope in scopes if scope != repository for gate in snapshot.records(Gate, scope)]
    gates = repository_gates(own, above, entity.ref, entity.name, entity.attributes)
    if _holds(protection_of(filter(_binds_writers, gates), branch, default)):
        return True
    left = protection_of((gate for gate in gates if not _frees_writers(gate)), branch, default)
    if left.unread or _holds(left):
        return None
    if any(gap.facet in _FACETS for scope in scopes for gap in snapshot.records(Gap, scope)):
        return None
    perhaps = [gate for gate in above if gate.active and selects_by_unread(gate, entity.attributes)]
    return None if perhaps and _holds(protection_of([*own, *perhaps], branch, default)) else False


def _binds_writers(gate: Gate) -> bool:
    """Tell whether a gate holds whoever may write: its list is seen, and no role on it but the administrators'."""
    if gate.kind is not GateKind.RULESET:
        return True
    return gate.bypass is not None and all(RULESET_ROLE_IDS.get(role) is Level.ADMIN for role in _named(gate))


def _frees_writers(gate: Gate) -> bool:
    """Tell whether a ruleset lets everybody through who may write."""
    return gate.kind is GateKind.RULESET and any(level <= Level.WRITE for level in _freed(gate))


def _freed(gate: Gate) -> list[Level]:
    """Return the built-in roles that a ruleset lets push past it."""
    return [RULESET_ROLE_IDS[role] for role in _named(gate) if role in RULESET_ROLE_IDS]


def _named(gate: Gate) -> list[str]:
    """Return the ids of the roles that a ruleset lets push past it, those of an organization's own roles too."""
    return [each.id for each in ruleset_bypass(gate, STRAIGHT) if each.kind == "RepositoryRole"]


def _holds(found: Protection) -> bool:
    return bool(
        found.requires_pull_request
        or found.restricts_push
        or found.locked
        or found.status_checks
        or found.merge_queue
        or found.required_workflows
    )
