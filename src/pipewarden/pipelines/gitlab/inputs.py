"""The header of a file that takes inputs, and its text with them put in.

https://docs.gitlab.com/ci/inputs/
"""

import re
from collections.abc import Iterable

from msgspec import Struct

from pipewarden.pipelines.reading import text_of, texts_of
from pipewarden.pipelines.yaml_tree import Mapping, Node, Scalar, Sequence

INPUT = re.compile(r"\$\[\[\s{0,9}inputs\.([\w.-]+)\s{0,9}(?:\|[^\]\n]{0,200})?\]\]")
"""An input where it is used; functions after a bar change its text."""


class Input(Struct, frozen=True):
    """One input as the header declares it."""

    name: str
    default: Node | None
    free: bool
    """Whether it may be any text: neither options nor a pattern, and not a number or a boolean."""


class Header(Struct, frozen=True):
    """What stands before the `---`: the inputs, by name."""

    inputs: dict[str, Input]


def split(documents: tuple[Node | None, ...]) -> tuple[Header | None, Node | None]:
    """Return the header (None: there is none) and the document that holds the jobs."""
    first = documents[0] if documents else None
    if not isinstance(first, Mapping) or first.get("spec") is None or len(first.pairs) > 1:
        return None, first
    spec = first.get("spec")
    declared = spec.get("inputs") if isinstance(spec, Mapping) else None
    inputs = {}
    for key, value in declared.pairs if isinstance(declared, Mapping) else ():
        inputs[key.value] = _input(key.value, value)
    return Header(inputs), documents[1] if len(documents) > 1 else None


def _input(name: str, node: Node) -> Input:
    if not isinstance(node, Mapping):
        return Input(name, None, free=True)
    plain = text_of(node.get("type")) in {"", "string", "array"}
    bound = bool(texts_of(node.get("options"))) or bool(text_of(node.get("regex")))
    return Input(name, node.get("default"), free=plain and not bound)


def filled(node: Node, values: dict[str, Node]) -> Node:
    """Return a tree in which the inputs that have a value are put in; a value alone keeps its form (a list, a mapping)."""
    if isinstance(node, Scalar):
        return _filled_text(node, values) if "$[[" in node.value else node
    if isinstance(node, Sequence):
        items = tuple(filled(item, values) for item in node.items)
        return Sequence(items, node.line, node.column, node.tag, node.file)
    pairs = []
    for key, value in node.pairs:
        name = _filled_text(key, values) if "$[[" in key.value else key
        pairs.append((name if isinstance(name, Scalar) else key, filled(value, values)))
    return Mapping(tuple(pairs), node.line, node.column, node.tag, node.file)


def _filled_text(node: Scalar, values: dict[str, Node]) -> Node:
    alone = INPUT.fullmatch(node.value.strip())
    if alone:
        value = values.get(alone[1])
        if value is not None and not isinstance(value, Scalar):
            return value

    def put(found: re.Match[str]) -> str:
        value = values.get(found[1])
        return value.value if isinstance(value, Scalar) else found[0]

    text = INPUT.sub(put, node.value)
    return Scalar(text, node.line, node.column, node.start, node.end, node.plain, node.tag, node.file)


def values_for(header: Header, given: Node | None) -> dict[str, Node]:
    """Return what the inputs are: what is given, else the default; an input with neither has no value."""
    values = {name: each.default for name, each in header.inputs.items() if each.default is not None}
    if isinstance(given, Mapping):
        values |= {key.value: value for key, value in given.pairs if key.value in header.inputs}
    return values


def free_names(header: Header | None) -> frozenset[str]:
    """Return the inputs that may be any text."""
    return frozenset(each.name for each in _declared(header) if each.free)


def _declared(header: Header | None) -> Iterable[Input]:
    return header.inputs.values() if header else ()
