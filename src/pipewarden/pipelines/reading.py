"""Taking typed parts out of a tree: text, lists, mappings, expressions with their place; faults are collected."""

from collections.abc import Iterable

from pipewarden.pipelines import expressions
from pipewarden.pipelines.lines import breaks, line_start
from pipewarden.pipelines.parts import Mention
from pipewarden.pipelines.yaml_tree import MAX_FAULTS, NULLS, Fault, Mapping, Node, Position, Scalar, Sequence

MAX_KEY = 100
"""Characters of a key kept in the path to an expression."""


class Source:
    """A file while it is read: its text, and the faults found so far."""

    def __init__(self, text: str) -> None:
        self.text = text.removeprefix("\ufeff")
        self.faults: list[Fault] = []
        self._returns = "\r" in text

    def fault(self, node: Node, message: str) -> None:
        """Note what is wrong, where."""
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(Fault(node.line, node.column, message))

    def mapping(self, node: Node | None, what: str) -> Mapping | None:
        """Return the mapping, or None; whatever else stands there is a fault."""
        if node is None or type(node) is Mapping:
            return node
        if not (isinstance(node, Scalar) and (node.is_null or "${{" in node.value)):
            self.fault(node, f"{what} must be a mapping")
        return None

    def expressions(self, scalar: Scalar, where: str) -> list[Mention]:
        """Return the expressions of a value."""
        found: list[Mention] = []
        line, last, end, text = scalar.line, scalar.start, scalar.end, self.text
        before = last - scalar.column + 1  # where the line begins
        at = text.find("${{", last, end)
        for placed in expressions.find(scalar.value):
            if at < 0:
                # folded over lines, or written with escapes: the place of the value is what we have
                found.append(Mention(placed.expression, position(scalar), where))
                continue
            more = breaks(text, last, at) if self._returns else text.count("\n", last, at)
            if more:
                line += more
                before = line_start(text, at, last)
            last = at
            found.append(Mention(placed.expression, Position(line, at - before + 1), where))
            at = text.find("${{", at + 3, end)
        return found

    def mentions(self, node: Node, where: str = "") -> list[Mention]:
        """Return every expression below a node; `if:` is one without braces too. Depth is bounded by the tree."""
        found: list[Mention] = []
        self._gather(node, where, found)
        return found

    def mentions_beside(self, node: Mapping, apart: frozenset[str]) -> list[Mention]:
        """Return every expression below a mapping, but for what stands under some of its keys."""
        found: list[Mention] = []
        self._pairs([pair for pair in node.pairs if pair[0].value not in apart], "", found)
        return found

    def _pairs(self, pairs: Iterable[tuple[Scalar, Node]], where: str, found: list[Mention]) -> None:
        for key, value in pairs:
            if type(value) is Scalar and "${{" not in value.value and (where or key.value != "if"):
                continue  # most values end here
            name = key.value[:MAX_KEY]
            below = f"{where}.{name}" if where else name
            if type(value) is Mapping:
                self._pairs(value.pairs, below, found)
            else:
                self._gather(value, below, found)

    def _gather(self, node: Node, where: str, found: list[Mention]) -> None:
        if type(node) is Scalar:
            if "${{" in node.value:
                found += self.expressions(node, where)
            elif where == "if" and not node.is_null:
                found.append(Mention(expressions.parse(node.value.strip()), position(node), where))
        elif type(node) is Mapping:
            self._pairs(node.pairs, where, found)
        else:
            for item in node.items:
                self._gather(item, where, found)


def position(node: Node) -> Position:
    """Return where a node begins."""
    return Position(node.line, node.column, node.file)


def text_of(node: Node | None) -> str:
    """Return the text of a value, empty where it is none (a list, a mapping, nothing)."""
    if type(node) is not Scalar:
        return ""
    value = node.value
    return "" if value in NULLS and node.plain else value


def texts_of(node: Node | None) -> tuple[str, ...]:
    """Return the texts of a list, or of a single value."""
    if isinstance(node, Sequence):
        return tuple(item.value for item in node.items if isinstance(item, Scalar))
    text = text_of(node)
    return (text,) if text else ()


def table_of(node: Node | None, *, lower: bool = False) -> dict[str, str]:
    """Return a mapping of text to text; values that are not text are empty."""
    if type(node) is not Mapping:
        return {}
    if lower:
        return {key.value.lower(): text_of(value) for key, value in node.pairs}
    return {key.value: text_of(value) for key, value in node.pairs}
