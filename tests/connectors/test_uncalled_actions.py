"""Own actions that no workflow uses, read from a checkout and over the API: a file without jobs, judged by itself."""

from pathlib import Path

import pytest

from pipewarden import checks
from pipewarden.access.engine import Engine
from pipewarden.access.jobs import jobs
from pipewarden.access.view import View
from pipewarden.audit import collect
from pipewarden.checks.base import Verdicts, judge
from pipewarden.connectors.checkout import Checkout
from pipewarden.demo.estate import acme
from pipewarden.model.facts import Gap
from pipewarden.model.ids import Kind
from pipewarden.model.snapshot import Snapshot
from tests.connectors.test_org_files import job, read, small

ACTION = """\
name: say
inputs: {title: {}}
runs:
  using: composite
  steps:
    - run: echo ${{ inputs.title }}
      shell: bash
    - uses: other/x@main
"""
INJECTED = ACTION.replace("inputs.title", "github.event.issue.title")
USES = "on: push\npermissions: {}\njobs: {a: {runs-on: ubuntu-latest, steps: [{uses: actions/checkout@v4}, {uses: ./FOLDER}]}}\n"
EVERY = {check.id: check for check in checks.ALL}


def checkout(folder: Path, **files: str) -> Snapshot:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("DOT", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return collect([Checkout(folder, name="acme/say")])


def judged(snapshot: Snapshot, *names: str) -> Verdicts:
    return judge([EVERY[name] for name in names], View(snapshot, Engine(snapshot)))


def paths(snapshot: Snapshot) -> list[str]:
    return sorted(str(each.attributes["path"]) for each in snapshot.entities(Kind.WORKFLOW))


def test_a_repository_that_is_an_action_is_judged(tmp_path: Path) -> None:
    snapshot = checkout(tmp_path, **{"action.yml": INJECTED})
    assert paths(snapshot) == ["action.yml"]
    verdicts = judged(snapshot, "wf.inject.template", "wf.uses.unpinned", "wf.perm.missing")
    assert [(each.check, each.file, each.line) for each in verdicts.findings] == [
        ("wf.inject.template", "action.yml", 6),
        ("wf.uses.unpinned", "action.yml", 8),
    ]
    assert jobs(snapshot) == [], "nothing starts it by itself"


def test_what_its_user_hands_to_it_is_unknown_with_its_place(tmp_path: Path) -> None:
    verdicts = judged(checkout(tmp_path, **{"action.yml": ACTION}), "wf.inject.template")
    assert verdicts.findings == ()
    [missed] = verdicts.not_assessed
    assert missed.detail == (
        "action.yml:6: the action say writes inputs.title into the program of step 1: "
        "what its user hands to it decides, and no workflow here uses it"
    )


def test_one_that_a_workflow_uses_is_judged_there_alone(tmp_path: Path) -> None:
    workflow = {"DOTgithub__workflows__ci.yml": USES.replace("FOLDER", "tools/say")}
    assert paths(checkout(tmp_path, **{"tools__say__action.yml": INJECTED, **workflow})) == [".github/workflows/ci.yml"]


def test_programs_and_images_are_not_looked_into_and_a_broken_one_is_a_gap(tmp_path: Path) -> None:
    program = "name: x\nruns: {using: node20, main: dist/index.js}\n"
    snapshot = checkout(tmp_path, **{"a__action.yml": program, "b__action.yml": "runs: [\n"})
    assert paths(snapshot) == ["b/action.yml"]
    assert [
        gap.detail.partition(":")[0] for gap in snapshot.records(Gap) if gap.facet == "repository.workflow_files"
    ] == ["b/action.yml"]


def test_a_second_run_reads_it_from_what_was_kept(tmp_path: Path) -> None:
    folder, keep = tmp_path / "say", tmp_path / "kept"
    folder.mkdir()
    (folder / "action.yml").write_text(INJECTED)

    def weaknesses() -> list[object]:
        snapshot = collect([Checkout(folder, name="acme/say", keep=keep)])
        [action] = snapshot.entities(Kind.WORKFLOW)
        return list(action.attributes["weaknesses"])

    assert weaknesses() == weaknesses() != []


@pytest.mark.parametrize("name", ["action.yml", "action.yaml"])
def test_over_the_api_that_at_the_root_is_judged_too(name: str) -> None:
    snapshot = read(small("api", workflows={}, files={name: INJECTED, "tools/x/action.yml": INJECTED}))
    assert paths(snapshot) == [name], "others would have to be listed"
    found = judged(snapshot, "wf.inject.template").findings
    assert [(each.check, each.file) for each in found] == [("wf.inject.template", name)]
    assert judged(snapshot, "gh.repo.codeowners_missing").findings == (), "it has no workflow"


def test_over_the_api_those_in_the_usual_folder_are_judged_without_a_listing() -> None:
    files = {".github/actions/say/action.yml": INJECTED, ".github/actions/notes.md": "x"}
    assert paths(read(small("api", workflows={}, files=files))) == [".github/actions/say/action.yml"]


def test_over_the_api_a_listing_that_is_read_shows_those_anywhere() -> None:
    inner = ACTION.replace("other/x@main", "./deep/er").replace("inputs.title", "github.sha")
    files = {"main.tf": "", "tools/x/action.yml": INJECTED, "deep/y/action.yaml": inner, "deep/er/action.yml": INJECTED}
    files |= {"node_modules/z/action.yml": INJECTED, "a/action.yml": "name: x\nruns: {using: node20, main: index.js}\n"}
    snapshot = read(small("api", workflows={}, files=files))
    assert paths(snapshot) == ["deep/y/action.yaml", "tools/x/action.yml"]
    found = judged(snapshot, "wf.inject.template").findings
    assert sorted((each.file, each.line) for each in found) == [("deep/er/action.yml", 6), ("tools/x/action.yml", 6)]
    assert not any("opened" in name for each in snapshot.entities(Kind.WORKFLOW) for name in each.attributes)


CALLED = "on: workflow_call\njobs: {a: {runs-on: x, steps: [{uses: actions/checkout@v4}, {uses: ./tools/x}]}}\n"
CALLER = "on: push\npermissions: {}\njobs: {go: {uses: acme/infra/.github/workflows/c.yml@main}}\n"


@pytest.mark.parametrize("folder", ["tools/x", ".github/actions/x"])
def test_an_action_of_the_caller_counts_in_the_called_workflow_of_another_repository(folder: str) -> None:
    estate = acme()
    repositories = estate.organizations["acme"].repositories
    repositories["infra"].workflows[".github/workflows/c.yml"] = CALLED.replace("tools/x", folder)
    repositories["web"].workflows[".github/workflows/w.yml"] = CALLER
    repositories["web"].files |= {f"{folder}/action.yml": ACTION, "main.tf": ""}
    snapshot = read(estate)
    found = job(snapshot, "acme/web/.github/workflows/w.yml#go/a")
    assert [call.text for call in found.calls if call.through] == ["other/x@main"]
    assert [end.says for end in found.open_ends] == [
        f"the scripts of {folder}/action.yml were judged without what acme/infra hands to the action"
    ]
