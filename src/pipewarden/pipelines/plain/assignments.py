"""Names with their literal values in any text: `NAME=value`, `"name": "value"`, `--name value`, `<name>value</name>`."""

import re
from collections.abc import Iterator

from msgspec import Struct

MAX_ASSIGNMENTS = 50_000
"""Assignments of one file that are looked at."""


class Assignment(Struct, frozen=True, gc=False):
    """A name and its value with the value's offsets. `loose`: without quotes, where code could stand as well."""

    name: str
    value: str
    start: int
    end: int
    loose: bool = False

    def __repr__(self) -> str:
        """Show the name and the place alone."""
        return f"Assignment({self.name!r}, {self.start}, {self.end})"


_VALUE = (
    r"(?:\"(?P<double>[^\"\n]{1,4096}+)\"|'(?P<single>[^'\n]{1,4096}+)'|`(?P<back>[^`\n]{1,4096}+)`"
    r"|(?P<bare>[^\s\"'`,;&|<>(){}\[\]=]{1,4096}+={0,3}))"
)
# what must not stand before a name is asked behind its first letter, by which the engine leaps
_ASSIGN = re.compile(
    r"(?P<name>[A-Za-z_](?<![\w.-].)[\w.-]{0,120}+)(?:\\?[\"'`]\]?)?(?:[ \t]{1,3}+(?:string|String)\b)?"
    r"(?P<op>[ \t]*+(?:(?::=|=>|\?=|\+=|\.=|=(?!=)|:(?![:=]))[ \t]*+|,[ \t]{0,10}+(?=[\"'])))(?P<esc>\\?)" + _VALUE
)
_FLAG = re.compile(r"-(?<![\w\"'-]-)-?(?P<name>[A-Za-z][\w.-]{1,60}+)(?P<op>=|[ \t]{1,10}+|[\"'],[ \t]{0,5}+)" + _VALUE)
_ELEMENT = re.compile(r"<(?P<name>[A-Za-z_][\w.:-]{0,80}+)(?:\s[^<>]{0,200}+)?>(?P<bare>[^<>\s]{1,2000}+)</")
_KEY_VALUE = re.compile(
    r"(?:key|name)=\"(?P<name>[\w.:-]{1,120}+)\"[ \t]{1,10}+value=\"(?P<double>[^\"<>\n]{1,2000}+)\"", re.IGNORECASE
)
_ENV_LINE = re.compile(
    r"(?m)^[ \t]{0,40}+(?:ENV|ARG)[ \t]{1,10}+(?P<name>[A-Za-z_]\w{0,120}+)[ \t]{1,10}+" + _VALUE, re.IGNORECASE
)
_NAMED = re.compile(r"\bname\b[\"']?\s{0,3}[:=]\s{0,3}[\"']([\w.-]{1,120})[\"']")
_VARIABLE = re.compile(r"\bvariable\s{1,5}\"?([\w-]{1,120})\"?\s{0,5}\{[^{}]{0,1500}\Z")
_GENERIC = frozenset({"value", "default", "defaultvalue"})
_BACK = 1600
_LONGEST_CHAIN = 200
"""Characters of a bare value that may be a name for the next: longer chains of names would be read again and again."""


def assignments(text: str, start: int = 0, end: int | None = None) -> Iterator[Assignment]:
    """Yield the assignments between two offsets. Linear: no pattern reads a character twice from the same border."""
    end = len(text) if end is None else end
    at = start
    for _ in range(MAX_ASSIGNMENTS):
        found = _ASSIGN.search(text, at, end)
        if not found:
            return
        if not _is_name(text, found):
            at = found.start("op") if found.end() - found.start() < _LONGEST_CHAIN else found.end()
            continue
        name = found["name"]
        if name.lower() in _GENERIC:
            name = _other_name(text, found.start(), name)
        group = found.lastgroup or "bare"
        bare = group == "bare"
        adjacent = found["op"] in {"=", ":"}
        yield _made(text, found, name, loose=bare and not adjacent)
        # a quoted value may hold assignments of its own, and a bare one may be the name of the next
        value, at = found[group], found.end()
        if bare and len(value) > _LONGEST_CHAIN:
            continue
        # `=` ends a text in base64, or joins it to what follows
        joined = text[at : at + 3].lstrip()[:1] in {"=", ":"} or ("=" in value and not text[at : at + 1].isspace())
        if ":" in value or (joined if bare else "=" in value):
            at = found.start(group)


def _is_name(text: str, found: re.Match[str]) -> bool:
    """Tell whether a name is given a value: a part of an ARN or of an image is not, `$NAME` only where a language writes it so."""
    before = text[found.start() - 1 : found.start()]
    if before == "$":
        return found["bare"] is None and found["op"].strip() in {"=", ".="}
    return not (before in {":", "/"} and found["op"] == ":")


def flags(text: str, start: int = 0, end: int | None = None) -> Iterator[Assignment]:
    """Yield `--name value`, `--name=value` and `-Dname=value` between two offsets."""
    for found in _FLAG.finditer(text, start, len(text) if end is None else end):
        name = found["name"]
        yield _made(text, found, name[1:] if name[0] in "DP" and "." in name else name, loose=False)


def elements(text: str) -> Iterator[Assignment]:
    """Yield `<name>value</name>` and `key="name" value="value"`."""
    for found in _ELEMENT.finditer(text):
        yield Assignment(found["name"], found["bare"], found.start("bare"), found.end("bare"))
    for found in _KEY_VALUE.finditer(text):
        yield Assignment(found["name"], found["double"], found.start("double"), found.end("double"))


def image_lines(text: str) -> Iterator[Assignment]:
    """Yield `ENV NAME value` of image recipes, in the form without `=`."""
    for found in _ENV_LINE.finditer(text):
        yield _made(text, found, found["name"], loose=False)


def _made(text: str, found: re.Match[str], name: str, *, loose: bool) -> Assignment:
    """Make an assignment of a match over `_VALUE`."""
    group = found.lastgroup or "bare"
    start, end = found.span(group)
    if group == "bare" and end < len(text) and text[end] in "([":
        # a call or an index: code, not a literal
        return Assignment(name, "", start, start)
    if end > start and text[end - 1] == "\\":
        end -= 1
    if group == "bare" and text[start:end].startswith("-"):
        return Assignment(name, "", start, start)
    return Assignment(name, text[start:end], start, end, loose)


def _other_name(text: str, at: int, name: str) -> str:
    """Return the name a `value` or `default` belongs to: `name: 'X'` before it, or the variable's block."""
    line = text.rfind("\n", 0, at) + 1
    before = text[max(line, at - 300) : at]
    given = _NAMED.findall(before)
    if given:
        return str(given[-1])
    block = _VARIABLE.search(text[max(0, at - _BACK) : at]) if name == "default" else None
    return f"variable.{block.group(1)}" if block else name
