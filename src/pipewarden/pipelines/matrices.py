"""Reading `strategy.matrix`: the values that its keys can have.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstrategymatrix
"""

from collections.abc import Iterable
from itertools import product
from math import prod

from pipewarden.pipelines.parts import Matrix
from pipewarden.pipelines.yaml_tree import Mapping, Node, Scalar, Sequence

MAX_COMBINATIONS = 256
""""A matrix will generate a maximum of 256 jobs per workflow run"."""


def read_matrix(strategy: Node | None) -> Matrix | None:
    """Read the literal values of `strategy.matrix`, one set per key."""
    if not isinstance(strategy, Mapping):
        return None
    node = strategy.get("matrix")
    if not isinstance(node, Mapping):
        return Matrix({}, dynamic=True) if node is not None else None
    values: dict[str, list[str]] = {}
    dynamic = False
    left = _left(node)
    for key, value in node.pairs:
        if key.value == "exclude":
            continue
        if isinstance(value, Scalar):
            dynamic = True
        elif isinstance(value, Sequence):
            for item in left.get(key.value, value.items):
                dynamic |= _collect(values, key.value, item)
    return Matrix({key: tuple(dict.fromkeys(found)) for key, found in values.items()}, dynamic)


def _collect(values: dict[str, list[str]], key: str, item: Node) -> bool:
    """Keep one value of a matrix under its key (`include` names its own, objects as `key.part`)."""
    if isinstance(item, Scalar):
        values.setdefault(key, []).append(item.value)
        return "${{" in item.value
    dynamic = False
    if isinstance(item, Mapping):
        for name, value in item.pairs:
            dynamic |= _collect(values, name.value if key == "include" else f"{key}.{name.value}", value)
    else:
        # a list as one value, as of labels: each counts
        for part in item.items:
            if isinstance(part, Scalar):
                values.setdefault(key, []).append(part.value)
                dynamic |= "${{" in part.value
    return dynamic


def _left(node: Mapping) -> dict[str, list[Node]]:
    """Return what is left of each key where combinations are excluded; empty where that is not known, or none are.

    "An excluded configuration only has to be a partial match for it to be excluded"; what `include` adds comes after that.
    https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations#excluding-matrix-configurations
    """
    excluded = node.get("exclude")
    if not isinstance(excluded, Sequence):
        return {}
    axes = {
        key.value: list(value.items)
        for key, value in node.pairs
        if key.value not in {"include", "exclude"} and isinstance(value, Sequence)
    }
    if not axes or prod(map(len, axes.values())) > MAX_COMBINATIONS:
        return {}
    out = [_pairs(each) for each in excluded.items if isinstance(each, Mapping)]
    left: dict[str, list[Node]] = {key: [] for key in axes}
    for combination in product(*axes.values()):
        made = dict(zip(axes, combination, strict=True))
        if any(_fits(each, made) for each in out):
            continue
        for key, item in made.items():
            if not any(each is item for each in left[key]):
                left[key].append(item)
    return left


def _pairs(node: Mapping) -> dict[str, Node]:
    return {key.value: value for key, value in node.pairs}


def _fits(excluded: dict[str, Node], made: dict[str, Node]) -> bool:
    return bool(excluded) and all(key in made and _same(value, made[key]) for key, value in excluded.items())


def _same(one: Node, other: Node) -> bool:
    """Tell whether two values are surely the same."""
    if isinstance(one, Scalar) and isinstance(other, Scalar):
        return one.value == other.value and "${{" not in one.value
    if isinstance(one, Sequence) and isinstance(other, Sequence):
        return _all_same(one.items, other.items)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        # an object that has more is another: only some of its fields are no match
        first, second = _pairs(one), _pairs(other)
        return first.keys() == second.keys() and all(_same(first[key], second[key]) for key in first)
    return False


def _all_same(one: Iterable[Node], other: Iterable[Node]) -> bool:
    first, second = list(one), list(other)
    return len(first) == len(second) and all(map(_same, first, second))
