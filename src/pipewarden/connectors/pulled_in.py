"""Looks for secrets in plain text in what the pipelines of a checkout pull in, file by file, within bounds."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from pipewarden.connectors.folder import Folder
from pipewarden.connectors.kept import Kept
from pipewarden.connectors.plain_secrets import PlainSecrets
from pipewarden.model.facets import Facet
from pipewarden.model.facts import AnyFact, Cause, Gap, Origin
from pipewarden.model.ids import Ref
from pipewarden.pipelines.files import kind_of
from pipewarden.pipelines.plain import FileKind, Instead, Key, Pull, file_kind, is_example, is_named, named_in, pull_of

MOST_FILES = 20_000
"""Files beyond this many are not searched, and say so."""
MOST_IN_ALL = 256 * 1024 * 1024
"""Bytes of all files together."""
MOST_GAPS = 20
"""Files that were not searched are named one by one up to so many."""
HEAD = 64 * 1024
"""Bytes in which a manifest says what it is."""

OTHERS = frozenset({".hg", ".svn", "bower_components", "vendor", "third_party", ".terraform", "site-packages"})
"""Folders of other people's code, beside those that are not walked at all."""


class Searched(Struct, frozen=True):
    """What a search of one file came to that holds for any key of fingerprints: kept from run to run."""

    clean: bool
    """Nothing was found. What was found is never kept: it is searched anew."""
    names: tuple[str, ...] = ()
    """The files it names."""
    instead: tuple[Instead, ...] = ()


class PlainSearch:
    """The search of one checkout: its pipeline files as they are read, then what they pull in."""

    def __init__(
        self,
        folder: Folder,
        repository: Ref,
        name: str,
        moment: datetime,
        key: Key,
        kept: Kept,
        most_files: int = MOST_FILES,
    ) -> None:
        self._found = PlainSecrets(repository, name, key)
        self._kept = kept
        self._names: set[str] = set()
        self._folder = folder
        self._repository = repository
        self._moment = moment
        self._most_files = most_files
        self._files = 0
        self._bytes = 0
        self._unread: list[str] = []
        self._stopped = False

    def pipeline(self, path: str, text: str | None) -> None:
        """Search a pipeline file, and note which files it names; one that cannot be read is its reader's gap."""
        if text is None:
            return

        known, fresh = self._searched(self._found, path, text)
        if not fresh and not known.clean:
            self._found.search(path, text, self._origin(path))
        self._found.instead(known.instead)
        self._names.update(known.names)

    def ahead(self, path: str, text: str) -> None:
        """Search a pipeline file in a process beside the one that searches: what is found is searched there, under its key."""
        self._searched(PlainSecrets(self._repository, "", _no_key), path, text)

    def _searched(self, found: PlainSecrets, path: str, text: str) -> tuple[Searched, bool]:
        """Return what a search of a pipeline file came to, and whether it was made now: what was found is then in `found`."""

        def search(_others: object) -> Searched:
            clean = not found.search(path, text, self._origin(path))
            return Searched(clean, tuple(sorted(named_in(text))), tuple(found.ways(path, text)))

        return self._kept.known("plain", path, text, Searched, search)

    def wants(self, path: str) -> bool:
        """Tell whether a file may be one that pipelines pull in; pipeline files were searched before."""
        pull = Pull.NO if self._stopped else pull_of(path)
        if pull is Pull.NO or kind_of(path) is not None or not OTHERS.isdisjoint(path.split("/")[:-1]):
            return False
        return pull is not Pull.NAMED or is_named(path, self._names)

    def take(self, path: str, text: str | None) -> None:
        """Search a file that is wanted, where it is not one file too many."""
        manifest = pull_of(path) is not Pull.MANIFEST or is_named(path, self._names) or _is_manifest(path, text)
        if not manifest or self._is_over():
            return
        if text is None:
            if not (
                self._folder.root / path
            ).is_symlink():  # a link's target is searched where it lies, or is no part of it
                self._unread.append(path)
            return
        self._files += 1
        self._bytes += len(text)

        def search(_others: object) -> Searched:
            return Searched(not self._found.read(path, text, self._origin(path), example=is_example(path)))

        known, fresh = self._kept.known("plain", path, text, Searched, search)
        if not fresh and not known.clean:
            self._found.read(path, text, self._origin(path), example=is_example(path))

    def facts(self) -> list[AnyFact]:
        """Return all secrets and gaps."""
        return [*self._found.facts(), *self._gaps()]

    def _origin(self, path: str) -> Origin:
        """Return where a fact comes from."""
        return Origin(f"file {path}", self._moment)

    def _is_over(self) -> bool:
        """Tell whether this checkout had its share; whatever comes after is one gap."""
        self._stopped = self._stopped or self._files >= self._most_files or self._bytes >= MOST_IN_ALL
        return self._stopped

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


def _no_key() -> bytes:
    """Return a key for fingerprints that nobody sees: the key of the store is asked for in one process alone."""
    return bytes(32)


def _is_manifest(path: str, text: str | None) -> bool:
    """Tell whether a file's head says that it is a manifest of Kubernetes."""
    return text is not None and file_kind(path, text[:HEAD]) is FileKind.KUBERNETES
