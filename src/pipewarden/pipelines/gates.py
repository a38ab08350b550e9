"""What stands before a job: conditions that keep outsiders out, and conditions that only seem to.

A condition is judged for somebody without write access, event by event, in three values: it holds, it does
not, it may. Only what certainly does not hold keeps an outsider out.
"""

import re
from collections.abc import Callable
from functools import lru_cache, partial
from typing import NamedTuple

from msgspec import Struct

from pipewarden.pipelines import associations
from pipewarden.pipelines.asked import WORDS, asks
from pipewarden.pipelines.expressions import MAX_LENGTH, find
from pipewarden.pipelines.parts import Job, Workflow
from pipewarden.pipelines.untrusted import ANYONE_EVENTS, PRIVILEGED_EVENTS

MAX_NESTING = 20
"""Brackets in a condition; what is nested deeper counts as open."""


class Gate(Struct, frozen=True):
    """What a condition does. `open` are the events an outsider can pass with.

    `words` describe a gate that a person decides or that can be got around; empty where there is none.
    """

    open: frozenset[str] = ANYONE_EVENTS
    words: str = ""
    never: bool = False
    """It holds for nobody: `if: false`, or what is skipped with such a job."""


_OWN_NAMES = r"(?:github\.repository|github\.event\.(?:pull_request\.base\.repo|workflow_run\.repository|repository)\.full_name|'[^']*')"
_OWN_OWNERS = r"(?:github\.repository_owner|github\.event\.repository\.owner\.login|'[^']*')"
_HEADS = r"github\.event\.(?:pull_request\.head\.repo|workflow_run\.head_repository|workflow_run\.head)"
_SAME_REPOSITORY = re.compile(
    rf"{_HEADS}\.full_name\s*==\s*{_OWN_NAMES}|{_OWN_NAMES}\s*==\s*{_HEADS}\.full_name"
    rf"|{_HEADS}\.owner\.login\s*==\s*{_OWN_OWNERS}|{_OWN_OWNERS}\s*==\s*{_HEADS}\.owner\.login"
    rf"|{_HEADS}\.fork\s*==\s*false|{_HEADS}\.fork\s*!=\s*true",
    re.IGNORECASE,
)
_OTHER_REPOSITORY = re.compile(
    rf"{_HEADS}\.full_name\s*!=\s*{_OWN_NAMES}|{_OWN_NAMES}\s*!=\s*{_HEADS}\.full_name|{_HEADS}\.fork(?:\s*==\s*true)?",
    re.IGNORECASE,
)
_EVENT = re.compile(r"github\.event_name\s*(?P<op>==|!=)\s*'(?P<event>[^']*)'", re.IGNORECASE)
_RUN_EVENT = re.compile(r"github\.event\.workflow_run\.event\s*(?P<op>==|!=)\s*'(?P<event>[^']*)'", re.IGNORECASE)
_MERGED = re.compile(r"github\.event\.pull_request\.merged(?:\s*==\s*true)?", re.IGNORECASE)
_BY_DEPENDABOT = re.compile(
    r"github\.event\.(?:pull_request|comment|review)\.user\.login\s*==\s*'dependabot\[bot\]'"
    r"|'dependabot\[bot\]'\s*==\s*github\.event\.(?:pull_request|comment|review)\.user\.login",
    re.IGNORECASE,
)
"""Who wrote it, which nobody can claim to be; `github.actor` is whoever caused the run last.
https://docs.github.com/en/code-security/dependabot/working-with-dependabot/automating-dependabot-with-github-actions"""
_TAG = re.compile(
    r"startsWith\(\s*github\.ref\s*,\s*'refs/tags/[^']*'\s*\)|github\.ref_type\s*==\s*'tag'", re.IGNORECASE
)
_BRANCH = re.compile(
    r"github\.ref\s*==\s*'refs/heads/[^']*'|startsWith\(\s*github\.ref\s*,\s*'refs/heads/[^']*'\s*\)", re.IGNORECASE
)
_REF_EVENTS = frozenset({"pull_request", "pull_request_review", "pull_request_review_comment"})

_MEMBER_WORDS = "only if the author is an owner, member or collaborator, and whatever is pushed after that"
_LABEL = re.compile(r"\blabels?\b", re.IGNORECASE)
_ACTOR = re.compile(
    r"github\.(?:actor|triggering_actor|event\.(?:sender|comment\.user|pull_request\.user|issue\.user)\.login)\b",
    re.IGNORECASE,
)
_RUNS_ANYWAY = re.compile(r"\b(?:always|failure|cancelled)\s*\(", re.IGNORECASE)


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
                    asking = strange and any(asks(jobs[need].steps) for need in needed)
                    done[job.id] = _joined(job, [done[need] for need in needed], asking=asking)
                continue
            on_the_way.add(job.id)
            waiting.extend(missing)
    types = _of_types(workflow)
    if not types:
        return done
    return {name: Gate(gate.open, _both(gate.words, types), gate.never) for name, gate in done.items()}


