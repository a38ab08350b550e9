"""Reads the pipeline files and CODEOWNERS of a git checkout, without any token and without running anything."""

import os
import re
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from pipewarden.connectors.base import Progress
from pipewarden.connectors.pipelines import workflow_facts
from pipewarden.connectors.plain_secrets import key_without_store
from pipewarden.connectors.pulled_in import PlainSearch
from pipewarden.errors import UsageError
from pipewarden.model.columns import SnapshotBuilder
from pipewarden.model.facets import Facet
from pipewarden.model.facts import AnyFact, Cause, Gap, Origin, Resource
from pipewarden.model.ids import Kind, Ref
from pipewarden.pipelines.codeowners import read_codeowners
from pipewarden.pipelines.files import PipelineKind, active_codeowners, kind_of
from pipewarden.pipelines.plain import Key

MOST_BYTES = 1024 * 1024
"""Larger pipeline files are not read, and say so."""

MOST_FILES = 20_000
"""Pipeline files beyond this many are not read, and say so."""

SKIPPED = frozenset({".git", "node_modules", ".venv", "venv", "__pycache__", ".tox", ".mypy_cache"})

_REMOTE = re.compile(r"(?:github\.com[:/]|https?://[^/]+/|git@[^:]+:)([^/\s]+/[^/\s]+?)(?:\.git)?/?$")

READ = frozenset({PipelineKind.GITHUB_WORKFLOW})
"""Kinds of pipeline files whose content this version reads; the others are listed as a gap each."""


class Checkout:
    """One folder on disk. `key` keys the fingerprints of secrets in plain text; without one they hold for this run."""

    def __init__(self, folder: Path, key: Key = key_without_store) -> None:
        self.folder = folder
        self._key = key
        self.address = f"path:{folder}"

    async def collect(self, into: SnapshotBuilder, progress: Progress) -> dict[str, int]:
        """Read all pipeline files below the folder. Raises UsageError where it is no folder."""
        if not self.folder.is_dir():
            what = "is a file, not a folder" if self.folder.exists() else "does not exist"
            raise UsageError(f"{self.folder} {what}", hint="Name the root of a checkout, such as `.`.")
        moment = datetime.now(UTC)
        name = repository_name(self.folder)
        repository = Ref("checkout", Kind.REPOSITORY, name)
        origin = Origin(f"file {self.folder.name or '.'}", moment)
        files = sorted(pipeline_files(self.folder))
        facts: list[AnyFact] = []
        counts = {"files": 0, "workflows": 0}
        attributes: dict[str, object] = {"default_branch": "main", "checkout": True}
        self._codeowners(attributes, {path for path, _ in files})
        plain = PlainSearch(self.folder, repository, name, moment, self._key)
        for number, (path, kind) in enumerate(files[:MOST_FILES]):
            facts += self._file(path, kind, repository, name, moment)
            if kind is not PipelineKind.CODEOWNERS:
                plain.pipeline(path)
            counts["files"] += 1
            counts["workflows"] += kind is PipelineKind.GITHUB_WORKFLOW
            progress("pipeline files", number + 1, min(len(files), MOST_FILES))
        if len(files) > MOST_FILES:
            facts.append(_gap(repository, Cause.TOO_LARGE, f"{len(files) - MOST_FILES} more pipeline files", origin))
        facts += plain.facts()
        into.add(Resource(ref=repository, name=name, attributes=attributes, origin=origin), *facts)
        return counts

    def _codeowners(self, attributes: dict[str, object], paths: set[str]) -> None:
        path = active_codeowners(paths)
        attributes["codeowners"] = None
        text = self._text(path) if path else None
        if path is None or text is None:
            return
        read = read_codeowners(path, text)
        attributes["codeowners"] = {
            "path": path,
            "errors": [
                {"line": f.line, "column": f.column, "kind": "syntax", "message": f.message} for f in read.faults
            ],
        }
        attributes["codeowners_rules"] = [
            {"pattern": rule.pattern, "owners": list(rule.owners), "line": rule.line} for rule in read.rules
        ]

    def _file(self, path: str, kind: PipelineKind, repository: Ref, name: str, moment: datetime) -> list[AnyFact]:
        origin = Origin(f"file {path}", moment)
        if kind is PipelineKind.CODEOWNERS:
            return []
        if kind not in READ:
            return [
                _gap(
                    repository, Cause.NOT_COLLECTED, f"{path}: {kind.value} files are recognised, not read yet", origin
                )
            ]
        text = self._text(path)
        if text is None:
            return [_gap(repository, Cause.UNREADABLE, f"{path} is too large, a link or cannot be read", origin)]
        return workflow_facts(
            path, text, repository=repository, repository_name=name, origin=origin, default=None, public=True
        )

    def _text(self, path: str) -> str | None:
        """Return a file's text; links are not followed, bytes that are not UTF-8 are replaced."""
        full = self.folder / path
        try:
            handle = os.open(full, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError:
            return None
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:
                return None
            return file.read().decode("utf-8", "replace")


def _gap(scope: Ref, cause: Cause, detail: str, origin: Origin) -> Gap:
    return Gap(scope=scope, facet=Facet.REPO_FILES, cause=cause, detail=detail, origin=origin)


def pipeline_files(folder: Path) -> Iterator[tuple[str, PipelineKind]]:
    """Yield the pipeline files below a folder with their kinds; links to folders are not followed."""
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if f not in SKIPPED)
        inside = Path(here).relative_to(folder)
        for each in sorted(names):
            path = (inside / each).as_posix()
            kind = kind_of(path)
            if kind is not None:
                yield path, kind


def repository_name(folder: Path) -> str:
    """Return owner/name of a checkout from its git configuration, the folder's name where there is none."""
    config = folder / ".git" / "config"
    try:
        lines = config.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    for line in lines:
        key, _, value = line.partition("=")
        found = _REMOTE.search(value.strip()) if key.strip() == "url" else None
        if found:
            return found.group(1)
    return f"local/{folder.resolve().name or 'checkout'}"
