"""Serves acme's Entra tenant and yields the connector that reads it, signed in with a client secret."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipewarden.demo.clock import StoryClock
from pipewarden.demo.entra.server import CLIENT, EntraServer
from pipewarden.demo.estate.kinds import Estate

if TYPE_CHECKING:
    from pipewarden.connectors.base import Connector


@contextmanager
def staged(estate: Estate) -> "Iterator[list[Connector]]":
    """Serve on loopback while the `with` block lasts."""
    with EntraServer(estate, clock=estate.now.timestamp) as server:
        yield [_connector(server, estate)]


def _connector(server: EntraServer, estate: Estate) -> "Connector":
    from pipewarden.connectors.entra.auth import ClientCredentials
    from pipewarden.connectors.entra.client import Graph
    from pipewarden.connectors.entra.connector import EntraConnector
    from pipewarden.connectors.entra.hosts import addresses
    from pipewarden.http.client import Http
    from pipewarden.http.secrets import FixedSecret

    secret = FixedSecret(server.client_secret)
    where = addresses(api=server.url)

    def make() -> Graph:
        http = Http(where.graph, clock=StoryClock(estate.now))
        return Graph(http, ClientCredentials(http, where, server.tenant, CLIENT, secret))

    return EntraConnector(make, "acme", server.tenant)
