"""Charts: bars that fit, that say their numbers, and that stay text."""

from xml.etree import ElementTree as ET

import pytest

from pipewarden.render.svg import LABEL, TOTAL, WIDTH, Bar, Segment, bars, most, said, short
from pipewarden.render.text import measure

SVG = "{http://www.w3.org/2000/svg}"
ROOM = WIDTH - LABEL - TOTAL


def bar(label, high, low):
    return Bar(label, (Segment("high", "high", high), Segment("low", "low", low)))


def widths(text):
    rows = {}
    for rect in ET.fromstring(text).iter(SVG + "rect"):
        if rect.get("class") != "track":
            rows.setdefault(rect.get("y"), []).append((float(rect.get("x")), float(rect.get("width"))))
    return list(rows.values())


def test_bars_are_as_long_as_their_numbers():
    [[(_, ten), (_, thirty)], [(_, twenty)]] = widths(
        bars([bar("acme", 10, 30), bar("lab", 20, 0)], name="x", title="t")
    )
    assert abs(ten + thirty - ROOM) < 0.2
    assert abs(thirty - 3 * ten) < 0.3
    assert abs(twenty - 2 * ten) < 0.3


def test_shares_are_equally_long():
    rows = widths(bars([bar("acme", 1, 3), bar("lab", 500, 500)], name="x", title="t", share=True))
    assert {round(sum(width for _, width in row)) for row in rows} == {ROOM}


def test_one_among_many_is_still_seen_and_nothing_leaves_the_drawing():
    [row] = widths(bars([bar("acme", 1_000_000, 1)], name="x", title="t"))
    assert all(left + width <= WIDTH - TOTAL + 0.1 for left, width in row)
    [row] = widths(bars([bar("acme", 1, 1_000_000)], name="x", title="t"))
    assert row[0][1] >= 2
    assert all(left + width <= WIDTH - TOTAL + 0.1 for left, width in row)


@pytest.mark.parametrize("total", [7, 1_234, 99_999, 166_445, 1_234_567])
def test_a_number_does_not_touch_its_bar(total):
    root = ET.fromstring(bars([bar("acme", total - 1, 1)], name="x", title="t"))
    track = next(rect for rect in root.iter(SVG + "rect") if rect.get("class") == "track")
    number = next(text for text in root.iter(SVG + "text") if text.get("class") == "total")
    commas = number.text.count(",")
    # DejaVu Sans, among the widest that the page may be set in: figures of 0.636 and commas of 0.318 of 12 units
    begins = float(number.get("x")) - 7.64 * (len(number.text) - commas) - 3.82 * commas
    assert float(track.get("x")) + float(track.get("width")) <= begins - 5


def test_every_number_is_said():
    text = said([bar("acme", 1200, 0), bar("lab", 0, 0)])
    assert text == "acme: 1,200 high. lab: none."
    root = ET.fromstring(bars([bar("acme", 1200, 0)], name="x", title="Findings"))
    assert root.get("aria-labelledby") == "x-title x-desc"
    assert root.find(SVG + "desc").text == "acme: 1,200 high."


def test_names_stay_text():
    root = ET.fromstring(bars([bar('</text><script>"&\x00\x1b[1m', 1, 1)], name="x", title="<b>"))
    assert not list(root.iter(SVG + "script"))
    assert root.find(SVG + "title").text == "<b>"


def test_nothing_to_draw_is_a_drawing():
    assert "There is nothing to draw." in bars([], name="x", title="t")


def test_long_labels_are_cut_with_an_ellipsis_in_the_drawing_alone():
    assert short("deploy keys", 19) == "deploy keys"
    assert short("x" * 40, 19) == "x" * 18 + "…"
    assert measure(short("開" * 40, 19)) <= 19
    assert "x" * 40 in bars([bar("x" * 40, 1, 0)], name="x", title="t")


def test_many_rows_are_the_first_and_the_sum_of_the_others():
    rows = [bar(f"theme {n}", n, 1) for n in range(30)]
    shown = most(rows, 12)
    assert shown[:11] == rows[:11]
    assert (shown[11].label, len(shown)) == ("19 others", 12)
    assert sum(row.total for row in shown) == sum(row.total for row in rows)
    assert most(rows[:12], 12) == rows[:12]
