"""Sentences fit the screen, wherever they are written; a command in them stays whole."""

import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipewarden.cli.screen import lines, tell, width_of
from pipewarden.render.text import measure


def test_a_stream_that_is_no_terminal_has_eighty_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert width_of(io.StringIO()) == 80
    monkeypatch.setenv("COLUMNS", "60")
    assert width_of(io.StringIO()) == 60
    monkeypatch.setenv("COLUMNS", "none")
    assert width_of(io.StringIO(), 100) == 100


def test_a_terminal_says_how_wide_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl
    import struct
    import termios

    monkeypatch.delenv("COLUMNS", raising=False)
    main, other = os.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 47, 0, 0))
    with os.fdopen(other, "w") as terminal:
        assert width_of(terminal) == 47
    os.close(main)


def test_a_command_in_a_sentence_is_not_broken() -> None:
    text = "the file names no organization: run `pipewarden audit github:acme --strict` or name one in it"
    assert lines(text, 60) == [
        "the file names no organization: run",
        "`pipewarden audit github:acme --strict` or name one in it",
    ]


def test_a_command_that_is_wider_than_the_screen_is_broken_between_words() -> None:
    assert lines("`pipewarden audit github:acme`", 20) == ["`pipewarden audit", "github:acme`"]


def test_further_lines_hang() -> None:
    assert lines("one two three four five", 25, "ok   ", "     ") == ["ok   one two three four", "     five"]


def test_lines_that_were_written_stay(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    tell("first\nsecond, which is longer than the screen is")
    assert capsys.readouterr().err == "first\nsecond, which is longer than\nthe screen is\n"


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300), st.integers(20, 120))
def test_nothing_is_wider_than_the_screen(text: str, width: int) -> None:
    assert all(measure(line) <= width for line in lines(text, width))
