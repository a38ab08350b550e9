"""Namespaces of the real server: each has mounts, policies, entities and tokens of its own, and a parent's policies reach in."""

from collections.abc import Iterator

import pytest

from pipewarden.access.engine import Engine
from pipewarden.access.view import View
from pipewarden.audit import collect
from pipewarden.checks import ALL
from pipewarden.checks.base import judge
from pipewarden.connectors.vault.client import Vault
from pipewarden.connectors.vault.connector import VaultConnector
from pipewarden.connectors.vault.permissions import POLICY, policy
from pipewarden.http.client import Http
from pipewarden.http.secrets import FixedSecret
from pipewarden.model.access import Capability
from pipewarden.model.facets_vault import VaultFacet
from pipewarden.model.facts import Cause, Gap
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.snapshot import Snapshot
from tests.bao import Bao, running
from tests.connectors.vault.test_refusals import Keeper

HOST = "vault.acme.example"
DB = "vault:acme/team/secret/prod/db"
DEEP = "vault:acme/team/inner/secret/prod/db"
TOKENS: dict[str, str] = {}
"""The tokens that were made, by the names they are shown by; to ask the server itself what each may."""


@pytest.fixture(scope="module")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bao]:
    with running(tmp_path_factory.mktemp("bao"), audit=False) as server:
        _set_up(server)
        yield server


def _set_up(bao: Bao) -> None:
    bao.write("sys/namespaces/team", {})
    bao.write("team/sys/namespaces/inner", {})
    for inside in ("team", "team/inner"):
        bao.write(f"{inside}/sys/mounts/secret", {"type": "kv", "options": {"version": "2"}})
        bao.write(f"{inside}/sys/policies/acl/reader", {"policy": _path("secret/data/*", "read")})
        bao.write(f"{inside}/sys/policies/acl/keeper", {"policy": _path("sys/policies/acl/*", "create", "update")})
        for kept in ("reader", "keeper"):
            _token(bao, f"{inside}/", f"{inside.replace('/', '-')}-{kept}", kept)
    bao.policy("reader", _path("secret/data/*", "read"))
    bao.policy("into-team", _path("team/secret/data/prod/*", "read"))
    bao.policy("one-below", _path("+/secret/data/prod/*", "read"))
    bao.policy("all-but", _path("team/*", "read") + _path("team/inner/secret/data/prod/db", "deny"))
    bao.policy("keeper", _path("sys/policies/acl/*", "create", "update"))
    for kept in ("reader", "into-team", "one-below", "all-but", "keeper"):
        _token(bao, "", f"root-{kept}", kept)
    for path in ("secret", "team/secret", "team/inner/secret"):
        _eventually(bao, f"{path}/data/prod/db")
    bao.write("team/sys/auth/userpass", {"type": "userpass"})
    bao.write("team/auth/userpass/users/ann", {"password": "made-up", "token_policies": ["reader"]})
    entity = bao.write("team/identity/entity", {"name": "ann"})["data"]["id"]
    accessor = bao.read("team/sys/auth")["userpass/"]["accessor"]
    bao.write("team/identity/entity-alias", {"name": "ann", "canonical_id": entity, "mount_accessor": accessor})
    bao.write("team/identity/group", {"name": "keepers", "policies": ["keeper"], "member_entity_ids": [entity]})


def _path(path: str, *capabilities: str) -> str:
    return f'path "{path}" {{ capabilities = [{", ".join(f"{chr(34)}{each}{chr(34)}" for each in capabilities)}] }}\n'


def _token(bao: Bao, inside: str, name: str, kept: str) -> None:
    made = bao.write(
        f"{inside}auth/token/create", {"display_name": name, "policies": [kept], "no_default_policy": True}
    )
    TOKENS[f"token-{name}"] = made["auth"]["client_token"]


def _eventually(bao: Bao, path: str) -> None:
    """Write a secret as soon as its mount, made a moment ago, takes one."""
    for _ in range(100):
        if bao.call("POST", path, {"data": {"made": "up"}}).status_code == 200:
            return
    pytest.fail(f"{path} takes no secret")


def read(bao: Bao, text: str, keeper: Keeper | None = None) -> Snapshot:
    bao.policy("pipewarden", text)
    token = bao.token(policies=["pipewarden"], display_name="pipewarden")
    make = lambda: Vault(Http(bao.url), FixedSecret(token))  # noqa: E731
    return collect([VaultConnector(make, "acme", instance=HOST, keeper=keeper)])


@pytest.fixture(scope="module")
def snapshot(bao: Bao) -> Snapshot:
    return read(bao, policy(2))


def named(snapshot: Snapshot, name: str) -> Ref:
    [ordinal] = snapshot.named(name)
    return snapshot.ref(ordinal)


def holders(snapshot: Snapshot, capability: Capability, resource: Ref) -> set[str]:
    found = Engine(snapshot).who_can(capability, resource)
    names = {snapshot.find(access.principal).name for access in found}  # type: ignore[union-attr]
    return {name.partition(" ")[0] for name in names}


