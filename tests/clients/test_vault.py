"""hvac reads acme's vault: the real server and the loopback one, which were set up by the same requests, tell it the same."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pipewarden.demo.estate.story import ACME_NOW
from pipewarden.demo.vault.server import OWN, VaultServer
from pipewarden.demo.vault.state import State
from pipewarden.demo.vault.story import writes
from tests.acme_vault import auditor, set_up
from tests.bao import Bao, running
from tests.clients.needed import client

hvac = client("hvac", "hvac")


@pytest.fixture(scope="module")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bao]:
    with running(tmp_path_factory.mktemp("bao")) as server:
        set_up(server)
        yield server


@pytest.fixture(scope="module")
def real(bao: Bao) -> Any:
    """The client at the real server, with the least policy that the connector is given."""
    return hvac.Client(url=bao.url, token=auditor(bao))


@pytest.fixture(scope="module")
def loopback() -> Iterator[Any]:
    with VaultServer(State(writes(), ACME_NOW)) as server:
        yield hvac.Client(url=server.url, token=server.token)


def names(answer: Any) -> set[str]:
    """Return the names of a list, without those that belong to the reading itself."""
    return set(answer["data"]["keys"]) - {"pipewarden"}


ASKED: dict[str, Callable[[Any], Any]] = {
    "mounts": lambda c: set(c.sys.list_mounted_secrets_engines()["data"]),
    "methods": lambda c: set(c.sys.list_auth_methods()["data"]),
    "devices": lambda c: set(c.sys.list_enabled_audit_devices()["data"]),
    "policies": lambda c: names(c.sys.list_acl_policies()),
    "jwt roles": lambda c: names(c.auth.jwt.list_roles(path="jwt-github")),
    "staff": lambda c: c.auth.oidc.read_role("staff", path="oidc")["data"]["token_policies"],
    "deploy": lambda c: c.auth.jwt.read_role("github-deploy", path="jwt-github")["data"],
    "config": lambda c: c.auth.jwt.read_config(path="jwt-github")["data"]["bound_issuer"],
    "approles": lambda c: names(c.auth.approle.list_roles()),
    "jenkins": lambda c: c.auth.approle.read_role("jenkins")["data"],
    "users": lambda c: names(c.auth.userpass.list_user()),
    "alice": lambda c: c.auth.userpass.read_user("alice")["data"]["token_policies"],
    "secrets": lambda c: names(c.secrets.kv.v2.list_secrets(path="")),
    "production": lambda c: names(c.secrets.kv.v2.list_secrets(path="prod")),
}
"""Parts of the API by the client's own managers; both servers must give the same."""


@pytest.mark.parametrize("what", ASKED)
def test_both_servers_tell_the_client_the_same(what: str, real: Any, loopback: Any) -> None:
    assert ASKED[what](real) == ASKED[what](loopback)
    assert ASKED[what](real)


@pytest.mark.parametrize("policy", ["prod-read", "deploy-read", "vault-admin"])
def test_a_policy_is_read_in_full(policy: str, real: Any, loopback: Any) -> None:
    texts = [each.sys.read_acl_policy(policy)["data"]["policy"] for each in (real, loopback)]
    assert texts[0] == texts[1]
    assert "path " in texts[0]


def entities(client: Any) -> dict[str, tuple[tuple[str, ...], int]]:
    """Return the entities by name, with their policies and how many logins each has."""
    found = {}
    for key in client.secrets.identity.list_entities()["data"]["keys"]:
        row = client.secrets.identity.read_entity(key)["data"]
        found[row["name"]] = (tuple(row["policies"] or ()), len(row["aliases"]))
    return found


def groups(client: Any) -> dict[str, tuple[str, tuple[str, ...], int, int]]:
    """Return the groups by name, with kind, policies and how many are in them."""
    found = {}
    for key in client.secrets.identity.list_groups()["data"]["keys"]:
        row = client.secrets.identity.read_group(key)["data"]
        inside = len(row["member_entity_ids"] or ()), len(row["member_group_ids"] or ())
        found[row["name"]] = (row["type"], tuple(row["policies"] or ()), *inside)
    return found


def test_entities_and_groups_are_the_same(real: Any, loopback: Any) -> None:
    assert entities(real) == entities(loopback)
    assert set(entities(real)) == {"alice", "bob", "carol", "heidi"}
    assert groups(real) == groups(loopback)


def test_tokens_are_looked_up_by_accessor(real: Any, loopback: Any) -> None:
    for each in (real, loopback):
        rows = [
            each.auth.token.lookup_accessor(accessor)["data"]
            for accessor in each.auth.token.list_accessors()["data"]["keys"]
            if accessor != OWN
        ]
        [carol] = [row for row in rows if row["display_name"] == "token-carol-laptop"]
        assert (carol["policies"], carol["orphan"], carol["id"]) == (["default", "prod-admin"], True, "")
        assert each.auth.token.lookup_self()["data"]["policies"] == ["default", "pipewarden"]


def test_no_secret_is_given_to_the_least_policy(real: Any, loopback: Any) -> None:
    with pytest.raises(hvac.exceptions.Forbidden):
        real.secrets.kv.v2.read_secret_version(path="prod/db", raise_on_deleted_version=True)
    with pytest.raises((hvac.exceptions.InvalidPath, hvac.exceptions.Forbidden)):
        loopback.secrets.kv.v2.read_secret_version(path="prod/db", raise_on_deleted_version=True)


def test_a_namespace_is_read(bao: Bao) -> None:
    bao.write("sys/namespaces/team", {})
    root = hvac.Client(url=bao.url, token="dev-only-root")
    assert root.sys.list_namespaces()["data"]["keys"] == ["team/"]
    inside = hvac.Client(url=bao.url, token="dev-only-root", namespace="team")
    assert names(inside.sys.list_acl_policies()) == {"default"}


def test_a_refusal_is_one_for_the_client_too(loopback: Any) -> None:
    stranger = hvac.Client(url=loopback.url, token="not-a-token")
    assert stranger.is_authenticated() is False
    with pytest.raises(hvac.exceptions.Forbidden):
        stranger.sys.list_acl_policies()
