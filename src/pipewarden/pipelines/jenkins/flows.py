"""Whether text that somebody else chose, or a secret, flows through a Groovy expression into what it gives."""

import re
from collections.abc import Iterator
from functools import lru_cache

from pipewarden.pipelines.jenkins.words import words

_NAME = re.compile(r"[A-Za-z_]\w*(?:\??\.[A-Za-z_]\w*)*")
_STRING = re.compile(r"'[^']*'|\"[^\"$]*\"")
_INDEXED = re.compile(r"\b(params|env)\s*\[\s*['\"](\w+)['\"]\s*\]")
_COMPARES = re.compile(r"==|!=|=~|<|>|\bin\b|\binstanceof\b|&&|!")
_KEEPS = words(
    """trim toString toLowerCase toUpperCase replace split tokenize substring capitalize stripIndent stripMargin join
    take drop minus plus concat first last strip"""
)
"""Methods whose result still holds what somebody else wrote."""
MAX = 500
"""Characters of an expression that are looked at."""


@lru_cache(maxsize=4096)
def flowing(expression: str) -> tuple[str, ...]:
    """Return the dotted names whose value can be part of what an expression gives.

    `a ? b : c` gives b or c, not a; a comparison gives no text; what a method makes of its arguments is not known and
    not followed, but for those that keep their text (`a.trim()`).
    """
    if _NAME.fullmatch(expression):
        return (expression.replace("?", ""),)
    return tuple(_flowing(expression))


def _flowing(expression: str) -> Iterator[str]:
    text = _INDEXED.sub(r"\1.\2", expression[:MAX])
    text = _STRING.sub("''", text)
    if "?:" in text:
        text = text.replace("?:", " + ")
    elif " ? " in text or re.search(r"\?[^.]", text):
        text = re.split(r"\?(?!\.)", text, maxsplit=1)[1]
    elif _COMPARES.search(text):
        return
    depth = 0
    at = 0
    while at < len(text):
        found = _NAME.match(text, at)
        if found is None:
            depth += {"(": 1, ")": -1}.get(text[at], 0) if depth else 0
            at += 1
            continue
        at = found.end()
        if depth:
            continue
        name = found[0].replace("?", "")
        if text[at : at + 1] == "(":
            depth = 1
            at += 1
            owner, _, method = name.rpartition(".")
            if owner and method in _KEEPS:
                yield owner
        else:
            yield name
