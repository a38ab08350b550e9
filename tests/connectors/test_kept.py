"""What was made of a checkout's files is kept from run to run; whatever is wrong with it, the answer is the same."""

import asyncio
from pathlib import Path

import pytest

from pipewarden.connectors.checkout import Checkout
from pipewarden.connectors.kept import MOST_CHECKOUTS, Kept, content_of
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from tests.checks.builder import NOW

PUSH = "on: push\njobs:\n  {name}:\n    runs-on: ubuntu-latest\n    steps: [{{run: 'a ${{{{ secrets.TOKEN }}}}'}}]\n"


@pytest.fixture
def web(tmp_path: Path) -> Path:
    folder = tmp_path / "web"
    for name in ("build", "test", "ship"):
        path = folder / ".github" / "workflows" / f"{name}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PUSH.format(name=name))
    return folder


def read(folder: Path, keep: Path | None) -> tuple[str, int]:
    """Return the snapshot's content hash and how many files were taken as they were kept."""
    into = SnapshotBuilder()
    counts = asyncio.run(Checkout(folder, keep=keep).collect(into, lambda *_: None))
    return into.finish(SnapshotInfo(sources=(), started=NOW, ended=NOW)).content, counts["unchanged_files"]


def test_a_second_run_reads_only_what_changed(web, tmp_path) -> None:
    keep = tmp_path / "keep"
    plain, _ = read(web, None)
    assert read(web, keep) == (plain, 0)
    assert read(web, keep) == (plain, 3)
    (web / ".github/workflows/ship.yml").write_text(PUSH.format(name="deploy"))
    changed, _ = read(web, None)
    assert changed != plain
    assert read(web, keep) == (changed, 2)
    (web / ".github/workflows/test.yml").unlink()
    assert read(web, keep) == (read(web, None)[0], 2)


@pytest.mark.parametrize("damage", [b"", b"x", b"\0" * 40, "cut", "flipped"])
def test_what_is_damaged_is_made_anew(web, tmp_path, damage) -> None:
    keep = tmp_path / "keep"
    plain, _ = read(web, keep)
    [file] = keep.glob("*.kept")
    whole = file.read_bytes()
    middle = len(whole) // 2
    cut = {"cut": whole[:middle], "flipped": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]}
    file.write_bytes(cut[damage] if isinstance(damage, str) else damage)
    assert read(web, keep) == (plain, 0)
    assert read(web, keep) == (plain, 3)


def test_a_folder_that_cannot_be_written_costs_time_and_nothing_else(web, tmp_path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file")
    assert read(web, taken) == read(web, None)


def test_no_text_of_a_file_is_kept(web, tmp_path) -> None:
    secret = "ghp_" + "a1B2" * 9
    path = web / ".github/workflows/ship.yml"
    path.write_text(
        PUSH.format(name="ship").replace("run:", f"env: {{T: {secret}}}, run:")
        + f"  call:\n    uses: ./x.yml\n    with: {{t: {secret}}}\n"
    )
    read(web, tmp_path / "keep")
    [file] = (tmp_path / "keep").glob("*.kept")
    assert secret.encode() not in file.read_bytes()


def test_a_file_that_looks_into_another_is_made_anew_when_that_one_changed(tmp_path) -> None:
    texts = {"a": "1"}
    made = []

    def make(others):
        made.append(others.local("a"))
        return made[-1] or ""

    for expected in (1, 1, 2):
        if expected == 2:
            texts["a"] = "2"
        kept = Kept(tmp_path, tmp_path)
        assert kept.made("part", "file", "same", str, make, texts.get) == texts["a"]
        kept.close()
        assert len(made) == expected


def test_checkouts_that_nobody_asks_of_are_forgotten(tmp_path) -> None:
    for number in range(MOST_CHECKOUTS + 3):
        kept = Kept(tmp_path / "keep", tmp_path / str(number))
        kept.made("part", "file", "text", str, lambda _: "x", lambda _: None)
        kept.close()
    assert len(list((tmp_path / "keep").glob("*.kept"))) == MOST_CHECKOUTS


def test_a_file_that_is_gone_is_not_an_empty_one() -> None:
    assert content_of(None) != content_of("")
