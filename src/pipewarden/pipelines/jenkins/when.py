"""What the conditions of a stage mean for who starts it: branches, tags, changes, and what only code decides.

https://www.jenkins.io/doc/book/pipeline/syntax/#when
"""

import re
from collections.abc import Sequence

from msgspec import Struct

from pipewarden.pipelines.definition import Occasion
from pipewarden.pipelines.jenkins.calls import Call, Node, named
from pipewarden.pipelines.jenkins.strings import literal
from pipewarden.pipelines.jenkins.tokens import Source

_BRANCH_VARIABLES = re.compile(
    r"\b(?:env\.)?(?:BRANCH_NAME|GIT_BRANCH|TAG_NAME|GIT_LOCAL_BRANCH|gitlabBranch|gitlabSourceBranch|BRANCH_IS_PRIMARY)\b"
    r"|\bisMainBranch\b|\bisRelease\w*\b|\bonMaster\b|\bonMain\b"
)
_NAMES = re.compile(r"['\"/^~]([\w./*-]{2,60})")
NEITHER = frozenset({"beforeAgent", "beforeInput", "beforeOptions"})
_CAUSES = {
    "TimerTrigger": Occasion.SCHEDULE,
    "UserIdCause": Occasion.MANUAL,
    "SCMTrigger": Occasion.PUSH,
    "UpstreamCause": Occasion.PARENT,
    "BuildUpstreamCause": Occasion.PARENT,
}
PROPOSED = (Occasion.MERGE_REQUEST,)
OTHERS = (Occasion.PUSH, Occasion.TAG)


class Condition(Struct, frozen=True):
    """What a condition limits a stage to. `occasions` empty: to none."""

    limits: bool = False
    """Whether it lets through only branches or tags that it names."""
    branches: tuple[str, ...] = ()
    occasions: tuple[Occasion, ...] = ()
    no_change: bool = False
    """Whether it keeps out proposed changes, and no branch."""
    by_code: bool = False
    """Whether something decides that the file does not tell: an expression, a parameter, a variable."""


def of_expression(text: str) -> Condition:
    """Return what Groovy code limits to, as far as the names in it tell."""
    if _BRANCH_VARIABLES.search(text):
        inverted = "!=" in text and "==" not in text
        return Condition(
            limits=not inverted, branches=() if inverted else tuple(_NAMES.findall(text)[:8]), by_code=True
        )
    if re.search(r"\bCHANGE_ID\b", text):
        if re.search(r"CHANGE_ID\s*==\s*null|!\s*(?:env\.)?CHANGE_ID", text):
            return Condition(no_change=True, occasions=OTHERS, by_code=True)
        return Condition(occasions=PROPOSED, by_code=True)
    return Condition(by_code=True)


def of_all(source: Source, nodes: Sequence[Node], depth: int = 0) -> Condition:
    """Return what conditions limit to that must all hold."""
    limits, no_change, by_code = False, False, False
    branches: tuple[str, ...] = ()
    occasions: tuple[Occasion, ...] = ()
    for each in _conditions(source, nodes, depth):
        limits |= each.limits
        no_change |= each.no_change
        by_code |= each.by_code
        branches += each.branches
        if each.occasions:
            both = tuple(occasion for occasion in occasions if occasion in each.occasions)
            occasions = both or each.occasions
    return Condition(limits, tuple(dict.fromkeys(branches)), occasions, no_change and not limits, by_code)


def _any(parts: Sequence[Condition]) -> Condition:
    if not parts:
        return Condition()
    known = all(each.occasions for each in parts)
    return Condition(
        limits=all(each.limits for each in parts),
        branches=tuple(dict.fromkeys(name for each in parts for name in each.branches)),
        occasions=tuple(dict.fromkeys(one for each in parts for one in each.occasions)) if known else (),
        no_change=all(each.no_change or each.limits for each in parts) and not all(each.limits for each in parts),
        by_code=any(each.by_code for each in parts),
    )


def _conditions(source: Source, nodes: Sequence[Node], depth: int) -> list[Condition]:
    return [
        _condition(source, node, depth)
        for node in nodes
        if isinstance(node, Call) and node.starts and node.name not in NEITHER
    ]


def _condition(source: Source, call: Call, depth: int) -> Condition:
    body = call.body or [node for node in call.inner if isinstance(node, Call)]
    match call.name:
        case "allOf":
            return of_all(source, body, depth + 1)
        case "anyOf":
            return _any(_conditions(source, body, depth + 1))
        case "not":
            return _inverted(source, body, depth + 1)
        case "branch":
            return Condition(limits=True, branches=_pattern(source, call), occasions=(Occasion.PUSH,))
        case "tag" | "buildingTag":
            return Condition(limits=True, branches=_pattern(source, call), occasions=(Occasion.TAG,))
        case "changeRequest":
            return Condition(limits=False, occasions=PROPOSED)
        case "triggeredBy":
            cause = literal(source, *_first(source, call, "cause")) or source.between(call.low, call.high)
            found = next((occasion for word, occasion in _CAUSES.items() if word in cause), None)
            return Condition(occasions=(found,) if found else (), by_code=found is None)
        case "expression":
            brace = call.high + (source.kinds[call.high] == ")")
            end = source.close[brace] if source.kinds[brace] == "{" else call.high
            return of_expression(source.between(call.low, end))
        case "environment" | "equals":
            return of_expression(source.between(call.low, call.high))
        case _:
            return Condition(by_code=True)


def _inverted(source: Source, body: Sequence[Node], depth: int) -> Condition:
    parts = _conditions(source, body, depth)
    if len(parts) != 1:
        return Condition(by_code=True)
    only = parts[0]
    if only.occasions == PROPOSED and not only.limits:
        return Condition(no_change=True, occasions=OTHERS)
    return Condition(limits=only.no_change and only.by_code, by_code=only.by_code)


def _first(source: Source, call: Call, name: str) -> tuple[int, int]:
    given = named(source, call)
    return given.get(name) or given.get("") or (call.low, call.low)


def _pattern(source: Source, call: Call) -> tuple[str, ...]:
    text = literal(source, *_first(source, call, "pattern"))
    return (text,) if text else ()
