"""Ways to give oneself rights: each is tried on the real server with the one rule that opens it, and ours must say the same."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from pipewarden.access.engine import Engine
from pipewarden.audit import collect
from pipewarden.connectors.vault.client import Vault
from pipewarden.connectors.vault.connector import VaultConnector
from pipewarden.http.client import Http
from pipewarden.http.secrets import FixedSecret
from pipewarden.model.access import Answer, Capability
from pipewarden.model.ids import Kind, Ref
from tests.acme_vault import auditor
from tests.bao import Bao, running

TENANT = Ref("vault.acme.example", Kind.TENANT, "root")
ALL = 'path "*" { capabilities = ["read"] }'


def writes_a_policy(bao: Bao, token: str) -> str | None:
    """Write a policy that one holds oneself."""
    held = bao.call("GET", "auth/token/lookup-self", token=token).json()["data"]["policies"][0]
    bao.call("POST", f"sys/policies/acl/{held}", {"policy": ALL}, token=token)
    return token


def makes_a_token(bao: Bao, token: str) -> str | None:
    """Make a token with a policy that one does not hold."""
    made = bao.call("POST", "auth/token/create", {"policies": ["all"]}, token=token)
    return made.json()["auth"]["client_token"] if made.status_code == 200 else None


def makes_a_secret_id(bao: Bao, token: str) -> str | None:
    """Make a secret id of a role, whose own id is no secret."""
    made = bao.call("POST", "auth/approle/role/reader/secret-id", {}, token=token)
    if made.status_code != 200:
        return None
    role = bao.read("auth/approle/role/reader/role-id")["role_id"]
    body = {"role_id": role, "secret_id": made.json()["data"]["secret_id"]}
    session: str = bao.write("auth/approle/login", body)["auth"]["client_token"]
    return session


def writes_a_role(bao: Bao, token: str) -> str | None:
    """Write a role that hands out any policy and asks for no secret id."""
    body = {"token_policies": ["all"], "bind_secret_id": False, "token_bound_cidrs": ["127.0.0.0/8"], "role_id": "own"}
    if bao.call("POST", "auth/approle/role/mine", body, token=token).status_code != 204:
        return None
    bao.write("auth/approle/role/mine/role-id", {"role_id": "own"})
    session: str = bao.write("auth/approle/login", {"role_id": "own"})["auth"]["client_token"]
    return session


def makes_a_token_by_a_role_of_its_own(bao: Bao, token: str) -> str | None:
    """Write a role of tokens that allows any policy, and make one by it."""
    if bao.call("POST", "auth/token/roles/mine", {"allowed_policies": ["all"]}, token=token).status_code != 204:
        return None
    made = bao.call("POST", "auth/token/create/mine", {"policies": ["all"]}, token=token)
    return made.json()["auth"]["client_token"] if made.status_code == 200 else None


class Door(NamedTuple):
    """A rule, what is tried with it, and whether it leads to everything."""

    rules: str
    tried: Callable[[Bao, str], str | None]
    opens: bool


SELF = 'path "auth/token/lookup-self" { capabilities = ["read"] }\n'
DOORS = {
    "policies": Door(SELF + 'path "sys/policies/acl/*" { capabilities = ["update"] }', writes_a_policy, opens=True),
    "policies-read": Door(SELF + 'path "sys/policies/acl/*" { capabilities = ["read"] }', writes_a_policy, opens=False),
    "token-sudo": Door('path "auth/token/create" { capabilities = ["update", "sudo"] }', makes_a_token, opens=True),
    "without-sudo": Door('path "auth/token/create" { capabilities = ["update"] }', makes_a_token, opens=False),
    "secret-id": Door('path "auth/approle/role/+/secret-id" { capabilities = ["update"] }', makes_a_secret_id, opens=True),
    "secret-id-list": Door('path "auth/approle/role/+/secret-id" { capabilities = ["list"] }', makes_a_secret_id, opens=False),
    "role": Door('path "auth/approle/role/*" { capabilities = ["create", "update"] }', writes_a_role, opens=True),
    "token-role": Door(
        'path "auth/token/roles/*" { capabilities = ["create", "update"] }\n'
        'path "auth/token/create/mine" { capabilities = ["update"] }',
        makes_a_token_by_a_role_of_its_own,
        opens=True,
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bao]:
    with running(tmp_path_factory.mktemp("bao"), audit=False) as server:
        server.write("sys/auth/approle", {"type": "approle"})
        server.policy("all", ALL)
        server.write("auth/approle/role/reader", {"token_policies": ["all"]})
        for name in ("secret", "ops/root-token", "ops/unseal-keys"):
            server.write(f"secret/data/{name}", {"data": {"made": "up"}})
        server.policy("ops", 'path "secret/data/ops/*" { capabilities = ["read"] }')
        server.token(policies=["ops"], display_name="ops")
        yield server


@pytest.fixture(scope="module")
def tokens(bao: Bao) -> dict[str, str]:
    made = {}
    for name, door in DOORS.items():
        bao.policy(f"door-{name}", door.rules)
        made[name] = bao.token(policies=[f"door-{name}"], display_name=name, no_default_policy=True)
    return made


@pytest.fixture(scope="module")
def engine(bao: Bao, tokens: dict[str, str]) -> Engine:
    """What was read before anybody tried a door."""
    assert tokens
    reader = auditor(bao)
    connector = VaultConnector(lambda: Vault(Http(bao.url), FixedSecret(reader)), "acme", instance=TENANT.instance)
    return Engine(collect([connector]))


def holders(engine: Engine, capability: Capability, resource: Ref, answer: Answer = Answer.YES) -> set[str]:
    found = [each for each in engine.who_can(capability, resource) if each.answer is answer]
    names = {engine.snapshot.find(each.principal).name for each in found}  # type: ignore[union-attr]
    return {name.removeprefix("token-").partition(" ")[0] for name in names}


@pytest.mark.parametrize("name", DOORS)
def test_ours_says_of_a_door_what_the_server_does(bao: Bao, engine: Engine, tokens: dict[str, str], name: str) -> None:
    managing = name in holders(engine, Capability.MANAGE_ACCESS, TENANT)
    session = DOORS[name].tried(bao, tokens[name])
    opened = session is not None and bao.call("GET", "secret/data/secret", token=session).status_code == 200
    assert opened is DOORS[name].opens
    assert managing is opened


def test_who_makes_a_secret_id_acts_as_the_role(engine: Engine) -> None:
    [role] = engine.snapshot.named("vault:acme/auth/approle/reader")
    found = holders(engine, Capability.ASSUME_ROLE, engine.snapshot.ref(role))
    assert {"secret-id", "role"} <= found
    assert not found & {"secret-id-list", "policies", "ops"}


def test_who_reads_what_is_named_like_a_root_token_perhaps_administers(engine: Engine) -> None:
    found = [each for each in engine.who_can(Capability.ADMINISTER, TENANT) if each.answer is Answer.UNKNOWN]
    mine = [each for each in found if engine.snapshot.find(each.principal).name.startswith("token-ops")]  # type: ignore[union-attr]
    assert {reason for each in mine for path in each.paths for reason in path.unknown} == {
        f"whether vault:acme/secret/ops/{name} holds what its name says: a root token, or keys that make one"
        for name in ("root-token", "unseal-keys")
    }
    assert "ops" not in holders(engine, Capability.ADMINISTER, TENANT)


def test_the_last_renewal_is_the_use_of_a_token_that_is_told(bao: Bao) -> None:
    """`last_renewal_time` of a token that was renewed; of another the vault tells no use, and none is presumed."""
    renewed = bao.token(policies=["all"], display_name="renewed", period="1h")
    bao.token(policies=["all"], display_name="idle", period="1h")
    assert bao.call("POST", "auth/token/renew-self", {}, token=renewed).status_code == 200
    reader = auditor(bao)
    connector = VaultConnector(lambda: Vault(Http(bao.url), FixedSecret(reader)), "acme", instance=TENANT.instance)
    snapshot = collect([connector])
    found = {
        snapshot.name_of(each).partition(" ")[0]: snapshot.entity(each)
        for each in snapshot.ordinals(Kind.ACCESS_TOKEN).tolist()
    }
    assert found["token-renewed"].last_used_at is not None  # type: ignore[union-attr]
    assert found["token-renewed"].attributes["last_used_source"].startswith("last renewal")
    assert found["token-idle"].last_used_at is None  # type: ignore[union-attr]
