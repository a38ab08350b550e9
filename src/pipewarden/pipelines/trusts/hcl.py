"""HCL text to blocks and values with positions, in the tree of `yaml_tree`; what cannot be settled stays open.

Parsed by tree-sitter, which reads 2,300 files in a CPU second and gives the place of every node; see
docs/decisions/0009-trusts-in-files.md. Only what trusts need is evaluated: literals, templates, lists, objects,
references that a scope settles, and a handful of functions. https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md
"""

import re
from collections.abc import Callable, Iterator
from collections.abc import Mapping as Table
from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct

from pipewarden.pipelines.trusts.stated import OPEN, Open
from pipewarden.pipelines.yaml_tree import Mapping, Node, Scalar, Sequence, parse

if TYPE_CHECKING:
    import tree_sitter

MAX_CHARACTERS = 1024 * 1024
MAX_DEPTH = 40
"""Nesting of blocks and of values, references followed included."""
MAX_BLOCKS = 20_000
"""Blocks of one file."""
MAX_ITEMS = 1_000
"""Items that a `for` makes."""
MAX_STEPS = 50_000
"""Values that one folder may come to: a reference is evaluated again where it is used."""
MAX_TEXT = 100_000
"""Characters of a text that a template makes."""

ELSEWHERE = -1
"""The end of a text that does not stand where it is told: it is used there."""
IN_FILE = "!in:"
"""How the tag of a document begins that tells which file of the folder it stands in."""

Lookup = Callable[[str, int], Node | None]
"""Gives the value of a reference such as `local.issuer` at a depth, None where it is not settled."""

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_ESCAPE = re.compile(r'\\(?:([nrt"\\])|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))')


class Expression(Struct, frozen=True):
    """An expression that is not evaluated yet."""

    node: "tree_sitter.Node"
    source: bytes

    @property
    def line(self) -> int:
        """The line it begins in, from 1."""
        return self.node.start_point.row + 1


class Block(Struct, frozen=True):
    """A block: `resource "aws_iam_role" "deploy" { … }` has the kind `resource` and two labels."""

    kind: str
    labels: tuple[str, ...]
    attributes: dict[str, Expression]
    blocks: "tuple[Block, ...]"
    line: int
    column: int

    def inside(self, kind: str) -> "Iterator[Block]":
        """Yield the blocks of a kind directly inside; a `dynamic` one of that kind is yielded as it stands."""
        for block in self.blocks:
            if block.kind == kind or (block.kind == "dynamic" and block.labels == (kind,)):
                yield block


class File(Struct, frozen=True):
    """A file of blocks; `root` holds its top attributes and blocks. Faults are where it is not HCL."""

    root: Block
    faults: tuple[Open, ...]


@cache
def _parser() -> "tree_sitter.Parser":
    import tree_sitter
    import tree_sitter_hcl

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_hcl.language()))


def read_hcl(text: str) -> File:
    """Read HCL text; never raises. Broken parts are faults, the rest is read."""
    if len(text) > MAX_CHARACTERS:
        return File(Block("", (), {}, (), 1, 1), (Open(f"larger than {MAX_CHARACTERS} characters", 1, 1),))
    source = text.encode("utf-8", "replace")
    root = _parser().parse(source).root_node
    faults: list[Open] = []
    left = [MAX_BLOCKS]
    body = next((child for child in root.children if child.type == "body"), None)
    attributes, blocks = ({}, ()) if body is None else _body(body, source, faults, left, 0)
    if root.has_error:
        broken = _first_error(root)
        row, column = _place(broken, source)
        faults.append(Open("what begins here is not HCL", row, column))
    return File(Block("", (), attributes, blocks, 1, 1), tuple(faults))


def _first_error(node: "tree_sitter.Node") -> "tree_sitter.Node":
    while not (node.is_error or node.is_missing):
        inner = next((child for child in node.children if child.has_error), None)
        if inner is None:
            break
        node = inner
    return node


def _place(node: "tree_sitter.Node", source: bytes) -> tuple[int, int]:
    row, column = node.start_point
    before = source[node.start_byte - column : node.start_byte].decode("utf-8", "replace")
    return row + 1, len(before) + 1


