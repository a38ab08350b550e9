"""What a command does right now, on a line of stderr that is rewritten: only on a terminal, and not with --quiet."""

import sys
from typing import TYPE_CHECKING, TypeVar

from pipewarden.cli.context import Options
from pipewarden.cli.screen import rewrite

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipewarden.connectors.base import Progress
    from pipewarden.model.snapshot import Snapshot

T = TypeVar("T")

LONG = 20_000
"""Entities of a snapshot from which on a question may take longer than a second: it then says what it does."""
EACH = 500
"""Rows of a list after which it is told how far it is."""


def is_shown(options: Options) -> bool:
    """Tell whether anybody looks at stderr who wants to know."""
    return sys.stderr.isatty() and not options.quiet


def progress(options: Options) -> "Progress":
    """Return what tells how far something is, with the time left."""
    import time

    started: dict[str, float] = {}
    shown = is_shown(options)

    def tell(what: str, done: int, of: int) -> None:
        if not shown:
            return
        begun = started.setdefault(what, time.monotonic())
        text = what
        if of:
            passed = time.monotonic() - begun
            left = passed / done * (of - done) if done else 0
            remaining = f", about {left:.0f} s left" if left > 2 else ""
            text = f"{what}: {done} of {of}{remaining}"
        rewrite(text, ends=done >= of > 0)

    return tell


def at_work(options: Options, what: str) -> None:
    """Say what is done right now; what is said next takes its place."""
    if is_shown(options):
        rewrite(what)


def doing(options: Options, what: str, snapshot: "Snapshot") -> None:
    """Say what a question does, where the snapshot is so large that it may take a while; the answer takes its place."""
    if len(snapshot) >= LONG:
        at_work(options, what)


def counted(options: Options, what: str, rows: "Iterable[T]", snapshot: "Snapshot") -> "Iterator[T]":
    """Yield rows, and tell how many there are by now."""
    doing(options, what, snapshot)
    for number, row in enumerate(rows, 1):
        yield row
        if number % EACH == 0:
            doing(options, f"{what}: {number:,}", snapshot)
