"""Who gained or lost a capability between two snapshots, for people: the same change over many things is one line."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from pipewarden.access.capability_changes import WEIGHTY, CapabilityChange, Hold
from pipewarden.model.access import Capability
from pipewarden.model.ids import Kind, Ref
from pipewarden.render.text import listed, plural

FEW = 3
"""How many of the things that changed alike are named."""

SAY_THEMSELVES = frozenset({Kind.CLOUD_ROLE})
"""Kinds whose names begin with what they are, as `AWS role web-deploy` and `Entra credential web` do."""

MOVED = {
    (Hold.NO, Hold.YES): "gained",
    (Hold.NO, Hold.APPROVED): "gained, with another's approval,",
    (Hold.NO, Hold.UNKNOWN): "may have gained",
    (Hold.APPROVED, Hold.YES): "needs nobody's approval any more for",
    (Hold.YES, Hold.APPROVED): "needs another's approval now for",
    (Hold.UNKNOWN, Hold.YES): "is now known to hold",
    (Hold.UNKNOWN, Hold.APPROVED): "is now known to hold, with another's approval,",
    (Hold.YES, Hold.NO): "lost",
    (Hold.APPROVED, Hold.NO): "lost, with another's approval,",
    (Hold.UNKNOWN, Hold.NO): "lost what they held perhaps:",
    (Hold.YES, Hold.UNKNOWN): "may have lost",
    (Hold.APPROVED, Hold.UNKNOWN): "may have lost, with another's approval,",
}
"""How a change is told; what is left out of these is none."""

_Move = tuple[Hold, Hold]
_How = tuple[_Move, tuple[Capability, ...]]


def capability_lines(changes: Sequence[CapabilityChange], name: Callable[[Ref], str]) -> Iterator[str]:
    """Yield one sentence for each way in which what people hold changed: who, which capabilities, on what.

    Whoever gained or lost all of something did so with what is in it: that is not told again.
    """
    whole = {
        (each.principal, each.resource, (each.before, each.after))
        for each in changes
        if each.capability is Capability.ADMINISTER
    }
    verbs: dict[tuple[Ref, Ref, _Move], list[Capability]] = defaultdict(list)
    for each in changes:
        move = (each.before, each.after)
        if not any((each.principal, outer, move) in whole for outer in each.within):
            verbs[each.principal, each.resource, move].append(each.capability)
    things: dict[tuple[Ref, _How, str], list[Ref]] = defaultdict(list)  # those of each system by themselves
    for (principal, resource, move), held in verbs.items():
        things[principal, (move, tuple(sorted(held, key=WEIGHTY.index))), resource.instance].append(resource)
    alike: dict[tuple[_How, tuple[Ref, ...]], list[Ref]] = defaultdict(list)
    for (principal, how, _), where in things.items():
        alike[how, tuple(where)].append(principal)
    lines = []
    for ((move, able), on), principals in alike.items():
        did = MOVED[move] if len(principals) == 1 else _of_many(MOVED[move])
        says = f"{named(principals, name)} {did} {', '.join(c.value for c in able)} on {_on(on, name)}"
        lines.append((WEIGHTY.index(able[0]), -len(principals), -len(on), says))
    return (line[-1] for line in sorted(lines))


def _of_many(says: str) -> str:
    """Return what is said of one as it is said of several: `need nobody's approval`."""
    verb, _, rest = says.partition(" ")
    return f"{({'needs': 'need', 'is': 'are'}).get(verb, verb)} {rest}".rstrip()


def named(principals: Sequence[Ref], name: Callable[[Ref], str]) -> str:
    """Name a few principals, or count them and name the first."""
    names = [name(ref) for ref in principals]
    if len(names) <= FEW:
        return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)
    word = "people" if all(ref.kind is Kind.ACCOUNT for ref in principals) else "principals"
    return f"{len(names):,} {word} ({_first(names)})"


def _on(things: Sequence[Ref], name: Callable[[Ref], str]) -> str:
    # an application and its service principal are called alike
    names = list(dict.fromkeys(name(ref) for ref in things))
    kinds = {ref.kind for ref in things}
    word = things[0].kind.word if len(kinds) == 1 or len(names) == 1 else "thing"
    if len(names) > 1:
        return f"{plural(len(names), word, f'{word[:-1]}ies' if word.endswith('y') else '')}: {_first(names)}"
    return names[0] if ":" in names[0] or word in names[0] or kinds <= SAY_THEMSELVES else f"{word} {names[0]}"


def _first(names: list[str]) -> str:
    return listed(names, FEW + 1 if len(names) == FEW + 1 else FEW)
