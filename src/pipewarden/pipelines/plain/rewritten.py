"""Secrets that do not stand in a file as they are read: written with escapes, or cut where a line goes on.

https://yaml.org/spec/1.2.2/#57-escaped-characters ; https://yaml.org/spec/1.2.2/#731-double-quoted-style ;
https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02_01
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import pairwise

from pipewarden.pipelines.plain.commands import Standing, standing
from pipewarden.pipelines.plain.judge import pairs_of_aws
from pipewarden.pipelines.plain.shape_scan import Hit, anchors_in, shape_hits
from pipewarden.pipelines.plain.sought import SHARED
from pipewarden.pipelines.plain.tree_walk import Leaf, leaf_at

_ESCAPE = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})")
_CUT = re.compile(r"\\\r?\n[ \t]*+[\w+/=.~-]{3}")
_LETTERS = re.compile(r"[\w+/=.~-]{3}")
# a word that goes on at the left border: blanks before it would begin another word; begun by the mark, for which the engine leaps
_GOES_ON = re.compile(r"\\(?<=[\w+/=.~-]\\)\r?\n(?=[\w+/=.~-])")
_GOES_ON_INDENTED = re.compile(r"\\(?<=[\w+/=.~-]\\)\r?\n[ \t]*+(?=[\w+/=.~-])")
# a key and its value on lines of their own, or an alias for a key: `? KEY`, then `: value`; `*key : value`
_APART = re.compile(r"\n[ \t]*+(?:(?:-[ \t]++)?\*[\w-]{1,60}+[ \t]++)?:\s")
_MARKS = frozenset(SHARED.share(("\\x", "\\u", "\\\n", "\\\r\n")).values())
_COLONS = frozenset(SHARED.share((" :", "\t:", "\n:")).values())
_SPEAKS = frozenset({"name", "key", "kind", "apiVersion"})
"""Keys of texts that tell how others are read."""
_SHOWN = 6
"""Characters by which the place of a value is looked for in what is written."""

Region = Callable[[str, Standing, int, int, str], Iterator[Hit]]
"""Yields what a stretch of commands or settings holds: text, what of commands may stand in it, start, end, key path."""


def is_rewritten(text: str) -> bool:
    """Tell whether something of a text may be read otherwise than it is written. Most texts are told by the words they hold."""
    seen = SHARED.over(text)
    if seen is not None and seen.numbers.isdisjoint(_MARKS):
        return False
    return next(_rewritten(text), None) is not None


def _rewritten(text: str) -> Iterator[int]:
    """Yield where a text may be read otherwise than it is written."""
    for found in _ESCAPE.finditer(text):
        yield found.start()
    for found in _CUT.finditer(text):
        if found.start() >= 3 and _LETTERS.match(text, found.start() - 3):
            yield found.start()


def rewritten_leaves(text: str, tree: list[Leaf], starts: list[int]) -> list[int] | None:
    """Return where the texts of a tree begin that are read otherwise than they are written.

    None where that may decide how others are read: in a key, or in what names another text or says what it is.
    """
    found: dict[int, None] = {}
    for at in _rewritten(text):
        leaf = leaf_at(tree, starts, at)
        if leaf is None or leaf.where.rpartition(".")[2] in _SPEAKS:
            return None
        found[leaf.start] = None
    return list(found)


def stands_apart(text: str) -> bool:
    """Tell whether a key and its value may stand on lines of their own, which no search by lines sees."""
    seen = SHARED.over(text)
    return (seen is None or not seen.numbers.isdisjoint(_COLONS)) and _APART.search(text) is not None


def in_tree(text: str, tree: list[Leaf], region: Region) -> list[Hit]:
    """Return what texts of a tree hold that are read otherwise than they are written, at the place of the text."""
    parts: list[tuple[str, Leaf]] = []
    for leaf in tree:
        written = text[leaf.start : leaf.end]
        if "\\" in written:
            value, _ = _joined(leaf.value, _GOES_ON)
            if value != written and (value != leaf.value or written[:1] == '"'):
                parts.append((value, leaf))
    found: list[Hit] = []
    whole = "\n".join(value for value, _ in parts)
    those = standing(whole)
    begins = [0]
    for value, _ in parts:
        begins.append(begins[-1] + len(value) + 1)
    shaped = list(shape_hits(whole, anchors_in(whole)))
    for hit in [*shaped, *pairs_of_aws(whole, shaped)]:
        found.append(_at(text, parts[bisect_right(begins, hit.start) - 1][1], hit))
    if len(those.low) == len(whole):
        for (_, leaf), (start, end) in zip(parts, pairwise(begins), strict=True):
            found += [_at(text, leaf, hit) for hit in region(whole, those, start, end - 1, leaf.where)]
    return found


def in_lines(text: str, region: Region, *, indented: bool) -> list[Hit]:
    """Return what a text holds where its lines go on. `indented`: a block of YAML, whose indentation is no blank."""
    whole, pieces = _joined(text, _GOES_ON_INDENTED if indented else _GOES_ON)
    if len(pieces) < 2:
        return []
    shaped = list(shape_hits(whole, anchors_in(whole)))
    begins = [begin for begin, _ in pieces]
    found: list[Hit] = []
    for hit in [*shaped, *pairs_of_aws(whole, shaped), *region(whole, standing(whole), 0, len(whole), "")]:
        first, last = bisect_right(begins, hit.start) - 1, bisect_right(begins, hit.end - 1) - 1
        if first < last:
            start, end = (
                pieces[at][1] + offset - pieces[at][0] for at, offset in ((first, hit.start), (last, hit.end))
            )
            found.append(Hit(start, end, hit.value, hit.kind, hit.confidence, hit.where))
    return found


def _joined(text: str, goes_on: re.Pattern[str]) -> tuple[str, list[tuple[int, int]]]:
    """Return a text whose lines that go on within a word are one, and where each piece begins in it and in the text."""
    if "\\" not in text:
        return text, [(0, 0)]
    parts: list[str] = []
    pieces = [(0, 0)]
    length = at = 0
    for found in goes_on.finditer(text):
        parts.append(text[at : found.start()])
        length, at = length + found.start() - at, found.end()
        pieces.append((length, at))
    return ("".join([*parts, text[at:]]), pieces) if parts else (text, pieces)


def _at(text: str, leaf: Leaf, hit: Hit) -> Hit:
    """Return a hit in what a text says at its place in the file, which is near where only its ends are known."""
    value, size = hit.value, _SHOWN
    start = text.find(value, leaf.start, leaf.end)
    if start >= 0:
        size = len(value)
    else:
        start = text.find(value[:size], leaf.start, leaf.end)
    end = text.find(value[-size:], max(start, leaf.start), leaf.end)
    end = leaf.end if end < 0 else end + len(value[-size:])
    return Hit(leaf.start if start < 0 else start, end, value, hit.kind, hit.confidence, hit.where or leaf.where)
