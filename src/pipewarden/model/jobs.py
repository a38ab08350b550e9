"""What a job of any system can reach, who can start it, and what decides what it runs: one type for all systems.

Pipelines make it, the snapshot keeps it with the job's machine, access answers from it.
"""

from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct, field

from pipewarden.model.findings import placed

ATTRIBUTE = "effective"
"""Under this name a job's machine keeps it."""


_ENCODER = msgspec.json.Encoder(order="sorted")


def shown_file(path: str) -> str:
    """Name a pipeline file in a sentence: alone where its system looks for it in one place, else with its folder.

    An action of a repository's own is named after its folder anyway.
    """
    return path.rpartition("/")[2] if path.startswith((".github/", ".circleci/")) else path


class Circle(StrEnum):
    """Who can start a job, from the widest circle to the narrowest."""

    OUTSIDER = "outsider"
    """Whoever can open an issue, comment, or have a privileged run caused: anyone, where the repository is public."""
    FORK = "fork"
    """Whoever can propose a change from a fork: anyone, where the repository is public."""
    DEVELOPER = "developer"
    """Whoever may write to the repository: push, dispatch, release."""
    BOT = "bot"
    """A bot that proposes updates (Dependabot)."""
    SCHEDULE = "schedule"
    """The clock."""
    WORKFLOW = "workflow"
    """Another pipeline, which decides with what."""
    UNKNOWN = "unknown"
    """The file does not say."""


class Given(StrEnum):
    """Which secrets a run is given."""

    ALL = "all"
    NONE = "none"
    DEPENDABOT = "dependabot"
    """Those of Dependabot's own store."""
    SETTING = "setting"
    """A setting of the system decides, which the file does not tell."""


class Spot(Struct, frozen=True, omit_defaults=True, gc=False):
    """A place in a file: line and column from 1, 0 where it is not known. `project` is empty for the same repository."""

    path: str = ""
    line: int = 0
    project: str = ""
    column: int = 0

    def __str__(self) -> str:
        where = f"{self.project}/{self.path}" if self.project else self.path
        return placed(where, self.line, self.column)


