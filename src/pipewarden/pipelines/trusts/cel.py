"""The attribute condition of a Google identity provider: which claims it compares, as far as that is a plain chain.

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


class Condition(Struct, frozen=True):
    """What a condition compares: claims that must all fit, regular expressions that are searched for, and what is not followed."""

    claims: tuple[Claim, ...] = ()
    searched: tuple[str, ...] = ()
    followed: bool = True


class _NotFollowed(Exception):
    """The condition is no chain of comparisons."""


def read_condition(text: str, line: int, mapping: dict[str, str]) -> Condition:
    """Return the claims of a condition: a chain of `&&`, in which alternatives compare one claim.

    `mapping` tells which claim stands behind an attribute. Parts that are not followed are left out, and said.
    """
    if len(text) > MAX_LENGTH:
        return Condition(followed=False)
    parts = _split(text, "&&")
    claims: list[Claim] = []
    searched: list[str] = []
    followed = True
    for part in parts:
        try:
            claim, loose = _alternatives(part, mapping, line)
        except _NotFollowed:
            followed = False
            continue
        claims.append(claim)
        searched += loose
    return Condition(tuple(claims), tuple(searched), followed)


def _split(text: str, operator: str, depth: int = 0) -> list[str]:
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
    if len(found) == 1 or operator != "&&" or depth >= MAX_DEPTH:
        return found
    return [inner for each in found for inner in _split(each, operator, depth + 1)]


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


def _alternatives(text: str, mapping: dict[str, str], line: int) -> tuple[Claim, list[str]]:
    found: list[tuple[str, list[str], list[str]]] = [_compare(each, mapping) for each in _split(text, "||")]
    names = {name for name, _, _ in found}
    if len(names) != 1:
        raise _NotFollowed
    return Claim(names.pop(), tuple(v for _, values, _ in found for v in values), line), [
        each for *_, loose in found for each in loose
    ]


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
