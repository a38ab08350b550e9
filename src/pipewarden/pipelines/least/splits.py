"""Splitting a job: the steps that take secrets go into a job of their own, behind the ones that run code of others.

Lines are added: the job ends where the last step that runs code of others ends, and what follows stays where it stands, as
the steps of a new job. What these take from the steps before goes over: files as an artifact, values as outputs.
"""

import re

from pipewarden.pipelines.least.advice import runs_others, step_in_words
from pipewarden.pipelines.least.blocks import with_permissions
from pipewarden.pipelines.least.carried import is_listed, only_tells, taken_by
from pipewarden.pipelines.least.cutting import Cut, artifact_of, with_split
from pipewarden.pipelines.least.halves import says_just_that
from pipewarden.pipelines.least.handed import CannotHandError, handed, status_of, swapped
from pipewarden.pipelines.least.judged import worse
from pipewarden.pipelines.least.kinds import Advice, Around, Edit, Outcome, few, whole
from pipewarden.pipelines.least.paths import narrowed, root_of
from pipewarden.pipelines.least.pins import Pins, pins_of
from pipewarden.pipelines.least.places import CannotEditError
from pipewarden.pipelines.least.powers import Power, power_of, scopes_of
from pipewarden.pipelines.least.said import is_sound, read
from pipewarden.pipelines.least.sessions import SESSIONS
from pipewarden.pipelines.least.split_words import advice_of, edit_of
from pipewarden.pipelines.least.taken import Taken, UnknownFilesError
from pipewarden.pipelines.parts import Job, RunnerKind, Step, Workflow
from pipewarden.pipelines.uses import UsesKind

_RUNS_ANYWAY = re.compile(r"\b(?:always|failure|cancelled)\s*\(", re.IGNORECASE)
_PATH = re.compile(r"GITHUB_PATH|::add-path")
_NEEDS = re.compile(r"\bneeds\.(?P<job>[A-Za-z_][\w-]*)")
_OF_JOB = re.compile(
    r"\b(?:env|job|steps|runner|secrets|strategy|matrix)\b|\bhashFiles\s*\(|\bneeds\b(?!\.[\w-]+\.(?:outputs|result)\b)"
)
_FIXED = re.compile(r"[^$]*")


class _Cannot(Exception):
    """Why a job is not split by an edit."""


def splits(path: str, text: str, around: Around) -> Outcome:
    """Return a workflow whose jobs take their secrets in a job of their own, behind what runs code of others.

    Offered where all that the steps that follow take of those before is known and can go over, and where nothing else of the
    workflow leans on the job in a way that an edit would break: whatever is published stays what it was.
    """
    workflow = read(path, text)
    edits, advice, out = list[Edit](), list[Advice](), text
    for job in workflow.jobs if workflow.complete else ():
        power = power_of(workflow, job, around)
        if not power.others or (not power.wide and power.first is None):
            continue
        try:
            cut, power = _first_cut(workflow, job, power)
            pins = None
            if cut.paths:
                _check_artifacts(workflow, around, artifact_of(job.id, cut))
                pins = pins_of(around.workflows, workflow, {**around.texts, path: text})
            edited = _edited(path, out, job, cut, pins, power, around)
        except (_Cannot, CannotEditError, CannotHandError) as refusal:
            advice.append(advice_of(workflow, text, job, power, str(refusal)))
            continue
        out = edited
        edits.append(edit_of(workflow, job, cut, power, read(path, out)))
    return Outcome(text=out, edits=tuple(edits), advice=tuple(advice))


def _first_cut(workflow: Workflow, job: Job, power: Power) -> tuple[Cut, Power]:
    """Return the first place where the job can be cut, and what is behind it. Raises why it cannot be at the first step."""
    if power.wide:
        raise _Cannot(
            f"every step sees {whole(tuple(sorted({use.name for use in power.wide})))}: which of them need it is not said"
        )
    refused: _Cannot | CannotHandError | None = None
    for step in power.steps:
        behind = power.behind(step)
        try:
            return _cut(workflow, job, behind), behind
        except (_Cannot, CannotHandError) as refusal:
            refused = refused or refusal
    raise refused or _Cannot("nothing of it can be told apart")


