"""Regular expressions of trusts as patterns with `*` and `?` that cover at least the same values.

A pattern that covers more than the expression can only make a trust look wider, never narrower.
https://github.com/google/re2/wiki/Syntax
"""

import re

MAX_PATTERNS = 16
"""Alternatives that are spread out; an expression with more becomes a star."""
MAX_LENGTH = 2_000

_MANY = re.compile(r"(?:[*+]|\{\d*,?\d*\})[?+]?")
_SET = re.compile(r"\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]", re.DOTALL)
_STARS = re.compile(r"\*[*?]*\*|\*{2,}")
_CLASSES = "dDwWsSpPbBAzZQEC"


class _Reader:
    """Reads an expression into its alternatives."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def alternatives(self, depth: int) -> list[str]:
        """Read up to the end or a closing bracket."""
        found: list[str] = []
        made = [""]
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == ")" and depth:
                break
            self.at += 1
            if char == "|":
                found += made
                made = [""]
                continue
            made = _joined(made, self._quantified(self._atom(char, depth)))
        return _few([*found, *made])

    def _atom(self, char: str, depth: int) -> list[str]:
        if char == "(":
            return self._group(depth)
        if char == "[":
            match = _SET.match(self.text, self.at - 1)
            self.at = match.end() if match else len(self.text)
            return ["?"]
        if char == "\\" and self.at < len(self.text):
            self.at += 1
            escaped = self.text[self.at - 1]
            return ["*" if escaped in _CLASSES else escaped]
        return {".": ["?"], "^": [""], "$": [""]}.get(char, [char])

    def _group(self, depth: int) -> list[str]:
        flags = re.compile(r"\?(?:P?<\w+>|[imsU-]*:|[=!]|<[=!])").match(self.text, self.at)
        self.at = flags.end() if flags else self.at
        if depth >= 20:
            self.at = len(self.text)
            return ["*"]
        inner = self.alternatives(depth + 1)
        self.at += 1
        return inner

    def _quantified(self, atom: list[str]) -> list[str]:
        match = _MANY.match(self.text, self.at)
        if match:
            self.at = match.end()
            return ["*"]
        if self.text[self.at : self.at + 1] == "?":
            self.at += 1
            return [*atom, ""]
        return atom


def _joined(before: list[str], after: list[str]) -> list[str]:
    return _few([one + two for one in before for two in after])


def _few(patterns: list[str]) -> list[str]:
    unique = list(dict.fromkeys(_STARS.sub("*", each) for each in patterns))
    return unique if len(unique) <= MAX_PATTERNS else ["*"]


def alternatives(expression: str) -> list[str]:
    """Return the top alternatives of an expression as they are written: those that no group holds together."""
    found, depth, start, at = [], 0, 0, 0
    while at < len(expression):
        char = expression[at]
        if char == "\\":
            at += 1
        elif char == "[":
            match = _SET.match(expression, at)
            at = match.end() - 1 if match else len(expression)
        elif char in "()":
            depth += 1 if char == "(" else -1
        elif char == "|" and depth <= 0:
            found.append(expression[start:at])
            start = at + 1
        at += 1
    return [*found, expression[start:]]


def is_anchored(expression: str) -> bool:
    """Tell whether an expression that is searched for can only fit a whole value.

    An end that is left open by `.*` on purpose counts as whole.
    """
    parts = alternatives(expression)
    return all(
        (each.startswith(("^", "\\A", ".*")) and (each.endswith((".*", "\\z")) or _ends(each))) for each in parts
    )


def _ends(expression: str) -> bool:
    return expression.endswith("$") and not expression.endswith("\\$")


def patterns_of(expression: str, *, searched: bool) -> tuple[str, ...]:
    """Return patterns that cover what an expression fits; `searched`: it need fit only a part of the value."""
    if len(expression) > MAX_LENGTH:
        return ("*",)
    made: list[str] = []
    for each in alternatives(expression) if searched else [expression]:
        inner = _Reader(each).alternatives(0)
        start = "" if not searched or each.startswith(("^", "\\A")) else "*"
        end = "" if not searched or _ends(each) or each.endswith("\\z") else "*"
        made += [f"{start}{one}{end}" for one in inner]
    return tuple(_few(made))
