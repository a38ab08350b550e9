"""What all connectors share: what a source is, and how a refusal becomes a gap."""

from collections.abc import Callable
from typing import Protocol

from pipewarden.errors import (
    AccessDenied,
    BudgetSpent,
    Gone,
    NotFound,
    RateLimited,
    SourceError,
    UnexpectedAnswer,
    Unreachable,
)
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.facts import Cause


class CredentialRefused(AccessDenied):
    """401: the credential itself is not accepted; nothing more can be read."""


Progress = Callable[[str, int, int], None]
"""Told what is being read, how much of it is done, and how much there is in all (0: not known)."""


class Keeper(Protocol):
    """Keeps how far a collection got, so that a killed run goes on where it stopped, and what must stay the same."""

    def checkpoints(self, source: str) -> dict[str, bytes]:
        """Return all steps kept for a source."""

    def put_checkpoint(self, source: str, key: str, body: bytes) -> None:
        """Keep one step."""

    def clear_checkpoints(self, source: str) -> None:
        """Forget all steps: the collection is whole."""

    def etag(self, key: str) -> tuple[str, bytes] | None:
        """Return the ETag and body kept for a request."""

    def put_etag(self, key: str, etag: str, body: bytes) -> None:
        """Keep an ETag with its body."""

    def fingerprint_key(self) -> bytes:
        """Return the key of the fingerprints of secrets in plain text, the same in every run."""


def finished(keeper: Keeper | None, source: str, *, early: bool) -> None:
    """Forget the steps of a collection that is at its end, but for one that its budget ended: the next run goes on with it."""
    if keeper is not None and not early:
        keeper.clear_checkpoints(source)


class Connector(Protocol):
    """Reads one source."""

    address: str

    async def collect(self, into: SnapshotBuilder, progress: Progress) -> dict[str, int]:
        """Read everything into the builder; return what was spent, by name.

        Raises CredentialError or Unreachable where nothing at all can be read; every other refusal becomes a Gap.
        """


def cause_of(refusal: SourceError) -> Cause:
    """Return why something could not be read: each refusal is a different fact."""
    match refusal:
        case AccessDenied():
            return Cause.FORBIDDEN
        case NotFound():
            return Cause.NOT_FOUND
        case Gone():
            return Cause.GONE
        case RateLimited():
            return Cause.RATE_LIMITED
        case BudgetSpent():
            return Cause.BUDGET
        case Unreachable():
            return Cause.UNREACHABLE
        case UnexpectedAnswer():
            return Cause.UNEXPECTED
        case _:
            return Cause.UNREADABLE
