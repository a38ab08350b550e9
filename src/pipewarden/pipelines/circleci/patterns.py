"""Whether a pattern of CircleCI takes a branch, by trying it: `only: /^(?!main$).*$/` takes all but one.

https://circleci.com/docs/reference/configuration-reference/#filters
"""

import re

FORKED = "pull/1"
"""The branch that a change from a fork is built on. https://circleci.com/docs/guides/integrate/oss/"""
OWN = "change"
"""A branch as anybody who may write makes one."""
MOST = 200
MOST_REPEATS = 6
"""Repetitions of a pattern that is tried: on so short a name they take no time worth a word."""
_REPEATS = re.compile(r"[*+{]")
_OTHERWISE = re.compile(r"\[\[|--|&&|\|\||~~|\\p|\\P|[*+?}]\+")
"""What Java's patterns, which CircleCI's are, mean otherwise than Python's."""


def takes(pattern: str, branch: str) -> bool | None:
    """Tell whether a pattern takes a branch; None where it cannot be tried."""
    text = pattern.strip()
    if len(text) < 2 or text[0] != "/" or text[-1] != "/":
        return text == branch
    inner = text[1:-1]
    if len(inner) > MOST or len(_REPEATS.findall(inner)) > MOST_REPEATS or _OTHERWISE.search(inner):
        return None
    try:
        return re.fullmatch(inner, branch) is not None
    except re.error:
        return None
