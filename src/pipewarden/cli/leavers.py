"""`pipewarden leavers`: who left, and what they can still do."""

import sys
from typing import TYPE_CHECKING, Any

import click

from pipewarden.cli.context import Options
from pipewarden.cli.questions import tell_other_things
from pipewarden.cli.show import (
    HOW_TO_READ,
    NOTHING_READ,
    PERHAPS,
    access_json,
    echo_json,
    echo_table,
    formats,
    how_able,
    note,
    opened,
    say,
    tell_unseen,
    typed,
)
from pipewarden.cli.who_can import person_json, tell_no_environment
from pipewarden.errors import ExitCode
from pipewarden.render.text import listed, plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipewarden.access.engine import Engine
    from pipewarden.access.holding import Holder
    from pipewarden.access.leavers import Leavers, Still
    from pipewarden.model.access import Capability
    from pipewarden.model.ids import Ref
    from pipewarden.model.people import Person

MOST = 3
"""Things and accounts that a cell names before it counts the rest."""
ALL = sys.maxsize
"""How many a cell of a file names: a file holds all, and only a table is short."""
EACH = ("on", "how", "by", "path")
SUMMED = ("can", "on", "by")
NOBODY_KNOWS = "It is not known who left: no identity provider and no roster that says so was read."
HOW_TO_KNOW = "add Okta, Entra ID or a roster of people to the configuration: `pipewarden init` shows how"


@click.command()
@click.argument("capability", required=False)
@click.argument("resource", required=False)
@click.option("--limit", default=200, show_default=True, help="How many rows a table shows; other formats show all.")
@formats
@click.pass_obj
def leavers(options: Options, capability: str | None, resource: str | None, *, limit: int, form: str) -> int:
    """Show who left the company, and what they can still do by accounts, keys and tokens that work.

    With a CAPABILITY, such as deploy, push or read_secret, each thing is told with the path; with a RESOURCE that alone.
    Who left is what an identity provider or a roster says; where neither was read, or rosters alone, the answer is that it is
    not known, and the command ends with 3. Of accounts that nothing joins to a person it is told that nobody knows.

    \b
    Examples:
      pipewarden --demo leavers
      pipewarden --demo leavers deploy
      pipewarden --demo leavers read_secret --format csv
      pipewarden --demo leavers push acme/web
    """
    from pipewarden.access import address

    engine = opened(options)
    verb = address.capability(capability) if capability else None
    named = address.resource(engine.snapshot, resource) if resource else None
    if named is not None and resource is not None:
        tell_other_things(options, engine, named, resource)
    return tell_left(options, engine, verb, named, form, limit)


def tell_left(
    options: Options, engine: "Engine", verb: "Capability | None", resource: "Ref | None", form: str, limit: int
) -> int:
    """Write who left and can still do something, or one thing; and of whom nobody says whether they left."""
    from pipewarden.access.leavers import Leavers
    from pipewarden.model.access import Capability

    known = Leavers(engine)
    wanted = (verb,) if verb else tuple(each for each in Capability if each is not Capability.READ)
    every = known.every(wanted, resource)
    found = [each for each in every if not each.anybody]
    common = [each for each in every if each.anybody]
    unsaid = known.nobody_says(wanted, resource) if known.told else []  # else of nobody
    if form == "json":
        echo_json(_json(engine, known, found, common, unsaid))
    elif form == "table":
        _page(options, engine, known, found, verb, limit)
        if unsaid:
            can = f"can {verb}" if verb else "can do something"
            note(options, f"nobody says whether these are here, and they {can}: {listed(_names(engine, unsaid), MOST)}")
        if verb and resource:
            tell_no_environment(options, engine, verb, resource)
        if common:
            things = len({(each.capability, each.resource) for each in common})
            ask = typed(options, "reach everyone")
            note(
                options,
                f"not told here: {things:,} that they can do as anybody can, with nothing of theirs; {ask} tells",
            )
    else:
        rows = [(each.person.name, left_on(each.person), *_row(engine, each, ALL)) for each in found] if verb else None
        summed = [(each[0].name, left_on(each[0]), *each[1:]) for each in _summed(engine, found, ALL)]
        echo_table(("who", "left on", *(EACH if verb else SUMMED)), rows if rows is not None else summed, form)
    if unread := lists_unread(engine):
        more = f"; and {len(unread) - MOST} more" if len(unread) > MOST else ""
        note(options, f"others may have left: {'; '.join(unread[:MOST])}{more}")
    tell_unseen(options, engine.unseen(resource), "they may be able to do more")
    if known.told and engine.snapshot.lists_alone:
        note(options, f"{NOTHING_READ}; {HOW_TO_READ}")
    return ExitCode.CLEAN if known.told and not engine.snapshot.lists_alone else ExitCode.INCOMPLETE


