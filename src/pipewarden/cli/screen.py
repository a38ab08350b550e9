"""How wide the screen is, and how a sentence is set in lines that fit it: for answers, notes, errors and hints alike."""

import os
import re
import shutil
import sys
from typing import TextIO

import click

UNKNOWN = 80
"""Notes are set to so many cells where nothing tells how wide the screen is: in a log, behind a pipe."""
UNKNOWN_TABLE = 120
"""A table that goes into a file or a pipe may be wider than a note."""
LEAST = 20
"""No sentence is set narrower than this, however narrow the screen."""

_QUOTED = re.compile(r"`[^`]+`")
_KEPT = "\ue000"
"""Stands for a space inside a command while a sentence is broken into lines; no text from outside may hold it."""


def width_of(stream: TextIO, otherwise: int = UNKNOWN) -> int:
    """Return how many cells a line of a stream has: by COLUMNS, by its terminal, else `otherwise`."""
    told = os.environ.get("COLUMNS", "")
    if told.isdigit() and int(told):
        return int(told)
    try:
        return os.get_terminal_size(stream.fileno()).columns or otherwise
    except (OSError, ValueError):
        return otherwise


def columns() -> int:
    """Return the width that answers on stdout are fitted to."""
    return width_of(sys.stdout, UNKNOWN_TABLE)


def height() -> int:
    """Return how many lines the screen has."""
    return shutil.get_terminal_size((100, 24)).lines


def lines(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    """Set a text in lines of at most `width` cells, the first behind `first`, the others behind `rest`.

    A command in backticks stays on one line where it fits on one, so that it can be copied; so does a path or an address,
    though it is longer than a line.
    """
    from pipewarden.render.text import clean, measure, wrap

    room = max(width - max(measure(first), measure(rest)), LEAST)

    def whole(command: re.Match[str]) -> str:
        return command[0].replace(" ", _KEPT) if measure(command[0]) <= room else command[0]

    kept = _QUOTED.sub(whole, clean(text).replace(_KEPT, " "))
    long = any(measure(word) > room for word in kept.split(" "))
    set_ = _unbroken(kept, room) if long else wrap(kept, room)
    return [(rest if number else first) + line.replace(_KEPT, " ") for number, line in enumerate(set_)]


def _unbroken(text: str, room: int) -> list[str]:
    """Set a text in lines without breaking a word: one that is longer than a line stands alone on one."""
    from pipewarden.render.text import measure

    found: list[str] = []
    for word in text.split():
        if found and measure(found[-1]) + 1 + measure(word) <= room:
            found[-1] += f" {word}"
        else:
            found.append(word)
    return found


class _Line:
    """The line of stderr that says what a command does: whether one stands there, over which the next text is written."""

    stands = False


def rewrite(text: str, *, ends: bool = False) -> None:
    """Write a text over the line of stderr that says what a command does; one that `ends` stays there."""
    click.echo(f"\r\x1b[2K{text[: width_of(sys.stderr) - 1]}", err=True, nl=ends)
    _Line.stands = not ends


def wipe() -> None:
    """Take away what stands on that line, for something else is said now."""
    if _Line.stands:
        click.echo("\r\x1b[2K", err=True, nl=False)
        _Line.stands = False


def tell(text: str, first: str = "", rest: str = "") -> None:
    """Write a sentence to stderr in lines that fit; what stands on lines of its own stays so."""
    wipe()
    width = width_of(sys.stderr)
    for number, part in enumerate(text.split("\n")):
        for line in lines(part, width, rest if number else first, rest):
            click.echo(line, err=True)
