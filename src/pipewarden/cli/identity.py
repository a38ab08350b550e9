"""`pipewarden identity`: one person over all systems, and what would remain if they left today."""

import json
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import click

from pipewarden.cli.apart import told_apart
from pipewarden.cli.context import Options
from pipewarden.cli.limits import left_out, row_limit
from pipewarden.cli.near import refuse_machine
from pipewarden.cli.progress import doing
from pipewarden.cli.show import HOW_TO_READ, NOTHING_READ, echo_json, echo_table, formats, note, opened, say
from pipewarden.errors import ExitCode, UnknownName, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipewarden.access.abilities import Ability
    from pipewarden.access.dormancy import Dormancy
    from pipewarden.access.engine import Engine
    from pipewarden.access.owned_machines import Answering
    from pipewarden.access.standing import Standing
    from pipewarden.access.standing_later import HeldLater
    from pipewarden.access.standing_reach import Reaches
    from pipewarden.model.ids import Ref
    from pipewarden.model.people import People, Person

MOST_OWNED = 12
"""Lines of machines that somebody owns which a table shows."""
MOST_HELD = 6
"""Things that a table shows for each account; other formats show all."""
MOST_VERBS = 3
"""Capabilities that the sentence about what would remain names."""
TOLD = ("administer", "assume_role", "read_secret", "deploy", "manage_access", "manage_secret", "edit_pipeline", "push")
UNDERSTOOD = ("administer", "read_secret", "deploy", "push", "manage_access", "assume_role")
"""What says of itself what somebody can do, in the sentence about what would remain."""


@click.command()
@click.argument("name", required=False)
@row_limit
@formats
@click.pass_obj
def identity(options: Options, *, name: str | None, limit: int, form: str) -> int:
    """Show one person with all their accounts and machines, what they reach, and what would outlive them.

    NAME is an address, a name, a login, or an id. Without it all people are listed. Accounts are joined by what systems
    link, by external ids, by verified addresses and by rosters; never by a guess of names. Where rosters alone were read it is
    not known what they can do, and the command ends with 3.

    \b
    Examples:
      pipewarden --demo identity carol
      pipewarden --demo identity carol@acme.example --format json
      pipewarden --demo identity
    """
    from pipewarden.access.owned_machines import answering
    from pipewarden.access.standing import seen, standings
    from pipewarden.access.standing_later import held_later
    from pipewarden.access.standing_reach import reaches, together
    from pipewarden.model.limits import LIMITS

    engine = opened(options)
    if name is None:
        _all(options, engine, engine.graph.follows.people, form, limit)
        return ExitCode.CLEAN
    person = _found(options, engine, name)
    engine.remembered = {}
    held = standings(engine, person)
    later = {each.ref: held_later(engine, each.ref) for each in held if each.active is not False}
    dormancy = seen(engine, held, LIMITS.member_stale_days)
    apart = list(_apart(engine, person))
    reached = {}
    for number, each in enumerate(held, 1):
        doing(options, f"what {each.system} {each.name} reaches: {number} of {len(held)}", engine.snapshot)
        reached[each.ref] = reaches(engine, each)
    left = _remaining(person, held, reached)
    owns = answering(engine, person)
    whole, rest = together(engine, reached.values()), together(engine, (reached[each.ref] for each in left))
    if form == "json":
        told = {**_json(person, held), "seen": _seen(dormancy), "groups_differ": apart, "owns": list(map(_owns, owns))}
        for row, each in zip(told["standings"], held, strict=True):
            row["reaches"] = _reached(reached[each.ref])
            row["later"] = [_later(found) for found in later.get(each.ref, ())]
        remains = {"standings": [str(each.ref) for each in left], "reaches": _reached(rest)}
        known = not engine.snapshot.lists_alone
        echo_json({**told, "known": known, "reaches": _reached(whole), "remains": remains})
    elif form == "table":
        _page(person, held, _headings(engine, held), dormancy, apart, later, reached, whole.said())
        _answers_for(owns)
        _remains(person, left, rest.said(), lists_alone=engine.snapshot.lists_alone)
    else:
        rows = [
            (s.system.value, s.kind.value, s.name, s.mfa, s.last_used, h.place, ", ".join(map(h.said, h.capabilities)))
            for s in held
            for h in s.held
        ]
        echo_table(("system", "kind", "name", "mfa", "last used", "on", "can"), rows, form)
    for doubt in engine.graph.follows.persons.doubts:
        if set(doubt.people) & {person.key, *person.identities, *(each.account for each in person.accounts)}:
            note(options, f"not joined: {doubt.says}")
    if engine.snapshot.lists_alone:
        note(options, f"{NOTHING_READ}; {HOW_TO_READ}")
        return ExitCode.INCOMPLETE
    return ExitCode.CLEAN


