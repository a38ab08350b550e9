"""The files of a checkout whatever their names are, and what cannot be listed."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from pipewarden.connectors.checkout import Checkout, repository_name
from pipewarden.connectors.folder import Folder
from pipewarden.connectors.joined import remote_of
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Gap
from pipewarden.model.ids import Kind
from pipewarden.model.snapshot import Snapshot
from tests.checks.builder import NOW

TEXT = "on: push\njobs: {a: {runs-on: x, steps: [{run: echo}]}}\n"
bytes_for_names = pytest.mark.skipif(sys.platform != "linux", reason="names are any bytes on Linux alone")


def collected(root: Path, keep: Path | None = None) -> Snapshot:
    into = SnapshotBuilder()
    asyncio.run(Checkout(root, keep=keep).collect(into, lambda *_: None))
    return into.finish(SnapshotInfo(sources=(), started=NOW, ended=NOW))


@bytes_for_names
def test_a_name_that_is_no_text_is_written_so_that_it_can_be_kept_and_its_file_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "web" / ".github" / "workflows"
    folder.mkdir(parents=True)
    Path(os.fsdecode(os.fsencode(folder) + b"/bad\xff.yml")).write_text(TEXT)
    (folder / "bad\\xff.yml").write_text(TEXT + "# by its own name\n")
    files = Folder(tmp_path / "web")
    assert sorted(files.paths) == [".github/workflows/\\bad\\xff.yml", ".github/workflows/bad\\xff.yml"]
    assert [files.text(path) for path in sorted(files.paths)] == [TEXT, TEXT + "# by its own name\n"]
    for _ in range(2):
        snapshot = collected(tmp_path / "web", keep=tmp_path / "kept")
        assert len(snapshot.ordinals(Kind.WORKFLOW)) == 2


def test_half_a_character_in_a_jenkinsfile_is_no_text_and_breaks_nothing(tmp_path: Path) -> None:
    (tmp_path / "Jenkinsfile").write_text("node {\n  stage('\\ud800') { sh 'make \\udfff' }\n}\n")
    snapshot = collected(tmp_path, keep=tmp_path.parent / "kept-of-jenkins")
    assert len(snapshot.ordinals(Kind.WORKFLOW)) == 1


def test_a_folder_that_cannot_be_listed_is_a_gap(tmp_path: Path) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(25):  # longer than what the system takes as one path
        os.mkdir("d" * 200, dir_fd=here)
        inner = os.open("d" * 200, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)
    gaps = list(collected(tmp_path).records(Gap))
    assert {gap.facet for gap in gaps if "could not be listed" in gap.detail} == {
        Facet.REPO_FILES,
        Facet.REPO_PLAIN_TEXT,
    }
    assert {gap.cause for gap in gaps if "could not be listed" in gap.detail} == {Cause.UNREADABLE}


def test_a_configuration_of_git_that_never_ends_is_no_name(tmp_path: Path) -> None:
    for name, make in (("pipe", os.mkfifo), ("zero", lambda place: place.symlink_to("/dev/zero"))):
        root = tmp_path / name
        (root / ".git").mkdir(parents=True)
        make(root / ".git" / "config")
        assert (remote_of(root), repository_name(root)) == (("", ""), f"local/{name}")
