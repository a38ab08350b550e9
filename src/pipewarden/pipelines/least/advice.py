"""What is told of keys for which no edit is offered, and which steps run code of others."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from pipewarden.pipelines.parts import Job, Step
from pipewarden.pipelines.uses import UsesKind
from pipewarden.pipelines.yaml_tree import Position

_RUNS_OTHERS = re.compile(
    r"(?:^|[\s;&|])(?:npm (?:ci|install|i)\b|yarn(?: install)?\b|pnpm (?:i|install)\b|pip3? install\b|bundle install\b"
    r"|cargo (?:build|test|install)\b|go (?:build|test|install)\b|mvn\b|\./gradlew\b|gradle\b|make\b|poetry install\b"
    r"|uv (?:sync|pip install)\b)"
)
"""Commands that run code of whoever supplies packages."""


def runs_others(step: Step) -> bool:
    """Tell whether a step runs code of others: what packages bring, or an action whose owner can change it."""
    if step.run is not None:
        return bool(_RUNS_OTHERS.search(step.run))
    return (
        step.uses is not None
        and step.uses.kind is UsesKind.REPOSITORY
        and step.uses.owner.lower() not in {"actions", "github"}
        and not step.uses.pin.is_fixed
    )


def step_in_words(step: Step) -> str:
    """Name a step in a sentence."""
    return f"step {step.index + 1}" + (f", {step.name[:40]}" if step.name else "")


class Key(NamedTuple):
    """A long-lived key for which there is something better, and what to do by hand."""

    at: Position
    says: str
    how: tuple[str, ...]
    source: str
    why: str


_ANOTHER = "it takes a further step, and which version of whose action is yours to choose"
_DOCS = "https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments"


class _Published(NamedTuple):
    """A way to publish by a script: its command, the names of its tokens, the registry and what takes its place."""

    command: re.Pattern[str]
    token: re.Pattern[str]
    registry: str
    how: str
    source: str


_PUBLISHED: tuple[_Published, ...] = (
    _Published(
        re.compile(r"\btwine\s+upload\b|\b(?:poetry|uv|flit|hatch|pdm)\s+publish\b"),
        re.compile(r"PYPI|TWINE|UV_PUBLISH"),
        "PyPI",
        "Publish with pypa/gh-action-pypi-publish, without a password, in a job that has `id-token: write`.",
        f"{_DOCS}/oidc-in-pypi",
    ),
    _Published(
        re.compile(r"\b(?:pnpm|yarn(?:\s+npm)?|lerna)\s+publish\b"),
        re.compile(r"NPM|NODE_AUTH"),
        "npm",
        "Take the token away, give the job `id-token: write`, and publish with npm 11.5.1 or later (Node 24.5 has it).",
        "https://docs.npmjs.com/trusted-publishers",
    ),
    _Published(
        re.compile(r"\bcargo\s+publish\b"),
        re.compile(r"CARGO|CRATES"),
        "crates.io",
        "Give the job `id-token: write`, and let rust-lang/crates-io-auth-action fetch the token that `cargo publish` gets.",
        "https://crates.io/docs/trusted-publishing",
    ),
    _Published(
        re.compile(r"\bgem\s+push\b"),
        re.compile(r"GEM"),
        "RubyGems",
        "Give the job `id-token: write`, and let rubygems/configure-rubygems-credentials sign in before `gem push`.",
        "https://guides.rubygems.org/trusted-publishing/",
    ),
    _Published(
        re.compile(r"\bnuget\s+push\b"),
        re.compile(r"NUGET"),
        "NuGet",
        "Give the job `id-token: write`, and let NuGet/login fetch the key that `nuget push` gets.",
        "https://learn.microsoft.com/en-us/nuget/nuget-org/trusted-publishing",
    ),
)
"""Registries that take the job's identity in place of a token."""


class _Given(NamedTuple):
    """A variable that carries a key of a cloud, and what takes its place."""

    variable: str
    says: str
    how: tuple[str, ...]
    source: str


