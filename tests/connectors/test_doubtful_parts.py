"""What a pipeline file holds that its system would refuse is told with its place, and the rest of the file is read."""

from pathlib import Path

import pytest

from pipewarden.audit import collect
from pipewarden.connectors.checkout import Checkout
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Gap
from pipewarden.model.ids import Kind

JOB = "  a:\n    runs-on: ubuntu-latest\n    steps: [{run: make}]\n"


@pytest.mark.parametrize(
    ("path", "text", "told"),
    [
        (".github/workflows/w.yml", f"on: push\njobs:\n{JOB}{JOB}", "w.yml:6: the key 'a' is given twice"),
        (".github/workflows/w.yml", f"on: push\non: pull_request\njobs:\n{JOB}", "w.yml:2: the key 'on' is given twice"),
        (".github/workflows/w.yml", f"on: push\njobs:\n{JOB}---\non: push\n", "w.yml:1: the file holds several documents"),
        (".gitlab-ci.yml", "a: {script: x}\na: {script: y}\n", ".gitlab-ci.yml:2: the key 'a' is given twice"),
    ],
)  # fmt: skip
def test_it_is_a_gap_with_its_place(tmp_path: Path, path: str, text: str, told: str) -> None:
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text(text)
    snapshot = collect([Checkout(tmp_path)])
    [gap] = [each for each in snapshot.records(Gap) if each.facet == Facet.REPO_FILE_PARTS]
    assert told in gap.detail
    assert len(snapshot.ordinals(Kind.JOB)) == 1, "the rest is read"


def test_a_sound_file_has_none(tmp_path: Path) -> None:
    place = tmp_path / ".github" / "workflows" / "w.yml"
    place.parent.mkdir(parents=True)
    place.write_text(f"on: push\njobs:\n{JOB}")
    assert not [each for each in collect([Checkout(tmp_path)]).records(Gap) if each.facet == Facet.REPO_FILE_PARTS]
