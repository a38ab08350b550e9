"""Which version of an action a step uses, as far as its reference or the comment beside it tells."""

import re

from pipewarden.pipelines.parts import Step
from pipewarden.pipelines.uses import Pin

_NUMBER = re.compile(r"[vV]?(?P<numbers>\d+(?:\.\d+)*)(?:[-+].*)?")
_COMMENT = re.compile(r"#.*?(?<![\w.-])(?:[\w./-]*@)?v?(?P<numbers>\d{1,3}(?:\.\d+)*)(?![\w.-])")
"""A comment's version: `# v4.0.2`, `# pin@v2`, and no date."""

Version = tuple[int, ...] | str | None
"""Its numbers; the name of a branch; None where neither is known."""


def version_of(step: Step, text: str) -> Version:
    """Return the version of a step's action. Beside a commit the comment tells it, as those who keep pins fresh write it."""
    if step.uses is None:
        return None
    if step.uses.pin is Pin.SHA:
        lines = text.split("\n")
        at = step.uses_position.line - 1
        found = _COMMENT.search(lines[at].partition(step.uses.ref)[2]) if at < len(lines) else None
    else:
        found = _NUMBER.fullmatch(step.uses.ref.removeprefix("refs/tags/"))
        if found is None:
            return step.uses.ref or None
    return tuple(int(part) for part in found["numbers"].split(".")) if found is not None else None


def is_since(version: Version, since: tuple[int, ...], branches: frozenset[str] = frozenset()) -> bool:
    """Tell whether a version is some version or later; `v2` alone moves, and is the latest of its kind."""
    if version is None or isinstance(version, str):
        return version in branches
    return version >= since or (len(version) < len(since) and version == since[: len(version)])
