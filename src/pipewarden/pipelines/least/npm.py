"""Publishing to npm as the workflow that npm trusts, in place of with a token.

https://docs.npmjs.com/trusted-publishers : npm 11.5.1 or later, on a machine of GitHub's, with `id-token: write`.
"""

import re
from collections.abc import Iterator
from functools import partial

from pipewarden.pipelines.least.hosts import domain_of
from pipewarden.pipelines.least.inputs import with_inputs
from pipewarden.pipelines.least.kinds import Advice, Around, Edit, EditKind, few, takers, whole
from pipewarden.pipelines.least.scope import code_of_others_before, why_no_identity, with_identity
from pipewarden.pipelines.least.trials import Trial
from pipewarden.pipelines.parts import Job, RunnerKind, SecretForm, Step, Workflow

_SOURCE = "https://docs.npmjs.com/trusted-publishers"
_PUBLISH = re.compile(r"\bnpm\s+publish\b")
_LINE = re.compile(r"npm\s+publish(?:\s+[\w./@=-]+)*")
_TOKENS = ("NODE_AUTH_TOKEN", "NPM_TOKEN")
_VARIABLE = "NODE_AUTH_TOKEN"
"""The one that setup-node reads, and sets to something where nobody does: no other can be missing.
https://github.com/actions/setup-node/blob/main/docs/advanced-usage.md#publish-to-npmjs-and-gpr-with-npm"""
_NODE = re.compile(r"v?(?P<major>\d+)(?:\.(?P<minor>\d+|x)(?:\.(?:\d+|x))?)?")
_FIRST = (24, 5)
"""The first Node that brings npm 11.5.1: https://nodejs.org/en/blog/release/v24.5.0"""
_NEWEST = frozenset({"lts/*", "latest", "current", "node"})


def in_place_of_npm_token(workflow: Workflow, job: Job, step: Step, around: Around) -> Trial | Advice | None:
    """Return the edit by which a step publishes to npm without its token, or why it is left; None where it takes none."""
    script = step.run or ""
    if not _PUBLISH.search(script) or "--dry-run" in script or "npm.pkg.github.com" in script:
        return None
    names = tuple(
        dict.fromkeys(
            use.name
            for use in job.secrets
            if use.step in {None, step.index}
            and use.form is SecretForm.NAMED
            and use.name != "GITHUB_TOKEN"
            and use.where.partition(".")[2] in _TOKENS
        )
    )
    if not names:
        return None
    why = why_no_identity(workflow, job) or _why_not(job, step, names)
    if why:
        return _advice(workflow, job, step, names, around, why)
    edit = Edit(
        kind=EditKind.OIDC,
        path=workflow.path,
        job=job.id,
        line=step.position.line,
        column=step.position.column,
        says=_says(job, names),
        first=(*code_of_others_before(job, step), *_first(workflow, job, around)),
        then=(_deleting(workflow, job, names, around),),
        source=_SOURCE,
    )

    def make(text: str) -> str:
        edited = with_inputs(text, job.id, step.index, (_VARIABLE.lower(),), (), block="env")
        return with_identity(edited, workflow, job, around, "to publish to npm as this workflow")

    return Trial(step.index, make, _fits, edit, partial(_advice, workflow, job, step, names, around))


def _fits(was: Step, now: Step) -> bool:
    """Tell whether a step lacks the token, and publishes as it did."""
    kept = {name: value for name, value in was.env.items() if name != _VARIABLE}
    return now.env == kept and now.run == was.run


def _why_not(job: Job, step: Step, names: tuple[str, ...]) -> str:
    """Say why the token is not taken away by an edit; empty where it may be."""
    if len(names) > 1 or any(use.name == names[0] and use.step != step.index for use in job.secrets):
        return f"{names[0]} is also given to other steps"
    if not any(use.name == names[0] and use.where == f"env.{_VARIABLE}" for use in job.secrets):
        return f"a file of npm may name the variable that carries it, and {_VARIABLE} alone may be missing"
    lines = [line.strip() for line in (step.run or "").splitlines() if line.strip()]
    if not all(_LINE.fullmatch(line) for line in lines) or any("--registry" in line for line in lines):
        return "the step does more than to publish, and what else needs the token is not known"
    if job.runner.kind is not RunnerKind.HOSTED or job.runner.dynamic:
        return "npm trusts machines of GitHub's alone"
    node = [
        each for each in job.steps[: step.index] if each.uses is not None and each.uses.action == "actions/setup-node"
    ]
    if not node or domain_of(node[-1].with_.get("registry-url", ""))[1:] != ("npmjs", "org"):
        return "setup-node does not name the registry of npm before"
    if not _is_new_enough(node[-1].with_.get("node-version", "")):
        return "npm 11.5.1 is needed, which comes with Node 24.5: the file does not name that or a later one"
    return ""


def _is_new_enough(version: str) -> bool:
    found = _NODE.fullmatch(version.strip())
    if found is None:
        return version.strip() in _NEWEST
    minor = found["minor"]
    return (int(found["major"]), int(minor) if minor and minor != "x" else 99) >= _FIRST


def _says(job: Job, names: tuple[str, ...]) -> str:
    return f"job {job.id} publishes to npm with a token that does not expire ({few(names)})"


def _first(workflow: Workflow, job: Job, around: Around) -> Iterator[str]:
    environment = f"environment {job.environment.name}" if job.environment is not None else "no environment"
    yield (
        f"On npmjs.com, give the package the trusted publisher GitHub Actions: repository {around.repository or 'OWNER/REPOSITORY'}, "
        f"workflow {workflow.path.rpartition('/')[2]}, {environment}."
    )
    yield "Of a public repository npm then also publishes a statement of where the package was built."


def _deleting(workflow: Workflow, job: Job, names: tuple[str, ...], around: Around) -> str:
    others = takers(around, names, (workflow.path, job.id))
    once = f", once no other job takes it ({few(others)} may)" if others else ""
    return f"Delete {whole(names)} from the secrets and let the package refuse tokens{once}."


def _advice(workflow: Workflow, job: Job, step: Step, names: tuple[str, ...], around: Around, why: str) -> Advice:
    return Advice(
        kind=EditKind.OIDC.value,
        path=workflow.path,
        job=job.id,
        line=step.position.line,
        column=step.position.column,
        says=_says(job, names),
        how=(
            *_first(workflow, job, around),
            "Take the token away, give the job `id-token: write`, and publish with npm 11.5.1 or later (Node 24.5 has it).",
            _deleting(workflow, job, names, around),
        ),
        source=_SOURCE,
        why=why,
    )
