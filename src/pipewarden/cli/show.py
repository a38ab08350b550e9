"""How commands open a snapshot and write an answer: tables, JSON, CSV, Markdown; notes go to stderr."""

import pathlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from pipewarden.cli.context import Options
from pipewarden.cli.progress import at_work, doing
from pipewarden.cli.screen import columns, lines, tell, wipe
from pipewarden.errors import UsageError

if TYPE_CHECKING:
    from pipewarden.access.abilities import Ability
    from pipewarden.access.engine import Engine
    from pipewarden.model.access import Access, Path
    from pipewarden.model.snapshot import Snapshot
    from pipewarden.store import Store

MOST_TOLD = 4
"""How many things that were not read are named before the rest is counted."""

FORMATS = ("table", "json", "csv", "markdown")
formats = click.option(
    "--format", "form", type=click.Choice(FORMATS), default="table", show_default=True, help="How to write the answer."
)
"""The option of a command that writes its answer in any of them."""


def typed(options: Options, words: str) -> str:
    """Return a command as one types it to ask the same state: `pipewarden --demo reach fork`."""
    return f"`pipewarden {'--demo ' if options.demo else ''}{words}`"


def state(options: Options, *, create: bool = False) -> "Store":
    """Open the store: the one that was named or configured, or the demo's; make one only where `create`.

    Raises NoStore or StoreError.
    """
    if options.demo:
        from pipewarden.demo.stage import demo_store

        return demo_store(
            None if options.quiet else lambda text: note(options, text), lambda text: at_work(options, text)
        )
    from pipewarden.settings import open_store

    return open_store(options.config, options.store, create=create)


def snapshot_of(options: Options, which: str | None = None) -> "Snapshot":
    """Load the snapshot that questions are asked of: the newest, or the one named before the command.

    With --demo the estate acme is started and collected once, and kept. Raises StoreError where there is none yet.
    """
    with state(options) as store:
        return store.load_snapshot(which or options.snapshot)


def opened(
    options: Options, which: str | None = None, *, inside: pathlib.Path | None = None, cache: bool = True
) -> "Engine":
    """Load a snapshot into an engine; `inside` a checkout, what its files say, which needs neither store nor token."""
    from pipewarden.access.engine import Engine

    if inside is not None:
        refuse_both(options, inside)
        return Engine(read_checkout(inside, options, cache=cache))
    snapshot = snapshot_of(options, which)
    doing(options, f"asking {len(snapshot):,} people, machines and things", snapshot)
    return Engine(snapshot)


def refuse_both(options: Options, folder: pathlib.Path) -> None:
    """Raise UsageError where a folder is named beside the simulated estate: one of them would not be read."""
    if options.demo:
        raise UsageError(
            f"--demo asks the simulated estate, and {folder} is a folder to read: not both",
            hint="Leave out --demo to read the folder, or the folder to ask the estate.",
        )


def read_checkout(folder: pathlib.Path, options: Options, *, cache: bool = True) -> "Snapshot":
    """Read the pipeline files of a checkout, or of all checkouts in a folder. Raises UsageError where it is no folder.

    Where there is none it is said, with the root of the checkout that the folder lies in: an answer over nothing is none.
    """
    from pipewarden.audit import collect, counts
    from pipewarden.settings import checkouts

    snapshot = collect(checkouts(folder, cache=cache, processes=options.processes))
    if {name for name, count in counts(snapshot).items() if count} <= {"repositories"}:
        from pipewarden.connectors.clones import root_above

        root = root_above(folder)
        within = f": it lies within the checkout {root}, name that" if root else ""
        note(options, f"nothing was read, for no pipeline file is in {folder}{within}")
    return snapshot


def note(options: Options, text: str) -> None:
    """Say something beside the answer, on stderr, in lines that fit, unless --quiet."""
    if not options.quiet:
        tell(text)


def say(text: str, indent: str = "", *, dim: bool = False) -> None:
    """Write a sentence in lines that fit the screen."""
    wipe()
    for line in lines(text, columns(), indent, indent):
        click.echo(click.style(line, dim=dim))


def tell_unseen(options: Options, unseen: "Sequence[str]", so: str) -> None:
    """Say on stderr what was not read, so that an answer over a gap never looks whole."""
    if unseen:
        shown = "; ".join(unseen[:MOST_TOLD])
        more = f"; and {len(unseen) - MOST_TOLD} more" if len(unseen) > MOST_TOLD else ""
        note(options, f"not the whole answer, {so}: {shown}{more}")


def how_held(access: "Access", path: "Path", others: int = 0) -> str:
    """Say whether a path is one person's alone, needs another, or is not known; and how many `others` there are."""
    if path.unknown or access.answer.value == "unknown":
        return "unknown"
    if not path.alone:
        return "after activation, with approval" if path.waits else "with approval"
    if path.waits:
        return "after activation"
    return f"alone, {others} more path{'s' if others > 1 else ''}" if others else "alone"


NOTHING_READ = "nothing but lists of people was read"
HOW_TO_READ = "add the systems in which they have accounts to the configuration: `pipewarden init` shows how"
"""What to say where rosters alone were read: of what anybody can do that tells nothing."""

PERHAPS = "perhaps: nothing that was read tells whether it ended with the identity provider"
"""What to say beside an answer in which somebody who left has something perhaps."""


def how_able(each: "Ability") -> str:
    """Say how a person has something by all that is theirs, as `how_held` does; perhaps, where what gives it may work no more."""
    witness = each.best.witness
    how = how_held(each.best, witness) if witness else "unknown"
    return how if each.sure or how == "unknown" else f"perhaps {how}"


def echo_json(value: Any) -> None:
    """Write JSON, keys in a stable order."""
    import orjson

    wipe()
    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode())


def echo_table(names: Sequence[str], rows: Sequence[Sequence[str]], form: str, *, under: bool = False) -> None:
    """Write rows as a table fitted to the terminal, as CSV, as Markdown or as JSON objects.

    Where it does not fit and `under` is asked for, each row's last cell stands below it.
    """
    if form == "json":
        echo_json([dict(zip(names, row, strict=True)) for row in rows])
        return
    from pipewarden.reports.questions import Table, write_table

    wipe()
    table = Table(tuple(names), tuple(tuple(row) for row in rows), under=under)
    click.echo(write_table(table, form, columns()), nl=False)


def path_json(engine: "Engine", path: "Path") -> dict[str, Any]:
    """Return a path as JSON: in words, and link by link with the ids."""
    return {
        "words": engine.words(path),
        "answer": path.answer.value,
        "alone": path.alone,
        "conditions": [{"kind": c.kind, "says": c.says, "count": c.count} for c in path.conditions],
        "unknown": list(path.unknown),
        "links": [
            {
                "source": str(link.source),
                "source_name": engine.name(link.source),
                "target": str(link.target),
                "target_name": engine.name(link.target),
                "says": link.says,
                "kind": link.kind.value if link.kind else None,
                "role": link.role or None,
                "since": link.since.isoformat() if link.since else None,
                "expires": link.expires.isoformat() if link.expires else None,
                "last_used": link.last_used.isoformat() if link.last_used else None,
            }
            for link in path.links
        ],
    }


def access_json(engine: "Engine", access: "Access") -> dict[str, Any]:
    """Return one principal's access as JSON."""
    return {
        "principal": str(access.principal),
        "principal_name": engine.name(access.principal),
        "resource": str(access.resource),
        "resource_name": engine.name(access.resource),
        "capability": access.capability.value,
        "answer": access.answer.value,
        "unknown": list(access.unknown),
        "paths": [path_json(engine, path) for path in access.paths],
    }
