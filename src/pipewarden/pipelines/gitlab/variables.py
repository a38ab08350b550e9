"""Variables of a configuration: what the file defines, by level, and what a text makes of them."""

import re

from msgspec import Struct

from pipewarden.pipelines.reading import position, text_of, texts_of
from pipewarden.pipelines.yaml_tree import Mapping, Node, Position, Scalar, Sequence

Table = dict[str, Node]
"""The keys of a job."""

NAME = re.compile(r"\$(?:\{(\w+)[^}\n]{0,200}\}|(\w+))|%(\w+)%")
"""A variable where GitLab puts its value in (not a shell). https://docs.gitlab.com/ci/variables/where_variables_can_be_used/"""
MOST_CHOICES = 50
MOST_STEPS = 5


class Variable(Struct, frozen=True):
    """One variable as the file defines it. `choices` are its values by level, the nearest first."""

    name: str
    value: str
    position: Position
    offered: bool = False
    """Whether the page that starts a pipeline asks for it (`description`)."""
    options: tuple[str, ...] = ()
    written: Scalar | None = None
    """Its value as it stands in the file."""


def variables_of(node: Node | None) -> dict[str, Variable]:
    """Read a `variables:` block."""
    found = {}
    for key, value in node.pairs if isinstance(node, Mapping) else ():
        if isinstance(value, Mapping):
            offered = value.get("description") is not None
            found[key.value] = Variable(
                key.value, text_of(value.get("value")), position(key), offered, texts_of(value.get("options"))
            )
        else:
            found[key.value] = Variable(
                key.value, text_of(value), position(key), written=value if isinstance(value, Scalar) else None
            )
    return found


class Scope(Struct, frozen=True):
    """All values that a job's variables can have as far as the file tells."""

    values: dict[str, tuple[str, ...]]

    def texts(self, text: str) -> tuple[tuple[str, ...], frozenset[str]]:
        """Return what a text can come to, and the variables in it that the file does not settle."""
        found = [text]
        for _ in range(MOST_STEPS):
            again: list[str] = []
            for each in found:
                again += self._once(each)
            again = list(dict.fromkeys(again))[:MOST_CHOICES]
            if again == found:
                break
            found = again
        return tuple(found), frozenset(name for each in found for name in names_in(each))

    def _once(self, text: str) -> list[str]:
        """Put in the first variable that has values."""
        for found in NAME.finditer(text):
            name = found[1] or found[2] or found[3]
            values = self.values.get(name)
            if values:
                return [
                    text[: found.start()] + value + text[found.end() :] for value in values if f"${name}" not in value
                ] or [text]
        return [text]


def names_in(text: str) -> tuple[str, ...]:
    """Return the variables that a text names."""
    return tuple(name for name, _ in places_in(text))


def places_in(text: str) -> tuple[tuple[str, int], ...]:
    """Return the variables that a text names, each with where it stands, from 0."""
    if "$" not in text and "%" not in text:
        return ()
    return tuple((found[1] or found[2] or found[3], found.start()) for found in NAME.finditer(text))


def scope_of(levels: tuple[dict[str, str], ...], matrix: dict[str, tuple[str, ...]]) -> Scope:
    """Join levels, the weakest first; the values of rules and of a matrix stand beside the others."""
    values: dict[str, tuple[str, ...]] = {}
    for level in levels:
        values |= {name: (value,) for name, value in level.items()}
    for name, several in matrix.items():
        values[name] = several
    return Scope(values)


def matrix_of(node: Node | None) -> dict[str, tuple[str, ...]]:
    """Return the variables of `parallel:matrix` with all their values."""
    rows = node.get("matrix") if isinstance(node, Mapping) else None
    found: dict[str, tuple[str, ...]] = {}
    for row in rows.items if isinstance(rows, Sequence) else ():
        for key, value in row.pairs if isinstance(row, Mapping) else ():
            texts = texts_of(value) if not isinstance(value, Scalar) else (value.value,)
            found[key.value] = tuple(dict.fromkeys((*found.get(key.value, ()), *texts)))[:MOST_CHOICES]
    return found