def _body(
    body: "tree_sitter.Node", source: bytes, faults: list[Open], left: list[int], depth: int
) -> tuple[dict[str, Expression], tuple[Block, ...]]:
    attributes: dict[str, Expression] = {}
    blocks: list[Block] = []
    for child in body.children:
        if child.type == "attribute":
            name, value = child.named_child(0), child.named_child(child.named_child_count - 1)
            if value.type == "expression":
                attributes[_raw(name, source)] = Expression(value, source)
        elif child.type == "block":
            left[0] -= 1
            line, column = _place(child, source)
            if depth >= MAX_DEPTH or left[0] < 0:
                faults.append(Open("nested too deep, or too many blocks", line, column))
                return attributes, tuple(blocks)
            words = [each for each in child.children if each.type in {"identifier", "string_lit"}]
            inner = next((each for each in child.children if each.type == "body"), None)
            held = ({}, ()) if inner is None else _body(inner, source, faults, left, depth + 1)
            names = tuple(_raw(each, source).strip('"') for each in words)
            blocks.append(Block(names[0] if names else "", names[1:], *held, line, column))
    return attributes, tuple(blocks)


def _raw(node: "tree_sitter.Node", source: bytes) -> str:
    return source[node.start_byte : node.end_byte].decode("utf-8", "replace")


