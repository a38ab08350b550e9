"""Tables of answers: they fit the screen, lose nothing, and carry no orders for terminals, spreadsheets or Markdown."""

import csv
import io
import json
import re

import pytest

from pipewarden.errors import UsageError
from pipewarden.render.text import measure
from pipewarden.reports.questions import Table, write_table

ANSWER = Table(
    ("account", "role", "why"),
    (
        (
            "alice",
            "owner",
            "owner of acme since it was founded, and a member of the team platform, which maintains acme/web",
        ),
        ("bob", "write", "member of acme/web-team"),
        ("開発者", "admin", "a/" + "very-long-name-" * 20),
    ),
)


def letters(text: str) -> str:
    return re.sub(r"[\s-]", "", text)


@pytest.mark.parametrize("width", [20, 40, 60, 70, 80, 120, 200])
def test_a_table_fits_its_screen_and_loses_nothing(width):
    text = write_table(ANSWER, "table", width)
    assert text.endswith("\n")
    assert max(measure(line) for line in text.splitlines()) <= width
    for name in ("alice", "bob", "開発者", "owner", "admin"):
        assert name in text
    if width >= 200:
        assert "owner of acme since it was founded, and a member of the team platform" in text


@pytest.mark.parametrize("width", [20, 60, 80])
def test_long_cells_are_wrapped_whole(width):
    long = Table(("why",), (("word " * 60 + "x" * 300,),))
    assert letters("word" * 60 + "x" * 300) in letters(write_table(long, "table", width))


PATHS = Table(
    ("who", "how", "path"),
    tuple(
        (name, "alone", f"{name} → team acme/platform (maintain) → acme/web → env:acme/web/production")
        for name in ("bob", "erin")
    ),
    under=True,
)


@pytest.mark.parametrize("width", [50, 60, 80])
def test_a_sentence_stands_below_its_row_where_there_is_no_room_beside_it(width):
    lines = write_table(PATHS, "table", width).splitlines()
    assert lines[0].split() == ["who", "how"]
    assert lines[2].split() == ["bob", "alone"]
    assert lines[3].startswith("    bob → team")
    assert max(map(measure, lines)) <= width
    assert letters("".join(row[2] for row in PATHS.rows)) == letters(
        "".join(line for line in lines if line.startswith("    "))
    )


def test_a_sentence_stands_in_its_column_where_all_rows_fit():
    assert write_table(PATHS, "table", 120).splitlines()[0].split() == ["who", "how", "path"]
    assert write_table(PATHS, "csv").splitlines()[0] == "who,how,path"


def test_very_narrow_rows_become_blocks():
    wide = Table(("who", "how", "path"), (("bob" * 9, "with approval " * 3, "bob → acme/web " * 9),), under=True)
    assert write_table(wide, "table", 40).startswith("who: bobbob")


def test_an_id_is_never_cut():
    table = Table(("id", "why"), (("gh.org.billing_manager_external", "no API lists the billing managers " * 3),))
    assert any("gh.org.billing_manager_external" in line for line in write_table(table, "table", 72).splitlines())


def test_a_narrow_screen_gets_blocks():
    assert write_table(ANSWER, "table", 60).startswith("account: alice\nrole: owner\nwhy:\n    owner of acme")


def test_rows_too_tall_to_look_through_become_blocks():
    tall = Table(("job", "reaches", "why"), (("deploy", "secret " * 60, "because " * 60),))
    assert write_table(tall, "table", 80).startswith("job: deploy\nreaches:\n    secret secret")
    assert write_table(tall, "table", 220).startswith("job ")
    mostly = Table(tall.columns, (*tall.rows, ("test", "nothing", "it reads"), ("lint", "nothing", "it reads")))
    assert write_table(mostly, "table", 80).startswith("job "), "one tall row among small ones"


def test_a_small_table_stays_a_table_on_a_narrow_screen():
    text = write_table(Table(("who", "role"), (("alice", "owner"),)), "table", 30)
    assert text == "who    role\n-----  -----\nalice  owner\n"


def test_columns_line_up_under_wide_characters():
    lines = write_table(Table(("who", "role"), (("開発", "read"), ("e\u0301a", "admin"))), "table", 80).splitlines()
    assert {measure(line[: line.index(word)]) for line, word in zip(lines[2:], ("read", "admin"), strict=True)} == {6}


def test_nothing_found_says_so():
    assert write_table(Table(("who",), ()), "table", 80) == "(none)\n"
    assert write_table(Table(("who",), ()), "csv", 80) == "who\r\n"
    assert json.loads(write_table(Table(("who",), ()), "json", 80)) == []


@pytest.mark.parametrize("form", ["table", "csv", "markdown"])
def test_a_name_gives_the_terminal_no_orders(form):
    hostile = "mallory\x1b[2J\x1b]0;owned\x07\x1b]8;;https://evil.example\x1b\\x\x07\x9b31m\u202eteiuq\nroot\r0\udcff"
    text = write_table(Table(("who",), ((hostile,),)), form, 120)
    assert "mallory" in text
    assert not re.search(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e\ud800-\udfff]", text)
    assert "teiuq root 0" in text


@pytest.mark.parametrize("cell", ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", " =1", "\x1b[0m=1"])
def test_no_cell_is_a_formula(cell):
    [_, [written, near]] = csv.reader(io.StringIO(write_table(Table(("a", "b"), ((cell, "a=1"),)), "csv")))
    assert written.startswith("'")
    assert near == "a=1"


def test_csv_keeps_commas_and_quotes():
    row = ('a,"b"', "c")
    assert list(csv.reader(io.StringIO(write_table(Table(("x", "y"), (row,)), "csv"))))[1] == list(row)


def test_markdown_stays_text():
    text = write_table(
        Table(("who",), (("a|b](https://evil.example) <img src=x> @alice #1 `x`\n| forged |",),)), "markdown"
    )
    assert len(text.splitlines()) == 3
    assert "<img" not in text
    assert "://" not in text
    assert "@alice" not in text
    assert r"a\|b\]" in text


def test_json_keeps_everything_as_it_is():
    table = Table(("who",), (("=x\x1b[1m\n",),))
    assert json.loads(write_table(table, "json")) == [{"who": "=x\x1b[1m\n"}]


def test_an_unknown_form_is_refused():
    with pytest.raises(UsageError, match="yaml"):
        write_table(ANSWER, "yaml")


@pytest.mark.parametrize("form", ["csv", "markdown"])
def test_a_cell_of_a_file_that_lists_thousands_of_names_is_not_cut(form: str) -> None:
    names = ", ".join(f"repo{number}" for number in range(3_000))
    assert names in write_table(Table(("on",), ((names,),)), form)
