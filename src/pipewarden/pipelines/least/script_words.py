"""The commands of a plain script, each as its words: enough of a shell to see what a few known programs are given."""

import re
import shlex
from collections.abc import Iterator

from pipewarden.pipelines.least.taken import UnknownFilesError

_INNER = re.compile(r"\$\((?P<inside>[^()]*)\)")
_ASSIGNED = re.compile(r"[A-Za-z_]\w*\+?=")
_SKIPPED = frozenset({"if", "then", "else", "elif", "fi", "do", "done", "while", "until", "!", "{", "}", "time"})
_DEEPEST = 5


def commands_of(script: str) -> Iterator[list[str]]:
    """Yield the words of each command. Raises UnknownFilesError where the script reads files by itself, or is not that plain."""
    if "<" in script or "`" in script or "$((" in script or "eval" in script:
        raise UnknownFilesError
    text = "\n".join(line for line in script.splitlines() if not line.lstrip().startswith("#"))
    for _ in range(_DEEPEST):
        inner = [found["inside"] for found in _INNER.finditer(text)]
        for each in inner:
            yield from _plain(each)
        text = _INNER.sub("$X", text)
        if not inner:
            break
    else:
        raise UnknownFilesError
    yield from _plain(text)


def _plain(text: str) -> Iterator[list[str]]:
    """Yield the commands of a text without commands inside commands."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=";&|()<>\n")
    lexer.whitespace = " \t\r"
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        tokens = list(lexer)
    except ValueError:
        raise UnknownFilesError from None
    words: list[str] = []
    skip = False
    for token in tokens:
        if skip:
            skip = False
        elif set(token) <= set(">&") and ">" in token:
            skip = True  # where it writes to is its own
        elif token and set(token) <= set(";&|()\n"):
            if "(" in token or ")" in token:
                raise UnknownFilesError  # a function, a group, a case
            yield from _command(words)
            words = []
        else:
            words.append(token)
    yield from _command(words)


def _command(words: list[str]) -> Iterator[list[str]]:
    while words and (words[0] in _SKIPPED or _ASSIGNED.match(words[0])):
        words = words[1:]
    if not words:
        return
    if words[0] in {"for", "case", "function", "source", "."}:
        raise UnknownFilesError
    yield words
