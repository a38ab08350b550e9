"""Which files of a repository an include with stars names.

https://docs.gitlab.com/ci/yaml/includes/#include-local-files-with-wildcard-file-paths
"""

import re

from pipewarden.pipelines.library import Library, Listing

MOST_STARS = 20
"""Of one path; with more it is not looked up."""


def named_by(path: str, library: Library) -> tuple[str, ...] | None:
    """Return the files that a path with `*` (within a folder) or `**` (in folders below too) names; None: not known."""
    plain = path.lstrip("/")
    if not isinstance(library, Listing) or plain.count("*") > MOST_STARS:
        return None
    folder = plain.partition("*")[0].rpartition("/")[0]
    paths = library.listed(folder)
    if paths is None:
        return None
    parts = tuple(_PARTS.findall(plain))
    return tuple(each for each in paths if fits(parts, each))


_PARTS = re.compile(r"\*\*+|\*|[^*]")


def fits(parts: tuple[str, ...], path: str) -> bool:
    """Tell whether a path is one that a pattern names, in time that grows with both and no faster."""
    places = _behind_stars(parts, {0})
    for letter in path:
        after = set()
        for at in places:
            part = parts[at] if at < len(parts) else ""
            if part[:2] == "**" or (part == "*" and letter != "/"):
                after.add(at)
            elif part == letter and part != "*":
                after.add(at + 1)
        places = _behind_stars(parts, after)
        if not places:
            return False
    return len(parts) in places


def _behind_stars(parts: tuple[str, ...], places: set[int]) -> set[int]:
    """Return some places with those behind a star, which may stand for nothing."""
    found = set(places)
    for place in places:
        at = place
        while at < len(parts) and parts[at][0] == "*":
            at += 1
            found.add(at)
    return found
