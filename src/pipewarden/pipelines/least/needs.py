"""What a job needs of its token, step by step, with the reason of each scope, and what of it cannot be told."""

import re
from collections.abc import Mapping

from msgspec import Struct

from pipewarden.pipelines.least.actions import ACTIONS, Needs, source_of
from pipewarden.pipelines.least.commands import of_github_cli, pushes, pushes_image, strange
from pipewarden.pipelines.parts import Job, Step, Workflow
from pipewarden.pipelines.uses import Uses, UsesKind

RANK = {"none": 0, "read": 1, "write": 2}
_TOKEN = re.compile(r"\$\{\{\s*(?:github\.token|secrets\.GITHUB_TOKEN)\s*\}\}", re.IGNORECASE)
_INPUT = re.compile(r"\binputs\.([\w-]+)")
_FALSE = frozenset({"", "false", "no", "never", "off", "0"})


class Reason(Struct, frozen=True):
    """Why a scope is needed: `step` is what asks for it, `source` the page that says so."""

    scope: str
    level: str
    step: str
    source: str


class JobNeeds(Struct, frozen=True, kw_only=True):
    """What a job needs. Where `unknown` is not empty, what it needs may be more, and those say why."""

    job: str
    scopes: dict[str, str]
    reasons: tuple[Reason, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        """Tell whether it needs no more than `scopes`."""
        return not self.unknown


GH_MANUAL = "https://cli.github.com/manual/"
GIT_TOKEN = "https://github.com/actions/checkout#push-a-commit-using-the-built-in-token"
REGISTRY = (
    "https://docs.github.com/en/packages/working-with-a-github-packages-registry/working-with-the-container-registry"
)


def needs_of(workflow: Workflow, job: Job, actions: Mapping[str, tuple[Step, ...]] | None = None) -> JobNeeds:
    """Return what a job needs of its token.

    `actions` gives the steps of the repository's own composite actions, by their folder (`./.github/actions/build`).
    """
    found = _Found(workflow, job, actions or {})
    if job.uses is not None:
        found.action(job.uses, {name.lower(): value for name, value in job.with_.items()}, "the called workflow")
    for step in job.steps:
        found.step(step)
    scopes: dict[str, str] = {}
    for reason in found.reasons:
        if RANK[reason.level] > RANK[scopes.get(reason.scope, "none")]:
            scopes[reason.scope] = reason.level
    # write holds reading too: of each scope the reasons of the highest level stay
    kept = tuple(dict.fromkeys(reason for reason in found.reasons if scopes[reason.scope] == reason.level))
    ordered = dict(sorted(scopes.items()))
    return JobNeeds(job=job.id, scopes=ordered, reasons=kept, unknown=tuple(dict.fromkeys(found.unknown)))


class _Found:
    """What was found of one job so far."""

    def __init__(self, workflow: Workflow, job: Job, actions: Mapping[str, tuple[Step, ...]]) -> None:
        self.actions = actions
        self.reasons: list[Reason] = []
        self.unknown: list[str] = []
        self.inputs: frozenset[str] = frozenset()
        """Inputs of the composite action that is looked into by which it is given the token, in lower case."""
        self.shared = self.is_given(workflow.env, job.env)
        self.persisted = any(checkout.persists_credentials is not False for checkout in job.checkouts)

    def need(self, scopes: Mapping[str, str], step: str, source: str) -> None:
        """Note scopes with their reason."""
        self.reasons += [Reason(scope, level, step, source) for scope, level in scopes.items()]

    def is_given(self, *tables: Mapping[str, str]) -> bool:
        """Tell whether a value of some tables holds the token."""
        return any(self.is_token(value) for table in tables for value in table.values())

    def is_token(self, text: str) -> bool:
        """Tell whether a text holds the token, by its own name or by an input that carries it."""
        if "${{" not in text:
            return False
        if _TOKEN.search(text):
            return True
        return bool(self.inputs) and any(name.lower() in self.inputs for name in _INPUT.findall(text))

    def step(self, step: Step, depth: int = 0) -> None:
        """Note what one step needs."""
        name = step.name or (step.uses.text if step.uses else "") or f"step {step.index + 1}"
        if step.uses is not None:
            self._uses(step, step.uses, name, depth)
        elif step.run is not None:
            self._script(step, step.run, name)

    def _uses(self, step: Step, uses: Uses, name: str, depth: int) -> None:
        if uses.kind is UsesKind.LOCAL:
            inside = self.actions.get(uses.path.rstrip("/"))
            if inside is None or depth >= 10:
                self.unknown.append(f"{uses.text} was not read")
                return
            before = self.inputs
            self.inputs = frozenset(name for name, value in step.with_.items() if self.is_token(value))
            for each in inside:
                self.step(each, depth + 1)
            self.inputs = before
        elif uses.kind is UsesKind.DOCKER:
            if self.shared or self.is_given(step.with_, step.env):
                self.unknown.append(f"{uses.text} is given the token")
        elif uses.action == "docker/login-action":
            self._login(step, name)
        else:
            self.action(uses, step.with_, name, given=self.is_given(step.env))

    def action(self, uses: Uses, inputs: Mapping[str, str], name: str, *, given: bool = False) -> None:
        """Note what a known action needs with its inputs; an unknown one may need anything."""
        known = ACTIONS.get(uses.action)
        if known is None:
            self.unknown.append(f"what {uses.text.partition('@')[0]} needs is not known")
            return
        own = inputs.get(known.other.lower(), "") if known.other else ""
        if own and not self.is_token(own) and not given:
            # it acts by another token: of the job's own nothing is used
            return
        self.need(_with(known, inputs), name, source_of(uses.action))

    def _login(self, step: Step, name: str) -> None:
        """Note what logging in to GitHub's registry with the token needs."""
        if "ghcr.io" in step.with_.get("registry", "") and self.is_token(step.with_.get("password", "")):
            self.need({"packages": "write"}, name, REGISTRY)

    def _script(self, step: Step, script: str, name: str) -> None:
        if self.persisted and pushes(script):
            self.need({"contents": "write"}, name, GIT_TOKEN)
        own = self.is_token(script) or self.is_given(step.env)
        given = self.shared or own
        if not given:
            return
        for command, scopes in of_github_cli(script):
            if scopes is None:
                self.unknown.append(f"what `{command}` needs depends on what it asks")
            else:
                self.need(scopes, f"{name}: {command}", GH_MANUAL)
        if pushes(script):
            self.need({"contents": "write"}, name, GIT_TOKEN)
        if pushes_image(script):
            self.need({"packages": "write"}, name, REGISTRY)
            return
        program = strange(script)
        if program:
            how = "is given the token" if own else "sees the token in its environment"
            self.unknown.append(f"`{program}` of {name} {how}")


def _with(known: Needs, inputs: Mapping[str, str]) -> Mapping[str, str]:
    """Return the scopes of an action as it is used."""
    scopes = dict(known.scopes)
    for more in known.when:
        if _holds(more.input, inputs, more.value, absent=more.absent):
            for scope, level in more.scopes.items():
                if RANK[level] > RANK[scopes.get(scope, "none")]:
                    scopes[scope] = level
    return scopes


def _holds(name: str, inputs: Mapping[str, str], value: str, *, absent: bool) -> bool:
    given = inputs.get(name.lower(), "").strip()
    if absent:
        return not given
    if value:
        return given.lower() == value.lower() or "${{" in given
    return given.lower() not in _FALSE
