"""What some policies together allow on a path: the most specific pattern decides, and a denial there wins.

https://openbao.org/docs/concepts/policies/#policy-syntax
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

ROOT = "root"
DENY = "deny"


class Rule(NamedTuple):
    """One path of one policy, after its templates were filled in."""

    path: str
    capabilities: frozenset[str]
    policy: str
    limits: tuple[str, ...] = ()


class Decision(NamedTuple):
    """What was decided on a path, and by which rules: all that state the one pattern that counts."""

    capabilities: frozenset[str]
    by: tuple[Rule, ...]

    def allows(self, *wanted: str) -> bool:
        """Tell whether any of some capabilities is given."""
        return ROOT in self.capabilities or not self.capabilities.isdisjoint(wanted)

    def giving(self, *wanted: str) -> list[Rule]:
        """Return the rules that give any of some capabilities."""
        return [rule for rule in self.by if not rule.capabilities.isdisjoint(wanted)]


NOTHING = Decision(frozenset(), ())
EVERYTHING = Decision(frozenset({ROOT}), (Rule("*", frozenset({ROOT}), ROOT),))
"""The root policy can do anything. https://openbao.org/docs/concepts/policies/#root-policy"""


class Pattern(NamedTuple):
    """A pattern in parts: what stands before a star at its end, and its segments where it has a `+`."""

    text: str
    prefix: bool
    segments: tuple[str, ...] | None


def pattern(path: str) -> Pattern:
    """Take a path of a policy apart.

    `*` is a glob only as the last character; `+` stands for one segment, and only where it is all of it.
    """
    prefix = path.endswith("*")
    text = path[:-1] if prefix else path
    wild = path == "+" or path.startswith("+/") or "/+" in path
    return Pattern(text, prefix, tuple(text.split("/")) if wild else None)


class Acl:
    """The rules of some policies, ready to be asked about paths."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules: dict[str, list[Rule]] = {}
        for rule in rules:
            self._rules.setdefault(rule.path, []).append(rule)
        parted = {path: pattern(path) for path in self._rules}
        self._loose = {path: each for path, each in parted.items() if each.prefix or each.segments is not None}
        self._exact = self._rules.keys() - self._loose.keys()

    def on(self, path: str, *, listing: bool = False) -> Decision:
        """Return what is allowed on a path; a listing is asked of a path that ends in a slash, which a rule may leave out.

        The path with its slash goes first, as the more specific one.
        """
        path = path.removeprefix("/")
        asked = (path, path.removesuffix("/")) if listing and path.endswith("/") else (path,)
        for each in asked:
            if each in self._exact:
                return self._of(each)
        for each in asked:
            best = max(((*self._rank(text), text) for text in self._matching(each)), default=None)
            if best is not None:
                return self._of(best[-1])
        return NOTHING

    def _of(self, path: str) -> Decision:
        """Return what the rules of one pattern come to: the union of all, nothing where one denies."""
        rules = tuple(self._rules[path])
        given = frozenset[str]().union(*(rule.capabilities for rule in rules))
        return Decision(frozenset() if DENY in given else given, rules)

    def _matching(self, path: str) -> Iterator[str]:
        parts = path.split("/")
        for text, each in self._loose.items():
            if each.segments is None:
                if path.startswith(each.text):
                    yield text
            elif _fits(each, parts):
                yield text

    def _rank(self, text: str) -> tuple[int, bool, int, int, str]:
        """Return how specific a pattern is, greater for the one that goes first.

        "P1 is lower priority if: the first wildcard or glob occurs earlier in P1; P1 ends in * and P2 doesn't; P1 has more +
        segments; P1 is shorter; P1 is smaller lexicographically."
        https://openbao.org/docs/concepts/policies/#priority-matching
        """
        each = self._loose[text]
        first = len(each.text) if each.segments is None else text.index("+")
        wild = 0 if each.segments is None else each.segments.count("+")
        return (first, not each.prefix, -wild, len(each.text), each.text)

    def patterns(self) -> Iterator[tuple[str, Decision]]:
        """Yield every pattern that is stated, with what it comes to."""
        for path in self._rules:
            yield path, self._of(path)


def _fits(each: Pattern, parts: list[str]) -> bool:
    segments = each.segments or ()
    if len(parts) < len(segments) or (not each.prefix and len(parts) != len(segments)):
        return False
    last = len(segments) - 1
    return all(
        segment in ("+", parts[at]) or (each.prefix and at == last and parts[at].startswith(segment))
        for at, segment in enumerate(segments)
    )
