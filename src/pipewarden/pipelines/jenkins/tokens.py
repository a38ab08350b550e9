"""Groovy as tokens: names, strings of every kind, operators and line ends, each with its place; comments are left out.

https://groovy-lang.org/syntax.html
"""

import re

from pipewarden.pipelines.lines import beginnings, place_among
from pipewarden.pipelines.yaml_tree import Fault, Position

MAX_CHARACTERS = 1_000_000
"""Longer files are not read."""
MAX_TOKENS = 200_000
MAX_SLASHY = 2_000
"""Characters in which a slashy string must end; otherwise the slash divides."""
MAX_NESTED = 20
"""Strings in expressions in strings, as deep as they are followed."""

NAME, TEXT, GSTRING, NUMBER, LINE, END = "name", "text", "gstring", "number", "line", "end"
"""Kinds of tokens; any other token is its own kind: `(`, `{`, `,`, `==`. A GSTRING holds `${…}` or `$name`."""

_NAME = r"[A-Za-z_$\u0080-\U0010ffff][\w$]*"
_TOKEN = re.compile(
    rf"""[\ \t\f\ufeff\u00a0]*(?:
    ((?!\$/)@?{_NAME}(?:\??\.{_NAME})*+)
    |\r?(\n|\r(?!\n))
    |([(){{}}\[\],:;])
    |('(?:[^'\\\n]++|\\[\s\S])*+')(?!')
    |("(?:[^"\\\n$]++|\\[\s\S])*+")(?!")
    |(//[^\r\n]*|/\*(?:[^*]++|\*(?!/))*+(?:\*/|\Z)|\\\r?\n)
    |(\d\w*(?:\.\d\w*)*)
    |('''|\"\"\"|'|"|\$/|/)
    |(==~|=~|===?|!==?|<=>?|>=|&&|\|\||->|\?:|\?\.|\*\.|\+\+|--|\+=|-=|\S)
    )""",
    re.VERBOSE,
)
_KINDS = (END, NAME, LINE, "", TEXT, TEXT, END, NUMBER)
_OPENERS = {"(": ")", "[": "]", "{": "}"}
_CLOSERS = frozenset(_OPENERS.values())
_INSIDE = re.compile(r"[^\"'`{}/$]++|/\*(?:[^*]++|\*(?!/))*+(?:\*/|\Z)|//[^\r\n]*|'''|\"\"\"|.", re.DOTALL)
_PLAIN = {
    "'": re.compile(r"(?:[^'\\\n]++|\\[\s\S])*+"),
    "'''": re.compile(r"(?:[^'\\]++|\\[\s\S]|'(?!''))*+"),
    '"': re.compile(r"(?:[^\"\\\n$]++|\\[\s\S]|\$(?!\{))*+"),
    '"""': re.compile(r"(?:[^\"\\$]++|\\[\s\S]|\"(?!\"\")|\$(?!\{))*+"),
    "$/": re.compile(r"(?:[^$/]++|\$\$|\$/|/(?!\$)|\$(?!\{))*+"),
}
_CLOSING = {"$/": "/$"}
_SLASHY = re.compile(r"/(?:[^/\\\n]++|\\[\s\S])++/")
_OPERANDS = frozenset({NAME, NUMBER, TEXT, GSTRING, ")", "]", "}"})
_INTERPOLATES = re.compile(r"\$(?:\{|[A-Za-z_])")
_COMMENT = 6
_OPENING = 8


