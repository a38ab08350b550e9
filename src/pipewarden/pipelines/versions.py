"""The version that people write beside a pinned commit, in a comment of the same line: the readers of YAML drop it."""

import re

from pipewarden.model.lazy import lazy
from pipewarden.pipelines.lines import lines_of
from pipewarden.pipelines.released import span_of
from pipewarden.pipelines.uses import Pin, Uses

_COMMENT = re.compile(
    r"#(?<=\s#)\s*(?:(?:tag|version)\s*[=:]\s*|pin\s*@\s*|(?:ratchet:)?[\w.-]{1,100}/[\w./-]{1,200}@)?"
    r"(?P<version>[vV]\d[\w.+-]{0,80}|\d{1,9}\.\d[\w.+-]{0,80}|[A-Za-z][\w.-]{0,60}[-/@][vV]\d[\w.+-]{0,80})(?=[\s,;)]|$)"
)
"""`# v4.2.2`, `# tag=v4.2.2`, `# pin@v4`, `# ratchet:actions/checkout@v4`: how updaters write it."""

MOST_LETTERS = 1000
"""Of a line: what is longer is no `uses:` that somebody wrote."""


class Versions:
    """The comments of one workflow file; its lines are only cut where it pins a commit."""

    def __init__(self, text: str) -> None:
        self._text = text

    @lazy
    def _lines(self) -> list[str]:
        return lines_of(self._text)

    def beside(self, uses: Uses, line: int) -> dict[str, str]:
        """Return the version named beside a pinned commit as an attribute; nothing where there is none."""
        if uses.pin is not Pin.SHA or not 0 < line <= len(self._lines):
            return {}
        _, at, rest = self._lines[line - 1][:MOST_LETTERS].partition(f"@{uses.ref}")
        found = _COMMENT.search(rest) if at else None
        if found is None or span_of(found["version"]) is None:
            return {}
        return {"version": found["version"]}
