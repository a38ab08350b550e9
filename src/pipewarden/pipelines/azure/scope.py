"""What is known at a place of an Azure pipeline while it is put together: parameters, loops, guards, and whose file it is.

A condition is weighed once for each occasion that can start the pipeline: a part that pull requests never get is kept,
and remembers that. Occasions other than a manual start take the defaults of the pipeline's own parameters.
https://learn.microsoft.com/en-us/azure/devops/pipelines/process/runtime-parameters
"""

import re
from collections.abc import Iterator
from collections.abc import Mapping as Table
from types import MappingProxyType
from typing import NamedTuple

from msgspec import structs

from pipewarden.pipelines.azure.expressions import UNKNOWN, Tree, Value, parse, truth, value_of
from pipewarden.pipelines.definition import Occasion
from pipewarden.pipelines.yaml_tree import Fault, Mapping, Node, Position, Scalar, Sequence

MAX_WORK = 50_000
"""Nodes of one pipeline with its templates spread out."""
MAX_LOOP = 200
MAX_TEXT = 100_000
MAX_OPEN_ENDS = 20

_EXPRESSION = re.compile(r"\$\{\{(.{0,4000}?)\}\}", re.DOTALL)
_DIRECTIVE = re.compile(r"\s*\$\{\{\s*(if|elseif|else|each|insert)\b(.*?)\}\}\s*", re.DOTALL)
_EACH = re.compile(r"\s*([A-Za-z_][\w-]*)\s+in\s+(.+)", re.DOTALL)

REASONS = {
    Occasion.PUSH: ("individualci", "batchedci"),
    Occasion.TAG: ("individualci", "batchedci"),
    Occasion.MERGE_REQUEST: ("pullrequest",),
    Occasion.FORK: ("pullrequest",),
    Occasion.SCHEDULE: ("schedule",),
    Occasion.MANUAL: ("manual",),
    Occasion.PARENT: ("resourcetrigger", "buildcompletion"),
}
"""https://learn.microsoft.com/en-us/azure/devops/pipelines/build/variables (Build.Reason)"""


class Bound(NamedTuple):
    """A part of a file with the scope it was written in."""

    node: Node | None
    scope: "Scope"


class Shared:
    """What all scopes of one pipeline share: the work left, what starts it, and what was not followed."""

    def __init__(self, occasions: tuple[Occasion, ...], variables: dict[str, str]) -> None:
        self.occasions = occasions
        self.variables = variables
        self.left = MAX_WORK
        self.open_ends: list[Fault] = []

    def spend(self) -> bool:
        """Take one piece of work; False where none is left."""
        self.left -= 1
        return self.left > 0

    def open_end(self, at: Position, message: str) -> None:
        """Note what could not be followed, once for each place and cause."""
        fault = Fault(at.line, at.column, message, at.file)
        if len(self.open_ends) < MAX_OPEN_ENDS and fault not in self.open_ends:
            self.open_ends.append(fault)


