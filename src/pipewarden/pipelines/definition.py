"""A pipeline file of any system but GitHub's as frozen types: what decides access, in words all systems share.

Each reader (`gitlab`, `jenkins`, `azure`, `circleci`, `bitbucket`) turns text into one `Definition`. GitHub's own
workflows keep their richer type in `parts`. What a reader could not follow stands in `open_ends`, never nowhere.
"""

from enum import StrEnum

from msgspec import Struct

from pipewarden.pipelines.inside import within
from pipewarden.pipelines.parts import Environment, Image, Runner, RunnerKind, Transfer
from pipewarden.pipelines.uses import Pin
from pipewarden.pipelines.yaml_tree import Fault, Position


class System(StrEnum):
    """Whose pipelines they are."""

    GITHUB = "github"
    GITLAB = "gitlab"
    JENKINS = "jenkins"
    AZURE = "azure"
    CIRCLECI = "circleci"
    BITBUCKET = "bitbucket"


UNSAID = "as its condition says"
"""Stands for the branches of a job that a condition limits to some which it does not name."""


class Occasion(StrEnum):
    """What starts a job, the same over all systems."""

    PUSH = "push"
    TAG = "tag"
    MERGE_REQUEST = "merge_request"
    """A change proposed within the repository."""
    FORK = "fork"
    """A change proposed from a fork: by a stranger, where the repository is public."""
    SCHEDULE = "schedule"
    MANUAL = "manual"
    API = "api"
    """Started over the API, by a trigger token or a webhook."""
    PARENT = "parent"
    """Started by another pipeline."""
    COMMENT = "comment"


class SecretKind(StrEnum):
    """What kind of thing a secret is to its system."""

    VARIABLE = "variable"
    """A variable that the system masks or that settings hold (GitLab, Bitbucket, Azure, CircleCI project variables)."""
    CONTEXT = "context"
    """A group of variables shared by pipelines (CircleCI context, Azure variable group)."""
    CREDENTIAL = "credential"
    """An entry of a credential store, by its id (Jenkins)."""
    CONNECTION = "connection"
    """A named right to another system (Azure service connection)."""
    VAULT = "vault"
    """Read from a vault at run time, by its path."""
    FILE = "file"
    """A secure file."""


class SecretRead(Struct, frozen=True, kw_only=True):
    """A job takes a secret. `name` is as written; empty where it is computed (then `dynamic` is set)."""

    name: str
    kind: SecretKind
    position: Position
    where: str = ""
    """The key path inside the job: `variables.TOKEN`, `script`, `secrets.DB`."""
    step: int | None = None
    """The index of the step that receives it; None: the whole job."""
    dynamic: bool = False
    certain: bool = True
    """False where the name only looks like a variable of the settings: the file cannot tell."""
    store: str = ""
    """The store outside the system that it is read from, as in `TakenSecret.store`: its name then begins with it."""
    address: str = ""
    """Where that store is, as the file says."""
    withheld: tuple[Occasion, ...] = ()
    """Occasions on which a condition keeps it from the job, or may: the file does not settle every one."""
    after: "tuple[Hold, ...]" = ()
    """What the job asks for in the midst of its steps, before it takes this one."""


class Claim(Struct, frozen=True, kw_only=True):
    """An identity that a job can present elsewhere: an OIDC token, or a role it asks for."""

    name: str
    """The variable that holds the token, or the step's name."""
    position: Position
    audience: tuple[str, ...] = ()
    role: str = ""
    """The cloud role, principal or vault role it is used for, where the file says it."""
    provider: str = ""
    """`aws`, `azure`, `gcp`, `vault`, or empty where the file does not say."""
    step: int | None = None


class Included(Struct, frozen=True, kw_only=True):
    """Something from elsewhere that runs with the job: an included file, template, library, orb, task or pipe."""

    kind: str
    """`local`, `project`, `remote`, `template`, `component`, `library`, `orb`, `task`, `pipe`, `repository`."""
    text: str
    position: Position
    project: str = ""
    ref: str = ""
    pin: Pin = Pin.NONE
    followed: bool = False
    """Whether its content was read too."""
    file: str = ""
    """Its path in the same repository, where `text` does not name it from the root."""
    outside: bool = False
    """It lies on another host or with another owner, as far as the file tells."""


class Hold(Struct, frozen=True, kw_only=True):
    """What stands before a job: `manual` (somebody starts it), `approval` (somebody named approves), `branch`.

    `no_change` keeps out proposed changes, and no branch.
    """

    kind: str
    says: str
    position: Position
    branches: tuple[str, ...] = ()
    approvers: tuple[str, ...] = ()
    """Who may approve as the file tells; empty: whoever may run the pipeline, or settings decide."""
    computed: bool = False
    """Whether who may approve is worked out when it runs: `approvers` then has the expression."""


class Script(Struct, frozen=True, kw_only=True):
    """Commands that a job runs, joined by line ends; `position` is where they begin."""

    text: str
    position: Position
    step: int = 0
    shell: str = ""
    laid: bool = False
    """Whether its lines are lines of the file, all from the column of `position` on: what is folded or put together is not."""

    def place(self, at: int) -> Position:
        """Return where an offset of its text stands; where the whole begins, if more is not known."""
        return within(self.position, self.text, at) if self.laid else self.position


