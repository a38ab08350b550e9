"""Reads the files of a checkout ahead, in processes beside the one that reads them in their order."""

from collections.abc import Callable
from types import TracebackType
from typing import Self

from pipewarden.connectors.kept import Kept
from pipewarden.processes import Workers, spare

WARM = 64
"""Files that one process reads anew before there are more: what they share (patterns, words that come again and again)
is then there to be copied, and a run that finds all in its store starts none."""
LEAST = 100
"""Files that must be left: starting processes takes as long as reading a dozen."""


class Ahead:
    """The files of one checkout, by their number in the order of reading."""

    def __init__(self, kept: Kept, count: int, processes: int, make: Callable[[int], object]) -> None:
        """`make` reads a file into what is kept. `processes` as `spare` takes them: 1 reads all in this one, 0 by cores."""
        self._kept = kept
        self._count = count
        self._processes = processes
        self._make = make
        self._workers: Workers | None = None
        self._decided = processes == 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._workers is not None:
            self._workers.close()

    def reach(self, number: int) -> None:
        """Take what another process made of a file, where one did; the first time it pays, start them."""
        if not self._decided and self._kept.fresh >= WARM:
            self._decided = True
            beside = spare(self._processes) if self._count - number >= LEAST else 0
            if beside:
                self._workers = Workers(self._apart, number, self._count, beside)
        if self._workers is not None:
            self._kept.early(self._workers.reach(number))

    def _apart(self, number: int) -> bytes | None:
        return self._kept.apart(lambda: self._make(number))