def _cut(workflow: Workflow, job: Job, power: Power) -> Cut:
    """Return where the job can be cut, and what goes over. Raises _Cannot or CannotHandError."""
    env = _literal(workflow, job)
    step, taken = _first_that_follows(workflow, job, power.first or 0, env)
    before, rest = job.steps[:step], job.steps[step:]
    if not any(runs_others(each) and not is_listed(each) for each in before):
        raise _Cannot("what runs code of others belongs to the steps that take the secrets")
    _check_secrets(job, power, rest)
    scripts = any(each.run is not None for each in rest)
    _check_job(workflow, job, rest, scripts=scripts)
    _check_state(before, rest, scripts=scripts)
    paths = narrowed(tuple(path for each in taken for path in each.paths))
    root = root_of(paths) if paths else ""
    if root is None:
        raise _Cannot(f"the steps that follow take files of several places ({few(paths)})")
    values = handed(job, before, rest, workflow.env)
    if set(values.env) & set(job.env):
        raise CannotHandError("a step before sets a variable of the job anew")
    condition, drops_ifs = _condition(job, rest, values.swaps)
    name = _new_id(workflow, job, rest)
    if paths and "workflow_call" in workflow.events:
        raise _Cannot("the workflow can be called twice in one run, which would then hold two artifacts of one name")
    if paths and _RUNS_ANYWAY.search(condition):
        raise _Cannot("the files that it takes may not be there when the job failed")
    return Cut(
        step=step,
        name=name,
        paths=paths,
        root=root,
        condition=condition,
        carries_if=_carries_if(rest, taken) if paths else "",
        checkout=_checkout(before, rest) if any(each.repository for each in taken) else None,
        needs=_further_needs(job, rest, condition),
        handed=values,
        drops_ifs=drops_ifs,
        moves_environment=_moves_environment(workflow, job, before),
        waiting=_waiting(workflow, job, condition),
        scripts=scripts,
    )


def _literal(workflow: Workflow, job: Job) -> dict[str, str]:
    """Return the variables whose values the file writes out, and no step sets anew."""
    named = {**workflow.env, **job.env}
    scripts = [step.run for step in job.steps if step.run is not None and "GITHUB_ENV" in step.run]
    return {
        name: value
        for name, value in named.items()
        if _FIXED.fullmatch(value) and not any(name in script for script in scripts)
    }


def _first_that_follows(workflow: Workflow, job: Job, first: int, env: dict[str, str]) -> tuple[int, list[Taken]]:
    """Return the first of the last steps of a job of which all is known that they take of those before, and what that is."""
    taken: list[Taken] = []
    known = len(job.steps)
    while known:
        step = job.steps[known - 1]
        if known <= first and not _prepares(step):
            break
        try:
            taken.insert(0, taken_by(step, env))
        except UnknownFilesError as refusal:
            if known > first:
                words = f"what {step_in_words(step)} takes of the steps before is not known"
                raise _Cannot(f"{words}: {refusal}" if str(refusal) else words) from refusal
            break
        known -= 1
    why = ""
    for start in range(known, first + 1):
        try:
            handed(job, job.steps[:start], job.steps[start:], workflow.env)
        except CannotHandError as refusal:
            why = why or str(refusal)
            continue
        return start, taken[start - known :]
    raise _Cannot(why)


def _prepares(step: Step) -> bool:
    """Tell whether a step may be one that gets things ready for steps that publish: a sign-in, a tag, a builder."""
    if step.uses is None:
        return False
    return step.uses.owner.lower() in {"docker", "aws-actions", "azure", "google-github-actions"} or (
        step.uses.action in {"actions/create-github-app-token", "actions/create-release", "redhat-actions/podman-login"}
    )


def _check_secrets(job: Job, power: Power, rest: tuple[Step, ...]) -> None:
    """Raise _Cannot where what would be split off stays in the first half, too."""
    moved = {use.name for use in power.late if use.step is not None and use.step >= rest[0].index}
    for use in job.secrets:
        if use.name == "GITHUB_TOKEN":
            continue
        if use.step is None:
            raise _Cannot("the whole job is given a secret")
        if use.step < rest[0].index and (use.name in moved or not use.name):
            raise _Cannot(f"{step_in_words(job.steps[use.step])}, which stays, takes {use.name or 'secrets'}, too")


