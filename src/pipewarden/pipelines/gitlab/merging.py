"""How GitLab joins parts of a configuration: merge keys, deep merges, `extends` and `!reference`."""

from collections.abc import Callable, Iterator

from pipewarden.pipelines.yaml_tree import MAX_NODES, Fault, Mapping, Node, Scalar, Sequence

MOST_EXTENDS = 11
"""Levels of `extends`. https://docs.gitlab.com/ci/yaml/#extends"""
MOST_REFERENCES = 10
"""Levels of `!reference`. https://docs.gitlab.com/ci/yaml/yaml_optimization/#reference-tags"""
MOST_DEPTH = 110
"""Of a value whose references lead on: a level of the file counts one, a reference as many as `_STEP`."""
_STEP = MOST_DEPTH // (MOST_REFERENCES + 1)
REFERENCE = "!reference"
_MERGE = "<<"

Tell = Callable[[Node, str], None]
"""Takes what is wrong, with its place."""


def merged(base: Mapping, over: Mapping) -> Mapping:
    """Return a deep merge: mappings are joined key by key, anything else is replaced.

    https://docs.gitlab.com/ci/yaml/includes/#merge-method-for-include
    """
    pairs = {key.value: (key, value) for key, value in base.pairs}
    for key, value in over.pairs:
        known = pairs.get(key.value)
        if known is not None and isinstance(known[1], Mapping) and isinstance(value, Mapping):
            pairs[key.value] = (key, merged(known[1], value))
        else:
            pairs[key.value] = (key, value)
    return Mapping(tuple(pairs.values()), over.line, over.column, over.tag, over.file)


def with_merge_keys(node: Node) -> Node:
    """Return a tree whose merge keys (`<<`) are carried out: shallow, in the order of the keys, as Ruby's parser does.

    https://docs.gitlab.com/ci/yaml/yaml_optimization/#anchors
    """
    if isinstance(node, Scalar):
        return node
    if isinstance(node, Sequence):
        items = tuple(with_merge_keys(item) for item in node.items)
        return Sequence(items, node.line, node.column, node.tag, node.file)
    pairs: dict[str, tuple[Scalar, Node]] = {}
    for key, value in node.pairs:
        done = with_merge_keys(value)
        if key.value == _MERGE and key.plain:
            parts = reversed(done.items) if isinstance(done, Sequence) else (done,)
            for part in parts:
                if isinstance(part, Mapping):
                    pairs.update({inner.value: (inner, inside) for inner, inside in part.pairs})
        else:
            pairs[key.value] = (key, done)
    return Mapping(tuple(pairs.values()), node.line, node.column, node.tag, node.file)


