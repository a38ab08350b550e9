r"""Patterns of roles: Java's regular expressions, matched against the whole full name.

https://plugins.jenkins.io/role-strategy/: “Item roles … allow … based on the item's full name … regular expression”.
The plugin calls `Matcher.matches()`, so `web` is the folder web alone and `web/.*` all inside it. Java's dialect and
Python's differ where role patterns rarely go: possessive quantifiers and atomic groups are alike since Python 3.11,
`(?<name>…)` is `(?P<name>…)` here, and `\p{…}`, `\Q…\E`, `\G`, `\h`, `\R`, `\X` and class intersections have no like:
a pattern with one of them is not compared at all. Nor is one that repeats without end what holds choices itself, such
as `(a+)+`: whoever wrote it would decide how long the comparison takes.
"""

import re
from collections.abc import Iterable

_ONLY_JAVA = re.compile(r"\\[pPQEGhHRXkz]|&&|\[[^\]]*\[")
_ENDLESS = re.compile(r"\{\d+,\d*\}")
_NAMED = re.compile(r"\(\?<(?![=!])")
MOST = 1_000


def _runs_away(pattern: str) -> bool:
    """Tell whether a group with a repetition or a choice inside is itself repeated without end."""
    open_: list[bool] = []
    """For each group that is open: whether it holds a repetition or a choice."""
    at, closed = 0, False
    while at < len(pattern):
        letter, before, closed = pattern[at], closed, False
        if letter == "\\":
            at += 1
        elif letter == "[":
            at = _after_class(pattern, at)
        elif letter == "(":
            open_.append(False)
        elif letter == ")" and open_:
            closed = open_.pop()
            if closed and open_:
                open_[-1] = True
        elif letter in "*+" or (letter == "{" and _ENDLESS.match(pattern, at)):
            if before:
                return True
            if open_:
                open_[-1] = True
        elif letter == "|" and open_:
            open_[-1] = True
        at += 1
    return False


def _after_class(pattern: str, at: int) -> int:
    """Return the place of the bracket that closes a class; one that stands first is a member."""
    at += 2 if pattern[at + 1 : at + 2] == "^" else 1
    if pattern[at : at + 1] == "]":
        at += 1
    while at < len(pattern) and pattern[at] != "]":
        at += 2 if pattern[at] == "\\" else 1
    return at


def compiled(pattern: str) -> re.Pattern[str]:
    """Return Python's form of a pattern. Raises re.error where it has what only Java knows, or is absurdly long."""
    if len(pattern) > MOST or _ONLY_JAVA.search(pattern) or _runs_away(pattern):
        raise re.error("not comparable")
    return re.compile(_NAMED.sub("(?P<", pattern), re.ASCII)


def matches(pattern: str, names: Iterable[str]) -> list[bool]:
    """Tell of each name whether the pattern matches all of it. Raises re.error."""
    expression = compiled(pattern)
    return [expression.fullmatch(name) is not None for name in names]
