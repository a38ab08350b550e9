r"""Lines as editors and viewers of SARIF count them: they end at `\n`, `\r\n` and `\r`, and at nothing else.

Python's `splitlines` and YAML 1.1 also end a line at U+0085, U+2028 and U+2029, which no editor does.
https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html#_Toc34317478 (newlineSequences)
"""

import re
from bisect import bisect_right
from functools import lru_cache

_END = re.compile(r"\r\n?|\n")


def beginnings(text: str) -> list[int]:
    """Return where the second and every further line begins."""
    if "\r" not in text:
        return [found.end() for found in re.finditer("\n", text)]
    return [found.end() for found in _END.finditer(text)]


@lru_cache(maxsize=1)  # one rule after the other is given the same file
def lines_of(text: str) -> list[str]:
    """Return the lines of a text without their ends; whoever asks changes nothing in them."""
    return text.split("\n") if "\r" not in text else _END.split(text)


def first_lines(text: str, most: int) -> list[str]:
    """Return the first lines of a text, some at most, without their ends: what stands behind them is not cut."""
    return text.split("\n", most)[:most] if "\r" not in text else lines_of(text)[:most]


def breaks(text: str, start: int, end: int) -> int:
    """Count the ends of lines between two places."""
    count = text.count("\n", start, end)
    if text.find("\r", start, end) >= 0:
        count += text.count("\r", start, end) - text.count("\r\n", start, end)
    return count


def line_start(text: str, at: int, after: int = 0) -> int:
    """Return where the line of a place begins, which is known to be behind `after`."""
    return max(text.rfind("\n", after, at), text.rfind("\r", after, at)) + 1


def place(text: str, at: int) -> tuple[int, int]:
    """Return the line and the column of a place, both counted from 1."""
    return breaks(text, 0, at) + 1, at - line_start(text, at) + 1


def place_among(lines: list[int], at: int) -> tuple[int, int]:
    """Return line and column of a place by the beginnings of the lines of its text."""
    line = bisect_right(lines, at)
    return line + 1, at - (lines[line - 1] if line else 0) + 1
