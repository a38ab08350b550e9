"""A workflow that runs the code of strangers with what they are not given: under `pull_request` in place of `pull_request_target`.

"Avoid using this event if you need to build or run code from the pull request." Under `pull_request` a change from a fork has
neither secrets nor a token that writes.
https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#pull_request_target
"""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from pipewarden.pipelines.gates import may_hold_on, may_run_on
from pipewarden.pipelines.hazards import hazards
from pipewarden.pipelines.hazards.kinds import Hazard, HazardKind
from pipewarden.pipelines.least.judged import worse
from pipewarden.pipelines.least.kinds import Advice, Around, Edit, EditKind, Outcome, few, whole
from pipewarden.pipelines.least.needs import needs_of
from pipewarden.pipelines.least.on_event import leans, of_base
from pipewarden.pipelines.least.said import beside_jobs, is_sound, placeless, read
from pipewarden.pipelines.parts import Job, RunnerKind, Trigger, Workflow
from pipewarden.pipelines.untrusted import Author

_WIDE, _PLAIN = "pull_request_target", "pull_request"
_NAMED = re.compile(rf"\b{_WIDE}\b")
_OF_BASE = re.compile(r"\bgithub\.(?:sha|ref|ref_name|event\.pull_request\.base\.(?:sha|ref))\b", re.IGNORECASE)
_SOURCE = "https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#pull_request_target"
_APART = "https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/"


def triggers(path: str, text: str, around: Around) -> Outcome:
    """Return a workflow that starts on `pull_request` where it ran the code of strangers under `pull_request_target`.

    Offered where no job needs more than such a run has but the ones that strangers take over, and where nothing else of the file
    leans on the event.
    """
    if _WIDE not in text:
        return Outcome(text=text)
    workflow = read(path, text)
    if not workflow.complete:
        return Outcome(text=text)
    found = {hazard.job: hazard for hazard in hazards(workflow, default=around.default) if _is_takeover(hazard)}
    if not found:
        return Outcome(text=text)
    taken = tuple(job for job in workflow.jobs if job.id in found)
    trigger = workflow.trigger(_WIDE)
    why, edited = _why_not(workflow, taken, found, around) or leans(workflow, text, around), text
    if not why and trigger is not None:
        edited = _renamed(text, trigger)
        why = _refused(path, text, edited, around)
    if why:
        return Outcome(text=text, advice=(_advice(workflow, taken, why),))
    return Outcome(text=edited, edits=(_edit(workflow, taken, trigger),))


def _is_takeover(hazard: Hazard) -> bool:
    return hazard.kind is HazardKind.PWN_REQUEST and hazard.by is Author.ANYONE and _WIDE in hazard.events


def _why_not(workflow: Workflow, taken: tuple[Job, ...], found: dict[str, Hazard], around: Around) -> str:
    """Say why the event is not taken for the other; empty where it may be."""
    if workflow.trigger(_PLAIN) is not None:
        return f"it also starts on {_PLAIN}: which of its jobs are for which of the two it does not say"
    gates = [found[job.id].gate for job in taken if found[job.id].gate]
    if gates:
        return f"somebody lets it run first ({gates[0]}), who may mean such runs to have what it holds"
    for job in workflow.jobs:
        if not may_run_on(workflow, job, _WIDE):
            continue
        if any(of_base(checkout, around) for checkout in job.checkouts) or _base(job):
            return f"job {job.id} takes the code of the base, in whose place it would have that of the change"
        needs = needs_of(workflow, job, around.actions)
        writes = [f"{scope}: {level}" for scope, level in needs.scopes.items() if level == "write"]
        if writes:
            return f"job {job.id} needs {whole(writes)}, which no run for a change from a fork has"
        if needs.unknown:
            return f"what job {job.id} needs of the token is not known: {needs.unknown[0]}"
        if job not in taken and _given(job):
            return f"job {job.id} takes {few(_given(job))} and runs no code of the change: it is to keep that"
    return ""


def _base(job: Job) -> bool:
    """Tell whether a job names what a run of the base is of, and one of the change is not."""
    texts = [job.condition, *job.env.values(), *job.with_.values()]
    for step in job.steps:
        texts += [step.condition, step.run or "", *step.env.values(), *step.with_.values()]
    return any(_OF_BASE.search(each) for each in texts)


def _given(job: Job) -> tuple[str, ...]:
    """Return the names of the secrets that a job takes, its own token left out."""
    return tuple(dict.fromkeys(use.name or "every secret" for use in job.secrets if use.name != "GITHUB_TOKEN"))