def _found(options: Options, engine: "Engine", name: str) -> "Person":
    """Return the person who is meant. Raises UnknownName with near names, UsageError where several fit."""
    from pipewarden.access.called import called, names_of_people

    found = called(engine, name)
    if not found:
        refuse_machine(options, engine, name)
        near = get_close_matches(name.strip().lower(), list(names_of_people(engine)), 3, 0.6)
        hint = f"Did you mean {' or '.join(near)}?" if near else "`pipewarden identity` lists everybody."
        raise UnknownName(f"there is nobody called {name} in this snapshot", hint=hint)
    if len(found) > 1:
        keys = ", ".join(str(person.key) for person in found[:5])
        raise UsageError(f"{name} may be {len(found)} people", hint=f"Say which by an address or an id: {keys}.")
    return found[0]


def _all(options: Options, engine: "Engine", known: "People", form: str, limit: int) -> None:
    from pipewarden.access.holding import account_name
    from pipewarden.render.text import plural

    rows = []
    for person in known.people[:limit] if form == "table" else known.people:
        accounts = [
            f"{account_name(engine.snapshot, ordinal)} ({joined.how.value})"
            for joined in person.accounts
            if (ordinal := engine.snapshot.ordinal(joined.account)) is not None
        ]
        state = {True: "here", False: "left", None: "unknown"}[person.active]
        employed = ", ".join(dict.fromkeys(told.partition(" (")[0] for told in person.employment))
        rows.append((person.name, state, employed, ", ".join(person.emails), ", ".join(accounts), str(person.key)))
    if form == "json":
        told = [
            dict(zip(("name", "state", "employment", "emails", "accounts", "id"), row, strict=True)) for row in rows
        ]
        echo_json({"people": told, "not_joined": [doubt.says for doubt in known.doubts]})
        return
    if form == "table":
        echo_table(
            ("name", "state", "employment", "addresses", "accounts"), [row[:5] for row in rows], form, under=True
        )
        if more := left_out(len(known.people), limit):
            note(options, f"{plural(len(known.people), 'person', 'people')}{more}")
    else:
        echo_table(("name", "state", "employment", "addresses", "accounts", "id"), rows, form)
    for doubt in known.doubts:
        note(options, f"not joined: {doubt.says}")


def _apart(engine: "Engine", person: "Person") -> "Iterator[str]":
    """Yield where a person's place in a group and in the group of the identity provider that it follows differ."""
    from pipewarden.access.mirrored import drift

    mine = {joined.account for joined in person.accounts}
    for outer in engine.graph.follows.by_outer:
        for each in drift(engine.graph, outer):
            if engine.snapshot.ref(each.account) in mine:
                group, inner = (engine.name(engine.snapshot.ref(o)) for o in (each.outer, each.inner))
                is_in, not_in = (group, inner) if each.extra else (inner, group)
                yield f"{engine.name(engine.snapshot.ref(each.account))} is in {is_in} and not in {not_in}; {group} follows {inner}"


def _seen(dormancy: "Dormancy") -> dict[str, Any]:
    last = dormancy.last
    return {
        "dormant": dormancy.dormant.value,
        "days": dormancy.days,
        "last_seen": last.at.isoformat() if last and last.at else None,
        "last_seen_in": str(last.ref) if last else None,
        "says": dormancy.sentence,
        "not_counted": [str(each.ref) for each in dormancy.uncounted],
    }


def _later(found: "HeldLater") -> dict[str, Any]:
    return {
        "resource": str(found.resource),
        "resource_name": found.resource_name,
        "capabilities": [c.value for c in found.capabilities],
        "by": list(found.by),
        "once": list(found.once),
        "answer": "yes" if found.sure else "unknown",
    }


