"""YAML text to a light tree with positions, within fixed limits, without guessing types.

Built from libyaml's events and not from PyYAML's composer: the limits then hold while the text is read (a
deep nest of brackets costs libyaml minutes otherwise), and every scalar stays text, so the key `on` is not
turned into the YAML 1.1 boolean.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, final

import yaml
from msgspec import Struct

from pipewarden.pipelines.lines import beginnings, breaks, line_start, place, place_among
from pipewarden.pipelines.yaml_events import ALIAS, DOCUMENT_END, ENDS, MAPPING, SCALAR, SEQUENCE, events

MAX_CHARACTERS = 1024 * 1024
"""GitHub's own limit for a workflow file (`MaxFileSize`).
https://github.com/actions/runner/blob/main/src/Sdk/WorkflowParser/ParseOptions.cs"""
MAX_DEPTH = 50
"""GitHub's own limit for nesting (`MaxDepth`), same file."""
MAX_NODES = 50_000
"""Nodes of one file with every alias spread out (GitHub's `c_maxYamlNodes`); bounds whoever walks the tree.
https://github.com/actions/runner/blob/main/src/Sdk/WorkflowParser/Conversion/YamlObjectReader.cs"""
MAX_FAULTS = 50
"""Faults kept per file: a broken file tells little more after these."""

NULLS = frozenset({"", "null", "Null", "NULL", "~"})
"""How nothing is written (YAML 1.2 core schema)."""
_TRUES = frozenset({"true", "True", "TRUE"})
_MERGE = "<<"
_PROPERTIES = re.compile(
    r"(?:(?:&|!(?:<[^>\s]*>)?)[^\s,\[\]{}]*(?:(?:[ \t]*(?:#[^\r\n]*)?(?:\r\n?|\n))+[ \t]*|[ \t]+|\Z))+"
)
"""Anchor and tag before a value. https://yaml.org/spec/1.2.2/#69-node-properties"""
_MORE_BREAKS = ("\x85", "\u2028", "\u2029")
"""What YAML 1.1 takes for an end of line, and no editor does."""


class Position(Struct, frozen=True, gc=False, order=True):
    """A place in a file: line and column, both counted from 1. `file` is empty for the file being read."""

    line: int
    column: int
    file: str = ""


class Fault(Struct, frozen=True, gc=False):
    """Something of a file that cannot be read or that its system would refuse. Line and column from 1.

    `file` is empty for the file being read.
    """

    line: int
    column: int
    message: str
    file: str = ""


@final
class Scalar(Struct, frozen=True, gc=False):
    """A text value. `start` and `end` are offsets into the text, `plain` tells that it stood without quotes.

    Offsets do not count a byte order mark at the start of the text.
    """

    value: str
    line: int
    column: int
    start: int = 0
    end: int = 0
    plain: bool = True
    tag: str = ""
    file: str = ""
    """The file it stands in, where that is another than the one being read."""

    @property
    def is_null(self) -> bool:
        """Tell whether nothing is written here (YAML 1.2 core schema)."""
        return self.plain and self.value in NULLS

    @property
    def is_true(self) -> bool:
        """Tell whether this is the boolean true (YAML 1.2 core schema: `yes` and `on` are text)."""
        return self.plain and self.value in _TRUES


@final
class Sequence(Struct, frozen=True, gc=False):
    """A list of nodes."""

    items: "tuple[Node, ...]"
    line: int
    column: int
    tag: str = ""
    file: str = ""


@final
class Mapping(Struct, frozen=True, gc=False):
    """Keys and values in their order, duplicates kept."""

    pairs: "tuple[tuple[Scalar, Node], ...]"
    line: int
    column: int
    tag: str = ""
    file: str = ""

    def get(self, key: str) -> "Node | None":
        """Return the value under a key (the last one, where the key is given twice), or None."""
        for name, value in reversed(self.pairs):
            if name.value == key:
                return value
        return None


Node = Scalar | Sequence | Mapping
"""Where most of a file's nodes pass, they are told apart by `type`: `isinstance` takes five times as long for what is none."""


class Tree(Struct, frozen=True):
    """What a text holds: its documents (None: an empty one) and what is wrong with it.

    `complete` is False where the text could not be read to its end; `documents` then holds nothing.
    """

    documents: tuple[Node | None, ...]
    faults: tuple[Fault, ...]
    complete: bool

    @property
    def root(self) -> Node | None:
        """The first document: the one GitHub reads."""
        return self.documents[0] if self.documents else None


