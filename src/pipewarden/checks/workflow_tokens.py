"""Checks about the token of a job and the tokens made beside it: how broad they are, who can take them."""

from pipewarden.checks.clauses import clauses
from pipewarden.checks.file_checks import file_check
from pipewarden.checks.workflow_rows import PIPELINES
from pipewarden.model.findings import Severity


@file_check(
    id="wf.perm.missing",
    title="The token of every job is limited by a block",
    severity=Severity.MEDIUM,
    remedy=("Write `permissions: {}` at the top of the file, and give each job the scopes it needs.",),
    source="https://docs.github.com/en/actions/reference/security/secure-use#use-the-minimum-required-permissions",
    **clauses(PIPELINES, "O5 AC-6"),
)
def no_block() -> None:
    """The default is a setting that may be writing, and that changes without a review of the file."""


@file_check(
    id="wf.perm.write_all",
    title="Neither the whole file nor a job gets more writing scopes than one needs",
    severity=Severity.HIGH,
    remedy=("Replace it by `permissions: {}` at the top, and name the scopes in the jobs that use them.",),
    source="https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions",
    **clauses(PIPELINES, "O5 AC-6"),
)
def broad_block() -> None:
    """Each step of each job, and each action in it, can then change whatever the token may change."""


@file_check(
    id="wf.perm.excess",
    title="A job may write only what one of its steps writes",
    severity=Severity.MEDIUM,
    remedy=("Take the scope away: `pipewarden fix plan --pipelines .` writes the edit.",),
    source="https://docs.github.com/en/actions/reference/security/secure-use#use-the-minimum-required-permissions",
    **clauses(PIPELINES, "O5 AC-6"),
)
def more_than_needed() -> None:
    """What nothing uses only serves whoever takes the job over.

    Needs are told by the documentation of each action; unknown ones are left.
    """


@file_check(
    id="wf.perm.default_on_risky",
    title="A block limits the token of every job that strangers start",
    severity=Severity.HIGH,
    remedy=("Write `permissions: {}` at the top of the file, and give this job the scopes it needs.",),
    source="https://docs.github.com/en/actions/reference/github_token-reference",
    **clauses(PIPELINES, "O5"),
)
def default_for_strangers() -> None:
    """Runs for strangers are where a broad token hurts first, and here a setting elsewhere decides how broad it is."""


@file_check(
    id="wf.perm.undocumented",
    title="A comment says what each writing scope is for",
    severity=Severity.INFO,
    remedy=("Write behind the scope which step needs it.",),
    source="https://docs.zizmor.sh/audits/#undocumented-permissions",
    **clauses(PIPELINES),
)
def undocumented() -> None:
    """A scope whose reason nobody knows is never taken away."""


@file_check(
    id="wf.token.persisted",
    title="The token does not stay on disk where others can take it",
    severity=Severity.MEDIUM,
    remedy=("Set `persist-credentials: false` on the checkout, and hand the token only to the step that pushes.",),
    source="https://github.com/actions/checkout#usage",
    **clauses(PIPELINES, "O6"),
)
def persisted() -> None:
    """The checkout leaves the token for later git commands.

    An artifact of the workspace carries it out, an action reads it.
    """


@file_check(
    id="wf.token.app_broad",
    title="An app's token is made for what the job names",
    severity=Severity.HIGH,
    remedy=("Name `repositories` and the `permission-…` inputs that the job needs.",),
    source="https://github.com/actions/create-github-app-token#inputs",
    **clauses(PIPELINES, "O5 O6"),
)
def broad_app_token() -> None:
    """Without them the token opens whatever the app was ever given: often every repository of the organization."""


@file_check(
    id="wf.token.pat_used",
    title="Nobody's own token does what the job's token can",
    severity=Severity.MEDIUM,
    remedy=("Use `github.token` with the scope it needs under `permissions:`, and revoke the personal one.",),
    source="https://docs.github.com/en/actions/tutorials/authenticate-with-github_token",
    **clauses(PIPELINES, "O6"),
)
def personal_token() -> None:
    """A personal token outlives the job and opens whatever its owner may, in every repository."""
