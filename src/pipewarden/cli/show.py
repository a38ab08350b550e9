"""How commands open a snapshot and write an answer: tables, JSON, CSV, Markdown; notes go to stderr."""

import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from pipewarden.cli.context import Options

if TYPE_CHECKING:
    from pipewarden.access.engine import Engine
    from pipewarden.model.access import Access, Path
    from pipewarden.model.columns import Snapshot
    from pipewarden.store import Store

FORMATS = ("table", "json", "csv", "markdown")


def state(options: Options, *, create: bool = False) -> "Store":
    """Open the store: the one that was named or configured, or the demo's; make one only where `create`.

    Raises NoStore or StoreError.
    """
    if options.demo:
        from pipewarden.demo.stage import demo_store

        return demo_store(None if options.quiet else lambda text: note(options, text))
    from pipewarden.settings import open_store

    return open_store(options.config, options.store, create=create)


def snapshot_of(options: Options, which: str | None = None) -> "Snapshot":
    """Load the snapshot that questions are asked of: the newest, or the one named before the command.

    With --demo the estate acme is started and collected once, and kept. Raises StoreError where there is none yet.
    """
    with state(options) as store:
        return store.load_snapshot(which or options.snapshot)


def opened(options: Options, which: str | None = None) -> "Engine":
    """Load a snapshot into an engine."""
    from pipewarden.access.engine import Engine

    return Engine(snapshot_of(options, which))


def note(options: Options, text: str) -> None:
    """Say something beside the answer, on stderr, unless --quiet."""
    if not options.quiet:
        click.echo(text, err=True)


def echo_json(value: Any) -> None:
    """Write JSON, keys in a stable order."""
    import orjson

    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode())


def echo_table(columns: Sequence[str], rows: Sequence[Sequence[str]], form: str, options: Options) -> None:
    """Write rows as a table fitted to the terminal, as CSV, as Markdown or as JSON objects."""
    if form == "json":
        echo_json([dict(zip(columns, row, strict=True)) for row in rows])
        return
    from pipewarden.reports.questions import Table, write_table

    del options
    width = shutil.get_terminal_size((120, 24)).columns
    click.echo(write_table(Table(tuple(columns), tuple(tuple(row) for row in rows)), form, width), nl=False)


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
