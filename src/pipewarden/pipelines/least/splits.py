"""Splitting a job: the steps that take secrets go into a job of their own, behind the ones that run code of others.

Only lines are added: the job ends where the last step that runs code of others ends, and what follows stays where it stands,
as the steps of a new job. What these take from the steps before, one folder, goes over as an artifact.
"""

import re
from collections.abc import Iterator, Mapping

from pipewarden.pipelines.least.advice import runs_others, step_in_words
from pipewarden.pipelines.least.carried import files_of, needs_session, reads_before
from pipewarden.pipelines.least.cutting import Cut, artifact_of, sketch_of, with_split
from pipewarden.pipelines.least.judged import worse
from pipewarden.pipelines.least.kinds import Advice, Around, Edit, EditKind, Outcome, few, whole
from pipewarden.pipelines.least.pins import Pins, pins_of
from pipewarden.pipelines.least.places import CannotEditError
from pipewarden.pipelines.least.said import is_sound, placeless, read, says_else
from pipewarden.pipelines.parts import Job, RunnerKind, SecretForm, SecretUse, Step, Workflow

_SOURCE = "https://docs.github.com/en/actions/reference/security/secure-use"
_RUNS_ANYWAY = re.compile(r"\b(?:always|failure|cancelled)\s*\(", re.IGNORECASE)
_EXPORTS = re.compile(r"GITHUB_ENV|GITHUB_PATH|::set-env|::add-path")
_KEPT = tuple("name condition needs permissions oidc env environment images runner matrix with_".split())  # noqa: SIM905
"""What the first half says as the whole did."""
_OF_JOB = re.compile(
    r"\b(?:env|job|steps|runner|secrets|strategy|matrix|needs)\b|\b(?:hashFiles|always|failure|cancelled)\s*\("
)


class _Cannot(Exception):
    """Why a job is not split by an edit."""


def splits(path: str, text: str, around: Around) -> Outcome:
    """Return a workflow whose jobs take their secrets in a job of their own, behind what runs code of others.

    Offered where the steps that follow read nothing of those before but one folder that is written out, and where nothing
    else of the workflow leans on the job: whatever is published stays what it was.
    """
    workflow = read(path, text)
    edits, advice, out = list[Edit](), list[Advice](), text
    for job in workflow.jobs if workflow.complete else ():
        wide, late, others = _seen(job)
        if not others or not (wide or late):
            continue
        try:
            cut = _cut(workflow, job, wide)
            pins = None
            if cut.folder:
                _check_artifacts(workflow, around, artifact_of(job.id, cut))
                pins = pins_of(around.workflows, workflow)
            edited = _edited(path, out, job, cut, pins, around)
        except (_Cannot, CannotEditError) as refusal:
            advice.append(_advice(workflow, text, job, wide or late, others[0], str(refusal)))
            continue
        out = edited
        edits.append(_edit(workflow, job, cut, late, others[0]))
    return Outcome(text=out, edits=tuple(edits), advice=tuple(advice))


def _seen(job: Job) -> tuple[list[SecretUse], list[SecretUse], list[Step]]:
    """Return the secrets that every step sees, those that steps take after code of others ran, and the steps that run it."""
    own = [use for use in job.secrets if use.name != "GITHUB_TOKEN" and use.form is SecretForm.NAMED]
    others = [step for step in job.steps if runs_others(step)]
    wide = [use for use in own if use.step is None and use.where.startswith("env")]
    late = [use for use in own if use.step is not None and others and use.step > others[0].index]
    return wide, late, others


def _names(uses: list[SecretUse]) -> tuple[str, ...]:
    return tuple(sorted({use.name for use in uses}))


