"""What the axes of a matrix and the choices of a parameter let an expression be: values that the file lists.

https://www.jenkins.io/doc/book/pipeline/syntax/#declarative-matrix and #parameters
"""

import re
from collections.abc import Iterator
from itertools import product
from math import prod

from pipewarden.pipelines.jenkins.calls import Call, arguments, named
from pipewarden.pipelines.jenkins.scope import Cell, Scope
from pipewarden.pipelines.jenkins.stage import File
from pipewarden.pipelines.jenkins.strings import holes, literal, texts, value
from pipewarden.pipelines.jenkins.tokens import GSTRING, LINE, NAME, TEXT

MOST_CELLS = 500
"""Cells of one matrix that are told apart; of a larger one every axis is any text."""
MOST_COMBINED = 2_000
"""Combinations of cells and choices that are put together for one expression."""
MOST_VALUES = 50
"""Values of one expression; more of them are any."""
OFFERING = frozenset({"choice", "ChoiceParameterDefinition"})
"""Parameters whose whole list stands in the file, and that Jenkins refuses any other value of."""
_SET = frozenset({"=", "+=", "->"})
_GIVEN = re.compile(r"([A-Za-z_][\w.]*)=")
_PLAIN = re.compile(r"[A-Za-z_][\w.]*")


def names_of(file: File, scope: Scope, low: int, high: int) -> tuple[str, ...]:
    """Return what an expression can be by what the file says: its one text, or all values; empty where it may be any."""
    known = file.text(low, high)
    if known is not None:
        return (known,)
    parts = _parts(file, low, high) if scope.cells or file.choices else None
    if parts is None:
        return ()
    wanted = list(dict.fromkeys(name for name, is_name in parts if is_name))
    axes: dict[str, str] = {}
    listed: dict[str, tuple[str, ...]] = {}
    for name in wanted:
        axis = _axis(file, scope, name, low)
        if axis:
            axes[name] = axis
            continue
        values = _choices(file, scope, name, low)
        if not values:
            return ()
        listed[name] = values
    cells = list(dict.fromkeys(tuple(dict(cell)[axis] for axis in axes.values()) for cell in scope.cells or ((),)))
    if not axes:
        cells = [()]
    if len(cells) * prod(len(values) for values in listed.values()) > MOST_COMBINED:
        return ()
    found: dict[str, None] = {}
    for cell in cells:
        for chosen in product(*listed.values()):
            given = dict(zip((*axes, *listed), (*cell, *chosen), strict=True))
            found["".join(given[text] if is_name else text for text, is_name in parts)] = None
            if len(found) > MOST_VALUES:
                return ()
    return tuple(name for name in found if name)


def _parts(file: File, low: int, high: int) -> list[tuple[str, bool]] | None:
    """Return the pieces of a text (`'a' + b`, `"a-${b}"`), each with whether it is a name; None where more is worked out."""
    source = file.source
    found: list[tuple[str, bool]] = []
    for at in range(low, high):
        kind = source.kinds[at]
        if kind == TEXT:
            found.append((value(source, at), False))
        elif kind == NAME:
            found.append((source.word(at), True))
        elif kind == GSTRING:
            rest = value(source, at)
            for expression, _ in holes(source, at):
                written = next((w for w in (f"${{{expression}}}", f"${expression}") if w in rest), "")
                if not written or not _PLAIN.fullmatch(expression):
                    return None
                before, _, rest = rest.partition(written)
                found += [(before, False), (expression, True)]
            found.append((rest, False))
        elif kind not in {"+", LINE}:
            return None
    return [_constant(file, text, low) if is_name else (text, False) for text, is_name in found]


def _constant(file: File, name: str, at: int) -> tuple[str, bool]:
    text = file.constant(name, at)
    return (name, True) if text is None else (text, False)


def _axis(file: File, scope: Scope, name: str, at: int) -> str:
    """Return the axis that a name is; empty where it is none, or where a block around or code sets it to something else."""
    plain = name.removeprefix("env.")
    is_axis = any(plain == axis for axis, _ in (scope.cells[0] if scope.cells else ()))
    return plain if is_axis and file.constants.is_axis(plain, at) and not _set_by_code(file, plain) else ""


def _choices(file: File, scope: Scope, name: str, at: int) -> tuple[str, ...]:
    """Return what a parameter offers: as `params.NAME`, or as the variable of its name that no block around or code sets."""
    if name.startswith("params."):
        return () if scope.own_params else file.choices.get(name[7:], ())
    plain = name.removeprefix("env.")
    offered = file.choices.get(plain, ())
    return () if offered and (file.constants.is_shadowed(plain, at) or _set_by_code(file, plain)) else offered


