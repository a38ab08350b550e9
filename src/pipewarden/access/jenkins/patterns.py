r"""Patterns of roles: Java's regular expressions, matched against the whole full name.

https://plugins.jenkins.io/role-strategy/: “Item roles … allow … based on the item's full name … regular expression”.
The plugin calls `Matcher.matches()`, so `web` is the folder web alone and `web/.*` all inside it. Java's dialect and
Python's differ where role patterns rarely go: possessive quantifiers and atomic groups are alike since Python 3.11,
`(?<name>…)` is `(?P<name>…)` here, and `\p{…}`, `\Q…\E`, `\G`, `\h`, `\R`, `\X` and class intersections have no like:
a pattern with one of them is not compared at all.
"""

import re
from collections.abc import Iterable

_ONLY_JAVA = re.compile(r"\\[pPQEGhHRXkz]|&&|\[[^\]]*\[")
_NAMED = re.compile(r"\(\?<(?![=!])")
MOST = 1_000


def compiled(pattern: str) -> re.Pattern[str]:
    """Return Python's form of a pattern. Raises re.error where it has what only Java knows, or is absurdly long."""
    if len(pattern) > MOST or _ONLY_JAVA.search(pattern):
        raise re.error("not comparable")
    return re.compile(_NAMED.sub("(?P<", pattern), re.ASCII)


def matches(pattern: str, names: Iterable[str]) -> list[bool]:
    """Tell of each name whether the pattern matches all of it. Raises re.error."""
    expression = compiled(pattern)
    return [expression.fullmatch(name) is not None for name in names]
