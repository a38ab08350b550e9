"""The questions that compare: what would change if some grants were gone, and what changed between two snapshots."""

import shutil
from typing import TYPE_CHECKING

import click

from pipewarden.cli.context import Options
from pipewarden.cli.show import echo_json, echo_table, formats, note, opened, say
from pipewarden.errors import UsageError
from pipewarden.render.text import plural

if TYPE_CHECKING:
    from pipewarden.access.engine import Engine
    from pipewarden.model.ids import Ref


@click.command()
@click.argument("grants", nargs=-1, required=True, metavar="WHO@WHAT...")
@formats
@click.pass_obj
def without(options: Options, grants: tuple[str, ...], *, form: str) -> None:
    """Show what would change if some grants were gone. Nothing is touched.

    WHO@WHAT is what ties somebody directly to something: a role on a resource (bob@acme/web), or a place in a
    team (bob@team:platform), in a vault's group or in a group of the identity provider. Told is whose role on a repository
    changes, and who reads a secret or deploys no more, by whatever path over systems.

    \b
    Examples:
      pipewarden --demo without bob@acme/web
      pipewarden --demo without bob@team:platform dave@acme/infra --format json
      pipewarden --demo without okta:bob@acme.example@group:release
    """
    from pipewarden.access.whatif import consequences, tied

    engine = opened(options)
    ties = [tied(engine, text) for text in grants]
    outcome = consequences(engine, ties)
    if form == "json":
        echo_json(outcome.as_json(engine))
        return
    rows = [(engine.name(c.principal), engine.name(c.repository), c.before.word, c.after.word) for c in outcome.changes]
    told = [
        (engine.name(each.principal), engine.name(each.resource), each.capability.value, "-") for each in outcome.lost
    ]
    if rows or form != "table":
        echo_table(("who", "resource", "now", "then"), rows if form == "table" else rows + told, form, options)
    if form == "table":
        for sentence in outcome.sentences(engine):
            say(sentence)


@click.command()
@click.argument("before", default="previous")
@click.argument("after", default="latest")
@click.option("--all", "everything", is_flag=True, help="Compare every repository, not only those a change touches.")
@formats
@click.pass_obj
def diff(options: Options, before: str, after: str, *, everything: bool, form: str) -> None:
    """Show what changed between two snapshots: effective access first, then settings, keys and gates.

    The table tells the same change over many repositories as one line, the widest first; the other formats hold each.
    A snapshot is named by the beginning of its id (`pipewarden snapshots` lists them), `latest` or `previous`: the one
    before the latest, of the same sources. Without any these two are compared.

    \b
    Examples:
      pipewarden --demo diff
      pipewarden diff previous --format csv
    """
    from pipewarden.access.changes import diff as compared

    if before == after:
        raise UsageError("both are the same snapshot", hint="`pipewarden snapshots` lists them.")
    old, new = opened(options, before), opened(options, after)
    changes = compared(old, new, everything=everything)
    if form == "json":
        echo_json(
            {
                "repositories_compared": changes.repositories,
                "access": [
                    {
                        "principal": str(c.principal),
                        "name": _either(new, old, c.principal),
                        "repository": str(c.repository),
                        "repository_name": _either(new, old, c.repository),
                        "before": c.before.word,
                        "after": c.after.word,
                    }
                    for c in changes.access
                ],
                "entities": [
                    {
                        "what": e.what,
                        "ref": str(e.ref),
                        "name": e.name,
                        "field": e.field,
                        "before": e.before,
                        "after": e.after,
                    }
                    for e in changes.entities
                ],
            }
        )
        return
    if form == "table":
        from pipewarden.reports.changes import write

        columns = shutil.get_terminal_size((120, 24)).columns
        click.echo(write(changes, lambda ref: _either(new, old, ref), columns), nl=False)
        note(
            options,
            f"{plural(len(changes.access), 'change')} of effective access in "
            f"{plural(changes.repositories, 'repository', 'repositories')} compared, "
            f"{plural(len(changes.entities), 'other change')}; --format csv holds every one on a row of its own",
        )
        return
    rows = [
        ("access", _either(new, old, c.principal), _either(new, old, c.repository), c.before.word, c.after.word)
        for c in changes.access
    ]
    rows += [(e.what, f"{e.ref.kind} {e.name}", e.field, e.before, e.after) for e in changes.entities]
    echo_table(("what", "who or which", "on", "before", "after"), rows, form, options)


def _either(first: "Engine", second: "Engine", ref: "Ref") -> str:
    return first.name(ref) if first.snapshot.ordinal(ref) is not None else second.name(ref)
