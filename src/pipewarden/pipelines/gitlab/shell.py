"""What a shell makes of the text of a script: which variables it puts in where, and which it sets itself."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

MOST_CHARACTERS = 100_000
"""Longer scripts are looked into up to here."""

_PIECE = re.compile(
    r"""\\. | (?P<single>') | (?P<double>") | (?P<comment>(?<![^\s;&|(])\#[^\n]*)
      | \$\{(?P<braced>\w+)(?P<rest>[^}\n]{0,200})\} | \$env:(?P<power>\w+) | \$(?P<plain>[A-Za-z_]\w*)
      | \$\[\[\s*inputs\.(?P<input>[\w.-]+)
    """,
    re.VERBOSE | re.DOTALL,
)
_SETS = re.compile(
    r"(?m)(?:^|[\s;&|({'\"`])(?:export\s+|local\s+|readonly\s+|declare\s+(?:-\w+\s+)*|typeset\s+(?:-\w+\s+)*)?([A-Za-z_]\w*)\+?="
    r"|\bfor\s+([A-Za-z_]\w*)\s+in\b|\bread\s+(?:-\w+\s+)*([A-Za-z_]\w*(?:[ \t]+[A-Za-z_]\w*)*)|\$(?:env:)?([A-Za-z_]\w*)\s*="
    r"|\bmapfile\s+(?:-\w+\s+)*([A-Za-z_]\w*)|\bgetopts\s+\S+\s+([A-Za-z_]\w*)|\bprintf\s+-v\s+([A-Za-z_]\w*)"
)


class Expansion(NamedTuple):
    """A variable that is put in. `single` tells that it stands in single quotes, where this shell leaves it alone."""

    name: str
    at: int
    single: bool
    rest: str = ""
    """What follows the name inside braces: `:-default`, `//x/y`."""


@lru_cache(maxsize=512)
def expansions(text: str) -> tuple[Expansion, ...]:
    """Return the variables that a script names, with their place; comments are left out."""
    return tuple(_expansions(text[:MOST_CHARACTERS])) if "$" in text else ()


def _expansions(text: str) -> Iterator[Expansion]:
    single = double = False
    for found in _PIECE.finditer(text):
        kind = found.lastgroup
        if kind == "single":
            single = not single if not double else single
        elif kind == "double":
            double = not double if not single else double
        elif kind in {"braced", "rest"}:
            yield Expansion(found["braced"], found.start(), single, found["rest"])
        elif kind in {"power", "plain"}:
            yield Expansion(found["power"] or found["plain"], found.start(), single)


@lru_cache(maxsize=1024)
def names_of(text: str) -> tuple[tuple[str, int, bool], ...]:
    """Return each variable that a script names once: where it first stands, from 0, and whether in quotes only."""
    found: dict[str, tuple[int, bool]] = {}
    for each in expansions(text):
        known = found.get(each.name)
        if known is None or (known[1] and not each.single):
            found[each.name] = (each.at, each.single)
    return tuple((name, at, single) for name, (at, single) in found.items())


@lru_cache(maxsize=512)
def sets(text: str) -> frozenset[str]:
    """Return the variables that a script sets itself."""
    return frozenset(
        name for found in _SETS.findall(text[:MOST_CHARACTERS]) for names in found if names for name in names.split()
    )
