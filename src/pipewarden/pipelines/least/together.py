"""Edits of many jobs of one file, made together: each reads the lines of its own job alone, and all are judged at once.

One by one, each edit would have the whole file read and judged again: of 500 jobs, 500 times.
"""

import re
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from pipewarden.pipelines.least.places import CannotEditError, line_start
from pipewarden.pipelines.yaml_tree import Mapping as Table
from pipewarden.pipelines.yaml_tree import Scalar, parse


class Work(NamedTuple):
    """An edit of one job: `make` edits a text that holds the job, and raises CannotEditError. `wide`: it edits others, too."""

    job: str
    make: Callable[[str], str]
    wide: bool = False


Judge = Callable[[str, str, Collection[str]], Mapping[str, str]]
"""Of a text, the edited one and the names of the edits: why which is refused; under an empty name what none is to blame for."""

_SHARED = re.compile(r"(?<![\w&|>$\"'`])[&*][\w-]")
"""What may be an anchor or an alias: lines with one say nothing by themselves."""

MOST_ROUNDS = 3
"""Without the jobs that are to blame the rest nearly always holds; where it does not, halves are tried."""


class Made(NamedTuple):
    """A text with the edits that hold, and why others are refused, by their names."""

    text: str
    refused: Mapping[str, str]


def made_together(text: str, works: Mapping[str, Work], judge: Judge) -> Made:
    """Return the text with all edits that hold, as if each had been made and judged after the other.

    `works` are the edits by their names, as those of jobs. What is refused is left out, and the rest is judged anew.
    """
    after, refused = edited(text, works)
    rest = {name: work for name, work in works.items() if name not in refused}
    rounds = 0
    while rest:
        rounds += 1
        found = judge(text, after, rest)
        if not found:
            return Made(after, refused)
        named = [name for name in rest if name in found]
        if len(rest) > 1 and (not named or rounds > MOST_ROUNDS):
            return _in_halves(text, rest, judge, refused)
        refused |= {name: found[name] for name in named} or dict.fromkeys(rest, next(iter(found.values())))
        after, more = edited(text, {name: work for name, work in rest.items() if name not in refused})
        refused |= more
        rest = {name: work for name, work in rest.items() if name not in refused}
    return Made(text, refused)


def _in_halves(text: str, works: Mapping[str, Work], judge: Judge, refused: Mapping[str, str]) -> Made:
    """Return what holds of the one half, and then of the other: none is to blame for what does not hold of all."""
    every, middle = list(works.items()), len(works) // 2
    first = made_together(text, dict(every[:middle]), judge)
    second = made_together(first.text, dict(every[middle:]), judge)
    return Made(second.text, {**refused, **first.refused, **second.refused})


def edited(text: str, works: Mapping[str, Work]) -> tuple[str, dict[str, str]]:
    """Return the text with all edits made that can be, and why others cannot."""
    refused: dict[str, str] = {}
    file = _File(text)
    for name, work in works.items():
        try:
            file.edit(work)
        except CannotEditError as refusal:
            refused[name] = str(refusal)
    return file.text, refused


class _File:
    """A text with the lines of each job apart."""

    def __init__(self, text: str) -> None:
        self._head, self._jobs, self._tail = _apart(text)

    @property
    def text(self) -> str:
        """The whole, as it is by now."""
        return "".join([self._head, *self._jobs.values(), self._tail])

    def edit(self, work: Work) -> None:
        """Make an edit: in the lines of its job and what is beside all jobs, or in the whole where those are not by themselves."""
        lines = self._jobs.get(work.job)
        if work.wide or lines is None or _SHARED.search(lines):
            self._head, self._jobs, self._tail = _apart(work.make(self.text))
            return
        made = work.make(self._head + lines + self._tail)
        if not (made.startswith(self._head) and made.endswith(self._tail)):
            raise CannotEditError("an edit would change more than its job")
        self._jobs[work.job] = made[len(self._head) : len(made) - len(self._tail)]


def _apart(text: str) -> tuple[str, dict[str, str], str]:
    """Return what stands before the first job, the lines of each, and what stands behind; all of it as a head where it is not told."""
    tree = parse(text)
    mark, whole = len(text) - len(text.removeprefix("\ufeff")), (text, dict[str, str](), "")
    root = tree.root
    jobs = root.get("jobs") if isinstance(root, Table) else None
    if not tree.complete or len(tree.documents) != 1 or not isinstance(root, Table) or not isinstance(jobs, Table):
        return whole
    at = next((key for key, value in root.pairs if value is jobs), None)
    behind = [key for key, _ in root.pairs if at is not None and key.start > at.start]
    keys = [key for key, _ in jobs.pairs]
    every = [*keys, *behind[:1]]
    starts = [_begins(text, key, mark) for key in every]
    if at is None or not keys or len({key.value for key in keys}) != len(keys) or None in starts:
        return whole
    places = [start for start in starts if start is not None]
    if places != sorted(set(places)) or places[0] <= at.start or len({key.column for key in keys}) != 1:
        return whole
    stops = [*places[1:], len(text)]
    lines = {key.value: text[start:stop] for key, start, stop in zip(keys, places, stops, strict=False)}
    return text[: places[0]], lines, text[stops[len(keys) - 1] :]


def _begins(text: str, key: Scalar, mark: int) -> int | None:
    """Return where the line of a key begins; None where something stands before it."""
    start = line_start(text, key.start + mark)
    return start if not text[start : key.start + mark].strip() else None