def _set_by_code(file: File, name: str) -> bool:
    """Tell whether code gives a name a value of its own: an assignment, an argument of a method or block, a text `NAME=`."""
    if file.set_by_code is None:
        file.set_by_code = frozenset(_names_set(file))
    return name in file.set_by_code


def _names_set(file: File) -> Iterator[str]:
    """Yield the names that code sets, wherever in the file: all in one pass, for a file may ask about very many."""
    source, kinds, told = file.source, file.source.kinds, file.constants.told
    for at, kind in enumerate(kinds[:-1]):
        if at in told:
            continue
        if kind == NAME:
            typed = at > 0 and kinds[at - 1] == NAME and source.word(at - 1) not in {"return", "in", "name", "case"}
            if typed or kinds[at + 1] in _SET or (kinds[at + 1] == NAME and source.word(at + 1) == "in"):
                yield source.word(at).removeprefix("env.")
        elif kind in {TEXT, GSTRING}:
            found = _GIVEN.match(value(source, at))
            if found is not None:
                yield found[1]


# --- where they are listed ----------------------------------------------------------------------------


def choices_of(file: File, call: Call) -> tuple[str, ...]:
    """Return what a parameter offers: a list of texts, or one text of several lines; empty where code makes it."""
    if call.name not in OFFERING:
        return ()
    low, high = named(file.source, call).get("choices", (0, 0))
    whole = literal(file.source, low, high)
    if whole is not None:
        return tuple(dict.fromkeys(line.strip() for line in whole.split("\n") if line.strip()))
    return _listed(file, low, high)


def _listed(file: File, low: int, high: int) -> tuple[str, ...]:
    source = file.source
    if low >= high or source.kinds[low] != "[" or source.close[low] != high - 1:
        return ()
    items = [literal(source, start, end) for _, start, end in arguments(source, low + 1, high - 1)]
    return tuple(dict.fromkeys(item for item in items if item)) if all(item is not None for item in items) else ()


def cells_of(file: File, listed: Call | None, excludes: Call | None) -> tuple[Cell, ...]:
    """Return the cells of a matrix that run: every combination of its axes that no `exclude` names."""
    axes = {name: found for name, found, _ in _clauses(file, listed)}
    file.axes.update(axes)
    count = 1
    for found in axes.values():
        count *= len(found)
    if not axes or not 0 < count <= MOST_CELLS:
        return ()
    excluded = []
    for each in _calls(excludes, "exclude"):
        clauses = list(_clauses(file, each))
        written = sum(1 for _ in _calls(each, "axis"))
        # a clause that is not understood excludes less than is written: the cell is told rather than hidden
        if clauses and len(clauses) == written and all(found for _, found, _ in clauses):
            excluded.append(clauses)
    cells = [tuple(zip(axes, chosen, strict=True)) for chosen in product(*axes.values())]
    return tuple(cell for cell in cells if not any(_matches(dict(cell), clauses) for clauses in excluded))


def _matches(cell: dict[str, str], clauses: list[tuple[str, tuple[str, ...], bool]]) -> bool:
    return all(name in cell and (cell[name] in found) != inverted for name, found, inverted in clauses)


def _calls(section: Call | None, name: str) -> Iterator[Call]:
    for node in (section.body or []) if section is not None else []:
        if isinstance(node, Call) and node.name == name:
            yield node


def _clauses(file: File, section: Call | None) -> Iterator[tuple[str, tuple[str, ...], bool]]:
    """Yield the axes of a section: the name, the values, and whether they are those that are not meant."""
    source = file.source
    for axis in _calls(section, "axis"):
        name: str | None = None
        found: tuple[str, ...] = ()
        inverted = False
        for line in axis.body or []:
            if not isinstance(line, Call):
                continue
            if line.name == "name":
                name = literal(source, line.low, line.high)
            elif line.name in {"values", "notValues"}:
                plain = all(source.kinds[at] in {TEXT, ",", LINE} for at in range(line.low, line.high))
                found = tuple(texts(source, line.low, line.high)) if plain else ()
                inverted = line.name == "notValues"
        if name:
            yield name, found, inverted


def kept(file: File, cells: tuple[Cell, ...], section: Call) -> tuple[Cell, ...]:
    """Return the cells that a `when` lets through which asks for one value: `environment name: 'OS', value: 'linux'`."""
    found = cells
    for asked in _calls(section, "environment"):
        given = named(file.source, asked)
        name, wanted = (literal(file.source, *given.get(key, (0, 0))) for key in ("name", "value"))
        if name and wanted is not None:
            found = tuple(cell for cell in found if dict(cell).get(name, wanted) == wanted)
    return found or cells
