"""What was mistyped is met with what was probably meant, and with how to see all there is."""

import json

import pytest

from pipewarden.cli.ending import ended
from pipewarden.cli.main import main


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("checks WRONGID", "`pipewarden checks list` shows them all, `pipewarden checks explain ID` tells one"),
        ("checks leaver_acess", "Did you mean x.leaver_access"),
        ("checks gh.dkey.wrote", "Did you mean gh.dkey.write"),
        ("checks explain gh.dkey.wrote", "Did you mean gh.dkey.write"),
        ("checks explain zzz", "`pipewarden checks list` shows them all"),
        ("checks deploy-keys", "`pipewarden checks list --theme deploy_keys`"),
        ("checks list --theme deploy_key", "Did you mean deploy_keys"),
        ("audit . --check gh.dkay", "Did you mean gh.dkey."),
        ("waivers add gh.dkey.wrote --reason x --approver alice --until 2027-06-01", "Did you mean gh.dkey.write"),
        ("list leavers", "`pipewarden leavers` tells who left"),
        ("--demo list machines --kind robot", "Known: access token, app, classic token"),
        ("--demo list machines --kind deploy_kye", "Did you mean deploy key"),
        (
            "--demo list accounts --mfa off",
            "Known: enabled, disabled, insecure, phishing-resistant, weak, none, unknown",
        ),
        ("--demo list accounts --mfa enabledd", "Did you mean enabled or disabled?"),
        ("--demo why fork acme/site", "`pipewarden --demo reach fork` tells what they get to"),
        ("--demo what-can outsider", "`pipewarden --demo reach outsider` tells what they get to"),
        ("--demo identity deploybot", "`pipewarden --demo list machines --match deploybot` tells what it may do"),
        ("--demo identity app:deploybot", "app:deploybot is a machine, and no person"),
        ("--demo identity nobody-of-all", "there is nobody called nobody-of-all"),
        ("list machine", "no list is called machine hint: Type `pipewarden list machines`; --kind and"),
        ("list keys", "no list is called keys hint: Type `pipewarden list credentials`; --kind and"),
        ("fix plan", "no checkout is named hint: Type `pipewarden fix plan --pipelines .` for the folder"),
        ("left", "Did you mean leavers?"),
        ("who_can", "Did you mean who-can"),
    ],
)
def test_a_near_word_is_offered(typed: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(main, typed.split()) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert hint in " ".join(said.err.split())


def test_an_id_behind_checks_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(main, ["checks", "x.leaver_access"]) == 0
    short = capsys.readouterr().out
    ended(main, ["checks", "explain", "x.leaver_access"])
    assert short == capsys.readouterr().out
    assert "Nobody who left still holds access" in short


def test_a_list_with_nothing_in_it_says_so_and_one_of_a_kind_counts_the_kind(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert ended(main, ["--demo", "list", "machines", "--kind", "secret"]) == 0
    said = capsys.readouterr()
    assert said.out == "(none)\n"
    assert said.err.endswith("0 machines, as of 2026-11-23\n")
    assert ended(main, ["--demo", "list", "machines", "--kind", "Deploy-Key"]) == 0
    assert "5 deploy keys, as of" in capsys.readouterr().err


def test_what_nobody_is_known_to_own_is_found_by_that_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(main, ["--demo", "list", "machines", "--match", "nobody", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert "old-importer" in {row["name"] for row in rows}
    assert {row["owner"] for row in rows} == {"nobody"}


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("what-can carol", "`pipewarden --demo reach github:carol --person`"),
        (
            "who-can use_secret secret:acme/web/production/DEPLOY_TOKEN",
            "`pipewarden --demo who-can read_secret secret:acme/web/production/DEPLOY_TOKEN`",
        ),
    ],
)
def test_a_further_question_is_told_as_one_types_it(asked: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(main, ["--demo", *asked.split()]) == 0
    assert hint in " ".join(capsys.readouterr().err.split())
