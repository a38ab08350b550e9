"""Answers to questions as a table that fits, as CSV, as Markdown or as JSON."""

import csv
import io
import json
import re
from dataclasses import dataclass
from functools import cache

from pipewarden.errors import UsageError
from pipewarden.render.text import LONGEST, clean, measure, pad, wrap

GAP = "  "
BELOW = "    "
"""Before a sentence below its row."""
FEWEST = 50
"""A table whose sentences stand below its rows needs so many cells for the rest."""
NARROW = 70
"""Below this width (in cells) rows are printed as blocks, one line per column."""
TALL = 9
"""Where most rows would need more lines than this, a table is no longer looked through: rows become blocks."""
LEAST = 8
"""No column is squeezed below this width; where that is not enough room, rows become blocks."""
WHOLE = 14
"""A word of so many cells is never cut: a login, a date, `organization`. A longer one is, after a separator in it."""
NARROW_COLUMN = 20
"""A column that needs no more is given all it needs before wider ones share the rest."""
COPIED = {"id", "check"}
"""Columns whose words are typed again: none is cut that is no longer than `LONGEST_COPIED`."""
LONGEST_COPIED = 40
LONGEST_NAME = 28
"""The name of a secret or variable is not cut where it is no longer than this."""
LONGEST_PIECE = 24
"""What has no separator for so long is cut anywhere."""

_VARIABLE = re.compile(r"\(?[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+[,;)]*")
"""The name of a secret or variable, with what stands around it in a sentence: it is copied whole."""

_PIECES = re.compile(r"[^/\-_:.@]*[/\-_:.@]*")
"""A word's parts, each with the separators behind it: where `wrap` cuts."""

LONGEST_CELL = 1_000_000
"""Characters of a cell in a file, which may list thousands of names."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is run by a spreadsheet: https://owasp.org/www-community/attacks/CSV_Injection."""


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows of text; every row has as many cells as there are columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    under: bool = False
    """Whether each row's last cell is a sentence that stands below the row where the screen has no room beside it."""


def write_table(table: Table, form: str, width: int = 100) -> str:
    """Write a table as `table`, `csv`, `markdown` or `json`; ends with a newline.

    `width` is that of the screen in cells and matters to `table` alone, where long cells wrap inside their
    column. Raises UsageError for another form.
    """
    match form:
        case "table":
            return _screen(table, width)
        case "csv":
            return write_csv(table)
        case "markdown":
            return write_markdown(table)
        case "json":
            rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
            return json.dumps(rows, indent=2, ensure_ascii=False).encode(errors="replace").decode() + "\n"
    raise UsageError(f"no such form of a table: {form}", hint="one of table, csv, markdown, json")


def write_csv(table: Table) -> str:
    """Write RFC 4180 CSV with a header; a cell that a spreadsheet would run gets an apostrophe before it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(table.columns)
    for row in table.rows:
        writer.writerow([neutral(cell) for cell in row])
    return out.getvalue().encode(errors="replace").decode()


def neutral(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula, on one line and without control characters."""
    kept = clean(cell, LONGEST_CELL)
    return f"'{kept}" if cell.startswith(FORMULA) or kept.lstrip().startswith(FORMULA) else kept


def write_markdown(table: Table) -> str:
    """Write a Markdown table whose cells stay text."""
    lines = [
        "| " + " | ".join(escaped(name) for name in table.columns) + " |",
        "|" + " --- |" * len(table.columns),
    ]
    lines.extend("| " + " | ".join(escaped(cell, LONGEST_CELL) for cell in row) + " |" for row in table.rows)
    return "\n".join(lines) + "\n"


_MARKDOWN = str.maketrans(
    {character: "\\" + character for character in "\\`*_{}[]#|~!$"}
    | {"<": "&lt;", ">": "&gt;", "&": "&amp;", "@": "@\u200b"}
)
_BEGINS = re.compile(r"^(\s*|\s*\d+)([-+=]|(?<=\d)[.)])")
"""What begins a list or underlines a heading."""
_AUTOLINKS = (("://", ":\u200b//"), ("www.", "www\u200b."), ("WWW.", "WWW\u200b."))


def escaped(text: str, longest: int = LONGEST) -> str:
    """Return text that Markdown shows as it is: no markup, no link, no mention of a person, one line."""
    text = clean(text, longest)
    for link, plain in _AUTOLINKS:
        text = text.replace(link, plain)
    return _BEGINS.sub(r"\1\\\2", text.translate(_MARKDOWN))


def _screen(table: Table, width: int) -> str:
    if not table.rows:
        return "(none)\n"
    rows = [tuple(clean(cell) for cell in row) for row in table.rows]
    columns = tuple(clean(name) for name in table.columns)
    if table.under and (told := _with_sentences(columns, rows, width)):
        return told
    widths = _widths(columns, rows, width)
    if widths is None:
        return _blocks(columns, rows, width)
    shown = [_row(row, widths) for row in rows]
    if sum(len(lines) > TALL for lines in shown) * 2 > len(shown):
        return _blocks(columns, rows, width)
    lines = [*_row(columns, widths), *_row(tuple("-" * size for size in widths), widths)]
    lines.extend(line for each in shown for line in each)
    return "\n".join(lines) + "\n"


