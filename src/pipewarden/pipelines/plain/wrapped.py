"""Secrets in Base64 where what stands around says so: manifests inside scripts and templates, and `base64 --decode`."""

import re
from collections.abc import Iterator

from pipewarden.pipelines.plain.checksums import decoded
from pipewarden.pipelines.plain.judge import judge_data
from pipewarden.pipelines.plain.shape_scan import Hit, anchors_in, shape_hits
from pipewarden.pipelines.plain.tree_walk import Leaf

MOST_MANIFESTS = 200
"""Manifests of one stretch of text that are looked at."""
_AROUND = 4_000
"""Characters on either side of `data:` in which its manifest says what it is."""
_DATA = re.compile(r"(?m)^(?P<blanks>[ \t]*+)data:[ \t]*+\r?$")
_KIND = re.compile(r"(?m)^(?P<blanks>[ \t]*+)kind:[ \t]*+[\"']?Secret[\"']?[ \t]*+\r?$")
_LINE = re.compile(r"(?P<blanks>[ \t]*+)(?P<said>[^\r\n]*+)(?:\r?\n|\Z)")
_BETWEEN = re.compile(r"(?m)^[ \t]*+---")
# https://kubernetes.io/docs/concepts/configuration/secret/#restriction-names-data
_ENTRY = re.compile(
    r"[\"']?(?P<name>[\w.-]{1,253}+)[\"']?:[ \t]*+[\"']?(?P<value>[A-Za-z0-9+/]{8,4096}+={0,2})[\"']?[ \t]*+(?:#.*)?"
)
# https://www.gnu.org/software/coreutils/manual/html_node/base64-invocation.html
_DECODES = re.compile(r"\bbase64\b[^\n|;]{0,40}?\s(?:-[a-zA-Z]{0,3}[dD]\b|--decode\b)")
_WORD = re.compile(r"(?<![\w+/=-])[A-Za-z0-9+/]{24,2000}+={0,2}(?![\w+/=-])")


def wrapped(text: str, start: int, end: int, where: str) -> Iterator[Hit]:
    """Yield what a stretch of text holds in Base64 and says that it does."""
    if text.find("Secret", start, end) >= 0 and text.find("data:", start, end) >= 0:
        yield from _manifests(text, start, end, where)
    if text.find("base64", start, end) >= 0:
        yield from _commands(text, start, end, where)


def _manifests(text: str, start: int, end: int, where: str) -> Iterator[Hit]:
    for count, data in enumerate(_DATA.finditer(text, start, end)):
        if count >= MOST_MANIFESTS:
            return
        if _is_of_secret(
            text[max(start, data.start() - _AROUND) : data.start()],
            text[data.end() : min(end, data.end() + _AROUND)],
            data["blanks"],
        ):
            yield from _entries(text, data.end(), end, data["blanks"], where)


def _is_of_secret(before: str, after: str, blanks: str) -> bool:
    """Tell whether the manifest around `data:` is a Secret: what stands beside it and not in another document."""
    before = _BETWEEN.split(before)[-1]
    after = _BETWEEN.split(after, 1)[0]
    return any(found["blanks"] == blanks for part in (before, after) for found in _KIND.finditer(part))


def _entries(text: str, at: int, end: int, blanks: str, where: str) -> Iterator[Hit]:
    """Yield the secrets of the lines that stand deeper than `data:`."""
    at = text.find("\n", at, end) + 1
    while 0 < at < end and (line := _LINE.match(text, at, end)) is not None:
        said = line["said"]
        if said and not said.startswith(("#", "{{")) and len(line["blanks"]) <= len(blanks):
            return
        entry = _ENTRY.fullmatch(said)
        if entry:
            name, begins = entry["name"], line.start("said") + entry.start("value")
            path = f"{where}.data.{name}" if where else f"data.{name}"
            value = entry["value"]
            yield from judge_data(Leaf(path, name, value, begins, begins + len(value), True, True, True))
        at = line.end()


def _commands(text: str, start: int, end: int, where: str) -> Iterator[Hit]:
    """Yield secrets with a form of their own on the line that decodes them."""
    for found in _DECODES.finditer(text, start, end):
        begins = max(start, text.rfind("\n", start, found.start()) + 1, found.start() - _AROUND)
        stops = text.find("\n", found.end(), end)
        for word in _WORD.finditer(text, begins, min(end if stops < 0 else stops, found.end() + _AROUND)):
            inner = decoded(word.group())
            for hit in shape_hits(inner, anchors_in(inner)) if inner else ():
                yield Hit(word.start(), word.end(), hit.value, hit.kind, hit.confidence, where)
