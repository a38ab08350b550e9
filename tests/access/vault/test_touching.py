"""Which sessions are looked at for a path: all that a policy may say something to, and none is left out that has something."""

import pytest

from pipewarden.access.engine import Engine
from pipewarden.access.graph import Graph
from pipewarden.access.vault.sessions import Sessions
from pipewarden.model.access import Capability
from pipewarden.model.facts import Role
from pipewarden.model.ids import Kind, Ref
from tests.checks.builder import SEEN, Estate
from tests.checks.vault_estate import HOST, TENANT, Vault

PATHS = (
    "secret/data/prod/db",
    "secret/data/prod/",
    "secret/data/dev/db",
    "secret/data/home/bob/key",
    "/secret/data/prod/db",
    "auth/jwt/role/anything",
    "sys/policies/acl/ci-web",
    "elsewhere",
    "",
)
POLICIES = {
    "exact": ("secret/data/prod/db", "read"),
    "below": ("secret/data/prod/*", "read"),
    "segment": ("secret/data/+/db", "read"),
    "first": ("+/data/prod/db", "read"),
    "templated": ("secret/data/home/{{identity.entity.name}}/*", "read"),
    "everything": ("*", "read"),
    "roles": ("auth/jwt/role/*", "update"),
}


def sessions(*, unread: bool = False) -> Sessions:
    estate = Estate()
    vault = Vault(estate)
    for name, rule in POLICIES.items():
        vault.machine("auth/jwt", name, vault.policy(name, rule))
    if unread:
        vault.machine("auth/jwt", "unread", "unread")
        vault.put(Role(ref=Ref(HOST, Kind.ROLE, "policy:unread"), name="policy unread", parent=TENANT, origin=SEEN))
    return Sessions(Graph(estate.snapshot()), HOST)


@pytest.mark.parametrize("unread", [False, True])
@pytest.mark.parametrize("path", PATHS)
def test_no_session_is_left_out_that_has_something_on_a_path(path: str, *, unread: bool) -> None:
    every = sessions(unread=unread)
    touching = every.touching([path])
    for session in every.all:
        rights = every.rights(session)
        if rights.on(path).capabilities or rights.unread:
            assert session in touching


def test_a_session_without_a_word_on_a_path_is_not_looked_at() -> None:
    every = sessions()
    assert len(every.touching(["secret/data/prod/db"])) < len(every.all)
    found = {each.held[0].policy for each in every.touching(["elsewhere"])}
    assert found == {"first", "everything"}


def test_the_order_of_sessions_stays() -> None:
    every = sessions()
    found = every.touching(PATHS)
    assert found == [each for each in every.all if each in found]


def test_a_policy_that_was_not_read_may_take_what_the_others_give() -> None:
    """Deny in any policy wins (https://openbao.org/docs/concepts/policies/#capabilities): a yes is none then."""
    estate = Estate()
    vault = Vault(estate)
    vault.mount("secret", "kv", kv_version=2)
    secret = vault.secret("secret", "prod/db")
    policy = vault.policy("prod-read", ("secret/data/prod/*", "read"))
    vault.user("auth/userpass", "bob", policy)
    vault.user("auth/userpass", "erin", policy, "unread")
    vault.put(Role(ref=Ref(HOST, Kind.ROLE, "policy:unread"), name="policy unread", parent=TENANT, origin=SEEN))
    engine = Engine(estate.snapshot())
    told = {each.principal.key: each.answer.value for each in engine.who_can(Capability.READ_SECRET, secret)}
    assert told == {"auth/userpass:bob": "yes", "auth/userpass:erin": "unknown"}
