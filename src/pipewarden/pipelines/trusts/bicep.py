"""Federated identity credentials in Bicep: the literal properties of a resource, everything else open.

https://learn.microsoft.com/en-us/azure/templates/microsoft.managedidentity/userassignedidentities/federatedidentitycredentials
"""

import re
from collections.abc import Iterator

from pipewarden.pipelines.lines import breaks, line_start, place
from pipewarden.pipelines.trusts.entra import entra_trust
from pipewarden.pipelines.trusts.stated import OPEN, Open, Reading, text_of
from pipewarden.pipelines.yaml_tree import Mapping, Node, Scalar, Sequence

MAX_DEPTH = 20
MAX_TOKENS = 20_000
"""Tokens of one resource."""

_RESOURCE = re.compile(
    r"^[ \t]*resource\s+(\w+)\s+'(?:[^'\n]*/)?federatedIdentityCredentials@[^'\n]*'\s*=\s*",
    re.MULTILINE | re.IGNORECASE,
)
_TOKEN = re.compile(
    r"(?P<space>[ \t\f\v]+|//[^\r\n]*|/\*.*?\*/)|(?P<line>\r\n?|\n)|(?P<long>'''.*?''')|(?P<text>'(?:[^'\\\n]|\\.)*')"
    r"|(?P<mark>[{}\[\]:,()])|(?P<word>[^\s{}\[\]:,()']+)",
    re.DOTALL,
)


def read_bicep(path: str, text: str) -> Reading:
    """Return the trusts of a Bicep file. Never raises."""
    found, faults = [], []
    for match in _RESOURCE.finditer(text):
        line, _ = place(text, match.start())
        body = _Reader(text, match.end()).value(0)
        if not isinstance(body, Mapping):
            faults.append((path, Open("the resource is no plain object", line, 1)))
            continue
        name = text_of(body.get("name")).rsplit("/", 1)[-1]
        shown = name if name and "${" not in name else match.group(1)
        properties = body.get("properties") or body
        made = entra_trust(properties, role=f"Entra credential {shown}", address=match.group(1), path=path)
        found.append(made)
    return Reading(tuple(found), faults=tuple(faults))


class _Reader:
    """Reads one value after another."""

    def __init__(self, text: str, at: int) -> None:
        self.text = text
        self.begin = line_start(text, at)
        self.line = breaks(text, 0, at) + 1
        self.tokens = self._tokens(at)
        self.kind, self.word, self.place = next(self.tokens)

    def _tokens(self, at: int) -> Iterator[tuple[str, str, tuple[int, int]]]:
        for _ in range(MAX_TOKENS):
            match = _TOKEN.match(self.text, at)
            if match is None:
                break
            kind, word = match.lastgroup or "", match.group()
            there = (self.line, at - self.begin + 1)
            at = match.end()
            if lines := breaks(word, 0, len(word)):
                self.line += lines
                self.begin = line_start(self.text, at)
            if kind != "space":
                yield kind, word, there
        while True:
            yield "end", "", (self.line, max(1, at - self.begin + 1))

    def step(self) -> None:
        self.kind, self.word, self.place = next(self.tokens)

    def lines(self) -> None:
        while self.kind == "line" or self.word == ",":
            self.step()

    def value(self, depth: int) -> Node:
        """Read a value up to the end of its line."""
        line, column = self.place
        if depth < MAX_DEPTH and self.word == "{":
            return self._object(depth)
        if depth < MAX_DEPTH and self.word == "[":
            return self._list(depth)
        words: list[str] = []
        text = self.word[1:-1] if self.kind == "text" else self.word.strip("'") if self.kind == "long" else None
        inside = 0
        while self.kind != "end" and (inside or not (self.kind == "line" or self.word in {",", "}", "]"})):
            inside += (self.word in {"(", "[", "{"}) - (self.word in {")", "]", "}"}) if self.kind == "mark" else 0
            words.append(self.word)
            self.step()
        if text is not None and len(words) == 1:
            plain = re.sub(r"\\([\\'$])", r"\1", text)
            return Scalar(plain, line, column, plain=False, tag=OPEN if re.search(r"(?<!\\)\$\{", text) else "")
        return Scalar(f"${{{' '.join(words)[:80]}}}", line, column, tag=OPEN)

    def _object(self, depth: int) -> Node:
        line, column = self.place
        self.step()
        pairs: list[tuple[Scalar, Node]] = []
        self.lines()
        while self.kind != "end" and self.word != "}":
            key = Scalar(self.word.strip("'"), *self.place)
            self.step()
            if self.word == ":":
                self.step()
                pairs.append((key, self.value(depth + 1)))
            self.lines()
        self.step()
        return Mapping(tuple(pairs), line, column)

    def _list(self, depth: int) -> Node:
        line, column = self.place
        self.step()
        items: list[Node] = []
        self.lines()
        while self.kind != "end" and self.word != "]":
            before = self.place
            items.append(self.value(depth + 1))
            if self.place == before:
                self.step()
            self.lines()
        self.step()
        return Sequence(tuple(items), line, column)