class _TooMuchError(Exception):
    """A limit was met; carries the fault to report."""

    def __init__(self, line: int, column: int, message: str) -> None:
        super().__init__(message)
        self.fault = Fault(line, column, message)


_Opened = tuple[Any, "list[Node]", bool, int, int]
"""A collection that is being read: the event that began it, and how it stood with the one around it: its nodes so far,
whether it is a mapping, how deep it went; and how many nodes there were."""


class _Builder:
    """Turns events into nodes, and keeps the limits."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.faults: list[Fault] = []
        self.documents: list[Node | None] = []
        self.stack: list[_Opened] = []
        self.anchors: dict[str, tuple[Node, int, int]] = {}
        """What an alias names, with the nodes it stands for once aliases are spread out, and how deep it goes."""

    def fault(self, line: int, column: int, message: str) -> None:
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(Fault(line, column, message))

    def read(self, next_event: Callable[[], Any]) -> None:  # noqa: PLR0912 - every event of every file passes here
        """Take all events. Three of four are a text value inside a collection, which asks for the least.

        Keys and values of a mapping stand in one list while it is read. Nodes are counted with aliases spread out.
        """
        stack, file = self.stack, self.file
        scalar, mapping, sequence, ends = SCALAR, MAPPING, SEQUENCE, ENDS
        nodes: list[Node] = []
        in_map = False
        count = deepest = 0
        node: Node
        while (event := next_event()) is not None:
            kind = type(event)
            if kind is scalar:
                if event.anchor or event.tag:
                    node = self.scalar(event)
                else:
                    start = event.start_mark
                    node = Scalar(
                        event.value, start.line + 1, start.column + 1, start.index, event.end_mark.index,
                        not event.style, "", file,
                    )  # fmt: skip
                nodes.append(node)
                count += 1
            elif kind is mapping or kind is sequence:
                if len(stack) >= MAX_DEPTH:
                    raise _too_deep(event.start_mark.line + 1, event.start_mark.column + 1)
                stack.append((event, nodes, in_map, deepest, count))
                nodes, in_map, deepest = [], kind is mapping, len(stack)
                continue
            elif kind in ends:
                opened, around, around_is_map, around_deepest, before = stack.pop()
                node = self.mapping(opened, nodes) if in_map else self.sequence(opened, nodes)
                count += 1
                if opened.anchor:
                    self.anchors[opened.anchor] = (node, count - before, deepest - len(stack))
                deepest = max(deepest, around_deepest)
                nodes, in_map = around, around_is_map
                nodes.append(node if not in_map or len(nodes) % 2 else self.key(node))
            elif kind is ALIAS:
                node, weight, height = self.alias(event)
                count += weight
                deepest = max(deepest, len(stack) + height)
                if deepest > MAX_DEPTH and count <= MAX_NODES:
                    raise _too_deep(node.line, node.column)
                nodes.append(node if not in_map or len(nodes) % 2 else self.key(node))
            else:
                if kind is DOCUMENT_END:
                    self.documents.append(nodes.pop() if nodes else None)
                    self.anchors = {}
                continue
            if count > MAX_NODES:
                message = f"more than {MAX_NODES} nodes once aliases are spread out"
                raise _TooMuchError(node.line, node.column, message)

    def key(self, node: Node) -> Scalar:
        """Return what stands for a key that is an alias or a collection."""
        if type(node) is Scalar:
            return node
        self.fault(node.line, node.column, "a key must be text, not a list or a mapping")
        return Scalar("", node.line, node.column)

    def sequence(self, opened: Any, nodes: list[Node]) -> Sequence:
        """Make a list of its nodes."""
        mark = opened.start_mark
        return Sequence(tuple(nodes), mark.line + 1, mark.column + 1, opened.tag or "", self.file)

    def mapping(self, opened: Any, nodes: list[Node]) -> Mapping:
        """Make a mapping of its keys and values."""
        mark, every = opened.start_mark, iter(nodes)
        pairs: Any = tuple(zip(every, every, strict=True))
        self.check_keys(pairs)
        return Mapping(pairs, mark.line + 1, mark.column + 1, opened.tag or "", self.file)

    def check_keys(self, pairs: tuple[tuple[Scalar, Node], ...]) -> None:
        """Report keys given twice, and merge keys, which GitHub does not know.

        https://github.com/actions/runner/issues/1182#issuecomment-3151378337
        """
        names = {key.value for key, _ in pairs}
        if len(names) == len(pairs) and _MERGE not in names:
            return
        seen: set[str] = set()
        for key, _ in pairs:
            if key.value in seen:
                self.fault(key.line, key.column, f"the key {key.value[:80]!r} is given twice")
            seen.add(key.value)
            if key.plain and key.value == _MERGE:
                self.fault(key.line, key.column, "merge keys (<<) are not supported in pipeline files of GitHub")

    def alias(self, event: Any) -> tuple[Node, int, int]:
        """Return the node an alias names, with what it weighs."""
        name = event.anchor
        known = self.anchors.get(name)
        if known is None:
            line, column = event.start_mark.line + 1, event.start_mark.column + 1
            inside = any(opened.anchor == name for opened, *_ in self.stack)
            what = "contains itself" if inside else "is not defined"
            self.fault(line, column, f"the alias *{name[:80]} {what}")
            known = (Scalar("", line, column), 1, 0)
        return known

    def scalar(self, event: Any) -> Scalar:
        """Return a text value that has an anchor or a tag: it begins behind them."""
        start = event.start_mark
        ends, at = event.end_mark.index, start.index
        line, column, plain = start.line + 1, start.column + 1, not event.style
        found = _PROPERTIES.match(self.text, at, ends)
        if found is not None:
            further = breaks(self.text, at, found.end())
            at = found.end()
            line, column = line + further, at - line_start(self.text, at) + 1 if further else column + at - start.index
        node = Scalar(event.value, line, column, at, ends, plain, event.tag or "", self.file)
        if event.anchor:
            self.anchors[event.anchor] = (node, 1, 0)
        return node


def _too_deep(line: int, column: int) -> _TooMuchError:
    return _TooMuchError(line, column, f"nested more than {MAX_DEPTH} deep")


@lru_cache(maxsize=1)  # a file is read for what it may do, and right after for the secrets in it
def parse(text: str, file: str = "") -> Tree:
    """Read YAML text; never raises. Limits: `MAX_CHARACTERS`, `MAX_DEPTH`, `MAX_NODES`, `MAX_FAULTS`.

    `file` is kept in every node: its path, where the text is another file than the one being read.
    """
    text = text.removeprefix("\ufeff")
    if len(text) > MAX_CHARACTERS:
        return _unreadable(Fault(1, 1, f"larger than {MAX_CHARACTERS} characters, which is not read"))
    builder = _Builder(text, file)
    try:
        builder.read(_events(text))
    except _TooMuchError as limit:
        return _unreadable(limit.fault)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = " ".join(part for part in (error.context, error.problem) if part) or "not valid YAML"
        if mark and _has_more_breaks(text):
            return _unreadable(Fault(*place(text, mark.index), message))
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        return _unreadable(Fault(line, column, message))
    except yaml.reader.ReaderError as error:
        return _unreadable(_unreadable_character(text, error.position))
    except UnicodeError:
        return _unreadable(_unreadable_character(text, None))
    return Tree(tuple(builder.documents), tuple(builder.faults), complete=True)


def _unreadable(fault: Fault) -> Tree:
    return Tree((), (fault,), complete=False)


def _unreadable_character(text: str, at: int | None) -> Fault:
    """Say where the character stands that YAML does not allow."""
    if at is None:
        at = next((i for i, char in enumerate(text) if "\ud800" <= char <= "\udfff"), 0)
    at = min(max(at, 0), len(text))
    return Fault(*place(text, at), "a character that YAML does not allow")


def _events(text: str) -> Callable[[], Any]:
    """Return what gives the next event, None at the end, each at its place as editors count lines."""
    get_event = events(text)
    if not _has_more_breaks(text):
        return get_event
    lines = beginnings(text)

    def placed() -> Any:
        event = get_event()
        if event is not None:
            event.start_mark, event.end_mark = _mark(lines, event.start_mark), _mark(lines, event.end_mark)
        return event

    return placed


def _has_more_breaks(text: str) -> bool:
    return not text.isascii() and any(each in text for each in _MORE_BREAKS)


def _mark(lines: list[int], mark: Any) -> yaml.Mark:
    line, column = place_among(lines, mark.index)
    return yaml.Mark(mark.name, mark.index, line - 1, column - 1, "", 0)
