"""A checkout beside the system it came from: its files stand in the place of those that were fetched of its repository."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

from msgspec import Struct

from pipewarden.connectors.folder import text_of
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Entity
from pipewarden.model.ids import Kind, Ref
from pipewarden.pipelines.github.frames import Elsewhere, Shelf, nowhere
from pipewarden.pipelines.gitlab_oidc import ANY
from pipewarden.pipelines.oidc import Repository

MARK = "files_from_checkout"
"""Under this name a repository tells that its files are those of a checkout."""

FACETS = frozenset(
    {
        Facet.REPO_WORKFLOWS,
        Facet.REPO_FILES,
        Facet.REPO_TRUSTS,
        Facet.REPO_DEPENDABOT,
        Facet.REPO_ZIZMOR,
        Facet.REPO_PLAIN_TEXT,
    }
)
"""What a checkout shows in the place of the system: gaps over it are gone."""
KINDS = frozenset({Kind.WORKFLOW, Kind.JOB, Kind.PLAIN_SECRET, Kind.CLOUD_ROLE})


class CodeHost(Protocol):
    """A connector whose repositories a checkout may be of."""

    instance: str
    keep_opened: bool
    """Whether the workflows that were read are kept for checkouts that call them."""
    elsewhere: Elsewhere


class Place(Struct, frozen=True, kw_only=True):
    """The repository that a checkout is of, as its system tells it."""

    ref: Ref
    name: str
    instance: str
    parent: Ref | None
    attributes: dict[str, Any]
    default: Literal["read", "write"] | None
    """What a job's token may do where its workflow does not say."""
    subjects: Repository
    elsewhere: Elsewhere = nowhere

    @property
    def public(self) -> bool | None:
        """Whether strangers can open pull requests; None where that was not read."""
        visibility = self.attributes.get("visibility")
        return None if visibility is None else visibility == "public"

    def shelf(self, own: Shelf) -> Shelf:
        """Return the files of a checkout with what its system tells beside them."""

        def elsewhere(project: str, path: str, ref: str) -> Any:
            # the repository itself, named in full: what stands in the checkout
            branch = ref.removeprefix("refs/heads/")
            if project.lower() == self.name.lower() and branch == self.attributes.get("default_branch"):
                return own.workflows.get(path)
            return self.elsewhere(project, path, ref)

        return Shelf(
            workflows=own.workflows,
            actions=own.actions,
            repository=self.subjects,
            default=self.default,
            elsewhere=elsewhere,
        )

    def merged(self, found: dict[str, Any]) -> dict[str, Any]:
        """Return what the system tells of the repository, with what the files of the checkout say.

        The system's word for code owners goes first: it knows which of them are there.
        """
        files = {name: value for name, value in found.items() if name in {"dependabot", "oidc_templates"}}
        owners = {name: value for name, value in found.items() if name.startswith("codeowners")}
        return {**owners, **self.attributes, **files, MARK: True}


Joins = Callable[[SnapshotBuilder, str, str], Place | None]
"""Given what was read so far, a checkout's name and its host ("" for any), makes room for it and returns its place."""


def joining(systems: Sequence[CodeHost]) -> Joins:
    """Return what finds the place of a checkout among what some systems told before it."""
    for each in systems:
        each.keep_opened = True

    def join(into: SnapshotBuilder, name: str, host: str) -> Place | None:
        for each in systems:
            if host in {"", each.instance} and (found := _repository(into, each.instance, name)) is not None:
                into.forget(_files_of(into, found.ref), gaps=(found.ref, FACETS))
                return _place(into, found, each)
        return None

    return join


def _repository(into: SnapshotBuilder, instance: str, name: str) -> Entity | None:
    for each in into.known(Kind.REPOSITORY):
        if each.ref.instance == instance and each.name.lower() == name.lower() and each.parent is not None:
            return each
    return None


def _files_of(into: SnapshotBuilder, repository: Ref) -> set[Ref]:
    """Return what was made of a repository's files."""
    found = {each.ref for kind in KINDS for each in into.known(kind) if each.parent == repository}
    return found | {
        each.ref for each in into.known(Kind.ROLE) if each.parent == repository and each.ref.key.startswith("job:")
    }


def _place(into: SnapshotBuilder, repository: Entity, system: CodeHost) -> Place:
    # with it come the libraries of the network, which a checkout alone does not need
    from pipewarden.connectors.github.composed import default_of, subject_parts

    organization = next((each for each in into.known(Kind.ORGANIZATION) if each.ref == repository.parent), None)
    above = repository.parent or repository.ref
    return Place(
        ref=repository.ref,
        name=repository.name,
        instance=system.instance,
        parent=repository.parent,
        attributes=dict(repository.attributes),
        default=default_of(repository, organization),
        subjects=subject_parts(repository, above, system.instance),
        elsewhere=system.elsewhere,
    )


def remote_of(folder: Path) -> tuple[str, str]:
    """Return host and owner/name of a checkout's remote, `origin` before others; two empty texts where it has none.

    A worktree's configuration stands with the repository it belongs to: https://git-scm.com/docs/git-worktree#_details
    """
    return _parted(_address(folder))


def _address(folder: Path) -> str:
    """Return the address of a checkout's remote, `origin` before others."""
    section, found = "", {}
    for line in _configuration(folder).splitlines():
        text = line.strip()
        if text.startswith("["):
            section = text
            continue
        key, _, value = text.partition("=")
        if key.strip() == "url" and section.startswith("[remote ") and section not in found:
            found[section] = value.strip()
    return found.get('[remote "origin"]') or next(iter(found.values()), "")


NOT_GITLAB = frozenset({"github.com", "bitbucket.org", "dev.azure.com", "ssh.dev.azure.com", "codeberg.org"})


def project_of_gitlab(folder: Path, name: str = "") -> str:
    """Return the path of the project that a checkout is of, with all its groups; `*` where its remote does not say it.

    A name that was given goes first.
    """
    host, path = _host_and_path(_address(folder))
    if host.lower() in NOT_GITLAB:
        return ANY
    return name or (path if host and "/" in path and all(path.split("/")) else ANY)


def _configuration(folder: Path) -> str:
    git = folder / ".git"
    try:
        if git.is_file():
            pointed = (folder / text_of(git).partition("gitdir:")[2].strip()).resolve()
            git = (pointed / text_of(pointed / "commondir").strip()).resolve()
    except (OSError, ValueError):
        return ""
    return text_of(git / "config")


def _parted(url: str) -> tuple[str, str]:
    """Return host and owner/name of an address, as `https://HOST/OWNER/NAME` or as `git@HOST:OWNER/NAME`."""
    host, name = _host_and_path(url)
    return (host, name) if host and name.count("/") == 1 and all(name.split("/")) else ("", "")


def _host_and_path(url: str) -> tuple[str, str]:
    if "://" in url:
        try:
            parts = urlsplit(url)
        except ValueError:
            return "", ""
        host, path = parts.hostname or "", parts.path
    else:
        before, _, path = url.partition(":")
        host = before.rpartition("@")[2].lower()
    return host, path.strip("/").removesuffix(".git")
