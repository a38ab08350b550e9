"""The calls, assignments and named arguments of Groovy code as a tree: enough to follow a pipeline, no more.

Groovy lets a call stand with parentheses (`sh(script: 'x')`), without (`sh 'x'`), and with a block behind it
(`node('a') { … }`); all three give a `Call`. Each token is looked at a bounded number of times.
https://groovy-lang.org/style-guide.html#_omitting_parentheses
"""

import re

from pipewarden.pipelines.jenkins.tokens import END, GSTRING, LINE, NAME, NUMBER, TEXT, Source

MAX_DEPTH = 60
"""Blocks and arguments in one another, as deep as they are followed."""
FUEL = 24
"""How often each token may be looked at on average before the reader gives up."""

CREDENTIAL_KEY = re.compile(r"(?i)\w*credentials?_?id|tokenCredentialId|credentials")
"""Names of arguments and calls that hold the id of a credential, whatever step or plugin takes them."""
_KEPT = re.compile(rf"{CREDENTIAL_KEY.pattern}|(?i:path|envVar|isRequired|\$class)")

_DECLARES = frozenset(
    {"def", "final", "static", "public", "private", "protected", "void", "new", "return", "throw", "assert"}
)
_BLOCKS = frozenset({"if", "while", "for", "switch", "catch", "synchronized"})
_BLOCK_BELOW = frozenset({"stage", "node", "agent", "withCredentials"})
"""Calls without parentheses whose block may begin on the next line."""
_BARE = frozenset({"else", "try", "finally", "do"})
_LOOSE = frozenset({"if", "while", "for", "else"})
"""What the next statement belongs to where no brace follows."""
_WORDS = frozenset({"class", "interface", "enum", "trait", "case", "default", "in", "instanceof", "as"})
_RESERVED = _DECLARES | _BARE | _WORDS | {"import", "package"}
_TYPES = frozenset({"boolean", "int", "long", "double", "float", "byte", "char", "short", "abstract"})
_STARTS = frozenset({TEXT, GSTRING, NUMBER, NAME, "["})
_GO_ON = frozenset({",", "+", "&&", "||", "?", ":", "=", ".", "?.", "->", "==", "?:", "-"})
_GOES_ON = frozenset({"&&", "||", "?", ":", ".", "?.", "?:", "==", "=~", "==~"})


class Call:
    """A call by name. `low`/`high` bound the tokens of its arguments, `inner` is what they hold, `body` its block."""

    __slots__ = ("at", "body", "high", "inner", "low", "name", "starts")

    def __init__(self, name: str, at: int, low: int, high: int) -> None:
        self.name = name
        self.at = at
        self.low = low
        self.high = high
        self.inner: list[Node] = []
        self.body: list[Node] | None = None
        self.starts = False
        """Whether a statement begins with it."""


class Assign:
    """`name = value`, or `name += value`."""

    __slots__ = ("at", "high", "inner", "low", "name")

    def __init__(self, name: str, at: int, low: int, high: int) -> None:
        self.name = name
        self.at = at
        self.low = low
        self.high = high
        self.inner: list[Node] = []


class Key:
    """`name: value` of a map or named argument that may tell of credentials; `low`/`high` bound the value."""

    __slots__ = ("at", "high", "low", "name")

    def __init__(self, name: str, at: int, low: int, high: int) -> None:
        self.name = name
        self.at = at
        self.low = low
        self.high = high


Node = Call | Assign | Key


