"""Where a place inside a value stands in its file: exact where the lines of the value are lines of the file.

That holds for a literal block (`|`) and for a text that stands on one line without escapes. What is folded (`>`, or a text
over several lines) or written with escapes has the place where the value begins.
https://yaml.org/spec/1.2.2/#literal-style
"""

import re

from pipewarden.pipelines.lines import breaks, line_start
from pipewarden.pipelines.yaml_tree import Position, Scalar

_LITERAL = re.compile(r"\|[+-]?[ \t]*(?:#[^\r\n]*)?(?:\r\n?|\n)(?:[ \t]*(?:\r\n?|\n))*+( *)")
"""A literal block that leaves it to its first line how far it is indented."""


def first_of(text: str, node: Scalar) -> Position | None:
    """Return where the first character of a value stands, if its lines are lines of the file; None if not.

    `text` is the file's, without a byte order mark.
    """
    begin = text[node.start : node.start + 1]
    if begin == "|":
        found = _LITERAL.match(text, node.start)
        return Position(node.line + 1, len(found[1]) + 1, node.file) if found is not None else None
    quotes = (node.end - node.start - len(node.value)) if begin != ">" and "\n" not in node.value else -1
    if quotes == 0 and node.plain:
        return Position(node.line, node.column, node.file)
    if quotes == 2 and begin in "'\"":
        return Position(node.line, node.column + 1, node.file)
    return None


def within(first: Position, value: str, at: int) -> Position:
    """Return where an offset of a value stands, whose first character stands at `first`."""
    return Position(first.line + breaks(value, 0, at), first.column + at - line_start(value, at), first.file)


def begin_of(text: str, node: Scalar) -> tuple[Position, bool]:
    """Return where the text of a value begins, as far as it is known, and whether its lines are lines of the file."""
    first = first_of(text, node)
    return (first, True) if first is not None else (Position(node.line, node.column, node.file), False)
