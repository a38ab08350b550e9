"""Serves an Okta organization and collects it: what every test of the connector begins with."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from pipewarden.access.view import View
from pipewarden.connectors.okta.auth import Token
from pipewarden.connectors.okta.client import Okta
from pipewarden.connectors.okta.connector import OktaConnector
from pipewarden.demo.estate import acme
from pipewarden.demo.okta.directory import Directory
from pipewarden.demo.okta.server import OktaServer
from pipewarden.demo.okta.story import directory
from pipewarden.demo.okta.variant import Variant
from pipewarden.http.client import Http
from pipewarden.http.secrets import FixedSecret
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facts import Gap
from pipewarden.model.snapshot import Snapshot

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOST = "acme.okta.example"


class Patient:
    """A clock that waits for nothing and remembers how long it should have."""

    def __init__(self, moment: datetime = NOW) -> None:
        self.moment = moment.timestamp()
        self.slept: list[float] = []

    def now(self) -> float:
        return self.moment

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.moment += seconds
        await asyncio.sleep(0)


class Still(Patient):
    """A clock that stands still, for snapshots that have to be equal to the last byte."""

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


def okta() -> Directory:
    return directory(acme())


def collected(
    variant: Variant | None = None,
    *,
    of: Directory | None = None,
    keeper: Any = None,
    clock: Patient | None = None,
    **given: Any,
) -> tuple[Snapshot, dict[str, int]]:
    """Serve and collect; the server's clock is the reader's."""
    clock = clock or Patient()
    with OktaServer(of or okta(), variant, clock=clock.now) as server:
        return read(server, clock, keeper=keeper, **given)


def read(
    server: OktaServer,
    clock: Patient,
    *,
    keeper: Any = None,
    budget: int = 0,
    most_factors: int = 2000,
    **given: Any,
) -> tuple[Snapshot, dict[str, int]]:
    """Collect from a server that is there."""

    def make() -> Okta:
        return Okta(Http(server.url, clock=clock), Token(FixedSecret(server.token)), budget=budget)

    connector = OktaConnector(make, "acme", instance=HOST, keeper=keeper, most_factors=most_factors, **given)
    builder = SnapshotBuilder()
    spent = asyncio.run(connector.collect(builder, lambda *_: None))
    return builder.finish(SnapshotInfo(sources=("okta:acme",), started=NOW, ended=NOW)), spent


def gaps(snapshot: Snapshot) -> set[tuple[str, str, str]]:
    """Return what was not read: the scope's name, the facet, the cause."""
    names = View(snapshot)
    return {(names.name(gap.scope), gap.facet, gap.cause) for gap in snapshot.records(Gap)}
