"""What a file states about a trust, in words all clouds share, each with its place."""

import re
from enum import StrEnum

from msgspec import Struct

from pipewarden.pipelines.yaml_tree import Mapping, Node, Scalar, Sequence

OPEN = "!open"
"""Tag of a text that the files do not settle; what is open in it stands as `${…}`."""

MOST_VALUES = 200
"""Values of one condition that are kept; a longer list is told as an open end."""


class Platform(StrEnum):
    """Where the role is that a trust gives."""

    AWS = "aws"
    GOOGLE = "google"
    ENTRA = "entra"
    VAULT = "vault"
    STS = "octo-sts"


class Claim(Struct, frozen=True):
    """A claim of the token that must fit one of some patterns (`*` and `?` as in a file name)."""

    name: str
    values: tuple[str, ...]
    line: int = 0


class Weakness(StrEnum):
    """What is wrong beside the patterns themselves."""

    ABSENT_HOLDS = "absent_holds"
    """An operator that also holds where the token does not have the claim."""
    LITERAL_STAR = "literal_star"
    """A star where it is compared as a letter."""
    UNANCHORED = "unanchored"
    """A regular expression that need not fit the whole value."""
    ISSUER_PATTERN = "issuer_pattern"
    """The issuer itself is a pattern."""
    ALL_REPOSITORIES = "all_repositories"
    """A policy of an organization without a list of repositories."""


class Weak(Struct, frozen=True):
    """A weakness at its place. `says` ends a sentence that begins with the role: "compares …"."""

    kind: Weakness
    says: str
    line: int
    column: int


class Open(Struct, frozen=True):
    """Something a file leaves to what is not in it: a variable, a module, a function."""

    says: str
    line: int
    column: int


class Stated(Struct, frozen=True, kw_only=True):
    """One trust as a file states it: tokens of `issuer` that fit may act as `role`.

    `subjects` are patterns of the subject, those that follow from other claims included; empty: every subject.
    `audiences` empty: any audience, unless `audience_by` says who compares it.
    """

    platform: Platform
    role: str
    address: str
    path: str
    line: int
    column: int
    issuer: str
    presumed: bool = False
    """Whether the issuer follows from the form of the subject, because the files do not name it."""
    subjects: tuple[str, ...] = ()
    subject_line: int = 0
    subject_column: int = 0
    stated_in: str = ""
    """The file that the subject, the weaknesses and the open ends stand in, where it is not `path`."""
    audiences: tuple[str, ...] = ()
    audience_by: str = ""
    claims: tuple[Claim, ...] = ()
    gives: tuple[str, ...] = ()
    weak: tuple[Weak, ...] = ()
    opens: tuple[Open, ...] = ()


class Template(Struct, frozen=True):
    """A customised subject of GitHub that a file declares: which claims the subjects of tokens are made of."""

    path: str
    address: str
    line: int
    keys: tuple[str, ...]
    column: int = 0


class Reading(Struct, frozen=True):
    """What some files state, and the places where they could not be read. Faults are by path."""

    trusts: tuple[Stated, ...] = ()
    templates: tuple[Template, ...] = ()
    faults: tuple[tuple[str, Open], ...] = ()


def is_open(node: Node | None) -> bool:
    """Tell whether a text, or any text in a list, is not settled."""
    if isinstance(node, Sequence):
        return any(is_open(each) for each in node.items)
    return isinstance(node, Scalar) and node.tag == OPEN


def text_of(node: Node | None) -> str:
    """Return a text, "" for what is none."""
    return node.value if isinstance(node, Scalar) else ""


def has_star(text: str) -> bool:
    """Tell whether a text holds a star outside of what is not settled."""
    return "*" in re.sub(r"\$\{[^}]*\}?", "", text)


def texts(node: Node | None) -> list[Scalar]:
    """Return the texts of a list, of one text, or nothing; at most `MOST_VALUES`."""
    if isinstance(node, Scalar):
        return [] if node.is_null and node.tag != OPEN else [node]
    if isinstance(node, Sequence):
        return [each for each in node.items if isinstance(each, Scalar)][:MOST_VALUES]
    return []


def opens_in(*nodes: Node | None) -> tuple[Open, ...]:
    """Return the open ends among some values: unsettled texts, and mappings where a text was expected."""
    found = []
    for node in nodes:
        inner = node.items if isinstance(node, Sequence) else () if node is None else (node,)
        for each in inner:
            if isinstance(each, Scalar) and each.tag == OPEN:
                found.append(Open(f"{each.value[:80]} is not settled by the files", each.line, each.column))
            elif isinstance(each, Mapping | Sequence):
                found.append(Open("a nested value stands where a text is expected", each.line, each.column))
        if len(inner) > MOST_VALUES:
            found.append(Open(f"more than {MOST_VALUES} values", inner[0].line, inner[0].column))
    return tuple(found)


def entry(node: Node | None, *names: str) -> Node | None:
    """Return the value under the first of some keys, whatever their case; None where there is none."""
    if isinstance(node, Mapping):
        for name in names:
            for key, value in node.pairs:
                if key.value.lower() == name.lower():
                    return value
    return None
