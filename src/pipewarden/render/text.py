"""Text from other people's systems made safe and fitted for a screen: cleaned, measured, wrapped, padded."""

import re
import unicodedata
from collections.abc import Iterator

ANSI = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # colours and cursor moves
    r"|\x1b[\]PX^_]|[\x90\x98\x9d\x9e\x9f]"  # where titles, links and device strings begin
    r"|\x1b[ -/]*[0-~]?"
)
"""Terminal control sequences, https://ecma-international.org/publications-and-standards/standards/ecma-48/.

Of a string sequence only the beginning is taken away, and its text is shown: a name that opens one must not
swallow the rest of the sentence it stands in.
"""

LONGEST = 10_000
"""Characters that are shown of one text; what is longer is no name and no sentence, and would fill every page."""

_SPACES = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]+")
_WORDS = re.compile(r"\S+")


def clean(text: str, longest: int = LONGEST) -> str:
    """Return `text` on one line, without terminal sequences, control and invisible direction characters.

    A name may hold anything; printed as it is, it could move the cursor, forge lines or turn the reading order round.
    What is longer than `longest` is cut, and ends in an ellipsis.
    """
    if len(text) > longest:
        text = text[: longest - 1] + "…"
    if text.isascii() and text.isprintable():
        return text
    kept = []
    for character in _SPACES.sub(" ", ANSI.sub("", text)):
        category = unicodedata.category(character)
        if category == "Cs":
            kept.append("\ufffd")
        elif category not in {"Cc", "Cf"}:
            kept.append(character)
    return "".join(kept)


def cells(character: str) -> int:
    """Return how many terminal cells a character takes: 0, 1 or 2."""
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def measure(text: str) -> int:
    """Return how many terminal cells a text takes."""
    return len(text) if text.isascii() else sum(map(cells, text))


def pad(text: str, width: int) -> str:
    """Fill a text with spaces on the right to `width` cells."""
    return text + " " * (width - measure(text))


def wrap(text: str, width: int) -> list[str]:
    """Break a cleaned text into lines of at most `width` cells; nothing is lost but spaces between words.

    A word longer than a line is broken, after `/`, `-`, `_`, `:` or `.` where one is near.
    """
    width = max(width, 2)
    lines: list[str] = []
    line = ""
    for word in _WORDS.findall(text):
        joined = f"{line} {word}" if line else word
        if measure(joined) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        *whole, line = pieces(word, width)
        lines.extend(whole)
    lines.append(line)
    return lines


def pieces(word: str, width: int) -> Iterator[str]:
    """Cut one word into pieces of at most `width` cells, at a separator in the later two thirds where there is one."""
    begin = used = 0
    for place, character in enumerate(word):
        size = cells(character)
        if used + size > width and place > begin:
            end = _separator(word, begin, place)
            yield word[begin:end]
            begin, used = end, measure(word[end:place])
        used += size
    yield word[begin:]


def _separator(word: str, begin: int, end: int) -> int:
    """Return where to cut between two places: after the last separator in the later two thirds, else at the end."""
    for place in range(end, begin + (end - begin) // 3, -1):
        if word[place - 1] in "/-_:.@":
            return place
    return end


def plural(count: int, one: str, many: str = "") -> str:
    """Say a count with its noun: `1 finding`, `2,310 findings`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(names: list[str], most: int, room: int = 0) -> str:
    """Name the first `most` of some names, and count the rest.

    With `room`, of names that must be counted anyway no more are named than fit into so many characters, but one.
    """
    if len(names) <= most:
        return ", ".join(names)
    while room and most > 1 and len(", ".join(names[:most])) > room:
        most -= 1
    return f"{', '.join(names[:most])} and {len(names) - most:,} more"