class Parser:
    """Reads the tree of a source once. `gave_up` is the token where it stopped for want of depth or fuel."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.fuel = FUEL * len(source.kinds) + 2_000
        self.gave_up: int | None = None
        self.pipelines: list[Call] = []
        """Each `pipeline { … }`, wherever it stands."""
        self.defined: dict[str, list[Node]] = {}
        """Methods that the file defines, with their bodies; they are not in the tree."""

    def tree(self) -> list[Node]:
        """Return the tree of the whole file."""
        return self.nodes(0, len(self.source.kinds) - 1, 0, starts=True)

    def nodes(self, low: int, high: int, depth: int, *, starts: bool) -> list[Node]:
        """Return what stands among some tokens. `starts`: they are statements, and one begins at the first."""
        out: list[Node] = []
        if depth > MAX_DEPTH:
            self.gave_up = low if self.gave_up is None else self.gave_up
            return out
        kinds = self.source.kinds
        at = low
        fresh = starts
        loose: Call | None = None
        while at < high:
            self.fuel -= 1
            if self.fuel < 0:
                self.gave_up = at if self.gave_up is None else self.gave_up
                return out
            kind = kinds[at]
            if kind == NAME:
                count = len(out)
                at, begins = self._name(out, at, high, depth, fresh)
                fresh = begins and starts
                loose = _held(out, count, loose)
                continue
            if kind == "{":
                end = min(self.source.close[at], high)
                self._braces(out, at, end, depth)
                at = end
            elif loose is not None and (kind == ";" or (kind == LINE and _is_over(kinds, at, loose))):
                loose = None
            fresh = starts and kind in {LINE, ";", "}", "{", "->", ":"}
            at += 1
        return out

    def _name(self, out: list[Node], at: int, high: int, depth: int, fresh: bool) -> tuple[int, bool]:
        """Read what a name begins; return the next token and whether a statement begins there."""
        source, kinds = self.source, self.source.kinds
        name = source.word(at)
        following = kinds[at + 1] if at + 1 < high else END
        if name in _RESERVED:
            if name == "else" and not self._goes_on(at + 1, high):
                out.append(Call(name, at, at, at))
            return self._reserved(name, at, high, depth)
        if following == "(":
            return self._with_parentheses(out, name, at, high, depth, fresh)
        if following == "{":
            call = Call(name, at, at + 1, at + 1)
            call.starts = fresh
            return self._block(out, call, at + 1, high, depth)
        if following == ":":
            if _KEPT.fullmatch(name):
                out.append(Key(name, at, at + 2, self._value_end(at + 2, high)))
            return at + 2, True
        if following in {"=", "+="}:
            end = self._statement_end(at + 2, high)
            assign = Assign(name, at, at + 2, end)
            assign.inner = self.nodes(at + 2, end, depth + 1, starts=True)
            out.append(assign)
            return end, True
        return self._bare(out, name, at, high, depth) if fresh else (at + 1, False)

    def _goes_on(self, at: int, high: int) -> bool:
        """Tell whether a block or another condition stands behind `else`."""
        kinds = self.source.kinds
        while at < high and kinds[at] == LINE:
            self.fuel -= 1
            at += 1
        return at < high and (kinds[at] == "{" or (kinds[at] == NAME and self.source.word(at) == "if"))

    def _braces(self, out: list[Node], at: int, end: int, depth: int) -> None:
        """Read a block that no call stands before: that of `try`, `else`, `finally`, `do`, or a closure, without a name."""
        kinds = self.source.kinds
        before = at - 1
        while before > 0 and kinds[before] == LINE:
            self.fuel -= 1
            before -= 1
        word = self.source.word(before) if kinds[before] == NAME else ""
        call = Call(word if word in _BARE else "", at, at, at)
        call.body = self.nodes(at + 1, end, depth + 1, starts=True)
        _append(out, call)

    def _reserved(self, name: str, at: int, high: int, depth: int) -> tuple[int, bool]:
        if name in _DECLARES:
            return self._declared(at, high, depth)
        if name in {"import", "package"}:
            return self._statement_end(at + 1, high), True
        return at + 1, name in _BARE

    def _bare(self, out: list[Node], name: str, at: int, high: int, depth: int) -> tuple[int, bool]:
        """Read a statement that begins with a name and goes on without a parenthesis or a brace."""
        source, kinds = self.source, self.source.kinds
        following = kinds[at + 1] if at + 1 < high else END
        is_type = name[0].isupper() or name in _TYPES
        if following == NAME and is_type and at + 2 < high and kinds[at + 2] == "(":
            return self._declared(at, high, depth)
        indexed = following == "[" and source.starts[at + 1] == source.ends[at]
        if following in _STARTS and not indexed and not self._is_declaration(at, high):
            return self._command(out, name, at, high, depth)
        brace = self._allman(at + 1, high) if following == LINE else 0
        if brace:
            call = Call(name, at, at + 1, at + 1)
            call.starts = True
            return self._block(out, call, brace, high, depth)
        # `String x`: the type goes, the name is read next
        return at + 1, following == NAME

    def _declared(self, at: int, high: int, depth: int) -> tuple[int, bool]:
        """Step over `def`; a method's body is kept under its name."""
        source, kinds = self.source, self.source.kinds
        for start in (at + 1, at + 2):
            if (
                start + 1 < high
                and kinds[start] == NAME
                and kinds[start + 1] == "("
                and source.word(at) not in {"new", "return", "throw", "assert"}
            ):
                end = source.close[start + 1]
                brace = end + 1 if end + 1 < high and kinds[end + 1] == "{" else self._allman(end + 1, high)
                if brace and end < high:
                    close = min(source.close[brace], high)
                    self.defined[source.word(start)] = self.nodes(brace + 1, close, depth + 1, starts=True)
                    return close + 1, True
            if start < high and kinds[start] != NAME:
                break
        return at + 1, source.word(at) not in {"new", "throw"}

    def _allman(self, at: int, high: int) -> int:
        """Return the `{` that follows line ends, or 0."""
        kinds = self.source.kinds
        while at < high and kinds[at] == LINE:
            self.fuel -= 1
            at += 1
        return at if at < high and kinds[at] == "{" else 0

    def _with_parentheses(
        self, out: list[Node], name: str, at: int, high: int, depth: int, fresh: bool
    ) -> tuple[int, bool]:
        source, kinds = self.source, self.source.kinds
        end = min(source.close[at + 1], high)
        call = Call(name, at, at + 2, end)
        call.starts = fresh
        call.inner = self.nodes(at + 2, end, depth + 1, starts=False)
        after = end + 1
        if after < high and kinds[after] == "{":
            return self._block(out, call, after, high, depth)
        if fresh and (brace := self._allman(after, high)):
            return self._block(out, call, brace, high, depth)
        out.append(call)
        if name in _BLOCKS:
            # `if (x) sh 'y'`: a statement begins; it is judged as if the condition held it
            return after, True
        return after, False

    def _block(self, out: list[Node], call: Call, brace: int, high: int, depth: int) -> tuple[int, bool]:
        end = min(self.source.close[brace], high)
        call.body = self.nodes(brace + 1, end, depth + 1, starts=True)
        _append(out, call)
        if call.name == "pipeline":
            self.pipelines.append(call)
        return end + 1, True

    def _is_declaration(self, at: int, high: int) -> bool:
        """Tell whether two names declare a variable: `String x = 1`, `Map x`."""
        kinds = self.source.kinds
        if kinds[at + 1] != NAME:
            return False
        after = kinds[at + 2] if at + 2 < high else END
        return after in {"=", "in"} or (
            after in {LINE, ";", END} and (self.source.word(at)[0].isupper() or self.source.word(at) in _TYPES)
        )

    def _command(self, out: list[Node], name: str, at: int, high: int, depth: int) -> tuple[int, bool]:
        """Read a call without parentheses: its arguments reach to the end of the statement."""
        kinds = self.source.kinds
        end = self._statement_end(at + 1, high)
        call = Call(name, at, at + 1, end)
        call.starts = True
        call.inner = self.nodes(at + 1, end, depth + 1, starts=False)
        if end < high and kinds[end] == "{":
            return self._block(out, call, end, high, depth)
        if name in _BLOCK_BELOW and (brace := self._allman(end, high)):
            return self._block(out, call, brace, high, depth)
        out.append(call)
        return end, True

    def _statement_end(self, at: int, high: int) -> int:
        """Return the token behind a statement: a line end, `;`, or the brace of a block that follows it."""
        source, kinds = self.source, self.source.kinds
        before = ","
        while at < high:
            self.fuel -= 1
            kind = kinds[at]
            if kind == ";":
                return at
            if kind == LINE:
                ahead = at + 1
                while ahead < high and kinds[ahead] == LINE:
                    self.fuel -= 1
                    ahead += 1
                if before not in _GO_ON and (ahead >= high or kinds[ahead] not in _GOES_ON):
                    return at
                at = ahead
                continue
            if kind in {"(", "["}:
                at = source.close[at]
                kind = ")"
            elif kind == "{":
                if before not in _GO_ON:
                    return at
                at = source.close[at]
                kind = "}"
            before = kind
            at += 1
        return high

    def _value_end(self, at: int, high: int) -> int:
        """Return the token behind the value of a map's entry."""
        source, kinds = self.source, self.source.kinds
        while at < high:
            self.fuel -= 1
            kind = kinds[at]
            if kind in {",", LINE, ";", ")", "]", "}"}:
                return at
            at = source.close[at] + 1 if kind in {"(", "[", "{"} else at + 1
        return high


