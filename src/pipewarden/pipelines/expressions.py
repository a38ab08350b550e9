"""Expressions of GitHub Actions: which contexts they read, and which of those can become the result.

https://docs.github.com/en/actions/reference/workflows-and-actions/expressions

Tolerant: what cannot be parsed is still searched for contexts, all of which then count as flowing on.
"""

import re
from functools import lru_cache

from msgspec import Struct

from pipewarden.model.lazy import lazy

MAX_NESTING = 50
"""Brackets in one expression; deeper ones are read as broken."""

MAX_LENGTH = 21_000
"""GitHub's own limit for an expression (`ExpressionConstants.MaxLength`); longer ones are read as broken."""

ANY = "*"
"""Part of a reference that is not fixed text: `secrets[matrix.name]`, `github.event.commits[0]`, `.*`."""

_BOOLEAN_FUNCTIONS = frozenset(
    {"contains", "startswith", "endswith", "success", "failure", "always", "cancelled", "hashfiles"}
)
"""Functions whose result does not carry their arguments on."""

# To the closing braces; braces inside a string literal do not close. Possessive, so it cannot run away.
_TO_END = re.compile(r"(?:[^'}]++|'[^']*+'|\}(?!\}))*+\}\}")
TOKEN = re.compile(
    r"\s*+(?:(?P<string>'(?:[^']|'')*+')"
    r"|(?P<number>[+-]?(?:0x[0-9A-Fa-f]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+))"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_-]*+)"
    r"|(?P<op>&&|\|\||==|!=|<=|>=|[!<>()\[\].,*])"
    r"|(?P<bad>\S))"
)
LITERALS = frozenset({"true", "false", "null", "nan", "infinity"})
_DOTTED = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*+(?:\.[A-Za-z_][A-Za-z0-9_-]*+)*+")
"""A context and nothing else, as most expressions are."""


class Reference(Struct, frozen=True, dict=True):
    """A context that an expression reads, such as `("secrets", "NPM_TOKEN")`; parts keep their spelling."""

    parts: tuple[str, ...]

    @lazy
    def context(self) -> str:
        """The first part in lower case: contexts are not case-sensitive."""
        return self.parts[0].lower()

    @property
    def dotted(self) -> str:
        """All parts in lower case, joined by dots."""
        return ".".join(self.parts).lower()


class Expression(Struct, frozen=True, gc=False):
    """What an expression reads (`reads`) and what of it, or which fixed texts, may be its result."""

    text: str
    reads: tuple[Reference, ...] = ()
    flows: tuple[Reference, ...] = ()
    texts: tuple[str, ...] = ()
    broken: bool = False
    is_text: bool = False
    """The expression is nothing but fixed text, as in `${{ 'main' }}`."""


class Placed(Struct, frozen=True, gc=False):
    """An expression within a value: offsets of `${{` and of what follows `}}`."""

    start: int
    end: int
    expression: Expression


@lru_cache(maxsize=4096)  # workflows say the same again and again, and each value is asked for by several rules
def find(value: str) -> tuple[Placed, ...]:
    """Return the `${{ … }}` of a value in order. Linear in its length; an unclosed one ends the search."""
    at = value.find("${{")
    if at < 0:
        return ()
    found: list[Placed] = []
    strings = True
    while at >= 0:
        closed = _TO_END.match(value, at + 3) if strings else None
        if closed:
            end = closed.end()
        else:
            # a quote is not closed: from here on the next braces close
            strings = False
            close = value.find("}}", at + 3)
            if close < 0:
                break
            end = close + 2
        found.append(Placed(at, end, parse(value[at + 3 : end - 2].strip())))
        at = value.find("${{", end)
    return tuple(found)


def shortened(value: str, most: int) -> str:
    """Return a text for a sentence, cut where it is too long, but never within an expression: such a one is then `…`."""
    text = " ".join(value.split())
    if len(text) <= most or "${{" not in text:
        return text[:most]
    out, last = [], 0
    for placed in find(text):
        out += [text[last : placed.start], "…"]
        last = placed.end
    return "".join([*out, text[last:].partition("${{")[0]])[:most]


@lru_cache(maxsize=8192)
def parse(text: str) -> Expression:
    """Read one expression, without its `${{ }}`; never raises."""
    if len(text) <= MAX_LENGTH and _DOTTED.fullmatch(text):
        parts = tuple(text.split("."))
        if parts[0].lower() not in LITERALS:
            only = (Reference(parts),)
            return Expression(text, only, only)
    tokens = _tokens(text)
    parser = _Parser(tokens)
    try:
        value = parser.whole()
    except _BrokenError:
        reads = _Parser(tokens).scan()
        return Expression(text, reads, reads, broken=True)
    return Expression(
        text, tuple(parser.reads), tuple(value.flows), tuple(value.texts), is_text=len(tokens) == 2 and not parser.reads
    )


class _BrokenError(Exception):
    """The text is not an expression."""


