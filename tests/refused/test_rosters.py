"""A list of people or of machines' owners that arrives damaged: rows become gaps, files are refused, and nobody is here or gone by it.

Only the lists say here who left: of the systems GitHub is read, and it knows of nobody.
"""

import asyncio
import csv
import io
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from pipewarden.connectors.roster import Roster
from pipewarden.demo.roster.staged import OWNERS, staged
from pipewarden.errors import UsageError
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facets_roster import RosterFacet
from pipewarden.model.facts import Gap, Identity
from tests.refused.altering import UNHEARD
from tests.refused.estate import acme, part
from tests.refused.promise import Judged, broken, said

Rows = list[dict[str, Any]]
LONG = "x" * 10_000_000
FORMS = ("csv", "json")


@cache
def people() -> str:
    """Return acme's list of people as its file holds it."""
    with staged(acme()) as (hr, _):
        return hr.path.read_text(encoding="utf-8")  # type: ignore[attr-defined]


def rows() -> Rows:
    """Return the rows of acme's list."""
    return [dict(row) for row in csv.DictReader(io.StringIO(people()))]


def written(form: str, table: Rows) -> str:
    """Return rows as a file of a form."""
    if form == "json":
        return orjson.dumps(table).decode()
    told = io.StringIO(newline="")
    writer = csv.DictWriter(told, list(table[0]))
    writer.writeheader()
    writer.writerows(table)
    return told.getvalue()


def read(hr: str, owners: str = OWNERS, *, form: str = "csv") -> SnapshotBuilder:
    """Read both lists from files that hold these texts."""
    facts = SnapshotBuilder()
    with tempfile.TemporaryDirectory() as folder:
        for name, suffix, text in (("hr", form, hr), ("owners", "yaml", owners)):
            path = Path(folder) / f"{name}.{suffix}"
            path.write_bytes(text.encode())
            asyncio.run(Roster(name, path, now=acme().now).collect(facts, lambda *_: None))
    return facts


def judged(lists: SnapshotBuilder) -> Judged:
    """Return what is said of GitHub and the lists."""
    together, now = SnapshotBuilder(), acme().now
    together.take(part("github").facts)
    together.take(lists)
    return said(together.finish(SnapshotInfo(sources=("github", "roster"), started=now, ended=now)))


@cache
def before() -> Judged:
    """Return what is said where the lists are whole."""
    return judged(read(people()))


def wrongs(hr: str, owners: str = OWNERS, *, form: str = "csv") -> list[str]:
    """Return what is said that is not known; a list that is refused says nothing."""
    try:
        lists = read(hr, owners, form=form)
    except UsageError:
        return []
    return list(broken(judged(lists), before()))


def refused(hr: str, *, form: str = "csv") -> str:
    """Return the sentence with which a list is refused."""
    with pytest.raises(UsageError) as refusal:
        read(hr, form=form)
    return str(refusal.value)


def told(lists: SnapshotBuilder) -> tuple[dict[str, bool | None], list[str]]:
    """Return who is here, and what is said of rows that were not read."""
    records = list(lists._records.values())
    here = {each.name.partition("@")[0]: each.active for each in records if isinstance(each, Identity)}
    return here, [each.detail for each in records if isinstance(each, Gap)]


def test_that_carol_left_is_known_by_the_list_alone() -> None:
    assert any(each.check == "x.leaver_access" for each in before().verdicts.findings)
    assert told(read(people()))[0]["carol"] is False
    assert wrongs(written("json", rows()), form="json") == [], "another form says the same"


# --- files that are cut, or none ----------------------------------------------------------------------


def carols(text: str) -> int:
    """Return where in a list the row of somebody who left begins."""
    return next(number for number, line in enumerate(text.splitlines(keepends=True)) if line.startswith("Carol"))


def test_a_list_that_is_cut_anywhere_in_the_row_of_who_left_does_not_say_that_they_are_here() -> None:
    lines = people().splitlines(keepends=True)
    at = carols(people())
    for size in range(1, len(lines[at])):
        cut = "".join(lines[:at]) + lines[at][:size]
        try:
            here, gaps = told(read(cut))
        except UsageError:
            continue
        assert here.get("carol") is not True, cut[-40:]
        assert here.get("carol") is False or gaps or "carol@acme.example" not in cut


@pytest.mark.parametrize("order", [("email", "left_on"), ("left_on", "email")])
def test_a_last_cell_that_is_empty_at_the_end_of_a_file_may_have_been_cut(order: tuple[str, str]) -> None:
    table = [{name: row[name] for name in order} for row in rows() if row["name"] in {"Bob", "Carol"}]
    text = written("csv", table).rstrip("\r\n")
    at = text.index("2026-03-03") if order[-1] == "left_on" else text.index("carol@")
    here, gaps = told(read(text[:at]))
    assert here.get("carol") is not True  # known by her address, or by none
    assert "line 3 ends the file with an empty cell, which may have been cut: end the file with a line end" in gaps


def test_whom_a_spreadsheet_names_last_is_kept_though_no_line_end_follows() -> None:
    here, gaps = told(read("email,left_on\ncarol@acme.example,2026-03-03\nbob@acme.example,"))
    assert (here["carol"], here["bob"]) == (False, None)
    assert len(gaps) == 1
    here, gaps = told(read("email,left_on\ncarol@acme.example,2026-03-03\nbob@acme.example,\n"))
    assert (here["bob"], gaps) == (True, [])
    here, gaps = told(read("email,name,left_on\ncarol@acme.example,C\u2028arol,2026-03-03\nbob@acme.example,Bob,"))
    assert (here["bob"], len(gaps)) == (None, 1)


