"""The columns that a roster's list may have, which head may be one of them misspelt, and which of them join people to accounts."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from pipewarden.connectors.roster_machines import MACHINE_COLUMNS
from pipewarden.model.facets_roster import RosterFacet

COLUMNS = (
    "id", "name", "email", "emails", "external_id", "manager", "employment", "active", "left_on", "accounts", "because",
)  # fmt: skip
"""What a list may say of a person; other columns are left out. `id` or `email` is needed. Several values stand behind `;`.

A row that names a `machine` is about that machine (`roster_machines`).
"""

READ = frozenset({*COLUMNS, *MACHINE_COLUMNS})
ONE = ("id", "name", "manager", "employment", "active", "left_on", "because")
"""Columns that hold one value, whatever the form of the list."""
MANY = ("email", "emails", "external_id", "accounts")
"""Columns that may hold several."""
JOINING = MANY
"""Columns by which a row is joined to what its person holds: an `id` is the list's own."""

LEAST_LETTERS = 5
"""Of a shorter head one letter is too much of it: `fname` is no `name`."""
LEAST_SWAPPED = 4
"""Two letters that changed places are less of it: `naem` is `name`."""
ALIAS = {"isactive": "active"}
"""Heads that are a column of ours with a word before it."""
DETAILS = frozenset({"name", "manager", "employment"})
"""Columns that tell neither who left nor what is whose."""


def nearly(head: str, heads: Iterable[str]) -> str:
    """Return the column that is spelt so but for one slip, and that the list has not; "" where there is none.

    A slip is an optimal string alignment of one: a letter more, less or another, or two neighbours that changed places.
    """
    there = set(heads)
    plain = {name.replace("_", ""): name for name in (*COLUMNS, *MACHINE_COLUMNS) if name not in there}
    written = "".join(filter(str.isalnum, head))
    exact = plain.get(ALIAS.get(written, written), "")
    return exact or next((name for each, name in plain.items() if _is_slip(written, each)), "")


def _is_slip(written: str, column: str) -> bool:
    """Tell whether a head is a column but for one slip."""
    if len(column) >= LEAST_SWAPPED and _is_swapped(written, column):
        return True
    return len(column) >= LEAST_LETTERS and _is_one_off(written, column)


def _is_swapped(one: str, other: str) -> bool:
    """Tell whether two words are the same but for two neighbours that changed places."""
    if len(one) != len(other):
        return False
    differ = [at for at in range(len(one)) if one[at] != other[at]]
    first, *rest = differ or [0]
    return rest == [first + 1] and one[first : first + 2] == other[first + 1] + other[first]


def _is_one_off(one: str, other: str) -> bool:
    """Tell whether two words are the same but for one letter."""
    short, long = sorted((one, other), key=len)
    if len(short) + 1 == len(long):
        return any(long[:at] + long[at + 1 :] == short for at in range(len(long)))
    return len(short) == len(long) and sum(ours != theirs for ours, theirs in zip(one, other, strict=True)) == 1


def joins_nobody(heads: AbstractSet[str]) -> str:
    """Say that the rows about people have no column by which they are joined to accounts; "" where one has, or where there are none."""
    if not heads or heads & {*JOINING}:
        return ""
    return f"no column joins anybody to an account: it needs one of {', '.join(f'`{each}`' for each in JOINING)}"


def facet_of(column: str) -> RosterFacet:
    """Return the part of a list that is not read in full where a column is not."""
    if column in DETAILS:
        return RosterFacet.DETAILS
    return RosterFacet.MACHINES if column in {"machine", "owner"} else RosterFacet.PEOPLE