class _Value:
    """What may be the result of a part of an expression."""

    __slots__ = ("flows", "texts")

    def __init__(self, flows: list[Reference] | None = None, texts: list[str] | None = None) -> None:
        self.flows = flows or []
        self.texts = texts or []

    def join(self, other: "_Value") -> "_Value":
        self.flows.extend(other.flows)
        self.texts.extend(other.texts)
        return self


def _tokens(text: str) -> list[tuple[str, str]]:
    """Split into (kind, text), closed by an end token."""
    out = []
    for found in TOKEN.finditer(text):
        kind = found.lastgroup or "bad"
        out.append((kind, found.group(kind)))
    out.append(("end", ""))
    return out


class _Parser:
    """Recursive descent over GitHub's operators: `||`, `&&`, comparison, `!`, then values."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0
        self.reads: list[Reference] = []

    @property
    def kind(self) -> str:
        return self.tokens[self.at][0]

    @property
    def text(self) -> str:
        return self.tokens[self.at][1]

    def take(self, op: str) -> bool:
        """Step over an operator if it stands here."""
        if self.tokens[self.at] == ("op", op):
            self.at += 1
            return True
        return False

    def need(self, op: str) -> None:
        if not self.take(op):
            raise _BrokenError

    def whole(self) -> _Value:
        """Everything, with nothing left over."""
        if sum(len(text) for _, text in self.tokens) > MAX_LENGTH:
            raise _BrokenError
        value = self.either()
        if self.kind != "end":
            raise _BrokenError
        return value

    def either(self) -> _Value:
        """`a || b` results in one of them."""
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise _BrokenError
        value = self.both()
        while self.take("||"):
            value = value.join(self.both())
        self.depth -= 1
        return value

    def both(self) -> _Value:
        """`a && b` results in b, or in an a that is empty, zero or false."""
        value = self.compared()
        while self.take("&&"):
            value = self.compared()
        return value

    def compared(self) -> _Value:
        """A comparison results in true or false."""
        value = self.negated()
        while self.kind == "op" and self.text in {"==", "!=", "<", "<=", ">", ">="}:
            self.at += 1
            self.negated()
            value = _Value()
        return value

    def negated(self) -> _Value:
        negated = False
        while self.take("!"):
            negated = True
        value = self.single()
        return _Value() if negated else value

    def single(self) -> _Value:
        """A literal, a call, a context, or brackets, with what is taken out of them."""
        kind, text = self.tokens[self.at]
        if kind == "string":
            self.at += 1
            return _Value(texts=[text[1:-1].replace("''", "'")])
        if kind == "number":
            self.at += 1
            return _Value()
        if kind == "word":
            self.at += 1
            if self.take("("):
                return self.taken_out(self.call(text.lower()))
            if text.lower() in LITERALS:
                return _Value()
            return self.context(text)
        if self.take("("):
            value = self.either()
            self.need(")")
            return self.taken_out(value)
        raise _BrokenError

    def call(self, name: str) -> _Value:
        """The arguments of a function; most may become part of its result."""
        value = _Value()
        if not self.take(")"):
            value = self.either()
            while self.take(","):
                value = value.join(self.either())
            self.need(")")
        return _Value() if name in _BOOLEAN_FUNCTIONS else _Value(value.flows)

    def taken_out(self, value: _Value) -> _Value:
        """Follow `.name` and `[index]` after a call or brackets: the result is a part of the value."""
        while self.part() is not None:
            value = _Value(value.flows)
        return value

    def context(self, first: str) -> _Value:
        parts = [first]
        while (part := self.part()) is not None:
            parts.append(part)
        reference = Reference(tuple(parts))
        self.reads.append(reference)
        return _Value([reference])

    def part(self) -> str | None:
        """One `.name`, `.*`, `['name']` or `[index]`, or None where there is none."""
        if self.take("."):
            if self.take("*"):
                return ANY
            if self.kind != "word":
                raise _BrokenError
            self.at += 1
            return self.tokens[self.at - 1][1]
        if self.take("["):
            if self.take("*"):
                self.need("]")
                return ANY
            fixed = self.kind == "string" and self.tokens[self.at + 1] == ("op", "]")
            value = self.either()
            self.need("]")
            return value.texts[0] if fixed else ANY
        return None

    def scan(self) -> tuple[Reference, ...]:
        """Collect whatever looks like a context, in a text that is not an expression."""
        found = []
        while self.kind != "end":
            kind, text = self.tokens[self.at]
            self.at += 1
            if kind != "word" or text.lower() in LITERALS or self.tokens[self.at] == ("op", "("):
                continue
            parts = [text]
            while self.tokens[self.at] == ("op", ".") and self.tokens[self.at + 1][0] == "word":
                parts.append(self.tokens[self.at + 1][1])
                self.at += 2
            if self.tokens[self.at] == ("op", "["):
                parts.append(ANY)
            found.append(Reference(tuple(parts)))
        return tuple(found)
