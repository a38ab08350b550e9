"""What a reader may look into beside the file it reads: other files of the repository, and of other repositories."""

from typing import Protocol, runtime_checkable


class Library(Protocol):
    """Gives texts of files that a pipeline file names. None: not at hand, which leaves an open end and no guess.

    A library says the same for as long as it lives, so that readers may keep what they learnt from it.
    """

    def __hash__(self) -> int:
        """Be a key of a table: any object is."""
        ...

    def local(self, path: str) -> str | None:
        """Return a file of the same repository and commit; the path is relative to the root, without a leading slash."""

    def elsewhere(self, project: str, path: str, ref: str) -> str | None:
        """Return a file of another repository of the same system at a ref (empty: its default branch)."""


@runtime_checkable
class Listing(Protocol):
    """A library that also knows which files there are."""

    def listed(self, folder: str) -> tuple[str, ...] | None:
        """Return the YAML files below a folder (empty: the root) by their whole paths, sorted; None: not known."""

    def absent(self, path: str) -> bool:
        """Tell whether it is known that the repository has no such file; one that was only not read is not absent."""


class Nothing:
    """A library without books: each file is read by itself."""

    def local(self, path: str) -> str | None:
        """Return nothing."""
        del path
        return None

    def elsewhere(self, project: str, path: str, ref: str) -> str | None:
        """Return nothing."""
        del project, path, ref
        return None


NOTHING = Nothing()
