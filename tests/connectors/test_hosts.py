"""github.com, a company's own ghe.com and GitHub Enterprise Server: the same reading, each below its own addresses."""

import asyncio

import pytest

from pipewarden.connectors.github.auth import Installation, Token
from pipewarden.connectors.github.client import GitHub
from pipewarden.connectors.github.connector import GitHubConnector
from pipewarden.connectors.github.hosts import addresses
from pipewarden.demo.estate import acme
from pipewarden.demo.github import GitHubServer, Variant
from pipewarden.demo.github.server import APP_ID
from pipewarden.errors import CredentialError
from pipewarden.http.client import Http
from pipewarden.http.secrets import FixedSecret
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Gap, Gate
from pipewarden.model.ids import Kind
from pipewarden.model.snapshot import Snapshot
from tests.connectors.test_github import NOW, Patience

SERVER = "ghes.acme.example"


def read(host: str, server: GitHubServer, below: str = "", login: str = "acme") -> Snapshot:
    """Collect through what a host's API is below, on the loopback server."""
    key = FixedSecret(server.private_key)

    def make() -> GitHub:
        where = addresses(host, server.url + below)
        http = Http(where.rest, clock=Patience())
        installation = Installation(http, APP_ID, key, organization=login)
        return GitHub(http, where, app=installation, token=Token(FixedSecret(server.owner_token)))

    builder = SnapshotBuilder()
    asyncio.run(GitHubConnector(make, login, instance=host, enterprise="acme-corp").collect(builder, lambda *_: None))
    return builder.finish(SnapshotInfo(sources=(f"{host}:{login}",), started=NOW, ended=NOW))


def told(snapshot: Snapshot) -> list[tuple[str, ...]]:
    """Return what was read without the host it was read from."""
    entities = [(e.ref.kind, e.ref.key, e.name) for e in (snapshot.entity(o) for o in range(len(snapshot)))]
    gates = [(gate.ref.kind, gate.ref.key, gate.name) for gate in snapshot.records(Gate)]
    return sorted([*entities, *gates, ("grants", str(len(snapshot.grants)))])


@pytest.fixture(scope="module")
def cloud() -> Snapshot:
    with GitHubServer(acme()) as server:
        return read("github.com", server)


def test_a_company_of_its_own_on_ghe_com_is_read_as_github_com_is(cloud: Snapshot) -> None:
    with GitHubServer(acme()) as server:
        own = read("acme.ghe.com", server)
    assert own.instances == ("acme.ghe.com", "aws", "octo-sts")
    assert told(own) == told(cloud)
    assert [g.facet for g in own.records(Gap)] == [g.facet for g in cloud.records(Gap)]


def test_a_server_is_read_below_api_v3_and_api_graphql_and_lacks_what_only_the_cloud_has() -> None:
    with GitHubServer(acme(), Variant(enterprise_server=True)) as server:
        snapshot = read(SERVER, server, "/api/v3")
        assert server.requests["graphql"] > 0
    assert snapshot.instances == ("aws", SERVER, "octo-sts")
    gaps = {gap.facet: gap for gap in snapshot.records(Gap)}
    for facet in (Facet.ORG_CREDENTIALS, Facet.ORG_SCIM):
        assert gaps[facet].cause is Cause.PLAN
        assert gaps[facet].detail == "the server does not have it: it is part of GitHub Enterprise Cloud"
        assert gaps[facet].permission == ""
    assert len(snapshot.ordinals(Kind.REPOSITORY)) > 5
    assert len(snapshot.ordinals(Kind.SECRET)) > 5


def test_long_lists_of_a_server_are_followed_by_links_below_api_v3() -> None:
    estate = acme()
    org = estate.organizations["acme"]
    org.variables = [{"name": f"V{n}", "value": "x", "visibility": "all"} for n in range(70)]
    with GitHubServer(estate, Variant(enterprise_server=True)) as server:
        snapshot = read(SERVER, server, "/api/v3")
    shared = [v for v in snapshot.entities(Kind.VARIABLE) if v.parent and v.parent.kind is Kind.ORGANIZATION]
    assert len(shared) == 70


def test_a_server_asked_at_the_addresses_of_the_cloud_is_not_taken_for_one() -> None:
    with (
        GitHubServer(acme(), Variant(enterprise_server=True)) as server,
        pytest.raises(CredentialError, match="is not installed on acme"),
    ):
        read(SERVER, server)
