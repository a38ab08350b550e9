"""A roster alone tells who works here and nothing of what they can do: no answer sounds as if all were well."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pipewarden.cli.ending import ended
from pipewarden.cli.main import main

Ask = Callable[..., tuple[str, str]]


@pytest.fixture
def hr(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Return what asks of an audit of one roster, and gives what is said on stdout and on stderr."""
    monkeypatch.chdir(tmp_path)
    people = "email,name,left_on\ncarol@acme.example,Carol,2026-03-03\nbob@acme.example,Bob,\n"
    Path("people.csv").write_text(people)
    Path("pipewarden.yaml").write_text("store: kept.db\nsources:\n  - roster: hr\n    file: people.csv\n")

    def run(*arguments: str, code: int) -> tuple[str, str]:
        assert ended(main, list(arguments)) == code
        said = capsys.readouterr()
        return " ".join(said.out.split()), " ".join(said.err.split())

    return run


def test_an_audit_of_a_list_alone_says_that_nothing_was_judged(hr: Ask) -> None:
    out, err = hr("audit", code=0)
    assert "Nothing found" not in out
    said = "Nothing but lists of people was read: what they may do is not known"
    assert re.search(rf"{said}\. 1 of \d+ checks could be answered", out), "who is who is all that a list tells"
    assert "add the systems in which they have accounts" in err
    hr("audit", "--strict", code=3)
    assert f"<h1>{said}</h1>" in hr("audit", "--format", "html", code=0)[0]


@pytest.mark.parametrize("asked", [["leavers"], ["leavers", "deploy"], ["who-can", "deploy", "--left"]], ids=" ".join)
def test_what_a_leaver_can_still_do_is_not_known(hr: Ask, asked: list[str]) -> None:
    hr("audit", code=0)
    out, err = hr(*asked, code=3)
    assert out == (
        "It is not known what those who left can still do: nothing but lists of people was read. 1 person left."
    )
    assert "add the systems in which they have accounts" in err
    told = json.loads(hr(*asked, "--format", "json", code=3)[0])
    assert told["known"] is False
    assert told["not_read"] == ["nothing but lists of people was read"]
    assert [each["name"] for each in told["left"]] == ["Carol"]


def test_what_remains_of_one_person_is_not_known(hr: Ask) -> None:
    hr("audit", code=0)
    out, err = hr("identity", "carol", code=3)
    assert out.endswith("They left; what remains is not known: nothing but lists of people was read.")
    assert "whether they are dormant is not known, for nothing of theirs that is switched on was read" in out
    assert "add the systems in which they have accounts" in err
    assert "What they can do is not known: nothing but lists" in hr("identity", "bob", code=3)[0]
    assert json.loads(hr("identity", "bob", "--format", "json", code=3)[0])["known"] is False
    hr("identity", code=0)


def test_of_what_was_read_beside_a_list_the_answer_is_known(answer) -> None:  # type: ignore[no-untyped-def]
    assert answer("identity", "carol")["known"] is True
    assert answer("leavers", "deploy")["known"] is True
