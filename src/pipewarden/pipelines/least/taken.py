"""What a step takes of those before it, and the word for where that is not known."""

from typing import NamedTuple


class Taken(NamedTuple):
    """Paths inside the workspace (folders, files, patterns), and whether it works with what was checked out as well."""

    paths: tuple[str, ...] = ()
    repository: bool = False


class UnknownFilesError(Exception):
    """What a step takes is not known; the message says why, where there is more to say than that."""
