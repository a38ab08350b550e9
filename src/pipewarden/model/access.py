"""What somebody may do to something, and the path that explains it."""

from datetime import datetime
from enum import IntEnum, StrEnum

from msgspec import Struct

from pipewarden.model.facts import GrantKind
from pipewarden.model.ids import Ref


class Capability(StrEnum):
    """Our verbs, the same over all systems."""

    READ = "read"
    PUSH = "push"
    MERGE = "merge"
    EDIT_PIPELINE = "edit_pipeline"
    RUN_PIPELINE = "run_pipeline"
    APPROVE_DEPLOYMENT = "approve_deployment"
    DEPLOY = "deploy"
    USE_SECRET = "use_secret"
    READ_SECRET = "read_secret"
    MANAGE_SECRET = "manage_secret"
    MANAGE_RUNNER = "manage_runner"
    MANAGE_ACCESS = "manage_access"
    BYPASS_PROTECTION = "bypass_protection"
    ASSUME_ROLE = "assume_role"
    ADMINISTER = "administer"


class Level(IntEnum):
    """GitHub's repository roles, totally ordered; a custom role counts as its base.

    https://docs.github.com/en/organizations/managing-user-access-to-your-organizations-repositories/managing-repository-roles/repository-roles-for-an-organization
    """

    NONE = 0
    READ = 1
    TRIAGE = 2
    WRITE = 3
    MAINTAIN = 4
    ADMIN = 5

    @property
    def word(self) -> str:
        """The provider's word for it."""
        return self.name.lower()

    @classmethod
    def of(cls, word: str | None) -> "Level":
        """Read a provider's word, `pull` and `push` included; anything else is NONE."""
        return _LEVELS.get((word or "").lower(), cls.NONE)


_LEVELS = {level.name.lower(): level for level in Level} | {"pull": Level.READ, "push": Level.WRITE}


class Answer(StrEnum):
    """May they? Three values: what cannot be seen is unknown, never no."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Link(Struct, frozen=True, kw_only=True):
    """One link of a path: from whom or what, to what, by which membership, grant or act."""

    source: Ref
    target: Ref
    says: str
    """In words: `member of`, `maintain`, `owner of`, `is inside`, `may edit the workflow`."""
    kind: GrantKind | None = None
    role: str = ""
    since: datetime | None = None
    expires: datetime | None = None
    last_used: datetime | None = None
    membership: int | None = None
    """The row of the membership in the snapshot, where the link is one."""
    grant: int | None = None
    """The row of the grant in the snapshot, where the link is one."""


class Condition(Struct, frozen=True, kw_only=True):
    """What else must hold for a path: another person's approval, a branch, a token's scope, a time."""

    says: str
    kind: str = "other"
    """`approval` (another person must act), `activation` (they take it for some hours, when they ask),
    `branch`, `environment`, `scope`, `expiry`, `acceptance`, `other`."""
    principals: tuple[Ref, ...] = ()
    """Who can meet it, where that is a person or group."""
    count: int = 0


class Path(Struct, frozen=True, kw_only=True):
    """A chain of links by which a principal reaches a resource, with all it depends on."""

    links: tuple[Link, ...]
    answer: Answer = Answer.YES
    """YES where every link is known, UNKNOWN where something on it could not be seen."""
    conditions: tuple[Condition, ...] = ()
    unknown: tuple[str, ...] = ()
    """What could not be seen, and the permission that would show it, in words."""

    @property
    def alone(self) -> bool:
        """Whether one person suffices: no other's approval is needed."""
        return not any(condition.kind == "approval" for condition in self.conditions)

    @property
    def waits(self) -> bool:
        """Whether something is activated first, that is held for some hours only."""
        return any(condition.kind == "activation" for condition in self.conditions)

    @property
    def rank(self) -> tuple[bool, bool, bool, int]:
        """Order: known before unknown, one person's before those of two, at once before after an activation, short before long."""
        return (self.answer is not Answer.YES, not self.alone, self.waits, len(self.links))


class Access(Struct, frozen=True, kw_only=True):
    """One principal's access to one resource by one capability, with all its paths, shortest first."""

    principal: Ref
    resource: Ref
    capability: Capability
    answer: Answer
    paths: tuple[Path, ...]
    unknown: tuple[str, ...] = ()

    @property
    def witness(self) -> Path | None:
        """The shortest path, known ones before unknown ones, those of one person before those of two."""
        return min(self.paths, key=lambda path: path.rank, default=None)
