"""Builds the connector of a Jenkins controller from its part of the configuration."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from pipewarden.errors import ConfigError, CredentialError
from pipewarden.settings.config import CredentialFrom, SourceConfig

if TYPE_CHECKING:
    from pipewarden.connectors.base import Connector, Keeper
    from pipewarden.connectors.jenkins.client import Jenkins

TOKEN = "PIPEWARDEN_JENKINS_TOKEN"
USER = "PIPEWARDEN_JENKINS_USER"


def build(source: SourceConfig, keeper: "Keeper | None") -> "Connector":
    """Build it. Raises ConfigError without a host or user, CredentialError without a token."""
    from pipewarden.connectors.jenkins.connector import JenkinsConnector

    make = client(source)
    return JenkinsConnector(
        make,
        source.name,
        instance=source.host or _where(source).partition("://")[2].partition("/")[0],
        include=source.include,
        exclude=source.exclude,
        keeper=keeper,
    )


def client(source: SourceConfig) -> "Callable[[], Jenkins]":
    """Return what makes the client. Raises ConfigError without a host or user, CredentialError without a token."""
    user = str(source.options.get("user") or os.environ.get(USER) or "")
    given = source.token or (CredentialFrom(how="env", where=TOKEN) if os.environ.get(TOKEN) else None)
    if not source.host and not source.api:
        raise ConfigError(
            f"{source.address} names no host", hint="Add `host: jenkins.example.com`, or `api:` with a path."
        )
    if not user:
        raise ConfigError(
            f"{source.address} names no user", hint=f"Add `user:`, or set {USER}: an API token belongs to a user."
        )
    if given is None:
        raise CredentialError(
            f"there is no token for {source.address}",
            hint=f"Set {TOKEN}, or configure `token:` (the user's page > Security > API Token).",
        )

    def make() -> "Jenkins":
        from pipewarden.connectors.jenkins.client import Jenkins
        from pipewarden.http.client import Http
        from pipewarden.http.secrets import ReadSecret

        http = Http(_where(source), concurrency=source.concurrency)
        return Jenkins(http, user, ReadSecret(given.how, given.where), budget=source.budget)

    return make


def _where(source: SourceConfig) -> str:
    return source.api or f"https://{source.host}"
