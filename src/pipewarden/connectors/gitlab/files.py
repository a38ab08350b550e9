"""Pipeline files: `.gitlab-ci.yml`, or what the project names instead, with what it includes, read without running anything.

https://docs.gitlab.com/api/repository_files/
https://docs.gitlab.com/ci/yaml/includes/
https://docs.gitlab.com/ci/pipelines/downstream_pipelines/
"""

from typing import Any, NamedTuple
from urllib.parse import quote

from pipewarden.connectors.base import CredentialRefused
from pipewarden.connectors.definitions import facts_of_told, told_of_definition
from pipewarden.connectors.gitlab.projects import Project
from pipewarden.connectors.gitlab.run import Run
from pipewarden.errors import NotFound, SourceError, UnexpectedAnswer
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import AnyFact, Cause
from pipewarden.pipelines.files import PipelineKind, kind_of
from pipewarden.pipelines.gitlab import gitlab_weaknesses, read_gitlab
from pipewarden.pipelines.gitlab_oidc import project_of
from pipewarden.pipelines.library import NOTHING
from pipewarden.pipelines.systems import SYSTEMS

ROOT = ".gitlab-ci.yml"
MOST_ROUNDS = 8
"""How deep includes are followed; GitLab itself takes 150 files in all."""
MOST_FILES = 150
YAML = (".yml", ".yaml")
FOLDER = ".gitlab"
SETTINGS = frozenset({PipelineKind.GITLAB_AGENT, PipelineKind.GITLAB_POLICY})
"""Files beside the pipeline that decide what pipelines get; all lie in one folder."""
MOST_CHARACTERS = 1_000_000
MOST_LISTED = 20_000
"""Entries of a folder and what is below it that are listed, a hundred with each request."""


class Wanted(NamedTuple):
    """A file that a pipeline file names and that is not at hand yet."""

    project: str
    path: str
    ref: str


class Fetched:
    """What was fetched of other files so far."""

    def __init__(self) -> None:
        self.texts: dict[Wanted, str | None] = {}
        self.absent: set[Wanted] = set()
        """Those of which GitLab said that there is none."""
        self.folders: dict[str, tuple[str, ...] | None] = {}


class Shelf:
    """What was fetched so far; it remembers what was asked for and is missing."""

    def __init__(self, fetched: Fetched) -> None:
        self._fetched = fetched
        self.missing: dict[Wanted, None] = {}
        self.missing_folders: dict[str, None] = {}

    def local(self, path: str) -> str | None:
        """Return a file of the same repository."""
        return self._get(Wanted("", path, ""))

    def elsewhere(self, project: str, path: str, ref: str) -> str | None:
        """Return a file of another project."""
        return self._get(Wanted(project, path.lstrip("/"), ref))

    def listed(self, folder: str) -> tuple[str, ...] | None:
        """Return the YAML files below a folder of the same repository."""
        if folder not in self._fetched.folders:
            self.missing_folders[folder] = None
            return None
        return self._fetched.folders[folder]

    def absent(self, path: str) -> bool:
        """Tell whether GitLab said that the repository has no such file."""
        return Wanted("", path, "") in self._fetched.absent

    def _get(self, wanted: Wanted) -> str | None:
        if wanted not in self._fetched.texts:
            self.missing[wanted] = None
            return None
        return self._fetched.texts[wanted]


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
    fetched = Fetched()
    try:
        text = await text_of(run, project.id, path, project.default_branch)
    except NotFound:
        return []
    for _ in range(MOST_ROUNDS):
        shelf = Shelf(fetched)
        definition = read_gitlab(path, text, shelf)
        if not (shelf.missing or shelf.missing_folders) or len(fetched.texts) > MOST_FILES:
            break
        for folder in shelf.missing_folders:
            fetched.folders[folder] = await _listed(run, project, folder)
        for wanted in shelf.missing:
            fetched.texts[wanted] = await _fetched(run, project, wanted, fetched)
    told = told_of_definition(definition, gitlab_weaknesses(definition))
    origin = run.origin(f"GET /projects/{{id}}/repository/files/{path}/raw")
    own = project_of(project.path, project.default_branch, project.row.get("ci_id_token_sub_claim_components"))
    return facts_of_told(told, repository=project.ref, repository_name=project.path, origin=origin, project=own)