class Scope(NamedTuple):
    """One place. `at` is set inside templates: the place that led here, for what has none of its own."""

    shared: Shared
    root: bool
    """Whether parameters are the pipeline's own, which whoever starts it by hand may choose."""
    parameters: dict[str, Bound]
    free: frozenset[str] = frozenset()
    """Parameters of the pipeline that take any text."""
    loops: Table[str, Bound | str] = MappingProxyType({})
    excluded: frozenset[Occasion] = frozenset()
    """Occasions on which what stands here is left out."""
    doubtful: frozenset[Occasion] = frozenset()
    """Occasions on which a condition that the file does not settle may leave it out."""
    at: Position | None = None
    folder: str = ""
    depth: int = 0

    def place(self, node: Node) -> Position:
        """Return where to show something: in the file that says it, the pipeline's own or a template's."""
        said = self.origin(node)
        return Position(said.line, said.column, said.file) if said.line else self.at or Position(1, 1)

    def origin(self, node: Node) -> Node:
        """Return what says a value: the text that a caller gave, or a default, where it is nothing but a parameter.

        The pipeline's own parameters stay as they are written, as in its texts.
        """
        said, scope = node, self
        for _ in range(20):
            tree = _only_path(said)
            if tree is None or (scope.root and tree[1].lower() == "parameters"):
                break
            known = scope.bound(tree[1:])
            if not isinstance(known, Bound) or known.node is None or known.node is said or not known.node.line:
                break
            said, scope = known.node, known.scope
        return said

    def value(self, text: str, occasion: Occasion | None) -> Value:
        """Return what an expression gives on an occasion; None: whatever the occasion is."""
        return value_of(parse(text.strip()), lambda path: self._lookup(path, occasion))

    def _lookup(self, path: tuple[str, ...], occasion: Occasion | None) -> Value:
        head = path[0].lower()
        if head == "variables":
            return self._variable(".".join(path[1:]).lower(), occasion)
        found = self.bound(path)
        if found is None:
            return UNKNOWN
        if isinstance(found, str):
            return found
        chosen = self.root and head == "parameters" and occasion in {None, Occasion.MANUAL, Occasion.API}
        if chosen or found.node is None:
            return UNKNOWN
        if isinstance(found.node, Scalar):
            text = found.node.value
            only = _EXPRESSION.fullmatch(text.strip())
            if only:
                return found.scope.value(only.group(1), occasion) if self.shared.spend() else UNKNOWN
            return UNKNOWN if "${{" in text or "$(" in text else text
        return UNKNOWN

    def _variable(self, name: str, occasion: Occasion | None) -> Value:
        if occasion is None:
            return UNKNOWN
        if name == "build.reason":
            return REASONS.get(occasion, ("",))[0]
        if occasion in {Occasion.MERGE_REQUEST, Occasion.FORK}:
            known: dict[str, Value] = {
                "build.sourcebranch": "refs/pull/1/merge",
                "build.sourcebranchname": "merge",
                "system.pullrequest.isfork": str(occasion is Occasion.FORK),
            }
            if occasion is Occasion.FORK:
                # whoever keeps forks out by the project's name calls the open one so: dotnet's templates began it
                known["system.teamproject"] = "public"
            return known.get(name, UNKNOWN)
        return "" if name.startswith("system.pullrequest.") else UNKNOWN

    def bound(self, path: tuple[str, ...]) -> Bound | str | None:
        """Return what a parameter or loop variable stands for, or None."""
        if path[0].lower() == "parameters" and len(path) > 1:
            found: Bound | str | None = self.parameters.get(path[1], None if self.root else "")
            rest = path[2:]
        else:
            found = self.loops.get(path[0])
            rest = path[1:]
        for part in rest:
            if not isinstance(found, Bound):
                return found
            held = found.scope.resolve(found.node)
            if not isinstance(held.node, Mapping):
                return "" if isinstance(held.node, Scalar) and "$" not in held.node.value else None
            inner = held.node.get(part)
            if inner is None and any("${{" in key.value for key, _ in held.node.pairs):
                inner = table(held)[part].node if part in table(held) else None
            # what is not given is an empty text to an expression
            found = Bound(inner, held.scope) if inner is not None else ""
        return found

    def under(self, condition: str) -> "Scope":
        """Return this scope for what stands under a condition that is weighed while the pipeline runs."""
        if truth(self.value(condition, None)) is True:
            return self
        weighed = {o: truth(self.value(condition, o)) for o in self.shared.occasions}
        out = {o for o, holds in weighed.items() if holds is False}
        perhaps = {o for o, holds in weighed.items() if holds is UNKNOWN}
        return self._replace(excluded=self.excluded | out, doubtful=self.doubtful | perhaps)

    def withheld(self) -> tuple[Occasion, ...]:
        """Return the occasions on which what stands here is left out, or may be."""
        return tuple(o for o in self.shared.occasions if o in self.excluded or o in self.doubtful)

    def text(self, node: Node | None) -> str:
        """Return a text with what is known put in; what is not stays as it was written."""
        if not isinstance(node, Scalar) or node.is_null:
            return ""
        return self.filled(node.value)

    def filled(self, text: str) -> str:
        """Put known parameters and loop variables into a text; the pipeline's own parameters stay as written."""
        if "${{" not in text:
            return text
        return _EXPRESSION.sub(self._fill, text)

    def _fill(self, found: re.Match[str]) -> str:
        tree = parse(found.group(1).strip())
        if tree is None or tree[0] != "path":
            return found.group()
        if self.root and tree[1].lower() == "parameters":
            return found.group()
        known = self.bound(tree[1:])
        if isinstance(known, str):
            return known
        if known is None or not isinstance(known.node, Scalar) or not self.shared.spend():
            return found.group()
        return known.scope.filled(known.node.value)[:MAX_TEXT]

    def resolve(self, node: Node | None) -> Bound:
        """Return what a value stands for where it is nothing but a parameter: a list of steps that a caller gave."""
        scope = self
        if not isinstance(node, Scalar) or "${{" not in node.value:
            return Bound(node, scope)
        for _ in range(20):
            tree = _only_path(node)
            if tree is None:
                break
            known = scope.bound(tree[1:])
            if not isinstance(known, Bound) or (known.node is node):
                break
            inner = known.scope._replace(
                excluded=known.scope.excluded | scope.excluded, doubtful=known.scope.doubtful | scope.doubtful
            )
            node, scope = known.node, inner
        return Bound(node, scope)


