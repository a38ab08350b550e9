"""Pipelines of acme as texts, and the short words the tests of GitLab share."""

from textwrap import dedent

from pipewarden.pipelines.definition import DefinedJob, Definition, Weakness
from pipewarden.pipelines.gitlab import gitlab_weaknesses, read_gitlab


class Shelf:
    """A library with some files of this repository, and of others by `project:path`."""

    def __init__(self, **files: str) -> None:
        self.files = files

    def __setitem__(self, path: str, text: str) -> None:
        self.files[path] = dedent(text)

    def local(self, path: str) -> str | None:
        return self.files.get(path)

    def elsewhere(self, project: str, path: str, ref: str) -> str | None:
        return self.files.get(f"{project}:{path}@{ref}")


def shelf(files: dict[str, str]) -> Shelf:
    """Return a library with files."""
    return Shelf(**{path: dedent(text) for path, text in files.items()})


def read(text: str, files: dict[str, str] | None = None, path: str = ".gitlab-ci.yml") -> Definition:
    """Read a file of acme/web."""
    return read_gitlab(path, dedent(text), shelf(files or {}))


def job(text: str, files: dict[str, str] | None = None, name: str = "deploy") -> DefinedJob:
    """Read a file and return one of its jobs."""
    found = read(text, files).job(name)
    assert found is not None
    return found


def weak(text: str, check: str, files: dict[str, str] | None = None) -> list[Weakness]:
    """Return what one check says of a file."""
    return [each for each in gitlab_weaknesses(read(text, files)) if each.check == check]
