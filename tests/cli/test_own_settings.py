"""A change that switches off what would find it: in CI it is judged by the settings of the branch it wants to go into."""

import json
import subprocess
from pathlib import Path

import pytest

from pipewarden.cli.ending import ended
from pipewarden.cli.main import main

BAD = "on: pull_request_target\njobs:\n  go:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/checkout@v4\n        with: {ref: '${{ github.event.pull_request.head.sha }}'}\n      - run: make\n"
OFF = "checks: {disable: ['wf.*', 'gh.*', 'x.*', 'file.*']}\n"


def git(*words: str) -> None:
    who = ("-c", "user.name=bob", "-c", "user.email=bob@acme.example", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *words], check=True, capture_output=True)


@pytest.fixture
def change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in a change to acme/web that adds a bad workflow, and with it switches the checks off that would find it."""
    monkeypatch.chdir(tmp_path)
    git("init", "-q", "-b", "main")
    git("commit", "-q", "--allow-empty", "-m", "begin")
    git("update-ref", "refs/remotes/origin/main", "HEAD")
    Path(".github/workflows").mkdir(parents=True)
    Path(".github/workflows/preview.yml").write_text(BAD)
    Path("pipewarden.yaml").write_text(OFF)
    git("add", "-A")
    git("commit", "-q", "-m", "change")


def audit(capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, int, int, str]:
    """Return the exit code, how many findings and how many checks that are off, and what was noted."""
    code = ended(main, ["audit", ".", "--no-zizmor", "--format", "json", *more])
    said = capsys.readouterr()
    report = json.loads(said.out)
    return code, len(report["findings"]), len(report["switched_off"]), " ".join(said.err.split())


@pytest.mark.usefixtures("change")
def test_in_ci_the_change_is_judged_by_the_settings_of_its_base(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, found, off, _ = audit(capsys)
    assert (code, found) == (0, 0)
    assert off > 50, "by its own settings nothing is asked"
    monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request")
    monkeypatch.setenv("GITHUB_BASE_REF", "main")
    code, found, off, note = audit(capsys)
    assert code == 1
    assert found > 0
    assert off == 0
    assert "the settings of main hold: pipewarden.yaml of this change would switch checks off by 4 entries" in note


@pytest.mark.usefixtures("change")
def test_strict_takes_settings_that_come_with_what_is_audited_for_incomplete(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, _, _, note = audit(capsys, "--strict")
    assert code == 3
    assert "pipewarden.yaml comes with what is audited, and says how it is judged" in note
    assert audit(capsys, "--settings-from", "none")[0] == 1
    assert audit(capsys, "--settings-from", "origin/main", "--strict")[0] == 1
    ended(main, ["--config", "pipewarden.yaml", "audit", ".", "--no-zizmor", "--strict"])
    assert "comes with what is audited" not in " ".join(capsys.readouterr().err.split()), "it was named"


@pytest.mark.usefixtures("change")
def test_a_change_that_says_where_credentials_are_sent_is_refused_whatever_is_audited(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("pipewarden.yaml").write_text("sources: [{github: acme, token: {command: touch ran}}]\n")
    monkeypatch.setenv("CHANGE_ID", "7")
    assert ended(main, ["audit"]) == 2
    assert "pipewarden.yaml comes with the checkout that is audited" in " ".join(capsys.readouterr().err.split())
    assert not Path("ran").exists()
