"""One line of an inventory, and its cells. Every cell is a value or the word `unknown`; an empty cell means there is none."""

from datetime import datetime

from msgspec import Struct

from pipewarden.access.words import day
from pipewarden.model.ids import Ref

UNKNOWN = "unknown"


class Row(Struct, frozen=True, kw_only=True):
    """One line of an inventory."""

    ref: Ref
    name: str
    kind: str
    scope: str
    """The organization or group it belongs to, or else the tenant."""
    role: str
    reason: str
    """Why it holds that role: ownership, a role, a team, a key; `unknown` where it could not be read."""
    last_used: str
    mfa: str
    owner: str
    note: str = ""
    owner_says: str = ""
    """By what the owner is known: `made it`, `declared in owners.yaml: …`; of an account, what joins it to its person."""
    last_used_says: str = ""
    """What its system means by the last use, or why none is known."""


COLUMNS = ("name", "kind", "scope", "role", "reason", "last used", "mfa", "owner", "note", "id")


def cells(row: Row) -> tuple[str, ...]:
    """Return a row's cells in the order of COLUMNS."""
    return (
        row.name,
        row.kind,
        row.scope,
        row.role,
        row.reason,
        row.last_used,
        row.mfa,
        row.owner,
        row.note,
        str(row.ref),
    )


def date(moment: datetime | None) -> str:
    """Return the day of a last use, `unknown` where none is known."""
    return day(moment) if moment else UNKNOWN
