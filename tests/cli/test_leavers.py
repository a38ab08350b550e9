"""Who left and can still deploy, as people ask it; and that a person with several accounts stands once in an answer."""

import csv
import io
from pathlib import Path

import pytest

from pipewarden.cli.ending import ended
from pipewarden.cli.main import main

SECRET = "vault:acme/secret/prod/db"


def test_who_left_and_can_still_deploy(ask) -> None:  # type: ignore[no-untyped-def]
    out, err = ask("leavers", "deploy")
    assert (
        "Carol, employee, left on 2026-03-03 (roster, github, okta and entra say so), and can still deploy on:" in out
    )
    assert "env:acme/web/production with approval deploy key carol-laptop" in out
    assert "Jonas" not in out, "he left, and can only read"
    assert "1 of 2 people who left can still deploy" in err
    assert "nobody says whether these are here, and they can deploy: github:acme-ci" in err
    assert "not the whole answer" in err


def test_the_same_is_asked_of_who_can(ask) -> None:  # type: ignore[no-untyped-def]
    assert ask("who-can", "deploy", "--left")[0] == ask("leavers", "deploy")[0]
    out, _ = ask("who-can", "deploy", "env:acme/web/staging", "--left")
    assert "env:acme/web/staging alone" in out
    assert "production" not in out


def test_everything_that_who_left_can_still_do(ask, answer) -> None:  # type: ignore[no-untyped-def]
    out, err = ask("leavers")
    for verb in ("read_secret", "deploy", "edit_pipeline", "push", "manage_access"):
        assert f" {verb} " in out
    assert "1 of 2 people who left can still do something beyond reading" in err
    told = {each["name"]: each for each in answer("leavers")["left"]}
    assert told["Carol"]["here"] is False
    assert {each["resource_name"] for each in told["Carol"]["can"] if each["capability"] == "read_secret"} >= {SECRET}
    assert told["Jonas"]["can"] == []


def test_a_leaver_who_can_only_read_is_told_when_that_is_asked(ask) -> None:  # type: ignore[no-untyped-def]
    assert "Jonas, employee, left on 2022-02-01 (okta says so), and can still read on:" in ask("leavers", "read")[0]


def test_nobody_who_left_is_a_sentence(ask) -> None:  # type: ignore[no-untyped-def]
    out, _ = ask("leavers", "administer", "acme/web")
    assert out == "Nobody who left can still administer, as far as was read; 2 people left."


def test_rows_for_a_program_hold_the_day(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(main, ["--demo", "leavers", "deploy", "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert {(each["who"], each["left on"], each["on"]) for each in rows} == {
        ("Carol", "2026-03-03", "env:acme/web/production"),
        ("Carol", "2026-03-03", "env:acme/web/staging"),
    }


def test_a_file_of_all_that_who_left_can_still_do_holds_every_thing(
    capsys: pytest.CaptureFixture[str],
    answer,  # type: ignore[no-untyped-def]
) -> None:
    assert ended(main, ["--demo", "leavers", "--format", "markdown"]) == 0
    assert " more" not in capsys.readouterr().out
    assert ended(main, ["--demo", "leavers", "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    told = {row["can"]: {thing.removesuffix(" (perhaps)") for thing in row["on"].split(", ")} for row in rows}
    [carol] = [each for each in answer("leavers")["left"] if each["name"] == "Carol"]
    every: dict[str, set[str]] = {}
    for each in carol["can"]:
        every.setdefault(each["capability"], set()).add(each["resource_name"])
    assert told == every
    assert "use_secret" in told


def test_without_anybody_who_knows_the_answer_is_that_it_is_not_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipewarden.access.engine import Engine
    from pipewarden.cli import leavers
    from pipewarden.cli.context import Options
    from tests.access.followed import snapshot, team

    assert leavers.tell_left(Options(), Engine(snapshot(*team())), None, None, "table", 10) == 3
    said = capsys.readouterr()
    assert said.out.startswith("It is not known who left")
    assert "roster" in said.err


def test_a_person_stands_once_with_all_accounts(ask, answer) -> None:  # type: ignore[no-untyped-def]
    out, err = ask("who-can", "read_secret", SECRET)
    assert "Bob github:bob, vault:bob alone, 4 more paths vault:bob → vault:release-people → vault:release" in out
    assert "Carol (left) github:carol" in out
    assert "deploy key carol-laptop machine of Carol (left)" in out
    assert (
        "14 people with 15 accounts, 2 accounts that nobody is known to hold and 8 machines have read_secret on" in err
    )
    found = answer("who-can", "read_secret", SECRET)
    bobs = [each for each in found["holders"] if (each["identity"] or {}).get("name") == "Bob"]
    assert [each["principal_name"] for each in bobs] == ["bob", "vault:bob"]
    assert found["counts"]["sure"] == {"people": 14, "accounts": 15, "unclaimed": 2, "machines": 8}
    [key] = [each for each in found["holders"] if each["principal_name"] == "deploy key carol-laptop"]
    assert (key["identity"], key["owner"]["name"], key["owner"]["here"]) == (None, "Carol", False)


def test_accounts_are_told_one_by_one_where_that_is_asked(ask) -> None:  # type: ignore[no-untyped-def]
    out, _ = ask("who-can", "read_secret", SECRET, "--by", "account")
    assert "bob alone, 2 more paths bob (signs in as)" in out
    assert "vault:bob alone, 1 more path vault:bob" in out


def test_a_capability_without_a_resource_says_what_to_name(ask) -> None:  # type: ignore[no-untyped-def]
    _, err = ask("who-can", "deploy", code=2)
    assert "deploy on what?" in err
    assert "--left" in err


def test_reach_of_a_person_goes_by_all_that_is_theirs(ask, answer) -> None:  # type: ignore[no-untyped-def]
    out, err = ask("reach", "carol", "--person")
    assert "Carol reaches" in err
    assert "assume_role deploybot with approval key:acme/web/carol-laptop, github:carol" in out, (
        "production asks for a reviewer"
    )
    every = {(each["capability"], each["resource"]) for each in answer("reach", "carol", "--person")["reached"]}
    for one in ("github:carol", "gitlab:carol", "jenkins:carol", "vault:carol"):
        alone = {(each["capability"], each["resource"]) for each in answer("reach", one)["reached"]}
        assert alone <= every, one
    rows = answer("reach", "carol", "--person")["reached"]
    assert len(rows) == len(every), "each thing stands once"
    assert "is no account of a person" in ask("reach", "app:deploybot", "--person", code=2)[1]
