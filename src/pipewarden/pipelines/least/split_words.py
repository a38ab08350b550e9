"""What is said of a job that is split, and of one that a person has to split."""

from collections.abc import Iterator

from pipewarden.pipelines.least.advice import step_in_words
from pipewarden.pipelines.least.cutting import Cut, sketch_of
from pipewarden.pipelines.least.kinds import Advice, Edit, EditKind, few
from pipewarden.pipelines.least.powers import Power
from pipewarden.pipelines.parts import Job, SecretUse, Workflow

_SOURCE = "https://docs.github.com/en/actions/reference/security/secure-use"


def _names(uses: tuple[SecretUse, ...]) -> tuple[str, ...]:
    return tuple(sorted({use.name for use in uses}))


def _held(power: Power, names: tuple[str, ...]) -> str:
    """Name what is taken after code of others ran: secrets first, scopes where there are none."""
    return few(names) if names else few(tuple(f"`{scope}: write`" for scope in sorted(power.scopes)))


def edit_of(workflow: Workflow, job: Job, cut: Cut, power: Power, after: Workflow) -> Edit:
    """Return the edit by which a job was split, with what is to be minded."""
    names = _names(tuple(use for use in power.late if use.step is not None and use.step >= cut.step))
    held = len(names) or len(power.scopes)
    first = []
    if cut.paths:
        shown = few(tuple(f"`{path}`" for path in cut.paths))
        first.append(
            f"The files of {shown} go over as an artifact, which whoever may read the repository can download; marks that "
            "a file may be run are lost, and links become files."
        )
    if cut.moves_environment and job.environment is not None:
        first.append(
            f"The environment {job.environment.name or 'of the job'} goes along: its reviewers are asked after the build, and the "
            f"build of job {job.id} sees neither its secrets nor its variables."
        )
    then = [f"Where a rule asks for the check `{job.name or job.id}` before a merge, let it ask for `{cut.name}`, too."]
    half = after.job(job.id)
    if power.scopes and half is not None and half.permissions is not None and half.permissions != job.permissions:
        has = few(tuple(f"`{scope}: {level}`" for scope, level in half.permissions.levels.items()), 5) or "nothing"
        then.append(f"Job {job.id} has {has} of the token now: look whether a program in it used more.")
    says = (
        f"job {job.id} runs code of others ({step_in_words(power.others[0])}) before it takes {_held(power, names)}; "
        f"job {cut.name} takes {'them' if held > 1 else 'it'}"
    )
    at = job.steps[cut.step].position
    return Edit(
        kind=EditKind.SPLIT,
        path=workflow.path,
        job=job.id,
        line=at.line,
        column=at.column,
        says=says,
        first=tuple(first),
        then=tuple(then),
        source=_SOURCE,
    )


def advice_of(workflow: Workflow, text: str, job: Job, power: Power, why: str) -> Advice:
    """Return what a person is to do where no edit is offered, and why none is."""
    uses = power.wide or power.late
    names = _names(uses)
    other = power.others[0]
    says = (
        f"every step of job {job.id} sees {few(names)}, also those that run code of others ({step_in_words(other)})"
        if power.wide
        else f"job {job.id} runs code of others ({step_in_words(other)}) before it takes {_held(power, names)}"
    )
    step = None if power.wide or power.first is None else job.steps[power.first]
    at = power.wide[0].position if step is None else step.position
    return Advice(
        kind=EditKind.SPLIT.value,
        path=workflow.path,
        job=job.id,
        line=at.line,
        column=at.column,
        says=says,
        how=tuple(_how(job, power, names)),
        source=_SOURCE,
        why=why,
        sketch=sketch_of(text, job.id, f"{job.id}-publish", None if step is None else (step.index, len(job.steps) - 1)),
    )


def _how(job: Job, power: Power, names: tuple[str, ...]) -> Iterator[str]:
    """Yield the steps to take by hand, with the skeleton of the second job."""
    step = None if power.wide or power.first is None else job.steps[power.first]
    if power.wide:
        yield f"Set {few(names)} in the `env` of the step that needs it, not of the whole job."
    last = "what it builds" if step is None else f"what {step_in_words(step)} needs"
    yield f"At the end of job {job.id}, upload {last} with actions/upload-artifact (`name: {job.id}-output`, `path:` its folder)."
    yield (
        f"Add a job `{job.id}-publish` with `needs: {job.id}`, the same `runs-on`, and the `permissions` it needs; its first step is "
        f"actions/download-artifact (`name: {job.id}-output`)."
    )
    which = "the step" if step is None else step_in_words(step)
    yield f"Move {which} that takes {_held(power, names)}, and what follows it, into that job."
    if job.environment is not None:
        yield f"Move `environment: {job.environment.name}` along, where what stays does not need it."
