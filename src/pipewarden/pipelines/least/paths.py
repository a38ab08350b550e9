"""Paths of files that go from one job to the next, and where an artifact puts them.

https://github.com/actions/upload-artifact#upload-using-multiple-paths-and-exclusions
"""

import re
from collections.abc import Sequence

_NAME = r"[A-Za-z0-9_][\w.+-]*"
_FOLDER = re.compile(rf"(?:\./)?(?P<path>(?:/tmp/)?{_NAME}(?:/{_NAME})*)/?")
_STARRED = re.compile(rf"(?:\./)?(?P<path>(?:/tmp/)?(?:{_NAME}/)*[\w.*?+-]*\*[\w.*?+-]*(?:/[\w.*?+-]+)*)")
_BRACES = re.compile(rf"(?:\./)?(?P<path>(?:/tmp/)?{_NAME}(?:/{_NAME})*)/[\w.*{{}},+-]+")
_WORKSPACE = re.compile(r"^(?:\$\{\{\s*github\.workspace\s*\}\}|\$\{?GITHUB_WORKSPACE\}?)/")
_UNKNOWN = re.compile(r"\$\{\{[^}]*\}\}|\$\{[A-Za-z_]\w*\}|\$[A-Za-z_]\w*")
_TELLING = re.compile(r"[A-Za-z0-9]{2}")
_ENDS = re.compile(r"\.(?:zip|jar|war|ear|tgz|gz|xz|bz2|zst|tar|whl|deb|rpm|apk|aab|ipa|exe|msi|dmg|pkg|vsix|crx|xpi|nupkg|gem|"
    r"json|ya?ml|xml|txt|md|html|csv|toml|pem|sig|asc|sha256|sha512|info|out|lcov|sarif|pdf|log|bin|so|dll|wasm|js|css|tf|sql)"
)  # fmt: skip


def folder(text: str) -> str | None:
    """Return a path inside the workspace that is written out; None for anything else."""
    found = _FOLDER.fullmatch(_WORKSPACE.sub("", text.strip()))
    return found["path"] if found is not None and ".." not in text.split("/") else None


def pattern(text: str) -> str | None:
    """Return what an artifact is to hold for one line of files; None where the line is not written out.

    Files of one folder go over as that folder: whoever lists them picks among them again.
    """
    text = _WORKSPACE.sub("", text.strip())
    if _UNKNOWN.search(text):
        # what only the run knows of a name may be anything: more files than are taken do no harm
        text = re.sub(
            r"\*+", lambda stars: stars.group() if "/" in text and "**" in text else "*", _UNKNOWN.sub("*", text)
        )
        if not _TELLING.search(text):
            return None
    plain = folder(text)
    if plain is not None:
        return plain
    listed = _BRACES.fullmatch(text)
    if listed is not None and ".." not in text.split("/"):
        return listed["path"]
    starred = _STARRED.fullmatch(text)
    return starred["path"] if starred is not None and ".." not in text.split("/") else None


def is_file(path: str) -> bool:
    """Tell whether a path is that of one file, by how it ends."""
    return "*" not in path and _ENDS.search(path.rpartition("/")[2]) is not None and _ends(path)


def _ends(path: str) -> bool:
    found = list(_ENDS.finditer(path))
    return bool(found) and found[-1].end() == len(path)


def narrowed(paths: Sequence[str]) -> tuple[str, ...]:
    """Return paths without those that lie inside another one."""
    return tuple(
        dict.fromkeys(
            path
            for path in paths
            if not any(path != other and path.startswith(f"{other}/") and not is_file(other) for other in paths)
        )
    )


def root_of(paths: Sequence[str]) -> str | None:
    """Return the folder that an artifact of some paths has for its root: `.` for the workspace; None where that cannot be told.

    Of one path it is the path, or the folder that holds the one file or what a pattern picks; of several what they have in common.
    """
    searched = tuple(dict.fromkeys(_searched(path) for path in paths))
    if any(path.startswith("/") for path in searched) and not all(path.startswith("/") for path in searched):
        return None
    if "." in searched:
        return "."
    if len(searched) == 1:
        path = searched[0]
        return (path.rpartition("/")[0] or ".") if is_file(path) else path
    common = []
    for parts in zip(*(path.split("/") for path in searched), strict=False):
        if len(set(parts)) > 1:
            break
        common.append(parts[0])
    return "/".join(common) or "."


def _searched(path: str) -> str:
    """Return where a pattern begins to search: all of it before the first star."""
    if "*" not in path:
        return path
    parts = path.split("/")
    first = next(place for place, part in enumerate(parts) if "*" in part)
    return "/".join(parts[:first]) or "."
