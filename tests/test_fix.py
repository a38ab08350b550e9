"""`pipewarden fix plan`: a patch that git takes, advice beside it, and nothing written before somebody says so."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pipewarden.cli.ending import ended
from pipewarden.cli.main import main
from pipewarden.errors import UsageError
from pipewarden.fix import plan_pipelines, write

Asked = Callable[..., tuple[int, str]]

WORKFLOW = """\
on: push
permissions: write-all
jobs:
  build:
    runs-on: ubuntu-latest
    env:
      PROD_KEY: ${{ secrets.PROD_KEY }}
    steps:
      - uses: actions/checkout@v4
      - run: npm ci
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          aws-access-key-id: ${{ secrets.KEY_ID }}
          aws-secret-access-key: ${{ secrets.KEY }}
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "web"
    (folder / ".github" / "workflows").mkdir(parents=True)
    (folder / ".github" / "workflows" / "ci.yml").write_text(WORKFLOW.rstrip("\n"))
    return folder


@pytest.fixture
def asked(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    def run(*words: str) -> tuple[int, str]:
        code = ended(main, ["--quiet", "fix", "plan", *words])
        return code, capsys.readouterr().out

    return run


def test_the_patch_is_one_that_git_takes(checkout: Path, asked: Asked) -> None:
    code, patch = asked("--pipelines", str(checkout))
    assert code == 4
    subprocess.run(["git", "init", "-q", "."], cwd=checkout, check=True)
    subprocess.run(["git", "apply", "-"], input=patch, text=True, cwd=checkout, check=True)
    after = (checkout / ".github/workflows/ci.yml").read_text()
    assert "    permissions:\n      contents: read\n    runs-on" in after
    assert asked("--pipelines", str(checkout)) == (0, "")


def test_nothing_is_written_before_somebody_says_so(checkout: Path, asked: Asked) -> None:
    asked("--pipelines", str(checkout))
    file = checkout / ".github/workflows/ci.yml"
    assert file.read_text() == WORKFLOW.rstrip("\n")
    assert asked("--pipelines", str(checkout), "--write")[0] == 4
    assert "contents: read" in file.read_text()


def test_a_file_that_changed_meanwhile_is_not_overwritten(checkout: Path) -> None:
    plan = plan_pipelines(checkout)
    (checkout / ".github/workflows/ci.yml").write_text("on: push\n")
    with pytest.raises(UsageError, match="has changed since it was planned"):
        write(plan, checkout)
    assert (checkout / ".github/workflows/ci.yml").read_text() == "on: push\n"


def test_what_is_to_be_done_by_hand_stands_beside_it(checkout: Path, asked: Asked) -> None:
    _, text = asked("--pipelines", str(checkout), "--format", "json")
    told = json.loads(text)
    assert {each["kind"] for each in told["advice"]} == {"environment", "oidc", "split"}
    assert told["proposals"][0]["says"].startswith("job build needs contents: read; it loses actions: write")
    _, table = asked("--pipelines", str(checkout), "--format", "table")
    assert "job build signs in with a key that does not expire" in table


def test_an_environment_is_given_where_it_is_asked_for(checkout: Path, asked: Asked) -> None:
    assert "+    environment: production" not in asked("--pipelines", str(checkout))[1]
    assert "+    environment: production" in asked("--pipelines", str(checkout), "--environments")[1]


def test_it_says_what_it_needs(tmp_path: Path, asked: Asked) -> None:
    assert asked()[0] == 2
    assert asked("--pipelines", str(tmp_path / "nowhere"))[0] == 2
    assert asked("--pipelines", str(tmp_path)) == (0, "")


def test_a_link_laid_for_the_draft_is_not_written_through(checkout: Path) -> None:
    outside = checkout.parent / "outside"
    outside.write_text("not ours")
    (checkout / ".github/workflows/.ci.yml.draft").symlink_to(outside)
    planned = plan_pipelines(checkout)
    assert write(planned, checkout) == [".github/workflows/ci.yml"]
    assert outside.read_text() == "not ours"
    assert (checkout / ".github/workflows/ci.yml").read_text() == planned.files[0].after
    assert not list((checkout / ".github/workflows").glob(".draft-*"))


def test_a_name_cannot_write_into_the_patch_nor_to_the_screen(checkout: Path, asked: Asked) -> None:
    names = ["a\n--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n.yml", "\x1b]0;pwn\x07.yml", 'qu"ote.yml', "rtl\u202e.yml"]
    for name in names:
        (checkout / ".github/workflows" / name).write_text(WORKFLOW)
    code, patch = asked("--pipelines", str(checkout))
    assert code == 4
    assert patch.isascii()
    assert all(line.isprintable() for line in patch.splitlines())
    subprocess.run(["git", "init", "-q", "."], cwd=checkout, check=True)
    subprocess.run(["git", "apply", "-"], input=patch, text=True, cwd=checkout, check=True)
    for name in names:
        assert "contents: read" in (checkout / ".github/workflows" / name).read_text()


def test_what_breaks_lines_elsewhere_is_a_letter_to_git(checkout: Path, asked: Asked) -> None:
    file = checkout / ".github/workflows/ci.yml"
    file.write_text(
        WORKFLOW.replace("    runs-on", "    # one\u2028    # two\u0085    # three\n    runs-on"),
        encoding="utf-8",
        newline="",
    )
    patch = asked("--pipelines", str(checkout))[1]
    assert "No newline" not in patch
    subprocess.run(["git", "init", "-q", "."], cwd=checkout, check=True)
    subprocess.run(["git", "apply", "-"], input=patch.encode(), cwd=checkout, check=True)


def test_a_folder_of_checkouts_is_refused_not_called_clean(checkout: Path) -> None:
    with pytest.raises(UsageError, match="holds 1 checkout") as refusal:
        plan_pipelines(checkout.parent)
    assert str(checkout) in refusal.value.hint
    assert plan_pipelines(checkout).patch