def _reached(found: "Reaches") -> dict[str, Any]:
    """Return how much is reached, and what weighs most one by one."""
    from pipewarden.access.standing_reach import MOST_KEPT

    return {
        "counts": {capability.value: len(places) for capability, places in found.counted().items()},
        "certain": _counts(found, lambda each: each.sure),
        "as_anybody": _counts(found, lambda each: each.anybody),
        "things": [
            {
                "capability": each.capability.value,
                "resource": str(each.resource),
                "resource_name": name,
                "answer": each.answer.value,
                "by": str(each.best.principal),
                "alone": each.alone,
                "after_activation": each.waits,
                "anybody": each.anybody,
                "perhaps_ended": each.perhaps[0] or None,
            }
            for each, name in list(zip(found.things, found.names, strict=True))[:MOST_KEPT]
        ],
        "more_things": max(len(found.things) - MOST_KEPT, 0),
        "not_all_looked_into": found.cut,
    }


def _counts(found: "Reaches", fits: "Callable[[Ability], bool]") -> dict[str, int]:
    """Return of how many of the things that are counted something is so."""
    return {
        capability.value: sum(fits(found.things[each]) for each in places)
        for capability, places in found.counted().items()
    }


def _remaining(person: "Person", held: "list[Standing]", reached: "dict[Ref, Reaches]") -> "list[Standing]":
    """Return what would outlive the end of somebody at the identity provider.

    What should have ended with it, and was read after somebody left, did not end.
    """
    gone = person.active is False
    return [
        each
        for each in held
        if (each.held or reached[each.ref].things) and each.active is not False and (gone or each.ends is not True)
    ]


def _headings(engine: "Engine", held: "list[Standing]") -> "dict[Ref, str]":
    """Return what to call each thing of somebody above what it holds: two keys of one title by their repositories."""
    texts = {each.ref: f"{each.system.value} {each.kind.word} {each.name}" for each in held}
    named = told_apart(engine, ((text, ref) for ref, text in texts.items()))
    return {
        each.ref: told
        if (told := named[texts[each.ref], each.ref]).startswith(each.system.value)
        else f"{each.system.value} {told}"
        for each in held
    }


def _page(
    person: "Person",
    held: "list[Standing]",
    headings: "dict[Ref, str]",
    dormancy: "Dormancy",
    apart: list[str],
    later: "dict[Ref, tuple[HeldLater, ...]]",
    reached: "dict[Ref, Reaches]",
    whole: str,
) -> None:
    state = {True: "is here", False: "left", None: "is in no list of who is here"}[person.active]
    said = f" ({'; '.join(person.left_says)})" if person.left_says else ""
    say(f"{person.name} {state}{said}")
    if person.employment:
        say(f"employed as: {', '.join(person.employment)}", "  ")
    if person.emails:
        say(f"addresses: {', '.join(person.emails)}", "  ")
    say(dormancy.sentence, "  ")
    for text in apart:
        say(text, "  ")
    if whole:
        say(f"reaches over all systems: {whole}", "  ")
    for each in held:
        how = f"; {each.joined.says}" if each.joined else ""
        off = "; switched off" if each.active is False else ""
        click.echo()
        say(f"{headings[each.ref]}{off}")
        say(f"second factor {_factor(each)}", "  ", dim=True)
        when = each.last_used if each.used.at is None else f"{each.last_used} ({each.used.says})"
        say(f"last used {when}{how}", "  ", dim=True)
        for thing in each.held[:MOST_HELD]:
            shown = [c for c in thing.capabilities if c.value in TOLD] or list(thing.capabilities[:1])
            maybe = "" if thing.sure else " perhaps"
            verbs = ", ".join(thing.said(c) if thing.sure else c.value for c in shown)
            say(f"{verbs}{maybe} on {thing.place} ({thing.by[0]})", "    ")
        if len(each.held) > MOST_HELD:
            say(f"and {len(each.held) - MOST_HELD:,} more", "    ", dim=True)
        for found in later.get(each.ref, ())[:MOST_HELD]:
            told = [c for c in TOLD if c in found.capabilities] or [c.value for c in found.capabilities[:1]]
            say(f"{', '.join(told)} on {found.resource_name} ({found.by[0]}), once {' and '.join(found.once)}", "    ")
        if sentence := reached[each.ref].said(1):
            say(f"reaches: {sentence}", "    ")


