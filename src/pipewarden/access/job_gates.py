"""What the settings of a repository make of the words for what holds its jobs: what *may be protected* is, or is not."""

import re

from pipewarden.access.github.branch_held import is_held
from pipewarden.access.gitlab.protected import matches
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Gap, Gate, GateKind
from pipewarden.model.ids import Kind
from pipewarden.model.snapshot import Snapshot
from pipewarden.model.systems import System

_MAY = "may be protected"
_IS = "is protected"
_BRANCH = f", which {_MAY}"
_ONLY_ON = "only on "
_THE = "the environment "
_DEFAULT = "the default branch"
_PATTERN = re.compile(r"[*?\[{(|\\]")
"""What only a pattern of branches has."""


def settled(part: str, snapshot: Snapshot, repository: int) -> str:
    """Return the words for one thing that stands before a job as its repository's settings leave them; empty: it is not there.

    Where the settings were not read it may be protected, or not.
    """
    if _MAY not in part or repository < 0 or snapshot.entity(repository).attributes.get("checkout"):
        return part
    if part.startswith(_THE):
        answer = _environment(part.removeprefix(_THE).removesuffix(f" {_MAY}"), snapshot, repository)
        return part if answer is None else part.replace(_MAY, _IS) if answer else ""
    if part.startswith(_ONLY_ON) and part.endswith(_BRANCH):
        answer = _branch(part.removeprefix(_ONLY_ON).removesuffix(_BRANCH), snapshot, repository)
        return part if answer is None else part.replace(_MAY, _IS) if answer else part.removesuffix(_BRANCH)
    return part


def _environment(name: str, snapshot: Snapshot, project: int) -> bool | None:
    """Tell whether an environment is protected: by its project by name; a group's rules are by tier, and leave it open.

    https://docs.gitlab.com/ci/environments/protected_environments/
    """
    if any(matches(pattern, name) for pattern in _patterns(snapshot, project, GateKind.ENVIRONMENT, "environment")):
        return True
    if _unread(snapshot, project, GitLabFacet.PROTECTED_ENVIRONMENTS, GitLabFacet.GROUP_ENVIRONMENTS):
        return None
    groups = [scope for scope in snapshot.scopes(project) if snapshot.kind_of(scope) is Kind.ORGANIZATION]
    above = any(any(_patterns(snapshot, scope, GateKind.ENVIRONMENT, "environment")) for scope in groups)
    return None if above else False


def _branch(name: str, snapshot: Snapshot, project: int) -> bool | None:
    """Tell whether a branch is protected; a pattern of a job's rules may be for several, of which nothing is told."""
    if name == _DEFAULT:
        name = str(snapshot.entity(project).attributes.get("default_branch") or "")
    if not name or name.startswith("/"):
        return None
    if _is_github(snapshot, project):
        return None if _PATTERN.search(name) else is_held(snapshot, project, name)
    if any(matches(pattern, name) for pattern in _patterns(snapshot, project, GateKind.BRANCH_PROTECTION, "branch")):
        return True
    return None if _unread(snapshot, project, GitLabFacet.PROTECTED_BRANCHES) else False


def _is_github(snapshot: Snapshot, repository: int) -> bool:
    systems = dict(zip(snapshot.instances, snapshot.systems, strict=True))
    return systems.get(snapshot.ref(repository).instance, System.GITHUB) is System.GITHUB


def _patterns(snapshot: Snapshot, scope: int, kind: GateKind, target: str) -> list[str]:
    return [
        pattern
        for gate in snapshot.records(Gate, scope)
        if gate.kind is kind and gate.target == target
        for pattern in gate.patterns
    ]


def _unread(snapshot: Snapshot, project: int, *facets: str) -> bool:
    return any(gap.facet in facets for scope in snapshot.scopes(project) for gap in snapshot.records(Gap, scope))
