"""Commits of a checkout as folders: what is too large or missing is told, and not read."""

import subprocess
from pathlib import Path

import pytest

from pipewarden.connectors.folder import MOST_BYTES, Folder
from pipewarden.connectors.git import at_commit
from pipewarden.errors import UsageError

WORKFLOW = ".github/workflows/ci.yml"


def committed(root: Path, files: dict[str, str]) -> None:
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    author = ("-c", "user.name=bob", "-c", "user.email=bob@acme.example", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(root), "add", "-A"], check=True)
    subprocess.run(["git", "-C", str(root), *author, "commit", "-q", "-m", "Begin"], check=True)


def test_a_file_that_is_too_large_is_there_and_not_read(tmp_path: Path) -> None:
    committed(tmp_path, {WORKFLOW: "on: push\n", "Jenkinsfile": "x" * (3 * MOST_BYTES)})
    with at_commit(tmp_path, "HEAD") as tree:
        assert Folder(tree).text(WORKFLOW) == "on: push\n"
        assert Folder(tree).text("Jenkinsfile") is None
        assert (tree / "Jenkinsfile").stat().st_size == MOST_BYTES + 1


def test_a_file_that_the_checkout_does_not_hold_is_a_sentence(tmp_path: Path) -> None:
    committed(tmp_path, {WORKFLOW: "on: push\n"})
    name = subprocess.run(
        ["git", "-C", str(tmp_path), "rev-parse", f"HEAD:{WORKFLOW}"], check=True, capture_output=True, text=True
    ).stdout.strip()
    (tmp_path / ".git/objects" / name[:2] / name[2:]).unlink()
    with pytest.raises(UsageError, match="does not hold"), at_commit(tmp_path, "HEAD"):
        pass
