"""What is kept: snapshots, the ledger, backups."""

from pathlib import Path

import click

from pipewarden.cli.context import Options
from pipewarden.cli.show import echo_json, echo_table, formats, note, state
from pipewarden.errors import ExitCode


@click.command()
@click.option(
    "--prune", "keep", type=click.IntRange(min=1), help="Drop all but so many of the newest of each set of sources."
)
@formats
@click.pass_obj
def snapshots(options: Options, *, keep: int | None, form: str) -> None:
    """List what was collected, oldest first; `diff` and `--snapshot` take the beginning of an id.

    \b
    Examples:
      pipewarden --demo snapshots
      pipewarden snapshots --prune 30
    """
    with state(options) as store:
        if keep is not None:
            note(options, f"{len(store.prune(keep))} snapshots were dropped")
        rows = [
            (
                row.id[:10],
                row.ended.strftime("%Y-%m-%d %H:%M"),
                ", ".join(row.sources),
                "complete" if row.complete else "incomplete",
                row.content[:10],
            )
            for row in store.snapshots()
        ]
    echo_table(("id", "as of (UTC)", "sources", "state", "content"), rows, form)


@click.command()
@click.option("--verify", is_flag=True, help="Check the chain: exit with 1 where a row was edited, removed or moved.")
@formats
@click.pass_obj
def ledger(options: Options, *, verify: bool, form: str) -> int:
    """Show what Pipewarden did, as a hash-chained list, or verify it.

    \b
    Examples:
      pipewarden --demo ledger --verify
      pipewarden ledger --format json
    """
    with state(options) as store:
        if verify:
            problems = store.ledger_problems()
            for problem in problems:
                click.echo(problem)
            if not problems:
                click.echo(
                    f"{len(store.ledger())} rows, each chained to the one before: nothing was edited or removed."
                )
            return ExitCode.FINDINGS if problems else ExitCode.CLEAN
        entries = store.ledger()
    if form == "json":
        import msgspec

        echo_json(msgspec.to_builtins(entries))
        return ExitCode.CLEAN
    # a screen shows minutes: rows stand in their order, and one line each is looked through
    when, signs = ("%Y-%m-%d %H:%M", 10) if form == "table" else ("%Y-%m-%d %H:%M:%S", 12)
    rows = [(str(e.seq), e.at.strftime(when), e.actor, e.act, e.subject, e.hash[:signs]) for e in entries]
    echo_table(("row", "at (UTC)", "actor", "act", "subject", "hash"), rows, form)
    return ExitCode.CLEAN


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.pass_obj
def backup(options: Options, path: Path) -> None:
    """Write state and snapshots to one new file, from SQLite or PostgreSQL.

    \b
    Examples:
      pipewarden backup pipewarden-2026-11.tar.gz
    """
    from pipewarden.store.backup import backup as write

    with state(options) as store:
        size = write(store, path)
    note(options, f"{path}: {size / 1e6:.1f} MB")


@click.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@click.pass_obj
def restore(options: Options, path: Path) -> None:
    """Read a backup into a new, empty store; every file is verified first.

    \b
    Examples:
      pipewarden --store new.db restore pipewarden-2026-11.tar.gz
    """
    from pipewarden.store.restore import restore as read

    with state(options, create=True) as store:
        try:
            rows = read(store, path)
        except BaseException:
            store.discard()  # a store that was just made for it
            raise
    note(options, f"{rows} rows are restored and the ledger verifies")
