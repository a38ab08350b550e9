"""`pipewarden waivers`: accept a finding, with who, why and until when."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from pipewarden.cli.context import Options
from pipewarden.cli.show import echo_table, formats, note, state
from pipewarden.errors import UsageError

if TYPE_CHECKING:
    from pipewarden.store import Store


@click.group(no_args_is_help=True)
def waivers() -> None:
    """Accept a finding: who, why, until when.

    \b
    Examples:
      pipewarden --demo waivers list
      pipewarden waivers add gh.dkey.write --subject acme/web --reason "moves to an app in May" --approver alice --until 2027-06-01
      pipewarden waivers withdraw 3
    """


@waivers.command("list")
@formats
@click.pass_obj
def list_(options: Options, *, form: str) -> None:
    """List the waivers that were not withdrawn."""
    with state(options) as store:
        now = store.now()
        rows = [
            (
                str(row.id),
                row.waiver.check,
                row.waiver.subject or "any",
                row.waiver.reason,
                row.waiver.approver,
                row.waiver.expires.strftime("%Y-%m-%d") + ("" if row.waiver.expires > now else " (expired)"),
                row.waiver.ticket,
            )
            for row in store.waivers()
        ]
    echo_table(("number", "check", "subject", "reason", "approver", "until", "ticket"), rows, form)


@waivers.command()
@click.argument("check_id", metavar="CHECK")
@click.option("--subject", default="", help="Display name or id of the subject; any where left out.")
@click.option("--object", "object_", default="", help="Display name or id of the object; any where left out.")
@click.option("--reason", required=True, help="Why it is accepted.")
@click.option("--approver", required=True, help="Who accepts it; not who benefits.")
@click.option("--until", required=True, help="Until when, YYYY-MM-DD.")
@click.option("--ticket", default="", help="Where it is tracked.")
@click.pass_obj
def add(
    options: Options, check_id: str, *, subject: str, object_: str, reason: str, approver: str, until: str, ticket: str
) -> None:
    """Accept the findings of a CHECK.

    CHECK is a check's id, or the beginning of ids and `*`. `pipewarden audit --all` tells the subjects of findings.

    \b
    Examples:
      pipewarden waivers add gh.dkey.write --subject acme/web --reason "moves to an app in May" --approver alice --until 2027-06-01
    """
    from pipewarden.checks import ALL
    from pipewarden.model.findings import Waiver

    prefix = check_id.removesuffix("*")
    if not any(check.id == check_id or (check_id.endswith("*") and check.id.startswith(prefix)) for check in ALL):
        from pipewarden.cli.checks import near

        raise UsageError(f"there is no check {check_id}", hint=f"{near(prefix)}.")
    try:
        expires = datetime.strptime(until, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise UsageError(f"{until} is not a date", hint="Write it as YYYY-MM-DD.") from None
    with state(options) as store:
        _refuse_owner(store, subject, approver)
        number = store.add_waiver(
            Waiver(
                check=check_id,
                subject=subject,
                object=object_,
                reason=reason,
                approver=approver,
                ticket=ticket,
                expires=expires,
            )
        )
    note(options, f"waiver {number} is kept; it counts from the next audit on")


def _refuse_owner(store: "Store", subject: str, approver: str) -> None:
    """Refuse an approver who owns the machine that the finding is about. Raises UsageError."""
    from pipewarden.model.facts import Machine

    if not store.snapshots():
        return
    snapshot = store.load_snapshot("latest")
    for ordinal in snapshot.named(subject):
        machine = snapshot.entity(ordinal)
        owner = snapshot.find(machine.owner) if isinstance(machine, Machine) and machine.owner else None
        if owner is not None and owner.name.lower() == approver.lower():
            raise UsageError(
                f"{approver} owns {subject} and cannot accept a finding about it",
                hint="Somebody who does not benefit must.",
            )


@waivers.command()
@click.argument("number", type=int)
@click.pass_obj
def withdraw(options: Options, number: int) -> None:
    """End a waiver now; its findings are open again with the next audit."""
    with state(options) as store:
        store.withdraw_waiver(number)
    note(options, f"waiver {number} is withdrawn")
