"""The waivers a store keeps, and which it refuses to."""

from datetime import datetime

import msgspec
import sqlalchemy as sa

from pipewarden.errors import UsageError
from pipewarden.model.findings import Waiver
from pipewarden.store.ledger import utc
from pipewarden.store.schema import waivers


class WaiverRow(msgspec.Struct, frozen=True, kw_only=True):
    """A waiver with its number in the store."""

    id: int
    waiver: Waiver
    created: datetime


def refuse(waiver: Waiver, now: datetime) -> None:
    """Raise UsageError where a waiver has no reason, no future end, or is approved by who benefits."""
    if not waiver.reason.strip():
        raise UsageError("a waiver needs a reason", hint="Say why it is accepted, with --reason.")
    if not waiver.approver.strip():
        raise UsageError("a waiver needs an approver", hint="Name who accepts it, with --approver.")
    if waiver.expires <= now:
        raise UsageError("a waiver must end in the future", hint="Give a date with --until YYYY-MM-DD.")
    names = {waiver.subject.lower(), waiver.subject.rpartition(":")[2].lower()} - {""}
    if waiver.approver.lower() in names:
        raise UsageError(
            f"{waiver.approver} cannot accept a finding about themselves",
            hint="Somebody who does not benefit must.",
        )


def add(connection: sa.Connection, waiver: Waiver, now: datetime) -> int:
    """Keep a waiver and return its number. Raises UsageError where the same is accepted already."""
    for row in rows(connection):
        same = (row.waiver.check, row.waiver.subject, row.waiver.object) == (
            waiver.check,
            waiver.subject,
            waiver.object,
        )
        if same and row.waiver.expires > now:
            raise UsageError(
                f"waiver {row.id} accepts that until {row.waiver.expires:%Y-%m-%d}",
                hint=f"Withdraw it first: `pipewarden waivers withdraw {row.id}`.",
            )
    done = connection.execute(
        waivers.insert().values(
            check_id=waiver.check,
            subject=waiver.subject,
            object=waiver.object,
            reason=waiver.reason,
            approver=waiver.approver,
            ticket=waiver.ticket,
            expires=waiver.expires,
            created=now,
        )
    )
    return int(done.inserted_primary_key[0])  # type: ignore[index]


def rows(connection: sa.Connection) -> list[WaiverRow]:
    """Return the waivers that were not withdrawn, expired ones included."""
    kept = connection.execute(sa.select(waivers).where(waivers.c.withdrawn.is_(None)).order_by(waivers.c.id))
    return [
        WaiverRow(
            id=row.id,
            created=utc(row.created),
            waiver=Waiver(
                check=row.check_id,
                subject=row.subject,
                object=row.object,
                reason=row.reason,
                approver=row.approver,
                ticket=row.ticket,
                expires=utc(row.expires),
            ),
        )
        for row in kept
    ]


def withdraw(connection: sa.Connection, number: int, now: datetime) -> None:
    """End a waiver now. Raises UsageError where there is none of that number."""
    live = (waivers.c.id == number) & waivers.c.withdrawn.is_(None)
    done = connection.execute(waivers.update().where(live).values(withdrawn=now))
    if not done.rowcount:
        raise UsageError(f"there is no waiver {number}", hint="`pipewarden waivers list` shows them.")
