"""Expressions of Azure Pipelines, as far as they decide access: true, false, or not known.

The same language stands in `${{ }}` (while the file is put together), in `$[ ]` and in `condition:` (while it runs).
https://learn.microsoft.com/en-us/azure/devops/pipelines/process/expressions
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

MAX_LENGTH = 4_000
MAX_DEPTH = 30
_TOKEN = re.compile(r"\s*(?:'((?:[^']|'')*)'|(\d+(?:\.\d+)*)|([A-Za-z_][\w-]*)|([().,\[\]*]))")


class Unknown:
    """The value of what a file does not settle."""

    def __repr__(self) -> str:
        """Show it in tests."""
        return "UNKNOWN"


UNKNOWN = Unknown()
Value = Any
"""A text, a bool, UNKNOWN, or whatever `Lookup` gives for a name."""
Lookup = Callable[[tuple[str, ...]], Value]
"""Gives the value of a path such as `("parameters", "name")`; names in lower case, except parameters' own."""
Tree = tuple[Any, ...] | None


@lru_cache(maxsize=8192)
def parse(text: str) -> Tree:
    """Return the tree of an expression: `("text", v)`, `("path", …)`, `("call", name, …)`; None where it is none."""
    if len(text) > MAX_LENGTH:
        return None
    tokens: list[tuple[str, str]] = []
    at = 0
    end = len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if not found:
            return None
        at = found.end()
        quoted, number, name, mark = found.groups()
        if quoted is not None:
            tokens.append(("text", quoted.replace("''", "'")))
        elif number is not None:
            tokens.append(("text", number))
        elif name is not None:
            tokens.append(("name", name))
        else:
            tokens.append(("mark", mark))
    tree, rest = _expression(tokens, 0, 0)
    return tree if rest == len(tokens) else None


def _expression(tokens: list[tuple[str, str]], at: int, depth: int) -> tuple[Tree, int]:
    """Read one expression from a place; the place behind it is returned too. None: not understood."""
    if at >= len(tokens) or depth > MAX_DEPTH:
        return None, at
    kind, word = tokens[at]
    if kind == "text":
        return ("text", word), at + 1
    if kind != "name":
        return None, at
    if at + 1 < len(tokens) and tokens[at + 1] == ("mark", "("):
        return _call(word.lower(), tokens, at + 2, depth)
    parts = [word]
    at += 1
    while at < len(tokens) and tokens[at] in {("mark", "."), ("mark", "[")}:
        closing = tokens[at][1] == "["
        if at + 1 >= len(tokens) or (tokens[at + 1][0] == "mark" and tokens[at + 1][1] != "*"):
            return None, at
        parts.append(tokens[at + 1][1])
        at += 2
        if closing:
            if at >= len(tokens) or tokens[at] != ("mark", "]"):
                return None, at
            at += 1
    return ("path", *parts), at


def _call(name: str, tokens: list[tuple[str, str]], at: int, depth: int) -> tuple[Tree, int]:
    arguments: list[Tree] = []
    while at < len(tokens) and tokens[at] != ("mark", ")"):
        argument, at = _expression(tokens, at, depth + 1)
        if argument is None:
            return None, at
        arguments.append(argument)
        if at < len(tokens) and tokens[at] == ("mark", ","):
            at += 1
    if at >= len(tokens):
        return None, at
    return ("call", name, *arguments), at + 1


def value_of(tree: Tree, lookup: Lookup) -> Value:
    """Return what an expression gives, UNKNOWN where a name in it is not known."""
    if tree is None:
        return UNKNOWN
    if tree[0] == "text":
        return tree[1]
    if tree[0] == "path":
        if len(tree) == 2 and tree[1].lower() in {"true", "false"}:
            return tree[1].lower() == "true"
        return lookup(tree[1:])
    return _called(tree[1], [value_of(argument, lookup) for argument in tree[2:]])


def _called(name: str, values: list[Value]) -> Value:
    """Return what a function gives; comparisons ignore case."""
    match name:
        case "and":
            return _all([truth(value) for value in values])
        case "or":
            return _not(_all([_not(truth(value)) for value in values]))
        case "not" if len(values) == 1:
            return _not(truth(values[0]))
        case "xor" if len(values) == 2:
            return _not(_equal(truth(values[0]), truth(values[1])))
        case "eq" if len(values) == 2:
            return _equal(*values)
        case "ne" if len(values) == 2:
            return _not(_equal(*values))
        case "in" | "notin" if values:
            hits = [_equal(values[0], value) for value in values[1:]]
            found = _not(_all([_not(hit) for hit in hits]))
            return found if name == "in" else _not(found)
        case "startswith" | "endswith" | "contains" if len(values) == 2:
            return _part(name, values[0], values[1])
        case "coalesce":
            return next((value for value in values if value is UNKNOWN or value not in {"", None}), "")
        case "lower" | "upper" | "trim" if len(values) == 1 and isinstance(values[0], str):
            text = values[0]
            return text.lower() if name == "lower" else text.upper() if name == "upper" else text.strip()
        case "always" | "succeeded" | "succeededorfailed":
            return True
    return UNKNOWN


def truth(value: Value) -> Value:
    """Return a value as a bool: an empty text, `false` and nothing are false, anything else that is known is true."""
    if value is UNKNOWN or isinstance(value, bool):
        return value
    if value is None:
        return False
    return value.lower() not in {"", "false"} if isinstance(value, str) else True


def _not(value: Value) -> Value:
    return UNKNOWN if value is UNKNOWN else not value


def _all(values: list[Value]) -> Value:
    if any(value is False for value in values):
        return False
    return UNKNOWN if any(value is UNKNOWN for value in values) else True


def _equal(left: Value, right: Value) -> Value:
    if left is UNKNOWN or right is UNKNOWN:
        return UNKNOWN
    return _plain(left) == _plain(right)


def _part(name: str, whole: Value, part: Value) -> Value:
    if not isinstance(whole, str) or not isinstance(part, str):
        return UNKNOWN
    whole, part = whole.lower(), part.lower()
    if name == "contains":
        return part in whole
    return whole.startswith(part) if name == "startswith" else whole.endswith(part)


def _plain(value: Value) -> Value:
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return ""
    return value.lower() if isinstance(value, str) else value
