"""What was mistyped is met with what was probably meant, and with how to see all there is."""

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
