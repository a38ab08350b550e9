"""Finding any of many words in a text, all in one pass over it."""

from collections.abc import Iterable, Iterator

from ahocorasick_rs import AhoCorasick, Implementation

WINDOW = 64 * 1024
"""Characters that are searched at once: what is found in a hostile text never fills the memory."""


class Sought:
    """Words that are sought together."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = tuple(dict.fromkeys(words))
        self._more = max(map(len, self.words)) - 1
        self._pass = AhoCorasick(self.words, implementation=Implementation.DFA)

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

    def _found(self, piece: str) -> list[tuple[int, int, int]]:
        try:
            return self._pass.find_matches_as_indexes(piece, overlapping=True)
        except UnicodeEncodeError:  # a lone surrogate is no character; a question mark is as long
            return self._pass.find_matches_as_indexes(piece.encode(errors="replace").decode(), overlapping=True)
