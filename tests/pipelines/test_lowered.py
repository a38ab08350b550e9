"""Lower case for the search of plain words: it finds what Python's own lower case has, at the same places."""

import sys

import pytest

from pipewarden.pipelines.lowered import lowered


@pytest.mark.parametrize(
    "text", ["", "Token: ÄB", "🚀 CURL é Ünïcode", "\u212aEY", "\u0130D: TOKEN", "\ud800 SECRET", "PLAIN"]
)
def test_plain_words_stand_where_they_stand_in_lower_case(text: str) -> None:
    low = lowered(text)
    assert len(low) == len(text.lower())
    for word in ("token", "curl", "key", "secret", "plain", "id", "k"):
        assert low.find(word) == text.lower().find(word)


def test_no_other_letter_has_a_lower_case_in_ascii() -> None:
    odd = [
        char
        for char in map(chr, range(128, sys.maxunicode + 1))
        if char.lower() != char and (len(char.lower()) != 1 or char.lower().isascii())
    ]
    assert odd == ["\u0130", "\u212a"]