def _append(out: list[Node], call: Call) -> None:
    """Add a call; `catch` and `finally` become part of their `try`."""
    if call.name in {"catch", "finally"} and out:
        last = out[-1]
        if isinstance(last, Call) and last.name == "try":
            last.inner.append(call)
            return
    out.append(call)


def _is_over(kinds: list[str], at: int, loose: Call) -> bool:
    """Tell whether a line end closes the statement behind a condition without braces, and not the condition itself."""
    return kinds[at - 1] != LINE and at - 1 != loose.high


def _held(out: list[Node], count: int, loose: Call | None) -> Call | None:
    """Give a condition without braces the statement that was read behind it; return the one that waits for its own."""
    if len(out) == count:
        return loose
    last, before = out[-1], out[count - 1] if count else None
    does = isinstance(before, Call) and before.name == "do"
    if loose is not None:
        loose.body = out[count:]
        del out[count:]
    if isinstance(last, Call) and last.name in _LOOSE and last.body is None and not does:
        return last
    return None


def arguments(source: Source, low: int, high: int) -> list[tuple[str, int, int]]:
    """Return the arguments among some tokens as (name or empty, first token, token behind)."""
    kinds = source.kinds
    out: list[tuple[str, int, int]] = []
    start = at = low
    while at <= high:
        if at == high or kinds[at] == ",":
            if start < at:
                out.append(_argument(source, start, at))
            start = at + 1
        elif kinds[at] in {"(", "[", "{"}:
            at = min(source.close[at], high - 1)
        at += 1
    return out


def _argument(source: Source, low: int, high: int) -> tuple[str, int, int]:
    kinds = source.kinds
    while low < high and kinds[low] == LINE:
        low += 1
    while high > low and kinds[high - 1] == LINE:
        high -= 1
    if high - low > 1 and kinds[low + 1] == ":" and kinds[low] in {NAME, TEXT}:
        return source.word(low).strip("'\""), low + 2, high
    return "", low, high


def named(source: Source, call: Call) -> dict[str, tuple[int, int]]:
    """Return the named arguments of a call; the first one without a name is under an empty name.

    `step([$class: 'X', a: 1])` and `step($class: 'X', a: 1)` are the same.
    """
    low, high = call.low, call.high
    if low < high and source.kinds[low] == "[" and source.close[low] == high - 1:
        inside = arguments(source, low + 1, high - 1)
        if any(name for name, _, _ in inside):
            return {name: (start, end) for name, start, end in reversed(inside)}
    return {name: (start, end) for name, start, end in reversed(arguments(source, low, high))}
