"""Serves acme's GitHub and yields the connectors that read it: an app and an owner's token for each organization."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipewarden.demo.clock import StoryClock
from pipewarden.demo.estate.kinds import Estate
from pipewarden.demo.github.server import APP_ID, GitHubServer

if TYPE_CHECKING:
    from pipewarden.connectors.base import Connector

FINGERPRINT_KEY = b"the demo tells the same everywhere"
"""Keys the fingerprints of secrets in plain text of the story, which are secret to nobody."""


@contextmanager
def staged(estate: Estate) -> "Iterator[list[Connector]]":
    """Serve on loopback while the `with` block lasts."""
    with GitHubServer(estate, clock=estate.now.timestamp) as server:
        yield [_connector(server, login, estate) for login in estate.organizations]


def _connector(server: GitHubServer, login: str, estate: Estate) -> "Connector":
    from pipewarden.connectors.github.auth import Installation, Token
    from pipewarden.connectors.github.client import GitHub
    from pipewarden.connectors.github.connector import GitHubConnector
    from pipewarden.connectors.github.hosts import addresses
    from pipewarden.http.client import Http
    from pipewarden.http.secrets import FixedSecret

    key, token = FixedSecret(server.private_key), FixedSecret(server.owner_token)

    def make() -> GitHub:
        where = addresses("github.com", server.url)
        http = Http(where.rest, clock=StoryClock(estate.now))
        app = Installation(http, APP_ID, key, organization=login)
        return GitHub(http, where, app=app, token=Token(token))

    return GitHubConnector(make, login, enterprise=estate.enterprise["slug"], key=lambda: FINGERPRINT_KEY)
