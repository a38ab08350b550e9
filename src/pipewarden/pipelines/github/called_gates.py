"""What stands before a job of a called workflow by what its caller passes: conditions that ask for inputs, worked out for each call.

"A job that is skipped will report its status as "Success"", and skips those that need it.
https://docs.github.com/en/actions/how-tos/write-workflows/choose-when-workflows-run/control-jobs-with-conditions
"""

from collections.abc import Callable, Iterable, Mapping
from functools import reduce

from msgspec.structs import replace

from pipewarden.pipelines.expanding import expanded
from pipewarden.pipelines.gates import OPEN, RUNS_ANYWAY, Gate, expression_of, gate_of, tighter
from pipewarden.pipelines.parts import Job, Passed, Trigger, Workflow, asked_of
from pipewarden.pipelines.untrusted import ANYONE_EVENTS
from pipewarden.pipelines.worlds import World, world

_MOST = 50
"""Conditions before one job that are looked at."""


def conditions_of_calls(workflow: Workflow, job: Job) -> tuple[str, ...]:
    """Return the conditions before a job that ask for inputs of a call: its own, and of the jobs it is skipped with."""
    jobs = {each.id: each for each in workflow.jobs}
    found: dict[str, None] = {}
    seen, todo = {job.id}, [job]
    for each in todo:
        text = expression_of(expanded(each.condition, workflow)) or "" if each.condition else ""
        if "inputs." in text.lower():
            found[text] = None
        if not RUNS_ANYWAY.search(each.condition):
            more = [jobs[need] for need in each.needs if need in jobs and need not in seen]
            seen.update(need.id for need in more)
            todo += more
    return tuple(found)[:_MOST]


def gate_of_call(
    conditions: Iterable[str],
    triggers: Iterable[Trigger],
    put: Callable[[str, Mapping[str, Passed]], str],
    given: Callable[[World], Mapping[str, Passed]],
) -> Gate:
    """Return what conditions do by what a call passes, which may be another thing under each event.

    `put` writes what is passed into a condition, `given` tells what that is in a run. What a person decides stands in the
    file, whoever calls it: no words are made of it here.
    """
    events = {asked_of(trigger) for trigger in triggers if trigger.event != "workflow_call"}
    gates = [_under(conditions, asked, put, given(world(asked))) for asked in sorted(events)]
    if not gates:
        return OPEN
    merged = Gate(
        open=ANYONE_EVENTS.intersection(*(gate.open for gate in gates)),
        shut=frozenset[str]().union(*(gate.shut for gate in gates)),
        no_bot=frozenset[str]().union(*(gate.no_bot for gate in gates)),
        no_own=frozenset[str]().union(*(gate.no_own for gate in gates)),
        never=all(gate.never for gate in gates),
    )
    return OPEN if merged == OPEN else merged


def _under(
    conditions: Iterable[str],
    asked: str,
    put: Callable[[str, Mapping[str, Passed]], str],
    given: Mapping[str, Passed],
) -> Gate:
    every = frozenset({asked})
    gate = reduce(tighter, (gate_of(put(condition, given), every) for condition in conditions), OPEN)
    if gate.never:
        # a condition that never holds names events as they are asked about
        event = frozenset({asked.partition(" ")[0]})
        return replace(gate, words="", open=ANYONE_EVENTS - event, shut=event, no_bot=event, no_own=event)
    return replace(gate, words="")