def _cut(workflow: Workflow, job: Job, wide: list[SecretUse]) -> Cut:
    """Return where the job can be cut. Raises _Cannot."""
    if wide:
        raise _Cannot(f"every step sees {whole(_names(wide))}: which of them need it is not said")
    step = _first_that_follows(job)
    before, rest = job.steps[:step], job.steps[step:]
    if not any(runs_others(each) for each in before):
        raise _Cannot("what runs code of others belongs to the steps that take the secrets")
    early = next(
        (use for use in job.secrets if use.name != "GITHUB_TOKEN" and (use.step is None or use.step < step)), None
    )
    if early is not None and early.step is None:
        raise _Cannot("the whole job is given a secret")
    if early is not None and early.step is not None:
        raise _Cannot(f"{step_in_words(job.steps[early.step])}, which stays, takes {early.name or 'secrets'}, too")
    _check_job(workflow, job, rest)
    if any(_EXPORTS.search(each.run or "") for each in before):
        raise _Cannot("a step before sets variables or the path for those that follow")
    if all(
        any(each.uses is not None and each.uses.owner.lower() == "docker" for each in part) for part in (before, rest)
    ):
        raise _Cannot("what Docker's actions set up before is not there in another job")
    signed_in = any(
        each.uses is not None and each.uses.action == "aws-actions/configure-aws-credentials" for each in rest
    )
    if any(needs_session(each) for each in rest) and not signed_in:
        raise _Cannot("the session with AWS was made in a step before")
    folders = tuple(dict.fromkeys(folder for each in rest for folder in files_of(each) or ()))
    if len(folders) > 1:
        raise _Cannot(f"the steps that follow take several folders ({few(folders)})")
    scripts = any(each.run is not None for each in rest)
    return Cut(step, folders[0] if folders else "", _condition(rest), _new_id(workflow, job), scripts=scripts)


def _first_that_follows(job: Job) -> int:
    """Return the first of the last steps of a job that read nothing of those before but a folder. Raises _Cannot."""
    known = len(job.steps)
    while known and files_of(job.steps[known - 1]) is not None:
        known -= 1
    why = f"what {step_in_words(job.steps[-1])} takes of the steps before is not known"
    for start in range(known, len(job.steps)):
        rest = job.steps[start:]
        ids = frozenset(each.id for each in rest if each.id)
        why = next(filter(None, (reads_before(each, ids) for each in rest)), "")
        if not why:
            return start
    raise _Cannot(why)


def _check_job(workflow: Workflow, job: Job, rest: tuple[Step, ...]) -> None:
    """Raise _Cannot where the job, or something that leans on it, does not stand being cut."""
    waiting = [each.id for each in workflow.jobs if job.id in each.needs]
    if waiting:
        raise _Cannot(f"job {waiting[0]} waits for it, and would no longer wait for what is split off")
    if "workflow_call" in workflow.events:
        raise _Cannot("the workflow can be called, and its callers wait for the job")
    if job.runner.kind is not RunnerKind.HOSTED or job.runner.dynamic or len(job.runner.labels) != 1:
        raise _Cannot("it does not run on one kind of machine of GitHub's")
    if not job.runner.labels[0].startswith("ubuntu"):
        raise _Cannot(
            f"it runs on {job.runner.labels[0]}, and only Ubuntu's machines are known to have what the steps need"
        )
    if _RUNS_ANYWAY.search(job.condition):
        raise _Cannot("it runs by how other jobs ended")
    ids = {each.id for each in rest if each.id}
    for mention in job.mentions:
        if mention.where.startswith("outputs") and any(f"steps.{name}." in mention.expression.text for name in ids):
            raise _Cannot("its outputs are of a step that would be split off")


def _check_artifacts(workflow: Workflow, around: Around, name: str) -> None:
    """Raise _Cannot where a further artifact of the run would get in the way: who takes all of them would take it, too."""
    listeners = [each for each in around.workflows if "workflow_run" in each.events and each.path != workflow.path]
    for each in (workflow, *listeners):
        for job in each.jobs:
            for transfer in job.transfers:
                if transfer.what == "artifact_download" and not transfer.name:
                    raise _Cannot(f"job {job.id} takes all artifacts of a run, and would take one more")
                if transfer.what == "artifact_upload" and transfer.name == name and each.path == workflow.path:
                    raise _Cannot(f"there is an artifact {name} already")


def _condition(rest: tuple[Step, ...]) -> str:
    """Return the condition that all steps of the new job have, empty where none has one. Raises _Cannot where they differ."""
    conditions = {step.condition for step in rest}
    if conditions == {""}:
        return ""
    condition = next(iter(conditions))
    if len(conditions) > 1:
        raise _Cannot("the steps that follow run under conditions that differ")
    if _OF_JOB.search(re.sub(r"'[^']*'", "", condition)) or "\n" in condition.strip():
        raise _Cannot("their condition reads what a condition of a job cannot")
    return condition.strip()


def _new_id(workflow: Workflow, job: Job) -> str:
    name = f"{job.id}-publish" if len(job.id) < 80 and not job.id.endswith("publish") else f"{job.id}-send"
    if workflow.job(name) is not None:
        raise _Cannot(f"there is a job {name} already")
    return name


