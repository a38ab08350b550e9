"""What stands before a job: conditions that keep outsiders out, and conditions that only seem to.

A condition is judged for somebody without write access, event by event, in three values: it holds, it does
not, it may. Only what certainly does not hold keeps an outsider out.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from pipewarden.pipelines import associations
from pipewarden.pipelines.asked import WORDS, asks
from pipewarden.pipelines.conditions import Node, holds, tree_of
from pipewarden.pipelines.expanding import expanded
from pipewarden.pipelines.expressions import MAX_LENGTH, find, shortened
from pipewarden.pipelines.parts import Job, Workflow
from pipewarden.pipelines.untrusted import ANYONE_EVENTS, PRIVILEGED_EVENTS
from pipewarden.pipelines.worlds import (
    NO_LABEL,
    NO_NEW_LABEL,
    NOWHERE,
    OF_BOTS,
    PULLS,
    SOMEBODY,
    Value,
    Who,
    inside,
    world,
)


class Gate(Struct, frozen=True):
    """What a condition does. `open` are the events an outsider can pass with.

    `words` describe a gate that a person decides or that can be got around; empty where there is none.
    """

    open: frozenset[str] = ANYONE_EVENTS
    words: str = ""
    never: bool = False
    """It holds for nobody: `if: false`, or what is skipped with such a job."""
    shut: frozenset[str] = frozenset()
    """Events on which it holds for nobody."""
    no_bot: frozenset[str] = frozenset()
    """Events on which it does not hold for what Dependabot proposes."""
    no_own: frozenset[str] = frozenset()
    """Events of outsiders on which it does not hold for what whoever may write proposes on a branch of the repository itself."""


_MEMBER_WORDS = "only if the author is an owner, member or collaborator, and whatever is pushed after that"
_STAYS = "only with a label, which also covers what is pushed after it was given"
GIVEN = "only when somebody gives it a label, anew for each run"
"""What stands before a run that the giving of a label starts: no later push starts it again."""
_AGAIN = frozenset({"opened", "synchronize", "reopened", "edited", "closed", "ready_for_review", "converted_to_draft"})
"""What the author of a pull request does that starts a run again: with the label it has by then."""
_LABEL = re.compile(r"\blabel", re.IGNORECASE)
_ACTOR = re.compile(
    r"github\.(?:actor|triggering_actor|event\.(?:sender|comment\.user|review\.user|pull_request\.user|issue\.user|discussion\.user)\.login)\b",
    re.IGNORECASE,
)
RUNS_ANYWAY = re.compile(r"\b(?:always|failure|cancelled)\s*\(", re.IGNORECASE)


class _Stranger(NamedTuple):
    """What else is known of an outsider's run."""

    more: Mapping[str, Value] = {}
    association: str = ""


def gates_of(workflow: Workflow) -> dict[str, Gate]:
    """Return what stands before each job: its condition, its environment, and the gates of the jobs it needs.

    A job is skipped with the one it needs, unless its condition asks for the outcome.
    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idneeds
    """
    jobs = {job.id: job for job in workflow.jobs}
    strange = not workflow.events.isdisjoint(PRIVILEGED_EVENTS | {"workflow_call"})
    done: dict[str, Gate] = {}
    for start in jobs:
        waiting = [start]
        on_the_way: set[str] = set()
        while waiting:
            job = jobs[waiting[-1]]
            missing = [need for need in job.needs if need in jobs and need not in done and need not in on_the_way]
            if job.id in done or not missing:
                waiting.pop()
                if job.id not in done:
                    needed = [need for need in job.needs if need in done]
                    asking = strange and any(asks(jobs[need]) for need in needed)
                    done[job.id] = _joined(job, [done[need] for need in needed], workflow, asking=asking)
                continue
            on_the_way.add(job.id)
            waiting.extend(missing)
    if workflow.trigger("workflow_call") is None and workflow.events:
        done = {name: _live(gate, workflow.events) for name, gate in done.items()}
    if not any(trigger.types for trigger in workflow.triggers):
        return done
    types, given = _of_types(workflow), not _starts_again(workflow)
    return {name: _typed(gate, types, given=given) for name, gate in done.items()}


