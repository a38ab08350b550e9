"""Pipeline files: `.gitlab-ci.yml`, or what the project names instead, with what it includes, read without running anything.

https://docs.gitlab.com/api/repository_files/
https://docs.gitlab.com/ci/yaml/includes/
"""

from typing import NamedTuple
from urllib.parse import quote

from pipewarden.connectors.base import CredentialRefused
from pipewarden.connectors.definitions import facts_of_told, told_of_definition
from pipewarden.connectors.gitlab.projects import Project
from pipewarden.connectors.gitlab.run import Run
from pipewarden.errors import NotFound, SourceError, UnexpectedAnswer
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import AnyFact, Cause
from pipewarden.pipelines.gitlab import gitlab_weaknesses, read_gitlab

ROOT = ".gitlab-ci.yml"
MOST_ROUNDS = 8
"""How deep includes are followed; GitLab itself takes 150 files in all."""
MOST_FILES = 150
MOST_CHARACTERS = 1_000_000


class Wanted(NamedTuple):
    """A file that a pipeline file names and that is not at hand yet."""

    project: str
    path: str
    ref: str


class Shelf:
    """Texts that were fetched so far; it remembers what was asked for and is missing."""

    def __init__(self, texts: dict[Wanted, str | None]) -> None:
        self._texts = texts
        self.missing: dict[Wanted, None] = {}

    def local(self, path: str) -> str | None:
        """Return a file of the same repository."""
        return self._get(Wanted("", path, ""))

    def elsewhere(self, project: str, path: str, ref: str) -> str | None:
        """Return a file of another project."""
        return self._get(Wanted(project, path.lstrip("/"), ref))

    def _get(self, wanted: Wanted) -> str | None:
        if wanted not in self._texts:
            self.missing[wanted] = None
            return None
        return self._texts[wanted]


async def pipelines(run: Run, project: Project) -> list[AnyFact]:
    """Read a project's pipeline and what it comes to; a project without one has none, and that is known."""
    configured = str(project.row.get("ci_config_path") or "")
    if "://" in configured or "@" in configured:
        detail = "the pipeline file lies outside of the project"
        return [run.gap(project.ref, GitLabFacet.FILES, cause=Cause.NOT_COLLECTED, detail=detail)]
    path = configured.lstrip("/") or ROOT
    if not project.default_branch:
        if "default_branch" in project.row and project.row.get("empty_repo", True) is True:
            return []  # a repository in which nothing is has no branch
        detail = "the default branch was not told"
        return [run.gap(project.ref, GitLabFacet.FILES, cause=Cause.MISSING_FIELD, detail=detail)]
    return await run.guarded(project.ref, GitLabFacet.FILES, lambda: _whole(run, project, path))


async def _whole(run: Run, project: Project, path: str) -> list[AnyFact]:
    texts: dict[Wanted, str | None] = {}
    try:
        text = await _text(run, project.id, path, project.default_branch)
    except NotFound:
        return []
    for _ in range(MOST_ROUNDS):
        shelf = Shelf(dict(texts))
        definition = read_gitlab(path, text, shelf)
        if not shelf.missing or len(texts) > MOST_FILES:
            break
        for wanted in shelf.missing:
            texts[wanted] = await _fetched(run, project, wanted)
    told = told_of_definition(definition, gitlab_weaknesses(definition))
    origin = run.origin(f"GET /projects/{{id}}/repository/files/{path}/raw")
    return facts_of_told(told, repository=project.ref, repository_name=project.path, origin=origin)


async def _fetched(run: Run, project: Project, wanted: Wanted) -> str | None:
    """Return a file that is included; None leaves an open end where it is included, which no verdict passes over."""
    where = quote(wanted.project, safe="") if wanted.project else project.id
    ref = wanted.ref or ("HEAD" if wanted.project else project.default_branch)
    try:
        return await _text(run, where, wanted.path, ref)
    except CredentialRefused:
        raise
    except SourceError:
        return None


async def _text(run: Run, project: str, path: str, ref: str) -> str:
    text = await run.gitlab.text(
        f"/projects/{project}/repository/files/{quote(path, safe='')}/raw",
        template="/projects/{id}/repository/files/{path}/raw",
        params={"ref": ref},
    )
    if len(text) > MOST_CHARACTERS:  # to judge its beginning alone would pass over what comes after
        raise UnexpectedAnswer(f"{path} has more than {MOST_CHARACTERS:,} characters", endpoint="repository/files")
    return text
