"""Advisories about actions that are known without asking anybody: the few that many pipelines were hit by.

Whoever audits with a token is told all of them by GitHub; this is what a checkout alone can be held against.
"""

from datetime import date
from typing import NamedTuple

KNOWN_UP_TO = date(2026, 11, 25)
"""When these were last compared with the advisories that they name."""


class Advisory(NamedTuple):
    """One advisory about one action, as https://github.com/advisories tells it under its id."""

    action: str
    """`owner/name`, or `owner/name/path` where one action of several is meant; in lower case."""
    id: str
    severity: str
    affected: str
    """The range of versions: `>= 4.0.0, < 4.1.3`."""
    patched: str = ""
    """The first version without the fault; empty where none is told."""

    @property
    def source(self) -> str:
        """The page that tells it."""
        return f"https://github.com/advisories/{self.id}"


KNOWN = (
    # CVE-2025-30066: all tags were moved to a commit that prints the job's secrets
    Advisory("tj-actions/changed-files", "GHSA-mrrh-fwg8-r2c3", "high", "<= 45.0.7", "46.0.1"),
    # CVE-2025-30154: the tag v1 was moved to a commit that prints the job's secrets
    Advisory("reviewdog/action-setup", "GHSA-qmg3-hpqr-gqvc", "high", "= 1"),
    # CVE-2024-42471: an artifact writes outside of its folder; the first telling named 4.1.7 as the version without it,
    # a later one 4.1.3: what is older than both is accused, the newer is advised
    Advisory("actions/download-artifact", "GHSA-cxww-7g56-2vh6", "high", ">= 4.0.0, < 4.1.3", "4.1.7"),
)
"""Each is widely documented; what stands here accuses and never passes."""

_NAMES = frozenset("/".join(each.action.split("/")[:2]) for each in KNOWN)


def about(action: str, path: str, advisories: tuple[Advisory, ...] = KNOWN) -> tuple[Advisory, ...]:
    """Return the advisories about an action (`owner/name`, with the path inside it), whatever their range."""
    if advisories is KNOWN and action.lower() not in _NAMES:
        return ()
    whole = f"{action}/{path}".rstrip("/").lower()
    return tuple(each for each in advisories if each.action == whole or each.action == action.lower())