@pytest.mark.parametrize("form", FORMS)
def test_two_thirds_of_a_list_are_a_gap_or_a_clear_stop(form: str) -> None:
    text = written(form, rows())
    text = text[: len(text) * 2 // 3]
    if form == "json":
        assert "is not JSON" in refused(text, form=form)
    else:
        assert wrongs(text) == []
        assert told(read(text))[1]


@pytest.mark.parametrize("form", [*FORMS, "yaml"])
def test_a_page_in_place_of_a_list_is_refused(form: str) -> None:
    assert refused("<!doctype html>\n<html><body>Sign in, please</body></html>\n", form=form)


def test_a_quote_that_nothing_closes_is_refused() -> None:
    assert "hr.csv:" in refused(people().replace("Carol,", 'Carol,"', 1))


DEPLOYBOT = (
    "- machine: github:deploybot\n  owner: team:acme/platform\n  because: the platform team runs the releases with it\n"
)


@pytest.mark.parametrize("size", range(1, len(DEPLOYBOT), 9))
def test_a_list_of_owners_that_is_cut_in_its_last_row_leaves_that_machine_open(size: int) -> None:
    others = OWNERS.replace(DEPLOYBOT, "")
    assert wrongs(people(), others + DEPLOYBOT[:size]) == []


# --- rows that say nothing, or twice --------------------------------------------------------------------


@pytest.mark.parametrize("how", [None, {"odd": 1}, ["odd"], UNHEARD])
@pytest.mark.parametrize("column", ["email", "left_on", "accounts", "because"])
def test_a_column_that_says_nothing_known_is_no_verdict(column: str, how: Any) -> None:
    table = [{**row, column: how} for row in rows()]
    here, gaps = told(read(written("json", table), form="json"))
    assert True not in here.values() or column in {"accounts", "because"}
    assert False not in here.values() or column != "left_on"
    assert gaps or how is None or here.get("carol") is not True


def test_a_column_that_is_null_throughout_tells_of_nobody_that_they_are_here() -> None:
    lists = read(written("json", [{**row, "left_on": None} for row in rows()]), form="json")
    assert set(told(lists)[0].values()) == {None}


@pytest.mark.parametrize("form", FORMS)
def test_nulls_everywhere_are_gaps(form: str) -> None:
    table: Rows = [dict.fromkeys(row) for row in rows()]
    here, gaps = told(read(written(form, table), form=form))
    assert here == {}
    assert len(gaps) == len(table)


@pytest.mark.parametrize("form", FORMS)
def test_a_word_that_nobody_heard_of_is_neither_yes_nor_no_and_is_told(form: str) -> None:
    table = [{**row, "active": UNHEARD if row["name"] == "Bob" else ""} for row in rows()]
    here, gaps = told(read(written(form, table), form=form))
    assert (here["bob"], here["alice"], here["carol"]) == (None, True, False)
    [gap] = gaps
    assert gap.endswith(f"active is neither yes nor no: {UNHEARD}")


@pytest.mark.parametrize("form", FORMS)
def test_rows_that_stand_twice_are_told_and_change_nothing(form: str) -> None:
    once = rows()
    assert wrongs(written(form, [*once, *once]), form=form) == []
    here, gaps = told(read(written(form, [*once, *once]), form=form))
    assert here == told(read(people()))[0]
    assert len(gaps) == len(once)


@pytest.mark.parametrize("form", FORMS)
def test_who_is_here_in_one_row_and_left_in_another_is_unknown(form: str) -> None:
    stays = [{**row, "left_on": ""} for row in rows() if row["name"] == "Carol"]
    here, gaps = told(read(written(form, [*stays, *rows()]), form=form))
    assert here["carol"] is None
    assert gaps


def test_a_column_that_stands_twice_is_refused() -> None:
    text = people().replace("left_on", "left_on,left_on", 1)
    assert "the column `left_on` stands there twice" in refused(text)


# --- names of ten megabytes -----------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_names_of_ten_megabytes_are_cut_or_refused(form: str) -> None:
    text = written(form, [{**row, "name": LONG if row["name"] == "Carol" else row["name"]} for row in rows()])
    if form == "csv":
        assert "field larger than field limit" in refused(text)
        return
    assert wrongs(text, form=form) == []
    [carol] = [
        each for each in read(text, form=form)._records.values() if each.__class__ is Identity and not each.active
    ]
    assert len(carol.attributes["name"]) == 500


def test_a_head_of_ten_megabytes_is_refused() -> None:
    assert "field larger than field limit" in refused(f"{LONG},{people()}")


def test_a_row_that_is_cut_in_a_list_of_machines_leaves_owners_unknown() -> None:
    table = [
        {key: ";".join(v) if isinstance(v, list) else v for key, v in row.items()} for row in yaml.safe_load(OWNERS)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "owners.csv"
        path.write_text(written("csv", table).rstrip().rpartition(",")[0], encoding="utf-8")
        facts = SnapshotBuilder()
        asyncio.run(Roster("owners", path, now=acme().now).collect(facts, lambda *_: None))
    gaps = {each.facet for each in facts._records.values() if isinstance(each, Gap)}
    assert RosterFacet.MACHINES in gaps
