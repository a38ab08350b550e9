"""Serves acme's vault and yields the connector that reads it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipewarden.demo.clock import StoryClock
from pipewarden.demo.estate.kinds import Estate
from pipewarden.demo.vault.server import VaultServer
from pipewarden.demo.vault.state import State
from pipewarden.demo.vault.story import HOST, writes

if TYPE_CHECKING:
    from pipewarden.connectors.base import Connector


@contextmanager
def staged(estate: Estate) -> "Iterator[list[Connector]]":
    """Serve on loopback while the `with` block lasts."""
    from pipewarden.connectors.vault.client import Vault
    from pipewarden.connectors.vault.connector import VaultConnector
    from pipewarden.http.client import Http
    from pipewarden.http.secrets import FixedSecret

    with VaultServer(State(writes(), estate.now)) as server:
        token = FixedSecret(server.token)

        def make() -> Vault:
            return Vault(Http(server.url, clock=StoryClock(estate.now)), token)

        yield [VaultConnector(make, "acme", instance=HOST)]