def _check_job(workflow: Workflow, job: Job, rest: tuple[Step, ...], *, scripts: bool) -> None:
    """Raise _Cannot where the job, or something that leans on it, does not stand being cut."""
    if job.matrix is not None:
        raise _Cannot("the job has `strategy`: each of its runs would need an artifact and a second job of its own")
    if job.runner.kind is not RunnerKind.HOSTED or job.runner.dynamic or len(job.runner.labels) != 1:
        raise _Cannot("it does not run on one kind of machine of GitHub's")
    if scripts and not job.runner.labels[0].startswith("ubuntu"):
        raise _Cannot(
            f"it runs on {job.runner.labels[0]}, and only Ubuntu's machines are known to have what the steps need"
        )
    if _RUNS_ANYWAY.search(job.condition):
        raise _Cannot("it runs by how other jobs ended")
    ids = {each.id for each in rest if each.id}
    for mention in job.mentions:
        if mention.where.startswith("outputs") and any(f"steps.{name}." in mention.expression.text for name in ids):
            raise _Cannot("its outputs are of a step that would be split off")
    del workflow


def _check_state(before: tuple[Step, ...], rest: tuple[Step, ...], *, scripts: bool) -> None:
    """Raise _Cannot where the machine that the steps before leave is not there in another job."""
    if scripts and any(_PATH.search(each.run or "") for each in before):
        raise _Cannot("a step before sets the path for those that follow")
    if all(
        any(each.uses is not None and each.uses.owner.lower() == "docker" for each in part) for part in (before, rest)
    ):
        raise _Cannot("what Docker's actions set up before is not there in another job")
    there = {each.uses.action for each in rest if each.uses is not None}
    for session in SESSIONS:
        if session.action not in there and any(session.is_used_by(each) for each in rest):
            raise _Cannot(f"the session with {session.name} was made in a step before")


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


def _condition(job: Job, rest: tuple[Step, ...], swaps: tuple[tuple[str, str], ...]) -> tuple[str, bool]:
    """Return the condition of the new job, and whether the steps lose theirs by that. Raises _Cannot or CannotHandError."""
    conditions = {_bare(step.condition) for step in rest}
    asks = {status_of(condition) for condition in conditions}
    if len(conditions) > 1:
        if asks != {""}:
            raise _Cannot("it runs by how the steps before it ended")
        return "", False
    condition = next(iter(conditions))
    if not condition:
        return "", False
    asked = status_of(condition)
    plain = swapped(condition, swaps)
    if _OF_JOB.search(re.sub(r"'[^']*'", "", plain)) or "\n" in plain:
        if asked:
            raise _Cannot("their condition reads what a condition of a job cannot")
        return "", False
    if asked == "failure()":
        # in a job this asks for any job before: only the first half is meant
        return plain.replace("failure()", f"failure() && needs.{job.id}.result == 'failure'", 1), True
    if asked:
        return plain.replace(asked, f"{asked} && needs.{job.id}.result != 'skipped'", 1), False
    return plain, False


def _bare(condition: str) -> str:
    """Return a condition without the braces that it need not have."""
    text = condition.strip()
    if text.startswith("${{") and text.endswith("}}") and text.count("${{") == 1:
        return text[3:-2].strip()
    return text


def _carries_if(rest: tuple[Step, ...], taken: list[Taken]) -> str:
    """Return the condition under which files are taken, empty where they always are. Raises _Cannot where that cannot be told."""
    conditions = {_bare(step.condition) for step, each in zip(rest, taken, strict=True) if each.paths}
    condition = next(iter(conditions))
    if len(conditions) > 1:
        raise _Cannot("the steps that follow take files under conditions that differ")
    if condition and (_OF_JOB.search(re.sub(r"'[^']*'", "", condition)) or "\n" in condition or "needs." in condition):
        raise _Cannot("their condition reads what a condition of a job cannot")
    return condition


def _checkout(before: tuple[Step, ...], rest: tuple[Step, ...]) -> int | None:
    """Return the step that checks out the code, where the second job needs it as well. Raises _Cannot."""
    found = [each for each in before if each.uses is not None and each.uses.action == "actions/checkout"]
    if any(each.uses is not None and each.uses.action == "actions/checkout" for each in rest):
        return None
    if len(found) != 1 or found[0].condition:
        raise _Cannot("the steps that follow work with what was checked out, and which checkout that is is not clear")
    told = " ".join((*found[0].with_.values(), *found[0].env.values())).replace("secrets.GITHUB_TOKEN", "github.token")
    if re.search(r"\b(?:steps|env|matrix|runner|job|needs|secrets)\b", told):
        raise _Cannot("the code that was checked out is named by what another job does not see")
    return found[0].index


