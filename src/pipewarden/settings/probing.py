"""Asks each configured system what our credential may read there; a roster is read, for it is a file."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pipewarden.settings.config import SourceConfig

if TYPE_CHECKING:
    from pipewarden.connectors.probing import Refused

CLIENTS: dict[str, tuple[str, str]] = {
    "github": ("pipewarden.settings:probe_client", "pipewarden.connectors.github.probes:probe"),
    "gitlab": ("pipewarden.settings.gitlab:client", "pipewarden.connectors.gitlab.probes:probe"),
    "okta": ("pipewarden.settings.okta:client", "pipewarden.connectors.okta.probes:probe"),
    "entra": ("pipewarden.settings.entra:client", "pipewarden.connectors.entra.probes:probe"),
    "jenkins": ("pipewarden.settings.jenkins:client", "pipewarden.connectors.jenkins.probes:probe"),
    "vault": ("pipewarden.settings.vault:client", "pipewarden.connectors.vault.probes:probe"),
}
"""By the system: what makes its client from the configuration, and what asks with it."""


def probed(source: SourceConfig) -> "list[Refused]":
    """Return what the credential of a source may not read.

    Raises a PipewardenError where there is no credential, it is not accepted, nothing answers, or a file cannot be read.
    """
    if source.kind == "roster":
        return _read(source)
    make, probe = (_loaded(each) for each in CLIENTS[source.kind])
    client = make(source)

    async def ask() -> "list[Refused]":
        asked: Callable[[Any, str], Awaitable[list[Refused]]] = probe
        return await asked(client(), source.name)

    return asyncio.run(ask())


def _loaded(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)


def _read(source: SourceConfig) -> "list[Refused]":
    """Read a roster; entries that could not be understood are told as refused."""
    from pipewarden.connectors.probing import Refused
    from pipewarden.model.builder import SnapshotBuilder
    from pipewarden.model.columns import SnapshotInfo
    from pipewarden.model.facts import Gap
    from pipewarden.settings.roster import roster

    builder = SnapshotBuilder()
    asyncio.run(roster(source, None).collect(builder, lambda *_: None))
    now = datetime.now(UTC)
    snapshot = builder.finish(SnapshotInfo(sources=(source.address,), started=now, ended=now))
    return [Refused(str(gap.facet), gap.detail, "") for gap in snapshot.records(Gap)]


def columns_left_out(source: SourceConfig) -> list[str]:
    """Return the columns of a roster that nobody reads; none for other sources."""
    from pipewarden.connectors.roster import Roster
    from pipewarden.model.builder import SnapshotBuilder
    from pipewarden.settings.roster import roster

    listed = roster(source, None) if source.kind == "roster" else None
    if not isinstance(listed, Roster):
        return []
    asyncio.run(listed.collect(SnapshotBuilder(), lambda *_: None))
    return listed.left_out
