"""A checkout of a GitLab project is read with the pipelines that its jobs start and the files that stars name."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from pipewarden.connectors.checkout import Checkout
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facts import Machine, Resource
from pipewarden.model.ids import Kind
from pipewarden.model.jobs import ATTRIBUTE
from pipewarden.model.snapshot import Snapshot
from tests.checks.builder import NOW

MAIN = "include: ['ci/more/*.yml']\nship: {trigger: {include: ci/child.yml}}\n"
CHILD = "deploy: {script: go $DEPLOY_TOKEN}\n"


def put(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def read(folder: Path, keep: Path | None = None) -> Snapshot:
    into = SnapshotBuilder()
    asyncio.run(Checkout(folder, keep=keep).collect(into, lambda *_: None))
    return into.finish(SnapshotInfo(sources=(), started=NOW, ended=NOW))


def jobs(snapshot: Snapshot) -> set[str]:
    machines = [snapshot.entity(each) for each in snapshot.ordinals(Kind.JOB).tolist()]
    return {each.name.partition("#")[2] for each in machines if isinstance(each, Machine)}


def pipeline(snapshot: Snapshot) -> dict[str, Any]:
    [workflow] = [snapshot.entity(each) for each in snapshot.ordinals(Kind.WORKFLOW).tolist()]
    assert isinstance(workflow, Resource)
    return dict(workflow.attributes)


def test_jobs_of_children_and_of_files_that_stars_name_are_there(tmp_path: Path) -> None:
    put(tmp_path, ci__child=CHILD, ci__more__test="test: {script: make}\n", ci__more__below__no="no: {script: x}\n")
    (tmp_path / ".gitlab-ci.yml").write_text(MAIN)
    found = read(tmp_path)
    assert jobs(found) == {"ship", "ship/deploy", "test"}
    assert (pipeline(found)["open_ends"], pipeline(found)["faults"]) == ([], [])


def test_a_new_file_that_a_star_names_is_seen_by_the_next_run(tmp_path: Path) -> None:
    web, keep = tmp_path / "web", tmp_path / "keep"
    put(web, ci__child=CHILD, ci__more__test="test: {script: make}\n")
    (web / ".gitlab-ci.yml").write_text(MAIN)
    assert "check" not in jobs(read(web, keep))
    put(web, ci__more__check="check: {script: make}\n")
    assert "check" in jobs(read(web, keep))
    (web / "ci/child.yml").unlink()
    gone = read(web, keep)
    assert jobs(gone) == {"ship", "test", "check"}
    assert [each["message"] for each in pipeline(gone)["faults"]] == ["the included file ci/child.yml is not there"]


def test_a_part_of_a_repository_does_not_say_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "ship.gitlab-ci.yml").write_text("include: ['ci/*.yml', gone.yml]\nown: {script: x}\n")
    told = pipeline(read(tmp_path))
    assert told["faults"] == []
    assert [each["message"] for each in told["open_ends"]] == [
        "which files ci/*.yml names was not looked up",
        "the included file gone.yml was not read",
    ]


@pytest.mark.parametrize(
    ("url", "project"),
    [
        ("git@gitlab.acme.example:acme/group/web.git", "acme/group/web"),
        ("https://gitlab.com/acme/web", "acme/web"),
        ("ssh://git@gitlab.acme.example:2222/acme/web.git", "acme/web"),
        ("https://github.com/acme/web.git", "*"),
        ("", "*"),
        ("/srv/git/web.git", "*"),
    ],
)
def test_subjects_name_the_project_that_the_remote_names(tmp_path: Path, url: str, project: str) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/config").write_text(f'[remote "origin"]\n\turl = {url}\n' if url else "")
    (tmp_path / ".gitlab-ci.yml").write_text(
        "ship: {script: x, rules: [{if: $CI_COMMIT_BRANCH == 'main'}], id_tokens: {AWS: {aud: x}}}\n"
    )
    found = read(tmp_path)
    [machine] = [found.entity(each) for each in found.ordinals(Kind.JOB).tolist()]
    assert machine.attributes[ATTRIBUTE]["subjects"] == [f"project_path:{project}:ref_type:branch:ref:main"]
