"""What a condition of GitHub Actions is worth under what is known of a run, in three values: it holds, it does not, it may.

https://docs.github.com/en/actions/reference/workflows-and-actions/expressions
"""

import math
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

import msgspec

from pipewarden.pipelines.expressions import ANY, LITERALS, MAX_LENGTH, TOKEN
from pipewarden.pipelines.worlds import UNKNOWN, Begins, Item, Known, OneOf, Own, Value, World

MAX_NESTING = 20
"""Brackets in a condition; what is nested deeper counts as open."""

_COMPARING = frozenset({"==", "!=", "<", "<=", ">", ">="})
_NUMBER_SIZE = 40


class Node(NamedTuple):
    """A part of an expression: `start` and `end` are its place in the text."""

    kind: str
    """`value`, `context`, `call`, `part` (of a call or brackets), `not`, `compare`, `and`, `or`."""
    value: object
    """The value itself, the context in lower case, the function or the operator."""
    parts: "tuple[Node, ...]"
    start: int
    end: int


class _BrokenError(Exception):
    """The text is not an expression, or nested too deep."""


@lru_cache(maxsize=4096)
def tree_of(text: str) -> Node | None:
    """Take an expression apart, without its `${{ }}`; None where it is none."""
    if len(text) > MAX_LENGTH:
        return None
    try:
        return _Reader(text).whole()
    except _BrokenError:
        return None


class _Reader:
    """Recursive descent over GitHub's operators: `||`, `&&`, comparison, `!`, then values."""

    def __init__(self, text: str) -> None:
        self.tokens = [(each.lastgroup, each[each.lastgroup or 0], each) for each in TOKEN.finditer(text)]
        self.at = 0
        self.depth = 0
        self.end = 0

    def whole(self) -> Node:
        """Read everything, with nothing left over."""
        node = self.joined()
        if self.at < len(self.tokens):
            raise _BrokenError
        return node

    def take(self, op: str) -> bool:
        """Step over an operator if it stands here."""
        if self.at < len(self.tokens) and self.tokens[self.at][:2] == ("op", op):
            self.end = self.tokens[self.at][2].end()
            self.at += 1
            return True
        return False

    def need(self, op: str) -> None:
        """Step over an operator that has to stand here."""
        if not self.take(op):
            raise _BrokenError

    def joined(self) -> Node:
        """Read `a || b`."""
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise _BrokenError
        node = self.both()
        parts = [node]
        while self.take("||"):
            parts.append(self.both())
        self.depth -= 1
        return node if len(parts) == 1 else Node("or", "||", tuple(parts), node.start, self.end)

    def both(self) -> Node:
        """Read `a && b`."""
        node = self.compared()
        parts = [node]
        while self.take("&&"):
            parts.append(self.compared())
        return node if len(parts) == 1 else Node("and", "&&", tuple(parts), node.start, self.end)

    def compared(self) -> Node:
        """Read `a == b`."""
        node = self.single()
        while self.at < len(self.tokens):
            kind, op, _ = self.tokens[self.at]
            if kind != "op" or op not in _COMPARING:
                break
            self.at += 1
            node = Node("compare", op, (node, self.single()), node.start, self.end)
        return node

    def single(self) -> Node:
        """Read a literal, a call, a context, or brackets, with what is taken out of them."""
        if self.at >= len(self.tokens):
            raise _BrokenError
        kind, text, found = self.tokens[self.at]
        start = found.start(kind or 0)
        self.at += 1
        self.end = found.end()
        if kind == "op":
            if text == "!":
                self.depth += 1
                if self.depth > MAX_NESTING:
                    raise _BrokenError
                inner = self.single()
                self.depth -= 1
                return Node("not", "!", (inner,), start, self.end)
            if text != "(":
                raise _BrokenError
            inner = self.joined()
            self.need(")")
            return self.taken_out(inner)
        if kind == "string":
            return Node("value", text[1:-1].replace("''", "'"), (), start, self.end)
        if kind == "number":
            return Node("value", _number(text), (), start, self.end)
        if kind != "word":
            raise _BrokenError
        lowered = text.lower()
        if self.take("("):
            return self.taken_out(self.call(lowered, start))
        if lowered in LITERALS:
            return Node(
                "value", {"true": True, "false": False, "null": None}.get(lowered, math.nan), (), start, self.end
            )
        parts = [lowered]
        while (part := self.part()) is not None:
            parts.append(part)
        return Node("context", ".".join(parts), (), start, self.end)

    def call(self, name: str, start: int) -> Node:
        """Read the arguments of a function."""
        parts: list[Node] = []
        if not self.take(")"):
            parts.append(self.joined())
            while self.take(","):
                parts.append(self.joined())
            self.need(")")
        return Node("call", name, tuple(parts), start, self.end)

    def taken_out(self, node: Node) -> Node:
        """Read `.name` and `[index]` after a call or brackets."""
        while self.part() is not None:
            node = Node("part", "", (node,), node.start, self.end)
        return node

    def part(self) -> str | None:
        """Read one `.name`, `.*`, `['name']` or `[index]`, in lower case; None where there is none."""
        if self.take("."):
            if self.take("*"):
                return ANY
            if self.at >= len(self.tokens) or self.tokens[self.at][0] != "word":
                raise _BrokenError
            _, text, found = self.tokens[self.at]
            self.at += 1
            self.end = found.end()
            return text.lower()
        if not self.take("["):
            return None
        if self.take("*"):
            self.need("]")
            return ANY
        inner = self.joined()
        self.need("]")
        return inner.value.lower() if inner.kind == "value" and isinstance(inner.value, str) else ANY