def _live(gate: Gate, events: frozenset[str]) -> Gate:
    """Return a gate as one that nobody passes, where it holds on none of the events there are."""
    return replace(gate, never=True) if gate.shut >= events and not gate.never else gate


def _typed(gate: Gate, types: str, *, given: bool) -> Gate:
    words = gate.words.replace(_STAYS, GIVEN) if given else gate.words
    words = _both(words, types)
    return gate if words == gate.words else replace(gate, words=words)


def _joined(job: Job, needed: list[Gate], workflow: Workflow, *, asking: bool = False) -> Gate:
    """Return a job's own gate together with those before it; `asking`: one of those before asks who started the run."""
    gate = gate_of(expanded(job.condition, workflow), workflow.asked) if job.condition else OPEN
    if "(" not in job.condition or not RUNS_ANYWAY.search(job.condition):
        for before in needed:
            gate = tighter(gate, before)
        if asking:
            gate = replace(gate, words=_both(gate.words, WORDS))
    if job.environment is not None:
        place = job.environment
        gate = replace(gate, words=_both(gate.words, approval_of(place.name, place.choices, others=place.dynamic)))
    return gate


def approval_of(written: str, choices: Iterable[str], *, others: bool = False) -> str:
    """Say that the environment of a job may ask for an approval: by the names that it can have, or as it is written.

    `others`: it can have further names, which nothing in the file tells.
    """
    names = [shortened(name, _LONGEST_NAME) for name in dict.fromkeys(choices) if name.strip()]
    names = names[:_MOST_NAMES] + ["another"] * (len(names) > _MOST_NAMES or (others and bool(names)))
    as_written = shortened(written, _LONGEST_NAME)
    names = names or ["that an expression names" if as_written == "…" else as_written]
    which = " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    return f"the environment {which} may ask for an approval"


_LONGEST_NAME = 60
_MOST_NAMES = 3


def _of_types(workflow: Workflow) -> str:
    """Describe the gate of a trigger that only a label pulls."""
    for trigger in workflow.triggers:
        if trigger.event == "pull_request_target" and trigger.types and set(trigger.types) <= {"labeled", "unlabeled"}:
            return GIVEN
    return ""


def _starts_again(workflow: Workflow) -> bool:
    """Tell whether the author of a pull request starts a run again after a label was given, as by pushing.

    Without `types` a run starts when one is opened, reopened or pushed to.
    https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#pull_request_target
    """
    pulls = [
        trigger.types for trigger in workflow.triggers if trigger.event in PULLS or trigger.event == "workflow_call"
    ]
    return not pulls or any(not types or not _AGAIN.isdisjoint(types) for types in pulls)


def tighter(one: Gate, other: Gate) -> Gate:
    """Return the gate of two that stand one behind the other."""
    if one is OPEN or other is OPEN:
        return one if other is OPEN else other
    return Gate(
        one.open & other.open,
        _both(one.words, other.words),
        one.never or other.never,
        one.shut | other.shut,
        one.no_bot | other.no_bot,
        one.no_own | other.no_own,
    )


def _both(one: str, other: str) -> str:
    if not one or not other:
        return one or other
    return "; ".join(dict.fromkeys(words for words in (*one.split("; "), *other.split("; "))))[:500]


OPEN = Gate()
"""Nothing stands before it."""
_SAYS = re.compile(r"github|\b(?:false|true|null|always|\d)|''|'\s{0,9}[!=]=\s{0,9}'", re.IGNORECASE)
"""What a condition says that is known before a run; of any other nothing is."""


_WHOSE = re.compile(r"head|actor|sender|user", re.IGNORECASE)
"""What a condition says that holds for strangers and not for the repository's own people."""


