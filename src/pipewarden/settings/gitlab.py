"""Builds the connector of a GitLab from what the configuration says."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from pipewarden.errors import CredentialError
from pipewarden.settings.config import CredentialFrom, SourceConfig
from pipewarden.settings.systems import SYSTEMS

if TYPE_CHECKING:
    from pipewarden.connectors.base import Connector, Keeper
    from pipewarden.connectors.gitlab.client import GitLab

API = "/api/v4"


def gitlab(source: SourceConfig, keeper: "Keeper | None") -> "Connector":
    """Build the GitLab connector of a source. Raises CredentialError where there is no token at all."""
    from pipewarden.connectors.gitlab.connector import GitLabConnector

    return GitLabConnector(
        client(source),
        source.name,
        instance=source.host,
        include=source.include,
        exclude=source.exclude,
        keeper=keeper,
    )


def client(source: SourceConfig) -> "Callable[[], GitLab]":
    """Return a function that makes the client; made inside the event loop that uses it."""
    given = source.token or _from_environment()
    if given is None:
        raise CredentialError(
            f"there is no token for {source.address}",
            hint="Set GITLAB_TOKEN to a token with the scope read_api. `pipewarden --demo audit` needs none.",
        )

    def make() -> "GitLab":
        from pipewarden.connectors.gitlab.client import GitLab
        from pipewarden.http.client import Http
        from pipewarden.http.secrets import ReadSecret

        http = Http(source.api or f"https://{source.host}{API}", concurrency=source.concurrency)
        return GitLab(http, ReadSecret(given.how, given.where), budget=source.budget)

    return make


def _from_environment() -> CredentialFrom | None:
    name = next((name for name in SYSTEMS["gitlab"].tokens if os.environ.get(name)), None)
    return CredentialFrom(how="env", where=name) if name else None
