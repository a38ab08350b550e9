"""Serves acme's Jenkins and yields the connector that reads it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipewarden.demo.clock import StoryClock
from pipewarden.demo.estate.kinds import Estate
from pipewarden.demo.jenkins.server import USER, JenkinsServer

if TYPE_CHECKING:
    from pipewarden.connectors.base import Connector

HOST = "jenkins.acme.example"


@contextmanager
def staged(estate: Estate) -> "Iterator[list[Connector]]":
    """Serve on loopback while the `with` block lasts; estates without acme have no Jenkins."""
    if "acme" not in estate.organizations:
        yield []
        return
    with JenkinsServer() as server:
        yield [connector(server, estate)]


def connector(server: JenkinsServer, estate: Estate) -> "Connector":
    """Return what reads the server, at the time of the story."""
    from pipewarden.connectors.jenkins.client import Jenkins
    from pipewarden.connectors.jenkins.connector import JenkinsConnector
    from pipewarden.http.client import Http
    from pipewarden.http.secrets import FixedSecret

    def make() -> Jenkins:
        return Jenkins(Http(server.url, clock=StoryClock(estate.now)), USER, FixedSecret(server.token))

    return JenkinsConnector(make, "acme", instance=HOST)
