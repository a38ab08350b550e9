"""Walking a YAML or JSON tree: each text with its key path, the name that speaks for it, and its place in the file."""

from bisect import bisect_right
from operator import attrgetter

from msgspec import Struct

from pipewarden.pipelines.yaml_tree import Mapping, Node, Scalar, Sequence, Tree

MAX_KEY = 100
"""Characters of a key kept in a path."""
_START = attrgetter("start")
_OF_PARENT = frozenset({"value", "default", "defaultValue"})


class Leaf(Struct, frozen=True, gc=False):
    """A text of the tree. `start` and `end` are its offsets as written, quotes and markers included."""

    where: str
    name: str
    value: str
    start: int
    end: int
    plain: bool
    in_secret: bool = False
    """It is data of a Kubernetes Secret: `data` in base64, `stringData` as it is."""
    encoded: bool = False

    def __repr__(self) -> str:
        """Show the place alone."""
        return f"Leaf({self.where!r}, {self.start}, {self.end})"


def leaves(tree: Tree, text: str) -> tuple[list[Leaf], list[Leaf]]:
    """Return the texts of all documents in the order of the file, and those that aliases repeat under other names.

    `text` is the file's. What an alias repeats keeps the place where it is written.
    """
    out: list[Leaf] = []
    secrets = "Secret" in text or "\\" in text  # the word may be written with escapes
    for document in tree.documents:
        if document is not None:
            _walk(document, "", "", out, secrets=secrets)
    out.sort(key=_START)
    unique: list[Leaf] = []
    again: dict[tuple[int, str], Leaf] = {}
    for leaf in out:
        if not unique or unique[-1].start != leaf.start:
            unique.append(leaf)
        elif leaf.name != unique[-1].name:
            again.setdefault((leaf.start, leaf.name), leaf)
    return unique, list(again.values())


def _walk(node: Node, where: str, name: str, out: list[Leaf], *, secrets: bool) -> None:
    """Add the texts below a node. Depth is bounded by the tree; the items of a Kubernetes List are documents of their own.

    `secrets` tells whether a mapping may be a Kubernetes Secret at all.
    """
    if type(node) is Scalar:
        out.append(Leaf(where, name, node.value, node.start, node.end, node.plain))
        return
    if type(node) is Sequence:
        for at, item in enumerate(node.items):
            _walk(item, f"{where}[{at}]", name, out, secrets=secrets)
        return
    if secrets and _is_secret(node):
        _secret(node, where, out)
        return
    given: str | None = None
    for key, value in node.pairs:
        speaks = key.value
        below = _below(where, speaks)
        if speaks in _OF_PARENT:
            given = _given_name(node) if given is None else given
            speaks = given or name or speaks
        if type(value) is Scalar:  # as most are
            out.append(Leaf(below, speaks, value.value, value.start, value.end, value.plain))
        else:
            _walk(value, below, speaks, out, secrets=secrets)


def _given_name(node: Mapping) -> str:
    """Return the name in a `{name: X, value: Y}` pair."""
    if node.get("value") is None:
        return ""
    named = node.get("name") or node.get("key")
    return named.value if isinstance(named, Scalar) else ""


def _is_secret(node: Mapping) -> bool:
    """Tell whether a mapping is a Kubernetes Secret (<https://kubernetes.io/docs/concepts/configuration/secret/>)."""
    kind = node.get("kind")
    if not (isinstance(kind, Scalar) and kind.value == "Secret" and node.get("sops") is None):
        return False
    version = node.get("apiVersion")
    return isinstance(version, Scalar) and version.value == "v1"


def _secret(node: Mapping, where: str, out: list[Leaf]) -> None:
    """Add the texts of a Kubernetes Secret, its data marked."""
    for key, value in node.pairs:
        below = _below(where, key.value)
        if key.value in {"data", "stringData"} and isinstance(value, Mapping):
            for name, text in value.pairs:
                path = _below(below, name.value)
                if isinstance(text, Scalar):
                    encoded = key.value == "data"
                    out.append(Leaf(path, name.value, text.value, text.start, text.end, text.plain, True, encoded))
                else:
                    _walk(text, path, name.value, out, secrets=True)
        else:
            _walk(value, below, key.value, out, secrets=True)


def _below(where: str, key: str) -> str:
    """Return the path of a key below another."""
    key = key[:MAX_KEY]
    return f"{where}.{key}" if where else key


def leaf_at(found: list[Leaf], starts: list[int], offset: int) -> Leaf | None:
    """Return the text that covers an offset."""
    at = bisect_right(starts, offset) - 1
    return found[at] if at >= 0 and found[at].start <= offset < max(found[at].end, found[at].start + 1) else None
