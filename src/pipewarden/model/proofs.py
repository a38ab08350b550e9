"""What a finding in a file rests on, one short word for each place: known again in a later run, wherever its line is by then."""

import hashlib
import re
from typing import NamedTuple

from pipewarden.model.findings import Severity

_NUMBERS = re.compile(r"\d(?<![\w.-].)\d*+(?![\w.-])")
"""Numbers of steps and lines: they change with what stands before.

What must not stand before one is asked behind its first digit, by which the engine leaps."""


class Proof(NamedTuple):
    """One proof: the job, what is wrong there as a digest of the words, and how grave it is."""

    job: str
    what: str
    severity: Severity

    @property
    def key(self) -> tuple[str, str]:
        """What it is known again by, however grave it was."""
        return self.job, self.what

    def __str__(self) -> str:
        """Write it as reports hold it: `deploy/1f2e3d4c/high`."""
        return f"{self.job}/{self.what}/{self.severity.word}"


def proof(job: str, says: str, severity: Severity) -> str:
    """Return the word for one proof."""
    return str(Proof(job, digest(says), severity))


def digest(says: str) -> str:
    """Return what a sentence says as a short word: the same wherever in the file the thing stands."""
    text = _NUMBERS.sub("#", says)
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=4).hexdigest()


def read(word: str) -> Proof | None:
    """Read the word for a proof; None where it is none."""
    job, _, rest = word.rpartition("/")
    job, _, what = job.rpartition("/")
    severity = next((each for each in Severity if each.word == rest), None)
    return Proof(job, what, severity) if severity is not None and what else None