class Evaluator:
    """Evaluates expressions with what a scope knows."""

    def __init__(self, lookup: Lookup, extra: Table[str, Node] | None = None, left: list[int] | None = None) -> None:
        self.lookup = lookup
        self.extra = dict(extra or {})
        self.left = [MAX_STEPS] if left is None else left

    def value(self, expression: Expression | None, depth: int = 0) -> Node | None:
        """Return what an expression comes to; None only for no expression."""
        return None if expression is None else self._value(expression.node, expression.source, depth)

    def _value(self, node: "tree_sitter.Node", source: bytes, depth: int) -> Node:
        self.left[0] -= 1
        if depth > MAX_DEPTH or self.left[0] < 0:
            return self._open(node, source)
        while node.type in {"expression", "literal_value", "template_expr", "collection_value"}:
            inner = [each for each in node.named_children if each.type != "comment"]
            if len(inner) != 1:
                break
            node = inner[0]
        match node.type:
            case "string_lit" | "quoted_template" | "heredoc_template":
                return self._template(node, source, depth)
            case "numeric_lit" | "bool_lit" | "null_lit":
                return Scalar(_raw(node, source), *_place(node, source))
            case "tuple":
                items = [self._value(each, source, depth + 1) for each in _expressions(node)]
                return Sequence(tuple(items), *_place(node, source))
            case "object":
                return self._object(node, source, depth)
            case "function_call":
                return self._call(node, source, depth)
            case "for_expr":
                return self._for(node, source, depth)
            case "expression" | "variable_expr":
                return self._reference(node, source, depth)
            case _:
                return self._open(node, source)

    def _open(self, node: "tree_sitter.Node", source: bytes) -> Scalar:
        words = " ".join(_raw(node, source).split()).removeprefix("${").removesuffix("}").strip()
        return Scalar(f"${{{words[:120]}}}", *_place(node, source), tag=OPEN)

    def _template(self, node: "tree_sitter.Node", source: bytes, depth: int) -> Scalar:
        heredoc = node.type == "heredoc_template"
        parts: list[str] = []
        settled = True
        for each in node.named_children:
            if each.type == "template_literal":
                text = _raw(each, source)
                plain = text if heredoc else _ESCAPE.sub(_unescaped, text)
                parts.append(plain.replace("$${", "${").replace("%%{", "%{"))
            elif each.type == "template_interpolation":
                inner = next((e for e in each.named_children if e.type == "expression"), None)
                value = self._open(each, source) if inner is None else self._value(inner, source, depth + 1)
                if isinstance(value, Scalar):
                    settled &= value.tag != OPEN
                    parts.append(value.value)
                else:
                    settled = False
                    parts.append(self._open(each, source).value)
            elif each.type == "template_directive":
                settled = False
                parts.append("${…}")
        line, column = _place(node, source)
        text = "".join(parts)
        if len(text) > MAX_TEXT:
            return self._open(node, source)
        if heredoc:
            text, line, column = text.removeprefix("\n"), line + 1, 1
        return Scalar(text, line, column, plain=False, tag="" if settled else OPEN)

    def _object(self, node: "tree_sitter.Node", source: bytes, depth: int) -> Node:
        pairs = []
        for element in node.named_children:
            if element.type != "object_elem":
                continue
            key, value = element.child_by_field_name("key"), element.child_by_field_name("val")
            if key is None or value is None:
                continue
            word = _raw(key, source)
            line, column = _place(key, source)
            if re.fullmatch(r"[\w-]+", word):
                name = Scalar(word, line, column)
            else:
                told = self._value(key, source, depth + 1)
                name = told if isinstance(told, Scalar) else self._open(key, source)
            pairs.append((name, self._value(value, source, depth + 1)))
        return Mapping(tuple(pairs), *_place(node, source))

    def _call(self, node: "tree_sitter.Node", source: bytes, depth: int) -> Node:
        name = next((_raw(each, source) for each in node.named_children if each.type == "identifier"), "")
        given = next((each for each in node.named_children if each.type == "function_arguments"), None)
        arguments = [] if given is None else [self._value(each, source, depth + 1) for each in _expressions(given)]
        made = call(name, arguments)
        return self._open(node, source) if made is None else made

    def _for(self, node: "tree_sitter.Node", source: bytes, depth: int) -> Node:
        """Evaluate `[for x in LIST : …]` and `{for x in LIST : … => …}` without a condition, where the list is settled."""
        inner = node.named_children[0] if node.named_children else node
        intro = next((each for each in inner.named_children if each.type == "for_intro"), None)
        bodies = [each for each in inner.named_children if each.type == "expression"]
        has_condition = any(each.type == "for_cond" for each in inner.named_children)
        wanted = {"for_tuple_expr": 1, "for_object_expr": 2}.get(inner.type)
        if intro is None or len(bodies) != wanted or has_condition:
            return self._open(node, source)
        names = [_raw(each, source) for each in intro.named_children if each.type == "identifier"]
        over = next((each for each in intro.named_children if each.type == "expression"), None)
        items = None if over is None else _pairs(self._value(over, source, depth + 1))
        if items is None or len(names) not in {1, 2} or len(items) > MAX_ITEMS:
            return self._open(node, source)
        made: list[list[Node]] = []
        for key, item in items:
            known = dict(zip(names, (key, item) if len(names) == 2 else (item,), strict=True))
            inside = Evaluator(self.lookup, self.extra | known, self.left)
            made.append([inside._value(each, source, depth + 1) for each in bodies])
        place = _place(node, source)
        if wanted == 1:
            return Sequence(tuple(value for (value,) in made), *place)
        if not all(isinstance(key, Scalar) for key, _ in made):
            return self._open(node, source)
        return Mapping(tuple((key, value) for key, value in made if isinstance(key, Scalar)), *place)

    def _reference(self, node: "tree_sitter.Node", source: bytes, depth: int) -> Node:
        kinds = [each.type for each in node.named_children]
        if "(" in {each.type for each in node.children} and kinds == ["expression"]:
            return self._value(node.named_children[0], source, depth + 1)
        if node.type != "variable_expr" and not (kinds and kinds[0] == "variable_expr"):
            return self._open(node, source)
        word = re.sub(r"\[(?:0|\*|count\.index|each\.key)\]", "", _raw(node, source).replace(" ", ""))
        found = self.extra.get(word)
        if found is None and self.extra:
            name, _, field = word.rpartition(".")
            inner = self.extra.get(name)
            found = inner.get(field) if isinstance(inner, Mapping) else None
        if found is None and depth < MAX_DEPTH:
            found = self.lookup(word, depth + 1)
        return self._open(node, source) if found is None else placed(found, *_place(node, source))


def _pairs(node: Node) -> list[tuple[Node, Node]] | None:
    """Return keys and items of what a loop goes over, None where it is neither a list nor an object."""
    if isinstance(node, Sequence):
        return [(item, item) for item in node.items]
    return list(node.pairs) if isinstance(node, Mapping) else None


