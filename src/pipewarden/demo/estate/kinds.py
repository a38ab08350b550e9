"""What an estate is made of. Fields that GitHub has by its own names are kept as plain JSON."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = dict[str, Any]


@dataclass(slots=True)
class Person:
    """An account, of a person or a machine user."""

    id: int
    login: str
    name: str = ""
    type: str = "User"
    mfa: str = "enabled"
    """`enabled`, `disabled` or `insecure` (text messages only)."""
    emails: tuple[str, ...] = ()
    saml: str = ""
    """Name id that single sign-on links, "" for none."""
    scim_active: bool | None = None
    created: str = "2020-01-06T09:00:00Z"


@dataclass(slots=True)
class Team:
    """A team with its own members and repositories only."""

    id: int
    slug: str
    name: str
    parent: str = ""
    members: dict[str, str] = field(default_factory=dict)
    repositories: dict[str, str] = field(default_factory=dict)
    privacy: str = "closed"
    description: str | None = None


@dataclass(slots=True)
class Repository:
    """A repository with all that hangs on it."""

    id: int
    name: str
    visibility: str = "private"
    archived: bool = False
    fork: bool = False
    upstream: str = ""
    """What it is a fork of, where that is of the same organization."""
    default_branch: str = "main"
    language: str | None = None
    properties: dict[str, str | list[str]] = field(default_factory=dict)
    """Custom properties with their values."""
    created: str = "2021-03-01T08:00:00Z"
    pushed: str = "2026-11-20T15:30:00Z"
    collaborators: dict[str, str] = field(default_factory=dict)
    protections: list[Json] = field(default_factory=list)
    rulesets: list[Json] = field(default_factory=list)
    environments: list[Json] = field(default_factory=list)
    keys: list[Json] = field(default_factory=list)
    secrets: list[Json] = field(default_factory=list)
    variables: list[Json] = field(default_factory=list)
    hooks: list[Json] = field(default_factory=list)
    runners: list[Json] = field(default_factory=list)
    invitations: list[Json] = field(default_factory=list)
    workflows: dict[str, str] = field(default_factory=dict)
    codeowners: str | None = None
    files: dict[str, str] = field(default_factory=dict)
    """Other files of the default branch, by their paths."""
    actions: Json = field(default_factory=dict)
    security: Json = field(default_factory=dict)
    auto_merge: bool = False
    forking: bool = False
    branches: Sequence[str] = ()
    """Names beside the default branch."""
    runs: Sequence[Json] = ()
    """Workflow runs: `workflow` (a path), `actor`, `event`, `branch`, `at`, `conclusion`."""
    deployments: Sequence[Json] = ()
    """Deployments: `environment`, `actor`, `ref`, `at`."""
    alerts: Sequence[Json] = ()
    """Alerts of secret scanning: `number`, `secret_type`, `state`, and what else differs."""
    access_level: str = "none"
    """Who outside may use its actions and workflows: `none`, `organization` or `enterprise`."""

    def every_file(self) -> Json:
        """Return the files of the default branch, texts by path."""
        owners = {} if self.codeowners is None else {".github/CODEOWNERS": self.codeowners}
        return {**self.files, **self.workflows, **owners}


@dataclass(slots=True)
class Organization:
    """An organization with its people, teams, repositories and settings."""

    id: int
    login: str
    settings: Json = field(default_factory=dict)
    graphql: Json = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    """Login to `admin` or `member`."""
    outsiders: set[str] = field(default_factory=set)
    teams: dict[str, Team] = field(default_factory=dict)
    repositories: dict[str, Repository] = field(default_factory=dict)
    repository_roles: list[Json] = field(default_factory=list)
    roles: list[Json] = field(default_factory=list)
    """Organization roles with `users` and `teams` that hold them."""
    apps: list[Json] = field(default_factory=list)
    tokens: list[Json] = field(default_factory=list)
    token_requests: list[Json] = field(default_factory=list)
    credentials: list[Json] = field(default_factory=list)
    rulesets: list[Json] = field(default_factory=list)
    runner_groups: list[Json] = field(default_factory=list)
    runners: list[Json] = field(default_factory=list)
    secrets: list[Json] = field(default_factory=list)
    dependabot_secrets: list[Json] = field(default_factory=list)
    codespaces_secrets: list[Json] = field(default_factory=list)
    variables: list[Json] = field(default_factory=list)
    hooks: list[Json] = field(default_factory=list)
    invitations: list[Json] = field(default_factory=list)
    failed_invitations: list[Json] = field(default_factory=list)
    actions: Json = field(default_factory=dict)
    """Bodies by the last part of their path: permissions, workflow, selected-actions …"""
    saml_issuer: str = ""
    plan: str = "enterprise"
    """`enterprise`, `team` or `free`; some endpoints are there on `enterprise` alone."""
    oidc_claims: Sequence[str] = ("repo", "context")
    managed_users: bool = False
    """Whether its accounts are made by the identity provider, and not people's own."""
    external_groups: Sequence[Json] = ()
    """Groups of the identity provider: `id`, `name`, `teams` (slugs) and `members` (logins)."""
    suites: Sequence[Json] = ()
    """Pushes that rules were asked about: `id`, `actor`, `repository`, `ref`, `at`, `result`."""
    immutable_releases: str = "none"
    """Whose releases are immutable: of `all` repositories, of `none` unless they say so, or of `selected` ones."""
    events: Sequence[Json] = ()
    """Events of the audit log, oldest first: `action`, `actor`, `at` (UTC) and what else GitHub gives."""


@dataclass
class Estate:
    """Everything, at one moment."""

    now: datetime
    enterprise: Json
    people: dict[str, Person]
    organizations: dict[str, Organization]
    renamed: dict[str, str] = field(default_factory=dict)
    """Former full names of repositories, each to the present one."""
    _by_id: dict[int, Person] = field(default_factory=dict, repr=False)

    def person(self, login: str) -> Person:
        """Return somebody by login."""
        return self.people[login]

    def repository(self, full_name: str) -> tuple[Organization, Repository] | None:
        """Find a repository by owner/name."""
        owner, _, name = full_name.partition("/")
        organization = self.organizations.get(owner)
        repository = organization.repositories.get(name) if organization else None
        return (organization, repository) if organization and repository else None
