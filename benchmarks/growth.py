"""How time grows: eight times the text, the people, or the jobs that edits are planned for may cost some eight times the time.

Run with `make bench-growth`. For each piece of `benchmarks.hostile`, repeated without end, the best of a few runs at one size
stands beside the best at eight times that size; so it does for each estate of `benchmarks.crowds` and each kind of edit of
`benchmarks.plans`. A ratio above 24 (linear is
8, quadratic 64) is told, and the run ends with 1.
"""

import sys
import time
from collections.abc import Callable, Mapping
from functools import partial

from benchmarks.access import machine
from benchmarks.crowds import CROWDS, snapshot
from benchmarks.hostile import IN_JENKINSFILES, IN_TEXT, repeated
from benchmarks.plans import PLANS, workflow
from pipewarden.model.facts import AnyFact
from pipewarden.model.snapshot import Snapshot
from pipewarden.pipelines.jenkins.reader import read_jenkinsfile
from pipewarden.pipelines.jenkins.weaknesses import jenkins_weaknesses
from pipewarden.pipelines.plain import FileKind, find_secrets, instead_of, named_in

SMALL, LARGE = 20_000, 160_000
MOST = 3 * LARGE // SMALL
FEW, MANY = 250, 2_000
"""People, groups, secrets of an estate."""
JOBS, MORE_JOBS = 60, 480
"""Of a workflow for which edits are planned."""
TOO_SHORT = 0.2
"""Seconds below which the large text is fast, whatever the ratio says."""
RUNS = 3
KEY = bytes(range(32))


def jenkinsfile(text: str) -> None:
    """Read and judge a text as a Jenkinsfile."""
    jenkins_weaknesses(read_jenkinsfile("Jenkinsfile", text))


def searched(kind: FileKind) -> Callable[[str], None]:
    """Return the search for plain-text secrets in files of that kind."""

    def search(text: str) -> None:
        find_secrets("x", text, kind, KEY)
        named_in(text)
        instead_of("x", text)

    return search


WORK: Mapping[str, tuple[Mapping[str, str], Callable[[str], None]]] = {
    "jenkins": (IN_JENKINSFILES, jenkinsfile),
    **{kind.value: (IN_TEXT, searched(kind)) for kind in (FileKind.PIPELINE, FileKind.XML, FileKind.DOCKERFILE)},
}


def seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds of the best of a few runs: other work on the machine makes single runs slow."""
    best = float("inf")
    for _ in range(RUNS):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def _asked(ask: Callable[[Snapshot], object], facts: list[AnyFact]) -> None:
    ask(snapshot(iter(facts)))


def told(what: str, name: str, small: float, large: float) -> bool:
    """Print one line; return whether it grows faster than it may."""
    steep = large > TOO_SHORT and large > MOST * small
    print(f"{what:12} {name:34} {small:8.4f} s {large:8.4f} s  ×{large / max(small, 1e-6):5.1f}{'  TOO STEEP' * steep}")
    return steep


def main() -> int:
    """Print one line for each reader and piece; return 1 where one grows faster than it may."""
    print(machine())
    grown = 0
    for reader, (pieces, work) in WORK.items():
        for name, piece in pieces.items():
            few, many = (partial(work, repeated(piece, size)) for size in (SMALL, LARGE))
            grown += told(reader, name, seconds(few), seconds(many))
    for name, (made, ask) in CROWDS.items():
        # what a snapshot keeps once it was found is found anew in each run
        few, many = (partial(_asked, ask, list(made(number))) for number in (FEW, MANY))
        grown += told("access", name, seconds(few), seconds(many))
    for name, (steps, plan) in PLANS.items():
        few, many = (partial(plan, workflow(steps, number)) for number in (JOBS, MORE_JOBS))
        grown += told("plan", name, seconds(few), seconds(many))
    print(f"{grown or 'none'} of them grow more than {MOST} times where what they are given grows eight times")
    return 1 if grown else 0


if __name__ == "__main__":
    sys.exit(main())
