"""How somebody is employed is told wherever people are, as a roster and Okta have it."""

from pathlib import Path

import pytest

from pipewarden.cli.ending import ended
from pipewarden.cli.main import main


def test_a_contractor_is_told_so(ask, answer) -> None:  # type: ignore[no-untyped-def]
    assert "employed as: contractor (roster and okta say so)" in ask("identity", "dave")[0]
    assert answer("identity", "dave")["employment"] == ["contractor (roster and okta say so)"]
    everybody = {each["name"]: each["employment"] for each in answer("identity")["people"]}
    assert (everybody["Dave"], everybody["Bob"]) == ("contractor", "employee")


def test_the_list_of_accounts_notes_who_is_no_employee(answer) -> None:  # type: ignore[no-untyped-def]
    notes = {each["id"]: each["note"] for each in answer("list", "accounts", "--match", "dave")}
    assert any("contractor (roster and okta say so)" in each for each in notes.values())
    notes = {each["id"]: each["note"] for each in answer("list", "accounts", "--match", "bob")}
    assert not any("employee" in each for each in notes.values())


def test_leavers_tells_it(ask, answer) -> None:  # type: ignore[no-untyped-def]
    assert ask("leavers", "deploy")[0].startswith("Carol, employee, left on 2026-03-03")
    assert {each["name"]: each["employment"] for each in answer("leavers", "deploy")["left"]}["Carol"]


def test_ones_own_list_beside_the_demo_is_refused_with_what_reads_it(ask) -> None:  # type: ignore[no-untyped-def]
    _, err = ask("audit", "roster:people.csv", code=2)
    assert "`pipewarden audit roster:people.csv` reads a list of yours, without --demo" in err


@pytest.mark.parametrize(("head", "told"), [("maneger", False), ("lefton", True)])
def test_a_misspelt_column_that_tells_nothing_of_leaving_is_not_told_there(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    head: str,
    told: bool,
) -> None:
    monkeypatch.chdir(tmp_path)
    store = str(tmp_path / "store")
    Path("people.csv").write_text(f"email,active,{head}\ncarol@acme.example,no,x\n")
    ended(main, ["--store", store, "audit", "roster:people.csv"])
    assert f"the column `{head}` is not read" in " ".join(capsys.readouterr().out.split())
    ended(main, ["--store", store, "leavers"])
    assert ("others may have left" in " ".join(capsys.readouterr().err.split())) is told


@pytest.mark.parametrize(("head", "told"), [("lefton", True), ("left_on", False)])
def test_a_misspelt_column_is_told_where_one_asks_who_left(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    head: str,
    told: bool,
) -> None:
    monkeypatch.chdir(tmp_path)
    store = str(tmp_path / "store")
    Path("people.csv").write_text(f"email,{head}\ncarol@acme.example,2026-03-03\n")
    assert ended(main, ["--store", store, "audit", "roster:people.csv"]) in {0, 1}
    said = " ".join(capsys.readouterr().out.split())
    assert ("the column `lefton` is not read: did you mean `left_on`?" in said) is told
    ended(main, ["--store", store, "leavers"])
    err = " ".join(capsys.readouterr().err.split())
    assert ("others may have left: roster:people: the column `lefton` is not read" in err) is told


def test_an_audit_tells_each_thing_that_is_wrong_with_a_list(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("people.csv").write_text("email,left_on,accunts\ncarol@acme.example,spring,github:carol\n")
    ended(main, ["--store", str(tmp_path / "store"), "audit", "roster:people.csv"])
    out = " ".join(capsys.readouterr().out.split())
    assert "people of roster:people: line 2: left_on is not a date such as 2026-03-03; the column `accunts`" in out
    assert "2 times" not in out
