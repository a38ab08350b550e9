"""The attribute condition of a Google identity provider: which claims it compares, and in how many ways it can be satisfied.

https://cloud.google.com/iam/docs/workload-identity-federation#conditions
"""

import re

from msgspec import Struct

from pipewarden.pipelines.trusts.regexes import is_anchored, patterns_of
from pipewarden.pipelines.trusts.stated import Claim

MAX_LENGTH = 4_096
"""Google's own limit of a condition."""
MAX_DEPTH = 20
"""Brackets in brackets that are looked into."""

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>r?"(?:[^"\\]|\\.)*"|r?'(?:[^'\\]|\\.)*')|(?P<name>[A-Za-z_][\w.]*)|(?P<op>&&|\|\||==|!=|[()\[\],!]))""",
    re.DOTALL,
)
_CALLS = {"startsWith": "{}*", "endsWith": "*{}", "contains": "*{}*"}


MOST_WAYS = 16
"""Ways in that are told apart; a condition with more of them is not followed."""

Way = tuple[Claim, ...]
"""Claims that must all fit: one of the ways to satisfy a condition."""


class Condition(Struct, frozen=True):
    """What a condition compares: each way that satisfies it, regular expressions that are searched for, and what is not followed."""

    ways: tuple[Way, ...] = ((),)
    searched: tuple[str, ...] = ()
    followed: bool = True


class _NotFollowed(Exception):
    """The condition is no comparison of a claim with texts."""


def read_condition(text: str, line: int, mapping: dict[str, str]) -> Condition:
    """Return the ways that satisfy a condition of `&&`, `||` and comparisons.

    `mapping` tells which claim stands behind an attribute. Parts that are not followed are left out, and said.
    """
    if len(text) > MAX_LENGTH:
        return Condition(followed=False)
    searched: list[str] = []
    ways, followed = _ways(text, line, mapping, searched)
    if len(ways) > MOST_WAYS:
        return Condition(searched=tuple(searched), followed=False)
    return Condition(tuple(ways), tuple(dict.fromkeys(searched)), followed)


def _ways(text: str, line: int, mapping: dict[str, str], searched: list[str], depth: int = 0) -> tuple[list[Way], bool]:
    """Return the ways that satisfy a part, and whether all of it was followed."""
    for operator, together in (("||", _either), ("&&", _both)):
        parts = _split(text, operator)
        if len(parts) > 1:
            if depth >= MAX_DEPTH:
                return [()], False
            read = [_ways(part, line, mapping, searched, depth + 1) for part in parts]
            return together([ways for ways, _ in read]), all(followed for _, followed in read)
    try:
        name, values, loose = _compare(text, mapping)
    except _NotFollowed:
        return [()], False
    searched += loose
    return [(Claim(name, tuple(values), line),)], True


def _either(parts: list[list[Way]]) -> list[Way]:
    """Return the ways of alternatives; those that compare the same one claim are one way with all their values."""
    found: dict[str | int, Way] = {}
    for way in (way for ways in parts for way in ways):
        alone = way[0].name if len(way) == 1 else len(found)
        known = found.get(alone)
        found[alone] = (Claim(way[0].name, known[0].values + way[0].values, way[0].line),) if known else way
    return list(found.values())


def _both(parts: list[list[Way]]) -> list[Way]:
    """Return the ways that satisfy all parts: one of each; more than are told apart are cut, for the caller to see."""
    found: list[Way] = [()]
    for ways in parts:
        found = [(*before, *way) for before in found for way in ways][: MOST_WAYS + 1]
    return found


def _split(text: str, operator: str) -> list[str]:
    """Split at an operator outside brackets and texts; brackets around a whole are taken away first."""
    text = _bare(text)
    found, inside, start, at = [], 0, 0, 0
    quote = ""
    while at < len(text):
        char = text[at]
        if quote:
            at += char == "\\"
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char in "([":
            inside += 1
        elif char in ")]":
            inside -= 1
        elif inside == 0 and text.startswith(operator, at):
            found.append(text[start:at])
            at += len(operator)
            start = at
            continue
        at += 1
    found.append(text[start:])
    return found


def _bare(text: str) -> str:
    text = text.strip()
    while text.startswith("(") and text.endswith(")"):
        depth = 0
        for at, char in enumerate(text):
            depth += (char == "(") - (char == ")")
            if depth == 0 and at < len(text) - 1:
                return text
        text = text[1:-1].strip()
    return text


def _compare(text: str, mapping: dict[str, str]) -> tuple[str, list[str], list[str]]:
    tokens = _tokens(_bare(text))
    match tokens:
        case [("name", name), ("op", "=="), ("text", value)] | [("text", value), ("op", "=="), ("name", name)]:
            return _claim(name, mapping), [_literal(value)], []
        case [("name", name), ("name", "in"), ("op", "["), *rest, ("op", "]")]:
            values = [value for kind, value in rest if kind == "text"]
            if any(kind == "name" or (kind == "op" and value != ",") for kind, value in rest) or not values:
                raise _NotFollowed
            return _claim(name, mapping), [_literal(value) for value in values], []
        case [("name", called), ("op", "("), ("text", value), ("op", ")")]:
            name, _, method = called.rpartition(".")
            if method == "matches":
                loose = [] if is_anchored(value) else [value]
                return _claim(name, mapping), list(patterns_of(value, searched=True)), loose
            if method in _CALLS:
                return _claim(name, mapping), [_CALLS[method].format(_literal(value))], []
    raise _NotFollowed


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            if not text[at:].strip():
                break
            raise _NotFollowed
        kind = match.lastgroup or ""
        word = match.group(kind)
        found.append((kind, _unquoted(word) if kind == "text" else word))
        at = match.end()
    return found


def _unquoted(word: str) -> str:
    return word[2:-1] if word.startswith("r") else re.sub(r"\\(.)", r"\1", word[1:-1], flags=re.DOTALL)


def _claim(name: str, mapping: dict[str, str]) -> str:
    if name == "google.subject" or name.startswith("attribute."):
        source = mapping.get(name, name.removeprefix("attribute.") if name != "google.subject" else "assertion.sub")
        if not source.startswith("assertion."):
            return source if name not in mapping else name
        name = source
    if name.startswith("assertion."):
        return name.removeprefix("assertion.")
    raise _NotFollowed


def _literal(value: str) -> str:
    return value.replace("*", "%2A").replace("?", "%3F")