class Joined:
    """The top of a configuration whose jobs are worked out as they are asked for.

    First `extends`, then `!reference`, as GitLab does: a reference sees what `extends` brought.
    """

    def __init__(self, root: Mapping, tell: Tell, *, whole: bool, references: bool = True) -> None:
        self.root = root
        self.tell = tell
        self.whole = whole
        """Whether all that is included was read: only then a name that is not there is a mistake."""
        self.references = references
        """Whether any text holds a reference: nothing is looked for otherwise."""
        self.unknown: list[Fault] = []
        """Templates that may stand in files that were not read."""
        self._top = {key.value: value for key, value in root.pairs}
        self._extended: dict[str, Mapping] = {}
        self._left = MAX_NODES

    def job(self, name: str) -> Mapping | None:
        """Return a job with everything it takes from others; None where the name is not a mapping."""
        whole = self._extend(name, ())
        return self._map(whole, 0) if whole is not None and self.references else whole

    def value(self, name: str) -> Node | None:
        """Return another top-level value with its references resolved."""
        found = self._top.get(name)
        return self._resolved(found, 0) if found is not None and self.references else found

    def _extend(self, name: str, chain: tuple[str, ...]) -> Mapping | None:
        known = self._extended.get(name)
        if known is not None:
            return known
        found = self._top.get(name)
        if not isinstance(found, Mapping):
            return None
        bases = found.get("extends")
        if bases is None:
            return found
        base: Mapping | None = None
        for each in bases.items if isinstance(bases, Sequence) else (bases,):
            if not isinstance(each, Scalar) or each.is_null:
                continue
            if each.value in {name, *chain}:
                self.tell(each, f"{each.value[:80]} extends itself")
                continue
            if len(chain) >= MOST_EXTENDS:
                self.tell(each, f"extends more than {MOST_EXTENDS} levels deep")
                continue
            part = self._extend(each.value, (*chain, name))
            if part is None:
                self._missing(each, f"extends {each.value[:80]}, which is not here")
            elif self._spend(part):
                base = part if base is None else merged(base, part)
        own = Mapping(
            tuple(pair for pair in found.pairs if pair[0].value != "extends"),
            found.line,
            found.column,
            found.tag,
            found.file,
        )
        whole = own if base is None else merged(base, own)
        self._extended[name] = whole
        return whole

    def _spend(self, node: Mapping) -> bool:
        """Bound the work: what is merged again and again is not merged for ever."""
        self._left -= 1 + sum(len(value.pairs) + 1 if isinstance(value, Mapping) else 1 for _, value in node.pairs)
        return self._left > 0

    def _missing(self, node: Node, message: str) -> None:
        if self.whole:
            self.tell(node, message)
        elif len(self.unknown) < MOST_EXTENDS:
            self.unknown.append(Fault(node.line, node.column, message, node.file))

    def _map(self, node: Mapping, depth: int) -> Mapping:
        """Return a mapping with references resolved; itself, where it has none."""
        pairs = []
        changed = False
        for key, value in node.pairs:
            done = value if isinstance(value, Scalar) else self._resolved(value, depth + 1)
            changed = changed or done is not value
            pairs.append((key, done))
        return Mapping(tuple(pairs), node.line, node.column, node.tag, node.file) if changed else node

    def _resolved(self, node: Node, depth: int) -> Node:
        if isinstance(node, Scalar):
            return node
        if isinstance(node, Mapping):
            return self._map(node, depth)
        if node.tag == REFERENCE:
            return self._referenced(node, depth)
        items: list[Node] = []
        changed = False
        for item in node.items:
            done = item if isinstance(item, Scalar) else self._resolved(item, depth + 1)
            if isinstance(item, Sequence) and isinstance(done, Sequence):
                items += done.items  # lists inside lists are flattened in scripts and rules
                changed = True
            else:
                items.append(done)
                changed = changed or done is not item
        return Sequence(tuple(items), node.line, node.column, node.tag, node.file) if changed else node

    def _referenced(self, node: Sequence, depth: int) -> Node:
        nothing = Sequence((), node.line, node.column, "", node.file)
        names = [item.value for item in node.items if isinstance(item, Scalar)]
        self._left -= 1
        if not names or depth >= MOST_DEPTH or self._left <= 0:
            self.tell(node, "a reference that leads nowhere or to itself")
            return nothing
        found: Node | None = self._extend(names[0], ()) or self._top.get(names[0])
        for name in names[1:]:
            found = _inside(found, name)
        if found is None:
            self._missing(node, f"refers to {', '.join(names)[:80]}, which is not here")
            return nothing
        self._left -= len(
            found.items if isinstance(found, Sequence) else found.pairs if isinstance(found, Mapping) else ()
        )
        return self._resolved(found, depth + _STEP)


def _inside(node: Node | None, name: str) -> Node | None:
    """Return what stands under a key, or at a place of a list."""
    if isinstance(node, Mapping):
        return node.get(name)
    at = int(name) if isinstance(node, Sequence) and name.isascii() and name.isdecimal() and len(name) < 6 else -1
    return node.items[at] if isinstance(node, Sequence) and 0 <= at < len(node.items) else None


def flat(node: Node | None, depth: int = 0) -> Iterator[Node]:
    """Yield the entries of a list, those of lists inside it too, at most 10 levels deep; or a single value.

    https://docs.gitlab.com/ci/yaml/yaml_optimization/#nest-reference-tags-in-script-before_script-and-after_script
    """
    if isinstance(node, Sequence) and depth <= MOST_REFERENCES:
        for item in node.items:
            yield from flat(item, depth + 1)
    elif node is not None:
        yield node
