"""CODEOWNERS by GitLab's rules: sections that are asked one by one, each with owners of its own for lines that name none.

https://docs.gitlab.com/user/project/codeowners/reference/
"""

import re
from collections.abc import Callable

from msgspec import Struct

from pipewarden.pipelines.codeowners import MAX_BYTES, MAX_PATTERN, Codeowners, Rule

PLACES = ("CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
"""Where the file may stand; the first that is there counts.

https://docs.gitlab.com/user/project/codeowners/#codeowners-file
"""

EVERYTHING = frozenset({"*", "**", "/**", "/**/*", "**/*"})
"""Patterns that stand for all of a repository."""

_SECTION = re.compile(r"\^?\[(?P<name>[^\]]+)\](?:\[\d+\])?(?P<owners>.*)")
_TOKEN = re.compile(r"(?:\\.|[^\s\\]|\\$)+")


class Entry(Struct, frozen=True):
    """A line: a pattern as it is written, and its owners, or those of its section."""

    pattern: str
    owners: tuple[str, ...]
    line: int


class CodeOwners(Struct, frozen=True):
    """A CODEOWNERS file by its sections."""

    sections: tuple[tuple[Entry, ...], ...]

    def of_all(self) -> tuple[str, ...]:
        """Return the owners of what no other line speaks of: in each section the last line for everything."""
        return self._owners(lambda entries: next((e for e in reversed(entries) if e.pattern in EVERYTHING), None))

    def of(self, path: str) -> tuple[str, ...]:
        """Return the owners of a file: of each section those of the last line that fits it."""

        def deciding(entries: tuple[Entry, ...]) -> Entry | None:
            rules = tuple(Rule(_anchored(e.pattern), e.owners, e.line) for e in entries)
            rule = Codeowners("CODEOWNERS", rules, ()).rule_for(path)
            return None if rule is None else next(e for e in entries if e.line == rule.line)

        return self._owners(deciding)

    def _owners(self, deciding: Callable[[tuple[Entry, ...]], Entry | None]) -> tuple[str, ...]:
        found = [entry.owners for entries in self.sections if (entry := deciding(entries)) is not None]
        return tuple(dict.fromkeys(owner for owners in found for owner in owners))


def read_code_owners(text: str) -> CodeOwners:
    """Read a file; never raises. A line that is none is passed over, as GitLab does. Sections of one name are one."""
    sections: dict[str, list[Entry]] = {"": []}
    name, default = "", tuple[str, ...]()
    for number, raw in enumerate(text[:MAX_BYTES].removeprefix("\ufeff").splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if head := _SECTION.fullmatch(line):
            name, default = head["name"].strip().lower(), _owners(head["owners"].split())
            sections.setdefault(name, [])
            continue
        words = [found.group() for found in _TOKEN.finditer(line)]
        pattern = words[0].removeprefix("!")
        if len(pattern) > MAX_PATTERN or not pattern.strip("/"):
            continue
        excluded = words[0].startswith("!")  # what is excluded has no owner in its section
        owners = () if excluded else _owners(words[1:]) or default
        sections[name].append(
            Entry(pattern.removeprefix("\\") if pattern.startswith("\\#") else pattern, owners, number)
        )
    return CodeOwners(tuple(tuple(each) for each in sections.values() if each))


def _owners(words: list[str]) -> tuple[str, ...]:
    return tuple(word for word in words if "@" in word)


def _anchored(pattern: str) -> str:
    """Return a pattern as GitHub would read it: one that does not begin with a slash is meant in every folder."""
    return pattern if pattern.startswith(("/", "**/")) else f"**/{pattern}"