def _joined(job: Job, needed: list[Gate], *, asking: bool = False) -> Gate:
    """Return a job's own gate together with those before it; `asking`: one of those before asks who started the run."""
    gate = gate_of(job.condition)
    if "(" not in job.condition or not _RUNS_ANYWAY.search(job.condition):
        for before in needed:
            gate = tighter(gate, before)
        if asking:
            gate = Gate(gate.open, _both(gate.words, WORDS), gate.never)
    if job.environment is not None:
        words = f"the environment {job.environment.name.strip()[:60]} may ask for an approval"
        gate = Gate(gate.open, _both(gate.words, words), gate.never)
    return gate


def _of_types(workflow: Workflow) -> str:
    """Describe the gate of a trigger that only a label pulls."""
    for trigger in workflow.triggers:
        if trigger.event == "pull_request_target" and trigger.types and set(trigger.types) <= {"labeled", "unlabeled"}:
            return _LABEL_WORDS
    return ""


def tighter(one: Gate, other: Gate) -> Gate:
    """Return the gate of two that stand one behind the other."""
    return Gate(one.open & other.open, _both(one.words, other.words), one.never or other.never)


def _both(one: str, other: str) -> str:
    return "; ".join(dict.fromkeys(words for words in (one, other) if words))[:500]


@lru_cache(maxsize=4096)
def gate_of(condition: str) -> Gate:
    """Judge one condition, of a job or a step. Conditions recur: each text is judged once."""
    text = _expression(condition)
    if text is None:
        return Gate()
    tree = _tree(text, 0)
    if _FIXED.search(text) and _holds(tree, "", _constant) is False:
        return Gate(frozenset(), never=True)
    opened = frozenset(event for event in ANYONE_EVENTS if _holds(tree, event, _atom) is not False)
    member = associations.asks(text) and _keeps_out(tree, opened)
    return Gate(opened, _MEMBER_WORDS if member else _words(text))


def may_run_on(workflow: Workflow, job: Job, event: str) -> bool:
    """Tell whether a job can run on an event, whoever starts it: no only where its conditions surely do not hold."""
    if event not in workflow.events or not may_hold_on(job.condition, event):
        return False
    if _RUNS_ANYWAY.search(job.condition):
        return True
    before = (each for each in workflow.jobs if each.id in job.needs and each.id != job.id)
    return all(may_hold_on(each.condition, event) for each in before)


def may_hold_on(condition: str, event: str) -> bool:
    """Tell whether a condition can hold on an event, whoever caused it."""
    text = _expression(condition)
    return text is None or _holds(_tree(text, 0), event, _atom_for_all) is not False


def lets_in_whoever_was_merged_once(condition: str) -> bool:
    """Tell whether a condition asks how an author stands to the repository, and takes anyone whose change was merged once."""
    text = _expression(condition)
    if text is None or not associations.asks(text):
        return False
    tree = _tree(text, 0)

    def passes(association: str) -> bool:
        return _holds(tree, "", lambda atom, _: associations.holds_for(atom, association)) is not False

    return passes(associations.ONCE_MERGED) and not passes("NONE")


def _keeps_out(tree: "_Node", opened: frozenset[str]) -> bool:
    """Tell whether a condition keeps out whoever is no member, in the runs with rights that they can start."""

    def kept(event: str) -> bool:
        for association in associations.STRANGERS:
            mine = partial(_atom_with, association)
            if _holds(tree, event, mine) is not False:
                return False
        return True

    asked = {event for event in opened if kept(event)}
    return bool(asked) and opened & PRIVILEGED_EVENTS <= asked


def _atom_with(association: str, text: str, event: str) -> bool | None:
    """Judge a single comparison for an author with an association."""
    asked = associations.holds_for(text, association)
    return _atom(text, event) if asked is None else asked


