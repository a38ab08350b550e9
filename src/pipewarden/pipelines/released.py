"""Which versions a reference to an action can stand for, and whether an advisory's range covers them."""

import math
import re
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple


class Covers(StrEnum):
    """What a range says of all the versions that a reference can stand for."""

    ALL = "all"
    NONE = "none"
    SOME = "some"
    """It covers some of them, or it cannot be read: which version runs is not known."""


Point = tuple[float, float, float, float]
"""A version that can be compared: three numbers, and 0 before a release, 1 for it."""

_VERSION = re.compile(
    r"(?:[A-Za-z][\w.-]{0,60}[-/@])?[vV]?(\d{1,9}(?:\.\d{1,9}){0,3})(\.x)?(-[0-9A-Za-z][\w.-]{0,60})?(\+\S*)?"
)
_CLAUSE = re.compile(r"(>=|<=|>|<|=)\s*[vV]?(\d{1,9}(?:\.\d{1,9}){0,3})(-[\w.-]{1,60})?")


class Span(NamedTuple):
    """The lowest and the highest version that a reference can stand for."""

    low: Point
    high: Point
    numbers: tuple[int, ...] = ()
    """The numbers as they are written."""

    @property
    def single(self) -> bool:
        """Whether it is one version, and no tag that moves from one to the next."""
        return self.low == self.high


ANYTHING = Span((0, 0, 0, 1), (math.inf, math.inf, math.inf, 1))
"""What a branch, or a commit of which nothing is known, can stand for."""


@lru_cache(maxsize=4096)  # the same versions are named in many places
def span_of(name: str) -> Span | None:
    """Read the name of a tag: `v4.2.1` is one version, `v4` moves over all that begin with 4. None where it names none.

    https://docs.github.com/en/actions/how-tos/create-and-publish-actions/using-immutable-releases-and-tags-to-manage-your-actions-releases
    """
    found = _VERSION.fullmatch(name)
    if found is None:
        return None
    numbers = tuple(int(each) for each in found[1].split("."))
    before = 0 if found[3] else 1
    if len(numbers) >= 3 and not found[2]:
        point = _point(numbers, before)
        return Span(point, point, numbers)
    padded = (*numbers[:2], *[math.inf] * 3)[:3]
    return Span(_point(numbers, before), (padded[0], padded[1], padded[2], 1), numbers)


def _point(numbers: tuple[int, ...], release: int) -> Point:
    first, second, third = (*numbers, 0, 0)[:3]
    return (first, second, third, release)


def covers(affected: str, span: Span) -> Covers:
    """Tell whether a range such as `>= 4.0.0, < 4.1.3` covers a reference's versions. A clause that cannot be read decides nothing.

    https://docs.github.com/en/graphql/reference/objects#securityvulnerability (vulnerableVersionRange)
    """
    every = True
    for text in affected.split(","):
        found = _CLAUSE.fullmatch(text.strip())
        if found is None:
            return Covers.SOME
        numbers = tuple(int(each) for each in found[2].split("."))
        bound = _point(numbers, 0 if found[3] else 1)
        if found[1] == "=" and numbers == span.numbers:
            continue  # the advisory names the moving tag itself
        if _outside(found[1], bound, span):
            return Covers.NONE
        every = every and _inside(found[1], bound, span)
    return Covers.ALL if every else Covers.SOME


def _outside(sign: str, bound: Point, span: Span) -> bool:
    match sign:
        case ">=":
            return span.high < bound
        case ">":
            return span.high <= bound
        case "<=":
            return span.low > bound
        case "<":
            return span.low >= bound
    return not span.low <= bound <= span.high


def _inside(sign: str, bound: Point, span: Span) -> bool:
    match sign:
        case ">=":
            return span.low >= bound
        case ">":
            return span.low > bound
        case "<=":
            return span.high <= bound
        case "<":
            return span.high < bound
    return span.low == bound == span.high