class Source:
    """A tokenized text. `close[i]` is the index of the bracket that closes the one at i; the last token is END."""

    __slots__ = ("_lines", "_no_slashy", "close", "cut", "ends", "faults", "holes", "kinds", "starts", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.kinds: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.holes: dict[int, list[tuple[str, int]]] = {}
        """What Groovy puts into strings, by token, as far as it was asked for."""
        self.cut = False
        """Whether there are too many tokens: nothing is then known of the file."""
        self.faults: list[tuple[int, str]] = []
        """Offset and what is wrong there."""
        self._no_slashy = 0
        """Up to here no slashy string is looked for: one was, and did not end."""
        self._lines: list[int] | None = None
        self._tokenize()
        self.close = self._match()

    def word(self, index: int) -> str:
        """Return the text of a token as written."""
        return self.text[self.starts[index] : self.ends[index]]

    def between(self, low: int, high: int) -> str:
        """Return the text from one token up to and without another."""
        return self.text[self.starts[low] : self.ends[high - 1]] if low < high else ""

    def place(self, offset: int) -> Position:
        """Return line and column of an offset, counted from 1."""
        if self._lines is None:
            self._lines = beginnings(self.text)
        return Position(*place_among(self._lines, offset))

    def position(self, index: int) -> Position:
        """Return the place of a token."""
        return self.place(self.starts[index])

    def fault(self, index: int, message: str) -> Fault:
        """Return a fault at a token."""
        place = self.position(index)
        return Fault(place.line, place.column, message)

    def _tokenize(self) -> None:
        text, kinds, starts, ends = self.text, self.kinds, self.starts, self.ends
        begin = text.find("\n") if text.startswith("#!") else 0
        at = begin if begin >= 0 else len(text)
        step = _TOKEN.scanner(text, at).match  # type: ignore[attr-defined]
        while found := step():
            group = found.lastindex
            start, end = found.span(group)
            if group == _COMMENT:
                continue
            if group == _OPENING:
                kind, end = self._opened(start, found[group])
                step = _TOKEN.scanner(text, end).match  # type: ignore[attr-defined]
            else:
                kind = (group < _OPENING and _KINDS[group]) or found[group]
                if group == 5 and _INTERPOLATES.search(text, start, end):
                    kind = GSTRING
            kinds.append(kind)
            starts.append(start)
            ends.append(end)
            if len(kinds) >= MAX_TOKENS:
                self.cut = True
                break
        kinds.append(END)
        starts.append(len(text))
        ends.append(len(text))

    def _opened(self, start: int, opening: str) -> tuple[str, int]:
        """Return kind and end of a string that is no plain one, or of a slash that divides."""
        text = self.text
        if opening == "/":
            before = self.kinds[-1] if self.kinds else LINE
            follows = before not in _OPERANDS or (before == NAME and self._as_argument(start))
            if not follows or start < self._no_slashy:
                return "/", start + 1
            found = _SLASHY.match(text, start, start + MAX_SLASHY)
            if found is None:
                line = text.find("\n", start, start + MAX_SLASHY)
                self._no_slashy = line if line >= 0 else start + MAX_SLASHY
                return "/", start + 1
            end = found.end()
        else:
            # '' and "" stand before a quote that opens nothing; take what is there as an empty string
            end, closed = _string_end(text, start, opening, 0)
            if not closed:
                self.faults.append((start, "a string is opened and not closed"))
        interpolates = opening[0] != "'" and _INTERPOLATES.search(text, start + (opening == "$/"), end)
        return (GSTRING if interpolates else TEXT), end

    def _as_argument(self, start: int) -> bool:
        """Tell whether a slash after a name opens a string: `sh /x/` does, `a / b` and `a/b` do not."""
        text = self.text
        return text[start - 1 : start].isspace() and not text[start + 1 : start + 2].isspace()

    def _match(self) -> list[int]:
        """Return for each opening bracket where it closes; one that does not, closes at the end or its parent's."""
        kinds = self.kinds
        close = [0] * len(kinds)
        open_: list[int] = []
        counts = dict.fromkeys(_OPENERS.values(), 0)
        for index, kind in enumerate(kinds):
            if kind in _OPENERS:
                open_.append(index)
                counts[_OPENERS[kind]] += 1
            elif kind in _CLOSERS:
                if not counts[kind]:
                    self.faults.append((self.starts[index], f"a `{kind}` closes nothing"))
                    continue
                while open_:
                    top = open_.pop()
                    close[top] = index
                    wanted = _OPENERS[kinds[top]]
                    counts[wanted] -= 1
                    if wanted == kind:
                        break
                    self.faults.append((self.starts[top], f"a `{kinds[top]}` is not closed"))
        for index in open_:
            close[index] = len(kinds) - 1
            self.faults.append((self.starts[index], f"a `{kinds[index]}` is not closed"))
        return close


def _string_end(text: str, start: int, opening: str, depth: int) -> tuple[int, bool]:
    """Return where a string ends, and whether it is closed. `${…}` in it may hold strings again."""
    closing = _CLOSING.get(opening, opening)
    plain = _PLAIN[opening]
    at = start + len(opening)
    while True:
        found = plain.match(text, at)
        at = found.end() if found else at
        if text.startswith(closing, at):
            # more quotes than three belong to the string: '''a''''
            while len(closing) > 2 and text.startswith(closing[0], at + len(closing)):
                at += 1
            return at + len(closing), True
        if text.startswith("${", at) and opening[0] != "'":
            at = expression_end(text, at + 2, depth + 1)
            continue
        return at, False


def expression_end(text: str, at: int, depth: int = 0) -> int:
    """Return where the code after `${` ends, behind its closing brace; strings in it are stepped over."""
    if depth > MAX_NESTED:
        return len(text)
    open_ = 1
    while at < len(text):
        found = _INSIDE.match(text, at)
        piece = found[0] if found else text[at]
        if piece in {"'", '"', "'''", '"""'}:
            at, _ = _string_end(text, at, piece, depth)
            continue
        at += len(piece)
        if piece == "{":
            open_ += 1
        elif piece == "}":
            open_ -= 1
            if not open_:
                return at
    return at
