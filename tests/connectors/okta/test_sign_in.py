"""Signing in: by API token or as a service app, with proof of possession where it is required, as the configuration says."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from joserfc.jwk import ECKey, RSAKey

from pipewarden.connectors.okta.auth import EARLY_SECONDS, ServiceApp
from pipewarden.connectors.okta.client import Okta
from pipewarden.connectors.okta.connector import OktaConnector
from pipewarden.connectors.okta.permissions import SCOPES
from pipewarden.demo.okta.server import CLIENT, OktaServer
from pipewarden.demo.okta.variant import Variant
from pipewarden.errors import ConfigError, CredentialError
from pipewarden.http.client import Http
from pipewarden.http.secrets import FixedSecret
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.snapshot import Snapshot
from pipewarden.settings import connectors
from pipewarden.settings.config import read
from tests.connectors.okta.reading import HOST, NOW, Patient, gaps, okta

TOKEN = "/oauth2/v1/token"


def asked(
    server: OktaServer, clock: Patient, work: Callable[[ServiceApp], Awaitable[list[dict[str, str]]]]
) -> list[dict[str, str]]:
    """Let a service app make headers, and close its connections."""

    async def run() -> list[dict[str, str]]:
        http = Http(server.url, clock=clock)
        try:
            return await work(ServiceApp(http, CLIENT, FixedSecret(server.private_key)))
        finally:
            await http.close()

    return asyncio.run(run())


def collected(make: Callable[[Http], ServiceApp], server: OktaServer) -> tuple[Snapshot, dict[str, int]]:
    def client() -> Okta:
        http = Http(server.url, clock=Patient())
        return Okta(http, make(http))

    builder = SnapshotBuilder()
    spent = asyncio.run(OktaConnector(client, "acme", instance=HOST).collect(builder, lambda *_: None))
    return builder.finish(SnapshotInfo(sources=("okta:acme",), started=NOW, ended=NOW)), spent


def signed_in(server: OktaServer) -> tuple[Snapshot, dict[str, int]]:
    return collected(lambda http: ServiceApp(http, CLIENT, FixedSecret(server.private_key)), server)


def test_a_service_app_reads_all_of_it_with_read_scopes_alone() -> None:
    assert all(scope.endswith(".read") for scope in SCOPES.values())
    with OktaServer(okta(), clock=Patient().now) as server:
        snapshot, _ = signed_in(server)
    assert gaps(snapshot) == set()


def test_where_the_app_requires_proof_of_possession_each_request_is_proved() -> None:
    """“Authorization server requires nonce in DPoP proof.”"""
    with OktaServer(okta(), Variant(proves=True), clock=Patient().now) as server:
        snapshot, _ = signed_in(server)
        assert gaps(snapshot) == set()

        async def twice(credential: ServiceApp) -> list[dict[str, str]]:
            return [await credential.headers("GET", f"{server.url}/api/v1/org") for _ in range(2)]

        headers = asked(server, Patient(), twice)
    assert headers[0]["authorization"].startswith("DPoP ")
    assert headers[0]["dpop"] != headers[1]["dpop"], "no proof is shown twice"


def test_a_token_is_kept_while_it_is_good_and_renewed_before_it_ends() -> None:
    clock = Patient()
    totals = []
    with OktaServer(okta(), clock=clock.now) as server:

        async def work(credential: ServiceApp) -> list[dict[str, str]]:
            for later in (0, 3600 - EARLY_SECONDS - 1, 2):
                clock.moment += later
                await credential.headers("GET", server.url)
                totals.append(server.total)
            credential.refused()
            return [await credential.headers("GET", server.url)]

        asked(server, clock, work)
        assert [*totals, server.total] == [1, 1, 2, 3]


def test_the_limit_of_the_token_endpoint_is_waited_for() -> None:
    clock = Patient()
    with OktaServer(okta(), Variant(limited_every=2, limit_told="retry-after"), clock=clock.now) as server:

        async def work(credential: ServiceApp) -> list[dict[str, str]]:
            first = await credential.headers("GET", server.url)
            credential.refused()
            return [first, await credential.headers("GET", server.url)]

        asked(server, clock, work)
    assert clock.slept == [7.0]


def test_scopes_that_were_not_granted_are_told_with_what_to_do() -> None:
    with (
        OktaServer(okta(), scopes=frozenset({"okta.users.read"})) as server,
        pytest.raises(CredentialError, match="no access token: invalid_scope") as refused,
    ):
        signed_in(server)
    assert "Grant it the read scopes" in refused.value.hint


@pytest.mark.parametrize("kind", [RSAKey, ECKey])
def test_the_key_of_another_app_is_refused(kind: type[RSAKey] | type[ECKey]) -> None:
    key = RSAKey.generate_key(2048, private=True) if kind is RSAKey else ECKey.generate_key("P-256", private=True)
    pem = key.as_pem(private=True).decode()
    with OktaServer(okta()) as server, pytest.raises(CredentialError, match="no access token: invalid_client"):
        collected(lambda http: ServiceApp(http, CLIENT, FixedSecret(pem)), server)


def test_what_is_no_key_is_told_before_anything_is_sent() -> None:
    with OktaServer(okta()) as server:
        with pytest.raises(CredentialError, match="no RSA or EC key in PEM"):
            collected(lambda http: ServiceApp(http, CLIENT, FixedSecret("no key")), server)
        assert server.total == 0


# --- as the configuration says ----------------------------------------------------------------------


def configured(text: str) -> OktaConnector:
    [one] = connectors([], read(text, "pipewarden.yaml"), None)
    assert isinstance(one, OktaConnector)
    return one


def gathered(one: OktaConnector) -> Snapshot:
    builder = SnapshotBuilder()
    asyncio.run(one.collect(builder, lambda *_: None))
    return builder.finish(SnapshotInfo(sources=(one.address,), started=NOW, ended=NOW))


def test_a_configured_service_app_reads_the_organization(tmp_path: Path) -> None:
    with OktaServer(okta()) as server:
        key = tmp_path / "okta.pem"
        key.write_text(server.private_key)
        one = configured(
            f"sources:\n  - okta: acme\n    host: {HOST}\n    api: {server.url}\n"
            f"    app: {{id: {CLIENT}, private_key: {{file: {key}}}}}\n    factors: 3\n"
        )
        snapshot = gathered(one)
    assert snapshot.instances == (HOST,)
    assert {(facet, cause) for _, facet, cause in gaps(snapshot)} == {("okta.factors", "budget")}


def test_a_configured_token_reads_it_and_the_environment_is_the_last_resort(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PIPEWARDEN_OKTA_TOKEN", "OKTA_API_TOKEN", "ACME_OKTA"):
        monkeypatch.delenv(name, raising=False)
    with OktaServer(okta()) as server:
        plain = f"sources:\n  - okta: acme\n    api: {server.url}\n"
        with pytest.raises(CredentialError, match="there is no credential for okta:acme") as none:
            configured(plain)
        assert "OKTA_API_TOKEN" in none.value.hint
        monkeypatch.setenv("ACME_OKTA", server.token)
        assert gaps(gathered(configured(f"{plain}    token: {{env: ACME_OKTA}}\n"))) == set()
        monkeypatch.setenv("OKTA_API_TOKEN", server.token)
        snapshot = gathered(configured(plain))
    assert gaps(snapshot) == set()
    assert snapshot.instances == ("acme.okta.com",), "the host follows from the name"


def test_a_service_app_without_a_key_is_no_configuration() -> None:
    with pytest.raises(ConfigError, match="private_key"):
        configured("sources:\n  - okta: acme\n    app: {id: 0oa1}\n")
