"""Checks about CI/CD variables of GitLab: who is given their values."""

from collections.abc import Iterator

from pipewarden.access.gitlab.levels import MAINTAINER
from pipewarden.access.view import Missing, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.gitlab_reading import DOCS, PROJECTS, lowest, odd, setting
from pipewarden.checks.reading import many
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Cause, Gate, GateKind, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind, Ref

VARIABLES = "Settings > CI/CD > Variables"

VARIABLES_DOC = f"{DOCS}/ci/variables/"


def _secret(secret: Resource, view: View, flag: str) -> bool:
    return setting(view, secret, flag, facet=GitLabFacet.VARIABLES) is False


def _guarded(secret: Resource, view: View, scope: str) -> bool:
    """Tell whether a protected environment keeps the variable: whose name is the scope, in the variable's own project."""
    if secret.parent is None or secret.parent.kind is not Kind.REPOSITORY:
        return False
    view.need(secret.parent, GitLabFacet.PROTECTED_ENVIRONMENTS)
    return any(gate.name == scope for gate in view.gates(secret.parent, GateKind.ENVIRONMENT))


def _looks_secret(secret: Resource) -> bool:
    """Tell by its name whether a variable is a secret: its value was never kept."""
    words = str(secret.attributes.get("key", "")).upper().split("_")
    return bool({"TOKEN", "PASSWORD", "SECRET", "KEY", "CREDENTIALS", "KUBECONFIG", "PASS", "PAT"} & set(words))


@check(
    id="gl.var.unprotected",
    title="Variables are given to protected branches and tags alone",
    severity=Severity.HIGH,
    subject=Kind.SECRET,
    remedy=(f"Turn on “Protect variable”: {VARIABLES}.",),
    source=f"{VARIABLES_DOC}#protect-a-cicd-variable",
    **clauses(PROJECTS, "C2.1.7 O6"),
)
def variable_unprotected(secret: Resource, view: View) -> Iterator[Hit]:
    """Whoever can push a branch can print it from a job of their own; only masked variables are taken for secrets here."""
    masked = view.attribute(secret, "masked", default=None) is True
    scope = str(view.attribute(secret, "environment_scope", default="*") or "*")
    if not _secret(secret, view, "protected") or (scope != "*" and _guarded(secret, view, scope)):
        return
    if masked or scope != "*" or _looks_secret(secret):
        yield Hit(says=f"{secret.name} is given to jobs of every branch that somebody pushes")


@check(
    id="gl.var.unmasked",
    title="Variables with secrets are masked in logs",
    severity=Severity.MEDIUM,
    subject=Kind.SECRET,
    remedy=(f"Set the visibility to “Masked and hidden”: {VARIABLES}. GitLab asks to make the variable anew.",),
    source=f"{VARIABLES_DOC}#mask-a-cicd-variable",
    **clauses(PROJECTS, "C2.1.7 O6"),
)
def variable_unmasked(secret: Resource, view: View) -> Iterator[Hit]:
    """A job's log is read by everybody in the project, and kept."""
    if _secret(secret, view, "masked") and _looks_secret(secret):
        yield Hit(says=f"{secret.name} is named like a secret and is shown in the logs of jobs")


@check(
    id="gl.var.env_scope",
    title="A variable of one environment is protected too",
    severity=Severity.HIGH,
    subject=Kind.SECRET,
    remedy=(f"Turn on “Protect variable”, and protect the environment: {VARIABLES}.",),
    source=f"{DOCS}/ci/environments/#limit-the-environment-scope-of-a-cicd-variable",
    **clauses(PROJECTS, "O6"),
)
def environment_scope(secret: Resource, view: View) -> Iterator[Hit]:
    """A job names its environment itself: a scope without protection keeps nobody from the value."""
    scope = str(view.attribute(secret, "environment_scope", default="*") or "*")
    if scope != "*" and _secret(secret, view, "protected") and not _guarded(secret, view, scope):
        yield Hit(says=f"{secret.name} is meant for {scope}, and a job of any branch may say that it deploys there")


@check(
    id="gl.var.reach",
    title="Protected variables of a group or the instance stay with those who may release",
    severity=Severity.HIGH,
    subject=Kind.SECRET,
    remedy=(
        "Let Maintainers alone push to protected branches and tags, or set the variable on the project that needs it.",
    ),
    source=f"{VARIABLES_DOC}#for-a-group",
    **clauses(PROJECTS, "O6"),
)
def group_variable(secret: Resource, view: View) -> Iterator[Hit]:
    """Any project below it that lets Developers onto a protected ref hands the value to all of them.

    A variable of the instance goes to every project of it: judged are those of the groups that were read.
    """
    if secret.parent is None or secret.parent.kind not in {Kind.ORGANIZATION, Kind.TENANT}:
        return
    own = secret.parent.kind is Kind.TENANT
    facet = GitLabFacet.INSTANCE_VARIABLES if own else GitLabFacet.GROUP_VARIABLES
    if setting(view, secret, "protected", facet=facet) is not True:
        return
    lax: list[tuple[Resource, Gate]] = []
    missing = _unread(view, secret.parent, GitLabFacet.GROUPS, GitLabFacet.PROJECTS)
    for project in view.entities(Kind.REPOSITORY, within=secret.parent):
        archived = view.attribute(project, "archived", default=None)
        if archived is True:
            continue
        gates = view.gates(project.ref, GateKind.BRANCH_PROTECTION)
        unread = _unread(view, project.ref, GitLabFacet.PROTECTED_BRANCHES, GitLabFacet.PROTECTED_TAGS)
        if unread is None and any(odd([gate], field) for gate in gates for field in _fields(gate)):
            detail = "a rule has a form that is not known"
            unread = Missing(project.ref, GitLabFacet.PROTECTED_BRANCHES, Cause.UNEXPECTED, detail)
        open_gates = [gate for gate in gates if _for_developers(gate)]
        if archived is None and open_gates:
            detail = "whether the project is archived was not told"
            unread = unread or Missing(project.ref, GitLabFacet.PROJECTS, Cause.MISSING_FIELD, detail)
            open_gates = []
        missing = missing or unread
        lax += [(project, gate) for gate in open_gates]
    if lax:
        project, gate = lax[0]
        others = len({each.ref for each, _ in lax}) - 1
        more = f", and {many(others, 'more project')}" if others else ""
        yield Hit(
            says=f"Developers reach {secret.name} by the protected {gate.target} {gate.name} of {project.name}{more}",
            because=tuple(each for _, each in lax[:10]),
        )
    elif missing is not None:
        raise missing


def _unread(view: View, scope: Ref, *facets: str) -> Missing | None:
    """Return what of some facets was not read."""
    try:
        view.need(scope, *facets)
    except Missing as missing:
        return missing
    return None


def _fields(gate: Gate) -> tuple[str, ...]:
    return ("create_access_levels",) if gate.target == "tag" else ("push_access_levels", "merge_access_levels")


def _for_developers(gate: Gate) -> bool:
    levels = [least for field in _fields(gate) if (least := lowest([gate], field)) is not None]
    return bool(levels) and min(levels) < MAINTAINER
