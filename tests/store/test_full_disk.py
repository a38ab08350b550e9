"""A disk without room: one clear sentence, and nothing half-written."""

import os
import stat
import subprocess
import sys
from pathlib import Path

from pipewarden.disk import write_whole

SCRIPT = """
import hashlib, resource, sys
from pathlib import Path
from pipewarden.errors import PipewardenError
from pipewarden.store import Store
from tests.access.estate import Estate
place = Path(sys.argv[1])
acme = Estate()
for number in range(20_000):
    acme.member(hashlib.sha256(str(number).encode()).hexdigest())
snapshot = acme.snapshot()
store = Store.open(str(place / "state.db"))
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (250_000, resource.RLIM_INFINITY))
try:
    store.save_snapshot(snapshot)
except PipewardenError as refusal:
    print(type(refusal).__name__, "|", refusal, "|", refusal.hint)
"""


def test_a_snapshot_that_finds_no_room_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], capture_output=True, text=True, check=False, cwd=root
    )
    assert "FullDisk | there is no room" in done.stdout, done.stdout + done.stderr
    assert "Free some space" in done.stdout
    left = [path.name for path in (tmp_path / "snapshots").glob("*")] if (tmp_path / "snapshots").exists() else []
    assert left == []


def test_what_is_no_file_is_written_to_and_never_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "out"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_whole(pipe, "a report", "the report")
        assert os.read(reader, 100) == b"a report"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_link_is_replaced_and_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "else").write_text("mine")
    (tmp_path / "report").symlink_to(tmp_path / "else")
    write_whole(tmp_path / "report", "a report", "the report")
    assert (tmp_path / "else").read_text() == "mine"
    assert (tmp_path / "report").read_text() == "a report"
