"""The parts of a workflow as frozen types: what its readers give and its judges take."""

from enum import StrEnum
from typing import Any

from msgspec import Struct

from pipewarden.model.lazy import lazy
from pipewarden.pipelines.carried.held import OWN, Held
from pipewarden.pipelines.expressions import Expression
from pipewarden.pipelines.inside import within
from pipewarden.pipelines.untrusted import Author
from pipewarden.pipelines.uses import Pin, Uses
from pipewarden.pipelines.worlds import ALL_ASKED, ALL_EVENTS, PULLS
from pipewarden.pipelines.yaml_tree import Fault, Position


class Mention(Struct, frozen=True, gc=False):
    """An expression where it stands. `where` is the key path inside its step or job: `run`, `env.TOKEN`, `with.ref`."""

    expression: Expression
    position: Position
    where: str


class Input(Struct, frozen=True):
    """An input of a dispatch, a called workflow or an action. `default` is None where none is given."""

    name: str
    position: Position
    type: str = ""
    required: bool = False
    default: str | None = None
    options: tuple[str, ...] = ()

    @property
    def is_free_text(self) -> bool:
        """Tell whether whoever fills it may write anything (no type means string)."""
        return self.type not in {"boolean", "number", "choice", "environment"}


class Trigger(Struct, frozen=True):
    """One event under `on:` with its filters; an empty filter does not filter."""

    event: str
    position: Position
    types: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    branches_ignore: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    tags_ignore: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    paths_ignore: tuple[str, ...] = ()
    workflows: tuple[str, ...] = ()
    """Names of the workflows whose runs cause this one (`workflow_run`)."""
    cron: tuple[str, ...] = ()
    inputs: tuple[Input, ...] = ()
    secrets: tuple[str, ...] = ()
    """Secrets a called workflow declares (`workflow_call`), in upper case."""


class Permissions(Struct, frozen=True, gc=False):
    """A `permissions:` block as written. `shorthand` is `read-all`, `write-all` or empty.

    `valid` is False where GitHub would refuse the block; what the token may do is then not known.
    """

    levels: dict[str, str]
    position: Position
    shorthand: str = ""
    valid: bool = True
    oidc_position: Position | None = None
    """Where it says that the job may ask for an OIDC token."""


class SecretForm(StrEnum):
    """How a secret is taken."""

    NAMED = "named"
    ALL = "all"
    """The whole context: `toJSON(secrets)`."""
    DYNAMIC = "dynamic"
    """The name is computed: `secrets[matrix.name]` may be any of them."""
    INHERIT = "inherit"
    """`secrets: inherit`: the called workflow may use every secret of the caller."""


class SecretUse(Struct, frozen=True, gc=False):
    """A job takes a secret. `name` is in upper case as GitHub stores it, empty unless the form is `named`.

    `step` is the index of the step that receives it; None: every step of the job, its containers or its
    called workflow (`where` tells). `from_workflow` marks the `env` of the whole workflow.
    """

    name: str
    form: SecretForm
    position: Position
    where: str
    step: int | None = None
    from_workflow: bool = False


class VariableUse(Struct, frozen=True, gc=False):
    """A job reads a configuration variable (`vars`); names are in upper case, empty where computed."""

    name: str
    position: Position
    where: str
    step: int | None = None


class Environment(Struct, frozen=True, gc=False):
    """The environment a job deploys to.

    `choices` are the names it can have as far as the file tells (an empty name: no environment); where
    `dynamic` is set it can have others too, chosen by `chosen_by` if that is known.
    """

    name: str
    position: Position
    url: str = ""
    choices: tuple[str, ...] = ()
    dynamic: bool = False
    chosen_by: Author | None = None
    action: str = ""
    """What the job does with it, where its system has words for that: GitLab's `start`, `stop`, `prepare`, ...."""
    tier: str = ""
    """The deployment tier as written (GitLab)."""


