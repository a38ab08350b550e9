"""Reads a served tenant with the real connector, on a clock that never sleeps."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from pipewarden.connectors.entra.auth import ClientCredentials
from pipewarden.connectors.entra.client import Graph
from pipewarden.connectors.entra.connector import EntraConnector
from pipewarden.connectors.entra.hosts import addresses
from pipewarden.demo.entra.server import CLIENT, EntraServer
from pipewarden.http.client import Http
from pipewarden.http.secrets import FixedSecret
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facts import Gap
from pipewarden.model.snapshot import Snapshot

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


class Patience:
    """A clock that stands at the story's day and goes on only by sleeping."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> float:
        return NOW.timestamp() + sum(self.slept)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


class Still(Patience):
    """A clock that always says the same, so that two readings can be compared."""

    def now(self) -> float:
        return NOW.timestamp()


def connector(
    server: EntraServer, *, secret: str = "", keeper: Any = None, budget: int = 0, clock: Patience | None = None,
    certificate: bool = False,
) -> EntraConnector:  # fmt: skip
    proof = FixedSecret(secret or server.client_secret)
    where = addresses(api=server.url)

    def make() -> Graph:
        http = Http(where.graph, clock=clock or Still())
        credential = ClientCredentials(http, where, server.tenant, CLIENT, proof, certificate=certificate)
        return Graph(http, credential, budget=budget)

    return EntraConnector(make, "acme", server.tenant, keeper=keeper)


def collected(one: EntraConnector) -> tuple[Snapshot, dict[str, int]]:
    builder = SnapshotBuilder()
    spent = asyncio.run(one.collect(builder, lambda *_: None))
    return builder.finish(SnapshotInfo(sources=(one.address,), started=NOW, ended=NOW)), spent


def gaps(snapshot: Snapshot) -> dict[str, Gap]:
    return {str(gap.facet): gap for gap in snapshot.records(Gap)}
