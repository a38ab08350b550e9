"""Collects the loopback GitLab through the real connector, for tests."""

from typing import Any

from pipewarden.audit import collect
from pipewarden.connectors.gitlab.client import GitLab
from pipewarden.connectors.gitlab.connector import GitLabConnector
from pipewarden.demo.clock import StoryClock
from pipewarden.demo.gitlab.kinds import GitLabEstate
from pipewarden.demo.gitlab.server import API, GitLabServer
from pipewarden.demo.gitlab.story import acme_gitlab
from pipewarden.demo.gitlab.variant import Variant
from pipewarden.http.client import Http
from pipewarden.http.secrets import FixedSecret
from pipewarden.model.snapshot import Snapshot


class QuickClock(StoryClock):
    """The time of the story; waiting moves it instead of taking time."""

    async def sleep(self, seconds: float) -> None:
        """Let the time pass at once."""
        self._now += seconds


def connector(server: GitLabServer, *, token: str = "", budget: int = 0, **more: Any) -> GitLabConnector:
    secret = FixedSecret(token or server.admin_token)

    def make() -> GitLab:
        return GitLab(
            Http(f"{server.url}{API}", clock=QuickClock(server.estate.now)), secret, budget=budget, most_pages=40
        )

    return GitLabConnector(make, "acme", instance=server.estate.host, **more)


def collected(
    estate: GitLabEstate | None = None, variant: Variant | None = None, **more: Any
) -> tuple[Snapshot, GitLabServer]:
    estate = estate or acme_gitlab()
    with GitLabServer(estate, variant, clock=estate.now.timestamp) as server:
        if more.pop("owner", False):
            more["token"] = server.owner_token
        return collect([connector(server, **more)], clock=lambda: estate.now, as_of=estate.now), server
