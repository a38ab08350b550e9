"""Finding any of many words in a text, all in one pass over it."""

from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from typing import NamedTuple

from ahocorasick_rs import BytesAhoCorasick, Implementation

from pipewarden.pipelines.lowered import lowered

WINDOW = 64 * 1024
"""Characters that are searched at once: what is found in a hostile text never fills the memory."""

_BEYOND = "?"
"""What stands for a character beyond ASCII: no word holds it."""


class Sought:
    """Words of ASCII that are sought together, none of which holds a question mark."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = tuple(dict.fromkeys(words))
        if not all(word.isascii() and _BEYOND not in word for word in self.words):
            raise ValueError("a word that is sought is of ASCII, without a question mark")
        self._more = max(map(len, self.words)) - 1

    @cached_property
    def _pass(self) -> BytesAhoCorasick:
        """What goes over a text: made when it is first asked, for some searches never are."""
        return BytesAhoCorasick([word.encode() for word in self.words], implementation=Implementation.DFA)

    def places(self, text: str) -> Iterator[tuple[str, int]]:
        """Yield each word that stands in a text with its offset, those too that overlap others."""
        words = self.words
        for begin in range(0, len(text), WINDOW):
            piece = text[begin : begin + WINDOW + self._more]
            for number, start, _ in self._found(piece):
                if start < WINDOW:
                    yield words[number], begin + start

    def present(self, text: str) -> list[str]:
        """Return the words that stand in a text, in the order in which they were given."""
        found = {word for word, _ in self.places(text)}
        return [word for word in self.words if word in found] if found else []

    def numbers(self, text: str, most: int) -> list[tuple[int, int, int]] | None:
        """Return (number of the word, start, end) of all that `places` yields; None where that may be more than `most`."""
        if len(text) <= WINDOW:
            found = self._found(text)
            return found if len(found) <= most else None
        whole: list[tuple[int, int, int]] = []
        for begin in range(0, len(text), WINDOW):
            piece = text[begin : begin + WINDOW + self._more]
            whole += [(n, begin + start, begin + end) for n, start, end in self._found(piece) if start < WINDOW]
            if len(whole) > most:
                return None
        return whole

    def _found(self, piece: str) -> list[tuple[int, int, int]]:
        """Go over a text with one byte for each character: over any other, the places of all its characters are counted first."""
        return self._pass.find_matches_as_indexes(piece.encode("ascii", "replace"), overlapping=True)


MOST_SEEN = 50_000
"""Words of one text that are told one by one."""


class Seen(NamedTuple):
    """What stands in the lower case of a text."""

    low: str
    hits: list[tuple[int, int, int]]
    """Number of the word, start and end, in the order of their ends."""
    numbers: frozenset[int]
    """The numbers of the words that stand in it at all."""


class Shared:
    """The words of several searches, all found in one pass over each text: going over a text costs more than words do."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._sought: Sought | None = None
        self._last = lru_cache(maxsize=1)(self._look)  # one search after the other is given the same text

    def share(self, words: Iterable[str]) -> dict[str, int]:
        """Have some words looked for too, given in lower case; return the number of each."""
        self._sought = None
        return {word: self._numbers.setdefault(word, len(self._numbers)) for word in words}

    def over(self, text: str) -> Seen | None:
        """Return what stands in a text; None for one whose lower case has other offsets, or that holds too many words."""
        return self._last(text)

    def _look(self, text: str) -> Seen | None:
        if self._sought is None:
            self._sought = Sought(self._numbers)
        low = lowered(text)
        hits = self._sought.numbers(low, MOST_SEEN) if len(low) == len(text) else None
        return None if hits is None else Seen(low, hits, frozenset([number for number, _, _ in hits]))


SHARED = Shared()
"""What is asked of every pipeline file."""
