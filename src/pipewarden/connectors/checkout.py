"""Reads the pipeline files and CODEOWNERS of a git checkout, without any token and without running anything."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from pipewarden.connectors.ahead import Ahead
from pipewarden.connectors.base import Progress
from pipewarden.connectors.definitions import ToldDefinition, facts_of_told, told_of_definition
from pipewarden.connectors.folder import Folder, text_of
from pipewarden.connectors.jobs import by_path, job_facts, owned, with_jobs
from pipewarden.connectors.joined import Joins, Place, project_of_gitlab, remote_of
from pipewarden.connectors.kept import Kept
from pipewarden.connectors.pipelines import Told, gap_of_actions, told_of, workflow_facts
from pipewarden.connectors.plain_secrets import key_without_store
from pipewarden.connectors.pulled_in import PlainSearch
from pipewarden.connectors.second_opinion import Without, asked, gap_without, of_actions, with_told
from pipewarden.connectors.trust_files import TrustSearch
from pipewarden.connectors.uncalled_actions import told_of_action, without_callers
from pipewarden.connectors.zizmor import CONFIGS, Zizmor
from pipewarden.connectors.zizmor import Told as ToldByZizmor
from pipewarden.errors import UsageError
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.facets import Facet
from pipewarden.model.facts import AnyFact, Cause, Gap, Origin, Resource, Trust
from pipewarden.model.ids import Kind, Ref
from pipewarden.pipelines.codeowners import Codeowners, read_codeowners
from pipewarden.pipelines.dependabot import read_dependabot
from pipewarden.pipelines.files import PipelineKind, active_codeowners, kind_of
from pipewarden.pipelines.github.compose import compose
from pipewarden.pipelines.github.frames import Shelf
from pipewarden.pipelines.github.opened import OpenAction, OpenWorkflow, opened_action
from pipewarden.pipelines.github.splicing import read_own
from pipewarden.pipelines.gitlab_oidc import Project
from pipewarden.pipelines.library import Library
from pipewarden.pipelines.oidc import Repository
from pipewarden.pipelines.plain import Key
from pipewarden.pipelines.systems import SYSTEMS, Reading

MOST_UNLISTED = 20
"""Folders that could not be listed are named one by one up to so many."""
MOST_FILES = 20_000
"""Pipeline files beyond this many are not read, and say so."""

GITLAB_ROOT = ".gitlab-ci.yml"
YAML = (".yml", ".yaml")

_REMOTE = re.compile(r"(?:github\.com[:/]|https?://[^/]+/|git@[^:]+:)([^/\s]+/[^/\s]+?)(?:\.git)?/?$")


_OF_ZIZMOR = frozenset({PipelineKind.GITHUB_WORKFLOW, PipelineKind.GITHUB_ACTION})
Said = tuple[dict[str, list[ToldByZizmor]], dict[str, str]]
"""What zizmor told of each file, and why it told nothing of some."""


class Checkout:
    """One folder on disk. `key` keys the fingerprints of secrets in plain text; without one they hold for this run."""

    def __init__(
        self, folder: Path, key: Key = key_without_store, *, name: str = "", keep: Path | None = None,
        zizmor: Zizmor | Without = Without.OFF, joins: Joins | None = None, processes: int = 1,
    ) -> None:  # fmt: skip
        """`keep` is the folder where what was made of files is kept from run to run; None keeps nothing.

        So many `processes` read its files where that pays; 0: one for each core.

        `zizmor` is asked about workflows beside our own rules, or is why nobody is. `joins` finds the repository among
        what was read before; a `name` that was given counts for any host.
        """
        self._joins = joins
        self.place: Place | None = None
        self._zizmor = zizmor
        self.folder = folder
        self.files = Folder(folder)
        self._key = key
        self.keep = keep
        self._processes = processes
        self.name = name
        self.address = f"path:{name or repository_name(folder)}"

    async def collect(self, into: SnapshotBuilder, progress: Progress) -> dict[str, int]:
        """Read all pipeline files below the folder. Raises UsageError where it is no folder."""
        self._refuse_what_is_no_folder()
        moment = datetime.now(UTC)
        name = self.name or repository_name(self.folder)
        self.place = self._joins(into, *self._known_as()) if self._joins else None
        repository = self.place.ref if self.place else Ref("checkout", Kind.REPOSITORY, name)
        name = self.place.name if self.place else name
        origin = Origin(f"file {self.folder.name or '.'}", moment)
        kept = Kept(self.keep, self.folder)
        trusts = TrustSearch(self.files.paths)
        plain = PlainSearch(self.files, repository, name, moment, self._key, kept)
        files = sorted(_pipeline_files(self.files.paths))
        facts: list[AnyFact] = list(self._unlisted(repository, moment))
        counts = {"files": 0, "workflows": 0, "unchanged_files": 0}
        attributes: dict[str, object] = {"default_branch": "main", "checkout": True, "dependabot": None}
        owners = self._codeowners(attributes, {path for path, _ in files})
        told: dict[str, Told] = {}
        actions: dict[str, OpenAction] = {}
        most = min(len(files), MOST_FILES)
        with Ahead(kept, most, self._processes, lambda n: self._read_ahead(*files[n], name, kept, plain)) as ahead:
            for number, (path, kind) in enumerate(files[:most]):
                ahead.reach(number)
                text = self.files.text(path)
                if kind is PipelineKind.DEPENDABOT:
                    facts += self._dependabot(path, text, repository, moment, attributes)
                else:
                    facts += self._file(path, kind, text, repository, name, moment, told, actions, kept, owners)
                if kind is not PipelineKind.CODEOWNERS:
                    plain.pipeline(path, text)
                if kind not in _OF_ZIZMOR and trusts.wants(path):
                    trusts.take(path, text)  # a workflow or action states none: GitHub reads nothing else in it
                counts["files"] += 1
                counts["workflows"] += kind is PipelineKind.GITHUB_WORKFLOW
                progress("pipeline files", number + 1, most)
        said = self._asked([path for path, kind in files if kind in _OF_ZIZMOR][:MOST_FILES], kept)
        counts["unchanged_files"] = kept.reused
        facts += self._workflows(told, actions, repository, name, moment, owners, said)
        facts += self._uncalled(told, actions, repository, name, moment, said, kept)
        facts += gap_of_actions(told.values(), repository, origin)
        facts += self._unasked(said, repository, origin, [path for path, kind in files if kind in _OF_ZIZMOR])
        if len(files) > MOST_FILES:
            facts.append(_gap(repository, Cause.TOO_LARGE, f"{len(files) - MOST_FILES} more pipeline files", origin))
        self._others({path for path, _ in files}, trusts, plain)
        kept.close()
        facts += trusts.facts(repository, name, moment, attributes)
        counts["trusts"] = sum(isinstance(fact, Trust) for fact in facts)
        facts += plain.facts()
        attributes = self.place.merged(attributes) if self.place else attributes
        parent = self.place.parent if self.place else None
        into.add(Resource(ref=repository, name=name, parent=parent, attributes=attributes, origin=origin), *facts)
        return counts

    def _refuse_what_is_no_folder(self) -> None:
        if not self.folder.is_dir():
            what = "is a file, not a folder" if self.folder.exists() else "does not exist"
            named = str(self.folder)
            organization = "" if "/" in named or self.folder.exists() else f", or an organization: `github:{named}`"
            raise UsageError(f"{named} {what}", hint=f"Name the root of a checkout, such as `.`{organization}.")

    def _unlisted(self, repository: Ref, moment: datetime) -> Iterator[AnyFact]:
        """Yield the folders that could not be listed: what lies there was neither read as a pipeline nor searched."""
        for number, folder in enumerate(self.files.unread[: MOST_UNLISTED + 1]):
            more = len(self.files.unread) - MOST_UNLISTED
            what = f"the folder {folder}" if number < MOST_UNLISTED else f"{more} more folders"
            for facet in (Facet.REPO_FILES, Facet.REPO_PLAIN_TEXT):
                detail, origin = f"{what} could not be listed", Origin(f"folder {folder}", moment)
                yield Gap(scope=repository, facet=facet, cause=Cause.UNREADABLE, detail=detail, origin=origin)

    def _known_as(self) -> tuple[str, str]:
        """Return the name of the repository and its host, by which its place among what was read is found."""
        host, name = remote_of(self.folder)
        return (self.name, "") if self.name else (name, host)

    def _dependabot(
        self, path: str, text: str | None, repository: Ref, moment: datetime, attributes: dict[str, object]
    ) -> Iterator[AnyFact]:
        """Add what Dependabot is told to the repository's attributes; yields a gap where that could not be read."""
        attributes["dependabot"] = read_dependabot(path, text) if text is not None else None
        if attributes["dependabot"] is None:
            detail, origin = f"{path} could not be read", Origin(f"file {path}", moment)
            yield Gap(
                scope=repository, facet=Facet.REPO_DEPENDABOT, cause=Cause.UNREADABLE, detail=detail, origin=origin
            )

    def _others(self, pipelines: set[str], trusts: TrustSearch, plain: PlainSearch) -> None:
        """Look into what is no pipeline file, each file read once for all that is looked for in it."""
        for path in self.files.paths:
            if path in pipelines:
                continue
            states, pulled = trusts.wants(path), plain.wants(path)
            if states or pulled:
                text = self.files.text(path)
                if states:
                    trusts.take(path, text)
                if pulled:
                    plain.take(path, text)

    def _codeowners(self, attributes: dict[str, object], paths: set[str]) -> Codeowners | None:
        path = active_codeowners(paths)
        attributes["codeowners"] = None
        text = self.files.text(path) if path else None
        if path is None or text is None:
            return None
        read = read_codeowners(path, text)
        attributes["codeowners"] = {
            "path": path,
            "errors": [
                {"line": f.line, "column": f.column, "kind": "syntax", "message": f.message} for f in read.faults
            ],
        }
        attributes["codeowners_rules"] = [
            {"pattern": rule.pattern, "owners": list(rule.owners), "line": rule.line, "column": rule.column}
            for rule in read.rules
        ]
        return read

    def _file(
        self,
        path: str,
        kind: PipelineKind,
        text: str | None,
        repository: Ref,
        name: str,
        moment: datetime,
        told: dict[str, Told],
        actions: dict[str, OpenAction],
        kept: Kept,
        owners: Codeowners | None,
    ) -> list[AnyFact]:
        """Return the facts of one file; workflows and actions are put aside, for they are understood only together."""
        origin = Origin(f"file {path}", moment)
        if kind in {PipelineKind.CODEOWNERS, PipelineKind.OCTO_STS}:
            return []  # read beside the others
        if kind not in _OF_ZIZMOR and kind not in SYSTEMS:
            detail = f"{path}: {kind.value} files are recognised, not read yet"
            return [_gap(repository, Cause.NOT_COLLECTED, detail, origin)]
        if text is None:
            return [_gap(repository, Cause.UNREADABLE, f"{path} is too large, a link or cannot be read", origin)]
        shown = self._read(path, kind, text, name, kept)
        if isinstance(shown, Told):
            told[path] = shown
        elif isinstance(shown, OpenAction):
            actions[path.rpartition("/")[0]] = shown
        elif shown is not None:
            known = Project(project_of_gitlab(self.folder, self.name)) if kind is PipelineKind.GITLAB_CI else None
            return facts_of_told(
                shown, repository=repository, repository_name=name, origin=origin, owners=owners, project=known
            )
        return []

    def _read(
        self, path: str, kind: PipelineKind, text: str, name: str, kept: Kept
    ) -> Told | OpenAction | ToldDefinition | None:
        """Return what one file says by itself; None for a kind that is not read so."""
        if kind is PipelineKind.GITHUB_ACTION:
            return kept.made(
                kind.value, path, text, OpenAction, lambda _: opened_action(read_own(path, text)), self.local
            )
        if kind is PipelineKind.GITHUB_WORKFLOW:
            owner = name.partition("/")[0]
            default = self.place.default if self.place else None
            return kept.made(
                f"{kind.value} {owner} {default or ''}".strip(),
                path,
                text,
                Told,
                lambda others: told_of(path, text, owner=owner, default=default, library=others),
                self.local,
            )
        reading = SYSTEMS.get(kind)
        if reading is None:
            return None
        return kept.made(
            kind.value,
            path,
            text,
            ToldDefinition,
            lambda others: _defined(reading, path, text, others),
            self.looked_into,
        )

    def _read_ahead(self, path: str, kind: PipelineKind, name: str, kept: Kept, plain: PlainSearch) -> None:
        """Make of one file what is made of it by itself, in a process beside the one that puts all together."""
        text = self.files.text(path)
        if text is not None:
            self._read(path, kind, text, name, kept)
            if kind is not PipelineKind.CODEOWNERS:
                plain.ahead(path, text)

    def _workflows(
        self,
        told: dict[str, Told],
        actions: dict[str, OpenAction],
        repository: Ref,
        name: str,
        moment: datetime,
        owners: Codeowners | None,
        said: Said,
    ) -> list[AnyFact]:
        """Return the facts of all workflows, their jobs put together through their calls."""
        owner, _, short = name.partition("/")
        workflows = {path: each.opened for path, each in told.items()}

        def elsewhere(project: str, path: str, ref: str) -> OpenWorkflow | None:
            # the repository itself, named in full: its main branch is taken to be what stands here
            own = project.lower() == name.lower() and ref in {"main", "master"}
            return workflows.get(path) if own else None

        shelf = Shelf(
            workflows=workflows, actions=actions, repository=Repository(owner=owner, name=short), elsewhere=elsewhere
        )
        shelf = self.place.shelf(shelf) if self.place else shelf
        public = self.place.public if self.place else True
        jobs = by_path(owned(job, owners) if owners else job for job in compose(shelf))
        facts: list[AnyFact] = []
        inside = of_actions(said[0], (each.path for each in actions.values()), jobs)
        for path, each in told.items():
            origin = Origin(f"file {path}", moment)
            own = jobs.get(path, [])
            found = workflow_facts(each, repository=repository, repository_name=name, origin=origin, public=public)
            facts += [
                with_told(with_jobs(f, own, public=public), said[0].get(path, ()), own, inside.get(path))
                if isinstance(f, Resource)
                else f
                for f in found
            ]
            for job in own:
                facts += job_facts(job, repository=repository, repository_name=name, origin=origin)
        return facts

    def _uncalled(
        self, told: dict[str, Told], actions: dict[str, OpenAction], repository: Ref, name: str, moment: datetime,
        said: Said, kept: Kept,
    ) -> Iterator[AnyFact]:  # fmt: skip
        """Yield the facts of own actions that no workflow uses: nobody else judges them."""
        owner = name.partition("/")[0]
        for folder in without_callers(actions, (each.opened for each in told.values())):
            path = actions[folder].path
            text = self.files.text(path)
            if text is None:
                continue
            make = partial(told_of_action, path, text, owner)
            shown = kept.made(f"uncalled {owner}", path, text, Told, make, self.local)
            origin = Origin(f"file {path}", moment)
            for fact in workflow_facts(shown, repository=repository, repository_name=name, origin=origin):
                yield with_told(fact, said[0].get(path, ()), ()) if isinstance(fact, Resource) else fact

    def _asked(self, paths: list[str], kept: Kept) -> Said:
        """Ask zizmor about workflows and actions, where it is to be asked."""
        if isinstance(self._zizmor, Without) or not paths:
            return {}, {}
        texts = {path: text for path in paths if (text := self.files.text(path)) is not None}
        configs = {path: text for path in CONFIGS if (text := self.files.text(path)) is not None}
        return asked(self._zizmor, texts, configs, kept)

    def _unasked(self, said: Said, repository: Ref, origin: Origin, paths: list[str]) -> Iterator[AnyFact]:
        """Yield why zizmor said nothing of some files."""
        if isinstance(self._zizmor, Without):
            if paths:
                yield gap_without(self._zizmor, repository, origin)
            return
        for path, why in sorted(said[1].items()):
            workflow = Ref(repository.instance, Kind.WORKFLOW, f"{repository.key}:{path}")
            scope = workflow if kind_of(path) is PipelineKind.GITHUB_WORKFLOW else repository
            yield Gap(
                scope=scope, facet=Facet.REPO_ZIZMOR, cause=Cause.UNREADABLE, detail=f"{path}: {why}", origin=origin
            )

    def local(self, path: str) -> str | None:
        """Return a file that a pipeline file names; None where it lies outside the folder or cannot be read."""
        return self.files.named(path)

    def looked_into(self, path: str) -> str | None:
        """Return a file that a pipeline file names; of `folder/` the YAML files below it, one a line.

        None for a folder where what is read is not known to be a whole repository: files may then lie above it.
        """
        if not path.endswith("/"):
            return self.local(path)
        if not any((self.folder / each).exists() for each in (".git", GITLAB_ROOT)):
            return None
        start = path.removeprefix("/")
        return "\n".join(sorted(each for each in self.files.paths if each.startswith(start) and each.endswith(YAML)))

    def elsewhere(self, project: str, path: str, ref: str) -> str | None:
        """Return nothing: other repositories are not at hand."""
        del project, path, ref
        return None


def _defined(reading: Reading, path: str, text: str, library: Library) -> ToldDefinition:
    """Read and judge a file of any system but GitHub's."""
    definition = reading.read(path, text, library)
    return told_of_definition(definition, reading.judge(definition))


def _gap(scope: Ref, cause: Cause, detail: str, origin: Origin) -> Gap:
    return Gap(scope=scope, facet=Facet.REPO_FILES, cause=cause, detail=detail, origin=origin)


def _pipeline_files(paths: Iterable[str]) -> Iterator[tuple[str, PipelineKind]]:
    for path in paths:
        kind = kind_of(path)
        if kind is not None:
            yield path, kind


def repository_name(folder: Path) -> str:
    """Return owner/name of a checkout from its git configuration, the folder's name where there is none."""
    if named := remote_of(folder)[1]:
        return named
    for line in text_of(folder / ".git" / "config").splitlines():
        key, _, value = line.partition("=")
        found = _REMOTE.search(value.strip()) if key.strip() == "url" else None
        if found:
            return found.group(1)
    return f"local/{folder.resolve().name or 'checkout'}"