_GIVEN: tuple[_Given, ...] = (
    _Given(
        "AWS_SECRET_ACCESS_KEY",
        "AWS",
        (
            (
                "Make a role that trusts the job's tokens, and sign in with aws-actions/configure-aws-credentials "
                "(`role-to-assume`) in a step before; give the job `id-token: write`."
            ),
            "Take the key out of `env`: later steps find the session by themselves.",
        ),
        f"{_DOCS}/oidc-in-aws",
    ),
    _Given(
        "ARM_CLIENT_SECRET",
        "Azure",
        (
            "Give the application a federated credential for the job's tokens, and the job `id-token: write`.",
            "Set ARM_USE_OIDC to true in place of ARM_CLIENT_SECRET.",
        ),
        "https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/guides/service_principal_oidc",
    ),
)
_AWS_REGISTRY = re.compile(r"\.dkr\.ecr\.[\w-]+\.amazonaws\.com|\bpublic\.ecr\.aws\b")
_GOOGLE_REGISTRY = re.compile(r"\.pkg\.dev\b|\bgcr\.io\b")


def keys_by_hand(job: Job) -> Iterator[Key]:
    """Yield the long-lived keys of a job for which there is something better that takes more than an edit of inputs."""
    yield from _published(job)
    for given in _GIVEN:
        use = next((use for use in job.secrets if use.where.upper() == f"ENV.{given.variable}"), None)
        if use is not None and not (given.says == "AWS" and _is_elsewhere(job, use.name)):
            says = f"gives programs a key for {given.says} that does not expire ({use.name or 'computed'} as {given.variable})"
            yield Key(use.position, says, given.how, given.source, _ANOTHER)
    for step in job.steps:
        if step.uses is not None and step.uses.action == "docker/login-action" and _secret(step, "password"):
            yield from _registries(step)


_OTHER_STORES = frozenset({"r2", "minio", "b2", "backblaze", "spaces", "wasabi", "cloudflare", "ceph"})


def _is_elsewhere(job: Job, secret: str) -> bool:
    """Tell whether a key in the variables of AWS opens a store of somebody else that speaks the same language."""
    if _OTHER_STORES & set(secret.lower().split("_")):
        return True
    names = [*job.env, *(name for step in job.steps for name in step.env)]
    return any("ENDPOINT" in name.upper() for name in names) or any(
        "endpoint-url" in (step.run or "") for step in job.steps
    )


def _published(job: Job) -> Iterator[Key]:
    for step in job.steps:
        script = step.run or ""
        if not script or "--dry-run" in script or "npm.pkg.github.com" in script:
            continue
        for way in _PUBLISHED:
            if way.command.search(script[:20_000]):
                names = [
                    use.name
                    for use in job.secrets
                    if use.step in {None, step.index} and way.token.search(use.name) and "USER" not in use.name
                ]
                if names:
                    how = (f"Add a trusted publisher for this workflow on {way.registry}.", way.how)
                    says = f"publishes to {way.registry} with a token that does not expire ({names[0]})"
                    yield Key(_place(step), says, (*how, f"Then delete {names[0]}."), way.source, _ANOTHER)


def _registries(step: Step) -> Iterator[Key]:
    """Yield the keys with which a step signs in to a cloud's registry.

    https://github.com/docker/login-action#aws-elastic-container-registry-ecr and #google-artifact-registry-gar
    """
    registry = step.with_.get("registry", "")
    if _AWS_REGISTRY.search(registry):
        how = (
            (
                "Make a role that trusts the job's tokens, and sign in with aws-actions/configure-aws-credentials before; "
                "give the job `id-token: write`."
            ),
            "Take username and password away from docker/login-action: it then signs in with that session.",
        )
        says = "signs in to the registry of AWS with a key that does not expire"
        yield Key(
            _place(step),
            says,
            how,
            "https://github.com/docker/login-action#aws-elastic-container-registry-ecr",
            _ANOTHER,
        )
    elif _GOOGLE_REGISTRY.search(registry) and "_json_key" in step.with_.get("username", ""):
        how = (
            (
                "Sign in with google-github-actions/auth before (`workload_identity_provider`, `service_account`, "
                "`token_format: access_token`); give the job `id-token: write`."
            ),
            "Let docker/login-action use `oauth2accesstoken` and the access token it puts out.",
        )
        says = "signs in to the registry of Google Cloud with a key that does not expire"
        yield Key(
            _place(step), says, how, "https://github.com/docker/login-action#google-artifact-registry-gar", _ANOTHER
        )


def _secret(step: Step, name: str) -> bool:
    return "secrets." in step.with_.get(name, "")


def _place(step: Step) -> Position:
    return step.uses_position if step.uses is not None else step.position
