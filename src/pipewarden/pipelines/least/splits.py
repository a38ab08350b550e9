"""Splitting a job: the steps that take secrets go into a job of their own, behind the ones that run code of others.

Lines are added: the job ends where the last step that runs code of others ends, and what follows stays where it stands, as
the steps of a new job. What these take from the steps before goes over: files as an artifact, values as outputs.
"""

import re
from collections.abc import Collection, Mapping
from functools import partial
from typing import NamedTuple

from pipewarden.pipelines.least.advice import runs_others, step_in_words
from pipewarden.pipelines.least.blocks import with_permissions
from pipewarden.pipelines.least.carried import is_listed, only_tells, taken_by
from pipewarden.pipelines.least.cutting import Cut, artifact_of, with_split
from pipewarden.pipelines.least.halves import misfits
from pipewarden.pipelines.least.handed import CannotHandError, handed, status_of, swapped
from pipewarden.pipelines.least.judged import worse_by_job
from pipewarden.pipelines.least.kinds import Around, Outcome, few, whole
from pipewarden.pipelines.least.leaning import (
    RUNS_ANYWAY,
    CannotSplitError,
    check_artifacts,
    check_job,
    check_state,
    checkout_of,
    further_needs,
    moves_environment,
    waiting,
)
from pipewarden.pipelines.least.paths import narrowed, root_of
from pipewarden.pipelines.least.pins import Pins, pins_of
from pipewarden.pipelines.least.places import CannotEditError
from pipewarden.pipelines.least.powers import Power, power_of, scopes_of
from pipewarden.pipelines.least.said import differing, is_sound, read
from pipewarden.pipelines.least.split_words import advice_of, edit_of
from pipewarden.pipelines.least.taken import Taken, UnknownFilesError
from pipewarden.pipelines.least.together import Work, edited, made_together
from pipewarden.pipelines.parts import Job, Step, Workflow

_OF_JOB = re.compile(
    r"\b(?:env|job|steps|runner|secrets|strategy|matrix)\b|\bhashFiles\s*\(|\bneeds\b(?!\.[\w-]+\.(?:outputs|result)\b)"
)
_NOT_THAT = "the edited file would not say just that"
_FIXED = re.compile(r"[^$]*")


def splits(path: str, text: str, around: Around) -> Outcome:
    """Return a workflow whose jobs take their secrets in a job of their own, behind what runs code of others.

    Offered where all that the steps that follow take of those before is known and can go over, and where nothing else of the
    workflow leans on the job in a way that an edit would break: whatever is published stays what it was.
    """
    workflow = read(path, text)
    cases, why_not, powers = dict[str, _Case](), dict[str, str](), dict[str, Power]()
    pins: Pins | None = None
    for job in workflow.jobs if workflow.complete else ():
        power = power_of(workflow, job, around)
        if not power.others or (not power.wide and power.first is None):
            continue
        powers[job.id] = power
        try:
            cut, powers[job.id] = _first_cut(workflow, job, power)
            if cut.paths:
                check_artifacts(workflow, around, artifact_of(job.id, cut))
                pins = pins or pins_of(around.workflows, workflow, {**around.texts, path: text})
            cases[job.id] = _Case(job, cut, pins if cut.paths else None, powers[job.id])
        except (CannotSplitError, CannotEditError, CannotHandError) as refusal:
            why_not[job.id] = str(refusal)
    works = {case.job.id: _work(path, case, around) for case in cases.values()}
    made = made_together(text, works, partial(_refused, path, cases, around))
    why_not |= made.refused
    after = read(path, made.text)
    return Outcome(
        text=made.text,
        edits=tuple(
            edit_of(workflow, case.job, case.cut, case.power, after)
            for job, case in cases.items()
            if job not in why_not
        ),
        advice=tuple(
            advice_of(workflow, text, job, powers[job.id], why_not[job.id])
            for job in workflow.jobs
            if job.id in why_not
        ),
    )


class _Case(NamedTuple):
    """A job that is to be cut."""

    job: Job
    cut: Cut
    pins: Pins | None
    power: Power

    def split(self, text: str) -> str:
        """Return the text with the job cut in two. Raises CannotEditError."""
        return with_split(text, self.job.id, self.cut, self.pins)


def _first_cut(workflow: Workflow, job: Job, power: Power) -> tuple[Cut, Power]:
    """Return the first place where the job can be cut, and what is behind it. Raises why it cannot be at the first step."""
    if power.wide:
        raise CannotSplitError(
            f"every step sees {whole(tuple(sorted({use.name for use in power.wide})))}: which of them need it is not said"
        )
    refused: CannotSplitError | CannotHandError | None = None
    for step in power.steps:
        behind = power.behind(step)
        try:
            return _cut(workflow, job, behind), behind
        except (CannotSplitError, CannotHandError) as refusal:
            refused = refused or refusal
    raise refused or CannotSplitError("nothing of it can be told apart")


