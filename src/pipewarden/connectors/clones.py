"""Finds the checkouts below a folder: one folder for each repository, as people keep the clones of an organization."""

import os
from collections.abc import Iterator
from pathlib import Path

from pipewarden.connectors.checkout import repository_name
from pipewarden.connectors.wanted import SKIPPED
from pipewarden.pipelines.files import PipelineKind, kind_of

DEEPEST = 2
"""Folders that lie between a folder of clones and a clone in it, at most: `owner/name`."""

_ROOT_ONLY = (".github/workflows", ".circleci", ".gitlab/ci", ".github/chainguard")
"""Folders that mean something at the root of a repository alone."""
_BESIDE = frozenset({PipelineKind.CODEOWNERS, PipelineKind.DEPENDABOT, PipelineKind.GITHUB_ACTION})


def clones(folder: Path) -> list[tuple[Path, str]]:
    """Return the checkouts that a folder is or holds, each with the name of its repository.

    A folder with a `.git` or pipeline files of its own is one checkout. Otherwise each folder in it that is a repository
    is one, with every other folder beside them that holds pipeline files; where none is, the folder itself.
    """
    if not folder.is_dir() or _is_root(folder) or _has_pipelines(folder):
        return [(folder, repository_name(folder))]
    found = list(_below(folder, 1))
    if not any(_is_root(each) for each in found):
        return [(folder, repository_name(folder))]
    taken: set[str] = set()
    named = []
    for each in found:
        name = repository_name(each)
        if name in taken:  # two clones of one repository are told apart by where they lie
            name = f"local/{each.relative_to(folder).as_posix()}"
        taken.add(name)
        named.append((each, name))
    return named


def root_above(folder: Path) -> Path | None:
    """Return the root of the repository that a folder lies in; None where it is one itself, or lies in none."""
    here = folder.resolve()
    return None if _is_root(here) else next((each for each in here.parents if _is_root(each)), None)


def _below(folder: Path, depth: int) -> Iterator[Path]:
    """Yield the repositories in a folder, and beside them what holds pipeline files at its own root.

    A folder that cannot be listed is one of its own: whoever reads it tells so.
    """
    for each in _folders(folder):
        if not os.access(each, os.R_OK | os.X_OK):
            yield each
            continue
        if _is_root(each):
            yield each
            continue
        deeper = list(_below(each, depth + 1)) if depth < DEEPEST else []
        if any(_is_root(one) for one in deeper):
            yield from deeper
        elif deeper or _has_pipelines(each):
            yield each


def _folders(folder: Path) -> list[Path]:
    try:
        inside = sorted(folder.iterdir())
    except OSError:
        return []
    return [each for each in inside if each.name not in SKIPPED and not each.is_symlink() and each.is_dir()]


def _is_root(folder: Path) -> bool:
    """Tell whether a folder is the root of a repository: by its `.git`, or by what lies only there."""
    return (folder / ".git").exists() or any((folder / place).is_dir() for place in _ROOT_ONLY)


def _has_pipelines(folder: Path) -> bool:
    """Tell whether pipeline files lie directly in a folder."""
    try:
        names = [each.name for each in folder.iterdir() if each.is_file()]
    except OSError:
        return False
    return any((kind := kind_of(name)) is not None and kind not in _BESIDE for name in names)
