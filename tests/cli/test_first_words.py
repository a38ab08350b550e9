"""What somebody types first, word for word: a group without a command, a command without its word, and the example of `fix`."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipewarden.cli.ending import ended
from pipewarden.cli.fix import fix
from pipewarden.cli.main import main

CI = "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - run: make\n"
EXAMPLES = re.findall(r"pipewarden fix plan .*git apply.*", fix.help or "")


@pytest.mark.parametrize(
    "words", [[], ["fix"], ["waivers"], ["checks"]], ids=lambda words: " ".join(words) or "nothing"
)
def test_a_group_without_a_command_shows_its_help_as_it_is(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(main, words) == 2
    bare = capsys.readouterr()
    assert ended(main, [*words, "--help"]) == 0
    asked = capsys.readouterr()
    assert bare.err == asked.out
    assert (bare.out, asked.err) == ("", "")


def test_the_words_to_choose_from_are_told_without_a_tab(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(main, ["list"]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "Choose from: accounts, admins, machines, credentials, resources" in said
    assert "\\x09" not in said


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_example_of_fix_applies_a_patch_and_ends_well_where_there_is_none(example: str, tmp_path: Path) -> None:
    def typed(line: str) -> subprocess.CompletedProcess[str]:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            ["/bin/sh", "-c", line], cwd=tmp_path, env={**os.environ, "PATH": path}, text=True, capture_output=True,
            check=False, timeout=120,
        )  # fmt: skip

    place = tmp_path / ".github" / "workflows" / "ci.yml"
    place.parent.mkdir(parents=True)
    place.write_text(CI)
    typed("git init -q")
    first = typed(example)
    assert first.returncode == 0, first.stderr
    assert "permissions:" in place.read_text()
    changed = place.read_text()
    second = typed(example)
    assert second.returncode == 0, second.stderr
    assert place.read_text() == changed


def test_fix_has_such_an_example() -> None:
    assert len(EXAMPLES) == 1