async def settings(run: Run, project: Project) -> list[AnyFact]:
    """Read a project's agents of clusters and its security policies; a project without such files has none, and that is known."""
    if not project.default_branch:
        return []
    return await run.guarded(project.ref, GitLabFacet.FILES, lambda: _settings(run, project))


async def _settings(run: Run, project: Project) -> list[AnyFact]:
    facts: list[AnyFact] = []
    there = [(path, kind) for path in await _below(run, project, FOLDER) if (kind := kind_of(path)) in SETTINGS]
    if len(there) > MOST_FILES:
        detail = f"{len(there) - MOST_FILES} more files of agents and policies"
        facts.append(run.gap(project.ref, GitLabFacet.FILES, cause=Cause.TOO_LARGE, detail=detail))
    for path, kind in there[:MOST_FILES]:
        text = await text_of(run, project.id, path, project.default_branch)
        reading = SYSTEMS[kind]
        definition = reading.read(path, text, NOTHING)
        told = told_of_definition(definition, reading.judge(definition))
        origin = run.origin(f"GET /projects/{{id}}/repository/files/{path}/raw")
        facts += facts_of_told(told, repository=project.ref, repository_name=project.path, origin=origin)
    return facts


async def _listed(run: Run, project: Project, folder: str) -> tuple[str, ...] | None:
    """Return the YAML files below a folder; None, where they are not told, leaves an open end at the include."""
    try:
        return await _below(run, project, folder)
    except CredentialRefused:
        raise
    except SourceError:
        return None


async def _below(run: Run, project: Project, folder: str) -> tuple[str, ...]:
    """Return the YAML files below a folder; none where there is no such folder. Raises UnexpectedAnswer where it holds too much.

    https://docs.gitlab.com/api/repositories/#list-repository-tree
    """
    asked = {"ref": project.default_branch, "recursive": "true", "pagination": "keyset", "path": folder}
    pages = run.gitlab.pages(
        f"/projects/{project.id}/repository/tree",
        template="/projects/{id}/repository/tree",
        params={name: value for name, value in asked.items() if value},
    )
    rows: list[dict[str, Any]] = []
    try:
        async for row in pages:
            if len(rows) == MOST_LISTED:  # the beginning alone would pass for all
                raise UnexpectedAnswer(
                    f"more than {MOST_LISTED:,} entries below {folder or '/'}", endpoint="repository/tree"
                )
            rows.append(row)
    except NotFound:
        return ()
    paths = (str(row.get("path")) for row in rows if row.get("type") == "blob")
    inside = f"{folder}/" if folder else ""
    return tuple(sorted(each for each in paths if each.startswith(inside) and each.endswith(YAML)))


async def _fetched(run: Run, project: Project, wanted: Wanted, fetched: Fetched) -> str | None:
    """Return a file that is included; None leaves an open end where it is included, which no verdict passes over."""
    where = quote(wanted.project, safe="") if wanted.project else project.id
    ref = wanted.ref or ("HEAD" if wanted.project else project.default_branch)
    try:
        return await text_of(run, where, wanted.path, ref)
    except CredentialRefused:
        raise
    except NotFound:
        fetched.absent.add(wanted)
        return None
    except SourceError:
        return None


async def text_of(run: Run, project: str, path: str, ref: str) -> str:
    """Return the text of a file. Raises UnexpectedAnswer where it is too long to be one of a pipeline."""
    text = await run.gitlab.text(
        f"/projects/{project}/repository/files/{quote(path, safe='')}/raw",
        template="/projects/{id}/repository/files/{path}/raw",
        params={"ref": ref},
    )
    if len(text) > MOST_CHARACTERS:  # to judge its beginning alone would pass over what comes after
        raise UnexpectedAnswer(f"{path} has more than {MOST_CHARACTERS:,} characters", endpoint="repository/files")
    return text
