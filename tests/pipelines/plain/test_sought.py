"""Many words are found in one pass, each wherever it stands."""

import re

from hypothesis import given
from hypothesis import strategies as st

from pipewarden.pipelines.plain.sought import WINDOW, Sought

WORDS = ("ab", "abc", "bc", "cab", "é")


@given(st.text(st.sampled_from("abcé \n\ud800"), max_size=60))
def test_each_word_is_found_at_all_its_offsets(text):
    expected = {(word, found.start()) for word in WORDS for found in re.finditer(f"(?={word})", text)}
    assert set(Sought(WORDS).places(text)) == expected
    assert Sought(WORDS).present(text) == [word for word in WORDS if word in text]


def test_a_word_across_the_border_of_two_windows_is_found_once():
    for shift in range(-3, 4):
        text = "x" * (WINDOW + shift) + "abc" + "x" * WINDOW
        assert sorted(Sought(WORDS).places(text)) == [
            ("ab", WINDOW + shift), ("abc", WINDOW + shift), ("bc", WINDOW + shift + 1)
        ]  # fmt: skip


def test_of_a_hostile_text_only_a_window_is_held_at_once():
    places = Sought(["key"]).places("key" * 1_000_000)
    assert [next(places) for _ in range(3)] == [("key", 0), ("key", 3), ("key", 6)]
