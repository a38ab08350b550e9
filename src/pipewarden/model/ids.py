"""Names that never change: what a thing is, in which system, under which immutable id."""

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What an id names. Principals can hold a grant, resources can be reached, the rest guard or explain."""

    # principals
    ACCOUNT = "account"
    GROUP = "group"
    APP = "app"
    FINE_GRAINED_TOKEN = "fine_grained_token"
    CLASSIC_TOKEN = "classic_token"
    SSH_KEY = "ssh_key"
    DEPLOY_KEY = "deploy_key"
    ACCESS_TOKEN = "access_token"
    """A token of GitLab, Okta, Jenkins or a vault: acts for its owner, or as a machine of its own."""
    DEPLOY_TOKEN = "deploy_token"
    CLIENT_SECRET = "client_secret"
    """A secret or certificate by which an application proves itself; whoever holds it acts as the application."""
    SERVICE_ACCOUNT = "service_account"
    """A machine with an account of its own: service account, service principal, vault role."""
    JOB = "job"
    # resources
    TENANT = "tenant"
    """All of one system that is not a code host: an Okta organization, an Entra tenant, a Jenkins controller, a vault."""
    FOLDER = "folder"
    PIPELINE = "pipeline"
    """What is run and configured in one place: a Jenkins job."""
    APPLICATION = "application"
    """What people sign in to through an identity provider."""
    MOUNT = "mount"
    """A part of a vault: a secrets engine or an authentication method."""
    ENTERPRISE = "enterprise"
    ORGANIZATION = "organization"
    REPOSITORY = "repository"
    BRANCH = "branch"
    ENVIRONMENT = "environment"
    SECRET = "secret"
    VARIABLE = "variable"
    RUNNER_GROUP = "runner_group"
    RUNNER = "runner"
    WEBHOOK = "webhook"
    WORKFLOW = "workflow"
    ACTION = "action"
    """A repository of somebody else whose actions or workflows an organization's workflows use, as they name it."""
    INVITATION = "invitation"
    TOKEN_REQUEST = "token_request"
    ALERT = "alert"
    CLOUD_ROLE = "cloud_role"
    PLAIN_SECRET = "plain_secret"
    """A secret that stands in plain text in files; its key ends in a keyed fingerprint of the value."""
    # what guards and what explains
    ROLE = "role"
    GATE = "gate"
    TRUST = "trust"
    IDENTITY = "identity"
    SOURCE = "source"

    @property
    def word(self) -> str:
        """The kind as people say it: `deploy key`, `fine-grained token`."""
        return self.value.replace("_", " ").replace("fine grained", "fine-grained")


CREDENTIALS = frozenset(
    {
        Kind.FINE_GRAINED_TOKEN,
        Kind.CLASSIC_TOKEN,
        Kind.SSH_KEY,
        Kind.DEPLOY_KEY,
        Kind.ACCESS_TOKEN,
        Kind.DEPLOY_TOKEN,
        Kind.CLIENT_SECRET,
    }
)
"""Machines that prove being a principal: whoever holds the value can act as them."""

MACHINES = CREDENTIALS | {Kind.APP, Kind.SERVICE_ACCOUNT, Kind.JOB}
"""Principals without a person."""


class Ref(NamedTuple):
    """An immutable id: `(source instance, kind, the provider's own id)`.

    The instance is the system's host, such as `github.com`, so that one account is one id
    in all organizations of that host. The key never is a name a person may change.
    """

    instance: str
    kind: Kind
    key: str

    def __str__(self) -> str:
        """Write the id as one word, `github.com:account:1001`."""
        return ":".join(self)

    @classmethod
    def parse(cls, text: str) -> "Ref":
        """Read what `str()` wrote. Raises ValueError where the text is no id."""
        instance, kind, key = text.split(":", 2)
        return cls(instance, Kind(kind), key)


def action_of(organization: Ref, name: str) -> Ref:
    """Return the id of somebody else's repository as an organization's workflows name it (`owner/name`).

    There is no other: what the name stands for tomorrow is the very question.
    """
    return Ref(organization.instance, Kind.ACTION, f"{organization.key}:{name.lower()}")


def everyone(instance: str) -> Ref:
    """Return the group that anybody who can reach `instance` belongs to; it is never expanded."""
    return Ref(instance, Kind.GROUP, "everyone")


def members_of(scope: Ref) -> Ref:
    """Return the implicit group of all members of an organization or enterprise."""
    return Ref(scope.instance, Kind.GROUP, f"members:{scope.kind}:{scope.key}")


def owners_of(scope: Ref) -> Ref:
    """Return the implicit group of all owners of an organization or enterprise."""
    return Ref(scope.instance, Kind.GROUP, f"owners:{scope.kind}:{scope.key}")


def outsiders_of(scope: Ref) -> Ref:
    """Return the implicit group of outside collaborators of an organization; it holds no grant itself."""
    return Ref(scope.instance, Kind.GROUP, f"outside:{scope.kind}:{scope.key}")
