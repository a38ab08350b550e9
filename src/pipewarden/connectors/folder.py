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
        self._root = str(root)
        self.unread: list[str] = []
        """The folders whose files could not be listed, as far as the paths were asked for."""
        self._remembered: dict[str, str | None] = {}
        self._real: dict[str, str] = {}
        self._linked: dict[str, bool] = {}

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The paths of all files, `/` between parts, folder by folder; links to folders are not followed.

        A name of bytes that are no text is written with their numbers in its place, so that it can be kept and shown.
        """
        found = list(files_below(self.root, self.unread))
        self.unread = [_written(path) for path in self.unread]
        odd = [path for path in found if _written(path) != path]
        if not odd:
            return tuple(found)
        taken = set(found)
        for path in odd:
            folder, slash, name = _written(path).rpartition("/")
            while (shown := folder + slash + name) in taken:
                name = f"\\{name}"  # another file has this very name
            taken.add(shown)
            self._real[path] = shown
        shown_of, self._real = self._real, {shown: path for path, shown in self._real.items()}
        return tuple(shown_of.get(path, path) for path in found)

    def place(self, path: str) -> Path:
        """Return where a file lies on disk."""
        return self.root / self._real.get(path, path)

    def _within(self, path: str) -> str:
        """Return what `place` returns, as text: a `Path` is as dear as reading a small file."""
        return os.path.join(self._root, self._real.get(path, path))  # noqa: PTH118

    def text(self, path: str) -> str | None:
        """Return a file's text; None for a link, what is no file, and what is too large. Bytes that are not UTF-8 are replaced."""
        try:
            handle = os.open(self._within(path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except (OSError, ValueError):  # a path with a null character is no path
            return None
        data = _whole(handle)
        return None if data is None else data.decode("utf-8", "replace")

    def named(self, path: str) -> str | None:
        """Return a file that a pipeline file names; None where it lies outside the folder or cannot be read."""
        parts = [part for part in path.replace("\\", "/").split("/") if part not in {"", "."}]
        plain = "/".join(parts)
        if plain in self._remembered:
            return self._remembered[plain]
        if not parts or ".." in parts:
            return None
        text = None if self._is_linked(parts[:-1]) else self.text(plain)
        if len(self._remembered) < MOST_REMEMBERED:
            self._remembered[plain] = text
        return text

    def _is_linked(self, folders: list[str]) -> bool:
        """Tell whether one of some folders, each in the one before, is a link: asked once, for files that are named lie together."""
        innermost = "/".join(folders)
        known = self._linked.get(innermost)
        if known is None:
            places = (self._within("/".join(folders[:n])) for n in range(1, len(folders) + 1))
            known = any(os.path.islink(place) for place in places)  # noqa: PTH114 - a `Path` is dearer than the question
            if len(self._linked) < MOST_REMEMBERED:
                self._linked[innermost] = known
        return known


def text_of(place: Path) -> str:
    """Return the text of a file of a size that is read, "" for anything else: a device or a pipe never ends."""
    try:
        handle = os.open(place, os.O_RDONLY | os.O_NONBLOCK)
    except (OSError, ValueError):
        return ""
    return (_whole(handle) or b"").decode("utf-8", "replace")


def _whole(handle: int) -> bytes | None:
    """Return what an open file holds as far as its size says, and close it; None for what is no file, and what is too large."""
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:
            return None
        left, parts = status.st_size, []
        while left > 0 and (part := os.read(handle, left)):
            parts.append(part)
            left -= len(part)
        return b"".join(parts)
    finally:
        os.close(handle)


def _written(path: str) -> str:
    """Return a path as text that can be written down."""
    return path if path.isascii() else os.fsencode(path).decode("utf-8", "backslashreplace")


def files_below(folder: Path, unread: list[str] | None = None) -> Iterator[str]:
    """Yield the paths of all files below a folder, folder by folder; links to folders are not followed.

    A folder that cannot be listed is added to `unread`.
    """
    root = str(folder)
    skip = len(os.path.join(root, ""))  # noqa: PTH118 - the root may be `/` itself

    def refused(error: OSError) -> None:
        if unread is not None:
            unread.append(str(error.filename)[skip:].replace(os.sep, "/") or ".")

    for here, folders, names in os.walk(root, onerror=refused):
        folders[:] = sorted(each for each in folders if each not in SKIPPED)
        inside = here[skip:].replace(os.sep, "/")
        prefix = f"{inside}/" if inside else ""
        for name in sorted(names):
            yield prefix + name
