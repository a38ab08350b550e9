"""The files of a checkout: one walk over their paths, and each text read once, links not followed."""

import os
import stat
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from pipewarden.connectors.wanted import SKIPPED

MOST_BYTES = 1024 * 1024
"""Larger files are not read, and whoever wanted one says so."""
MOST_REMEMBERED = 512
"""Texts that other files look into, such as templates, are kept up to so many."""


class Folder:
    """One folder on disk, as it stood when its paths were asked for first."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._remembered: dict[str, str | None] = {}

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The paths of all files, `/` between parts, folder by folder; links to folders are not followed."""
        return tuple(files_below(self.root))

    def text(self, path: str) -> str | None:
        """Return a file's text; None for a link, what is no file, and what is too large. Bytes that are not UTF-8 are replaced."""
        try:
            handle = os.open(self.root / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except (OSError, ValueError):  # a path with a null character is no path
            return None
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:
                return None
            return file.read().decode("utf-8", "replace")

    def named(self, path: str) -> str | None:
        """Return a file that a pipeline file names; None where it lies outside the folder or cannot be read."""
        parts = [part for part in path.replace("\\", "/").split("/") if part not in {"", "."}]
        plain = "/".join(parts)
        if plain in self._remembered:
            return self._remembered[plain]
        if not parts or ".." in parts:
            return None
        linked = any(self.root.joinpath(*parts[:n]).is_symlink() for n in range(1, len(parts)))
        text = None if linked else self.text(plain)
        if len(self._remembered) < MOST_REMEMBERED:
            self._remembered[plain] = text
        return text


def files_below(folder: Path) -> Iterator[str]:
    """Yield the paths of all files below a folder, folder by folder; links to folders are not followed."""
    root = str(folder)
    skip = len(os.path.join(root, ""))  # noqa: PTH118 - the root may be `/` itself
    for here, folders, names in os.walk(root):
        folders[:] = sorted(each for each in folders if each not in SKIPPED)
        inside = here[skip:].replace(os.sep, "/")
        prefix = f"{inside}/" if inside else ""
        for name in sorted(names):
            yield prefix + name