def _renamed(text: str, trigger: Trigger) -> str:
    """Return the text with the one event named otherwise; as it is where something else of it names the event too."""
    lines = text.split("\n")
    at, line = trigger.position, lines[trigger.position.line - 1] if trigger.position.line <= len(lines) else ""
    places = [
        (number, each.start())
        for number, row in enumerate(lines, 1)
        # behind a `#` that begins no line the event may be meant: it can stand in a quoted text
        for each in (() if row.lstrip().startswith("#") else _NAMED.finditer(row))
    ]
    if len(places) != 1 or places[0][0] != at.line:
        return text
    start = places[0][1]
    lines[at.line - 1] = line[:start] + _PLAIN + line[start + len(_WIDE) :]
    return "\n".join(lines)


def _refused(path: str, before: str, after: str, around: Around) -> str:
    """Say why the edited file is not offered: it leans on the event elsewhere, says something else, or is told to be worse."""
    if after == before:
        return f"other parts of the file name {_WIDE}"
    old, new = read(path, before), read(path, after)
    named = tuple(replace(each, event=_PLAIN) if each.event == _WIDE else each for each in old.triggers)
    same = beside_jobs(replace(old, triggers=named)) == beside_jobs(new)
    if not is_sound(old, new) or not same or [*map(placeless, old.jobs)] != [*map(placeless, new.jobs)]:
        return "the edited file would not say just that"
    if [*_running(old, _WIDE)] != [*_running(new, _PLAIN)]:
        return "other jobs or steps of it would run"
    if any(_WIDE in hazard.events or hazard.kind is HazardKind.PWN_REQUEST for hazard in hazards(new)):
        return "strangers would take it over all the same"
    grows = worse(old, new, (before, after), around.default)
    return f"it would then be told that {grows}" if grows else ""


def _running(workflow: Workflow, event: str) -> Iterator[tuple[bool, ...]]:
    """Yield of each job whether it can run on an event, and each of its steps."""
    asked = workflow.asked_as(event)
    for job in workflow.jobs:
        yield may_run_on(workflow, job, event), *(may_hold_on(step.condition, asked) for step in job.steps)


def _says(taken: tuple[Job, ...]) -> str:
    names = few([job.id for job in taken])
    one = len(taken) == 1
    held = tuple(dict.fromkeys(name for job in taken for name in _given(job)))
    return (
        f"job{'' if one else 's'} {names} run{'s' if one else ''} the code of any pull request with "
        f"{f'{few(held)} and ' if held else ''}the token of the repository"
    )


def _edit(workflow: Workflow, taken: tuple[Job, ...], trigger: Trigger | None) -> Edit:
    at = trigger.position if trigger is not None else taken[0].position
    return Edit(
        kind=EditKind.TRIGGER,
        path=workflow.path,
        job=taken[0].id,
        line=at.line,
        column=at.column,
        says=f"{_says(taken)}; it starts on `{_PLAIN}`, which gives a change from a fork neither",
        then=tuple(_then(taken)),
        source=_SOURCE,
    )


def _then(taken: tuple[Job, ...]) -> Iterator[str]:
    """Yield what is to be done after the edit: what forks then lack, and what it does not end."""
    held = tuple(dict.fromkeys(name for job in taken for name in _given(job)))
    if held:
        yield (
            f"A change from a fork, and one of Dependabot's, then has {few(held)} empty: where its result is to be published, "
            "let a workflow on `workflow_run` take that as an artifact, and run none of its code."
        )
    yield (
        "A change that conflicts with its base then starts no run, and that of a first-time contributor may wait for an approval. "
        "Scripts that ask for the event or its commit (GITHUB_EVENT_NAME, GITHUB_SHA) are told those of the change."
    )
    for job in taken:
        if job.runner.kind is RunnerKind.SELF_HOSTED:
            yield f"Job {job.id} still runs that code on a self-hosted runner: give it one that is made for each job."


def _advice(workflow: Workflow, taken: tuple[Job, ...], why: str) -> Advice:
    held = tuple(dict.fromkeys(name for job in taken for name in _given(job)))
    needs = f"what needs {few(held)}" if held else "what needs to write"
    return Advice(
        kind=EditKind.TRIGGER.value,
        path=workflow.path,
        job=taken[0].id,
        line=taken[0].position.line,
        column=taken[0].position.column,
        says=_says(taken),
        how=(
            f"Build the change in a workflow on `{_PLAIN}`, which gives it neither secrets nor a token that writes.",
            f"Let a second workflow, on `workflow_run`, take what that built as an artifact and do {needs}; it runs none of it.",
        ),
        source=_APART,
        why=why,
    )