class Leak(Struct, frozen=True, kw_only=True):
    """A secret's text goes where others can read it: `interpolated` into a command, or `printed` to the log."""

    secret: str
    how: str
    position: Position
    step: int | None = None


class DefinedJob(Struct, frozen=True, kw_only=True):
    """One job (Jenkins: stage; Azure: job or deployment; Bitbucket: step)."""

    id: str
    position: Position
    name: str = ""
    stage: str = ""
    occasions: tuple[Occasion, ...] = ()
    """What starts it; empty: the file does not restrict it and the system's default is not known."""
    doubtful: tuple[Occasion, ...] = ()
    """Those of its occasions that a condition may rule out: the file alone cannot tell."""
    start_places: dict[str, Position] = {}
    """Where the file says that an occasion starts it, by the occasion; under the empty name, where it says so of all others."""
    branches: tuple[str, ...] = ()
    """Names or patterns of branches it is limited to; empty: any."""
    condition: str = ""
    needs: tuple[str, ...] = ()
    runner: Runner = Runner(RunnerKind.NONE)
    environment: Environment | None = None
    images: tuple[Image, ...] = ()
    secrets: tuple[SecretRead, ...] = ()
    claims: tuple[Claim, ...] = ()
    includes: tuple[Included, ...] = ()
    holds: tuple[Hold, ...] = ()
    asks: tuple[Hold, ...] = ()
    """What it asks for in the midst of its steps: only what comes behind waits for it."""
    scripts: tuple[Script, ...] = ()
    variables: dict[str, str] = {}
    """Literal values as written; names as the system compares them."""
    variable_places: dict[str, Position] = {}
    injections: tuple[tuple[str, Position], ...] = ()
    """Text that outsiders choose (a title, a branch name, a parameter) and that a shell or interpreter runs."""
    leaks: tuple[Leak, ...] = ()
    calls: tuple[str, ...] = ()
    """Other pipelines or jobs it starts, as written."""
    transfers: tuple[Transfer, ...] = ()
    """Files and variables it hands on or takes; `what` in the words of its system, such as GitLab's `dotenv`."""
    traits: dict[str, str] = {}
    """Other keys that tell what it does, as written: GitLab's `release`, `pages`, `resource_group`, ...."""
    kept_tokens: tuple[Position, ...] = ()
    """Where the code host's token stays on disk after the checkout, for all later steps."""
    hidden: bool = False
    """A template that is never run itself."""
    parents: tuple[Position, ...] = ()
    """Where the jobs stand that start the pipeline it is in, the outermost first; empty: it is in the file's own."""
    never: bool = False
    """Its rules hold for no pipeline: it does not run."""
    settled_variables: bool = False
    """Whoever starts the pipeline cannot set its variables: they are not handed on to the pipeline it is in."""

    @property
    def settled(self) -> tuple[Occasion, ...]:
        """Of the occasions, those on which it runs for sure."""
        return tuple(each for each in self.occasions if each not in self.doubtful)


class Definition(Struct, frozen=True, kw_only=True):
    """A pipeline file. `complete` is False where the text could not be read at all; `open_ends` is what was not followed."""

    path: str
    system: System
    name: str = ""
    occasions: tuple[Occasion, ...] = ()
    start_places: dict[str, Position] = {}
    """Where it says that an occasion starts the pipeline, as of a job."""
    jobs: tuple[DefinedJob, ...] = ()
    includes: tuple[Included, ...] = ()
    variables: dict[str, str] = {}
    inputs: tuple[str, ...] = ()
    """Inputs that whoever starts it fills with any text, and that are put into the file as text."""
    faults: tuple[Fault, ...] = ()
    open_ends: tuple[Fault, ...] = ()
    """What decides access and could not be followed, with its place: a template elsewhere, computed names, scripted code."""
    part_of: str = ""
    """The file that includes this one and tells its jobs: they are then not told a second time."""
    complete: bool = True
    powers: tuple[tuple[str, Position], ...] = ()
    """Calls of the pipeline's own code that reach beyond what its system lets it do by itself (Jenkins: its sandbox)."""
    start_tokens: tuple[Position, ...] = ()
    """Where the file itself holds the token with which anyone starts the pipeline."""
    asks_for_forks: bool = False
    """The file itself asks for builds of pull requests from outside; whether they get secrets is a setting."""

    def job(self, job_id: str) -> DefinedJob | None:
        """Return the job with an id, or None."""
        return next((job for job in self.jobs if job.id == job_id), None)


class Weakness(Struct, frozen=True, gc=False, kw_only=True):
    """What a pipeline file lets others do, as one check tells it, with its place.

    `says` is the sentence behind the file's name: `job deploy runs the title of a merge request as commands`. `reaches`
    holds what somebody gets by it: `secret:NAME`, `secret:*` (any), `token:SCOPE`, `oidc`, `runner`, `environment:NAME`.
    """

    check: str
    """The id of the check in the catalogue: `gl.ci.inject`."""
    position: Position
    says: str
    job: str = ""
    by: str = ""
    """Who can use it: `anyone`, `writer`, `caller`, `supplier`; empty where that is not the point."""
    reaches: tuple[str, ...] = ()
    gate: str = ""
    """What stands before it and can be got around or needs a person; empty where nothing does."""
    severity: str = ""
    """Its own severity where it reaches less than the check's; empty: the check's."""
    through: Position | None = None
    """Of one in a script that the file loads: where it loads it."""
