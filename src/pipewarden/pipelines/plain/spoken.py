r"""Secrets that stand nowhere in a file as a shell reads them: parts that it joins, `"$A$B"`, and escapes, `$'\x67…'`.

https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02_04 ;
https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_06_02
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from pipewarden.pipelines.plain.commands import standing
from pipewarden.pipelines.plain.judge import pairs_of_aws
from pipewarden.pipelines.plain.rewritten import Region
from pipewarden.pipelines.plain.shape_scan import Hit, anchors_in, shape_hits
from pipewarden.pipelines.plain.sought import SHARED

MOST = 500
"""Words of one file that are put together."""
LONGEST_LINE = 4_000
FEW = 20
"""Names up to so many are looked for one by one."""
_NAME = r"[A-Za-z_]\w{0,60}+"
_REFERENCE = rf"\$(?:\{{{_NAME}\}}|{_NAME})"
# begun by a dollar outside the repetition, by which the engine leaps
_JOINED = re.compile(rf"{_REFERENCE}(?:{_REFERENCE}){{1,7}}")
_NAMED = re.compile(rf"\$\{{?({_NAME})")
_BEGINS = re.compile(rf"{_REFERENCE}\$[{{A-Za-z_]")
_ASSIGNED = re.compile(
    rf"(?<![\w.$-])(?P<name>{_NAME})[\"']?(?:=|[ \t]{{0,9}}:[ \t]{{1,9}})[\"']?(?P<value>[\w+/=.~:-]{{0,400}}+)(?P<after>[^\n]?)"
)
_TAKES = re.compile(rf"(?<![\w.$-])read(?:[ \t]{{1,9}}-\w{{1,9}}+){{0,9}}(?P<names>(?:[ \t]{{1,9}}{_NAME}){{1,9}})")
_ESCAPED = re.compile(r"\$'(?P<inner>(?:[^'\\\n]|\\[^\n]){1,400}+)'")
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|([0-7]{1,3})|([\s\S]))")
_ENDS = frozenset({"", " ", "\t", "\r", '"', "'", ";", "&", ")"})
_PLAIN = {"\\": "\\", "'": "'", '"': '"', "?": "?"}
_MARK = SHARED.share(("$'",))["$'"]


class Piece(NamedTuple):
    """A part of a text, and what a shell reads there."""

    start: int
    end: int
    said: str
    escaped: bool


def pieces(text: str) -> list[Piece]:
    """Return the parts of a text that a shell reads otherwise than they are written. Most texts have none."""
    seen = SHARED.over(text)
    found = list(_escapes(text)) if seen is None or _MARK in seen.numbers else []
    if _BEGINS.search(text):
        found += _joins(text)
    return sorted(found)[:MOST]


def _escapes(text: str) -> Iterator[Piece]:
    """Yield quotes whose escapes spell letters: colours and ends of lines spell none."""
    for found in _ESCAPED.finditer(text):
        said = _ESCAPE.sub(_unescaped, found["inner"]) if "\\" in found["inner"] else ""
        if said and said.isascii() and said.isprintable():
            yield Piece(found.start(), found.end(), said, True)


def _unescaped(found: re.Match[str]) -> str:
    coded, long, octal, plain = found.groups()
    if plain is not None:
        return _PLAIN.get(plain, "\n")
    return chr(int(octal, 8) if octal else int(coded or long, 16))


def _joins(text: str) -> Iterator[Piece]:
    """Yield variables that stand side by side and that the file gives one text each."""
    found = [*islice(_JOINED.finditer(text), MOST)]
    known = _values(text, {name for each in found for name in _NAMED.findall(each.group())})
    for each in found:
        values = [known.get(name) for name in _NAMED.findall(each.group())]
        said = "".join(value for value in values if value)
        if all(values):
            yield Piece(each.start(), each.end(), said, False)


def _values(text: str, names: set[str]) -> dict[str, str]:
    """Return the values of the variables to which a file gives one literal text."""
    found: dict[str, str | None] = {}
    lines = _naming(text, names) if len(names) <= FEW else text
    for each in _ASSIGNED.finditer(lines):
        name = each["name"]
        literal = each["after"] in _ENDS
        if name in names and (each["value"] or not literal):
            value = each["value"] if literal else None
            found[name] = value if found.get(name, value) == value else None
    taken = {name for each in _TAKES.finditer(lines) for name in each["names"].split()}
    return {name: value for name, value in found.items() if value and name not in taken}


def _naming(text: str, names: set[str]) -> str:
    """Return the lines of a text in which some names stand: a value is given within a line."""
    lines: dict[int, int] = {}
    for name in names:
        at = text.find(name)
        while at >= 0:
            begin, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
            lines[begin] = end = len(text) if end < 0 else end
            at = text.find(name, end)
    return "\n".join(text[begin:end] for begin, end in sorted(lines.items()))


def spoken(text: str, found: list[Piece], region: Region) -> list[Hit]:
    """Return what a text holds where a shell reads it otherwise than it is written, at the place of that.

    Parts that are joined are a secret only where that has the form of a vendor's: names alone say too little of them.
    """
    whole, placed = _read(text, found)
    shaped = list(shape_hits(whole, anchors_in(whole)))
    hits = [*shaped, *pairs_of_aws(whole, shaped)]
    those = standing(whole)
    lines: set[int] = set()
    for begin, end, piece in placed if len(those.low) == len(whole) else ():
        if piece.escaped:
            start = whole.rfind("\n", 0, begin) + 1
            stop = whole.find("\n", end)
            if start not in lines:
                lines.add(start)
                hits += region(whole, those, start, len(whole) if stop < 0 else stop, "")
    out = []
    for hit in dict.fromkeys(hits):
        inside = [(begin, end, piece) for begin, end, piece in placed if begin < hit.end and hit.start < end]
        if inside:
            first, last = inside[0], inside[-1]
            start = first[2].start - max(first[0] - hit.start, 0)
            stop = last[2].end + max(hit.end - last[1], 0)
            out.append(Hit(start, stop, hit.value, hit.kind, hit.confidence, hit.where))
    return out


def _read(text: str, found: list[Piece]) -> tuple[str, list[tuple[int, int, Piece]]]:
    """Return the lines that hold some pieces as a shell reads them, and where each piece stands in that."""
    parts: list[str] = []
    placed: list[tuple[int, int, Piece]] = []
    length = 0

    def put(part: str) -> None:
        nonlocal length
        parts.append(part)
        length += len(part)

    at = line_end = 0
    for piece in found:
        if piece.start < at:
            continue
        if piece.start >= line_end:
            put(f"{text[at:line_end]}\n")
            at = max(text.rfind("\n", 0, piece.start) + 1, piece.start - LONGEST_LINE)
            line_end = text.find("\n", piece.end)
            line_end = min(len(text) if line_end < 0 else line_end, piece.end + LONGEST_LINE)
        quote = "'" if piece.escaped and "'" not in piece.said and _is_whole(text, piece) else ""
        put(f"{text[at : piece.start]}{quote}")
        placed.append((length, length + len(piece.said), piece))
        put(f"{piece.said}{quote}")
        at = piece.end
    put(text[at:line_end])
    return "".join(parts), placed


def _is_whole(text: str, piece: Piece) -> bool:
    """Tell whether a quote is a word of its own, or all that a name is given."""
    before, after = text[max(0, piece.start - 1) : piece.start], text[piece.end : piece.end + 1]
    return before in {"", "=", ":", " ", "\t", "("} and (not after or after in " \t\r\n;&|)\"'")
