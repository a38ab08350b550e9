"""Find planted secrets: recall and precision by kind and by place for two seeds, and false alarms in a folder of files.

Run with `make bench-secrets`, with CORPUS=DIR for a folder of real files, with SCANNERS="DIR DIR" for other scanners' own
tests. The first seed is the one to develop on, the second only reports. Values are put together at run time; none is printed.
"""

import argparse
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from benchmarks import scanners
from benchmarks.access import machine
from benchmarks.planted_files import Planted, planted
from pipewarden.pipelines.files import kind_of
from pipewarden.pipelines.plain import FileKind, Found, file_kind, find_secrets

KEY = b"benchmarks: nobody's"
SEEDS = {"develop": 20261, "report": 70457}
RECALL, PRECISION, ALARMS = 0.85, 0.95, 1.0
"""The goals; false alarms are per 100 files."""
TREES = frozenset({FileKind.YAML, FileKind.KUBERNETES})


class Score:
    """What was found of what was planted."""

    def __init__(self) -> None:
        self.planted: Counter[str] = Counter()
        self.found: Counter[str] = Counter()
        self.false: Counter[str] = Counter()

    def add(self, row: str, *, secret: bool, hit: bool, false: int) -> None:
        """Count one file."""
        self.planted[row] += secret
        self.found[row] += secret and hit
        self.false[row] += false

    @property
    def recall(self) -> float:
        """The part of what was planted that was found."""
        return sum(self.found.values()) / max(1, sum(self.planted.values()))

    @property
    def precision(self) -> float:
        """The part of what was found that was planted."""
        found = sum(self.found.values())
        return found / max(1, found + sum(self.false.values()))

    def table(self, title: str) -> None:
        """Print one line a row."""
        print(f"  {title:<30}{'planted':>8}{'found':>8}{'recall':>8}{'false':>8}")
        for row in sorted({*self.planted, *self.false}):
            count, found = self.planted[row], self.found[row]
            recall = f"{found / count:.2f}" if count else "-"
            print(f"  {row:<30}{count:>8}{found:>8}{recall:>8}{self.false[row]:>8}")


def search(path: str, text: str) -> list[Found]:
    """Search a file as an audit does; passwords of throw-away services are told as such and are no alarm."""
    kind = file_kind(path, text)
    if kind_of(path) is not None and kind in TREES:
        kind = FileKind.PIPELINE
    return [found for found in find_secrets(path, text, kind, KEY) if not found.is_low]


def offset(text: str, found: Found) -> int:
    """Return where a finding begins."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts[found.position.line - 1] + found.position.column - 1


def covers(each: Planted, found: Found) -> bool:
    """Tell whether a finding is what was planted: it begins in it, on its line, or it in the finding."""
    at = offset(each.text, found)
    ends = at + found.end_column - found.position.column
    return at < each.end and ends > each.start


def measure(seed: int, each: int) -> tuple[Score, Score, float]:
    """Plant, search and count, by kind and by place."""
    kinds, places = Score(), Score()
    files = planted(seed, each)
    began = time.process_time()
    results = [search(file.path, file.text) for file in files]
    spent = time.process_time() - began
    for file, found in zip(files, results, strict=True):
        right = [one for one in found if file.value.secret and covers(file, one)]
        false = len(found) - len(right)
        for score, row in ((kinds, file.value.kind), (places, file.place)):
            score.add(row, secret=file.value.secret, hit=bool(right), false=false)
    return kinds, places, len(files) / spent


def files_in(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield pipeline files and what they pull in, below a folder; kept copies of repositories may lie one level deep."""
    for file in sorted(folder.rglob("*")):
        if file.is_file() and not file.is_symlink() and file.stat().st_size <= 1024 * 1024:
            yield file.relative_to(folder).as_posix(), file.read_bytes().decode("utf-8", "replace")


def alarms(folder: Path) -> float:
    """Print the kind and place of every alarm in the pipeline files of a folder; return how many there are for 100 files."""
    count, told, began = 0, 0, time.process_time()
    for path, text in files_in(folder):
        inner = next((path.split("/", at)[-1] for at in range(4) if kind_of(path.split("/", at)[-1])), "")
        if not inner:
            continue
        count += 1
        for found in search(inner, text):
            told += 1
            print(f"  {found.kind:<26}{found.confidence.value:<10}{path}:{found.position.line}")
    spent = time.process_time() - began
    rate = 100 * told / max(1, count)
    print(
        f"  {told} alarms in {count:,} pipeline files: {rate:.2f} for 100 files; {count / max(spent, 1e-9):,.0f} files a CPU second"
    )
    return rate


def main() -> int:
    """Run both seeds; return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=30, help="files for each row of the tables")
    parser.add_argument("--seed", choices=[*SEEDS, "both"], default="both")
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--scanners", type=Path, nargs="*", default=[], help="folders of other scanners' tests")
    chosen = parser.parse_args()
    print(machine())
    missed = False
    for name, seed in SEEDS.items():
        if chosen.seed not in {name, "both"}:
            continue
        kinds, places, speed = measure(seed, chosen.each)
        print(f"\nseed to {name} on ({seed})")
        kinds.table("kind")
        print()
        places.table("place")
        print(f"\n  recall {kinds.recall:.3f} (goal {RECALL}), precision {kinds.precision:.3f} (goal {PRECISION})")
        print(f"  {speed:,.0f} files a CPU second")
        missed = missed or kinds.recall < RECALL or kinds.precision < PRECISION
    if chosen.corpus is not None:
        print(
            f"\nreal files: every alarm is to be read, these are not all false (goal: at most {ALARMS} false for 100 files)"
        )
        alarms(chosen.corpus)
    for folder in chosen.scanners:
        scanners.measure(folder)
    return int(missed)


if __name__ == "__main__":
    raise SystemExit(main())