def lists_unread(engine: "Engine") -> list[str]:
    """Say what of the lists of people was not read: a row, or a column that is spelt nearly as one that is."""
    from pipewarden.model.facets_roster import RosterFacet

    gaps = engine.snapshot.gaps_in({RosterFacet.PEOPLE})
    return [f"{engine.name(gap.scope)}: {gap.detail}" for gap in gaps if gap.detail]


def _page(
    options: Options,
    engine: "Engine",
    known: "Leavers",
    found: "Sequence[Still]",
    verb: "Capability | None",
    limit: int,
) -> None:
    """Write a table for each person who left and can still do something."""
    if not known.told:
        say(NOBODY_KNOWS)
        note(options, HOW_TO_KNOW)
        return
    shown = 0
    for person in known.people:
        mine = [each for each in found if each.person.key == person.key][: limit - shown]
        if not mine:
            continue
        if shown:
            click.echo()
        say(f"{_left(person)}, and can still {verb} on:" if verb else f"{_left(person)}, and can still:")
        click.echo()
        if verb:
            echo_table(EACH, [_row(engine, each, MOST) for each in mine], "table", under=True)
        else:
            echo_table(SUMMED, [each[1:] for each in _summed(engine, mine, MOST)], "table")
        shown += len(mine)
    _sum_up(options, known, found, verb, more=len(found) > shown, limit=limit)


def _row(engine: "Engine", still: "Still", most: int) -> tuple[str, ...]:
    """Return one thing that somebody can still do, with the best path."""
    witness = still.best.witness
    words = engine.words(witness) if witness else ""
    return (engine.name(still.resource), how_able(still), _by(engine, [still], most), words)


def _summed(engine: "Engine", found: "Sequence[Still]", most: int) -> "list[tuple[Person, str, str, str]]":
    """Return a row for each person and capability: on what, and by which accounts and machines.

    Using a secret is told where it cannot be read; in a file everywhere.
    """
    from pipewarden.model.access import Capability

    read = {(each.person.key, each.resource) for each in found if each.capability is Capability.READ_SECRET}
    together: dict[tuple[Ref, Capability], list[Still]] = {}
    for each in found:
        if most == ALL or each.capability is not Capability.USE_SECRET or (each.person.key, each.resource) not in read:
            together.setdefault((each.person.key, each.capability), []).append(each)
    rows = []
    for (_, verb), stills in together.items():
        # an application and its service principal are called alike
        things = dict.fromkeys(engine.name(each.resource) + ("" if each.sure else " (perhaps)") for each in stills)
        rows.append((stills[0].person, verb.value, listed(list(things), most), _by(engine, stills, most)))
    return rows


