"""What changed between two snapshots, for people: the same change over many things is one line, the widest first."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from pipewarden.access.changes import AccessChange, Changes, EntityChange
from pipewarden.model.access import Level
from pipewarden.model.ids import Kind, Ref
from pipewarden.render.text import clean, listed, plural, wrap
from pipewarden.reports.capabilities import SAY_THEMSELVES, capability_lines, named

FEW = 3
"""How many of the things that changed alike are named."""
READABLE = 120
"""Sentences are not set wider than this."""

Name = Callable[[Ref], str]


def write(changes: Changes, name: Name, width: int) -> str:
    """Write changes for a screen of `width` cells; ends with a newline. `name` puts an id into words."""
    lines: list[str] = []
    access = [*access_lines(changes.access, name), *capability_lines(changes.capabilities, name)]
    parts = (
        ("Access", access),
        ("Everything else", entity_lines(changes.entities)),
        ("Not compared", changes.uncompared),
    )
    for heading, sentences in parts:
        told = list(sentences)
        if told:
            lines += ["", heading] if lines else [heading]
        for sentence in told:
            first, *rest = wrap(clean(sentence), min(width, READABLE) - 4)
            lines += [f"  {first}", *(f"    {line}" for line in rest)]
    return "\n".join(lines or ["Nothing changed."]) + "\n"


def access_lines(changes: Sequence[AccessChange], name: Name) -> Iterator[str]:
    """Yield one sentence for each way in which access changed: who, from what to what, on which repositories.

    Repositories on which somebody's role changed alike are one line, and so are those whose lines would be the same.
    """
    on: dict[tuple[Ref, Level, Level], list[Ref]] = defaultdict(list)
    for each in changes:
        on[each.principal, each.before, each.after].append(each.repository)
    alike: dict[tuple[Level, Level, tuple[Ref, ...]], list[Ref]] = defaultdict(list)
    for (principal, before, after), repositories in on.items():
        alike[before, after, tuple(repositories)].append(principal)
    lines = []
    for (before, after, where), principals in alike.items():
        says = f"{named(principals, name)} {_moved(before, after)} "
        says += _counted([name(ref) for ref in where], "repository", "repositories")
        lines.append((-len(where), -len(principals), -max(before, after), says))
    return (line[-1] for line in sorted(lines))


def _first(names: list[str]) -> str:
    """Name the first few; one more than these is named as well, for `1 more` takes as much room."""
    return listed(names, FEW + 1 if len(names) == FEW + 1 else FEW)


def _moved(before: Level, after: Level) -> str:
    if before is Level.NONE:
        return f"gained {after.word} on"
    if after is Level.NONE:
        return f"lost {before.word} on"
    return f"went {'up' if after > before else 'down'} from {before.word} to {after.word} on"


def _counted(names: list[str], one: str, many: str) -> str:
    """Name one thing, or count several and name the first."""
    return names[0] if len(names) == 1 else f"{plural(len(names), one, many)}: {_first(names)}"


def entity_lines(changes: Sequence[EntityChange]) -> Iterator[str]:
    """Yield one sentence for each thing that came or went or changed a setting; many of a kind are one line."""
    kept = {(each.what, f"{each.ref.kind}:{each.ref.key}") for each in changes}
    of_trusts = {
        (each.before, each.after) for each in changes if each.ref.kind is Kind.TRUST and each.what == "changed"
    }
    alike: dict[tuple[str, Kind, str, str, str], list[str]] = defaultdict(list)
    for each in changes:
        if each.ref.kind is Kind.ROLE and (each.what, each.ref.key) in kept:
            continue  # what an app or token may do: it came or went with it
        if each.ref.kind is Kind.SERVICE_ACCOUNT and (each.before, each.after) in of_trusts:
            continue  # whom it lets act as itself, which is told as a trust
        alike[each.what, each.ref.kind, each.field, each.before, each.after].append(each.name)
    for (what, kind, field, before, after), names in sorted(alike.items(), key=_widest):
        word = kind.word
        says_it = kind in SAY_THEMSELVES or word in names[0].split(":")[0]
        named = names[0] if says_it else f"{word} {names[0]}"
        things = named if len(names) == 1 else _counted(names, word, _many(word))
        if what == "changed":
            yield f"{things}{'; each' if len(names) > 1 else ':'} {field} {before or 'empty'} → {after or 'empty'}"
        else:
            yield f"{what} {things}"


def _widest(item: tuple[tuple[str, Kind, str, str, str], list[str]]) -> tuple[int, int, str, str]:
    (what, kind, field, _, _), names = item
    return ("added", "removed", "changed").index(what), -len(names), kind, f"{names[0]} {field}"


def _many(word: str) -> str:
    return f"{word[:-1]}ies" if word.endswith("y") and word[-2] not in "aeiou" else f"{word}s"