def _with_sentences(columns: tuple[str, ...], rows: list[tuple[str, ...]], width: int) -> str:
    """Write each row's last cell below it, over the whole width; nothing where it fits beside, or the rest does not fit."""
    if _fitting(columns, rows, width):
        return ""
    names, heads = columns[:-1], [row[:-1] for row in rows]
    widths = _widths(names, heads, width, FEWEST)
    if widths is None:
        return ""
    lines = [*_row(names, widths), *_row(tuple("-" * size for size in widths), widths)]
    for head, row in zip(heads, rows, strict=True):
        lines.extend(_row(head, widths))
        lines.extend(BELOW + line for line in (wrap(row[-1], width - len(BELOW)) if row[-1] else ()))
    return "\n".join(lines) + "\n"


def _fitting(columns: tuple[str, ...], rows: list[tuple[str, ...]], width: int) -> bool:
    """Tell whether every row fits on one line."""
    wanted = [max(map(measure, column)) for column in zip(columns, *rows, strict=True)]
    return sum(wanted) + len(GAP) * (len(columns) - 1) <= width


def _widths(
    columns: tuple[str, ...], rows: list[tuple[str, ...]], width: int, narrow: int = NARROW
) -> list[int] | None:
    """Return the width of each column so that all fit, None where they do not."""
    wanted = [max(map(measure, column)) for column in zip(columns, *rows, strict=True)]
    room = width - len(GAP) * (len(columns) - 1)
    if sum(wanted) <= room:
        return wanted
    cells = list(zip(columns, *rows, strict=True))
    least = [
        want if name in COPIED and want <= LONGEST_COPIED else min(want, max(LEAST, *map(_uncut, column)))
        for name, want, column in zip(columns, wanted, cells, strict=True)
    ]
    if width < narrow or sum(least) > room:
        return None
    usual = [
        want if want <= NARROW_COLUMN else max(few, _usual(column))
        for few, want, column in zip(least, wanted, cells, strict=True)
    ]
    if sum(usual) > room:
        return _cut(usual, least, room)
    # what is left over goes to the columns that miss most: there it saves the most lines
    left = room - sum(usual)
    for place in sorted(range(len(usual)), key=lambda place: usual[place] - wanted[place]):
        more = min(left, wanted[place] - usual[place])
        usual[place] += more
        left -= more
    return usual


def _usual(column: tuple[str, ...]) -> int:
    """Return the width in which four of five cells of a column need one line: a single long name squeezes no other."""
    sizes = sorted(map(measure, column))
    return sizes[len(sizes) * 4 // 5]


def _cut(wanted: list[int], least: list[int], room: int) -> list[int]:
    """Cut columns down to a room: the widest give way first, all above one height are cut down to it."""
    low, high = LEAST, max(wanted)
    while low < high:
        middle = (low + high + 1) // 2
        if sum(max(few, min(want, middle)) for want, few in zip(wanted, least, strict=True)) <= room:
            low = middle
        else:
            high = middle - 1
    return [max(few, min(want, low)) for want, few in zip(wanted, least, strict=True)]


def _uncut(cell: str) -> int:
    """Return the least width in which no word of a cell is cut in the middle of a name."""
    return max((_word(word) for word in cell.split()), default=0)


@cache
def _word(word: str) -> int:
    size = measure(word)
    if size <= WHOLE or (size <= LONGEST_NAME and _VARIABLE.fullmatch(word)):
        return size
    return min(max(measure(piece) for piece in _PIECES.findall(word)), LONGEST_PIECE)


def _row(row: tuple[str, ...], widths: list[int]) -> list[str]:
    parts = [wrap(cell, size) for cell, size in zip(row, widths, strict=True)]
    lines = []
    for number in range(max(map(len, parts))):
        line = [pad(part[number] if number < len(part) else "", size) for part, size in zip(parts, widths, strict=True)]
        lines.append(GAP.join(line).rstrip())
    return lines


def _blocks(columns: tuple[str, ...], rows: list[tuple[str, ...]], width: int) -> str:
    blocks = []
    for row in rows:
        lines = []
        for name, cell in zip(columns, row, strict=True):
            if not cell:
                continue
            lines.extend(_labelled(name, cell, width))
        blocks.append("\n".join(lines) or "(empty)")
    return "\n\n".join(blocks) + "\n"


def _labelled(name: str, cell: str, width: int) -> list[str]:
    whole = wrap(f"{name}: {cell}", width)
    if len(whole) == 1:
        return whole
    return [*wrap(f"{name}:", width), *("    " + line for line in wrap(cell, width - 4))]
