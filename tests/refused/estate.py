"""Serves each system of acme with some endpoints refused, reads it, and puts it together with all that was not refused."""

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from importlib import import_module
from typing import Any, NamedTuple

from pipewarden.connectors.base import Connector
from pipewarden.connectors.github.auth import Installation, Token
from pipewarden.connectors.github.client import GitHub
from pipewarden.connectors.github.connector import GitHubConnector
from pipewarden.connectors.github.hosts import addresses
from pipewarden.connectors.okta.auth import Token as Secret
from pipewarden.connectors.okta.client import Okta
from pipewarden.connectors.okta.connector import OktaConnector
from pipewarden.connectors.vault.client import Vault
from pipewarden.connectors.vault.connector import VaultConnector
from pipewarden.demo.clock import StoryClock
from pipewarden.demo.entra.server import EntraServer
from pipewarden.demo.entra.variant import Variant as EntraVariant
from pipewarden.demo.estate import acme
from pipewarden.demo.estate.kinds import Estate
from pipewarden.demo.github.server import APP_ID, GitHubServer
from pipewarden.demo.github.staged import FINGERPRINT_KEY
from pipewarden.demo.github.variant import Variant as GitHubVariant
from pipewarden.demo.gitlab.server import GitLabServer
from pipewarden.demo.gitlab.story import acme_gitlab
from pipewarden.demo.gitlab.variant import Variant as GitLabVariant
from pipewarden.demo.jenkins.estate import Role
from pipewarden.demo.jenkins.estate import acme as acme_jenkins
from pipewarden.demo.jenkins.server import JenkinsServer
from pipewarden.demo.jenkins.staged import connector as jenkins
from pipewarden.demo.jenkins.variant import Variant as JenkinsVariant
from pipewarden.demo.okta.server import OktaServer
from pipewarden.demo.okta.story import directory
from pipewarden.demo.okta.variant import Variant as OktaVariant
from pipewarden.demo.vault.server import VaultServer
from pipewarden.demo.vault.state import State
from pipewarden.demo.vault.story import HOST, writes
from pipewarden.http.client import Http
from pipewarden.http.secrets import FixedSecret
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facts import Gap
from pipewarden.model.snapshot import Snapshot
from tests.connectors.entra import reading as entra
from tests.connectors.gitlab import collecting as gitlab
from tests.connectors.okta import reading as okta

Refused = frozenset[str]
Serving = Iterator[tuple[Any, list[Connector]]]
NOTHING: Refused = frozenset()
FIELD = "field:"
"""How a field of GraphQL is told from an endpoint."""


@contextmanager
def _github(refused: Refused) -> Serving:
    fields = frozenset(each.removeprefix(FIELD) for each in refused if each.startswith(FIELD))
    variant = GitHubVariant(forbidden=refused, refused_fields=fields)
    estate = acme()
    with GitHubServer(estate, variant, clock=estate.now.timestamp) as server:
        yield server, [_organization(server, login, estate) for login in estate.organizations]


def _organization(server: GitHubServer, login: str, estate: Estate) -> Connector:
    key, token = FixedSecret(server.private_key), FixedSecret(server.owner_token)

    where, clock = addresses("github.com", server.url), StoryClock(estate.now)
    app = Installation(Http(where.rest, clock=clock), APP_ID, key, organization=login)

    def make() -> GitHub:
        http = Http(where.rest, clock=clock)
        app._http = http  # one token for all readings: the clock stands still
        return GitHub(http, where, app=app, token=Token(token))

    return GitHubConnector(make, login, enterprise=estate.enterprise["slug"], key=lambda: FINGERPRINT_KEY)


@contextmanager
def _gitlab(refused: Refused) -> Serving:
    estate = acme_gitlab()
    with GitLabServer(estate, GitLabVariant(forbidden=refused), clock=estate.now.timestamp) as server:
        yield server, [gitlab.connector(server)]


@contextmanager
def _okta(refused: Refused) -> Serving:
    clock = okta.Still()
    with OktaServer(directory(acme()), OktaVariant(forbidden=refused), clock=clock.now) as server:

        def make() -> Okta:
            return Okta(Http(server.url, clock=clock), Secret(FixedSecret(server.token)))

        yield server, [OktaConnector(make, "acme", instance=okta.HOST)]


