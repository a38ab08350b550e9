"""A group of commands that imports a command only when it is run, and knows near names of what was mistyped."""

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class Entry(NamedTuple):
    """Where a command is written, and its line in the help."""

    where: str
    """`module:attribute`"""
    short: str
    section: str


class LazyGroup(click.Group):
    """A click group over a table of entries; help and completion are made from the table alone."""

    def __init__(
        self, *args: Any, table: dict[str, Entry], others: dict[str, str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.table = table
        self.others = others or {}
        """Other words for commands, which are not run but lead to them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        del ctx
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        del ctx
        entry = self.table.get(cmd_name)
        if entry is None:
            return None
        module, _, attribute = entry.where.partition(":")
        command = getattr(import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{entry.where} is not a command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which near name was probably meant."""
        name = args[0]
        if name not in self.table and not name.startswith("-"):
            from difflib import get_close_matches

            said = name.lower().replace("_", "-")
            near = [self.others[said]] if said in self.others else get_close_matches(said, self.table, 2, 0.5)
            meant = f" Did you mean {' or '.join(near)}?" if near else f" Commands: {', '.join(self.table)}."
            raise click.UsageError(f"There is no command {name!r}.{meant}", ctx)
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem]":
        """Return the commands that begin so, and the options; a shell asks at every key, so nothing is imported."""
        from click.shell_completion import CompletionItem

        names = [CompletionItem(n, help=e.short) for n, e in self.table.items() if n.startswith(incomplete)]
        return names + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands by section, without importing any."""
        del ctx
        for section in dict.fromkeys(entry.section for entry in self.table.values()):
            with formatter.section(section):
                formatter.write_dl([(n, e.short) for n, e in self.table.items() if e.section == section])
