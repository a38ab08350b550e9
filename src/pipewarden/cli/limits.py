"""How many rows of a long list a table shows, and what is said of the others."""

import click

LIMIT = 1_000
"""Rows that somebody looks through; a company has a hundred thousand accounts, whose table a terminal takes seconds to draw."""

row_limit = click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=LIMIT,
    show_default=True,
    help="How many rows a table shows; other formats show all.",
)
"""The option of a command that lists all there is."""


def left_out(rows: int, limit: int, narrow: str = "") -> str:
    """Say behind a count which rows a table shows, and how to see the others; nothing where it shows all."""
    if rows <= limit:
        return ""
    ways = ["--limit shows more", *([narrow] if narrow else []), "--format csv has all"]
    return f" (the first {limit:,} are shown; {', '.join(ways)})"