@contextmanager
def _entra(refused: Refused) -> Serving:
    paths = frozenset(re.sub(r"\{\w+\}", "*", each) for each in refused)
    clock = entra.Still()
    with EntraServer(acme(), EntraVariant(forbidden=paths), clock=clock.now) as server:
        yield server, [entra.connector(server, clock=clock)]


@contextmanager
def _jenkins(refused: Refused) -> Serving:
    with JenkinsServer(None, JenkinsVariant(forbidden=tuple(refused))) as server:
        yield server, [jenkins(server, acme())]


class _Vault(VaultServer):
    """A vault that refuses some paths and no other."""

    refused: Refused = NOTHING

    def _refusing(self, path: str) -> Any:
        self.variant.forbidden = path if path in self.refused else ""
        return super()._refusing(path)


@contextmanager
def _vault(refused: Refused) -> Serving:
    server = _Vault(State(writes(), acme().now))
    server.refused = refused
    with server:

        def make() -> Vault:
            return Vault(Http(server.url, clock=StoryClock(acme().now)), FixedSecret(server.token))

        yield server, [VaultConnector(make, "acme", instance=HOST)]


ROLES = [
    Role("globalRoles", "reader", ("hudson.model.Hudson.Read", "hudson.model.Item.Read"), (("GROUP", "authenticated"),)),
    Role("globalRoles", "admin", ("hudson.model.Hudson.Administer",), (("USER", "heidi"), ("EITHER", "alice"))),
    Role(
        "projectRoles", "builders", ("hudson.model.Item.Build", "hudson.model.Item.Configure"),
        (("USER", "bob"), ("GROUP", "platform")), "deploy.*",
    ),
    Role("slaveRoles", "hands", ("hudson.model.Computer.Configure",), (("USER", "bob"),), "linux.*"),
]  # fmt: skip
"""What Role Strategy would say of acme's Jenkins, had it that instead of a matrix."""


@contextmanager
def _jenkins_with_roles(refused: Refused, *, old: bool = False) -> Serving:
    controller = acme_jenkins()
    controller.strategy, controller.roles = "roleBased", ROLES
    with JenkinsServer(controller, JenkinsVariant(forbidden=tuple(refused), old_sids=old)) as server:
        yield server, [jenkins(server, acme())]


SYSTEMS: dict[str, Callable[[Refused], Any]] = {
    "github": _github,
    "gitlab": _gitlab,
    "okta": _okta,
    "entra": _entra,
    "jenkins": _jenkins,
    "vault": _vault,
}

SERVED = SYSTEMS | {
    "jenkins with roles": _jenkins_with_roles,
    "jenkins with old roles": partial(_jenkins_with_roles, old=True),
}
"""Each system, and others that stand in its place: the first word is whose."""


class Part(NamedTuple):
    """One system as it was read."""

    facts: SnapshotBuilder
    asked: frozenset[str]
    """The endpoints that were asked."""

    @property
    def facets(self) -> frozenset[str]:
        """What was not read."""
        return frozenset(gap.facet for gap in self.facts._records.values() if isinstance(gap, Gap))


@cache
def part(system: str, refused: Refused = NOTHING) -> Part:
    """Read one system; whatever a source refuses at once stops its reading, as it does in the product."""
    facts = SnapshotBuilder()
    with SYSTEMS[system](refused) as (server, connectors):
        for each in connectors:
            asyncio.run(each.collect(facts, lambda *_: None))
        return Part(facts, frozenset(server.requests))


@cache
def roster() -> SnapshotBuilder:
    """Return the lists of people and of machines' owners."""
    facts, estate = SnapshotBuilder(), acme()
    with import_module("pipewarden.demo.roster.staged").staged(estate) as lists:
        for each in lists:
            asyncio.run(each.collect(facts, lambda *_: None))
    return facts


def joined(system: str = "", refused: Refused = NOTHING, *, facts: SnapshotBuilder | None = None) -> Snapshot:
    """Return all of acme, one system of which refused something, or was read as `facts` say."""
    together, now = SnapshotBuilder(), acme().now
    for each in SYSTEMS:
        here = each == system.partition(" ")[0]
        together.take(facts if here and facts is not None else part(each, refused if here else NOTHING).facts)
    together.take(roster())
    return together.finish(SnapshotInfo(sources=tuple(SYSTEMS), started=now, ended=now))
