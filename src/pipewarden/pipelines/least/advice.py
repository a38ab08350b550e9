"""What else would lessen what a job can lose: an environment, an identity instead of a key, a job of its own."""

import re
from collections.abc import Iterator

from msgspec import Struct

from pipewarden.pipelines.parts import Job, SecretForm, Step, Workflow
from pipewarden.pipelines.uses import UsesKind


class Advice(Struct, frozen=True, kw_only=True):
    """One step to take by hand, and why. `kind` is `environment`, `oidc` or `split`."""

    kind: str
    path: str
    job: str
    line: int
    says: str
    how: tuple[str, ...]
    source: str


_PRODUCTION = re.compile(r"(?:^|[_-])(?:prod|production|live|release)(?:$|[_-])", re.IGNORECASE)
_ENVIRONMENTS = "https://docs.github.com/en/actions/how-tos/deploy/configure-and-manage-deployments/manage-environments"
_OIDC = "https://docs.github.com/en/actions/concepts/security/openid-connect"
_SECURE = "https://docs.github.com/en/actions/reference/security/secure-use"

_KEYS: tuple[tuple[str, str, str, str], ...] = (
    (
        "aws-actions/configure-aws-credentials",
        "aws-secret-access-key",
        "a role that trusts this repository (`role-to-assume`), with `id-token: write`",
        "https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws",
    ),
    (
        "google-github-actions/auth",
        "credentials_json",
        "`workload_identity_provider` and a service account, with `id-token: write`",
        "https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-google-cloud-platform",
    ),
    (
        "azure/login",
        "creds",
        "`client-id`, `tenant-id` and `subscription-id` of an app with a federated credential, with `id-token: write`",
        "https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-azure",
    ),
    (
        "pypa/gh-action-pypi-publish",
        "password",
        "a trusted publisher of the project, with `id-token: write` and no password",
        "https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-pypi",
    ),
    (
        "hashicorp/vault-action",
        "token",
        "`method: jwt` and a role bound to this repository, with `id-token: write`",
        "https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-hashicorp-vault",
    ),
)
"""The action, the input that takes a long-lived key, what takes its place, and the page that says how."""

_RUNS_OTHERS = re.compile(
    r"(?:^|[\s;&|])(?:npm (?:ci|install|i)\b|yarn(?: install)?\b|pnpm (?:i|install)\b|pip3? install\b|bundle install\b"
    r"|cargo (?:build|test|install)\b|go (?:build|test|install)\b|mvn\b|\./gradlew\b|gradle\b|make\b|poetry install\b|uv sync\b)"
)
"""Commands that run code of whoever supplies packages."""


def advice(workflow: Workflow) -> Iterator[Advice]:
    """Yield what would lessen what the jobs of a workflow can lose."""
    for job in workflow.jobs:
        yield from _environment(workflow, job)
        yield from _oidc(workflow, job)
        yield from _split(workflow, job)


def is_production(job: Job) -> bool:
    """Tell whether the names of a job, or of a secret that it takes, say production."""
    names = [job.id, *(use.name for use in job.secrets if use.form is SecretForm.NAMED)]
    return any(_PRODUCTION.search(name) for name in names)


def _own(job: Job) -> list[str]:
    """Return the names of the secrets a job takes, the job's own token left out."""
    names = [use.name for use in job.secrets if use.form is SecretForm.NAMED and use.name != "GITHUB_TOKEN"]
    return sorted(dict.fromkeys(names))


def _environment(workflow: Workflow, job: Job) -> Iterator[Advice]:
    named = [name for name in _own(job) if _PRODUCTION.search(name)] or (_own(job) if is_production(job) else [])
    if job.environment is not None or job.uses is not None or not named:
        return
    yield Advice(
        kind="environment",
        path=workflow.path,
        job=job.id,
        line=job.position.line,
        says=f"job {job.id} takes {_listed(named)} without an environment: any branch with this workflow gets it",
        how=(
            "Make an environment `production` with required reviewers and the branches that may deploy.",
            f"Move {_listed(named)} from the repository's secrets into it.",
            f"Give job {job.id} the line `environment: production`.",
        ),
        source=_ENVIRONMENTS,
    )


def _oidc(workflow: Workflow, job: Job) -> Iterator[Advice]:
    for step in job.steps:
        for action, key, instead, source in _KEYS:
            if step.uses is not None and step.uses.action == action and "secrets." in step.with_.get(key, ""):
                yield Advice(
                    kind="oidc",
                    path=workflow.path,
                    job=job.id,
                    line=step.position.line,
                    says=f"job {job.id} signs in with a key that does not expire (`{key}` of {action})",
                    how=(f"Use {instead}.", f"Then delete the key and the secret behind `{key}`."),
                    source=source,
                )


def _split(workflow: Workflow, job: Job) -> Iterator[Advice]:
    """Yield jobs whose every step sees a secret that only some need, while others' code runs in them."""
    wide = [
        use
        for use in job.secrets
        if use.step is None
        and use.form is SecretForm.NAMED
        and use.name != "GITHUB_TOKEN"
        and use.where.startswith("env")
    ]
    late = [use.step for use in job.secrets if use.step is not None and use.name != "GITHUB_TOKEN"]
    others = [step for step in job.steps if _is_others(step)]
    if wide and others:
        names = sorted({use.name for use in wide})
        yield Advice(
            kind="split",
            path=workflow.path,
            job=job.id,
            line=wide[0].position.line,
            says=f"every step of job {job.id} sees {_listed(names)}, also those that run code of others ({_step(others[0])})",
            how=(
                "Set the secret in the `env` of the step that needs it.",
                "Better: build in a job of its own, hand the result over as an artifact, and take the secret in a second job.",
            ),
            source=_SECURE,
        )
    elif late and others and others[0].index < max(late):
        names = _own(job)
        yield Advice(
            kind="split",
            path=workflow.path,
            job=job.id,
            line=job.steps[max(late)].position.line if max(late) < len(job.steps) else job.position.line,
            says=f"job {job.id} runs code of others ({_step(others[0])}) before it takes {_listed(names)}",
            how=(
                f"Split it: one job builds without secrets, a second one with `needs:` takes {_listed(names)}.",
                "What an earlier step leaves on the machine can read what a later one is given.",
            ),
            source=_SECURE,
        )


def _is_others(step: Step) -> bool:
    if step.run is not None:
        return bool(_RUNS_OTHERS.search(step.run))
    return (
        step.uses is not None
        and step.uses.kind is UsesKind.REPOSITORY
        and step.uses.owner.lower() not in {"actions", "github"}
        and not step.uses.pin.is_fixed
    )


def _step(step: Step) -> str:
    return f"step {step.index + 1}" + (f", {step.name[:40]}" if step.name else "")


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown
