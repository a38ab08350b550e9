"""What a connector saw, fact by fact, each with where and when it was seen."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from pipewarden.model.ids import Kind, Ref

Json = Any
"""A value as JSON has it; the provider's own field names are kept below the first level."""


class Certainty(StrEnum):
    """How sure a fact is."""

    KNOWN = "known"
    PRESUMED = "presumed"
    """Follows from a documented rule, was not itself read (the person who added a key holds it)."""


class Origin(Struct, frozen=True):
    """Where a fact comes from: the endpoint or query, and when it was read (UTC)."""

    endpoint: str
    fetched_at: datetime
    certainty: Certainty = Certainty.KNOWN


class Fact(Struct, frozen=True, kw_only=True):
    """What all facts share."""

    origin: Origin


class Identity(Fact, frozen=True, kw_only=True):
    """A person or workload across systems, as an identity provider or roster knows it."""

    ref: Ref
    name: str
    emails: tuple[str, ...] = ()
    external_ids: tuple[str, ...] = ()
    accounts: tuple[Ref, ...] = ()
    active: bool | None = None
    attributes: dict[str, Json] = field(default_factory=dict)


class Entity(Fact, frozen=True, kw_only=True):
    """Something with an id, a name for display and a parent that contains it.

    `attributes` holds the provider's own documented fields, whitelisted per kind. A field that is
    absent was not given; a field that is None was given as null: two different facts.
    """

    ref: Ref
    name: str
    parent: Ref | None = None
    attributes: dict[str, Json] = field(default_factory=dict)


class Account(Entity, frozen=True, kw_only=True):
    """One identity's login in one system. `name` is the login."""

    created_at: datetime | None = None
    last_used_at: datetime | None = None
    """Last sign of activity known, in the sense that `attributes["last_used_source"]` names."""


class Machine(Entity, frozen=True, kw_only=True):
    """A principal without a person: app, token, key or CI job; its kind is `ref.kind`."""

    owner: Ref | None = None
    """The account whose right bounds it (a token), or who is presumed to hold it (a deploy key)."""
    created_at: datetime | None = None
    expires_at: datetime | None = None
    last_used_at: datetime | None = None


class Group(Entity, frozen=True, kw_only=True):
    """A principal made of members; `parent` is the scope it lives in, nesting is a Membership."""


class Resource(Entity, frozen=True, kw_only=True):
    """What can be reached. `name` is its address, such as `acme/web` or `env:acme/web/production`."""


class Role(Entity, frozen=True, kw_only=True):
    """The provider's own role: what it allows, and on what it is defined.

    `ref.key` is what `Grant.role` names. `level` is the repository role it implies on everything its
    resource contains (`read` … `admin`, or None); `permissions` maps the provider's fine permissions
    to `read`, `write` or `admin`.
    """

    level: str | None = None
    permissions: dict[str, str] = field(default_factory=dict)


class Membership(Fact, frozen=True, kw_only=True):
    """A principal is in a group; a group in a group inherits all that the outer group may do."""

    member: Ref
    group: Ref
    role: str = "member"
    since: datetime | None = None
    expires: datetime | None = None


class GrantKind(StrEnum):
    """How a grant came to be."""

    DIRECT = "direct"
    TEAM = "team"
    BASE = "base"
    OWNERSHIP = "ownership"
    ORG_ROLE = "org_role"
    INTERNAL = "internal"
    PUBLIC = "public"
    SHARE = "share"
    APP = "app"
    TOKEN = "token"
    KEY = "key"
    WORKFLOW = "workflow"
    POTENTIAL = "potential"
    """May be taken at will: an enterprise owner may join any organization as its owner."""


class Grant(Fact, frozen=True, kw_only=True):
    """A principal holds a role on a resource, and through it on what the resource contains."""

    principal: Ref
    resource: Ref
    role: str
    kind: GrantKind
    conditions: tuple[str, ...] = ()
    since: datetime | None = None
    expires: datetime | None = None
    last_used: datetime | None = None


class GateKind(StrEnum):
    """What guards a resource."""

    BRANCH_PROTECTION = "branch_protection"
    RULESET = "ruleset"
    ENVIRONMENT = "environment"
    SIGN_ON = "sign_on"
    """What is asked at sign-in: a policy of an identity provider."""
    CONDITIONAL_ACCESS = "conditional_access"
    """What an identity provider asks of a sign-in."""


class Gate(Fact, frozen=True, kw_only=True):
    """A rule that stands between a role and an act: protection rule, ruleset, environment gates.

    `patterns` are what it covers (branch patterns in the provider's own glob). `rules` keeps the
    provider's own field names. `bypass` is None where the list could not be seen: absent is not empty.
    """

    ref: Ref
    resource: Ref
    kind: GateKind
    name: str = ""
    active: bool = True
    patterns: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    target: str = "branch"
    rules: dict[str, Json] = field(default_factory=dict)
    bypass: tuple[dict[str, Json], ...] | None = None


class Trust(Fact, frozen=True, kw_only=True):
    """Whoever presents a token of `issuer` whose subject matches may act as `principal`."""

    ref: Ref
    principal: Ref
    issuer: str
    subjects: tuple[str, ...]
    audiences: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    attributes: dict[str, Json] = field(default_factory=dict)


class Use(Fact, frozen=True, kw_only=True):
    """A job uses a secret, an environment, a runner or an OIDC identity.

    `by` is the workflow or job, `resource` what it uses where that could be resolved, `name` the word
    in the file, `what` one of `secret`, `variable`, `environment`, `runner`, `oidc`, `action`.
    """

    by: Ref
    what: str
    name: str
    resource: Ref | None = None
    line: int = 0
    column: int = 0
    attributes: dict[str, Json] = field(default_factory=dict)


class Cause(StrEnum):
    """Why something could not be read. Each is a different fact."""

    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    GONE = "gone"
    MISSING_FIELD = "missing_field"
    PLAN = "plan"
    BUDGET = "budget"
    RATE_LIMITED = "rate_limited"
    UNREACHABLE = "unreachable"
    UNEXPECTED = "unexpected"
    NOT_COLLECTED = "not_collected"
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"
    NOT_FOLLOWED = "not_followed"
    """A pipeline file takes in something that was not at hand, or that is made only while it runs."""
    NO_ENGINE = "no_engine"
    """Another program tells it, which is not installed."""


class Gap(Fact, frozen=True, kw_only=True):
    """One thing we meant to see and could not. It covers `scope` and everything inside it.

    `facet` names what was not read (model.facets); `permission` is what would close it, "" where no
    permission would.
    """

    scope: Ref
    facet: str
    cause: Cause
    detail: str = ""
    permission: str = ""


AnyFact = Identity | Account | Machine | Group | Resource | Role | Membership | Grant | Gate | Trust | Use | Gap
"""All that a connector may emit."""

ENTITY_TYPES: dict[Kind, type[Entity]] = {
    Kind.ACCOUNT: Account,
    Kind.GROUP: Group,
    Kind.ROLE: Role,
    Kind.APP: Machine,
    Kind.FINE_GRAINED_TOKEN: Machine,
    Kind.CLASSIC_TOKEN: Machine,
    Kind.SSH_KEY: Machine,
    Kind.DEPLOY_KEY: Machine,
    Kind.ACCESS_TOKEN: Machine,
    Kind.DEPLOY_TOKEN: Machine,
    Kind.CLIENT_SECRET: Machine,
    Kind.SERVICE_ACCOUNT: Machine,
    Kind.JOB: Machine,
}
"""The fact type of an entity's kind; every kind not listed is a Resource."""
