"""The page on pipelines shows what `fix plan` answers for the workflow that it shows: it is asked, and the lines compared."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_docs import Quoted, quoted

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/pipelines.md"
_FILE = re.compile(r"<!-- file: (?P<path>\S+) -->\n```yaml\n(?P<text>.*?)```", re.DOTALL)
PLANS = [each for each in quoted(PAGE) if each.text.startswith("pipewarden fix plan")]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    shown = _FILE.findall(PAGE.read_text(encoding="utf-8"))
    assert len(shown) == 1
    for path, text in shown:
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text(text)
    subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True)
    return tmp_path


def test_the_page_shows_answers() -> None:
    assert len(PLANS) > 4
    assert sum(bool(each.shown) for each in PLANS) == 3


@pytest.mark.parametrize("each", PLANS, ids=str)
def test_the_answer_is_what_the_page_shows(each: Quoted, checkout: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *shlex.split(each.text)], cwd=checkout, text=True, capture_output=True, check=False
    )
    assert done.returncode == 4, done.stderr
    answered = [line.strip() for line in done.stdout.splitlines()]
    for line in each.shown:
        assert line in answered
    if "--patches" not in each.text and "table" not in each.text:
        subprocess.run(["git", "apply", "-"], input=done.stdout, text=True, cwd=checkout, check=True)
