"""Where a shell reads the value of a variable as commands, and not as data.

`echo $X` and `git log "$X"` hand data over, whatever X holds. What reads it again does not: `eval`, `sh -c "…"`, `ssh host "…"`,
an interpreter's `-c`, a here-document for a shell, a text that is piped into one.
https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_06
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from pipewarden.pipelines.gitlab.shell import MOST_CHARACTERS, Expansion, expansions

_COMMAND = r"(?:^|[;&|({`!]|\$\(|\b(?:then|do|else|sudo|exec|time|nohup)\s|--\s)\s*"
_AGAIN = tuple(
    (word, re.compile(rf"(?m){_COMMAND}(?:[\w./-]{0, 60}/)?{pattern}"))
    for word, pattern in (
        ("eval", r"eval\s+(?P<rest>[^\n]*(?:\\\n[^\n]*)*)"),
        ("a shell", r"(?:ba|z|k|da|a)?sh\s+(?:-\w+\s+)*?-\w*c\s+(?P<rest>[^\n]*(?:\\\n[^\n]*)*)"),
        ("a shell", r"su\s+(?:[\w-]+\s+)*?-c\s+(?P<rest>[^\n]*(?:\\\n[^\n]*)*)"),
        ("a shell elsewhere", r"ssh\s+(?P<rest>[^\n]*(?:\\\n[^\n]*)*)"),
        ("Python", r"python[\d.]*\s+(?:-\w+\s+)*?-c\s+(?P<rest>[^\n]*(?:\\\n[^\n]*)*)"),
        ("an interpreter", r"(?:node|ruby|perl|php)\s+(?:-\w+\s+)*?-\w*[er]\s+(?P<rest>[^\n]*(?:\\\n[^\n]*)*)"),
        ("awk", r"[gmn]?awk\s+(?:-F\s*\S+\s+)?(?P<rest>\"[^\n]*)"),
        ("PowerShell", r"(?i:invoke-expression|iex)\s+(?P<rest>[^\n]*)"),
        ("PowerShell", r"(?:pwsh|powershell)(?:\.exe)?\s+(?:-\w+\s+)*?-(?i:c|command)\s+(?P<rest>[^\n]*)"),
    )
)
_INNER_SHELL = re.compile(
    r"(?<=\s)(?:[\w./-]{0,60}/)?(?:ba|z|k|da|a)?sh\s+(?:-\w+\s+)*?-\w*c\s+(?P<rest>[^\n]*(?:\\\n[^\n]*)*)"
)
"""A shell started by another command: `docker exec web sh -c "…"`."""
_PIPED = re.compile(r"\|\s*(?:sudo\s+(?:-\w+\s+)*)?(?:ba|z|k|da)?sh\b(?:\s+-s)?\s*(?:$|[;&|\n])")
_PRINTS = re.compile(r"\b(?:echo|printf)\b")
_HERE = re.compile(r"<<-?[ \t]*(?P<quote>['\"\\]?)(?P<word>\w+)['\"]?[^\n]*\n")
_READS_COMMANDS = re.compile(
    rf"{_COMMAND}(?:[\w./-]{0, 60}/)?(?:(?:ba|z|k|da)?sh|ssh|python[\d.]*|perl|ruby|node)\b(?!\s+\S+\.(?:sh|py|pl|rb|js)\b)"
)
_SAFE = re.compile(r"(?:/[/#%]?.*|@Q|:?\+.*)")
"""Parameter expansions that change what is put in: their result is not judged."""


MOST_STRETCHES = 200
MOST_STRETCH = 4_000
"""Characters of one command that are looked into."""


class Again(NamedTuple):
    """A variable whose value is read as commands."""

    name: str
    at: int
    by: str
    """What reads it: `eval`, `a shell`, …."""


@lru_cache(maxsize=512)
def read_again(text: str) -> tuple[Again, ...]:
    """Return the variables of a script whose values are read as commands."""
    text = text[:MOST_CHARACTERS]
    if "$" not in text:
        return ()
    places = expansions(text)
    offsets = [each.at for each in places]
    found = {}
    for by, start, last in islice(_stretches(text), MOST_STRETCHES):
        end = min(last, start + MOST_STRETCH)
        for each in places[bisect_left(offsets, start) : bisect_left(offsets, end)]:
            if each.at in found or each.single or _SAFE.fullmatch(each.rest):
                continue
            if text[each.at - 1 : each.at] != "\\" and not _inside_substitution(text, start, each.at):
                found[each.at] = Again(each.name, each.at, by)
    return tuple(found[at] for at in sorted(found))


def _stretches(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield the parts of a script that are read again, with what reads them."""
    for by, pattern in (*_AGAIN, ("a shell", _INNER_SHELL)):
        for found in pattern.finditer(text):
            start = found.start("rest")
            yield by, start, start + command_end(found["rest"][:MOST_STRETCH])
    for found in _PIPED.finditer(text):
        line = max(text.rfind("\n", 0, found.start()) + 1, found.start() - MOST_STRETCH)
        if _PRINTS.search(text, line, found.start()):
            yield "a shell", line, found.start()
    for found in islice(_HERE.finditer(text), MOST_STRETCHES):
        line = max(text.rfind("\n", 0, found.start()) + 1, found.start() - MOST_STRETCH)
        if not found["quote"] and _READS_COMMANDS.search(text[line : found.start()]):
            end = re.compile(rf"(?m)^[ \t]*{found['word']}[ \t]*$").search(text, found.end())
            yield "a shell", found.end(), end.start() if end else len(text)


def command_end(rest: str) -> int:
    """Return where the command ends: at `;`, `|`, `&` or a closing bracket that stands outside quotes."""
    quote = ""
    depth = 0
    at = 0
    while at < len(rest):
        char = rest[at]
        if char == "\\":
            at += 2
            continue
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth < 0:
                return at
        elif char in ";|&" and not depth:
            return at
        at += 1
    return len(rest)


def _inside_substitution(text: str, start: int, at: int) -> bool:
    """Tell whether a place is inside `$(…)` that opened after `start`: there it is an argument of another command."""
    depth = 0
    for found in re.finditer(r"\\.|\$\(|\(|\)|`", text[start:at]):
        if found[0] == "$(" or (found[0] == "(" and depth):
            depth += 1
        elif found[0] == ")" and depth:
            depth -= 1
        elif found[0] == "`":
            depth = 0 if depth else 1
    return depth > 0


_ASSIGNED = re.compile(
    r"(?m)(?:^|[\s;&(])(?:export\s+|local\s+|readonly\s+)?(?P<name>[A-Za-z_]\w*)=(?P<value>\"(?:\\.|[^\"\\])*\"|[^\s;&|]*)"
)


def assigned_from(text: str) -> Iterator[tuple[str, Expansion]]:
    """Yield the variables that a script sets to the value of others: `NAME="v$OTHER"`; not through other commands."""
    if "=" not in text or "$" not in text:
        return
    for found in _ASSIGNED.finditer(text[:MOST_CHARACTERS]):
        value = found["value"]
        if "$" in value and "$(" not in value and "`" not in value:
            for each in expansions(value):
                if not each.single and not _SAFE.fullmatch(each.rest):
                    yield found["name"], each