def test_with_the_least_policy_all_namespaces_are_read(snapshot: Snapshot) -> None:
    assert [gap.detail for gap in snapshot.records(Gap)] == []
    names = {snapshot.name_of(each) for each in snapshot.ordinals(Kind.FOLDER).tolist()}
    assert names == {"vault:acme/team", "vault:acme/team/inner"}
    assert named(snapshot, DEEP).kind is Kind.SECRET


def test_the_least_policy_reads_no_secret_of_a_namespace(bao: Bao) -> None:
    bao.policy("pipewarden", policy(2))
    token = bao.token(policies=["pipewarden"])
    for path in ("secret/data/prod/db", "team/secret/data/prod/db", "team/inner/secret/data/prod/db"):
        assert bao.call("GET", path, token=token).status_code == 403
    assert bao.call("GET", "team/sys/policies/acl/reader", token=token).status_code == 200


@pytest.mark.parametrize("secret", ["vault:acme/secret/prod/db", DB, DEEP])
def test_ours_and_the_server_name_the_same_tokens(bao: Bao, snapshot: Snapshot, secret: str) -> None:
    """Every token is asked to the server itself, with the namespace's path before the secret's."""
    path = secret.removeprefix("vault:acme/").replace("secret/", "secret/data/")
    allowed = {name for name, token in TOKENS.items() if bao.call("GET", path, token=token).status_code == 200}
    found = {name for name in holders(snapshot, Capability.READ_SECRET, named(snapshot, secret)) if name in TOKENS}
    assert found == allowed
    assert allowed != set()


def test_who_keeps_a_namespaces_policies_administers_it_and_no_other(snapshot: Snapshot) -> None:
    inner = holders(snapshot, Capability.ADMINISTER, named(snapshot, "vault:acme/team"))
    assert {"token-team-keeper", "vault:ann"} <= inner
    assert not inner & {"token-root-keeper", "token-team-inner-keeper"}
    root = holders(snapshot, Capability.ADMINISTER, named(snapshot, "vault:acme"))
    assert "token-root-keeper" in root
    assert not root & {"token-team-keeper", "vault:ann"}


def test_a_user_of_a_namespace_gets_its_policies(snapshot: Snapshot) -> None:
    assert "vault:ann" in holders(snapshot, Capability.READ_SECRET, named(snapshot, DB))
    assert "vault:ann" not in holders(snapshot, Capability.READ_SECRET, named(snapshot, DEEP))
    found = Engine(snapshot).who_can(Capability.READ_SECRET, named(snapshot, DB))
    words = {Engine(snapshot).words(path) for access in found for path in access.paths}
    assert any("(policy team/reader: read on team/secret/data/*)" in text for text in words)


def test_checks_speak_of_namespaces(snapshot: Snapshot) -> None:
    verdicts = judge([check for check in ALL if check.id.startswith("va.")], View(snapshot))
    said = {finding.says for finding in verdicts.findings}
    assert any("policy team/keeper lets 2 holders write policies" in each for each in said), said
    assert any("policy team/reader gives everything below secret/data/*" in each for each in said), said
    assert any("vault:acme/team/auth/userpass/ann logs in by password alone" in each for each in said), said


def test_a_namespace_that_may_not_be_read_is_a_gap_of_its_own(bao: Bao) -> None:
    found = read(bao, POLICY)
    gaps = [gap for gap in found.records(Gap) if gap.scope == Ref(HOST, Kind.FOLDER, "team/")]
    assert {gap.facet for gap in gaps} >= {VaultFacet.POLICIES, VaultFacet.TOKENS, VaultFacet.NAMESPACES}
    assert {gap.cause for gap in gaps} == {Cause.FORBIDDEN}
    assert not [gap for gap in found.records(Gap) if gap.scope == Ref(HOST, Kind.TENANT, "root")]
    without = POLICY.replace('path "sys/namespaces" { capabilities = ["list"] }\n', "")
    [gap] = read(bao, without).records(Gap)
    assert (gap.facet, gap.permission) == (VaultFacet.NAMESPACES, "list on sys/namespaces")


@pytest.mark.parametrize("after", [3, 14, 25])
def test_a_run_that_was_killed_in_a_namespace_goes_on_and_gives_the_same(bao: Bao, after: int) -> None:
    def shape(snapshot: Snapshot) -> list[tuple[str, str]]:
        return sorted(
            (snapshot.ref(o).kind.value, snapshot.name_of(o))
            for o in range(len(snapshot))
            if "pipewarden" not in snapshot.name_of(o) and snapshot.ref(o).kind is not Kind.ACCESS_TOKEN
        )

    keeper = Keeper(killed_after=after)
    with pytest.raises(KeyboardInterrupt):
        read(bao, policy(2), keeper)
    assert shape(read(bao, policy(2), keeper)) == shape(read(bao, policy(2)))
