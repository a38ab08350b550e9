"""Checks about secrets in workflows: handed on whole, unmasked, outside environments, sent away, printed."""

from pipewarden.checks.clauses import clauses
from pipewarden.checks.file_checks import file_check
from pipewarden.checks.workflow_rows import PIPELINES
from pipewarden.model.findings import Severity


@file_check(
    id="wf.secret.inherit",
    title="Called workflows are handed named secrets",
    severity=Severity.MEDIUM,
    remedy=("Pass the secrets that the called workflow names, one by one.",),
    source="https://docs.github.com/en/actions/how-tos/reuse-automations/reuse-workflows#passing-inputs-and-secrets-to-a-reusable-workflow",
    **clauses(PIPELINES, "O6"),
)
def inherited() -> None:
    """Whoever changes the called workflow chooses which secrets it takes, those of the organization among them."""


@file_check(
    id="wf.secret.unredacted",
    title="Parts of a secret are masked in the log",
    severity=Severity.MEDIUM,
    remedy=("Keep each part as a secret of its own.",),
    source="https://docs.github.com/en/actions/reference/security/secure-use#use-secrets-for-sensitive-information",
    **clauses(PIPELINES, "O6"),
)
def unredacted() -> None:
    """GitHub masks a secret's whole value. What is parsed out of it is another text, and is printed as it is."""


@file_check(
    id="wf.secret.outside_env",
    title="Secrets for production stand in an environment",
    severity=Severity.MEDIUM,
    remedy=(
        "Move it into an environment that only the release branch may use, and name that in the job.",
        "Let `pipewarden fix plan --only environment --pipelines .` write the line, and say what comes first.",
    ),
    source="https://docs.github.com/en/actions/reference/workflows-and-actions/deployments-and-environments#environment-secrets",
    **clauses(PIPELINES, "C2.1.7 O6"),
)
def outside_environment() -> None:
    """A secret of the repository is given to every branch's workflows; one of an environment only behind its gates."""


@file_check(
    id="wf.env.missing",
    title="Jobs that deploy or publish name an environment",
    severity=Severity.MEDIUM,
    remedy=(
        "Name an `environment:` with reviewers and a branch rule, and move the secrets there.",
        "Let `pipewarden fix plan --only environment --pipelines .` write the line, and say what comes first.",
    ),
    source="https://docs.github.com/en/actions/reference/workflows-and-actions/deployments-and-environments",
    **clauses(PIPELINES, "C5.1.4"),
)
def no_environment() -> None:
    """Without one nobody approves, no branch is refused, and nothing records what was deployed."""


@file_check(
    id="wf.secret.curl",
    title="No secret leaves where others can read it",
    severity=Severity.HIGH,
    remedy=("Send it in a header over https, to the host that it is for, and nowhere else.",),
    source="https://docs.github.com/en/actions/reference/security/secure-use#use-secrets-for-sensitive-information",
    **clauses(PIPELINES, "O6"),
)
def sent_away() -> None:
    """Logs on the way keep addresses, everybody between reads http, and a catcher of requests shows all to its owner."""


@file_check(
    id="wf.secret.debug",
    title="Commands are not printed while a step holds secrets",
    severity=Severity.MEDIUM,
    remedy=("Take `set -x` or the debug variable away, and turn it on by hand for one run.",),
    source="https://docs.github.com/en/actions/how-tos/monitor-workflows/enable-debug-logging",
    **clauses(PIPELINES, "O6 O10"),
)
def debugged() -> None:
    """What is masked is the secret as it is stored; a part, an encoding or a new token in a command is printed."""
