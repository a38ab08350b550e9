"""An audit ends with what the reading cost: requests by source, on stderr, and not at all where it sent none."""

import json
from pathlib import Path

import pytest

from pipewarden.cli.ending import ended
from pipewarden.cli.main import main


def test_the_demo_tells_the_requests_of_each_source(capsys: pytest.CaptureFixture[str]) -> None:
    ended(main, ["--demo", "audit", "--check", "gh.dkey", "--fail-on", "never"])
    said = capsys.readouterr()
    told = " ".join(said.err.split()).partition("requests spent: ")[2]
    for source in ("github:acme ", "gitlab:acme ", "okta:acme ", "entra:acme ", "jenkins:acme ", "vault:acme "):
        assert source in told
    assert "requests spent" not in said.out


def test_quiet_says_nothing_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    ended(main, ["--quiet", "--demo", "audit", "--check", "gh.dkey", "--fail-on", "never"])
    assert "requests spent" not in capsys.readouterr().err


def test_files_cost_no_requests(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workflow = tmp_path / ".github" / "workflows" / "test.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text("on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n")
    ended(main, ["audit", str(tmp_path), "--no-store", "--no-zizmor", "--fail-on", "never"])
    assert "requests spent" not in capsys.readouterr().err


def test_the_demo_reads_one_system_where_it_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--demo", "audit", "okta:acme", "--format", "json", "--fail-on", "never"]
    assert ended(main, words) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["sources"] == ["okta:acme"]
    assert report["findings"]
    assert all(finding["check"].startswith(("ok.", "x.")) for finding in report["findings"])
    assert ended(main, ["--demo", "audit", "okta:acm"]) == 2
    assert "Did you mean okta:acme?" in capsys.readouterr().err
