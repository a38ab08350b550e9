"""Serves acme's GitLab and yields the connector that reads it with an administrator's token."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipewarden.demo.clock import StoryClock
from pipewarden.demo.estate.kinds import Estate
from pipewarden.demo.gitlab.server import API, GitLabServer
from pipewarden.demo.gitlab.story import acme_gitlab

if TYPE_CHECKING:
    from pipewarden.connectors.base import Connector


@contextmanager
def staged(estate: Estate) -> "Iterator[list[Connector]]":
    """Serve on loopback while the `with` block lasts; an estate without acme has no GitLab."""
    if "acme" not in estate.organizations:
        yield []
        return
    with GitLabServer(acme_gitlab(estate.now), clock=estate.now.timestamp) as server:
        yield [_connector(server)]


def _connector(server: GitLabServer) -> "Connector":
    from pipewarden.connectors.gitlab.client import GitLab
    from pipewarden.connectors.gitlab.connector import GitLabConnector
    from pipewarden.http.client import Http
    from pipewarden.http.secrets import FixedSecret

    token = FixedSecret(server.admin_token)

    def make() -> GitLab:
        return GitLab(Http(f"{server.url}{API}", clock=StoryClock(server.estate.now)), token)

    return GitLabConnector(make, "acme", instance=server.estate.host)
