"""Audit a folder of pipeline files beside zizmor: time and CPU time, memory, and a second run after one changed file.

Run with `make bench-pipelines CORPUS=DIR`. Nothing is fetched. Both tools run as their users run them, in processes of
their own, on the same folder in the same run, several times in turn; the best of each counts. Compiled Python is kept
between the runs, as after any installation, whatever the environment of the caller says. Whatever folder is given,
its workflows are copied into one repository, because that is what both tools read.

Timed of both is the whole process: its start, the files, the judgement, and all findings written as JSON. Neither keeps
anything between the runs that are compared; what Pipewarden keeps otherwise is measured by the second runs.

Two questions have two answers. What the work costs is files per CPU second, with one process of ours. How long somebody
waits is the time that passes as both run by default: Pipewarden then reads in a process for each core, whose CPU time is
counted, and whose memory is: what all of them take together at their peak, in which what they share counts once. That is
sampled in runs of their own, for looking takes time.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.access import machine
from pipewarden.processes import MOST, cores

GOALS = {"files": 400.0, "megabytes": 200.0, "second": 1.0}
"""Files per CPU second, megabytes for 1,500 files, seconds for the second run of a repository of 2,000 files."""
REPOSITORY = 2_000
"""Files of the repository that is audited a second time, `WORKFLOWS` of them from the corpus."""
WORKFLOWS = 60
LOOK = 0.01
"""Seconds between two looks at the memory of all processes."""


class Run(NamedTuple):
    """What one process took."""

    cpu: float
    wall: float
    megabytes: float


def ran(words: list[str], environment: dict[str, str]) -> Run:
    """Run a command to its end and return what it took; its own children count, nothing else does."""
    start = time.perf_counter()
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment) as process:
        assert process.stderr is not None
        said = process.stderr.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - start
    if process.returncode not in {0, 1} and not 10 <= process.returncode <= 14:
        raise SystemExit(
            f"{' '.join(words[:3])} ended with {process.returncode}: {said[-500:].decode(errors='replace')}"
        )
    return Run(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024)


def weighed(words: list[str], environment: dict[str, str]) -> float:
    """Run a command to its end; return the megabytes that it and all its processes took together at their peak."""
    peak, over = 0, threading.Event()
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment) as process:

        def look() -> None:
            nonlocal peak
            while not over.wait(LOOK):
                shares = [_shares(pid) for pid in _tree(process.pid)]
                peak = max(peak, sum(own for own, _ in shares) + max(mapped for _, mapped in shares))

        looking = threading.Thread(target=look)
        looking.start()
        process.wait()
        over.set()
        looking.join()
    return peak / 1024


def _tree(pid: int) -> list[int]:
    """Return a process and all that it started, and they, as far as they are still there."""
    found = [pid]
    try:
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in children.read_text().split():
                found += _tree(int(child))
    except OSError:  # it has ended
        pass
    return found


def _shares(pid: int) -> tuple[int, int]:
    """Return what a process takes in kilobytes, and beside it the files that it has mapped; 0 where it has ended.

    Of pages that a copy of a process shares with it each counts its part. Files count whole: whoever else on the machine has
    them mapped makes them no smaller. https://docs.kernel.org/filesystems/proc.html (smaps_rollup)
    """
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    except OSError:
        return 0, 0
    sizes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
    return sizes.get("Pss_Anon", 0), sizes.get("Rss", 0) - sizes.get("Anonymous", 0)


def gathered(corpus: Path, into: Path, most: int) -> int:
    """Copy the workflows below a folder into one repository, up to `most`; return how many there are."""
    target = into / ".github" / "workflows"
    target.mkdir(parents=True)
    count = 0
    for path in sorted(corpus.rglob("*.y*ml")):
        if path.is_file() and ".github/workflows" in path.parent.as_posix() and count < most:
            shutil.copyfile(path, target / f"{count:05}-{path.name}")
            count += 1
    return count


def filled(into: Path, workflows: list[Path]) -> None:
    """Make a repository of `REPOSITORY` files: workflows from all over the corpus, and source code around them."""
    target = into / ".github" / "workflows"
    target.mkdir(parents=True)
    chosen = workflows[:: max(len(workflows) // WORKFLOWS, 1)][:WORKFLOWS]
    for path in chosen:
        shutil.copyfile(path, target / path.name)
    for number in range(REPOSITORY - len(chosen)):
        source = into / "src" / f"part{number % 40}" / f"module{number}.py"
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text("def twice(number: int) -> int:\n    return 2 * number\n" * 60)


def changed_once(words: list[str], folder: Path, environment: dict[str, str], rounds: int) -> Run:
    """Return what a run takes after one workflow of a folder changed since the run before."""
    ran(words, environment)
    again: list[Run] = []
    workflows = sorted((folder / ".github" / "workflows").iterdir())
    for number in range(rounds):
        with workflows[number % len(workflows)].open("a") as file:
            file.write(f"# changed {number}\n")
        again.append(ran(words, environment))
    return best(again)


def best(runs: list[Run]) -> Run:
    """Return the run with the least CPU time."""
    return min(runs, key=lambda run: run.cpu)


def soonest(runs: list[Run]) -> Run:
    """Return the run that was over first."""
    return min(runs, key=lambda run: run.wall)


def main() -> int:
    """Run both; return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--most", type=int, default=2_000, help="files at most")
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    if not chosen.corpus.is_dir():
        parser.error(f"{chosen.corpus} is not a folder")
    zizmor = shutil.which("zizmor", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    print(machine())
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        return _compared(chosen, Path(place), zizmor)


def _took(run: Run) -> str:
    return f"{run.wall:.2f} s, {run.cpu:.2f} s CPU, {run.megabytes:.0f} MB"


def _line(name: str, count: int, run: Run) -> str:
    rate = f"{count / run.cpu:6.0f} files per CPU second"
    return f"{name:16} {rate}  {run.cpu:6.2f} s CPU  {run.wall:6.2f} s  {run.megabytes:5.0f} MB"


def _waited(name: str, run: Run, megabytes: float) -> str:
    return f"{name:16} {run.wall:6.2f} s  {run.cpu:6.2f} s CPU  {megabytes:5.0f} MB"


def _compared(chosen: argparse.Namespace, place: Path, zizmor: str | None) -> int:
    folder = place / "repository"
    count = gathered(chosen.corpus, folder, chosen.most)
    if not count:
        raise SystemExit(f"there is no workflow below {chosen.corpus}")
    environment = {
        **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        "PYTHONPYCACHEPREFIX": str(place / "compiled"),
        "XDG_CACHE_HOME": str(place / "cache"),
        "XDG_DATA_HOME": str(place / "data"),
        "NO_COLOR": "1",
    }
    ours = [
        sys.executable,
        "-m",
        "pipewarden",
        "--quiet",
        "audit",
        str(folder),
        "--no-store",
        "--no-zizmor",
        "--fail-on",
        "never",
        "--format",
        "json",
    ]
    theirs = [zizmor or "", "--offline", "--no-progress", "--no-exit-codes", "--format", "json", str(folder)]
    fresh = [*ours, "--no-cache"]
    alone = {**environment, "PIPEWARDEN_PROCESSES": "1"}
    ran(fresh, environment)
    one: list[Run] = []
    usual: list[Run] = []
    peer: list[Run] = []
    for _ in range(chosen.rounds):
        one.append(ran(fresh, alone))
        usual.append(ran(fresh, environment))
        if zizmor:
            peer.append(ran(theirs, environment))
    mine, every = best(one), changed_once(ours, folder, environment, chosen.rounds)
    megabytes = max(weighed(fresh, environment) for _ in range(chosen.rounds))
    whole = place / "whole"
    filled(whole, sorted((folder / ".github" / "workflows").iterdir()))
    second = changed_once(
        [str(whole) if word == str(folder) else word for word in ours], whole, environment, chosen.rounds
    )
    print(
        f"{count:,} workflows, best of {chosen.rounds}; timed: the whole process, from its start to all findings as JSON"
    )
    print("what it costs, in CPU time; Pipewarden in one process:")
    print(_line("pipewarden -j 1", count, mine))
    if zizmor:
        said = subprocess.run([zizmor, "--version"], capture_output=True, text=True, check=True).stdout
        name = f"zizmor {said.split()[-1]}"
        print(_line(name, count, best(peer)))
        print(f"ratio of CPU time {best(peer).cpu / mine.cpu:.2f} (above 1: Pipewarden takes less)")
    else:
        print("zizmor is not installed: pip install 'pipewarden[zizmor]' compares with it")
    print(
        f"how long it takes, as both run by default; Pipewarden in {min(cores(), MOST)} processes, their memory together:"
    )
    print(_waited("pipewarden", soonest(usual), megabytes))
    if zizmor:
        print(_waited(name, soonest(peer), max(weighed(theirs, environment) for _ in range(chosen.rounds))))
        print(f"ratio of time {soonest(peer).wall / soonest(usual).wall:.2f} (above 1: Pipewarden is done first)")
    print(f"CPU time of all processes beside that of one: {best(usual).cpu / mine.cpu - 1:+.1%}")
    print(f"after one changed file of {REPOSITORY:,}, {WORKFLOWS} of them workflows: {_took(second)}")
    print(f"after one changed file of {count:,}, all of them workflows: {_took(every)}")
    missed = []
    if count / mine.cpu < GOALS["files"]:
        missed.append(f"{GOALS['files']:.0f} files per CPU second")
    if count <= 1_500 and max(megabytes, mine.megabytes) >= GOALS["megabytes"]:
        missed.append(f"{GOALS['megabytes']:.0f} MB")
    if zizmor and best(peer).cpu <= mine.cpu:
        missed.append("less CPU time than zizmor alone")
    if zizmor and soonest(peer).wall <= soonest(usual).wall:
        missed.append("done before zizmor alone")
    if second.wall >= GOALS["second"]:
        missed.append(f"{GOALS['second']:.0f} s after one changed file")
    print(f"missed: {', '.join(missed)}" if missed else "the goals are met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