class RunnerKind(StrEnum):
    """What kind of machine a job asks for, as far as a file tells."""

    HOSTED = "hosted"
    """A standard label of GitHub."""
    SELF_HOSTED = "self_hosted"
    """Carries the label `self-hosted`."""
    GROUP = "group"
    """A runner group: larger hosted or self-hosted, its settings tell."""
    CUSTOM = "custom"
    """A label that is not GitHub's: a larger runner, a third party's or a self-hosted one."""
    DYNAMIC = "dynamic"
    """Chosen by an expression that the file does not settle."""
    NONE = "none"
    """Not given: the job calls another workflow, or GitHub refuses it."""


class Runner(Struct, frozen=True, gc=False):
    """`runs-on`: all labels the job can ask for, its group, and the widest kind among them."""

    kind: RunnerKind
    labels: tuple[str, ...] = ()
    group: str = ""
    position: Position = Position(0, 0)
    dynamic: bool = False
    asked: tuple[str, ...] = ()
    """The labels as written, where an expression chooses among them."""


class Matrix(Struct, frozen=True):
    """`strategy.matrix`: every literal value per key (`include` too); `dynamic` where an expression makes it."""

    values: dict[str, tuple[str, ...]]
    dynamic: bool = False


class Image(Struct, frozen=True, gc=False):
    """A container or service image of a job. `name` is `container` or the service's key."""

    name: str
    image: str
    pin: Pin
    position: Position
    has_credentials: bool = False
    options: str = ""
    """What is given to the container engine beside the image: `--privileged`."""
    volumes: tuple[str, ...] = ()


class Step(Struct, frozen=True, gc=False, kw_only=True):
    """One step of a job or composite action. `index` counts from 0."""

    index: int
    position: Position
    name: str = ""
    id: str = ""
    uses: Uses | None = None
    uses_position: Position = Position(0, 0)
    run: str | None = None
    run_position: Position = Position(0, 0)
    run_text_position: Position | None = None
    """Where the first character of its commands stands; None where their lines are not lines of the file."""
    shell: str = ""
    working_directory: str = ""
    with_: dict[str, str] = {}
    """Inputs of the action; names in lower case, as they are not case-sensitive."""
    env: dict[str, str] = {}
    condition: str = ""
    mentions: tuple[Mention, ...] = ()
    number: int | None = None
    """Its index in its own file, where other steps were put among those of its job."""
    within: str = ""
    """The action of the repository's own that it is a step of; empty for a step of the job itself."""
    input_positions: dict[str, Position] = {}
    """Where those of its inputs stand that name something: an artifact, a cache, a role."""
    gives: dict[str, str] | None = None
    """What the outputs of the repository's own action are made of that it uses, by name in lower case; None: not read."""

    @property
    def words(self) -> str:
        """How it is called in a sentence: `step 3`, `step 1 of the action build`."""
        number = f"step {(self.index if self.number is None else self.number) + 1}"
        return f"{number} of the action {self.within[:30]}" if self.within else number

    def command_at(self, offset: int) -> Position:
        """Return where a place inside its commands stands; of an action that inputs are put into, its line."""
        if self.run is None or self.run_text_position is None:
            return self.run_position
        exact = within(self.run_text_position, self.run, offset)
        return Position(exact.line, self.run_text_position.column, exact.file) if self.within else exact


class Checkout(Struct, frozen=True, gc=False):
    """A step that checks out code with actions/checkout.

    `persists_credentials`: the token stays on disk for later steps (the default), None where an
    expression decides. `outside_code`: the ref or repository comes from an outsider's pull request.
    """

    step: int
    position: Position
    repository: str = ""
    ref: str = ""
    persists_credentials: bool | None = True
    outside_code: bool = False


class Transfer(Struct, frozen=True, gc=False):
    """A step that hands files on: `what` is `artifact_upload`, `artifact_download`, `cache` or `cache_restore`."""

    what: str
    step: int
    position: Position
    name: str = ""
    other_run: bool = False
    """Takes the artifact of another run."""


