"""What questions answer about acme: as a sentence on one line, and as JSON."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from pipewarden.cli.ending import ended
from pipewarden.cli.main import main


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[str, str]]:
    """Return what asks the demo, and gives what is said on stdout and on stderr."""

    def run(*arguments: str, code: int = 0) -> tuple[str, str]:
        assert ended(main, ["--demo", *arguments]) == code
        said = capsys.readouterr()
        return " ".join(said.out.split()), " ".join(said.err.split())

    return run


@pytest.fixture
def answer(capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    """Return what asks the demo for JSON, and gives it."""

    def run(*arguments: str) -> dict[str, Any]:
        assert ended(main, ["--demo", *arguments, "--format", "json"]) == 0
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    return run