@lru_cache(maxsize=4096)
def gate_of(condition: str, asked: frozenset[str] = ANYONE_EVENTS) -> Gate:
    """Judge one condition, of a job or a step, under some events. Conditions recur: each text is judged once.

    An event is asked about as `Workflow.asked` names it.
    """
    text = expression_of(condition)
    if text is None or _SAYS.search(text) is None:
        return OPEN
    tree = tree_of(text)
    if tree is None:
        return OPEN
    closed: list[str] = []
    shut: list[str] = []
    no_bot: list[str] = []
    no_own: list[str] = []
    opened: list[str] = []
    tells_apart = _WHOSE.search(text) is not None
    for each in asked:
        event = each.partition(" ")[0]
        passes = event in ANYONE_EVENTS and holds(tree, world(each, Who.OUTSIDER)) is not False
        if event in ANYONE_EVENTS:
            (opened if passes else closed).append(each)
            if (tells_apart or not passes) and event in PRIVILEGED_EVENTS and holds(tree, inside(each)) is False:
                no_own.append(event)
        # what an outsider passes is not shut
        if not passes and holds(tree, world(each)) is False:
            shut.append(event)
            no_bot.append(event)
        elif event in OF_BOTS and holds(tree, world(each, Who.BOT)) is False:
            no_bot.append(event)
    if len(shut) == len(asked) and holds(tree, NOWHERE) is False:
        return Gate(frozenset(), never=True, shut=asked, no_bot=asked, no_own=asked)
    words = _words(text, tree, opened) if opened else ""
    if not (closed or no_bot or no_own or words):
        return OPEN
    out = frozenset(each.partition(" ")[0] for each in closed)
    return Gate(ANYONE_EVENTS - out, words, shut=frozenset(shut), no_bot=frozenset(no_bot), no_own=frozenset(no_own))


def may_run_on(workflow: Workflow, job: Job, event: str) -> bool:
    """Tell whether a job can run on an event, whoever starts it: no only where its conditions surely do not hold."""
    asked = workflow.asked_as(event)
    if event not in workflow.events or not may_hold_on(job.condition, asked):
        return False
    if RUNS_ANYWAY.search(job.condition):
        return True
    before = (each for each in workflow.jobs if each.id in job.needs and each.id != job.id)
    return all(may_hold_on(each.condition, asked) for each in before)


def may_hold_on(condition: str, asked: str) -> bool:
    """Tell whether a condition can hold on an event, whoever caused it."""
    text = expression_of(condition)
    return text is None or holds(tree_of(text), world(asked)) is not False


def lets_in_whoever_was_merged_once(condition: str) -> bool:
    """Tell whether a condition asks how an author stands to the repository, and takes anyone whose change was merged once."""
    text = expression_of(condition)
    if text is None or not associations.asks(text):
        return False
    tree = tree_of(text)

    def passes(association: str) -> bool:
        return holds(tree, world("", Who.WHOEVER, association)) is not False

    return passes(associations.ONCE_MERGED) and not passes("NONE")


def _words(text: str, tree: Node, opened: list[str]) -> str:
    """Describe a gate that a person decides, or that can be got around: what does not hold for somebody it does not name."""
    if associations.asks(text):
        strangers = [_Stranger(association=each) for each in associations.STRANGERS]
        if _keeps_out(tree, opened, strangers):
            return _MEMBER_WORDS
    if _LABEL.search(text) and _keeps_out(tree, opened, [_Stranger(NO_LABEL)]):
        return GIVEN if _keeps_out(tree, opened, [_Stranger(NO_NEW_LABEL)]) else _STAYS
    if _ACTOR.search(text) and _keeps_out(tree, opened, [_Stranger(SOMEBODY)]):
        return "only for certain actors"
    return ""


def _keeps_out(tree: Node, opened: list[str], strangers: list[_Stranger]) -> bool:
    """Tell whether a condition keeps out all of some, in the runs with rights that outsiders can start."""
    asked = {each for each in opened if all(_is_kept(tree, each, stranger) for stranger in strangers)}
    privileged = {each for each in opened if each.partition(" ")[0] in PRIVILEGED_EVENTS}
    return bool(asked) and privileged <= asked


def _is_kept(tree: Node, asked: str, stranger: _Stranger) -> bool:
    run = world(asked, Who.OUTSIDER, stranger.association)
    return holds(tree, run.with_(stranger.more) if stranger.more else run) is False


def expression_of(condition: str) -> str | None:
    """Return the expression that a condition is; None where it is none, or holds whatever the expression says."""
    if not condition.strip() or len(condition) > MAX_LENGTH:
        return None
    if "${{" not in condition:
        return condition
    placed = find(condition)
    if placed and not (len(placed) == 1 and placed[0].start == 0 and placed[0].end == len(condition)):
        # text around the expression: always true
        return None
    return placed[0].expression.text if placed else condition
