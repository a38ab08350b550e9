"""Work shared with processes of our own: everything is made once, in order, whatever happens to them.

Each test runs in a Python of its own, where warnings are errors too: the one of the tests may have threads, beside which nobody
forks.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from pipewarden.processes import cores, spare

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are forked on Linux alone")

SHARED = """
import os, signal, sys
from pipewarden.processes import BATCH, Workers

HOLDER = os.getpid()
COUNT = 40 * BATCH + 3

def made(thing):
    return f"{thing} by {'holder' if os.getpid() == HOLDER else 'worker'}".encode()

def every(make, first=0, count=COUNT, processes=2):
    "Make all, as a holder does."
    with Workers(make, first, count, processes) as workers:
        found = [(workers.reach(thing) or make(thing)).decode().split(" by ") for thing in range(first, count)]
        workers.close()
    assert [int(thing) for thing, _ in found] == list(range(first, count))
    return [who for _, who in found]
"""


def ran(code: str, **more: object) -> str:
    """Run some lines in a Python of their own, and return what they print."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SHARED + code], capture_output=True, text=True, check=False, **more
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


@linux
def test_things_are_made_from_both_ends_each_once_and_in_order() -> None:
    ran("""
who = every(made)
assert "worker" in who and who[0] == "holder", who
assert who == sorted(who), "the holder makes the front, and workers the rest"
assert every(made, first=COUNT - 5) and every(made, count=0) == []
assert set(every(made, processes=0)) == {"holder"}
""")


@linux
def test_what_one_cannot_make_is_left_to_the_holder_who_meets_the_error() -> None:
    ran("""
def fails(thing):
    if thing == COUNT - 2:
        raise ValueError(f"{thing} cannot be made")
    return made(thing)

with Workers(fails, 0, COUNT, 2) as workers:
    given = [workers.reach(thing) for thing in range(COUNT)]
assert given[COUNT - 2] is None and given[COUNT - 1] is not None and given[COUNT - 3] is not None
try:
    every(fails)
except ValueError as error:
    assert str(error) == f"{COUNT - 2} cannot be made"
else:
    raise AssertionError("the error was swallowed")
""")


@linux
@pytest.mark.parametrize("where", ["COUNT - 1", "COUNT - 4 * BATCH", "COUNT // 2"])
def test_nothing_is_lost_with_a_worker_that_is_killed(where: str) -> None:
    ran(f"""
def deadly(thing):
    if os.getpid() != HOLDER and thing == {where}:
        os.kill(os.getpid(), signal.SIGKILL)
    return made(thing)

assert len(every(deadly)) == COUNT
assert len(every(deadly, processes=1)) == COUNT
""")


@linux
def test_nothing_is_lost_where_all_are_killed_at_once() -> None:
    ran("""
os.register_at_fork(after_in_child=lambda: os.kill(os.getpid(), signal.SIGKILL))
assert set(every(made, processes=3)) == {"holder"}
""")


@linux
def test_what_is_too_large_for_a_pipe_comes_whole() -> None:
    ran("""
large = lambda thing: bytes([thing % 251]) * 300_000
with Workers(large, 0, 10 * BATCH, 2) as workers:
    assert all((workers.reach(thing) or large(thing)) == large(thing) for thing in range(10 * BATCH))
""")


@linux
def test_no_process_is_left_when_the_holder_stops() -> None:
    ran("""
import errno
for stop in (False, True):
    try:
        with Workers(made, 0, COUNT, 3) as workers:
            workers.reach(0)
            if stop:
                raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        continue
    raise AssertionError("a process is left")
""")


@linux
def test_workers_end_when_their_holder_is_killed() -> None:
    """The pipe to the test closes when the last of them has ended."""
    code = """
import time
with Workers(lambda thing: time.sleep(0.01), 0, 1_000_000, 3) as workers:
    workers.reach(0)
    print("ready", flush=True)
    signal.pause()
"""
    with subprocess.Popen([sys.executable, "-W", "error", "-c", SHARED + code], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"ready\n"
        holder.kill()
        assert holder.stdout.read() == b""


@linux
def test_none_are_started_beside_a_thread() -> None:
    assert (
        ran("""
import threading
from pipewarden.processes import spare
print(spare(3), spare(1))
end = threading.Event()
thread = threading.Thread(target=end.wait)
thread.start()
print(spare(3))
end.set()
thread.join()
""")
        == "2 0\n0\n"
    )


@linux
def test_none_are_started_where_one_core_is_at_hand() -> None:
    code = "import os\nos.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\nfrom pipewarden.processes import spare\nprint(spare())"
    assert ran(code) == "0\n"


def test_cores_are_no_more_than_the_share_of_a_container(tmp_path: Path) -> None:
    here = cores(tmp_path / "nothing", tmp_path)
    assert here >= 1
    proc = tmp_path / "cgroup"
    proc.write_text("0::/system.slice/ci.scope\n")
    inner = tmp_path / "system.slice" / "ci.scope"
    inner.mkdir(parents=True)
    assert cores(proc, tmp_path) == here
    (inner / "cpu.max").write_text("max 100000\n")
    assert cores(proc, tmp_path) == here
    (inner.parent / "cpu.max").write_text("150000 100000\n")
    assert cores(proc, tmp_path) == 1, "a core and a half keep one process busy"
    (inner.parent / "cpu.max").write_text("20000 100000\n")
    assert cores(proc, tmp_path) == 1
    (inner.parent / "cpu.max").write_text("6400000000 100000\n")
    assert cores(proc, tmp_path) == here


def test_cores_are_no_more_than_the_share_of_a_container_of_the_first_version(tmp_path: Path) -> None:
    proc = tmp_path / "cgroup"
    proc.write_text("4:memory:/docker/web\n3:cpu,cpuacct:/docker/web\n0::/\n")
    group = tmp_path / "cpu"
    group.mkdir()
    (group / "cpu.cfs_quota_us").write_text("-1\n")
    (group / "cpu.cfs_period_us").write_text("100000\n")
    here = cores(proc, tmp_path)
    (group / "cpu.cfs_quota_us").write_text("100000\n")
    assert cores(proc, tmp_path) == 1
    assert here == cores(tmp_path / "nothing", tmp_path)


def test_somebody_who_asks_for_one_has_one() -> None:
    assert spare(1) == 0
