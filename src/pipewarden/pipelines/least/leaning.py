"""What leans on a job that is to be split, and what its steps lean on: machine, sessions, environment, jobs that wait for it."""

import re
from collections.abc import Iterator

from pipewarden.pipelines.least.kinds import Around
from pipewarden.pipelines.least.sessions import SESSIONS
from pipewarden.pipelines.parts import Job, RunnerKind, Step, Workflow
from pipewarden.pipelines.uses import UsesKind

RUNS_ANYWAY = re.compile(r"\b(?:always|failure|cancelled)\s*\(", re.IGNORECASE)
_PATH = re.compile(r"GITHUB_PATH|::add-path")
_NEEDS = re.compile(r"\bneeds\.(?P<job>[A-Za-z_][\w-]*)")


class CannotSplitError(Exception):
    """Why a job is not split by an edit."""


def check_job(workflow: Workflow, job: Job, rest: tuple[Step, ...], *, scripts: bool) -> None:
    """Raise CannotSplitError where the job, or something that leans on it, does not stand being cut."""
    if job.matrix is not None:
        raise CannotSplitError(
            "the job has `strategy`: each of its runs would need an artifact and a second job of its own"
        )
    if job.runner.kind is not RunnerKind.HOSTED or job.runner.dynamic or len(job.runner.labels) != 1:
        raise CannotSplitError("it does not run on one kind of machine of GitHub's")
    if scripts and not job.runner.labels[0].startswith("ubuntu"):
        raise CannotSplitError(
            f"it runs on {job.runner.labels[0]}, and only Ubuntu's machines are known to have what the steps need"
        )
    if RUNS_ANYWAY.search(job.condition):
        raise CannotSplitError("it runs by how other jobs ended")
    ids = {each.id for each in rest if each.id}
    for mention in job.mentions:
        if mention.where.startswith("outputs") and any(f"steps.{name}." in mention.expression.text for name in ids):
            raise CannotSplitError("its outputs are of a step that would be split off")
    del workflow


def check_state(before: tuple[Step, ...], rest: tuple[Step, ...], *, scripts: bool) -> None:
    """Raise CannotSplitError where the machine that the steps before leave is not there in another job."""
    if scripts and any(_PATH.search(each.run or "") for each in before):
        raise CannotSplitError("a step before sets the path for those that follow")
    if all(
        any(each.uses is not None and each.uses.owner.lower() == "docker" for each in part) for part in (before, rest)
    ):
        raise CannotSplitError("what Docker's actions set up before is not there in another job")
    there = {each.uses.action for each in rest if each.uses is not None}
    for session in SESSIONS:
        if session.action not in there and any(session.is_used_by(each) for each in rest):
            raise CannotSplitError(f"the session with {session.name} was made in a step before")


def check_artifacts(workflow: Workflow, around: Around, name: str) -> None:
    """Raise CannotSplitError where a further artifact of the run would get in the way: who takes all of them would take it, too."""
    listeners = [each for each in around.workflows if "workflow_run" in each.events and each.path != workflow.path]
    for each in (workflow, *listeners):
        for job in each.jobs:
            for transfer in job.transfers:
                if transfer.what == "artifact_download" and not transfer.name:
                    raise CannotSplitError(f"job {job.id} takes all artifacts of a run, and would take one more")
                if transfer.what == "artifact_upload" and transfer.name == name and each.path == workflow.path:
                    raise CannotSplitError(f"there is an artifact {name} already")


def checkout_of(before: tuple[Step, ...], rest: tuple[Step, ...]) -> int | None:
    """Return the step that checks out the code, where the second job needs it as well. Raises CannotSplitError."""
    found = [each for each in before if each.uses is not None and each.uses.action == "actions/checkout"]
    if any(each.uses is not None and each.uses.action == "actions/checkout" for each in rest):
        return None
    if len(found) != 1 or found[0].condition:
        raise CannotSplitError(
            "the steps that follow work with what was checked out, and which checkout that is is not clear"
        )
    told = " ".join((*found[0].with_.values(), *found[0].env.values())).replace("secrets.GITHUB_TOKEN", "github.token")
    if re.search(r"\b(?:steps|env|matrix|runner|job|needs|secrets)\b", told):
        raise CannotSplitError("the code that was checked out is named by what another job does not see")
    return found[0].index


def further_needs(job: Job, rest: tuple[Step, ...], condition: str) -> tuple[str, ...]:
    """Return the jobs of which the second half reads something. Raises CannotSplitError where the first half does not wait for one."""
    texts = [condition, *job.env.values(), *(image.image for image in job.images)]
    for step in rest:
        texts += [*step.with_.values(), *step.env.values(), step.run or "", step.condition]
    found = dict.fromkeys(each["job"] for text in texts for each in _NEEDS.finditer(text))
    names = tuple(name for name in found if name != job.id)
    if any(name not in job.needs for name in names):
        raise CannotSplitError("the steps that follow read a job that it does not wait for")
    return names


def moves_environment(workflow: Workflow, job: Job, before: tuple[Step, ...]) -> bool:
    """Tell whether the environment goes along. Raises CannotSplitError where the first half may need it as well."""
    if job.environment is None:
        return False
    texts = [*workflow.env.values(), *job.env.values(), job.condition, *(image.image for image in job.images)]
    for step in before:
        texts += [*step.with_.values(), *step.env.values(), step.run or "", step.condition]
    if any("vars." in text for text in texts) or any(
        use.step is not None and use.step < len(before) for use in job.secrets if use.name != "GITHUB_TOKEN"
    ):
        raise CannotSplitError(
            f"the steps before may take variables or secrets of the environment {job.environment.name}"
        )
    if any(each.uses is not None and each.uses.kind is UsesKind.LOCAL for each in before):
        raise CannotSplitError(f"whether the steps before need the environment {job.environment.name} is not known")
    return True


def waiting(workflow: Workflow, job: Job, condition: str) -> tuple[str, ...]:
    """Return the jobs that are to wait for both halves. Raises CannotSplitError where they would be skipped with the second one."""
    if RUNS_ANYWAY.search(condition):
        return ()  # a message: nobody waited for it
    found = tuple(each.id for each in workflow.jobs if job.id in each.needs)
    asked = re.compile(rf"\bneeds\.(?:{re.escape(job.id)}|\*)\.result\b|toJSON\(\s*needs", re.IGNORECASE)
    for each in workflow.jobs:
        if each.id in found and any(asked.search(text) for text in _texts_of(each)):
            raise CannotSplitError(f"job {each.id} asks how it went, and would be told of the first half alone")
    if found and condition:
        raise CannotSplitError(f"job {found[0]} waits for it, and would be skipped where what is split off is")
    return found


def _texts_of(job: Job) -> Iterator[str]:
    """Yield the expressions of a job and its steps."""
    yield job.condition
    yield from (mention.expression.text for mention in job.mentions)
    for step in job.steps:
        yield step.condition
        yield from (mention.expression.text for mention in step.mentions)