class Passed(Struct, frozen=True, gc=False):
    """What a job hands to an input of the workflow it calls: the values that the file settles.

    `dynamic`: others are possible too; `by` who chooses them, where that is known. `template` is the text as written
    where it forwards inputs of its own workflow.
    """

    name: str
    texts: tuple[str, ...] = ()
    dynamic: bool = False
    by: Author | None = None
    template: str = ""
    held: Held = OWN
    """What of an outsider's may be in it, in a run that one starts."""
    type: str = ""
    """That of the input, once the called workflow is known; empty before, and where it declares none of that name."""
    turning: str = ""
    """The text as written where it is another one under another event."""
    passed: bool = True
    """Not set: no caller passes it, and the called file says what it is then."""


class Job(Struct, frozen=True, kw_only=True, dict=True):
    """One job. `oidc` tells whether it may ask for an OIDC token; None: its caller decides."""

    id: str
    position: Position
    name: str = ""
    uses: Uses | None = None
    uses_position: Position = Position(0, 0)
    with_: dict[str, str] = {}
    passes: tuple[Passed, ...] = ()
    """Its `with`, settled as far as the file tells; only where it calls a workflow."""
    needs: tuple[str, ...] = ()
    condition: str = ""
    runner: Runner = Runner(RunnerKind.NONE)
    environment: Environment | None = None
    permissions: Permissions | None = None
    matrix: Matrix | None = None
    env: dict[str, str] = {}
    outputs: dict[str, str] = {}
    """What it hands to the jobs that wait for it, as written."""
    images: tuple[Image, ...] = ()
    steps: tuple[Step, ...] = ()
    secrets: tuple[SecretUse, ...] = ()
    variables: tuple[VariableUse, ...] = ()
    mentions: tuple[Mention, ...] = ()
    """Expressions of the job outside its steps."""
    oidc: bool | None = False
    checkouts: tuple[Checkout, ...] = ()
    transfers: tuple[Transfer, ...] = ()

    @lazy
    def memo(self) -> dict[str, Any]:
        """What was worked out of its steps, by what it is: once for all steps that ask."""
        return {}


class Workflow(Struct, frozen=True, kw_only=True, dict=True):
    """A workflow file. `permissions` is None where none are stated. `faults` say what could not be read.

    `complete` is False where the text is not YAML at all: nothing is then known of the workflow, which is
    not the same as a workflow without jobs.
    """

    path: str
    name: str = ""
    triggers: tuple[Trigger, ...] = ()
    permissions: Permissions | None = None
    env: dict[str, str] = {}
    concurrency: str = ""
    jobs: tuple[Job, ...] = ()
    mentions: tuple[Mention, ...] = ()
    """Expressions outside the jobs: `run-name`, `env`, `concurrency`."""
    faults: tuple[Fault, ...] = ()
    complete: bool = True

    def trigger(self, event: str) -> Trigger | None:
        """Return the trigger of an event, or None."""
        return next((trigger for trigger in self.triggers if trigger.event == event), None)

    def job(self, job_id: str) -> Job | None:
        """Return the job with an id, or None."""
        return next((job for job in self.jobs if job.id == job_id), None)

    @lazy
    def events(self) -> frozenset[str]:
        """The names of all events that start it."""
        return frozenset(trigger.event for trigger in self.triggers)

    @lazy
    def asked(self) -> frozenset[str]:
        """Its events as conditions are judged under them, behind each what its filters tell: `push heads`.

        "If you define only tags or only branches, the workflow won't run for events affecting the undefined Git ref."
        https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onpushbranchestagsbranches-ignoretags-ignore
        """
        if self.trigger("workflow_call") is not None:
            return ALL_ASKED | {trigger.event for trigger in self.triggers if trigger.event not in ALL_EVENTS}
        return frozenset(asked_of(trigger) for trigger in self.triggers)

    def asked_as(self, event: str) -> str:
        """Return one of its events as conditions are judged under it."""
        return next((each for each in self.asked if each.partition(" ")[0] == event), event)


def asked_of(trigger: Trigger) -> str:
    """Return the event of a trigger as conditions are judged under it."""
    event = trigger.event
    if event in PULLS:
        return f"{event} closed" if "closed" in trigger.types else event
    if event != "push":
        return event.partition(" ")[0]
    heads, tags = trigger.branches or trigger.branches_ignore, trigger.tags or trigger.tags_ignore
    return "push" if bool(heads) == bool(tags) else "push heads" if heads else "push tags"
