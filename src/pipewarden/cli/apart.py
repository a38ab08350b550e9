"""Names that stand for several things in one table, told apart: by their system, else by what holds them, else by their ids."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from pipewarden.model.ids import Kind, Ref

if TYPE_CHECKING:
    from pipewarden.access.engine import Engine


def told_apart(engine: "Engine", cells: Iterable[tuple[str, Ref]]) -> Mapping[tuple[str, Ref], str]:
    """Return what to write for each text and the thing that it names: the text itself, but where it names several things."""
    every = list(dict.fromkeys(cells))
    named: dict[str, list[Ref]] = defaultdict(list)
    for text, ref in every:
        named[text].append(ref)
    return {
        (text, ref): text if len(named[text]) == 1 else _apart(engine, text, ref, named[text]) for text, ref in every
    }


def _apart(engine: "Engine", text: str, ref: Ref, all_of_them: list[Ref]) -> str:
    at, others = _place(engine, ref), [_place(engine, each) for each in all_of_them if each != ref]
    if all(at[0] != other[0] for other in others):
        return _in_front(engine, text, ref, at[0])
    if at[1] and all(at != other for other in others):
        name = engine.snapshot.name_of(engine.snapshot.ordinal(ref) or 0)
        return f"key:{at[1]}/{name}" if ref.kind is Kind.DEPLOY_KEY else f"{text} of {at[1]}"
    return f"{text} ({ref})"


def _in_front(engine: "Engine", text: str, ref: Ref, system: str) -> str:
    """Put the word of the system before the name of a thing, as one types it, whatever stands before that: `some repositories of`."""
    name = engine.name(ref)
    name = name if text.endswith(name) else text
    return f"{text[: len(text) - len(name)]}{system}:{name.removeprefix(f'{system}:')}"


def _place(engine: "Engine", ref: Ref) -> tuple[str, str]:
    """Return the system that a thing is in, and what holds it."""
    snapshot = engine.snapshot
    ordinal = snapshot.ordinal(ref)
    if ordinal is None:
        return ref.instance, ""
    outer = int(snapshot.parent[ordinal])
    return snapshot.systems[int(snapshot.instance[ordinal])].value, snapshot.name_of(outer) if outer >= 0 else ""
