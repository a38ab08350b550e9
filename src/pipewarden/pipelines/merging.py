"""Reading YAML of systems that know merge keys (`<<: *anchor`): CircleCI and Bitbucket.

https://yaml.org/type/merge.html
"""

from pipewarden.pipelines.reading import text_of
from pipewarden.pipelines.yaml_tree import Fault, Mapping, Node, Scalar, Sequence, Tree

MERGE = "<<"
MAX_MERGED = 5_000
"""Keys of one mapping with what is merged into it."""


def flat(node: Node | None) -> dict[str, tuple[Scalar, Node]]:
    """Return a mapping's keys with what is merged in: its own keys first, then the first mapping that has one."""
    found: dict[str, tuple[Scalar, Node]] = {}
    if not isinstance(node, Mapping):
        return found
    for key, value in node.pairs:
        if key.value != MERGE or not key.plain:
            found[key.value] = (key, value)
    for key, value in node.pairs:
        if key.value == MERGE and key.plain:
            for each in value.items if isinstance(value, Sequence) else (value,):
                for name, pair in flat(each).items():
                    found.setdefault(name, pair)
                    if len(found) > MAX_MERGED:
                        return found
    return found


def value(node: Node | None, key: str) -> Node | None:
    """Return a key's value, merged ones included."""
    if not isinstance(node, Mapping):
        return None
    own = node.get(key)
    if own is not None or node.get(MERGE) is None:
        return own
    pair = flat(node).get(key)
    return pair[1] if pair else None


def text(node: Node | None, key: str) -> str:
    """Return a key's text, empty where there is none."""
    return text_of(value(node, key))


def faults_of(tree: Tree) -> tuple[Fault, ...]:
    """Return what is wrong with a file whose system knows merge keys."""
    return tuple(fault for fault in tree.faults if "merge keys" not in fault.message and "'<<'" not in fault.message)
