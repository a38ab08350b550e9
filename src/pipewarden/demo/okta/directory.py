"""What an Okta organization of the estate is made of. Fields that Okta has by its own names are kept as plain JSON."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = dict[str, Any]


@dataclass(slots=True)
class Person:
    """Somebody with a login."""

    id: str
    login: str
    status: str = "ACTIVE"
    first: str = ""
    last: str = ""
    department: str = ""
    kind: str = "Employee"
    created: str = "2022-02-01T08:00:00.000Z"
    last_login: str | None = "2026-11-22T08:30:00.000Z"
    password_changed: str | None = "2026-06-01T08:00:00.000Z"
    status_changed: str | None = None
    factors: tuple[str, ...] = ("push",)
    roles: list[Json] = field(default_factory=list)


@dataclass(slots=True)
class Group:
    """A group with its members, by login."""

    id: str
    name: str
    type: str = "OKTA_GROUP"
    description: str | None = None
    members: list[str] = field(default_factory=list)
    roles: list[Json] = field(default_factory=list)


@dataclass(slots=True)
class App:
    """An app: who is assigned (`people` by login, `groups` by name), and what a service app may do."""

    id: str
    label: str
    name: str
    mode: str = "SAML_2_0"
    status: str = "ACTIVE"
    features: tuple[str, ...] = ()
    policy: str = ""
    people: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    client: str = ""
    method: str = ""
    """`token_endpoint_auth_method` of an app that speaks OAuth."""
    scheme: str = ""
    acs: str = ""
    """Where a SAML app sends its assertions; `sends` are the groups whose names stand in them: a filter and its value."""
    sends: tuple[str, str] = ("", "")
    base: str = ""
    """The address that it provisions."""
    settings: Json = field(default_factory=dict)
    """Settings of an app of the catalog: `githubOrg`, and what else it asks for."""
    pushes: tuple[tuple[str, str, str], ...] = ()
    """Groups that are pushed: the name here, the name there, and the state of the mapping."""
    kind: str = ""
    scopes: tuple[str, ...] = ()
    secrets: tuple[Json, ...] = ()
    roles: list[Json] = field(default_factory=list)


@dataclass
class Directory:
    """One organization of Okta, at one moment."""

    name: str
    now: datetime
    people: dict[str, Person] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    apps: list[App] = field(default_factory=list)
    rules: list[Json] = field(default_factory=list)
    custom_roles: list[Json] = field(default_factory=list)
    """`id`, `label`, `permissions` (labels)."""
    resource_sets: list[Json] = field(default_factory=list)
    """`id`, `label`, `resources`: each a path below /api/v1."""
    tokens: list[Json] = field(default_factory=list)
    policies: list[Json] = field(default_factory=list)
    """Policies as Okta gives them, with their `rules`."""
    authenticators: list[Json] = field(default_factory=list)
    """Authenticators as Okta gives them, with their `methods`."""
    zones: list[Json] = field(default_factory=list)
    idps: list[Json] = field(default_factory=list)
    log_streams: list[Json] = field(default_factory=list)
    threat_action: str = "audit"
    """What is done with a sign-in from an address that attacks others: `none`, `audit` or `block`."""

    def person_by_id(self, key: str) -> Person | None:
        """Find somebody by id."""
        return self._ids.get(key)

    def __post_init__(self) -> None:
        """Make room for the index of ids, which is filled by `index`."""
        self._ids: dict[str, Person] = {}
        self._groups: dict[str, Group] = {}

    def index(self) -> "Directory":
        """Remember people and groups by id; to be called after any was added."""
        self._ids = {person.id: person for person in self.people.values()}
        self._groups = {group.id: group for group in self.groups.values()}
        for app in self.apps:
            for number, (_, name, _) in enumerate(app.pushes):
                made = Group(target_of(app, number), name, "APP_GROUP")
                self._groups[made.id] = made
        return self

    def group_by_id(self, key: str) -> Group | None:
        """Find a group by id."""
        return self._groups.get(key)


def target_of(app: App, number: int) -> str:
    """Return the id that Okta gives to a group at the other system: it can be asked for, and stands in no list."""
    return f"00g9{app.id[-8:]}{number:08d}"
