"""`pipewarden identity`: one person over all systems, and what would remain if they left today."""

import json
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import click

from pipewarden.cli.context import Options
from pipewarden.cli.show import FORMATS, echo_json, echo_table, note, opened, say
from pipewarden.errors import UnknownName, UsageError

if TYPE_CHECKING:
    from pipewarden.access.engine import Engine
    from pipewarden.access.standing import Standing
    from pipewarden.model.people import People, Person

MOST_HELD = 6
"""Things that a table shows for each account; other formats show all."""
TOLD = ("administer", "assume_role", "read_secret", "deploy", "manage_access", "manage_secret", "edit_pipeline", "push")


@click.command()
@click.argument("name", required=False)
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="table", show_default=True, help="How to write the answer."
)
@click.pass_obj
def identity(options: Options, *, name: str | None, form: str) -> None:
    """Show one person with all their accounts and machines, what they reach, and what would outlive them.

    NAME is an address, a name, a login, or an id. Without it all people are listed. Accounts are joined by what systems
    link, by external ids, by verified addresses and by rosters; never by a guess of names.

    \b
    Examples:
      pipewarden --demo identity carol
      pipewarden --demo identity carol@acme.example --format json
      pipewarden --demo identity
    """
    from pipewarden.access.people import people
    from pipewarden.access.standing import standings

    engine = opened(options)
    known = people(engine.snapshot)
    if name is None:
        _all(options, engine, known, form)
        return
    person = _found(engine, known, name)
    held = standings(engine, person)
    if form == "json":
        echo_json(_json(person, held))
    elif form == "table":
        _page(person, held)
    else:
        rows = [
            (s.system.value, s.kind.value, s.name, s.mfa, s.last_used, h.resource_name, ", ".join(h.capabilities))
            for s in held
            for h in s.held
        ]
        echo_table(("system", "kind", "name", "mfa", "last used", "on", "can"), rows, form, options)
    for doubt in known.doubts:
        if set(doubt.people) & {person.key, *person.identities, *(each.account for each in person.accounts)}:
            note(options, f"not joined: {doubt.says}")


def _found(engine: "Engine", known: "People", name: str) -> "Person":
    """Return the person who is meant. Raises UnknownName with near names, UsageError where several fit."""
    wanted = name.strip().lower()
    word, _, login = wanted.partition(":")
    names: dict[str, list[Person]] = {}
    for person in known.people:
        words = {str(person.key).lower(), person.name.lower(), *person.emails}
        words |= {address.partition("@")[0] for address in person.emails}
        for joined in person.accounts:
            words |= {
                engine.snapshot.name_of(o).lower() for o in [engine.snapshot.ordinal(joined.account)] if o is not None
            }
            words.add(str(joined.account).lower())
        for each in words:
            names.setdefault(each, []).append(person)
    found = names.get(wanted) or (
        names.get(login) if word in {"github", "gitlab", "okta", "entra", "jenkins", "vault"} else None
    )
    if not found:
        near = get_close_matches(wanted, list(names), 3, 0.6)
        hint = f"Did you mean {' or '.join(near)}?" if near else "`pipewarden identity` lists everybody."
        raise UnknownName(f"there is nobody called {name} in this snapshot", hint=hint)
    if len(found) > 1:
        keys = ", ".join(str(person.key) for person in found[:5])
        raise UsageError(f"{name} may be {len(found)} people", hint=f"Say which by an address or an id: {keys}.")
    return found[0]


def _all(options: Options, engine: "Engine", known: "People", form: str) -> None:
    rows = []
    for person in known.people:
        accounts = [f"{engine.name(joined.account)} ({joined.how.value})" for joined in person.accounts]
        state = {True: "here", False: "left", None: "unknown"}[person.active]
        rows.append((person.name, state, ", ".join(person.emails), ", ".join(accounts), str(person.key)))
    if form == "json":
        told = [dict(zip(("name", "state", "emails", "accounts", "id"), row, strict=True)) for row in rows]
        echo_json({"people": told, "not_joined": [doubt.says for doubt in known.doubts]})
        return
    echo_table(("name", "state", "addresses", "accounts", "id"), rows, form, options)
    for doubt in known.doubts:
        note(options, f"not joined: {doubt.says}")


def _page(person: "Person", held: "list[Standing]") -> None:
    state = {True: "is here", False: "left", None: "is in no list of who is here"}[person.active]
    said = f" ({'; '.join(person.left_says)})" if person.left_says else ""
    say(f"{person.name} {state}{said}")
    if person.emails:
        say(f"addresses: {', '.join(person.emails)}", "  ")
    for each in held:
        how = f"; {each.joined.says}" if each.joined else ""
        off = "; switched off" if each.active is False else ""
        what = each.kind.value.replace("_", " ")
        click.echo()
        say(f"{each.system.value} {what} {each.name}{off}")
        say(f"second factor {each.mfa}, last used {each.last_used}{how}", "  ", dim=True)
        for thing in each.held[:MOST_HELD]:
            told = [c for c in TOLD if c in thing.capabilities] or [c.value for c in thing.capabilities[:1]]
            maybe = "" if thing.sure else " perhaps"
            say(f"{', '.join(told)}{maybe} on {thing.resource_name} ({thing.by[0]})", "    ")
        if len(each.held) > MOST_HELD:
            say(f"and {len(each.held) - MOST_HELD:,} more", "    ", dim=True)
    remains = [each for each in held if each.ends is not True and each.held]
    click.echo()
    if not remains:
        say("If they left today, nothing would remain that was read.")
        return
    say(
        "If they left today and only the identity provider were told, this would remain:"
        if person.active is not False
        else "They left; this remains:"
    )
    for each in remains:
        most = each.held[0]
        sure = "" if each.ends is False else " perhaps"
        say(
            f"{each.system.value} {each.name}{sure}: {most.capabilities[0].value} on {most.resource_name}"
            + (f" and {len(each.held) - 1:,} more" if len(each.held) > 1 else "")
            + f"; {each.ends_says}",
            "  ",
        )


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
            "last_used": each.last_used,
            "active": each.active,
            "ends_with_identity_provider": each.ends,
            "ends_says": each.ends_says,
            "held": [
                {
                    "resource": str(h.resource),
                    "resource_name": h.resource_name,
                    "capabilities": [c.value for c in h.capabilities],
                    "by": list(h.by),
                    "answer": "yes" if h.sure else "unknown",
                }
                for h in each.held
            ],
        }
        for each in held
    ]
    return told
