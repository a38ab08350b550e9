"""What rows of answers must say before anything follows from them; rows that do not are left out, and that is told.

A deciding field that is null, of another type, gone, or a word that no page of the vendor's knows must not become a
verdict: the row is left out, and what it belongs to gets a gap.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from pipewarden.connectors.answers import moment as iso
from pipewarden.errors import UnexpectedAnswer


class _Absent:
    """Stands for a field that was not given."""


ABSENT = _Absent()

Test = Callable[[Any], bool]
Shape = Mapping[str, Test]
"""What each deciding field may be: its path with slashes, where a list has `*` for each of its items."""

_EACH = "*"
_LEFT: ContextVar[list[str] | None] = ContextVar("left out", default=None)
_TIME = re.compile(r"\d{4}-\d\d-\d\d")


def text(value: Any) -> bool:
    """Tell whether a value is a text with something in it."""
    return isinstance(value, str) and bool(value)


def flag(value: Any) -> bool:
    """Tell whether a value is true or false."""
    return isinstance(value, bool)


def number(value: Any) -> bool:
    """Tell whether a value is a whole number."""
    return isinstance(value, int) and not isinstance(value, bool)


def listed(value: Any) -> bool:
    """Tell whether a value is a list."""
    return isinstance(value, list)


def inner(value: Any) -> bool:
    """Tell whether a value is an object."""
    return isinstance(value, dict)


def texts(value: Any) -> bool:
    """Tell whether a value is a list of texts."""
    return isinstance(value, list) and all(text(each) for each in value)


def time(value: Any) -> bool:
    """Tell whether a value is a time as ISO 8601 writes it; with more digits than a microsecond has, too."""
    return isinstance(value, str) and (iso(value) is not None or _TIME.match(value) is not None)


def word(*known: str) -> Test:
    """Return what tells whether a value is one of some words."""
    allowed = frozenset(known)
    return lambda value: isinstance(value, str) and value in allowed


def words(*known: str) -> Test:
    """Return what tells whether a value is a list of such words."""
    allowed = frozenset(known)
    return lambda value: isinstance(value, list) and all(isinstance(each, str) and each in allowed for each in value)


def null_or(test: Test) -> Test:
    """Allow null, too, where the vendor says what it means."""
    return lambda value: value is None or test(value)


def absent_or(test: Test) -> Test:
    """Allow a field to be absent, where the vendor leaves it out."""
    return lambda value: value is ABSENT or test(value)


def none_or(test: Test) -> Test:
    """Allow a field to be null or absent: both say that nothing is set."""
    return lambda value: value is None or value is ABSENT or test(value)


def odd_field(row: Any, shape: Shape) -> str:
    """Return the first field that is not as it must be; empty where all are."""
    return next((path for path, test in shape.items() if not _holds(row, path.split("/"), test)), "")


def _holds(value: Any, path: list[str], test: Test) -> bool:
    """Tell whether what is at a path passes; what is inside of a null or an absent object is not asked about."""
    for place, step in enumerate(path):
        if step == _EACH:
            if not isinstance(value, list):
                return True  # the list itself is a field of its own
            rest = path[place + 1 :]
            return all(_holds(each, rest, test) if rest else test(each) for each in value)
        if not isinstance(value, dict):
            return place > 0 and (value is None or value is ABSENT)
        value = value.get(step, ABSENT)
    return test(value)


def fits(row: Any, shape: Shape, endpoint: str) -> bool:
    """Tell whether a row says what it must. One that does not is to be left out: that it is, is told here."""
    odd = odd_field(row, shape)
    if odd:
        leave_out(endpoint, odd)
    return not odd


def sound(row: Mapping[str, Any], shape: Shape, endpoint: str) -> dict[str, Any]:
    """Return settings without those that are not as they must be: each is told, and is then not known."""
    found = dict(row)
    for path, test in shape.items():
        name = path.partition("/")[0]
        if name in found and not _holds(row, path.split("/"), test):
            del found[name]
            leave_out(endpoint, name)
    return found


def leave_out(endpoint: str, field: str) -> None:
    """Note that something is left out because of one field. Raises UnexpectedAnswer where nobody tells of it."""
    says = f"{endpoint}: {field} is not given as it is documented"
    left = _LEFT.get()
    if left is None:
        raise UnexpectedAnswer(says, endpoint=endpoint)
    left.append(says)


@contextmanager
def leaving_out() -> Iterator[list[str]]:
    """Collect what is left out in a block, for its gap; blocks inside collect their own."""
    left: list[str] = []
    before = _LEFT.set(left)
    try:
        yield left
    finally:
        _LEFT.reset(before)
