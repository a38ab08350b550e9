"""The expressions of `rules:if` and `only:variables`, judged with three answers: yes, no, cannot tell.

https://docs.gitlab.com/ci/jobs/job_rules/#cicd-variable-expressions
"""

import re
from enum import Enum
from functools import lru_cache

from msgspec import Struct

MOST_CHARACTERS = 4_000
"""Longer expressions are not read: cannot tell."""
MOST_TERMS = 200
MOST_BRACKETS = 30


class Open(Enum):
    """A value that the file does not tell."""

    SET = "set"
    """Some text that is not empty."""
    ANY = "any"
    """Some text, an empty one, or nothing."""


Value = str | Open | None
"""What a variable is: a text, not known, or not defined."""
Situation = dict[str, Value]
"""What variables are when a pipeline starts; those it does not name are not known."""


class Term(Struct, frozen=True):
    """A part of an expression. `kind`: `var`, `text`, `null`, `regex`, `not`, or an operator over `parts`."""

    kind: str
    text: str = ""
    parts: "tuple[Term, ...]" = ()


_TOKENS = re.compile(
    r"""\s*(?:
        (?P<var>\$\w+|\$\{\w+\}) | (?P<text>"[^"]*"|'[^']*') | (?P<null>null\b)
        | (?P<regex>/(?:\\.|[^/\\\n])+/[a-zA-Z]*) | (?P<op>&&|\|\||==|!=|=~|!~|!|\(|\))
    )""",
    re.VERBOSE,
)
_PLAIN_REGEX = re.compile(r"[\w^$|()\s.\\/-]*")
"""Patterns whose match costs little; others are not tried."""


class _UnreadableError(Exception):
    """It is no expression that GitLab knows."""


@lru_cache(maxsize=2048)
def parse(text: str) -> Term | None:
    """Return an expression as a tree; None where it cannot be read."""
    if len(text) > MOST_CHARACTERS:
        return None
    tokens: list[tuple[str, str]] = []
    at = 0
    end = len(text.rstrip())
    while at < end:
        found = _TOKENS.match(text, at)
        if found is None or len(tokens) >= MOST_TERMS:
            return None
        kind = found.lastgroup or ""
        tokens.append((found[kind] if kind == "op" else kind, found[kind]))
        at = found.end()
    parser = _Parser(tokens)
    try:
        term = parser.either()
    except _UnreadableError:
        return None
    return term if parser.at == len(tokens) else None


