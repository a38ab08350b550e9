"""`pipewarden without gitlab:carol`: what would be lost with a whole account, key or token, and what other ways still give."""

from typing import TYPE_CHECKING, Any

from pipewarden.cli.apart import told_apart
from pipewarden.cli.context import Options
from pipewarden.cli.show import access_json, echo_json, echo_table, how_able, note, say, tell_unseen
from pipewarden.render.text import listed, plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipewarden.access.abilities import Ability
    from pipewarden.access.engine import Engine
    from pipewarden.access.removed import Kept, Removal
    from pipewarden.model.ids import Ref

LOST = "lost"
MOST_NAMED = 4
"""Tokens and accounts that a sentence or a cell names."""


def tell_removal(options: Options, engine: "Engine", named: "list[Ref]", limit: int, form: str) -> None:
    """Write what would be lost if some accounts, keys or tokens of one person were removed."""
    from pipewarden.access.removed import removal

    found = removal(engine, named)
    if form == "json":
        echo_json(_json(engine, found))
        return
    rows = [_row(engine, each) for each in (*found.lost, *found.still)]
    shown = rows[:limit] if form == "table" else rows
    if shown or form != "table":
        echo_table(("capability", "resource", "then", "by", "path"), shown, form, under=True)
    if form == "table":
        for sentence in _sentences(engine, found, named):
            say(sentence)
        if len(rows) > limit:
            note(options, f"the first {limit} of {plural(len(rows), 'row')} are shown; --limit shows more")
    tell_unseen(options, engine.unseen(), "there may be other ways still")


def _row(engine: "Engine", each: "Kept") -> tuple[str, ...]:
    """Return one thing: whether it would be lost, and by what it is held now; else by what it would be had still."""
    told = each.then or each.now
    witness = told.best.witness
    then = LOST if each.then is None else _still(each.then)
    by = "anybody" if told.anybody else listed(_named(engine, told), MOST_NAMED)
    words = engine.words(witness) if witness else ""
    return (each.now.capability.value, engine.name(each.now.resource), then, by, words)


def _still(then: "Ability") -> str:
    """Say how something would be had still: `still`, `still, with approval`, `perhaps still`, `unknown`."""
    how = how_able(then)
    if how == "unknown":
        return "perhaps still"
    maybe = how.startswith("perhaps ")
    how = how.removeprefix("perhaps ")
    return ("perhaps still" if maybe else "still") + ("" if how == "alone" else f", {how}")


def _named(engine: "Engine", told: "Ability") -> list[str]:
    names = [(_name(engine, access.principal), access.principal) for access in told.accesses]
    return list(dict.fromkeys(told_apart(engine, names).values()))


def _name(engine: "Engine", ref: "Ref") -> str:
    """Name an account with its system, as it is asked about."""
    from pipewarden.access.holding import account_name
    from pipewarden.model.ids import Kind

    at = engine.snapshot.ordinal(ref)
    return account_name(engine.snapshot, at) if at is not None and ref.kind is Kind.ACCOUNT else engine.name(ref)


def _sentences(engine: "Engine", found: "Removal", named: "list[Ref]") -> "Iterator[str]":
    """Yield in words what was supposed, how much of it would be lost, and what others would lose."""
    what = listed([_name(engine, ref) for ref in named], MOST_NAMED)
    tokens = [_name(engine, ref) for ref in found.removed if ref not in named]
    acting = f" and {listed(tokens, MOST_NAMED)}, which acts as it," if len(tokens) == 1 else ""
    acting = f" and what acts as it ({listed(tokens, MOST_NAMED)})" if len(tokens) > 1 else acting
    whose = f"{found.person.name} would lose" if found.person else "there would be lost"
    if not found.things:
        yield f"Removing {what}{acting} takes nothing away: nothing that was read is had by it."
    else:
        lost = plural(len(found.lost), "thing") if found.lost else "nothing"
        still = plural(len(found.still), "thing") if found.still else "nothing"
        yield f"Without {what}{acting} {whose} {lost}, and {still} would remain by other ways."
    others = found.others
    for each in others.changes[:MOST_NAMED]:
        who, where = engine.name(each.principal), engine.name(each.repository)
        yield f"{who} would have {each.after.word} on {where} and no more {each.before.word}."
    if len(others.changes) > MOST_NAMED:
        yield f"So would {plural(len(others.changes) - MOST_NAMED, 'other role')} of others change."
    yield from others.further(engine)


def _json(engine: "Engine", found: "Removal") -> dict[str, Any]:
    return {
        "removed": [{"id": str(ref), "name": engine.name(ref)} for ref in found.removed],
        "identity": str(found.person.key) if found.person else None,
        "identity_name": found.person.name if found.person else None,
        "lost": [_thing(engine, each.now) for each in found.lost],
        "still": [{**_thing(engine, each.then), "now": each.now.answer.value} for each in found.still if each.then],
        "others": found.others.as_json(engine),
        "not_read": list(engine.unseen()),
    }


def _thing(engine: "Engine", told: "Ability") -> dict[str, Any]:
    return {
        **access_json(engine, told.best),
        "by": [str(access.principal) for access in told.accesses],
        "answer": told.answer.value,
        "anybody": told.anybody,
        "perhaps_ended": told.perhaps[0] or None,
    }
