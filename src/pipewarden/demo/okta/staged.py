"""Serves acme's Okta and yields the connector that reads it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipewarden.demo.clock import StoryClock
from pipewarden.demo.estate.kinds import Estate
from pipewarden.demo.okta.server import OktaServer
from pipewarden.demo.okta.story import directory

if TYPE_CHECKING:
    from pipewarden.connectors.base import Connector


@contextmanager
def staged(estate: Estate) -> "Iterator[list[Connector]]":
    """Serve on loopback while the `with` block lasts."""
    from pipewarden.connectors.okta.auth import Token
    from pipewarden.connectors.okta.client import Okta
    from pipewarden.connectors.okta.connector import OktaConnector
    from pipewarden.http.client import Http
    from pipewarden.http.secrets import FixedSecret

    okta = directory(estate)
    with OktaServer(okta, clock=estate.now.timestamp) as server:

        def make() -> Okta:
            return Okta(Http(server.url, clock=StoryClock(estate.now)), Token(FixedSecret(server.token)))

        yield [OktaConnector(make, okta.name, instance=f"{okta.name}.okta.example")]
