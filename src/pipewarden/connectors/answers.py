"""Reading answers of systems: what is taken of a row, times, and what an answer of a strange shape raises."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

MOST_EMPTY_PAGES = 10
"""So many pages in a row may hold nothing and lead on: a list that is filtered behind the scenes gives one now and then."""

ODD_SHAPES = (KeyError, IndexError, TypeError, AttributeError, ValueError, OverflowError)
"""What reading an answer raises where it does not have the shape that is documented."""


def odd(fault: BaseException) -> str:
    """Say that an answer could not be read."""
    return f"the answer has a shape that is not known ({type(fault).__name__})"


def hollow(row: Mapping[str, Any]) -> bool:
    """Tell whether an object holds nothing but its id: all else is null. Of such rows nothing follows, so nothing may pass."""
    told = [value for key, value in row.items() if key not in {"id", "@odata.type"}]
    return len(told) > 1 and all(value is None for value in told)


def moment(text: Any) -> datetime | None:
    """Read a time or date in ISO 8601, UTC where it names no zone; None for null and for what is no time."""
    if not isinstance(text, str) or not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def picked(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return the named fields that were given; a null stays a null, an absent field stays absent."""
    return {name: row[name] for name in names if name in row}