def _further_needs(job: Job, rest: tuple[Step, ...], condition: str) -> tuple[str, ...]:
    """Return the jobs of which the second half reads something. Raises _Cannot where the first half does not wait for one."""
    texts = [condition, *job.env.values(), *(image.image for image in job.images)]
    for step in rest:
        texts += [*step.with_.values(), *step.env.values(), step.run or "", step.condition]
    found = dict.fromkeys(each["job"] for text in texts for each in _NEEDS.finditer(text))
    names = tuple(name for name in found if name != job.id)
    if any(name not in job.needs for name in names):
        raise _Cannot("the steps that follow read a job that it does not wait for")
    return names


def _moves_environment(workflow: Workflow, job: Job, before: tuple[Step, ...]) -> bool:
    """Tell whether the environment goes along. Raises _Cannot where the first half may need it as well."""
    if job.environment is None:
        return False
    texts = [*workflow.env.values(), *job.env.values(), job.condition, *(image.image for image in job.images)]
    for step in before:
        texts += [*step.with_.values(), *step.env.values(), step.run or "", step.condition]
    if any("vars." in text for text in texts) or any(
        use.step is not None and use.step < len(before) for use in job.secrets if use.name != "GITHUB_TOKEN"
    ):
        raise _Cannot(f"the steps before may take variables or secrets of the environment {job.environment.name}")
    if any(each.uses is not None and each.uses.kind is UsesKind.LOCAL for each in before):
        raise _Cannot(f"whether the steps before need the environment {job.environment.name} is not known")
    return True


def _waiting(workflow: Workflow, job: Job, condition: str) -> tuple[str, ...]:
    """Return the jobs that are to wait for both halves. Raises _Cannot where they would be skipped with the second one."""
    waiting = tuple(each.id for each in workflow.jobs if job.id in each.needs)
    if waiting and condition and not _RUNS_ANYWAY.search(condition):
        raise _Cannot(f"job {waiting[0]} waits for it, and would be skipped where what is split off is")
    return () if condition else waiting


def _new_id(workflow: Workflow, job: Job, rest: tuple[Step, ...]) -> str:
    """Return the name of the new job, by what it does. Raises _Cannot where it is taken."""
    does = "notify" if all(map(only_tells, rest)) else "publish"
    name = f"{job.id}-{does}" if len(job.id) < 80 and not job.id.endswith(does) else f"{job.id}-send"
    if workflow.job(name) is not None:
        raise _Cannot(f"there is a job {name} already")
    return name


def _edited(path: str, text: str, job: Job, cut: Cut, pins: Pins | None, power: Power, around: Around) -> str:
    """Return the text with the job cut in two. Raises _Cannot or CannotEditError."""
    edited = with_split(text, job.id, cut, pins)
    before, after = read(path, text), read(path, edited)
    if not is_sound(before, after) or not says_just_that(before, after, job.id, cut):
        raise _Cannot("the edited file would not say just that")
    edited = _with_scopes(path, edited, (job.id, cut.name) if power.scopes else (cut.name,), around)
    after = read(path, edited)
    if not is_sound(before, after) or not _is_less(before, after, job.id, cut, power):
        raise _Cannot("what the first half needs of the token is not known, and it would keep all it has")
    grows = worse(before, after, (text, edited), around.default, {cut.name: job.id})
    if grows:
        raise _Cannot(f"it would then be told that {grows}")
    return edited


def _with_scopes(path: str, text: str, jobs: tuple[str, ...], around: Around) -> str:
    """Return the text in which each half has what it needs of the token, where that is known."""
    for name in jobs:
        workflow = read(path, text)
        job = workflow.job(name)
        scopes = scopes_of(workflow, job, around) if job is not None else None
        if scopes is not None:
            text = with_permissions(text, name, scopes)
    return text


def _is_less(before: Workflow, after: Workflow, job: str, cut: Cut, power: Power) -> bool:
    """Tell whether the first half lost something: a secret, or a scope with which one publishes."""
    old, new = before.job(job), after.job(job)
    if old is None or new is None:
        return False
    if {use.name for use in power.late if use.step is not None and use.step >= cut.step} - {
        use.name for use in new.secrets
    }:
        return True
    stated = new.permissions if new.permissions is not None else after.permissions
    return (
        bool(power.scopes)
        and stated is not None
        and not stated.shorthand
        and all(stated.levels.get(scope) != "write" for scope in power.scopes)
    )
