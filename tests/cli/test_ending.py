"""However a command ends, there is one exit code for it, one sentence, and never a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipewarden.cli.ending import COMPLETION, ended
from tests.cli.commands import TOKEN_HINT
from tests.cli.frame import group

ROOT = Path(__file__).resolve().parents[2]


def test_a_command_that_says_nothing_about_its_end_ended_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(group, ["fine"]) == 0
    assert capsys.readouterr().err == ""


def test_a_command_returns_its_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(group, ["findings"]) == 1
    assert capsys.readouterr().out == "1 finding\n"


def test_a_refusal_is_a_sentence_and_a_hint_with_its_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(group, ["refused"]) == 2
    said = capsys.readouterr()
    assert said.err == f"pipewarden: github:acme refused the token\nhint: {TOKEN_HINT}\n"
    assert said.out == ""


def test_debug_shows_the_trace_of_a_refusal_and_keeps_the_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(group, ["--debug", "refused"]) == 2
    assert "Traceback" in capsys.readouterr().err


def test_control_characters_in_a_name_from_outside_do_not_reach_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert ended(group, ["hostile"]) == 3
    assert capsys.readouterr().err == "pipewarden: no access to acme/\\x1b[2Jweb\\x07\\x0d\n"


def test_a_mistake_of_ours_is_70_and_shows_no_trace(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(group, ["broken"]) == 70
    said = capsys.readouterr().err
    assert "our mistake" in said
    assert "--debug" in said
    assert "Traceback" not in said


def test_debug_shows_the_trace_of_a_mistake_of_ours(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(group, ["--debug", "broken"]) == 70
    assert 'raise KeyError("carol")' in capsys.readouterr().err


def test_debug_shows_the_trace_of_a_command_that_cannot_be_imported(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(group, ["--debug", "odd"]) == 70
    assert "is not a command" in capsys.readouterr().err


def test_requests_that_fail_together_are_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(group, ["together"]) == 3
    assert capsys.readouterr().err.splitlines() == [
        "pipewarden: github:acme wants us to wait",
        "hint: Try again in 15 minutes.",
    ]


def test_a_mistake_of_ours_is_not_hidden_by_a_refusal_beside_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(group, ["together-with-a-fault"]) == 70
    assert "ZeroDivisionError" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["interrupted", "interrupted-together"])
def test_an_interrupt_is_130(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(group, [command]) == 130
    assert capsys.readouterr().err.endswith("stopped\n")


def test_a_question_that_nobody_answers_stops(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Path(os.devnull).open() as nothing:
        monkeypatch.setattr("sys.stdin", nothing)
        assert ended(group, ["asking"]) == 130
    assert "stopped" in capsys.readouterr().err


def test_a_full_disk_that_was_expected_is_its_own_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(group, ["full"]) == 2
    assert capsys.readouterr().err == "pipewarden: no room for the snapshot\nhint: Make room.\n"


def frame(*arguments: str, **more: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.cli.frame", *arguments]
    return subprocess.run(command, cwd=ROOT, text=True, stderr=subprocess.PIPE, timeout=300, check=False, **more)


def test_a_full_disk_names_the_file() -> None:
    done = frame("full-elsewhere", stdout=subprocess.PIPE)
    assert done.returncode == 2
    assert done.stderr.startswith("pipewarden: nothing more could be written to report.html: No space left")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("arguments", [["fine"], ["fine", "--lines", "20000"], ["--help"]])
def test_a_report_that_finds_no_room_is_not_a_clean_end(arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as nowhere:
        done = frame(*arguments, stdout=nowhere)
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == "pipewarden: nothing more could be written: No space left on device"
    assert len(done.stderr.splitlines()) == 2


@pytest.mark.parametrize("arguments", [["fine"], ["fine", "--lines", "20000"], ["--help"]])
def test_a_reader_that_goes_away_hears_nothing_more_and_the_end_is_not_clean(arguments: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = frame(*arguments, stdout=writing)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


def test_a_mistyped_command_is_met_with_the_near_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(group, ["Refusd"]) == 2
    assert "There is no command 'Refusd'. Did you mean refused?" in capsys.readouterr().err


def test_a_command_that_is_near_nothing_is_met_with_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(group, ["xyz"]) == 2
    assert "Commands: fine, findings, refused" in capsys.readouterr().err


def test_a_mistyped_option_is_met_with_the_near_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(group, ["fine", "--line", "3"]) == 2
    assert "Did you mean '--lines'?" in capsys.readouterr().err


def test_an_option_behind_the_command_is_told_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(group, ["fine", "--debug"]) == 2
    assert "hint: --debug stands before the command: pipewarden --debug fine ..." in capsys.readouterr().err


def test_an_option_that_exists_nowhere_has_no_place(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(group, ["fine", "--frobnicate"]) == 2
    assert "stands before" not in capsys.readouterr().err


def test_a_shell_is_answered_from_the_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(COMPLETION, "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "pipewarden fi")
    monkeypatch.setenv("COMP_CWORD", "1")
    assert ended(group, []) == 0
    assert capsys.readouterr().out.split() == ["plain,fine", "plain,findings"]


def test_a_shell_that_asks_in_an_unknown_way_is_told_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(COMPLETION, "tcsh_complete")
    assert ended(group, []) == 2
    assert "tcsh_complete is not understood" in capsys.readouterr().err
