"""`pipewarden what-can`: what somebody holds a role on, by one account or by all that is a person's."""

from typing import TYPE_CHECKING, Any

import click

from pipewarden.cli.apart import told_apart
from pipewarden.cli.context import Options
from pipewarden.cli.job_questions import refuse_circle
from pipewarden.cli.questions import tell_namesakes
from pipewarden.cli.show import PERHAPS, echo_json, echo_table, formats, note, opened, tell_unseen, typed
from pipewarden.render.text import listed, plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipewarden.access.engine import Engine
    from pipewarden.access.holdings import Holding
    from pipewarden.model.ids import Ref
    from pipewarden.model.people import Person

MOST_NAMED = 4
"""Accounts that are named which are switched off."""


@click.command("what-can")
@click.argument("principal")
@click.option(
    "--limit", default=200, show_default=True, help="How many resources a table shows; other formats show all."
)
@formats
@click.pass_obj
def what_can(options: Options, principal: str, *, limit: int, form: str) -> None:
    """Show what a PRINCIPAL holds a role on, the highest role first.

    A person's name or address asks for all accounts, keys and tokens that are theirs, in every system; an account with the word of
    its system (github:carol), a key, an app, a team or an id asks for that one alone. Told are roles that are held, directly or
    through groups, and policies: what follows from them over pipelines, trusts, groups and other people's accounts is the
    answer of `pipewarden reach`.

    \b
    Examples:
      pipewarden --demo what-can carol
      pipewarden --demo what-can github:bob
      pipewarden --demo what-can app:deploybot
      pipewarden --demo what-can team:platform --format csv
    """
    from pipewarden.access import address
    from pipewarden.access.holdings import holdings

    engine = opened(options)
    if (person := _person(engine, principal)) is not None:
        _of_person(options, engine, person, limit, form)
        return
    refuse_circle(options, engine, principal)
    who = address.principal(engine.snapshot, principal)
    tell_namesakes(options, engine, who, principal)
    found = holdings(engine, who)
    if form == "json":
        asked = {"principal": str(who), "principal_name": engine.name(who)}
        echo_json({**asked, **_json(found), "not_read": list(engine.unseen_of(who))})
        return
    shown = _shown(found, form, limit)
    on = told_apart(engine, ((each.resource_name, each.resource) for each in shown))
    rows = [(on[each.resource_name, each.resource], each.role, each.said) for each in shown]
    echo_table(("resource", "role", "note"), rows, form)
    if form == "table":
        note(options, f"{engine.name(who)} holds a role on {_counted(found)}{_cut(found, limit)}")
    tell_unseen(options, engine.unseen_of(who), "they may hold more")


def _person(engine: "Engine", text: str) -> "Person | None":
    """Return the person whose name or address was typed; None where one account, or no person, is meant."""
    from pipewarden.access.called import called
    from pipewarden.access.holdings import principals_of

    if ":" in text:
        return None
    found = called(engine, text)
    if len(found) != 1:
        return None
    on, off = principals_of(engine, found[0])
    return found[0] if len(on) + len(off) > 1 else None


def _of_person(options: Options, engine: "Engine", person: "Person", limit: int, form: str) -> None:
    """Write what a person holds by all that is theirs, account by account."""
    from msgspec import structs

    from pipewarden.access.holding import account_name
    from pipewarden.access.holdings import holdings, principals_of
    from pipewarden.model.ids import Kind

    def named(ref: "Ref") -> str:
        at = engine.snapshot.ordinal(ref)
        return engine.name(ref) if at is None or ref.kind is not Kind.ACCOUNT else account_name(engine.snapshot, at)

    working, ended = principals_of(engine, person)
    on, off = [each.ref for each in working], [each.ref for each in ended]
    found = [structs.replace(row, perhaps=each.perhaps) for each in working for row in holdings(engine, each.ref)]
    unread = list(dict.fromkeys(text for ref in on for text in engine.unseen_of(ref)))
    if form == "json":
        asked: dict[str, Any] = {"identity": str(person.key), "identity_name": person.name}
        asked |= {"principals": [str(each) for each in on], "switched_off": [str(each) for each in off]}
        echo_json({**asked, **_json(found), "not_read": unread})
        return
    shown = _shown(found, form, limit)
    by = told_apart(engine, ((named(each.principal), each.principal) for each in shown))
    where = told_apart(engine, ((each.resource_name, each.resource) for each in shown))
    rows = [(by[named(e.principal), e.principal], where[e.resource_name, e.resource], e.role, e.said) for e in shown]
    echo_table(("by", "resource", "role", "note"), rows, form)
    if form == "table":
        note(options, f"{person.name} holds a role on {_counted(found)}{_cut(found, limit)}")
        if any(each.perhaps for each in found):
            note(options, PERHAPS)
        if off:
            note(options, f"switched off, or at their end: {listed(list(map(named, off)), MOST_NAMED)}")
        note(options, f"what follows from it: {typed(options, f'reach {_typed(engine, on, off)} --person')}")
    tell_unseen(options, unread, "they may hold more")


def _typed(engine: "Engine", on: "Sequence[Ref]", off: "Sequence[Ref]") -> str:
    """Return an account of a person as one types it."""
    from pipewarden.access.holding import account_name
    from pipewarden.model.ids import Kind

    accounts = [each for each in (*on, *off) if each.kind is Kind.ACCOUNT]
    at = engine.snapshot.ordinal(accounts[0])
    return str(accounts[0]) if at is None else account_name(engine.snapshot, at)


def _shown(found: "Sequence[Holding]", form: str, limit: int) -> "Sequence[Holding]":
    return found[:limit] if form == "table" else found


def _counted(found: "Sequence[Holding]") -> str:
    held = {each.resource for each in found if not each.waits}
    now, later = len(held), len({each.resource for each in found if each.waits} - held)
    more = f", and on {plural(later, 'more', 'more')} after an activation" if later else ""
    return f"{plural(now, 'resource') if now else 'nothing'}{more}"


def _cut(found: "Sequence[Holding]", limit: int) -> str:
    return f" (the first {limit} are shown; --limit shows more)" if len(found) > limit else ""


def _json(found: "Sequence[Holding]") -> dict[str, Any]:
    """Return what is held now, and what only after an activation."""
    return {
        "resources": [_row(each) for each in found if not each.once],
        "later": [{**_row(each), "once": list(each.once)} for each in found if each.once],
    }


def _row(each: "Holding") -> dict[str, Any]:
    return {
        "principal": str(each.principal),
        "resource": str(each.resource),
        "resource_name": each.resource_name,
        "level": each.level.word,
        "role": each.role,
        "capabilities": [c.value for c in each.capabilities],
        "by": list(each.by),
        "answer": each.answer.value,
        "perhaps_ended": each.perhaps or None,
        "note": each.note,
    }