def _cut(workflow: Workflow, job: Job, power: Power) -> Cut:
    """Return where the job can be cut, and what goes over. Raises CannotSplitError or CannotHandError."""
    env = _literal(workflow, job)
    step, taken = _first_that_follows(workflow, job, power.first or 0, env)
    before, rest = job.steps[:step], job.steps[step:]
    if not any(runs_others(each) and not is_listed(each) for each in before):
        raise CannotSplitError("what runs code of others belongs to the steps that take the secrets")
    _check_secrets(job, power, rest)
    scripts = any(each.run is not None for each in rest)
    check_job(workflow, job, rest, scripts=scripts)
    check_state(before, rest, scripts=scripts)
    paths = narrowed(tuple(path for each in taken for path in each.paths))
    root = root_of(paths) if paths else ""
    if root is None:
        raise CannotSplitError(f"the steps that follow take files of several places ({few(paths)})")
    values = handed(job, before, rest, workflow.env)
    if set(values.env) & set(job.env):
        raise CannotHandError("a step before sets a variable of the job anew")
    condition, drops_ifs = _condition(job, rest, values.swaps)
    name = _new_id(workflow, job, rest)
    if paths and "workflow_call" in workflow.events:
        raise CannotSplitError(
            "the workflow can be called twice in one run, which would then hold two artifacts of one name"
        )
    if paths and RUNS_ANYWAY.search(condition):
        raise CannotSplitError("the files that it takes may not be there when the job failed")
    return Cut(
        step=step,
        name=name,
        paths=paths,
        root=root,
        condition=condition,
        carries_if=_carries_if(rest, taken) if paths else "",
        checkout=checkout_of(before, rest) if any(each.repository for each in taken) else None,
        needs=further_needs(job, rest, condition),
        handed=values,
        drops_ifs=drops_ifs,
        moves_environment=moves_environment(workflow, job, before),
        waiting=waiting(workflow, job, condition),
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
                raise CannotSplitError(f"{words}: {refusal}" if str(refusal) else words) from refusal
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
    raise CannotSplitError(why)


def _prepares(step: Step) -> bool:
    """Tell whether a step may be one that gets things ready for steps that publish: a sign-in, a tag, a builder."""
    if step.uses is None:
        return False
    return step.uses.owner.lower() in {"docker", "aws-actions", "azure", "google-github-actions"} or (
        step.uses.action in {"actions/create-github-app-token", "actions/create-release", "redhat-actions/podman-login"}
    )


def _check_secrets(job: Job, power: Power, rest: tuple[Step, ...]) -> None:
    """Raise CannotSplitError where what would be split off stays in the first half, too."""
    moved = {use.name for use in power.late if use.step is not None and use.step >= rest[0].index}
    for use in job.secrets:
        if use.name == "GITHUB_TOKEN":
            continue
        if use.step is None:
            raise CannotSplitError("the whole job is given a secret")
        if use.step < rest[0].index and (use.name in moved or not use.name):
            raise CannotSplitError(
                f"{step_in_words(job.steps[use.step])}, which stays, takes {use.name or 'secrets'}, too"
            )


def _condition(job: Job, rest: tuple[Step, ...], swaps: tuple[tuple[str, str], ...]) -> tuple[str, bool]:
    """Return the condition of the new job, and whether the steps lose theirs by that. Raises CannotSplitError or CannotHandError."""
    conditions = {_bare(step.condition) for step in rest}
    asks = {status_of(condition) for condition in conditions}
    if len(conditions) > 1:
        if asks != {""}:
            raise CannotSplitError("it runs by how the steps before it ended")
        return "", False
    condition = next(iter(conditions))
    if not condition:
        return "", False
    asked = status_of(condition)
    plain = swapped(condition, swaps)
    if _OF_JOB.search(re.sub(r"'[^']*'", "", plain)) or "\n" in plain:
        if asked:
            raise CannotSplitError("their condition reads what a condition of a job cannot")
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
    """Return the condition under which files are taken, empty where they always are. Raises CannotSplitError where that cannot be told."""
    conditions = {_bare(step.condition) for step, each in zip(rest, taken, strict=True) if each.paths}
    condition = next(iter(conditions))
    if len(conditions) > 1:
        raise CannotSplitError("the steps that follow take files under conditions that differ")
    if condition and (_OF_JOB.search(re.sub(r"'[^']*'", "", condition)) or "\n" in condition or "needs." in condition):
        raise CannotSplitError("their condition reads what a condition of a job cannot")
    return condition


def _new_id(workflow: Workflow, job: Job, rest: tuple[Step, ...]) -> str:
    """Return the name of the new job, by what it does. Raises CannotSplitError where it is taken."""
    does = "notify" if all(map(only_tells, rest)) else "publish"
    name = f"{job.id}-{does}" if len(job.id) < 80 and not job.id.endswith(does) else f"{job.id}-send"
    if workflow.job(name) is not None:
        raise CannotSplitError(f"there is a job {name} already")
    return name


def _work(path: str, case: _Case, around: Around) -> Work:
    """Return the edit that cuts a job in two, of which each half then has what it needs of the token."""
    job, cut = case.job.id, case.cut
    halves = (job, cut.name) if case.power.scopes else (cut.name,)
    return Work(job, lambda text: _with_scopes(path, case.split(text), halves, around), wide=bool(cut.waiting))


def _refused(
    path: str, cases: Mapping[str, _Case], around: Around, before: str, after: str, cut: Collection[str]
) -> dict[str, str]:
    """Say of which jobs the file does not say just that, of which no half has less than the whole, or what is worse of them."""
    cuts = {job: cases[job].cut for job in cut}
    middle, _ = edited(before, {job: Work(job, cases[job].split, wide=bool(cuts[job].waiting)) for job in cut})
    old, halved, new = read(path, before), read(path, middle), read(path, after)
    if not (is_sound(old, halved) and is_sound(old, new)):
        return {"": _NOT_THAT}
    halves = {*cuts, *(each.name for each in cuts.values())}
    bad = misfits(old, halved, cuts) or ({""} if differing(halved, new, halves, ("permissions", "oidc")) else set())
    if bad:
        return dict.fromkeys(bad, _NOT_THAT)
    kept = [job for job in cut if not _is_less(old, new, job, cuts[job], cases[job].power)]
    if kept:
        says = "what the first half needs of the token is not known, and it would keep all it has"
        return dict.fromkeys(kept, says)
    origins = {each.name: job for job, each in cuts.items()}
    grows = worse_by_job(old, new, (before, after), around.default, origins)
    return {origins.get(job, job): f"it would then be told that {says}" for job, says in grows.items()}


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
