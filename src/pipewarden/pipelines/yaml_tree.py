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
class Sequence(Struct, frozen=True):
    """A list of nodes."""

    items: "tuple[Node, ...]"
    line: int
    column: int
    tag: str = ""
    file: str = ""


@final
class Mapping(Struct, frozen=True):
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


class _Open:
    """A collection that is being read."""

    __slots__ = ("anchor", "column", "height", "is_map", "key", "line", "nodes", "pairs", "tag", "weight")

    def __init__(self, event: Any, *, is_map: bool) -> None:
        mark = event.start_mark
        self.line: int = mark.line + 1
        self.column: int = mark.column + 1
        self.anchor: str | None = event.anchor
        self.tag: str = event.tag or ""
        self.is_map = is_map
        self.key: Scalar | None = None
        self.pairs: list[tuple[Scalar, Node]] = []
        self.nodes: list[Node] = []
        self.weight = 1
        self.height = 1


class _Builder:
    """Turns events into nodes, and keeps the limits."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.faults: list[Fault] = []
        self.documents: list[Node | None] = []
        self.stack: list[_Open] = []
        self.anchors: dict[str, tuple[Node, int, int]] = {}
        self.root: Node | None = None
        self.total = 0

    def fault(self, line: int, column: int, message: str) -> None:
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(Fault(line, column, message))

    def add(self, node: Node, weight: int = 1, height: int = 0) -> None:
        """Put a finished node where it belongs; weight and height count aliases spread out."""
        self.total += weight
        if self.total > MAX_NODES:
            message = f"more than {MAX_NODES} nodes once aliases are spread out"
            raise _TooMuchError(node.line, node.column, message)
        if not self.stack:
            self.root = node
            return
        if len(self.stack) + height > MAX_DEPTH:
            raise _TooMuchError(node.line, node.column, f"nested more than {MAX_DEPTH} deep")
        top = self.stack[-1]
        top.weight += weight
        if height >= top.height:
            top.height = height + 1
        if not top.is_map:
            top.nodes.append(node)
        elif top.key is None:
            if type(node) is Scalar:
                top.key = node
            else:
                self.fault(node.line, node.column, "a key must be text, not a list or a mapping")
                top.key = Scalar("", node.line, node.column)
        else:
            top.pairs.append((top.key, node))
            top.key = None

    def close(self, _event: Any) -> None:
        """Finish the innermost collection."""
        done = self.stack.pop()
        node: Node
        if done.is_map:
            self.check_keys(done)
            node = Mapping(tuple(done.pairs), done.line, done.column, done.tag, self.file)
        else:
            node = Sequence(tuple(done.nodes), done.line, done.column, done.tag, self.file)
        self.total -= done.weight - 1
        self.add(node, done.weight, done.height)
        if done.anchor:
            self.anchors[done.anchor] = (node, done.weight, done.height)

    def check_keys(self, done: _Open) -> None:
        """Report keys given twice, and merge keys, which GitHub does not know.

        https://github.com/actions/runner/issues/1182#issuecomment-3151378337
        """
        names = {key.value for key, _ in done.pairs}
        if len(names) == len(done.pairs) and _MERGE not in names:
            return
        seen: set[str] = set()
        for key, _ in done.pairs:
            if key.value in seen:
                self.fault(key.line, key.column, f"the key {key.value[:80]!r} is given twice")
            seen.add(key.value)
            if key.plain and key.value == _MERGE:
                self.fault(key.line, key.column, "merge keys (<<) are not supported in pipeline files of GitHub")

    def alias(self, event: Any) -> None:
        """Put the node an alias names in its place."""
        mark = event.start_mark
        name = event.anchor
        known = self.anchors.get(name)
        if known is None:
            inside = any(part.anchor == name for part in self.stack)
            what = "contains itself" if inside else "is not defined"
            self.fault(mark.line + 1, mark.column + 1, f"the alias *{name[:80]} {what}")
            known = (Scalar("", mark.line + 1, mark.column + 1), 1, 0)
        self.add(*known)

    def open(self, event: Any) -> None:
        """Begin a collection."""
        if len(self.stack) >= MAX_DEPTH:
            mark = event.start_mark
            raise _TooMuchError(mark.line + 1, mark.column + 1, f"nested more than {MAX_DEPTH} deep")
        self.stack.append(_Open(event, is_map=type(event) is yaml.MappingStartEvent))

    def scalar(self, event: Any) -> None:
        """Add a text value that asks for more than `read` does: it has an anchor or a tag, is a document, or one node too many.

        It begins behind its anchor and tag.
        """
        start = event.start_mark
        ends, at = event.end_mark.index, start.index
        line, column, plain = start.line + 1, start.column + 1, not event.style
        found = _PROPERTIES.match(self.text, at, ends) if event.anchor or event.tag else None
        if found is not None:
            further = breaks(self.text, at, found.end())
            at = found.end()
            line, column = line + further, at - line_start(self.text, at) + 1 if further else column + at - start.index
        node = Scalar(event.value, line, column, at, ends, plain, event.tag or "", self.file)
        if event.anchor:
            self.anchors[event.anchor] = (node, 1, 0)
        self.add(node)

    def read(self, next_event: Callable[[], Any]) -> None:
        """Take all events. Three of four are a text value inside a collection: what `scalar` and `add` do is written out."""
        stack, file = self.stack, self.file
        scalar: Any = yaml.ScalarEvent
        while (event := next_event()) is not None:
            if type(event) is not scalar or event.anchor or event.tag or not stack or self.total >= MAX_NODES:
                _HANDLERS[type(event)](self, event)
                continue
            start = event.start_mark
            node = Scalar(
                event.value, start.line + 1, start.column + 1, start.index, event.end_mark.index,
                not event.style, "", file,
            )  # fmt: skip
            self.total += 1
            top = stack[-1]
            top.weight += 1
            if not top.is_map:
                top.nodes.append(node)
            elif top.key is None:
                top.key = node
            else:
                top.pairs.append((top.key, node))
                top.key = None

    def end_document(self, _event: Any) -> None:
        """Keep the document and forget its anchors."""
        self.documents.append(self.root)
        self.root = None
        self.anchors = {}


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
    """Return what gives the next parser event, None at the end: libyaml's, or 15 times slower without it."""
    # only the event parser is used, nothing is constructed
    parser: Any = yaml.CLoader(text) if yaml.__with_libyaml__ else yaml.Loader(text)
    get_event: Callable[[], Any] = parser.get_event
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


def _nothing(_builder: _Builder, _event: Any) -> None:
    """Stream and document starts carry nothing we keep."""


_HANDLERS: dict[type, Callable[[_Builder, Any], None]] = {
    yaml.StreamStartEvent: _nothing,
    yaml.StreamEndEvent: _nothing,
    yaml.DocumentStartEvent: _nothing,
    yaml.ScalarEvent: _Builder.scalar,
    yaml.AliasEvent: _Builder.alias,
    yaml.MappingStartEvent: _Builder.open,
    yaml.SequenceStartEvent: _Builder.open,
    yaml.MappingEndEvent: _Builder.close,
    yaml.SequenceEndEvent: _Builder.close,
    yaml.DocumentEndEvent: _Builder.end_document,
}
