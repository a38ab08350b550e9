"""The systems that can be configured: what each is named by, what it may be told, and who builds its connector."""

from typing import Any

from msgspec import Struct

from pipewarden.settings import systems_entra as entra


class SystemSettings(Struct, frozen=True, kw_only=True):
    """What the configuration may say of one system."""

    about: str
    """What stands behind the key: `github: acme` names an organization."""
    build: str
    """`module:function` that takes the source and a keeper and returns a connector; imported when needed."""
    host: str = ""
    """The host where none is given; `{name}` stands for the source's name. Empty: it has to be given."""
    tokens: tuple[str, ...] = ()
    """Environment variables in which a credential is looked for where none is configured, in this order."""
    properties: dict[str, Any] = {}
    """JSON Schema of the settings that this system has beside the common ones."""


APP: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "private_key"],
    "properties": {
        "id": {"type": ["integer", "string"], "description": "The app's id or client id."},
        "installation": {"type": ["integer", "string"], "description": "Found by itself if left out (GitHub)."},
        "private_key": {"$ref": "#/$defs/credential"},
    },
    "description": "A GitHub App, used beside a token where an endpoint needs one of them; or a service app of Okta.",
}
"""An app of the system's own that signs in with a private key."""

SYSTEMS: dict[str, SystemSettings] = {
    "github": SystemSettings(
        about="The organization's login.",
        build="pipewarden.settings:github",
        host="github.com",
        tokens=("PIPEWARDEN_GITHUB_TOKEN", "GITHUB_TOKEN", "GH_TOKEN"),
        properties={
            "enterprise": {"type": "string", "description": "The enterprise's slug, where its facts may be read."},
            "app": APP,
        },
    ),
    "roster": SystemSettings(
        about="A name for a list in a file: who is here, who left, whose accounts and machines are whose.",
        build="pipewarden.settings.roster:roster",
        properties={"file": {"type": "string", "description": "The CSV, JSON or YAML file of a roster."}},
    ),
    "vault": SystemSettings(
        about="A name of yours for the OpenBao or Vault.",
        build="pipewarden.settings.vault:vault",
        tokens=("PIPEWARDEN_VAULT_TOKEN", "BAO_TOKEN", "VAULT_TOKEN"),
        properties={"namespace": {"type": "string", "description": "The namespace to read, where it is not the root."}},
    ),
    "okta": SystemSettings(
        about="The organization's name: the first word of its address, such as `acme` of acme.okta.com.",
        build="pipewarden.settings.okta:build",
        host="{name}.okta.com",
        tokens=("PIPEWARDEN_OKTA_TOKEN", "OKTA_API_TOKEN"),
        properties={
            "app": APP,
            "factors": {
                "type": "integer",
                "minimum": 0,
                "default": 2000,
                "description": "People whose second factors one run reads, administrators first: each costs a request.",
            },
            "pushes": {
                "type": "object",
                "additionalProperties": {"type": "string", "pattern": "^(github|gitlab):.+$"},
                "description": "Apps that push groups and do not tell where to (Okta): the id of each, and the organization, "
                "enterprise or group that it is for: `github:acme`, `github:enterprises/acme`, `gitlab:acme`.",
            },
        },
    ),
    "gitlab": SystemSettings(
        about="The full path of a group; all below it is read.",
        build="pipewarden.settings.gitlab:gitlab",
        host="gitlab.com",
        tokens=("PIPEWARDEN_GITLAB_TOKEN", "GITLAB_TOKEN"),
    ),
    "jenkins": SystemSettings(
        about="A name for the controller, such as the company's.",
        build="pipewarden.settings.jenkins:build",
        tokens=("PIPEWARDEN_JENKINS_TOKEN",),
        properties={"user": {"type": "string", "description": "The user whose API token is given (Jenkins)."}},
    ),
    "entra": SystemSettings(
        about="A name for the Entra tenant.",
        build="pipewarden.settings.entra:build",
        host="graph.microsoft.com",
        tokens=entra.SECRET_VARIABLES,
        properties=entra.PROPERTIES,
    ),
}
"""One entry for each system that a connector reads."""

COMMON: dict[str, Any] = {
    "host": {
        "type": "string",
        "description": "The system's host. For GitHub: github.com, your *.ghe.com name, or a GitHub Enterprise Server.",
    },
    "api": {"type": "string", "description": "Another base address of the API."},
    "token": {"$ref": "#/$defs/credential", "description": "A token with read permissions."},
    "budget": {"type": "integer", "minimum": 1, "description": "Requests that one run may spend."},
    "concurrency": {
        "type": "integer",
        "minimum": 1,
        "maximum": 100,
        "default": 20,
        "description": "Requests at once.",
    },
    "include": {
        "type": "array",
        "items": {"type": "string"},
        "description": "Name patterns of what is read: repositories, projects, jobs.",
    },
    "exclude": {"type": "array", "items": {"type": "string"}, "description": "Name patterns of what is left out."},
}
"""Settings that every system has."""


def schema() -> dict[str, Any]:
    """Return the JSON Schema of one source: the common settings and those of every system; exactly one system is named."""
    named = {name: {"type": "string", "minLength": 1, "description": each.about} for name, each in SYSTEMS.items()}
    own = {key: value for each in SYSTEMS.values() for key, value in each.properties.items()}
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {**named, **COMMON, **own},
        "oneOf": [{"required": [name]} for name in SYSTEMS],
    }