_LONGEST_FIXED = 12
_FIXED = re.compile(r"\b(?:false|true|null|\d)|''|\balways\b", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")


def _constant(text: str, _: str = "") -> bool | None:
    """Return what a fixed value is worth as a condition; None where it is none.

    https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#literals
    """
    lowered = text.lower()
    if lowered in {"true", "always()"}:
        return True
    if lowered in {"false", "null", "''"}:
        return False
    if _NUMBER.fullmatch(lowered):
        return float(lowered) != 0
    return None


def _atom_for_all(text: str, event: str) -> bool | None:
    """Judge a single comparison, whoever started the run."""
    if found := _EVENT.fullmatch(text):
        return (found["event"].lower() == event) == (found["op"] == "==")
    if event in _REF_EVENTS and (_TAG.fullmatch(text) or _BRANCH.fullmatch(text)):
        return False
    return None


def _expression(condition: str) -> str | None:
    """Return the expression that a condition is; None where it is none, or holds whatever the expression says."""
    if not condition.strip() or len(condition) > MAX_LENGTH:
        return None
    placed = list(find(condition))
    if placed and not (len(placed) == 1 and placed[0].start == 0 and placed[0].end == len(condition)):
        # text around the expression: always true
        return None
    return placed[0].expression.text if placed else condition


class _Node(NamedTuple):
    """A condition taken apart once: `and`, `or` and `not` over parts, or a single comparison."""

    kind: str
    text: str = ""
    parts: "tuple[_Node, ...]" = ()


_OPEN = _Node("open")


def _tree(text: str, depth: int) -> _Node:
    """Take a condition apart; what is nested too deep counts as open."""
    if depth > MAX_NESTING:
        return _OPEN
    for operator, kind in (("||", "or"), ("&&", "and")):
        parts = _split(text, operator)
        if len(parts) > 1:
            return _Node(kind, parts=tuple(_tree(part, depth + 1) for part in parts))
    plain = text.strip()
    if plain.startswith("!") and not plain.startswith("!="):
        return _Node("not", parts=(_tree(plain[1:], depth + 1),))
    bare = _bare(plain)
    return _tree(bare, depth + 1) if bare != plain else _Node("one", plain)


_Atom = Callable[[str, str], bool | None]
"""Judges a single comparison on an event."""


def _holds(node: _Node, event: str, atom: _Atom) -> bool | None:
    """Tell whether a condition holds on an event; None: it may."""
    if node.kind == "open":
        return None
    if node.kind == "one":
        return atom(node.text, event)
    found = [_holds(part, event, atom) for part in node.parts]
    if node.kind == "not":
        return None if found[0] is None else not found[0]
    decisive = node.kind == "or"
    return decisive if decisive in found else None if None in found else not decisive


def _atom(text: str, event: str) -> bool | None:
    """Judge a single comparison."""
    compared = _compared(text)
    if compared.event is not None:
        return (compared.event == event) == compared.holds
    if compared.branch:
        return False if event in _REF_EVENTS else None
    return compared.holds


class _Compared(NamedTuple):
    """What a comparison is about: the name of the event, a branch, or something that holds or not whatever the event."""

    holds: bool | None
    """Whether it holds; of an event: whether it must be this one."""
    event: str | None = None
    branch: bool = False


@lru_cache(maxsize=4096)
def _compared(text: str) -> _Compared:
    """Take a comparison apart once for all events."""
    if len(text) < _LONGEST_FIXED and (fixed := _constant(text)) is not None:
        return _Compared(fixed)
    if found := _EVENT.fullmatch(text):
        return _Compared(found["op"] == "==", found["event"].lower())
    if found := _RUN_EVENT.fullmatch(text):
        # the run before it was an outsider's: for a pull request, or something else nobody outside can cause
        could_be = (found["event"].lower() in ANYONE_EVENTS) == (found["op"] == "==")
        return _Compared(None if could_be else False)
    if "dependabot" in text and _BY_DEPENDABOT.fullmatch(text):
        return _Compared(False)
    if _SAME_REPOSITORY.fullmatch(text) or _TAG.fullmatch(text) or _MERGED.fullmatch(text):
        return _Compared(False)
    if _OTHER_REPOSITORY.fullmatch(text):
        return _Compared(True)
    return _Compared(None, branch=_BRANCH.fullmatch(text) is not None)


def _bare(text: str) -> str:
    """Return a text without the brackets that enclose all of it."""
    if not (text.startswith("(") and text.endswith(")")):
        return text
    depth = 0
    quoted = False
    for at, char in enumerate(text):
        quoted ^= char == "'"
        if not quoted:
            depth += (char == "(") - (char == ")")
        if depth == 0 and at < len(text) - 1:
            return text
    return text[1:-1].strip()


_POINTS = re.compile(r"['(\[)\]]|\|\||&&")
"""What counts on the way to an operator."""


def _split(text: str, operator: str) -> list[str]:
    """Split at an operator outside brackets and strings."""
    if operator not in text:
        return [text]
    out: list[str] = []
    depth = last = 0
    quoted = False
    for found in _POINTS.finditer(text):
        point = found.group()
        if point == "'":
            quoted = not quoted
        elif quoted:
            continue
        elif point in "([":
            depth += 1
        elif point in ")]":
            depth -= 1
        elif depth == 0 and point == operator:
            out.append(text[last : found.start()])
            last = found.end()
    out.append(text[last:])
    return out


_LABEL_WORDS = "only with a label, which also covers what is pushed after it was given"


def _words(text: str) -> str:
    """Describe a gate that a person decides, or that can be got around."""
    if _LABEL.search(text):
        return _LABEL_WORDS
    if _ACTOR.search(text):
        return "only for certain actors"
    return ""