def _number(text: str) -> float:
    try:
        return float(int(text, 16)) if "x" in text.lower() else float(text)
    except ValueError:
        return math.nan


# --- what it is worth -------------------------------------------------------------------------------


def holds(node: Node | None, world: World) -> bool | None:
    """Tell whether a condition holds in a run; None: it may, or may not."""
    if node is None:
        return None
    kind = node.kind
    if kind in {"and", "or"}:
        decisive = kind == "or"
        open_ = False
        for part in node.parts:
            found = holds(part, world)
            if found is decisive:
                return decisive
            open_ |= found is None
        return None if open_ else not decisive
    if kind == "not":
        found = holds(node.parts[0], world)
        return None if found is None else not found
    return truth(value_of(node, world))


def truth(value: Value) -> bool | None:
    """Tell whether a value counts as true: all but false, zero, an empty text and null do.

    https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#literals
    """
    if value is UNKNOWN:
        return None
    if isinstance(value, float):
        return value != 0 and not math.isnan(value)
    if value is None or isinstance(value, bool | str):
        return bool(value)
    return True


def value_of(node: Node, world: World) -> Value:
    """Return what a part of an expression is worth, as far as it is known."""
    kind = node.kind
    if kind == "context":
        return world.of(str(node.value))
    if kind == "value":
        return node.value  # type: ignore[return-value]
    if kind == "compare":
        found = _compared(str(node.value), value_of(node.parts[0], world), value_of(node.parts[1], world))
        return _asked(node, world) if found is None else found
    if chooses(node) and kind == "call":
        made = list(results(node, world))
        return value_of(made[0], world) if len(made) == 1 else UNKNOWN
    if kind == "call":
        result = _called(str(node.value), node, world)
        return _asked(node, world) if result is UNKNOWN else result
    if kind in {"and", "or"}:
        # the first that is false, or true, is what it results in
        last: Value = None
        for part in node.parts:
            last = value_of(part, world)
            found = truth(last)
            if found is None:
                whole = holds(node, world)
                return UNKNOWN if whole is None or whole is True else False
            if found is (kind == "or"):
                return last
        return last
    if kind == "not":
        found = holds(node.parts[0], world)
        return UNKNOWN if found is None else not found
    return UNKNOWN


def _asked(node: Node, world: World) -> Value:
    """Return the answer where it depends on how somebody stands to the repository and could not be worked out.

    A list that could not be read is taken to name members: somebody keeps it for that.
    """
    return False if world.association and any(_asks(part) for part in node.parts) else UNKNOWN


def _asks(node: Node) -> bool:
    if node.kind == "context":
        return str(node.value).endswith("author_association")
    return node.kind in {"call", "part"} and any(_asks(part) for part in node.parts)


def _compared(op: str, one: Value, other: Value) -> bool | None:
    if op in {"==", "!="}:
        same = same_as(one, other)
        return None if same is None else same is (op == "==")
    if not (isinstance(one, Known) and isinstance(other, Known)):
        return None
    if isinstance(one, str) and isinstance(other, str):
        first: float | str = one.lower()
        second: float | str = other.lower()
    else:
        first, second = _as_number(one), _as_number(other)
    match op:
        case "<":
            return first < second  # type: ignore[operator]
        case "<=":
            return first <= second  # type: ignore[operator]
        case ">":
            return first > second  # type: ignore[operator]
        case _:
            return first >= second  # type: ignore[operator]


def same_as(one: Value, other: Value) -> bool | None:
    """Tell whether two values count as equal; texts do without regard to case, and what differs in kind as numbers.

    https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#operators
    """
    if one is UNKNOWN or other is UNKNOWN:
        return None
    if isinstance(one, Known) and isinstance(other, Known):
        if isinstance(one, str) and isinstance(other, str):
            return one.lower() == other.lower()
        if one is None and other is None:
            return True
        return _as_number(one) == _as_number(other)
    if isinstance(one, Known):
        one, other = other, one
    if isinstance(other, tuple) or isinstance(one, tuple):
        return None
    if other is None or other == "":
        return False
    return one.same_as(other)  # type: ignore[union-attr]


