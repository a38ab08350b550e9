"""Text fitted for a screen: nothing lost, nothing too wide, no orders in it."""

import re

from hypothesis import given
from hypothesis import strategies as st

from pipewarden.render.text import LONGEST, clean, listed, measure, pad, plural, wrap


@given(st.text(), st.integers(2, 60))
def test_wrapping_loses_nothing_and_fits(text, width):
    text = clean(text)
    lines = wrap(text, width)
    assert all(measure(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(st.text(st.characters()))
def test_a_clean_text_stays_clean_and_gives_no_orders(text):
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", cleaned)
    cleaned.encode()


def test_what_is_cleaned_is_the_order_not_its_neighbour():
    assert clean("a\x1b[31mred\x1b[0m b") == "ared b"
    assert clean("\x1b]0;title\x07name") == "0;titlename"
    assert clean("tab\tand\r\nline") == "tab and line"
    assert clean("naïve 開発 🙂 e\u0301") == "naïve 開発 🙂 e\u0301"


def test_a_name_cannot_swallow_the_rest_of_its_sentence():
    """Where a terminal would read a title or a link, no end is waited for: the words after it are the finding's."""
    for opened in ("\x1b]0;", "\x1b]8;;", "\x1bP", "\x1b_", "\x9d", "\x90"):
        assert "mallory" in clean(f"{opened}mallory has no second factor")
        assert clean(f"{opened}mallory has no second factor").endswith(" has no second factor")
    assert "has no" in clean("\x1b]mallory has no key \x07laptop\x1b\\")


def test_a_name_of_ten_megabytes_is_cut_and_wraps():
    name = clean("é開" * 5_000_000)
    assert len(name) == LONGEST
    assert name.endswith("…")
    assert clean("x" * LONGEST) == "x" * LONGEST
    assert "".join(wrap(name, 40)) == name


def test_words_break_at_separators():
    assert wrap("acme/platform-tools/deploy.yml", 16) == ["acme/platform-", "tools/deploy.yml"]


def test_width_counts_cells():
    assert [measure(text) for text in ("abc", "開発", "e\u0301", "")] == [3, 4, 1, 0]
    assert pad("開", 4) == "開  "


def test_counts_in_words():
    assert [plural(1, "finding"), plural(2310, "finding"), plural(2, "entry", "entries")] == [
        "1 finding",
        "2,310 findings",
        "2 entries",
    ]
    assert listed(["a", "b"], 2) == "a, b"
    assert listed(list("abcde"), 3) == "a, b, c and 2 more"
