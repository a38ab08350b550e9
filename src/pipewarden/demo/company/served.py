"""Each system of the company on loopback, and the real connector that reads it: apart, so that they may be two processes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from pipewarden.demo.company.people import NAME, Company

if TYPE_CHECKING:
    from pipewarden.connectors.base import Connector, Keeper
    from pipewarden.http.clock import Clock

SYSTEMS = ("github", "gitlab", "okta", "entra", "jenkins", "vault")


class Place(Struct, frozen=True):
    """Where a system is served, and what signs in to it. `tokens` are made anew for each server."""

    system: str
    url: str
    tokens: dict[str, str]
    now: datetime


class Served(Struct):
    """A server that runs, and where."""

    server: Any
    place: Place


@contextmanager
def served(system: str, company: Company, clock: Callable[[], float] | None = None) -> Iterator[Served]:
    """Serve one system while the `with` block lasts; `clock` is its time, that of the company where none is given."""
    made, name_tokens = _SERVERS[system](company, clock or company.now.timestamp)
    with made as server:
        yield Served(server, Place(system, server.url, name_tokens(server), company.now))


def _github(company: Company, clock: Callable[[], float]) -> tuple[Any, Any]:
    from pipewarden.demo.github import GitHubServer

    return GitHubServer(company.estate, clock=clock), lambda s: {"token": s.owner_token, "key": s.private_key}


def _gitlab(company: Company, clock: Callable[[], float]) -> tuple[Any, Any]:
    from pipewarden.demo.company.gitlab import gitlab
    from pipewarden.demo.gitlab.server import GitLabServer

    return GitLabServer(gitlab(company), clock=clock), lambda s: {"token": s.admin_token}


def _okta(company: Company, clock: Callable[[], float]) -> tuple[Any, Any]:
    from pipewarden.demo.company.okta import okta
    from pipewarden.demo.okta.server import OktaServer

    return OktaServer(okta(company), clock=clock), lambda s: {"token": s.token}


def _entra(company: Company, clock: Callable[[], float]) -> tuple[Any, Any]:
    from pipewarden.demo.company.entra import entra
    from pipewarden.demo.entra.server import EntraServer

    return EntraServer(entra(company), clock=clock), lambda s: {"secret": s.client_secret, "tenant": s.tenant}


def _jenkins(company: Company, _clock: Callable[[], float]) -> tuple[Any, Any]:
    from pipewarden.demo.company.jenkins import jenkins
    from pipewarden.demo.jenkins.server import JenkinsServer

    return JenkinsServer(jenkins(company)), lambda s: {"token": s.token}


def _vault(company: Company, _clock: Callable[[], float]) -> tuple[Any, Any]:
    from pipewarden.demo.company.vault import vault
    from pipewarden.demo.vault.server import VaultServer

    return VaultServer(vault(company)), lambda s: {"token": s.token}


_SERVERS = {"github": _github, "gitlab": _gitlab, "okta": _okta, "entra": _entra, "jenkins": _jenkins, "vault": _vault}


def connector(
    place: Place, *, keeper: "Keeper | None" = None, clock: "Clock | None" = None, budget: int = 0, factors: int = 2_000
) -> "Connector":
    """Return the connector that reads what is served; `budget` bounds GitHub's requests, `factors` Okta's people."""
    from pipewarden.demo.clock import StoryClock

    when = clock or StoryClock(place.now)
    if place.system == "github":
        return _read_github(place, keeper, when, budget)
    if place.system == "okta":
        return _read_okta(place, keeper, when, factors)
    return _CONNECTORS[place.system](place, keeper, when)


def _read_github(place: Place, keeper: "Keeper | None", clock: "Clock", budget: int) -> "Connector":
    from pipewarden.connectors.github.auth import Installation, Token
    from pipewarden.connectors.github.client import GitHub
    from pipewarden.connectors.github.connector import GitHubConnector
    from pipewarden.connectors.github.hosts import addresses
    from pipewarden.demo.github.server import APP_ID
    from pipewarden.http.client import Http
    from pipewarden.http.secrets import FixedSecret

    where, key, token = (
        addresses("github.com", place.url),
        FixedSecret(place.tokens["key"]),
        FixedSecret(place.tokens["token"]),
    )

    def make() -> GitHub:
        http = Http(where.rest, clock=clock)
        app = Installation(http, APP_ID, key, organization=NAME)
        return GitHub(http, where, app=app, token=Token(token), keeper=keeper, budget=budget)

    return GitHubConnector(make, NAME, keeper=keeper)


def _read_gitlab(place: Place, keeper: "Keeper | None", clock: "Clock") -> "Connector":
    from pipewarden.connectors.gitlab.client import GitLab
    from pipewarden.connectors.gitlab.connector import GitLabConnector
    from pipewarden.demo.company.gitlab import HOST
    from pipewarden.demo.gitlab.server import API
    from pipewarden.http.client import Http
    from pipewarden.http.secrets import FixedSecret

    token = FixedSecret(place.tokens["token"])
    return GitLabConnector(
        lambda: GitLab(Http(f"{place.url}{API}", clock=clock), token), NAME, instance=HOST, keeper=keeper
    )


def _read_okta(place: Place, keeper: "Keeper | None", clock: "Clock", factors: int) -> "Connector":
    from pipewarden.connectors.okta.auth import Token
    from pipewarden.connectors.okta.client import Okta
    from pipewarden.connectors.okta.connector import OktaConnector
    from pipewarden.demo.company.okta import HOST
    from pipewarden.http.client import Http
    from pipewarden.http.secrets import FixedSecret

    token = Token(FixedSecret(place.tokens["token"]))
    return OktaConnector(
        lambda: Okta(Http(place.url, clock=clock), token), NAME, instance=HOST, most_factors=factors, keeper=keeper
    )


def _read_entra(place: Place, keeper: "Keeper | None", clock: "Clock") -> "Connector":
    from pipewarden.connectors.entra.auth import ClientCredentials
    from pipewarden.connectors.entra.client import Graph
    from pipewarden.connectors.entra.connector import EntraConnector
    from pipewarden.connectors.entra.hosts import addresses
    from pipewarden.demo.entra.server import CLIENT
    from pipewarden.http.client import Http
    from pipewarden.http.secrets import FixedSecret

    secret, where, tenant = FixedSecret(place.tokens["secret"]), addresses(api=place.url), place.tokens["tenant"]

    def make() -> Graph:
        http = Http(where.graph, clock=clock)
        return Graph(http, ClientCredentials(http, where, tenant, CLIENT, secret))

    return EntraConnector(make, NAME, tenant, keeper=keeper)


def _read_jenkins(place: Place, keeper: "Keeper | None", clock: "Clock") -> "Connector":
    from pipewarden.connectors.jenkins.client import Jenkins
    from pipewarden.connectors.jenkins.connector import JenkinsConnector
    from pipewarden.demo.company.jenkins import HOST
    from pipewarden.demo.jenkins.server import USER
    from pipewarden.http.client import Http
    from pipewarden.http.secrets import FixedSecret

    token = FixedSecret(place.tokens["token"])
    return JenkinsConnector(
        lambda: Jenkins(Http(place.url, clock=clock), USER, token), NAME, instance=HOST, keeper=keeper
    )


def _read_vault(place: Place, keeper: "Keeper | None", clock: "Clock") -> "Connector":
    from pipewarden.connectors.vault.client import Vault
    from pipewarden.connectors.vault.connector import VaultConnector
    from pipewarden.demo.company.vault import HOST
    from pipewarden.http.client import Http
    from pipewarden.http.secrets import FixedSecret

    token = FixedSecret(place.tokens["token"])
    return VaultConnector(lambda: Vault(Http(place.url, clock=clock), token), NAME, instance=HOST, keeper=keeper)


_CONNECTORS = {"gitlab": _read_gitlab, "entra": _read_entra, "jenkins": _read_jenkins, "vault": _read_vault}