def _only_path(node: Node | None) -> Tree:
    """Return the path of a value that is nothing but a parameter or a loop's variable, as it was parsed; else None."""
    if not isinstance(node, Scalar) or "${{" not in node.value:
        return None
    only = _EXPRESSION.fullmatch(node.value.strip())
    tree = parse(only.group(1).strip()) if only else None
    return tree if tree is not None and tree[0] == "path" else None


def items(bound: Bound) -> Iterator[Bound]:
    """Yield the items of a list with `${{ if }}`, `${{ each }}` and lists given by parameters spread out."""
    node, scope = bound.scope.resolve(bound.node)
    if isinstance(node, Mapping):
        # `steps: ${{ if }}:` and the like: a mapping of directives in the place of a list
        yield from _directives(node, scope)
        return
    if not isinstance(node, Sequence):
        return
    chain = _Chain(scope)
    for item in node.items:
        if not scope.shared.spend():
            return
        if isinstance(item, Scalar):
            inner = scope.resolve(item)
            if isinstance(inner.node, Sequence):
                yield from items(inner)
            elif inner.node is not None:
                yield inner
        elif isinstance(item, Mapping) and item.pairs and _only_directives(item):
            for key, value in item.pairs:
                for under in chain.under(key.value):
                    yield from _spread(value, under)
        else:
            yield Bound(item, scope)


def _directives(node: Mapping, scope: Scope) -> Iterator[Bound]:
    chain = _Chain(scope)
    for key, value in node.pairs:
        if _DIRECTIVE.fullmatch(key.value):
            for under in chain.under(key.value):
                yield from _spread(value, under)


def _spread(value: Node, scope: Scope) -> Iterator[Bound]:
    inner = scope.resolve(value)
    if isinstance(inner.node, Sequence):
        yield from items(inner)
    elif isinstance(inner.node, Mapping):
        yield inner


def pairs(bound: Bound) -> Iterator[tuple[Scalar, Bound]]:
    """Yield the keys and values of a mapping with `${{ if }}`, `${{ each }}` and `${{ insert }}` spread out."""
    node, scope = bound.scope.resolve(bound.node)
    if not isinstance(node, Mapping):
        return
    chain = _Chain(scope)
    for key, value in node.pairs:
        if not scope.shared.spend():
            return
        if key.value.startswith("${{") and _DIRECTIVE.fullmatch(key.value):
            for under in chain.under(key.value):
                yield from pairs(Bound(value, under))
        elif "${{" in key.value:
            name = scope.filled(key.value)
            yield structs.replace(key, value=name), Bound(value, scope)
        else:
            yield key, Bound(value, scope)


