"""`pipewarden reach`: how far somebody gets, over several steps, by one account or by all that is a person's."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipewarden.cli.apart import told_apart
from pipewarden.cli.context import Options
from pipewarden.cli.job_questions import CIRCLES
from pipewarden.cli.job_questions import inside as inside_option
from pipewarden.cli.nothing_read import tells_none_read
from pipewarden.cli.questions import MOST_NAMED, tell_namesakes
from pipewarden.cli.show import (
    PERHAPS,
    access_json,
    echo_json,
    echo_table,
    formats,
    how_able,
    how_held,
    note,
    opened,
    tell_unseen,
    typed,
)
from pipewarden.errors import UsageError
from pipewarden.render.text import listed, plural

if TYPE_CHECKING:
    from pipewarden.access.abilities import Ability
    from pipewarden.access.engine import Engine
    from pipewarden.access.job_answers import StartedReach
    from pipewarden.model.ids import Ref


@click.command()
@click.argument("principal")
@click.option("--person", is_flag=True, help="By all accounts, keys and tokens of the person whose account it is.")
@click.option("--limit", default=100, show_default=True, help="How many lines a table shows; other formats show all.")
@inside_option
@formats
@click.pass_obj
def reach(options: Options, principal: str, *, person: bool, limit: int, inside: str | None, form: str) -> None:
    """Show how far a PRINCIPAL gets over several steps: roles, pipelines, environments, secrets, cloud roles.

    `everyone` asks for somebody without any account in the organization, also by starting pipelines. `fork`, `outsider`,
    `developer` and `bot` ask what somebody gets to by starting pipelines alone: by a change from a fork, by that or an issue
    or comment, by writing, or as a bot that proposes updates.

    \b
    Examples:
      pipewarden --demo reach dave
      pipewarden --demo reach carol --person
      pipewarden --demo reach everyone
      pipewarden --demo reach app:deploybot --format json
      pipewarden --demo reach outsider
      pipewarden reach fork --in .
    """
    from pipewarden.access import address
    from pipewarden.access.github.rulings import PROPOSES
    from pipewarden.access.reach import reach as reached
    from pipewarden.cli.job_questions import in_short

    engine = opened(options, inside=Path(inside) if inside is not None else None)
    if principal in CIRCLES:
        from pipewarden.access.job_answers import holds_nothing
        from pipewarden.cli.job_questions import REACH_NAMES, tell_reach

        nothing = {"from": principal, "reached": [], "open_ends": []}
        if (
            inside is not None
            and holds_nothing(engine.snapshot)
            and tells_none_read(
                options,
                engine.snapshot,
                Path(inside),
                f"reach {principal} --in",
                form,
                names=REACH_NAMES,
                empty=nothing,
            )
        ):
            return
        tell_reach(options, engine, principal, form, limit)
        return
    who = address.principal(engine.snapshot, principal)
    if person:
        _reach_of_person(options, engine, who, form, limit)
        return
    tell_namesakes(options, engine, who, principal)
    found = reached(engine, who)
    started = _by_pipelines(engine, who)
    if form == "json":
        reached_json = [{"steps": each.steps, **access_json(engine, each.access)} for each in found]
        asked = {"principal": str(who), "principal_name": engine.name(who)}
        told = {} if started is None else {"started": [each.as_json() for each in started]}
        echo_json({**asked, "reached": reached_json, **told, "not_read": list(engine.unseen())})
        return
    short = in_short if form == "table" else str
    rows = [
        (e.capability, f"{e.repository}: {short(e.what)}", e.how, e.path) for e in started or () if not e.only_reads
    ]
    for each in found:
        witness = each.access.witness
        # what anybody's own code reads in a pipeline is told by that pipeline's jobs
        if witness is not None and not (started and witness.links[0].says == PROPOSES):
            how = how_held(each.access, witness, len(each.access.paths) - 1)
            rows.append((each.access.capability.value, engine.name(each.access.resource), how, engine.words(witness)))
    echo_table(
        ("capability", "resource", "how", "shortest path"), rows[: limit if form == "table" else None], form, under=True
    )
    if form == "table":
        more = f" (the first {limit} are shown; --limit shows more)" if len(rows) > limit else ""
        note(options, f"{engine.name(who)} reaches {plural(len(rows), 'thing') if rows else 'nothing'}{more}")
        if any(each.only_reads for each in started or ()):
            note(options, f"what they only start, with no more than reading: {typed(options, 'reach outsider')}")
    tell_unseen(options, engine.unseen(), "they may reach more")


def _by_pipelines(engine: "Engine", who: "Ref") -> "list[StartedReach] | None":
    """Return what anybody gets to by starting pipelines, in the words of `reach outsider`; None where somebody else is asked about."""
    from pipewarden.access.job_answers import started_by_anybody

    ordinal = engine.snapshot.ordinal(who)
    if ordinal is None or ordinal not in engine.graph.everyone.values():
        return None
    return started_by_anybody(engine.snapshot, who.instance)


def _reach_of_person(options: Options, engine: "Engine", who: "Ref", form: str, limit: int) -> None:
    """Write how far a person gets by all that is theirs, each thing once."""
    from pipewarden.access.abilities import abilities
    from pipewarden.access.holding import account_name
    from pipewarden.model.ids import Kind

    ordinal = engine.snapshot.ordinal(who)
    found = None if ordinal is None else engine.graph.follows.persons.get(ordinal)
    if found is None:
        raise UsageError(f"{engine.name(who)} is no account of a person", hint="`pipewarden identity` lists everybody.")
    every = abilities(engine, found)

    def named(ref: "Ref") -> str:
        at = engine.snapshot.ordinal(ref)
        return engine.name(ref) if at is None or ref.kind is not Kind.ACCOUNT else account_name(engine.snapshot, at)

    if form == "json":
        accounts = [str(joined.account) for joined in found.accounts]
        asked = {"identity": str(found.key), "identity_name": found.name, "principals": accounts}
        echo_json({**asked, "reached": [_told(engine, each) for each in every], "not_read": list(engine.unseen())})
        return
    rows = []
    called = told_apart(engine, ((named(access.principal), access.principal) for e in every for access in e.accesses))
    for each in every[: limit if form == "table" else None]:
        if (witness := each.best.witness) is not None:
            by = [called[named(access.principal), access.principal] for access in each.accesses]
            whose = "anybody" if each.anybody else listed(by, MOST_NAMED)
            way = (how_able(each), whose, engine.words(witness))
            rows.append((each.capability.value, engine.name(each.resource), *way))
    echo_table(("capability", "resource", "how", "by", "shortest path"), rows, form, under=True)
    if form == "table":
        more = f" (the first {limit} are shown; --limit shows more)" if len(every) > limit else ""
        common = sum(each.anybody for each in every)
        more = f", {common:,} of them as anybody does{more}" if common else more
        note(options, f"{found.name} reaches {plural(len(every), 'thing') if every else 'nothing'}{more}")
        if any(why for each in every for why in each.perhaps):
            note(options, PERHAPS)
    tell_unseen(options, engine.unseen(), "they may reach more")


def _told(engine: "Engine", each: "Ability") -> dict[str, object]:
    """Return one thing that a person reaches as JSON: by the best account, and by which of theirs."""
    return {
        **access_json(engine, each.best),
        "steps": each.steps,
        "by": [str(access.principal) for access in each.accesses],
        "anybody": each.anybody,
        "answer": each.answer.value,
        "perhaps_ended": each.perhaps[0] or None,
    }
