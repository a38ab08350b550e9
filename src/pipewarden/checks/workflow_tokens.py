"""Checks about the token of a job and the tokens made beside it: how broad they are, who can take them."""

from collections.abc import Iterable

from pipewarden.access.view import View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.workflow_rows import PIPELINES, spoken_of, told
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind


@check(
    id="wf.perm.missing",
    title="The token of every job is limited by a block",
    severity=Severity.MEDIUM,
    subject=Kind.WORKFLOW,
    among=spoken_of,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=("Write `permissions: {}` at the top of the file, and give each job the scopes it needs.",),
    source="https://docs.github.com/en/actions/reference/security/secure-use#use-the-minimum-required-permissions",
    **clauses(PIPELINES, "O5 AC-6"),
)
def no_block(workflow: Resource, view: View) -> Iterable[Hit]:
    """The default is a setting that may be writing, and that changes without a review of the file."""
    return told(workflow, view, "wf.perm.missing", Severity.MEDIUM)


@check(
    id="wf.perm.write_all",
    title="Neither the whole file nor a job gets more writing scopes than one needs",
    severity=Severity.HIGH,
    subject=Kind.WORKFLOW,
    among=spoken_of,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=("Replace it by `permissions: {}` at the top, and name the scopes in the jobs that use them.",),
    source="https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions",
    **clauses(PIPELINES, "O5 AC-6"),
)
def broad_block(workflow: Resource, view: View) -> Iterable[Hit]:
    """Each step of each job, and each action in it, can then change whatever the token may change."""
    return told(workflow, view, "wf.perm.write_all", Severity.HIGH)


@check(
    id="wf.perm.excess",
    title="A job may write only what one of its steps writes",
    severity=Severity.MEDIUM,
    subject=Kind.WORKFLOW,
    among=spoken_of,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=("Take the scope away: `pipewarden fix plan --pipelines .` writes the edit.",),
    source="https://docs.github.com/en/actions/reference/security/secure-use#use-the-minimum-required-permissions",
    **clauses(PIPELINES, "O5 AC-6"),
)
def more_than_needed(workflow: Resource, view: View) -> Iterable[Hit]:
    """What nothing uses only serves whoever takes the job over.

    Needs are told by the documentation of each action; unknown ones are left.
    """
    return told(workflow, view, "wf.perm.excess", Severity.MEDIUM)


@check(
    id="wf.perm.default_on_risky",
    title="A block limits the token of every job that strangers start",
    severity=Severity.HIGH,
    subject=Kind.WORKFLOW,
    among=spoken_of,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=("Write `permissions: {}` at the top of the file, and give this job the scopes it needs.",),
    source="https://docs.github.com/en/actions/reference/github_token-reference",
    **clauses(PIPELINES, "O5"),
)
def default_for_strangers(workflow: Resource, view: View) -> Iterable[Hit]:
    """Runs for strangers are where a broad token hurts first, and here a setting elsewhere decides how broad it is."""
    return told(workflow, view, "wf.perm.default_on_risky", Severity.HIGH)


@check(
    id="wf.perm.undocumented",
    title="A comment says what each writing scope is for",
    severity=Severity.INFO,
    subject=Kind.WORKFLOW,
    among=spoken_of,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=("Write behind the scope which step needs it.",),
    source="https://docs.zizmor.sh/audits/#undocumented-permissions",
    **clauses(PIPELINES),
)
def undocumented(workflow: Resource, view: View) -> Iterable[Hit]:
    """A scope whose reason nobody knows is never taken away."""
    return told(workflow, view, "wf.perm.undocumented", Severity.INFO)


@check(
    id="wf.token.persisted",
    title="The token does not stay on disk where others can take it",
    severity=Severity.MEDIUM,
    subject=Kind.WORKFLOW,
    among=spoken_of,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=("Set `persist-credentials: false` on the checkout, and hand the token only to the step that pushes.",),
    source="https://github.com/actions/checkout#usage",
    **clauses(PIPELINES, "O6"),
)
def persisted(workflow: Resource, view: View) -> Iterable[Hit]:
    """The checkout leaves the token for later git commands.

    An artifact of the workspace carries it out, an action reads it.
    """
    return told(workflow, view, "wf.token.persisted", Severity.MEDIUM)


@check(
    id="wf.token.app_broad",
    title="An app's token is made for what the job names",
    severity=Severity.HIGH,
    subject=Kind.WORKFLOW,
    among=spoken_of,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=("Name `repositories` and the `permission-…` inputs that the job needs.",),
    source="https://github.com/actions/create-github-app-token#inputs",
    **clauses(PIPELINES, "O5 O6"),
)
def broad_app_token(workflow: Resource, view: View) -> Iterable[Hit]:
    """Without them the token opens whatever the app was ever given: often every repository of the organization."""
    return told(workflow, view, "wf.token.app_broad", Severity.HIGH)


@check(
    id="wf.token.pat_used",
    title="Nobody's own token does what the job's token can",
    severity=Severity.MEDIUM,
    subject=Kind.WORKFLOW,
    among=spoken_of,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=("Use `github.token` with the scope it needs under `permissions:`, and revoke the personal one.",),
    source="https://docs.github.com/en/actions/tutorials/authenticate-with-github_token",
    **clauses(PIPELINES, "O6"),
)
def personal_token(workflow: Resource, view: View) -> Iterable[Hit]:
    """A personal token outlives the job and opens whatever its owner may, in every repository."""
    return told(workflow, view, "wf.token.pat_used", Severity.MEDIUM)
