"""Reads what the pipelines of a checkout pull in and looks for secrets in it, file by file, within bounds."""

import os
import stat
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from pipewarden.connectors.plain_secrets import PlainSecrets
from pipewarden.model.facets import Facet
from pipewarden.model.facts import AnyFact, Cause, Gap, Origin
from pipewarden.model.ids import Ref
from pipewarden.pipelines.files import kind_of
from pipewarden.pipelines.plain import FileKind, Key, Pull, file_kind, is_example, is_named, named_in, pull_of

MOST_BYTES = 1024 * 1024
"""Larger files are not searched, and say so."""
MOST_FILES = 20_000
"""Files beyond this many are not searched, and say so."""
MOST_IN_ALL = 256 * 1024 * 1024
"""Bytes of all files together."""
MOST_GAPS = 20
"""Files that were not searched are named one by one up to so many."""
HEAD = 64 * 1024
"""Bytes in which a manifest says what it is."""

SKIPPED = frozenset(
    {".git", ".hg", ".svn", "node_modules", "bower_components", "vendor", "third_party", ".venv", "venv", "__pycache__",
     ".tox", ".mypy_cache", ".terraform", "site-packages"}
)  # fmt: skip
"""Folders of other people's code, and of tools."""


def plain_facts(
    folder: Path,
    pipelines: Iterable[str],
    *,
    repository: Ref,
    name: str,
    moment: datetime,
    key: Key,
    most_files: int = MOST_FILES,
) -> list[AnyFact]:
    """Return the secrets in plain text of a checkout's pipeline files and of what they pull in, and the gaps."""
    search = PlainSearch(folder, repository, name, moment, key, most_files)
    for path in pipelines:
        search.pipeline(path)
    return search.facts()


def files_below(folder: Path) -> Iterator[str]:
    """Yield the paths of all files in order; links to folders are not followed."""
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(each for each in folders if each not in SKIPPED)
        inside = os.path.relpath(here, folder)
        prefix = "" if inside == "." else inside.replace(os.sep, "/") + "/"
        for name in sorted(names):
            yield prefix + name


class PlainSearch:
    """The search of one checkout: its pipeline files as they are read, then what they pull in."""

    def __init__(
        self, folder: Path, repository: Ref, name: str, moment: datetime, key: Key, most_files: int = MOST_FILES
    ) -> None:
        self._found = PlainSecrets(repository, name, key)
        self._names: set[str] = set()
        self._folder = folder
        self._repository = repository
        self._moment = moment
        self._most_files = most_files
        self._files = 0
        self._bytes = 0
        self._unread: list[str] = []
        self._stopped = False

    def pipeline(self, path: str) -> None:
        """Search a pipeline file, and note which files it names; one that cannot be read is its reader's gap."""
        text = self._text(path)
        if text is not None:
            self._found.pipeline(path, text, self._origin(path))
            self._names |= named_in(text)

    def facts(self) -> list[AnyFact]:
        """Search what the pipeline files pull in, and return all secrets and gaps."""
        for path in files_below(self._folder):
            if self._wants(path):
                if self._is_over():
                    break
                self._file(path)
        return [*self._found.facts(), *self._gaps()]

    def _origin(self, path: str) -> Origin:
        """Return where a fact comes from."""
        return Origin(f"file {path}", self._moment)

    def _wants(self, path: str) -> bool:
        """Tell whether a file is one that pipelines pull in; pipeline files were searched before."""
        pull = pull_of(path)
        if pull is Pull.NO or kind_of(path) is not None:
            return False
        if pull is Pull.MANIFEST:
            return is_named(path, self._names) or self._is_manifest(path)
        return pull is Pull.YES or is_named(path, self._names)

    def _is_over(self) -> bool:
        """Tell whether this checkout had its share; whatever comes after is one gap."""
        self._stopped = self._files >= self._most_files or self._bytes >= MOST_IN_ALL
        return self._stopped

    def _file(self, path: str) -> None:
        """Search one file."""
        text = self._text(path)
        if text is None:
            if not (self._folder / path).is_symlink():  # a link's target is searched where it lies, or is no part of it
                self._unread.append(path)
            return
        self._files += 1
        self._bytes += len(text)
        self._found.read(path, text, self._origin(path), example=is_example(path))

    def _text(self, path: str) -> str | None:
        """Return a file's text; links are not followed, bytes that are not UTF-8 are replaced."""
        try:
            handle = os.open(self._folder / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return None
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:
                return None
            return file.read().decode("utf-8", "replace")

    def _is_manifest(self, path: str) -> bool:
        try:
            handle = os.open(self._folder / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return False
        with os.fdopen(handle, "rb") as file:
            head = file.read(HEAD).decode("utf-8", "replace") if stat.S_ISREG(os.fstat(handle).st_mode) else ""
        return file_kind(path, head) is FileKind.KUBERNETES

    def _gaps(self) -> Iterator[Gap]:
        """Yield what was not searched."""
        for path in self._unread[:MOST_GAPS]:
            yield self._gap(Cause.UNREADABLE, f"{path} is too large or cannot be read")
        if len(self._unread) > MOST_GAPS:
            yield self._gap(Cause.UNREADABLE, f"{len(self._unread) - MOST_GAPS} more files that pipelines pull in")
        if self._stopped:
            yield self._gap(Cause.TOO_LARGE, f"what pipelines pull in, after {self._files} files of it")

    def _gap(self, cause: Cause, detail: str) -> Gap:
        origin = Origin("files that pipelines pull in", self._moment)
        return Gap(scope=self._repository, facet=Facet.REPO_PLAIN_TEXT, cause=cause, detail=detail, origin=origin)
