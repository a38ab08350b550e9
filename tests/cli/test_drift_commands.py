"""What jobs run is compared between two commits: in their workflow, in local actions, in workflows they call, in included files."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pipewarden.cli.main import main
from pipewarden.errors import UsageError
from tests.cli.test_pipelines import ask, git

FLOW = """\
on: push
env: {MODE: fast}
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: ./.github/actions/make
        with: {target: all}
      - name: test
        run: make test
  ship:
    uses: ./.github/workflows/called.yml
    with: {where: staging}
"""
CALLED = """\
on: {workflow_call: {inputs: {where: {type: string}}}}
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps: [{run: './deploy'}]
"""
ACTION = """\
name: make
runs:
  using: composite
  steps:
    - uses: ./.github/actions/inner
    - run: make all
      shell: bash
"""
INNER = "runs:\n  using: composite\n  steps:\n    - {run: ./inner, shell: bash}\n"
FILES = {
    ".github/workflows/ci.yml": FLOW,
    ".github/workflows/called.yml": CALLED,
    ".github/actions/make/action.yml": ACTION,
    ".github/actions/inner/action.yml": INNER,
    ".gitlab-ci.yml": "include: ci/one.yml\nship: {trigger: {include: 'ci/*wo.yml'}}\n",
    "ci/one.yml": "test:\n  script:\n    - make test\n",
    "ci/two.yml": "deploy:\n  script:\n    - ./deploy\n",
}


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "web"
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "first")
    return folder


def changed(web: Path, name: str, old: str, new: str) -> list[dict[str, Any]]:
    """Return what changed when one text of a file is another."""
    assert old in FILES[name]
    (web / name).write_text(FILES[name].replace(old, new))
    return list(json.loads(ask("pipelines", str(web), "--since", "HEAD", "--format", "json"))["changes"])


def commands(job: str, gained: str, lost: str) -> dict[str, Any]:
    return {"job": job, "what": "commands", "gained": [gained] if gained else [], "lost": [lost] if lost else []}


@pytest.mark.parametrize(
    ("name", "old", "new", "job", "line"),
    [
        (".github/workflows/ci.yml", "make test", "make check", ".github/workflows/ci.yml#build", 9),
        (".github/actions/make/action.yml", "make all", "curl x | sh", ".github/workflows/ci.yml#build", 6),
        (".github/actions/inner/action.yml", "./inner", "./other", ".github/workflows/ci.yml#build", 4),
        (".github/workflows/called.yml", "./deploy", "./deploy --all", ".github/workflows/ci.yml#ship/deploy", 5),
        (".github/workflows/ci.yml", "staging", "production", ".github/workflows/ci.yml#ship/deploy", 13),
        (".github/workflows/ci.yml", "target: all", "target: none", ".github/workflows/ci.yml#build", 7),
        ("ci/one.yml", "make test", "eval x", ".gitlab-ci.yml#test", 3),
        ("ci/two.yml", "./deploy", "./deploy --all", ".gitlab-ci.yml#ship/deploy", 3),
    ],
)
def test_other_commands_are_told_at_their_place(web, name, old, new, job, line) -> None:
    place = f"{name}:{line}"
    assert changed(web, name, old, new) == [commands(job, place, place)]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (".github/workflows/ci.yml", "name: test", "name: check  # what it is called"),
        (".github/workflows/ci.yml", "on: push", "# a note\non: push"),
        (".github/actions/make/action.yml", "name: make", "name: build"),
        (".github/actions/inner/action.yml", "./inner", "'./inner'"),
        ("ci/one.yml", "make test", "make test  # all of it"),
    ],
)
def test_other_names_notes_and_lines_are_no_change(web, name, old, new) -> None:
    assert changed(web, name, old, new) == []


def test_steps_that_came_or_went_are_told_apart(web) -> None:
    added = changed(web, "ci/one.yml", "make test\n", "make test\n    - make more\n")
    assert added == [commands(".gitlab-ci.yml#test", "ci/one.yml:4", "")]
    gone = changed(web, ".github/actions/make/action.yml", "    - uses: ./.github/actions/inner\n", "")
    [inner] = [each for each in gone if each["job"].startswith(".github")]
    assert inner["gained"] == []
    assert set(inner["lost"]) >= {".github/actions/make/action.yml:5", ".github/actions/inner/action.yml:4"}


def test_what_all_steps_share_is_told_for_each_job_and_not_for_a_workflow_that_is_called(web) -> None:
    [found] = changed(web, ".github/workflows/ci.yml", "fast", "slow")
    assert (found["job"].rpartition("#")[2], found["gained"]) == ("build", [".github/workflows/ci.yml:2"])


@pytest.mark.parametrize("broken_before", [True, False])
def test_a_file_that_a_version_cannot_read_is_told_and_no_silence(web, broken_before) -> None:
    whole, broken = FLOW, "on: [\n"
    path = web / ".github" / "workflows" / "ci.yml"
    if broken_before:
        path.write_text(broken)
        git(web, "commit", "-qam", "broken")
    path.write_text(whole if broken_before else broken)
    told = json.loads(ask("pipelines", str(web), "--since", "HEAD", "--format", "json"))
    assert [each.partition(": ")[0] for each in told["not_read"]] == ["local/web/.github/workflows/ci.yml:2"]


def test_what_could_not_be_followed_is_told_beside_what_changed(web) -> None:
    (web / "ci" / "two.yml").write_text("deploy: [\n")
    told = json.loads(ask("pipelines", str(web), "--since", "HEAD", "--format", "json"))
    assert {"job": ".gitlab-ci.yml#ship/deploy", "what": "the job is gone", "gained": [], "lost": []} in told["changes"]
    [end] = told["open_ends"]
    assert "ci/two.yml line 2 cannot be read" in end
    said = CliRunner().invoke(main, ["pipelines", str(web), "--since", "HEAD"], env={"COLUMNS": "160"}).output
    assert "1 open end, behind which more may be reached" in " ".join(said.split())


def test_the_demo_has_no_commits_to_compare() -> None:
    done = CliRunner().invoke(main, ["--demo", "pipelines", "--since", "HEAD"])
    assert isinstance(done.exception, UsageError)
    assert str(done.exception) == "--since compares commits of a checkout, and the demo has none"
    assert done.output == ""


def test_checkouts_within_another_are_not_held_against_its_commits(web: Path) -> None:
    outer = web.parent / "outer"
    outer.mkdir()
    git(outer, "init", "-q")
    (outer / "README").write_text("mine")
    git(outer, "add", "-A")
    git(outer, "commit", "-qm", "first")
    inner = outer / "clones"
    inner.mkdir()
    web.rename(inner / "web")
    done = CliRunner().invoke(main, ["pipelines", str(inner), "--since", "HEAD"])
    assert isinstance(done.exception, UsageError)
    assert str(done.exception) == f"{inner} holds 1 checkout"
    assert str(inner / "web") in done.exception.hint
    assert json.loads(ask("pipelines", str(inner / "web"), "--since", "HEAD", "--format", "json"))["changes"] == []
