"""The kinds of edit that lessen what a job can lose, and what each of them brings along."""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import Literal

from msgspec import Struct

from pipewarden.model.lazy import lazy
from pipewarden.pipelines.parts import Job, Step, Workflow
from pipewarden.pipelines.trusts.stated import Stated

Default = Literal["read", "write"] | None


class EditKind(StrEnum):
    """What an edit does, in the order in which several are made."""

    TRIGGER = "trigger"
    """The workflow starts on an event whose runs give strangers nothing, in place of one whose runs do."""
    SPLIT = "split"
    """Steps that take secrets go into a job of their own, behind the ones that run code of others."""
    PERMISSIONS = "permissions"
    """The job's token has what its steps need."""
    ENVIRONMENT = "environment"
    """The job names an environment, whose gates then stand before its secrets."""
    OIDC = "oidc"
    """A step signs in with the job's own identity instead of with a key."""


class Edit(Struct, frozen=True, kw_only=True):
    """One edit of one job. `first` is what must exist before it is applied, `then` what is to be done after it."""

    kind: EditKind
    path: str
    job: str
    line: int
    column: int
    says: str
    first: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    source: str = ""


class Advice(Struct, frozen=True, kw_only=True):
    """One step to take by hand, and why. `kind` is `trigger`, `environment`, `oidc` or `split`, `why` says why no edit is offered.

    `sketch` is what is to be written, as far as the file tells it, with capital letters where it does not.
    """

    kind: str
    path: str
    job: str
    line: int
    column: int
    says: str
    how: tuple[str, ...]
    source: str
    why: str = ""
    sketch: str = ""


class Outcome(Struct, frozen=True, kw_only=True):
    """A file with the edits of one kind made, and what of that kind is left to be done by hand."""

    text: str
    edits: tuple[Edit, ...] = ()
    advice: tuple[Advice, ...] = ()


class Around(Struct, frozen=True, kw_only=True, dict=True):
    """What is known of the repository beside the file that is edited.

    `repository` is `OWNER/NAME`, empty where it is not known; `default` what its token may do where a file is silent;
    `actions` the steps of its own composite actions by their folder; `trusts` what its files state about who may act
    as a cloud role; `texts` its workflows as they are written, by path.
    """

    repository: str = ""
    default: Default = None
    actions: Mapping[str, tuple[Step, ...]] = {}
    workflows: tuple[Workflow, ...] = ()
    trusts: tuple[Stated, ...] = ()
    texts: Mapping[str, str] = {}

    @lazy
    def jobs_by_secret(self) -> Mapping[str, tuple[int, ...]]:
        """The jobs that take each secret, by their numbers in `jobs`."""
        found: dict[str, list[int]] = {}
        for number, (_, job) in enumerate(self.jobs):
            for name in {use.name for use in job.secrets}:
                found.setdefault(name, []).append(number)
        return {name: tuple(numbers) for name, numbers in found.items()}

    @lazy
    def jobs(self) -> tuple[tuple[str, Job], ...]:
        """All jobs of the repository, with the file of each."""
        return tuple((workflow.path, job) for workflow in self.workflows for job in workflow.jobs)


def whole(names: Sequence[str]) -> str:
    """Return names in a row, none of them cut: they are to be found in settings and files."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""


def takers(around: Around, secrets: Collection[str], but: tuple[str, str], environment: str = "") -> tuple[str, ...]:
    """Return the jobs of the repository that take one of some secrets, as `ci.yml#build`, without one and an environment's."""
    numbers = sorted({number for name in secrets for number in around.jobs_by_secret.get(name, ())})
    return tuple(
        f"{path.rpartition('/')[2]}#{job.id}"
        for path, job in map(around.jobs.__getitem__, numbers)
        if (path, job.id) != but
        and not (environment and job.environment is not None and job.environment.name == environment)
    )


def few(names: Sequence[str], most: int = 3) -> str:
    """Return the first of some names, whole, and how many more there are."""
    more = len(names) - most
    return f"{', '.join(names[:most])} and {more} more" if more > 0 else whole(names)
