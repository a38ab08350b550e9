"""zizmor as an engine, run for real: its findings at their places, and a file on which it gives up costs that file alone."""

import stat
from pathlib import Path

import pytest

from pipewarden.connectors.zizmor import Unread, Zizmor, configuration

HOSTILE = """\
on: pull_request_target
permissions: {}
jobs:
  greet:
    runs-on: ubuntu-latest
    steps:
      - run: echo "${{ github.event.pull_request.title }}"
"""
QUIET = """\
name: quiet
on: push
permissions: {}
jobs:
  build:
    name: build
    runs-on: ubuntu-latest
    steps:
      - run: make
"""
ABORTS = """\
on: push
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - run: make
    env:
      A: "${{ format(
  1)
  }}"
"""
"""GitHub reads it, zizmor 1.32 ends with an error on it (zizmorcore/zizmor#1455)."""


@pytest.fixture(scope="module")
def zizmor() -> Zizmor:
    found = Zizmor.found()
    assert found is not None, "the development requirements install zizmor"
    return found


def test_a_finding_stands_at_its_line_job_and_step(zizmor: Zizmor) -> None:
    run = zizmor.read({".github/workflows/greet.yml": HOSTILE})
    assert run.unread == ()
    [injected] = [each for each in run.told if each.audit == "template-injection"]
    assert (injected.path, injected.line, injected.job, injected.step) == (".github/workflows/greet.yml", 7, "greet", 0)
    assert injected.severity == "high"
    assert injected.url.startswith("https://docs.zizmor.sh/")


def test_a_file_on_which_it_gives_up_costs_that_file_alone(zizmor: Zizmor) -> None:
    files = {f".github/workflows/{number}.yml": HOSTILE for number in range(6)}
    run = zizmor.read({**files, ".github/workflows/aborts.yml": ABORTS})
    assert [each.path for each in run.unread] == [".github/workflows/aborts.yml"]
    assert "error" in run.unread[0].why
    assert {each.path for each in run.told if each.audit == "template-injection"} == set(files)


def test_what_it_cannot_read_is_counted(zizmor: Zizmor) -> None:
    broken = {".github/workflows/a.yml": "on: push\njobs: {a: [}\n", ".github/workflows/b.yml": "on: push\nfoo: 1\n"}
    alone = zizmor.read(broken)
    assert [each.path for each in alone.unread] == sorted(broken)
    beside = zizmor.read({**broken, ".github/workflows/quiet.yml": QUIET})
    assert [each.path for each in beside.unread] == sorted(broken)
    assert beside.told == ()


def test_ignores_of_the_file_and_of_the_repository_are_heeded(zizmor: Zizmor) -> None:
    ignored = HOSTILE.replace('}}"', '}}" # zizmor: ignore[template-injection]')
    files = {".github/workflows/greet.yml": ignored}
    assert "template-injection" not in {each.audit for each in zizmor.read(files).told}
    config = configuration({".github/zizmor.yml": "rules:\n  dangerous-triggers:\n    ignore: [greet.yml]\n"})
    assert "dangerous-triggers" not in {each.audit for each in zizmor.read(files, config).told}
    assert "dangerous-triggers" in {each.audit for each in zizmor.read(files).told}


def test_a_name_that_leads_out_of_the_folder_is_not_written(zizmor: Zizmor) -> None:
    run = zizmor.read({"../../.github/workflows/a.yml": HOSTILE, "/etc/x.yml": HOSTILE})
    assert run.told == ()
    assert len(run.unread) == 2


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("echo 'thread main panicked' >&2; exit 101", "zizmor ended with an error: main panicked"),
        ("echo 'not json'", "zizmor's answer could not be understood"),
        ("echo '[{\"ident\": 1}]'", "zizmor's answer could not be understood"),
    ],
)
def test_whatever_it_answers_ends_in_a_reason(tmp_path: Path, script: str, why: str) -> None:
    program = tmp_path / "zizmor"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    run = Zizmor(str(program), "1.32.0").read({".github/workflows/a.yml": QUIET})
    assert run.unread == (Unread(".github/workflows/a.yml", why),)


def test_no_token_of_ours_is_shown_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "not for others")
    monkeypatch.setenv("GH_TOKEN", "not for others")
    program = tmp_path / "zizmor"
    program.write_text(f"#!/bin/sh\nenv > {tmp_path}/seen\necho '[]'\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    Zizmor(str(program), "1.32.0").read({".github/workflows/a.yml": QUIET})
    assert "not for others" not in (tmp_path / "seen").read_text()


def test_what_it_says_can_be_read_by_itself(zizmor: Zizmor) -> None:
    steps = "      - uses: acme-partner/release@main\n      - run: dir\n        shell: cmd\n"
    told = zizmor.read({".github/workflows/quiet.yml": QUIET + steps}).told
    says = {each.audit: each.says for each in told}
    assert says["unpinned-uses"] == "acme-partner/release@main: action is not pinned to a hash"
    local = zizmor.read({".github/workflows/quiet.yml": QUIET + "      - uses: ./.github/actions/build\n"}).told
    words = "use GitHub's dedicated self-repository syntax: use '$/...' instead of './...'"
    assert [each.says for each in local if each.audit == "self-repository"] == [words]
    assert says["misfeature"] == "usage of GitHub Actions misfeatures"
    injected = next(
        e for e in zizmor.read({".github/workflows/greet.yml": HOSTILE}).told if e.audit == "template-injection"
    )
    assert injected.says == "may expand into attacker-controllable code"


def test_a_disk_without_room_for_the_files_is_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    run = Zizmor("/bin/true", "1.32.0").read({".github/workflows/a.yml": QUIET, ".github/workflows/b.yml": QUIET})
    assert [each.path for each in run.unread] == [".github/workflows/a.yml", ".github/workflows/b.yml"]
    assert {each.why for each in run.unread} == {"the files could not be written for zizmor: No such file or directory"}


def test_after_its_time_no_file_more_is_judged(tmp_path: Path) -> None:
    program = tmp_path / "zizmor"
    program.write_text(f"#!/bin/sh\necho run >> {tmp_path}/runs\nexec sleep 5\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    files = {f".github/workflows/{n}.yml": QUIET for n in range(300)}
    run = Zizmor(str(program), "1.32.0").read(files, seconds=0.3)
    assert len(run.unread) == 300
    assert {each.why for each in run.unread} == {"zizmor had no time left"}
    assert (tmp_path / "runs").read_text().count("run") == 1
