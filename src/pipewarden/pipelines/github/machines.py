"""Machines of which a file does not tell whose they are, under events of outsiders: an open end.

https://docs.github.com/en/actions/how-tos/write-workflows/choose-where-workflows-run/choose-the-runner-for-a-job
"""

import re
from collections.abc import Iterable, Iterator

from pipewarden.model.jobs import Circle, LooseEnd, Spot, Start

BEARS = ("wf.runner.self_hosted_untrusted",)
_OPEN = frozenset({"group", "custom", "dynamic"})
_PULLS = frozenset({"pull_request", "pull_request_target", "issue_comment"})
_OUTSIDE = frozenset({Circle.FORK, Circle.OUTSIDER})
_THROWN_AWAY = re.compile(
    r"(?:blacksmith-|buildjet-|depot-|nscloud-|namespace-profile-|ubicloud|warp-(?:ubuntu|windows|macos)-)\S*",
    re.IGNORECASE,
)
"""Labels of companies that rent machines for one job each, by their own documentation: Blacksmith, BuildJet, Depot,
Namespace, Ubicloud, WarpBuild."""


def open_machine(
    kind: str, labels: tuple[str, ...], group: str, starts: Iterable[Start], spot: Spot, job: str
) -> Iterator[LooseEnd]:
    """Yield that strangers' code may run on a machine of one's own: a group, a label of one's own, an expression."""
    if kind not in _OPEN or (kind == "custom" and labels and all(map(_is_thrown_away, labels))):
        return
    events = [start.event for start in starts if start.event in _PULLS and start.by in _OUTSIDE]
    if events:
        own = ", ".join(label for label in labels if not _is_thrown_away(label))
        chosen = "a machine that an expression chooses"
        what = f"the group {group}" if group else chosen if kind == "dynamic" or not own else own
        says = f"job {job[:60]} on {events[0]} runs on {what[:80]}: whether that is self-hosted the file does not tell"
        yield LooseEnd(says=says, spot=spot, bears=BEARS)


def _is_thrown_away(label: str) -> bool:
    return _THROWN_AWAY.fullmatch(label.strip()) is not None or _HOSTED_BEGIN.match(label.strip()) is not None


_HOSTED_BEGIN = re.compile(
    r"(?:ubuntu|windows|macos)-(?:latest|\d[\d.]*)(?:-(?:arm|xlarge|large|intel))?$", re.IGNORECASE
)
