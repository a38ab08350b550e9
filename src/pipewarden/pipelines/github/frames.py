"""What composition walks over: the files at hand of one repository, and one workflow on the way through its calls."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from msgspec import Struct

from pipewarden.model.jobs import Spot
from pipewarden.model.lazy import lazy
from pipewarden.pipelines.gates import Gate
from pipewarden.pipelines.github.opened import OpenAction, OpenJob, OpenWorkflow
from pipewarden.pipelines.oidc import Repository
from pipewarden.pipelines.parts import SecretForm, SecretUse
from pipewarden.pipelines.token import Unknown
from pipewarden.pipelines.yaml_tree import Position

Default = Literal["read", "write"] | None
Elsewhere = Callable[[str, str, str], OpenWorkflow | None]
"""Given project, path and ref, returns a workflow of another repository; None where it is not at hand."""


def nowhere(project: str, path: str, ref: str) -> None:
    """Return nothing: other repositories are not at hand."""
    del project, path, ref


class Shelf(Struct, frozen=True, kw_only=True):
    """All that is at hand of one repository."""

    workflows: Mapping[str, OpenWorkflow]
    actions: Mapping[str, OpenAction] = {}
    """By folder: `.github/actions/build`; the root is empty."""
    actions_read: bool = True
    """Whether the repository's own actions were looked for at all."""
    looked_for: frozenset[str] = frozenset()
    """Folders in which an action was looked for, where not all were."""
    repository: Repository
    default: Default = None
    """What a token may do where files are silent; None: not known."""
    elsewhere: Elsewhere = nowhere

    @property
    def name(self) -> str:
        """`owner/name` of the repository."""
        return f"{self.repository.owner}/{self.repository.name}"


class Frame(Struct, frozen=True, kw_only=True, dict=True):
    """One workflow on the way: how it was reached, and what it was given."""

    workflow: OpenWorkflow
    project: str = ""
    """Empty: the repository itself."""
    ref: str = ""
    caller: "Frame | None" = None
    call: OpenJob | None = None
    """The job of the caller that calls it."""
    token: Mapping[str, str] | Unknown | None = None
    """The calling job's token."""
    oidc: bool = False
    gate: Gate = Gate()
    level: int = 1

    @lazy
    def of_all(self) -> dict[tuple[SecretUse, tuple[str, ...]], tuple[Any, ...]]:
        """What all its jobs take alike, by the use and the starts under which it is idle: made once."""
        return {}

    @lazy
    def passed(self) -> dict[str, list[tuple[int, SecretUse]]]:
        """What its call passes by name, under the names that it has here, each with its number among the uses of the call."""
        found: dict[str, list[tuple[int, SecretUse]]] = {}
        for number, use in enumerate(self.call.secrets if self.call else ()):
            word = use.where.removeprefix("secrets.").upper() if use.where.startswith("secrets.") else ""
            if word and use.name != "GITHUB_TOKEN":
                found.setdefault(word, []).append((number, use))
        return found

    @lazy
    def inherits(self) -> bool:
        """Whether its call hands on every secret of the caller."""
        return any(use.form is SecretForm.INHERIT for use in self.call.secrets) if self.call else False

    @property
    def root(self) -> OpenWorkflow:
        """The workflow that events start."""
        return self.caller.root if self.caller else self.workflow

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the calling jobs, the outermost first."""
        return (*self.caller.ids, self.call.id) if self.caller and self.call else ()

    @property
    def chain(self) -> tuple[Spot, ...]:
        """The places of the calls, the outermost first."""
        if self.caller is None or self.call is None:
            return ()
        here = self.caller.spot(self.call.uses_position)
        return (*self.caller.chain, here)

    def spot(self, at: Position) -> Spot:
        """Return a place in its file, or in the one of its own actions that the place names."""
        return Spot(at.file or self.workflow.path, at.line, self.project, at.column)

    def passes_through(self, project: str, path: str) -> bool:
        """Tell whether a file is already on the way: a loop, which GitHub refuses."""
        here = (self.project, self.workflow.path) == (project, path)
        return here or (self.caller is not None and self.caller.passes_through(project, path))

    @property
    def own_files(self) -> tuple[str, ...]:
        """The files of the repository itself on the way, the outermost first."""
        before = self.caller.own_files if self.caller else ()
        return before if self.project else (*before, self.workflow.path)
