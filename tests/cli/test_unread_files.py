"""A pipeline file that could not be read is told beside every answer whose jobs it may hold."""

import json
from pathlib import Path

import pytest

from tests.cli.test_use_secret import ask

SAYS = "not the whole answer, for these files could not be read: local/web/azure-pipelines.yml:2: "


@pytest.fixture
def web(tmp_path: Path) -> str:
    folder = tmp_path / "web"
    (folder / ".github" / "workflows").mkdir(parents=True)
    step = "{run: make, env: {T: '${{ secrets.T }}'}}"
    (folder / ".github" / "workflows" / "ci.yml").write_text(
        f"on: push\njobs: {{a: {{runs-on: ubuntu-latest, steps: [{step}]}}}}\n"
    )
    (folder / "azure-pipelines.yml").write_text("steps:\n- {script: @x}\n")
    return str(folder)


def test_answers_about_jobs_say_which_file_is_not_in_them(web: str) -> None:
    for words in (["pipelines", web], ["reach", "fork", "--in", web], ["who-can", "use_secret", "T", "--in", web]):
        assert SAYS in " ".join(ask(*words).split()), words
    assert "by starting the pipelines that were read" in " ".join(ask("reach", "fork", "--in", web).split())


def test_json_has_them_too(web: str) -> None:
    for words in (["pipelines", web], ["reach", "fork", "--in", web]):
        [told] = json.loads(ask(*words, "--format", "json"))["not_read"]
        assert told.startswith("local/web/azure-pipelines.yml:2: ")


def test_where_all_was_read_nothing_is_said(web: str) -> None:
    Path(web, "azure-pipelines.yml").write_text("steps:\n- {script: make}\n")
    assert "could not be read" not in ask("pipelines", web)
    assert json.loads(ask("pipelines", web, "--format", "json"))["not_read"] == []


def test_no_job_is_not_the_most_dangerous_one(tmp_path: Path) -> None:
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/nightly.yml").write_text(
        "on: {schedule: [{cron: '1 2 * * *'}]}\njobs: {a: {runs-on: x, steps: [{run: make}]}}\n"
    )
    told = ask("pipelines", str(tmp_path), "--from", "fork")
    assert "no job of 1" in told
    assert "the dangerous first" not in told
