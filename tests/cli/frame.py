"""`python -m tests.cli.frame …` is the real frame over the commands of the tests, for what only a process can show."""

import sys

import click

from pipewarden.cli.ending import ended
from pipewarden.cli.lazy import Entry, LazyGroup

HERE = "tests.cli.commands"
TABLE = {
    name: Entry(f"{HERE}:{name.replace('-', '_')}", f"The command {name}.", "Ends")
    for name in (
        "fine", "findings", "refused", "hostile", "broken", "together", "together-with-a-fault", "interrupted",
        "interrupted-together", "asking", "full", "full-elsewhere", "options",
    )
} | {"odd": Entry(f"{HERE}:NOT_A_COMMAND", "Not a command.", "Ends")}  # fmt: skip


@click.command(cls=LazyGroup, table=TABLE)
@click.option("--debug", is_flag=True)
def group(*, debug: bool) -> None:
    """Commands of the tests."""


if __name__ == "__main__":
    sys.exit(ended(group, sys.argv[1:]))
