"""The connector against the real server, with the least policy: the inventory is read, and no secret is."""

from collections.abc import Iterator

import pytest

from pipewarden.access.engine import Engine
from pipewarden.audit import collect
from pipewarden.connectors.vault.client import Vault
from pipewarden.connectors.vault.connector import VaultConnector
from pipewarden.http.client import Http
from pipewarden.http.secrets import FixedSecret
from pipewarden.model.access import Capability
from pipewarden.model.facts import Gap, Trust
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.snapshot import Snapshot
from tests.acme_vault import auditor, set_up
from tests.bao import Bao, running

HOST = "vault.acme.example"


@pytest.fixture(scope="module")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bao]:
    with running(tmp_path_factory.mktemp("bao")) as server:
        set_up(server)
        yield server


@pytest.fixture(scope="module")
def token(bao: Bao) -> str:
    return auditor(bao)


@pytest.fixture(scope="module")
def snapshot(bao: Bao, token: str) -> Snapshot:
    return read(bao, token)


def read(bao: Bao, token: str) -> Snapshot:
    connector = VaultConnector(lambda: Vault(Http(bao.url), FixedSecret(token)), "acme", instance=HOST)
    return collect([connector])


def named(snapshot: Snapshot, name: str) -> Ref:
    [ordinal] = snapshot.named(name)
    return snapshot.ref(ordinal)


def test_the_least_policy_gets_403_on_every_secret(bao: Bao, token: str) -> None:
    for path in ("secret/data/prod/db", "secret/data/dev/db", "database/creds/app"):
        answer = bao.call("GET", path, token=token)
        assert answer.status_code == 403, path
    assert bao.call("POST", "sys/policies/acl/pipewarden", {"policy": ""}, token=token).status_code == 403
    assert bao.call("POST", "auth/token/create", {"policies": ["root"]}, token=token).status_code in {400, 403}
    assert bao.call("GET", "auth/approle/role/jenkins/role-id", token=token).status_code == 403


def test_with_the_least_policy_everything_is_read(snapshot: Snapshot) -> None:
    assert list(snapshot.records(Gap)) == []
    names = {snapshot.name_of(o) for o in snapshot.ordinals(Kind.SECRET).tolist()}
    assert names == {
        "vault:acme/secret/prod/db",
        "vault:acme/secret/prod/root-ca",
        "vault:acme/secret/dev/db",
        "vault:acme/database/creds/app",
    }


def test_who_can_read_the_database_of_production(snapshot: Snapshot) -> None:
    engine = Engine(snapshot)
    holders = engine.who_can(Capability.READ_SECRET, named(snapshot, "vault:acme/secret/prod/db"))
    paths = {engine.words(path) for access in holders for path in access.paths}
    assert (
        "vault:bob → vault:release-people → vault:release (policy deploy-read: read on secret/data/prod/*) → vault:acme/secret/prod/db"
        in paths
    )
    assert any(text.startswith("vault:acme/auth/jwt-github/github-deploy (policy prod-read") for text in paths)
    assert any(text.startswith("token-carol-laptop") for text in paths)
    assert any(text.startswith("vault:alice → vault:acme/auth/userpass/alice (policy vault-admin") for text in paths)
    assert not any(text.startswith(("vault:carol ", "vault:heidi ")) for text in paths)


def test_a_denial_of_a_longer_path_wins(snapshot: Snapshot) -> None:
    engine = Engine(snapshot)
    holders = engine.who_can(Capability.READ_SECRET, named(snapshot, "vault:acme/secret/prod/root-ca"))
    names = {snapshot.find(access.principal).name for access in holders}  # type: ignore[union-attr]
    assert "vault:bob" not in names
    assert "vault:alice" in names


def test_a_role_for_tokens_is_a_trust(snapshot: Snapshot) -> None:
    trusts = {trust.principal: trust for trust in snapshot.records(Trust)}
    deploy = trusts[named(snapshot, "vault:acme/auth/jwt-github/github-deploy")]
    assert deploy.issuer == "https://token.actions.githubusercontent.com"
    assert deploy.subjects == ("repo:acme/web:*",)
    assert deploy.audiences == ("https://vault.acme.example",)


def test_a_templated_path_is_filled_in_for_each_entity(bao: Bao, token: str) -> None:
    bao.write("secret/data/home/bob/notes", {"data": {"made": "up"}})
    engine = Engine(read(bao, token))
    holders = engine.who_can(Capability.READ_SECRET, named(engine.snapshot, "vault:acme/secret/home/bob/notes"))
    names = {engine.snapshot.find(access.principal).name for access in holders}  # type: ignore[union-attr]
    assert "vault:bob" in names
    assert "vault:carol" not in names


def test_the_token_that_it_reads_with_is_listed_and_marked_as_ours(bao: Bao, token: str, snapshot: Snapshot) -> None:
    own = bao.call("GET", "auth/token/lookup-self", token=token).json()["data"]
    machines = [snapshot.entity(o) for o in snapshot.ordinals(Kind.ACCESS_TOKEN).tolist()]
    assert [m.ref.key for m in machines if m.attributes.get("ours")] == [own["accessor"]]
    assert len({m.ref for m in machines}) == len(machines)
    grants = [snapshot.grant(row) for row in range(len(snapshot.grants))]
    held = {g.role for g in grants if g.principal.key == own["accessor"]}
    assert held == {f"policy:{name}" for name in own["policies"]}
    assert own["id"].encode() not in b"".join(snapshot.body)
