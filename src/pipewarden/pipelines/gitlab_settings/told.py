"""What a file of settings says, in the type that pipeline files have: no jobs, and what is weak in it."""

from collections.abc import Callable, Iterator

from pipewarden.pipelines.definition import Definition, System, Weakness
from pipewarden.pipelines.reading import text_of
from pipewarden.pipelines.yaml_tree import Mapping, Node, Scalar, Sequence, parse


class Told(Definition, frozen=True, kw_only=True):
    """A file with what is weak in it, as its reader found it."""

    weak: tuple[Weakness, ...] = ()


def read(path: str, text: str, judge: Callable[[Mapping], Iterator[Weakness]]) -> Told:
    """Read a file and judge it; a text that is no mapping is a fault."""
    tree = parse(text)
    faults = tuple(each for each in tree.faults if "(<<)" not in each.message)
    root = tree.root if tree.complete else None
    weak = tuple(judge(root)) if isinstance(root, Mapping) else ()
    return Told(path=path, system=System.GITLAB, faults=faults, complete=tree.complete, weak=weak)


def weaknesses(definition: Definition) -> tuple[Weakness, ...]:
    """Return what is weak in a file."""
    return definition.weak if isinstance(definition, Told) else ()


def under(node: Node | None, *names: str) -> Node | None:
    """Return what stands under some keys, one inside the other."""
    for name in names:
        node = node.get(name) if isinstance(node, Mapping) else None
    return node


def items(node: Node | None) -> tuple[Node, ...]:
    """Return the entries of a list."""
    return node.items if isinstance(node, Sequence) else ()


def is_true(node: Node | None) -> bool:
    """Tell whether a value is the boolean true."""
    return isinstance(node, Scalar) and node.is_true


def is_off(node: Node | None) -> bool:
    """Tell whether a policy is switched off."""
    return text_of(under(node, "enabled")).lower() == "false"