class _Parser:
    """Descends from `||` over `&&` to comparisons; the number of brackets bounds the depth."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    def peek(self) -> str:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def either(self) -> Term:
        parts = [self.both()]
        while self.peek() == "||":
            self.at += 1
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else Term("||", "", tuple(parts))

    def both(self) -> Term:
        parts = [self.comparison()]
        while self.peek() == "&&":
            self.at += 1
            parts.append(self.comparison())
        return parts[0] if len(parts) == 1 else Term("&&", "", tuple(parts))

    def comparison(self) -> Term:
        left = self.atom()
        operator = self.peek()
        if operator in {"==", "!=", "=~", "!~"}:
            self.at += 1
            return Term(operator, "", (left, self.atom()))
        return left

    def atom(self) -> Term:
        kind = self.peek()
        if not kind:
            raise _UnreadableError
        _, text = self.tokens[self.at]
        self.at += 1
        self.depth += kind in {"(", "!"}
        if self.depth > MOST_BRACKETS:
            raise _UnreadableError
        match kind:
            case "(":
                inner = self.either()
                if self.peek() != ")":
                    raise _UnreadableError
                self.at += 1
                return inner
            case "!":
                return Term("not", "", (self.atom(),))
            case "var":
                return Term("var", text.strip("${}"))
            case "text":
                return Term("text", text[1:-1])
            case "null" | "regex":
                return Term(kind, text)
            case _:
                raise _UnreadableError


def holds(term: Term | None, situation: Situation) -> bool | None:
    """Tell whether an expression is true in a situation; None: cannot tell."""
    if term is None:
        return None
    match term.kind:
        case "||":
            answers = [holds(part, situation) for part in term.parts]
            return True if True in answers else None if None in answers else False
        case "&&":
            answers = [holds(part, situation) for part in term.parts]
            return False if False in answers else None if None in answers else True
        case "not":
            inner = holds(term.parts[0], situation)
            return None if inner is None else not inner
        case "==" | "!=" | "=~" | "!~":
            left, right = term.parts
            answer = (_same if term.kind in {"==", "!="} else _matches)(left, right, situation)
            return answer if answer is None or term.kind in {"==", "=~"} else not answer
        case _:
            value = _value(term, situation)
            return None if value is Open.ANY else bool(value)


def _value(term: Term, situation: Situation) -> Value:
    match term.kind:
        case "var":
            return situation[term.text] if term.text in situation else _of_kind(term.text, situation)
        case "text" | "regex":
            return term.text
        case "null":
            return None
        case _:
            return Open.ANY


_KINDS = (("CI_MERGE_REQUEST_", "CI_MERGE_REQUEST_IID"), ("CI_COMMIT_TAG_", "CI_COMMIT_TAG"))
"""Variables that only one kind of pipeline has, by how their names begin, each with one that every such pipeline has."""


def _of_kind(name: str, situation: Situation) -> Value:
    """Return what a variable is that a situation does not name: nothing, where no pipeline of its kind begins.

    https://docs.gitlab.com/ci/variables/predefined_variables/#predefined-variables-for-merge-request-pipelines
    """
    elsewhere = any(name.startswith(begins) and situation.get(mark, Open.ANY) is None for begins, mark in _KINDS)
    return None if elsewhere else Open.ANY


def _same(left: Term, right: Term, situation: Situation) -> bool | None:
    one, two = _value(left, situation), _value(right, situation)
    if Open.ANY in (one, two):
        return None
    if Open.SET in (one, two):
        other = two if one is Open.SET else one
        return False if other is None or other == "" else None
    return one == two


def _matches(left: Term, right: Term, situation: Situation) -> bool | None:
    value = _value(left, situation)
    if value is None:
        return False
    if not isinstance(value, str) or right.kind != "regex":
        return None
    pattern, _, flags = right.text[1:].rpartition("/")
    if not _PLAIN_REGEX.fullmatch(pattern) or "(" in pattern.replace("(?:", "").lstrip("^("):
        return None
    try:
        return re.search(pattern, value, re.IGNORECASE if "i" in flags else 0) is not None
    except re.error:
        return None


BRANCH = frozenset({"CI_COMMIT_BRANCH", "CI_COMMIT_REF_NAME", "CI_BUILD_REF_NAME", "CI_COMMIT_REF_SLUG"})


def limits(term: Term | None) -> frozenset[str] | None:
    """Return the branches that an expression lets through (names, `/patterns/`, `$CI_DEFAULT_BRANCH`); None: any.

    `$protected` stands for every protected branch and tag.
    """
    if term is None:
        return None
    if term.kind == "||":
        parts = [limits(part) for part in term.parts]
        found: frozenset[str] = frozenset().union(*(part for part in parts if part is not None))
        return None if None in parts else found
    if term.kind == "&&":
        known = [part for part in map(limits, term.parts) if part is not None]
        return min(known, key=lambda part: (any(name.startswith("/") for name in part), len(part))) if known else None
    if term.kind not in {"==", "=~"}:
        return None
    left, right = term.parts
    if left.kind != "var":
        left, right = right, left
    if left.text == "CI_COMMIT_REF_PROTECTED" and right.text == "true":
        return frozenset({"$protected"})
    if left.kind != "var" or left.text not in BRANCH:
        return None
    if right.kind == "var":
        return frozenset({f"${right.text}"}) if right.text == "CI_DEFAULT_BRANCH" else None
    return frozenset({right.text}) if right.kind in {"text", "regex"} else None