def _as_number(value: Value) -> float:
    """Return a value as a number: null is 0, an empty text is 0, any other text that is no number is none."""
    if value is None:
        return 0.0
    if isinstance(value, bool | float):
        return float(value)
    text = str(value).strip()
    if not text:
        return 0.0
    try:
        return float(text) if len(text) < _NUMBER_SIZE else math.nan
    except ValueError:
        return math.nan


# --- functions --------------------------------------------------------------------------------------


def _called(name: str, node: Node, world: World) -> Value:
    """Return what a function results in.

    https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#functions
    """
    if name == "always":
        return True
    work = _FUNCTIONS.get(name)
    if work is None or not node.parts:
        return UNKNOWN
    found = work([value_of(part, world) for part in node.parts])
    return UNKNOWN if found is None else found


def _contains(given: list[Value]) -> bool | None:
    where, what = given[0], given[-1]
    if isinstance(where, tuple):
        found = {same_as(each, what) for each in where}
        return True if True in found else None if None in found else False
    return _within(where, what, lambda text, part: part in text, "contains")


def _starts(given: list[Value]) -> bool | None:
    return _within(given[0], given[-1], str.startswith, "startswith")


def _ends(given: list[Value]) -> bool | None:
    return _within(given[0], given[-1], str.endswith, "endswith")


def _within(where: Value, what: Value, fits: Callable[[str, str], bool], name: str) -> bool | None:
    """Tell whether a text is in another; both are cast to texts, and compared without regard to case."""
    if isinstance(where, Known) and isinstance(what, Known):
        return fits(as_text(where).lower(), as_text(what).lower())
    if isinstance(where, Item) and name == "startswith":
        return where.starts_with(what)
    if isinstance(where, Begins):
        return where.has(what, name)
    if isinstance(where, OneOf) and isinstance(what, Known):
        found = {fits(each, as_text(what).lower()) for each in where.texts}
        return found.pop() if len(found) == 1 else None
    return None


def as_text(value: Value) -> str:
    """Return a known value as a text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}" if value != int(value) or math.isnan(value) else str(int(value))
    return str(value)


def _from_json(given: list[Value]) -> Value:
    if not isinstance(given[0], str):
        return UNKNOWN
    try:
        read = msgspec.json.decode(given[0])
    except msgspec.DecodeError:
        return UNKNOWN
    if isinstance(read, list):
        return tuple(_plain(each) for each in read)
    return UNKNOWN if isinstance(read, dict) else _plain(read)


def _plain(read: object) -> Value:
    if isinstance(read, int) and not isinstance(read, bool):
        return float(read)
    return read if read is None or isinstance(read, bool | float | str) else UNKNOWN


def _format(given: list[Value]) -> Value:
    """Put values into a text. What begins with the repository's own owner is kept as that."""
    shape = given[0]
    if not isinstance(shape, str):
        return UNKNOWN
    if all(isinstance(each, Known) for each in given[1:]):
        text = shape.replace("{{", "\0").replace("}}", "\1")
        for number, each in enumerate(given[1:]):
            text = text.replace(f"{{{number}}}", as_text(each))
        return text.replace("\0", "{").replace("\1", "}")
    if shape == "{0}" and len(given) > 1:
        return given[1]
    first = given[1] if len(given) > 1 else None
    if isinstance(first, Item) and first.own and first.field == "owner" and shape[3:4] in {":", "/"}:
        return Own(shape[3]) if shape.startswith("{0}") else UNKNOWN
    return UNKNOWN


_FUNCTIONS: dict[str, Callable[[list[Value]], Value]] = {
    "contains": _contains,
    "startswith": _starts,
    "endswith": _ends,
    "fromjson": _from_json,
    "format": _format,
}

# --- what it may result in --------------------------------------------------------------------------


def chooses(node: Node) -> bool:
    """Tell whether an expression results in one of its parts: `a && b`, `a || b`, `case(a, b, c)`."""
    return node.kind in {"and", "or"} or (node.kind == "call" and node.value == "case" and len(node.parts) % 2 == 1)


def results(node: Node, world: World, wanted: bool | None = None) -> Iterator[Node]:
    """Yield the parts of an expression that it may result in: `a && b || c` is b or c by what a is worth.

    `wanted`: only what may count as true, or as false.
    https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#operators
    """
    if node.kind == "call" and chooses(node):
        for asked, made in zip(node.parts[::2], node.parts[1::2], strict=False):
            found = holds(asked, world)
            if found is not False:
                yield from results(made, world, wanted)
            if found is True:
                return
        yield from results(node.parts[-1], world, wanted)
        return
    if node.kind not in {"and", "or"}:
        if wanted is None or holds(node, world) is not (not wanted):
            yield node
        return
    stops = node.kind == "or"
    for part in node.parts[:-1]:
        found = holds(part, world)
        if found is not (not stops) and wanted is not (not stops):
            # it stops here, with a value that counts as true in `||`, as false in `&&`
            yield from results(part, world, stops)
        if found is stops:
            return
    yield from results(node.parts[-1], world, wanted)
