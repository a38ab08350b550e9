"""How the time of the readers grows with hostile text: eight times the text may cost some eight times the time.

Run with `make bench-growth`. For each piece of `benchmarks.hostile`, repeated without end, the best of a few runs at one size
stands beside the best at eight times that size. A ratio above 24 (linear is 8, quadratic 64) is told, and the run ends with 1.
"""

import sys
import time
from collections.abc import Callable, Mapping

from benchmarks.access import machine
from benchmarks.hostile import IN_JENKINSFILES, IN_TEXT, repeated
from pipewarden.pipelines.jenkins.reader import read_jenkinsfile
from pipewarden.pipelines.jenkins.weaknesses import jenkins_weaknesses
from pipewarden.pipelines.plain import FileKind, find_secrets, instead_of, named_in

SMALL, LARGE = 20_000, 160_000
MOST = 3 * LARGE // SMALL
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


def seconds(work: Callable[[str], None], text: str) -> float:
    """Return the CPU seconds of the best of a few runs: other work on the machine makes single runs slow."""
    best = float("inf")
    for _ in range(RUNS):
        start = time.process_time()
        work(text)
        best = min(best, time.process_time() - start)
    return best


def main() -> int:
    """Print one line for each reader and piece; return 1 where one grows faster than it may."""
    print(machine())
    grown = 0
    for reader, (pieces, work) in WORK.items():
        for name, piece in pieces.items():
            small, large = (seconds(work, repeated(piece, size)) for size in (SMALL, LARGE))
            steep = large > TOO_SHORT and large > MOST * small
            grown += steep
            print(
                f"{reader:12} {name:34} {small:8.4f} s {large:8.4f} s  ×{large / max(small, 1e-6):5.1f}{'  TOO STEEP' * steep}"
            )
    print(f"{grown or 'none'} of them grow more than {MOST} times where the text grows eight times")
    return 1 if grown else 0


if __name__ == "__main__":
    sys.exit(main())
