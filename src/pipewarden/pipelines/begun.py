r"""Patterns that begin at a word's border, written so that the engine finds the word by its first letter.

`\b(?:docker|podman)` is tried at every character of a text, because nothing that it begins by is fixed: fifteen times the
work of `docker`, for which the engine leaps from one d to the next. Here the border is asked for behind the first letter.
"""


def begun(*words: str) -> str:
    r"""Return a pattern that matches what `\b(?:word|word…)` does. Each word is a pattern that begins by a fixed letter.

    It must stand first in the whole pattern, and no letter's case may be ignored: else nothing is gained.
    """
    return f"(?:{'|'.join(_bordered(word[0], word[1:]) for word in words)})"


def _bordered(letter: str, rest: str) -> str:
    return rf"{letter}(?<=\b{letter}){rest}"