def _expressions(node: "tree_sitter.Node") -> Iterator["tree_sitter.Node"]:
    return (each for each in node.named_children if each.type == "expression")


def _unescaped(match: re.Match[str]) -> str:
    short, four, eight = match.groups()
    if short:
        return _ESCAPES[short]
    code = int(four or eight, 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"


def call(name: str, arguments: list[Node]) -> Node | None:
    """Return what a function of Terraform comes to, None where it is not one of the few or its input is open.

    https://developer.hashicorp.com/terraform/language/functions
    """
    first = arguments[0] if arguments else None
    if name in {"jsonencode", "tolist", "toset", "tostring", "sensitive", "nonsensitive", "one", "distinct"}:
        return first
    if name == "try" and isinstance(first, Scalar) and first.tag != OPEN:
        return first
    if name == "merge" and arguments and all(isinstance(each, Mapping) for each in arguments):
        held = {key.value: (key, value) for each in arguments if isinstance(each, Mapping) for key, value in each.pairs}
        return Mapping(tuple(held.values()), arguments[0].line, arguments[0].column)
    if name == "jsondecode" and isinstance(first, Scalar):
        return json_at(first)
    if name in {"concat", "flatten"} and all(isinstance(each, Sequence) for each in arguments):
        items = [item for each in arguments if isinstance(each, Sequence) for item in each.items]
        if name == "flatten":
            items = [i for item in items for i in (item.items if isinstance(item, Sequence) else (item,))]
        return Sequence(tuple(items[:MAX_ITEMS]), first.line, first.column) if first else None
    words = [each for each in arguments if isinstance(each, Scalar)]
    if not words or len(words) != len(arguments) or any(each.tag == OPEN for each in words[1:]):
        return None
    return _on_text(name, words)


def _on_text(name: str, words: list[Scalar]) -> Scalar | None:
    text, *rest = [each.value for each in words]
    match name, rest:
        case "replace", [old, new] if not old.startswith("/"):
            made = text.replace(old, new)
        case "trimprefix", [prefix]:
            made = text.removeprefix(prefix)
        case "trimsuffix", [suffix]:
            made = text.removesuffix(suffix)
        case "lower", []:
            made = text.lower()
        case "format", values if text.count("%s") == len(values) and text.count("%") == len(values):
            made = text
            for value in values:
                made = made.replace("%s", value, 1)
        case _:
            return None
    return Scalar(made, words[0].line, words[0].column, plain=False, tag=words[0].tag)


def json_at(text: Scalar) -> Node:
    """Return the JSON that a text holds, its places counted from where the text begins; the text itself where it is none."""
    tree = parse(text.value)
    if tree.root is None or isinstance(tree.root, Scalar):
        return text if text.tag == OPEN else Scalar(text.value, text.line, text.column, tag=OPEN)
    if text.end == ELSEWHERE:
        return placed(moved(tree.root, 0), text.line, text.column)
    return moved(tree.root, text.line - 1)


def placed(node: Node, line: int, column: int) -> Node:
    """Return a value that stands elsewhere at the place where it is used; a document that tells its file stays there."""
    if isinstance(node, Scalar):
        return Scalar(node.value, line, column, end=ELSEWHERE, plain=node.plain, tag=node.tag)
    if isinstance(node, Sequence):
        return Sequence(tuple(placed(each, line, column) for each in node.items), line, column)
    if node.tag.startswith(IN_FILE):
        return node
    pairs = ((Scalar(key.value, line, column), placed(value, line, column)) for key, value in node.pairs)
    return Mapping(tuple(pairs), line, column)


def moved(node: Node, lines: int) -> Node:
    """Return a tree some lines further down; texts that hold `${` are open."""
    if isinstance(node, Scalar):
        tag = OPEN if "${" in node.value else node.tag
        return Scalar(node.value, node.line + lines, node.column, plain=node.plain, tag=tag)
    if isinstance(node, Sequence):
        return Sequence(tuple(moved(each, lines) for each in node.items), node.line + lines, node.column)
    pairs = tuple((Scalar(key.value, key.line + lines, key.column), moved(value, lines)) for key, value in node.pairs)
    return Mapping(pairs, node.line + lines, node.column)