def _answers_for(owns: "list[Answering]") -> None:
    """Say which machines somebody owns, and by what that is known; jobs of one repository together."""
    if not owns:
        return
    from pipewarden.render.text import plural

    click.echo()
    say(f"owns {plural(sum(len(each.machines) for each in owns), 'machine')}:")
    for each in owns[:MOST_OWNED]:
        first = each.machines[0]
        what = f"{each.system.value} {first.ref.kind.word} {first.name}" + (f" of {each.place}" if each.is_key else "")
        if len(each.machines) > 1:
            what = f"{each.system.value} {plural(len(each.machines), first.ref.kind.word)} of {each.place}"
        through = f", through {each.through}" if each.through else ""
        say(f"{what}: {each.says}{through}", "  ")
    if len(owns) > MOST_OWNED:
        say(f"and {len(owns) - MOST_OWNED:,} more", "  ", dim=True)


def _owns(each: "Answering") -> dict[str, Any]:
    return {
        "machines": [{"id": str(machine.ref), "name": machine.name} for machine in each.machines],
        "kind": each.machines[0].ref.kind.value,
        "system": each.system.value,
        "ground": each.ground.value,
        "says": each.says,
        "through": each.through,
    }


def _remains(person: "Person", remains: "list[Standing]", rest: str, *, lists_alone: bool) -> None:
    """Say what would outlive the end of somebody at the identity provider, and how far that gets."""
    click.echo()
    if lists_alone:
        what = "They left; what remains is not known" if person.active is False else "What they can do is not known"
        say(f"{what}: {NOTHING_READ}.")
        return
    if not remains:
        say(
            "If they left today, nothing would remain that was read."
            if person.active is not False
            else "They left; nothing remains that was read."
        )
        return
    say(
        "If they left today and only the identity provider were told, this would remain:"
        if person.active is not False
        else "They left; this remains:"
    )
    for each in remains:
        sure = " perhaps" if each.ends is None else ""
        why = "the identity provider should have ended it" if each.ends else each.ends_says
        say(f"{each.system.value} {each.name}{sure}: {_most(each)}; {why}", "  ")
    if rest:
        still = "with it they still reach" if person.active is False else "with all of it they could still reach"
        say(f"{still}: {rest}", "  ")


def _most(each: "Standing") -> str:
    """Say the weightiest that is held; of what holds nothing by itself, that it gets somewhere by what is theirs."""
    if not each.held:
        return "nothing by itself, what it reaches is by keys and trusts"
    most = each.held[0]
    more = f" and {len(each.held) - 1:,} more" if len(each.held) > 1 else ""
    verbs: list[str] = [c.value for c in most.capabilities if c.value in UNDERSTOOD] or [most.capabilities[0].value]
    return f"{_and(verbs[:MOST_VERBS])} on {most.place}{more}"


def _and(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _factor(each: "Standing") -> str:
    """Say what is enrolled, whether a sign-in must show it, and by which policy."""
    if each.factor is None:
        return each.mfa
    methods = f" ({each.factor.methods})" if each.factor.methods else ""
    asked = {"yes": "required", "no": "not required", "unknown": "not known whether required"}[
        each.factor.required.value
    ]
    local = "; it signs in beside the identity provider" if each.factor.local else ""
    return f"{each.mfa}{methods}, {asked}" + (f": {'; '.join(each.factor.by)}" if each.factor.by else "") + local


def _json(person: "Person", held: "list[Standing]") -> dict[str, Any]:
    import msgspec

    told: dict[str, Any] = json.loads(msgspec.json.encode(person, enc_hook=str))
    told["standings"] = [
        {
            "id": str(each.ref),
            "name": each.name,
            "system": each.system.value,
            "kind": each.kind.value,
            "joined_by": each.joined.how.value if each.joined else "owner",
            "joined_says": each.joined.says if each.joined else "",
            "mfa": each.mfa,
            "second_factor": None
            if each.factor is None
            else {
                "enrolled": each.factor.enrolled,
                "methods": each.factor.methods,
                "required": each.factor.required.value,
                "by": list(each.factor.by),
                "inherited_from": str(each.factor.inherited) if each.factor.inherited else None,
                "local": each.factor.local,
            },
            "last_used": each.last_used,
            "last_used_says": each.used.says,
            "active": each.active,
            "ends_with_identity_provider": each.ends,
            "ends_says": each.ends_says,
            "held": [
                {
                    "resource": str(h.resource),
                    "resource_name": h.resource_name,
                    "capabilities": [c.value for c in h.capabilities],
                    "how": {c.value: how for c, how in h.how.items()},
                    "inside": h.inside,
                    "by": list(h.by),
                    "answer": "yes" if h.sure else "unknown",
                }
                for h in each.held
            ],
        }
        for each in held
    ]
    return told
