"""Finding the secrets that stand in plain text in a file: shapes first, then names with literals, then commands."""

import re
from bisect import bisect_right
from collections.abc import Iterator

from msgspec.structs import replace

from pipewarden.pipelines.lines import beginnings
from pipewarden.pipelines.plain.assignments import Assignment, assignments, elements, flags, image_lines
from pipewarden.pipelines.plain.commands import Standing, addresses, commands, standing
from pipewarden.pipelines.plain.file_kinds import TREES, FileKind
from pipewarden.pipelines.plain.found import LOW_KINDS, RANKS, Confidence, Found, Key, bytes_of, fingerprint
from pipewarden.pipelines.plain.judge import (
    judge_address,
    judge_basic,
    judge_data,
    judge_given,
    judge_named,
    pairs_of_aws,
)
from pipewarden.pipelines.plain.names import Says, says
from pipewarden.pipelines.plain.prefilter import places_of_names
from pipewarden.pipelines.plain.rewritten import in_lines, in_tree, is_rewritten, rewritten_leaves, stands_apart
from pipewarden.pipelines.plain.shape_scan import Hit, anchors_in, shape_hits
from pipewarden.pipelines.plain.sought import SHARED
from pipewarden.pipelines.plain.spoken import Piece, pieces, spoken
from pipewarden.pipelines.plain.tree_walk import Leaf, leaf_at, leaves
from pipewarden.pipelines.plain.values import MAX_VALUE
from pipewarden.pipelines.plain.wrapped import wrapped
from pipewarden.pipelines.yaml_tree import Position, parse

MAX_CHARACTERS = 8 * 1024 * 1024
"""Characters of a file that are read. Whoever hands in more must tell that the rest was not looked at."""
MAX_FOUND = 1000
"""Findings of one file; a file with more is a list of secrets, and a thousand say so."""
_SAID = re.compile(
    r"[\"']?[ \t]{0,40}+[,;]?[ \t]{0,40}+(?:#|//|<!--)[^\r\n]{0,200}?\b"
    r"(?:dummy|fake|bogus|search-only|not (?:a )?(?:real|secret|sensitive)|safe (?:to|for|in)|for tests? only)\b",
    re.IGNORECASE,
)
"""What authors write behind a value that opens nothing."""
_GUESSED = frozenset({Confidence.NAMED, Confidence.RANDOM})
_PARTED = re.compile(r"[ =:\n]")
"""Stands in whatever is more than one word."""
_UNSAFE = re.compile(r"[^\w .\[\]/@:-]")
_NAME_BEFORE = re.compile(r"(?<![\w.-])([A-Za-z_][\w.-]{0,100})[\"']?\s{0,5}(?::=|=>|[:=])\s{0,5}[\"']?\Z")


def find_secrets(path: str, text: str, kind: FileKind, key: Key) -> tuple[Found, ...]:
    """Find the secrets that stand in plain text in a file, in the order of the file.

    `key` (16 bytes or more, or what gives it) keys the fingerprints. Reads the first `MAX_CHARACTERS`. Never raises for any text;
    ValueError for a key too short. What a file of a hostile author costs grows linearly with its size.
    """
    if isinstance(key, bytes):
        bytes_of(key)
    text = text.removeprefix("\ufeff")[:MAX_CHARACTERS]
    anchors = anchors_in(text)
    again = is_rewritten(text)
    unseen = stands_apart(text) if kind in TREES else again
    named = None if unseen else places_of_names(text)
    said = pieces(text)
    if not anchors and named == [] and not again and not said:
        return ()
    hits = _hits(text, kind, anchors, named, again=again)
    return _report(path, text, [*hits, *_spoken(text, kind, said)] if said else hits, key)


def _hits(text: str, kind: FileKind, anchors: list[str], named: list[int] | None, *, again: bool) -> list[Hit]:
    """Return all readings of a text, overlapping ones too. `named`: the offsets worth a closer look, None for all.

    `again`: something of it may be read otherwise than it is written.
    """
    shaped = list(shape_hits(text, anchors)) if anchors else []
    shaped += pairs_of_aws(text, shaped)
    if named == [] and not shaped and not again:
        return []
    tree, repeated = leaves(parse(text), text) if kind in TREES else ([], [])
    if tree:
        starts = [leaf.start for leaf in tree]
        hits = [_placed(hit, leaf_at(tree, starts, hit.start)) for hit in shaped]
        those = standing(text, SHARED.over(text))
        if again and named is not None:
            odd = rewritten_leaves(text, tree, starts)
            named = None if odd is None else [*named, *odd]
        for leaf in tree if named is None else _near(tree, starts, named):
            hits.extend(_leaf(text, those, leaf))
        for leaf in repeated:
            hits.extend(_value(text, leaf))
        return [*hits, *in_tree(text, tree, _region)] if again else hits
    hits = [_beside(hit, text) for hit in shaped]
    if named != [] or again:
        hits.extend(_plain(text, kind))
    return [*hits, *in_lines(text, _region, indented=kind in TREES)] if again else hits


def _spoken(text: str, kind: FileKind, said: list[Piece]) -> list[Hit]:
    """Return what stands in a text as a shell reads it, with the path of where it stands in a tree."""
    found = spoken(text, said, _region)
    if not found or kind not in TREES:
        return found
    tree, _ = leaves(parse(text), text)
    starts = [leaf.start for leaf in tree]
    return [_placed(hit, leaf_at(tree, starts, hit.start)) if tree else hit for hit in found]


def _near(tree: list[Leaf], starts: list[int], places: list[int]) -> list[Leaf]:
    """Return the texts in which one of some offsets lies, or to whose name it belongs: the next ones after it."""
    near: set[int] = set()
    for place in places:
        at = bisect_right(starts, place)
        near.update(range(max(0, at - 1), min(len(tree), at + 2)))
    return [tree[at] for at in sorted(near)]