class Under(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What a job has under one start, where expressions choose it by the run: its machine and its environments."""

    runner: str = ""
    labels: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    environment_open: bool = False


class Start(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One way to have a job run, with what the run then holds.

    Line and column are those of the event in the file that starts the job; 0 where no word of it names one.
    """

    event: str
    by: Circle
    secrets: Given = Given.ALL
    reads_only: bool = False
    """The token is lowered to reading."""
    theirs: bool = False
    """The run takes the pipeline file and the code from what the starter proposes."""
    gate: str = ""
    """What stands before it and a person decides or can be got around; empty where nothing does."""
    edited: bool = False
    """As the file stands its condition never holds then: only a file that says otherwise, which the starter brings, has it run."""
    under: Under | None = None
    """What the run has where that is less than what the job can have."""
    line: int = 0
    column: int = 0

    @property
    def key(self) -> str:
        """By what it is told what a file chooses for it, as `push outsider`; empty where whoever starts it brings the file along.

        Dependabot proposes versions: what a file chooses for it stays.
        """
        return "" if self.theirs and self.by is not Circle.BOT else f"{self.event} {_WHO.get(self.by, 'whoever')}"


_WHO = {Circle.FORK: "outsider", Circle.OUTSIDER: "outsider", Circle.BOT: "bot"}


class TakenSecret(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A secret that a job takes. `name` is as the settings hold it; empty where it may be any (`form` tells)."""

    name: str
    form: str = "named"
    """`named`, `all`, `dynamic`, `inherit` (handed on whole to what could not be read)."""
    kind: str = "secret"
    spot: Spot
    step: int | None = None
    by: str = ""
    """What receives it, in words: `step 3 (deploy)`, `every step`."""
    known_as: str = ""
    """Its name inside the called workflow, where that differs."""
    only_environment: bool = False
    """No caller passes it: only a secret of the job's environment can be meant."""
    certain: bool = True
    store: str = ""
    """The store outside the system that it is read from: `vault`, `op` (1Password), `aws`, `gcp`, `azure`; empty: the settings."""
    address: str = ""
    """Where that store is, as the file says."""
    by_identity: bool = False
    """It is read with the job's own identity (OIDC), and not there in a run that has none."""
    idle: tuple[str, ...] = ()
    """The starts (`push outsider`) under which no step is handed it; the memory of the runner holds it all the same."""
    absent: tuple[str, ...] = ()
    """The starts under which the runner has not got it at all: whoever calls its workflow passes something else."""


class Called(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Code from elsewhere that runs with the job: an action, a called workflow, an image, an include."""

    text: str
    kind: str
    pin: str
    spot: Spot
    step: int | None = None
    through: str = ""
    """The local action whose step uses it."""
    fixed: bool = False
    """What runs is fixed by this repository alone."""
    followed: bool = False


class Handover(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Files that a job takes from other runs, or leaves to them."""

    what: str
    """`artifact_upload`, `artifact_download`, `cache`, `cache_restore`, `cache_unprotected`, `dotenv`."""
    name: str = ""
    spot: Spot
    other_run: bool = False
    filled_by: tuple[str, ...] = ()
    """Jobs across a border of trust that can have filled it: strangers start them, or they run on any branch."""


class Takeover(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A weakness by which others run commands with what the job holds."""

    kind: str
    by: str
    says: str
    spot: Spot
    events: tuple[str, ...] = ()
    gate: str = ""
    certain: bool = True
    """False where what decides it could not be followed: they may run commands, or not."""
    side: str = ""
    """`inside`: conditions let in only what lies in the repository itself; `outside`: only what comes from a fork; empty: both."""


POISONED = "poisoned_cache"
"""A takeover through a cache: others' commands run in a job that fills it, and what they put there runs in the one that restores it."""


class LooseEnd(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Something that decides access and could not be followed."""

    says: str
    spot: Spot
    bears: tuple[str, ...] = ()
    """The checks that it keeps from a verdict, where it does not keep all of them."""
    unread: bool = False
    """Whether it is an action of the repository's own that was not read: what its steps use is not known."""


class EffectiveJob(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One job as it runs: with all that its file, its callers and the defaults of its repository give it."""

    id: str
    """`build`; through a call `deploy/build`."""
    system: str
    path: str
    """The file that starts it."""
    line: int = 0
    column: int = 0
    chain: tuple[Spot, ...] = ()
    """Through which calls it is reached: the first call in the file that starts it first. Empty: it stands there itself."""
    at: Spot
    """Where the job itself stands."""
    starts: tuple[Start, ...] = ()
    token: dict[str, str] | None = None
    """What its token may do in a run that nothing lowers; None: not known, or the system has none."""
    token_unknown: str = ""
    secrets: tuple[TakenSecret, ...] = ()
    variables: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    environment_open: bool = False
    """It can have other environments too: an expression chooses."""
    runner: str = ""
    labels: tuple[str, ...] = ()
    runner_group: str = ""
    runner_open: bool = False
    oidc: bool = False
    subjects: tuple[str, ...] = ()
    """The subjects its OIDC token can carry, `*` for what is not settled."""
    audiences: tuple[str, ...] = ()
    """For whom its tokens are made, where the file says it."""
    roles: tuple[str, ...] = ()
    """Cloud roles that it asks for, as the file names them."""
    calls: tuple[Called, ...] = ()
    handovers: tuple[Handover, ...] = ()
    takeovers: tuple[Takeover, ...] = ()
    holds: tuple[str, ...] = ()
    """What stands before it, in words: an approval, a manual start, a branch."""
    approvers: tuple[str, ...] = ()
    """Who may approve it as the file names them: the submitters of a question, the reviewers of a step."""
    files: tuple[str, ...] = ()
    """The files of this repository that decide what it runs: whoever edits one edits the job."""
    owners: tuple[str, ...] = ()
    """The code owners of those files, as CODEOWNERS names them."""
    open_ends: tuple[LooseEnd, ...] = ()
    after: tuple[str, ...] = ()
    """The jobs that it waits for; one that calls a workflow stands as the jobs of that, `deploy/build` for `deploy`."""
    off: bool = False
    """Its condition holds for nobody: it does not run, and is given nothing."""
    callable: bool = False
    """It runs only when it is called."""
    places: dict[str, tuple[Spot, ...]] = {}
    """Where the file says what has no place of its own here: `token`, `environment`, `runner`, `oidc`, `role`, `hold`.

    A spot without a path is one of the file that the job itself stands in.
    """
    callers: tuple[str, ...] = ()
    """The jobs of the same repository that call it, where it runs only when it is called."""

    def said(self, what: str) -> tuple[Spot, ...]:
        """Return where the file says something of the job: see `places`."""
        own = self.at
        return tuple(
            each if each.path else Spot(own.path, each.line, own.project, each.column)
            for each in self.places.get(what, ())
        )

    def as_json(self) -> dict[str, Any]:
        """Return it as the snapshot keeps it."""
        out: dict[str, Any] = msgspec.to_builtins(self)
        return out

    def encoded(self) -> msgspec.Raw:
        """Return it as JSON already written: a tenth of the memory until the snapshot is made."""
        return msgspec.Raw(_ENCODER.encode(self))

    @classmethod
    def from_body(cls, body: bytes) -> "EffectiveJob | None":
        """Read it out of a machine as a snapshot keeps it, without the rest; None where it has nothing of the kind."""
        try:
            return _BODY.decode(body).attributes.effective
        except msgspec.ValidationError:
            return None


class _Attributes(Struct):
    """Of a machine's attributes, the job alone; its name is `ATTRIBUTE`."""

    effective: EffectiveJob | None = None


class _Body(Struct):
    """Of a machine, its attributes alone."""

    attributes: _Attributes = field(default_factory=_Attributes)


_BODY = msgspec.json.Decoder(_Body)
