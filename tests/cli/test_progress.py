"""A question over a large snapshot says what it does, on a terminal and there alone, and the answer takes the line's place."""

import io
import sys
from typing import cast

import pytest

from pipewarden.cli.context import Options
from pipewarden.cli.progress import EACH, LONG, at_work, counted, doing
from pipewarden.cli.screen import tell, wipe
from pipewarden.model.snapshot import Snapshot


class Screen(io.TextIOWrapper):
    """A stderr that is a terminal."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True, newline="")

    def getvalue(self) -> str:
        """Return all that was written."""
        return cast("io.BytesIO", self.buffer).getvalue().decode()

    def isatty(self) -> bool:
        return True


class Sized:
    """A snapshot of which only the size is asked."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __len__(self) -> int:
        return self.size


LARGE, SMALL = cast("Snapshot", Sized(LONG)), cast("Snapshot", Sized(LONG - 1))


def on_a_screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """Put a terminal in the place of stderr: not in a fixture, after which the test's own is put there."""
    found = Screen()
    monkeypatch.setattr(sys, "stderr", found)
    return found


def test_what_is_done_is_told_and_taken_away_by_what_is_said_next(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = on_a_screen(monkeypatch)
    doing(Options(), "asking 20,000 things", LARGE)
    assert screen.getvalue() == "\r\x1b[2Kasking 20,000 things"
    tell("a note")
    assert screen.getvalue() == "\r\x1b[2Kasking 20,000 things\r\x1b[2Ka note\n"
    wipe()
    assert screen.getvalue().endswith("a note\n"), "nothing stands there any more"


def test_a_small_snapshot_answers_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = on_a_screen(monkeypatch)
    doing(Options(), "asking", SMALL)
    assert screen.getvalue() == ""


def test_what_the_first_demo_reads_is_told_on_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = on_a_screen(monkeypatch)
    at_work(Options(demo=True), "acme today: github: teams: 3 of 9")
    at_work(Options(demo=True), "acme today: github: teams: 4 of 9")
    assert screen.getvalue().endswith("3 of 9\r\x1b[2Kacme today: github: teams: 4 of 9")
    at_work(Options(demo=True, quiet=True), "acme today: judging")
    assert "judging" not in screen.getvalue()
    wipe()


def test_whoever_wants_quiet_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = on_a_screen(monkeypatch)
    doing(Options(quiet=True), "asking", LARGE)
    assert screen.getvalue() == ""


def test_a_log_is_told_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    doing(Options(), "asking", LARGE)
    assert capsys.readouterr().err == ""


def test_a_list_counts_its_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = on_a_screen(monkeypatch)
    assert list(counted(Options(), "listing accounts", range(EACH + 1), LARGE)) == list(range(EACH + 1))
    assert screen.getvalue() == f"\r\x1b[2Klisting accounts\r\x1b[2Klisting accounts: {EACH}"
    wipe()