def _edited(path: str, text: str, job: Job, cut: Cut, pins: Pins | None, around: Around) -> str:
    """Return the text with the job cut in two. Raises _Cannot or CannotEditError."""
    edited = with_split(text, job.id, cut, pins)
    before, after = read(path, text), read(path, edited)
    if not is_sound(before, after) or not _says_just_that(before, after, job.id, cut):
        raise _Cannot("the edited file would not say just that")
    grows = worse(before, after, (text, edited), around.default, {cut.name: job.id})
    if grows:
        raise _Cannot(f"it would then be told that {grows}")
    return edited


def _says_just_that(before: Workflow, after: Workflow, job: str, cut: Cut) -> bool:
    """Tell whether the two jobs hold the steps of the one, in their order, and nothing else of the file has changed."""
    old, first, second = before.job(job), after.job(job), after.job(cut.name)
    if old is None or first is None or second is None:
        return False
    if _others(before, (job,)) != _others(after, (job, cut.name)):
        return False
    if any(placeless(getattr(old, part)) != placeless(getattr(first, part)) for part in _KEPT):
        return False
    carried = 1 if cut.folder else 0
    halves = (*first.steps[: cut.step], *second.steps[carried:])
    if len(first.steps) != cut.step + carried or list(map(_of, halves)) != list(map(_of, old.steps)):
        return False
    copied = ("permissions", "oidc", "runner")
    same = all(placeless(getattr(old, part)) == placeless(getattr(second, part)) for part in copied)
    return same and second.needs == (job,) and second.condition.strip() == cut.condition


def _others(workflow: Workflow, jobs: tuple[str, ...]) -> list[object]:
    """Return all that a workflow says beside some jobs."""
    keep = [each for each in workflow.jobs if each.id not in jobs]
    rest = says_else(workflow, (), ())[-1]
    return [placeless(keep), rest]


def _of(step: Step) -> object:
    told: Mapping[str, object] = placeless(step)
    return {name: value for name, value in told.items() if name != "index"}


def _edit(workflow: Workflow, job: Job, cut: Cut, late: list[SecretUse], other: Step) -> Edit:
    names = _names(late)
    them = "them" if len(names) > 1 else "it"
    first = []
    if cut.folder:
        first.append(
            f"The files of `{cut.folder}` go over as an artifact, which whoever may read the repository can download; marks that "
            "a file may be run are lost, and links become files."
        )
    return Edit(
        kind=EditKind.SPLIT,
        path=workflow.path,
        job=job.id,
        line=job.steps[cut.step].position.line,
        column=job.steps[cut.step].position.column,
        says=f"job {job.id} runs code of others ({step_in_words(other)}) before it takes {few(names)}; job {cut.name} takes {them}",
        first=tuple(first),
        then=(
            f"Where a rule asks for the check `{job.name or job.id}` before a merge, let it ask for `{cut.name}`, too.",
        ),
        source=_SOURCE,
    )


def _advice(workflow: Workflow, text: str, job: Job, uses: list[SecretUse], other: Step, why: str) -> Advice:
    names = _names(uses)
    wide = uses[0].step is None
    says = (
        f"every step of job {job.id} sees {few(names)}, also those that run code of others ({step_in_words(other)})"
        if wide
        else f"job {job.id} runs code of others ({step_in_words(other)}) before it takes {few(names)}"
    )
    step = None if wide else next(each for each in job.steps if each.index == uses[0].step)
    at = uses[0].position if step is None else step.position
    return Advice(
        kind=EditKind.SPLIT.value,
        path=workflow.path,
        job=job.id,
        line=at.line,
        column=at.column,
        says=says,
        how=tuple(_how(job, names, step, wide=wide)),
        source=_SOURCE,
        why=why,
        sketch=sketch_of(text, job.id, f"{job.id}-publish", None if step is None else (step.index, len(job.steps) - 1)),
    )


def _how(job: Job, names: tuple[str, ...], step: Step | None, *, wide: bool) -> Iterator[str]:
    """Yield the steps to take by hand, with the skeleton of the second job."""
    if wide:
        yield f"Set {few(names)} in the `env` of the step that needs it, not of the whole job."
    last = "what it builds" if step is None else f"what {step_in_words(step)} needs"
    yield f"At the end of job {job.id}, upload {last} with actions/upload-artifact (`name: {job.id}-output`, `path:` its folder)."
    yield (
        f"Add a job `{job.id}-publish` with `needs: {job.id}`, the same `runs-on`, and the `permissions` it needs; its first step is "
        f"actions/download-artifact (`name: {job.id}-output`)."
    )
    yield f"Move {'the step' if step is None else step_in_words(step)} that takes {few(names)}, and what follows it, into that job."
