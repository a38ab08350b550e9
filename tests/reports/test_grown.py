"""A baseline holds a finding by what it rests on: another injection in the same file is news, a moved line is not."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from pipewarden.audit import audit, collect
from pipewarden.connectors.checkout import Checkout
from pipewarden.model.findings import Judged, Life, Report, Severity
from pipewarden.model.proofs import Proof, digest, proof, read
from pipewarden.reports import write
from pipewarden.reports.baseline import against

INJECTED = "wf.inject.template"
HEAD = "on: issue_comment\npermissions: {}\njobs:\n"
FIRST = """\
  a:
    runs-on: ubuntu-latest
    steps:
      - run: echo "${{ github.event.comment.body }}"
"""
SECOND = """\
  b:
    runs-on: ubuntu-latest
    env: {KEY: "${{ secrets.PROD_DEPLOY_KEY }}"}
    steps:
      - run: echo "${{ github.event.issue.title }}" | ssh prod
"""
MILD = SECOND.replace('    env: {KEY: "${{ secrets.PROD_DEPLOY_KEY }}"}\n', "")


def audited(folder: Path, *jobs: str, head: str = HEAD) -> Report:
    workflows = folder / ".github" / "workflows"
    workflows.mkdir(parents=True, exist_ok=True)
    (workflows / "a.yml").write_text(head + "".join(jobs), encoding="utf-8")
    return audit(collect([Checkout(folder)]), None)


@pytest.fixture
def compared(tmp_path: Path):  # type: ignore[no-untyped-def]
    """Return what is said of the injections of a file, over a baseline of an earlier one."""

    def run(before: tuple[str, ...], after: tuple[str, ...], **changed: Any) -> tuple[Judged, list[str]]:
        file = tmp_path / "baseline.json"
        report = orjson.loads(write(audited(tmp_path / "web", *before), "json"))
        for each in report["findings"] if changed.pop("old", False) else ():
            del each["proofs"]
        report |= {name: changed.pop(name) for name in ("version",) if name in changed}
        file.write_bytes(orjson.dumps(report))
        told: list[str] = []
        found = against(audited(tmp_path / "web", *after, **changed), file, tell=told.append)
        (one,) = [each for each in found.findings if each.finding.check == INJECTED]
        return one, told

    return run


def test_another_injection_in_a_file_that_had_one_is_news(compared) -> None:  # type: ignore[no-untyped-def]
    one, told = compared((FIRST,), (FIRST, SECOND))
    assert one.life in {Life.NEW, Life.OPEN}
    assert "job b writes github.event.issue.title" in one.finding.says
    assert one.finding.says.endswith("(1 new beside 1 held)")
    assert len(one.finding.says) <= 160
    assert one.finding.severity is Severity.HIGH
    assert one.finding.line == 12
    assert told == []


def test_what_is_new_is_told_as_grave_as_it_is_itself(compared) -> None:  # type: ignore[no-untyped-def]
    one, _ = compared((SECOND,), (SECOND, FIRST))
    assert one.finding.severity is Severity.INFO, "the grave one was there"
    assert "job a writes github.event.comment.body" in one.finding.says
    assert one.finding.line == 12


def test_lines_and_steps_that_move_are_no_news(compared) -> None:  # type: ignore[no-untyped-def]
    moved = FIRST.replace("    steps:\n", "    # moved\n    steps:\n      - run: echo hello\n")
    one, _ = compared((FIRST, SECOND), (SECOND, moved), head=f"# a comment\n\n{HEAD}")
    assert one.life is Life.WAIVED


def test_fewer_are_no_news_and_as_many_of_others_are(compared) -> None:  # type: ignore[no-untyped-def]
    assert compared((FIRST, SECOND), (FIRST,))[0].life is Life.WAIVED
    other = FIRST.replace("comment.body", "issue.body")
    one, _ = compared((FIRST,), (other,))
    assert "github.event.issue.body" in one.finding.says
    twice = FIRST + FIRST.splitlines()[-1].replace("echo", "printf") + "\n"
    assert compared((FIRST,), (twice,))[0].life is not Life.WAIVED, "the same once more"


def test_one_that_became_graver_is_news(compared) -> None:  # type: ignore[no-untyped-def]
    one, _ = compared((FIRST, MILD), (FIRST, SECOND))
    assert one.finding.severity is Severity.HIGH
    assert one.finding.says.endswith("(graver than the baseline has it)")
    assert compared((FIRST, SECOND), (FIRST, MILD))[0].life is Life.WAIVED


def test_an_older_baseline_holds_as_before_and_says_so_once(compared) -> None:  # type: ignore[no-untyped-def]
    one, told = compared((FIRST,), (FIRST, SECOND), old=True)
    assert one.life is Life.WAIVED
    assert len(told) == 1
    assert "older than proofs" in told[0]


def test_a_baseline_of_another_version_is_compared_by_jobs(compared) -> None:  # type: ignore[no-untyped-def]
    """Another version may have said the same in other words."""
    other = FIRST.replace("comment.body", "issue.body")
    assert compared((FIRST,), (other,), version="0.0.1")[0].life is Life.WAIVED
    assert compared((FIRST,), (FIRST, SECOND), version="0.0.1")[0].life is not Life.WAIVED


def test_a_proof_is_read_as_it_is_written() -> None:
    word = proof("a / deploy", "job a writes it into step 3 of v2", Severity.LOW)
    assert read(word) == Proof("a / deploy", digest("job a writes it into step 12 of v2"), Severity.LOW)
    assert digest("of v2") != digest("of v3"), "a number inside a word is no line"
    assert [read(each) for each in ("", "high", "a/b/odd")] == [None, None, None]
