"""The columns of a snapshot: rows as arrays of numbers, and codes for the words that stand in many of them.

Entities have ordinals 0 … n-1 in the order of their ids; every other column speaks of them by ordinal.
Times are microseconds since 1970 in UTC, `NEVER` where there is none.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipewarden.model.facts import Certainty, GrantKind, Origin
from pipewarden.model.ids import Kind

NEVER = np.iinfo(np.int64).min
"""The time that is none."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]

GRANT_KINDS = tuple(GrantKind)
CERTAINTIES = tuple(Certainty)
KINDS: tuple[Kind, ...] = tuple(sorted(Kind))
KIND_CODES = {kind: code for code, kind in enumerate(KINDS)}
KEPT_REFS = 50_000
"""A snapshot that was just made keeps its ids as they are, up to so many entities: judging it asks for all of them."""

REFERRED = "referred to, not read"
"""The endpoint of an entity that other facts name and that itself was not read."""


def to_micros(moment: datetime | None) -> int:
    """Turn an aware datetime into microseconds since 1970 UTC, None into NEVER."""
    return NEVER if moment is None else (moment - EPOCH) // MICROSECOND


def from_micros(value: int) -> datetime | None:
    """Turn microseconds since 1970 UTC into an aware datetime, NEVER into None."""
    return None if value == NEVER else EPOCH + timedelta(microseconds=int(value))


class SnapshotInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a snapshot covers: its sources and the interval in which it was read (UTC)."""

    sources: tuple[str, ...]
    started: datetime
    ended: datetime
    complete: bool = True
    counters: dict[str, int] = msgspec.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Origins:
    """Where and when each row was seen; `endpoint` are codes into `endpoints`."""

    endpoints: tuple[str, ...]
    endpoint: I32
    fetched: I64
    certainty: U8

    def at(self, row: int) -> Origin:
        """Return the origin of one row."""
        return _origin(self.endpoints[self.endpoint[row]], int(self.fetched[row]), int(self.certainty[row]))


@lru_cache(maxsize=4096)  # what was read of one place comes of one row after the other
def _origin(endpoint: str, fetched: int, certainty: int) -> Origin:
    return Origin(endpoint, from_micros(fetched) or EPOCH, CERTAINTIES[certainty])


@dataclass(frozen=True, slots=True)
class MembershipColumns:
    """One row per membership; `role` are codes into `roles`."""

    member: I32
    group: I32
    roles: tuple[str, ...]
    role: I32
    since: I64
    expires: I64
    origins: Origins

    def __len__(self) -> int:
        """Return the number of memberships."""
        return len(self.member)


@dataclass(frozen=True, slots=True)
class GrantColumns:
    """One row per grant; `role`, `kind` and `condition` are codes into `roles`, GRANT_KINDS, `conditions`."""

    principal: I32
    resource: I32
    roles: tuple[str, ...]
    role: I32
    kind: U8
    conditions: tuple[tuple[str, ...], ...]
    condition: I32
    since: I64
    expires: I64
    last_used: I64
    origins: Origins

    def __len__(self) -> int:
        """Return the number of grants."""
        return len(self.principal)