def _by(engine: "Engine", stills: "Sequence[Still]", most: int) -> str:
    """Name the accounts and machines that give it, and which of them may work no more."""
    from pipewarden.access.holding import account_name
    from pipewarden.model.ids import Kind

    names = {}
    for still in stills:
        for access, perhaps in zip(still.accesses, still.perhaps, strict=True):
            ref = access.principal
            ordinal = engine.snapshot.ordinal(ref)
            account = ref.kind is Kind.ACCOUNT and ordinal is not None
            name = account_name(engine.snapshot, ordinal) if account and ordinal is not None else engine.name(ref)
            names[name] = name + (" (perhaps)" if perhaps else "")
    return listed(list(names.values()), most)


def _names(engine: "Engine", holders: "Sequence[Holder]") -> list[str]:
    from pipewarden.access.holding import account_name

    return [account_name(engine.snapshot, principal) for each in holders for principal in each.principals]


def _left(person: "Person") -> str:
    """Say that somebody left, since when, and who says so: `Carol left on 2026-03-03 (okta and roster say so)`."""
    day = left_on(person)
    by = list(dict.fromkeys(said.partition(" says ")[0] for said in person.left_says))
    who = f"{', '.join(by[:-1])} and {by[-1]} say so" if len(by) > 1 else f"{''.join(by)} says so"
    employed = ", ".join(dict.fromkeys(told.partition(" (")[0] for told in person.employment))
    return f"{person.name}{f', {employed},' if employed else ''} left{f' on {day}' if day else ''} ({who})"


def left_on(person: "Person") -> str:
    """Return the first day on which anybody says that somebody left; empty where nobody says a day."""
    return min((said.rpartition(" on ")[2] for said in person.left_says if " on " in said), default="")


def _sum_up(
    options: Options, known: "Leavers", found: "Sequence[Still]", verb: "Capability | None", *, more: bool, limit: int
) -> None:
    holding = {each.person.key for each in found}
    do = f"can still {verb}" if verb else "can still do something beyond reading"
    if known.snapshot.lists_alone:
        left = plural(len(known.people), "person", "people")
        say(f"It is not known what those who left can still do: {NOTHING_READ}. {left} left.")
        return
    if not found:
        say(f"Nobody who left {do}, as far as was read; {plural(len(known.people), 'person', 'people')} left.")
        return
    shown = f" (the first {limit} rows are shown; --limit shows more)" if more else ""
    note(options, f"{len(holding):,} of {plural(len(known.people), 'person', 'people')} who left {do}{shown}")
    if any(why for each in found for why in each.perhaps):
        note(options, PERHAPS)


def _json(
    engine: "Engine",
    known: "Leavers",
    found: "Sequence[Still]",
    common: "Sequence[Still]",
    unsaid: "Sequence[Holder]",
) -> dict[str, Any]:
    told: dict[Ref, list[dict[str, Any]]] = {person.key: [] for person in known.people}
    anybody: dict[Ref, list[dict[str, Any]]] = {person.key: [] for person in known.people}
    for each in common:
        what = {"resource": str(each.resource), "resource_name": engine.name(each.resource)}
        anybody[each.person.key].append({"capability": each.capability.value, **what, "answer": each.answer.value})
    for each in found:
        by = [
            {**access_json(engine, access), "perhaps_ended": why or None}
            for access, why in zip(each.accesses, each.perhaps, strict=True)
        ]
        told[each.person.key].append(
            {
                "capability": each.capability.value,
                "resource": str(each.resource),
                "resource_name": engine.name(each.resource),
                "answer": "yes" if each.sure else "unknown",
                "by": by,
            }
        )
    return {
        "known": known.told and not engine.snapshot.lists_alone,
        "left": [
            {
                **(person_json(person) or {}),
                "employment": list(person.employment),
                "says": list(person.left_says),
                "can": told[person.key],
                "as_anybody": anybody[person.key],
            }
            for person in known.people
        ],
        "nobody_says": [str(engine.snapshot.ref(each)) for holder in unsaid for each in holder.principals],
        "lists_not_read": lists_unread(engine),
        "not_read": [*([NOTHING_READ] if engine.snapshot.lists_alone else []), *engine.unseen()],
    }
