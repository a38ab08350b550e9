"""What a Groovy string says: its literal text, and the expressions that Groovy puts into it."""

import re
from collections.abc import Iterator

from pipewarden.pipelines.jenkins.tokens import GSTRING, TEXT, Source, expression_end

_ESCAPE = re.compile(r"\\(u+[0-9a-fA-F]{4}|\r?\n|[\s\S])")
_NAMED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_HOLE = re.compile(r"\\[\s\S]|\$\$|\$(?:(\{)|([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*+))")


def _quotes(written: str) -> int:
    for opening in ("'''", '"""', "$/"):
        if written.startswith(opening):
            return len(opening)
    return 1


def value(source: Source, index: int) -> str:
    """Return the text of a string token without its quotes, escapes resolved; expressions stay as written."""
    written = source.word(index)
    cut = _quotes(written)
    inner = written[cut:-cut] if len(written) >= 2 * cut else written[cut:]
    if written[0] in "'\"" and "\\" in inner:
        return _ESCAPE.sub(_unescape, inner)
    return inner


def _unescape(found: re.Match[str]) -> str:
    what = found[1]
    if what[0] == "u" and len(what) > 1:
        code = int(what.lstrip("u"), 16)
        return "\ufffd" if 0xD800 <= code < 0xE000 else chr(code)  # half a character is no text
    if what in {"\n", "\r\n"}:
        return ""
    return _NAMED.get(what, what)


def holes(source: Source, index: int) -> list[tuple[str, int]]:
    """Return the expressions in a string token (`${a.b}` and `$a.b`) with their offsets in the file."""
    if source.kinds[index] != GSTRING:
        return []
    if index not in source.holes:
        source.holes[index] = list(_holes(source, index))
    return source.holes[index]


def _holes(source: Source, index: int) -> Iterator[tuple[str, int]]:
    text, end = source.text, source.ends[index]
    at = source.starts[index] + _quotes(source.word(index))
    while found := _HOLE.search(text, at, end):
        at = found.end()
        if found[1]:
            at = min(expression_end(text, found.end()), end)
            yield text[found.end() : at - 1].strip(), found.start()
        elif found[2]:
            yield found[2], found.start()


def literal(source: Source, low: int, high: int) -> str | None:
    """Return the value of an expression that is one string, or one chain of `'a' + 'b'`; None where it is computed."""
    parts = []
    for index in range(low, high):
        kind = source.kinds[index]
        if kind == TEXT:
            parts.append(value(source, index))
        elif kind not in {"+", "line"}:
            return None
    return "".join(parts) if parts else None


def texts(source: Source, low: int, high: int) -> list[str]:
    """Return the literal strings among some tokens."""
    return [value(source, index) for index in range(low, high) if source.kinds[index] == TEXT]