def table(bound: Bound) -> dict[str, Bound]:
    """Return a mapping with its directives spread out; the first of two values that exclude each other stands."""
    node, scope = bound.scope.resolve(bound.node)
    if isinstance(node, Mapping) and not any("${{" in key.value for key, _ in node.pairs):
        scope.shared.left -= len(node.pairs)
        return {key.value: Bound(value, scope) for key, value in node.pairs} if scope.shared.left > 0 else {}
    found: dict[str, Bound] = {}
    for key, value in pairs(Bound(node, scope)):
        found.setdefault(key.value, value)
    return found


class _Chain:
    """A row of `if`, `elseif`, `else`: a later one holds only where no earlier one surely did."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.surely: set[Occasion | None] = set()

    def under(self, key: str) -> Iterator[Scope]:
        """Yield the scopes in which what stands under a directive is read: none where it never holds."""
        found = _DIRECTIVE.fullmatch(key)
        if not found:
            yield self.scope
            return
        word, rest = found.group(1), found.group(2)
        if word == "each":
            yield from self._each(rest)
        elif word == "insert":
            yield self.scope
        else:
            if word == "if":
                self.surely = set()
            yield from self._branch("true" if word == "else" else rest)

    def _branch(self, condition: str) -> Iterator[Scope]:
        scope = self.scope
        occasions: tuple[Occasion | None, ...] = scope.shared.occasions or (None,)
        out: set[Occasion | None] = set()
        perhaps: set[Occasion] = set()
        always = truth(scope.value(condition, None))
        if always is False:
            return
        for occasion in occasions:
            # what holds whatever the occasion is need not be weighed for each
            holds = truth(scope.value(condition, occasion)) if always is UNKNOWN else always
            if holds is False or occasion in self.surely:
                out.add(occasion)
            elif holds is True:
                self.surely.add(occasion)
            elif occasion is not None:
                perhaps.add(occasion)
        if len(out) < len(occasions):
            sure = {o for o in out if o is not None}
            yield scope._replace(excluded=scope.excluded | sure, doubtful=scope.doubtful | perhaps)

    def _each(self, rest: str) -> Iterator[Scope]:
        scope = self.scope
        found = _EACH.fullmatch(rest.strip())
        if not found:
            return
        name, path = found.group(1), parse(found.group(2).strip())
        if path is not None and path[0] == "path" and len(path) == 2 and path[1].lower() == "parameters":
            for each, given in list(scope.parameters.items())[:MAX_LOOP]:
                yield _with_pair(scope, name, Scalar(each, 0, 0), given)
            return
        known = scope.bound(path[1:]) if path is not None and path[0] == "path" else None
        if not isinstance(known, Bound) or known.node is None:
            yield scope._replace(loops={key: value for key, value in scope.loops.items() if key != name})
            return
        resolved = known.scope.resolve(known.node)
        if isinstance(resolved.node, Mapping):
            for key, value in list(pairs(resolved))[:MAX_LOOP]:
                yield _with_pair(scope, name, key, value)
            return
        for item in list(items(resolved))[:MAX_LOOP]:
            yield scope._replace(loops={**scope.loops, name: item})


def _with_pair(scope: Scope, name: str, key: Scalar, value: Bound) -> Scope:
    """Return a scope in which a loop stands at one key and value of a mapping."""
    node = Mapping(((_KEY, key), (_VALUE, value.node or key)), key.line, key.column, file=key.file)
    return scope._replace(loops={**scope.loops, name: Bound(node, value.scope)})


_KEY, _VALUE = Scalar("key", 0, 0), Scalar("value", 0, 0)


def _only_directives(item: Mapping) -> bool:
    """Tell whether an item of a list stands for what its directives hold, and is no mapping with some inside."""
    return all(key.value.startswith("${{") and _DIRECTIVE.fullmatch(key.value) for key, _ in item.pairs)
