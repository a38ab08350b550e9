"""What an engineer sees who audits a checkout: this repository, and one with pipelines of every system, at the right lines."""

import json
import os
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from pipewarden.audit import audit, collect
from pipewarden.checks.files import behind
from pipewarden.cli.main import main
from pipewarden.connectors.checkout import Checkout
from pipewarden.fix import plan_pipelines
from pipewarden.reports import write

HERE = Path(__file__).parent.parent

FILES = {
    ".github/workflows/label.yml": (
        "on: pull_request_target\njobs:\n  label:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - run: echo ${{ github.event.pull_request.title }}\n"
    ),
    ".gitlab-ci.yml": 'build:\n  script:\n    - eval "$CI_COMMIT_MESSAGE"\n    - curl -s https://acme.example/x | sh\n',
    "Jenkinsfile": "node {\n  stage('Build') { sh \"make ${params.TARGET}\" }\n}\n",
    "azure-pipelines.yml": "trigger: [main]\npr: [main]\nsteps:\n  - script: echo $(Build.SourceVersionMessage)\n",
    ".circleci/config.yml": (
        "version: 2.1\njobs:\n  build:\n    docker: [{image: cimg/base:stable}]\n    steps:\n"
        "      - run: echo << pipeline.git.branch >>\nworkflows:\n  w:\n    jobs: [build]\n"
    ),
    "bitbucket-pipelines.yml": (
        "pipelines:\n  default:\n    - step:\n        script:\n          - curl -s https://acme.example/x | sh\n"
    ),
}
SHOWN = {
    ("wf.inject.template", ".github/workflows/label.yml"): "github.event.pull_request.title",
    ("jk.file.inject", "Jenkinsfile"): "${params.TARGET}",
    ("gl.ci.inject", ".gitlab-ci.yml"): "$CI_COMMIT_MESSAGE",
    ("ado.pipe.inject", "azure-pipelines.yml"): "Build.SourceVersionMessage",
}
"""What must be found, with a text that its line holds."""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        place = tmp_path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return tmp_path


def told(report: str) -> list[tuple[str, str, int]]:
    """Return rule, path and line of each result."""
    out = []
    for result in json.loads(report)["runs"][0]["results"]:
        for location in result["locations"]:
            place = location["physicalLocation"]
            out.append((result["ruleId"], place["artifactLocation"]["uri"], place["region"]["startLine"]))
    return out


def test_this_repository_has_nothing_to_mend(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    done = CliRunner().invoke(main, ["--quiet", "audit", str(HERE), "--no-cache", "--fail-on", "info"])
    assert done.exit_code in {0, None}, done.output
    assert "Nothing found" in done.output


def test_where_there_is_no_pipeline_file_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# acme\n", encoding="utf-8")
    done = CliRunner().invoke(main, ["--quiet", "audit", str(tmp_path), "--no-cache", "--no-store"])
    assert "Nothing found: no pipeline file is there. " in done.output


def test_this_repository_already_gives_its_jobs_the_least() -> None:
    plan = plan_pipelines(HERE)
    assert plan.files
    assert not plan.patch
    assert not plan.unread


def test_results_stand_at_the_line_they_speak_of(checkout: Path) -> None:
    report = write(audit(collect([Checkout(checkout)]), None), "sarif")
    found = told(report)
    assert {path for _, path, _ in found} <= FILES.keys()
    lines = {(rule, path): FILES[path].splitlines()[line - 1] for rule, path, line in found}
    for place, text in SHOWN.items():
        assert text in lines[place]
    for (rule, path), line in lines.items():
        assert line.strip(), (rule, path)


def test_findings_of_every_system_keep_the_official_schema(checkout: Path) -> None:
    named = os.environ.get("SARIF_SCHEMA")
    if not named:
        pytest.skip("SARIF_SCHEMA names no file: the schema that OASIS publishes is not at hand")
    report = write(audit(collect([Checkout(checkout)]), None), "sarif")
    jsonschema.validate(json.loads(report), json.loads(Path(named).read_text(encoding="utf-8")))


def test_a_short_report_names_workflows_by_their_name_alone(checkout: Path) -> None:
    text = write(audit(collect([Checkout(checkout, name="acme/web")]), None), "table", width=80)
    head = text.partition("Not assessed")[0]
    assert "1. label.yml: hand the text over" in " ".join(head.split())
    assert "acme/web/.github" not in head


def test_what_is_open_in_many_jobs_is_one_short_line(tmp_path: Path) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    for number in range(9):
        text = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n"
        (folder / f"{number}.yml").write_text(text, encoding="utf-8")
    (line,) = [
        gap
        for gap in audit(collect([Checkout(tmp_path, name="acme/web")]), None).gaps
        if "#a" in gap.scope or "jobs" in gap.scope
    ]
    assert (line.scope, line.count) == ("9 jobs of acme/web", 9)


def test_a_gate_is_said_once() -> None:
    assert behind("only for certain actors") == " (only for certain actors)"
    asks = behind("the environment production may ask for an approval")
    assert asks == " (only the environment production, which may ask for an approval, stands before it)"
    assert behind("") == ""
