"""Publishing to PyPI with `uv publish` as the workflow that PyPI trusts, in place of with a token.

"For publishing to PyPI from GitHub Actions or another Trusted Publisher, you don't need to set any credentials."
https://docs.astral.sh/uv/guides/package/#publishing-your-package
"""

import re
from collections.abc import Iterator
from functools import partial

from pipewarden.pipelines.least.inputs import with_inputs
from pipewarden.pipelines.least.kinds import Advice, Around, Edit, EditKind, takers
from pipewarden.pipelines.least.scope import code_of_others_before, why_no_identity, with_identity
from pipewarden.pipelines.least.trials import Trial
from pipewarden.pipelines.parts import Job, SecretForm, Step, Workflow

_SOURCE = "https://docs.astral.sh/uv/guides/package/#publishing-your-package"
_PUBLISH = re.compile(r"(?m)^[ \t]*uv\s+publish\b")
_LINE = re.compile(r"uv\s+publish(?:\s+(?:-v|--verbose|-q|--quiet|--no-attestations|--no-progress|[\w./][\w./*-]*))*")
"""A call that names no index and no way to sign in: files, and flags that are of neither."""
_VARIABLE = "UV_PUBLISH_TOKEN"
_OTHERS = re.compile(r"UV_(?:PUBLISH_(?!TOKEN$)|INDEX|DEFAULT_INDEX|TRUSTED|CONFIG_FILE|KEYRING)\w*", re.IGNORECASE)
"""Variables by which it publishes elsewhere, or signs in otherwise. https://docs.astral.sh/uv/reference/environment/"""
_CONFIGURED = (
    "See that neither [tool.uv] of pyproject.toml nor a uv.toml names a publish-url or trusted-publishing: "
    "the token is then another index's, and stays."
)
"""The settings are no part of the workflow. https://docs.astral.sh/uv/reference/settings/#publish-url"""
_NUMBER = re.compile(r"v?(?P<major>\d+)\.(?P<minor>\d+)(?:\.(?:\d+|x))?")
_FIRST = (0, 5)


def in_place_of_uv_token(workflow: Workflow, job: Job, step: Step, around: Around) -> Trial | Advice | None:
    """Return the edit by which a step publishes with uv and without its token, or why it is left; None where it takes none."""
    script = step.run or ""
    if not _PUBLISH.search(script) or "--dry-run" in script:
        return None
    name = next(
        (
            use.name
            for use in job.secrets
            if use.step == step.index and use.form is SecretForm.NAMED and use.where == f"env.{_VARIABLE}"
        ),
        "",
    )
    if not name:
        return None
    why = why_no_identity(workflow, job, callable_=False) or _why_not(workflow, job, step, name)
    if why:
        return _advice(workflow, job, step, name, around, why)
    edit = Edit(
        kind=EditKind.OIDC,
        path=workflow.path,
        job=job.id,
        line=step.position.line,
        column=step.position.column,
        says=_says(job, name),
        first=(*code_of_others_before(job, step), _CONFIGURED, _first(workflow, job, around)),
        then=(_deleting(workflow, job, name, around),),
        source=_SOURCE,
    )

    def make(text: str) -> str:
        edited = with_inputs(text, job.id, step.index, (_VARIABLE.lower(),), (), block="env")
        return with_identity(edited, workflow, job, around, "to publish to PyPI as this workflow")

    return Trial(step.index, make, _fits, edit, partial(_advice, workflow, job, step, name, around))


def _fits(was: Step, now: Step) -> bool:
    """Tell whether a step lacks the token, and publishes as it did."""
    return now.env == {name: value for name, value in was.env.items() if name != _VARIABLE} and now.run == was.run


def _why_not(workflow: Workflow, job: Job, step: Step, name: str) -> str:
    """Say why the token is not taken away by an edit; empty where it may be."""
    if any(use.name == name and (use.step, use.where) != (step.index, f"env.{_VARIABLE}") for use in job.secrets):
        return f"{name} is also given elsewhere in the job"
    lines = [line.strip() for line in (step.run or "").splitlines() if line.strip()]
    if not all(map(_LINE.fullmatch, lines)):
        return "the step does more than to publish to PyPI, and what else needs the token is not known"
    other = next(filter(_OTHERS.fullmatch, (*step.env, *job.env, *workflow.env)), "")
    if other:
        return f"{other} may have it publish elsewhere, or sign in otherwise"
    if any(_OTHERS.search(each.run or "") for each in job.steps[: step.index]):
        return "a step before may have it publish elsewhere, or sign in otherwise"
    return (
        "" if _is_new_enough(job, step) else "which uv it is the file does not tell: setup-uv is to bring 0.5 or later"
    )


def _is_new_enough(job: Job, step: Step) -> bool:
    """Tell whether a step before brings the newest uv, or one of 0.5 or later."""
    before = [
        each for each in job.steps[: step.index] if each.uses is not None and each.uses.action == "astral-sh/setup-uv"
    ]
    if not before or before[-1].condition or before[-1].with_.get("version-file"):
        return False
    version = before[-1].with_.get("version", "").strip()
    found = _NUMBER.fullmatch(version)
    return version in {"", "latest"} or (found is not None and (int(found["major"]), int(found["minor"])) >= _FIRST)


def _says(job: Job, name: str) -> str:
    return f"job {job.id} publishes to PyPI with a token that does not expire ({name})"


def _first(workflow: Workflow, job: Job, around: Around) -> str:
    environment = f"environment {job.environment.name}" if job.environment is not None else "no environment"
    return (
        f"On PyPI, give the project the trusted publisher GitHub: repository {around.repository or 'OWNER/REPOSITORY'}, "
        f"workflow {workflow.path.rpartition('/')[2]}, {environment}."
    )


def _deleting(workflow: Workflow, job: Job, name: str, around: Around) -> str:
    others = takers(around, (name,), (workflow.path, job.id))
    once = f", once no other job takes it ({', '.join(others[:3])} may)" if others else ""
    return f"Delete {name} from the secrets and on PyPI{once}."


def _how(workflow: Workflow, job: Job, name: str, around: Around) -> Iterator[str]:
    yield _CONFIGURED
    yield _first(workflow, job, around)
    yield f"Take {_VARIABLE} away and give the job `id-token: write`: `uv publish` then signs in as the workflow."
    yield _deleting(workflow, job, name, around)


def _advice(workflow: Workflow, job: Job, step: Step, name: str, around: Around, why: str) -> Advice:
    return Advice(
        kind=EditKind.OIDC.value,
        path=workflow.path,
        job=job.id,
        line=step.position.line,
        column=step.position.column,
        says=_says(job, name),
        how=tuple(_how(workflow, job, name, around)),
        source=_SOURCE,
        why=why,
    )