def _placed(hit: Hit, leaf: Leaf | None) -> Hit:
    """Give a hit the path of the text it stands in."""
    return Hit(hit.start, hit.end, hit.value, hit.kind, hit.confidence, leaf.where if leaf else "")


def _beside(hit: Hit, text: str) -> Hit:
    """Give a hit the name on the left of it."""
    line = text.rfind("\n", 0, hit.start) + 1
    found = _NAME_BEFORE.search(text[max(line, hit.start - 140) : hit.start])
    return Hit(hit.start, hit.end, hit.value, hit.kind, hit.confidence, found.group(1) if found else "")


def _leaf(text: str, those: Standing, leaf: Leaf) -> Iterator[Hit]:
    """Yield what the name of a text of a tree says about it, and what stands in the text."""
    if leaf.in_secret:
        yield from judge_data(leaf)
        if leaf.encoded:
            return
    named = _value(text, leaf)
    yield from named
    if not named and _PARTED.search(leaf.value):
        yield from _region(text, those, leaf.start, leaf.end, leaf.where)


def _value(text: str, leaf: Leaf) -> tuple[Hit, ...]:
    """Judge a text of a tree by its name alone."""
    if says(leaf.name) is Says.NOTHING or len(leaf.value) > MAX_VALUE:
        return ()
    value = leaf.value
    begin = text[leaf.start : leaf.start + 1]
    if not leaf.plain and begin in {"|", ">"}:
        value = value.strip()
        start = -1 if any(map(str.isspace, value)) else text.find(value, leaf.start, leaf.end)
        end = start + len(value)
    else:
        quoted = not leaf.plain and begin in {'"', "'"}
        start, end = (leaf.start + quoted, leaf.end - quoted) if "\n" not in value else (-1, -1)
    hit = (
        judge_named(Assignment(leaf.name, value, start, max(start, end)), leaf.where) if start >= 0 and value else None
    )
    return (hit,) if hit else ()


def _region(text: str, those: Standing, start: int, end: int, where: str) -> Iterator[Hit]:
    """Yield what a stretch of commands or settings holds."""
    for found in assignments(text, start, end):
        hit = judge_named(found, where, is_line=True)
        if hit:
            yield hit
    for found in flags(text, start, end):
        hit = judge_named(found, where, is_line=True)
        if hit:
            yield hit
    for kind, given in commands(text, those, start, end):
        hit = judge_basic(given, where) if kind == "basic" else judge_given(kind, given, where)
        if hit:
            yield hit
    for scheme, user, host, given in addresses(text, start, end):
        hit = judge_address(scheme, user, host, given, where)
        if hit:
            yield hit
    yield from wrapped(text, start, end, where)


def _plain(text: str, kind: FileKind) -> Iterator[Hit]:
    """Yield what names and commands say in a file that is no tree."""
    yield from _region(text, standing(text), 0, len(text), "")
    extra: Iterator[Assignment] = iter(())
    if kind is FileKind.XML:
        extra = elements(text)
    elif kind is FileKind.DOCKERFILE:
        extra = image_lines(text)
    for found in extra:
        named = judge_named(found, "")
        if named:
            yield named


def _of_services(hits: list[Hit]) -> list[Hit]:
    """Return the hits, the words that a service of the same file has for a password told as that wherever they stand."""
    of_services = {hit.value for hit in hits if hit.kind == "service_password"}
    if not of_services:
        return hits
    return [
        replace(hit, kind="service_password") if hit.kind == "simple_password" and hit.value in of_services else hit
        for hit in hits
    ]


def _report(path: str, text: str, hits: list[Hit], key: Key) -> tuple[Found, ...]:
    """Keep the strongest of overlapping readings, and turn offsets into places."""
    if not hits:
        return ()
    secret = bytes_of(key)
    kept = _of_services(_strongest(text, hits))
    lines = beginnings(text)
    # the word that a throw-away service has for a password may stand in a path: it gives nothing away
    values = [hit.value for hit in kept if hit.kind not in LOW_KINDS]
    out = []
    for hit in kept[:MAX_FOUND]:
        line = bisect_right(lines, hit.start)
        begins = lines[line - 1] if line else 0
        ends = min(hit.end, lines[line] - 1 if line < len(lines) else len(text))
        place = Position(line + 1, hit.start - begins + 1)
        out.append(
            Found(
                path=path,
                kind=hit.kind,
                position=place,
                end_column=max(ends - begins + 1, place.column),
                where=_clean(hit.where, values),
                confidence=hit.confidence,
                fingerprint=fingerprint(hit.value, secret),
                length=len(hit.value),
            )
        )
    return tuple(out)


def _strongest(text: str, hits: list[Hit]) -> list[Hit]:
    """Return the readings that no stronger one overlaps, in the order of the file; a guess that the author denies is none."""
    kept: list[Hit] = []
    begins: list[int] = []
    for hit in sorted(hits, key=lambda hit: (-RANKS[hit.confidence], hit.start - hit.end, hit.start, hit.kind)):
        if hit.confidence in _GUESSED and _SAID.match(text, hit.end):
            continue
        at = bisect_right(begins, hit.start)
        before = kept[at - 1] if at else None
        after = kept[at] if at < len(kept) else None
        if (before and before.end > hit.start) or (after and after.start < hit.end):
            continue
        kept.insert(at, hit)
        begins.insert(at, hit.start)
    return kept


def _clean(where: str, values: list[str]) -> str:
    """Return a path in which no secret stands: keys are written by authors too."""
    if not where:
        return ""
    if any(len(value) >= 6 and value in where for value in values):
        return "…"
    return _UNSAFE.sub("…", where)
