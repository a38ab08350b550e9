"""Many words are found in one pass, each wherever it stands."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipewarden.pipelines.plain import sought
from pipewarden.pipelines.plain.shape_scan import LEAST, anchors_in
from pipewarden.pipelines.plain.shapes import SHAPES
from pipewarden.pipelines.plain.sought import WINDOW, Shared, Sought

WORDS = ("ab", "abc", "bc", "cab", "c\n")


@given(st.text(st.sampled_from("abcé \n\ud800"), max_size=60))
def test_each_word_is_found_at_all_its_offsets(text):
    expected = {(word, found.start()) for word in WORDS for found in re.finditer(f"(?={word})", text)}
    assert set(Sought(WORDS).places(text)) == expected
    assert Sought(WORDS).present(text) == [word for word in WORDS if word in text]


def test_a_word_that_another_character_could_pass_for_is_refused():
    for word in ("é", "a?"):
        with pytest.raises(ValueError, match="question mark"):
            Sought(["ab", word])


def test_a_word_across_the_border_of_two_windows_is_found_once():
    for shift in range(-3, 4):
        text = "x" * (WINDOW + shift) + "abc" + "x" * WINDOW
        assert sorted(Sought(WORDS).places(text)) == [
            ("ab", WINDOW + shift), ("abc", WINDOW + shift), ("bc", WINDOW + shift + 1)
        ]  # fmt: skip


def test_of_a_hostile_text_only_a_window_is_held_at_once():
    places = Sought(["key"]).places("key" * 1_000_000)
    assert [next(places) for _ in range(3)] == [("key", 0), ("key", 3), ("key", 6)]


ANCHORS = list(dict.fromkeys(anchor for shape in SHAPES for anchor in shape.anchors))
PIECES = st.sampled_from([*ANCHORS[::9], "a", "7", " ", "\n", "\t", "\u2028", "abcdefghij", "0123456789"])


@given(st.lists(PIECES, max_size=30).map("".join))
def test_an_anchor_counts_where_a_long_stretch_with_a_digit_stands_around_it(text):
    long = [
        word
        for word in text.split()
        if len(word) >= LEAST and (re.search(r"\d", word) or "hf_" in word or "api_org_" in word)
    ]
    assert anchors_in(text) == [anchor for anchor in ANCHORS if any(anchor in word for word in long)]


def test_several_searches_share_one_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = Shared()
    names, ends = shared.share(["token", "key"]), shared.share([".sh", "key"])
    assert names["key"] == ends["key"]
    seen = shared.over("run: ./Key.sh --TOKEN x")
    assert seen is not None
    assert sorted((start, end) for _, start, end in seen.hits) == [(7, 10), (10, 13), (16, 21)]
    assert seen.numbers == {names["token"], names["key"], ends[".sh"]}
    later = shared.share(["run"])
    again = shared.over("run: other")
    assert again is not None
    assert again.numbers == set(later.values())
    assert shared.over("İ: token") is None  # its lower case is longer
    monkeypatch.setattr(sought, "MOST_SEEN", 3)
    assert shared.over("key " * 4) is None


def test_a_long_text_is_seen_in_windows() -> None:
    shared = Shared()
    number = shared.share(["token"])["token"]
    text = "x" * (WINDOW - 2) + "token" + "y" * WINDOW + "TOKEN"
    seen = shared.over(text)
    assert seen is not None
    assert seen.hits == [(number, at, at + 5) for at in (WINDOW - 2, 2 * WINDOW + 3)]
