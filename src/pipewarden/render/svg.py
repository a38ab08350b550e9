"""Bar charts as SVG text: no script, no style of their own, readable without seeing them.

Colours come from the page: each segment carries the class `fill-KIND`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from pipewarden.render.text import clean, measure

WIDTH = 420
"""Units of the drawing across; the page scales it."""
LABEL = 132
TOTAL = 44
"""Room for the number behind a bar, where it has at most five signs: `1,234`."""
DIGIT, COMMA, SPACE = 7.7, 4.0, 9.0
"""What a longer number needs for each sign and before it: the page sets it 12 units high, in figures of equal width."""
ROW = 24
BAR = 14
LETTERS = 19
"""How many cells of a label fit beside the bars; the whole label stands in the description."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar: the class of its colour, what it counts in words, and how many."""

    kind: str
    word: str
    count: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a chart."""

    label: str
    segments: tuple[Segment, ...]

    @property
    def total(self) -> int:
        """How long the bar is, in what it counts."""
        return sum(segment.count for segment in self.segments)


def bars(rows: Sequence[Bar], *, name: str, title: str, share: bool = False) -> str:
    """Draw horizontal stacked bars; `share` makes all equally long, so that parts compare and not sizes.

    `name` is the prefix of the element ids, one word. The description says every number, row by row.
    """
    longest = max((row.total for row in rows), default=0) or 1
    room = WIDTH - LABEL - _beside(longest)
    height = max(ROW * len(rows), 1)
    parts = [
        (
            f'<svg class="chart" role="img" viewBox="0 0 {WIDTH} {height}" '
            f'aria-labelledby="{escape(name)}-title {escape(name)}-desc" xmlns="http://www.w3.org/2000/svg">'
        ),
        f'<title id="{escape(name)}-title">{_text(title)}</title>',
        f'<desc id="{escape(name)}-desc">{_text(said(rows))}</desc>',
    ]
    for number, row in enumerate(rows):
        parts.extend(_row(row, number * ROW, (row.total or 1) if share else longest, room))
    return "".join([*parts, "</svg>"])


def most(rows: Sequence[Bar], many: int) -> list[Bar]:
    """Return at most `many` rows: the first ones, and the others added up in one."""
    if len(rows) <= many:
        return list(rows)
    first, others = rows[: many - 1], rows[many - 1 :]
    kinds = {segment.kind: segment.word for row in others for segment in row.segments}
    sums = (
        Segment(kind, word, sum(segment.count for row in others for segment in row.segments if segment.kind == kind))
        for kind, word in kinds.items()
    )
    return [*first, Bar(f"{len(others)} others", tuple(sums))]


def said(rows: Sequence[Bar]) -> str:
    """Say a chart in words: each row with its numbers, zeros left out."""
    sentences = []
    for row in rows:
        counts = ", ".join(f"{segment.count:,} {segment.word}" for segment in row.segments if segment.count)
        sentences.append(f"{row.label}: {counts or 'none'}.")
    return " ".join(sentences) or "There is nothing to draw."


def _beside(longest: int) -> int:
    """Return the room that the longest number takes behind its bar, with a gap before it."""
    said = f"{longest:,}"
    commas = said.count(",")
    return max(TOTAL, math.ceil(DIGIT * (len(said) - commas) + COMMA * commas + SPACE))


def _row(row: Bar, top: int, longest: int, room: int) -> list[str]:
    middle = top + ROW / 2
    parts = [
        (
            f'<text class="label" x="{LABEL - 10}" y="{middle:g}" text-anchor="end" dominant-baseline="central">'
            f"{_text(short(row.label, LETTERS))}</text>"
        ),
        f'<rect class="track" x="{LABEL}" y="{middle - BAR / 2:g}" width="{room}" height="{BAR}" rx="3"/>',
    ]
    left = float(LABEL)
    for segment in row.segments:
        if not segment.count:
            continue
        size = min(max(room * segment.count / longest, 2.0), LABEL + room - left)
        parts.append(
            f'<rect class="fill-{escape(segment.kind)}" x="{left:.1f}" y="{middle - BAR / 2:g}" '
            f'width="{size:.1f}" height="{BAR}"><title>{segment.count:,} {_text(segment.word)}</title></rect>'
        )
        left += size
    parts.append(
        f'<text class="total" x="{WIDTH}" y="{middle:g}" text-anchor="end" dominant-baseline="central">'
        f"{row.total:,}</text>"
    )
    return parts


def short(label: str, most: int) -> str:
    """Return a label of at most `most` cells, with an ellipsis where it was longer."""
    label = clean(label)
    if measure(label) <= most:
        return label
    while measure(label) > most - 1:
        label = label[:-1]
    return label.rstrip() + "…"


def _text(text: str) -> str:
    return escape(clean(text))
