"""What one principal has on the secrets of a vault: what the clauses of each secret say, found without looking at anybody else."""

import pytest

from pipewarden.access.engine import Engine
from pipewarden.access.standing import Held, holds
from pipewarden.access.vault.on_secrets import VERBS
from pipewarden.model.access import Capability
from pipewarden.model.facts import Resource
from pipewarden.model.ids import Kind, Ref
from tests.checks.builder import SEEN, Estate
from tests.checks.vault_estate import HOST, TENANT, Vault
from tests.work import calls

PATHS = (
    "secret/data/prod/db",
    "secret/data/prod/api",
    "secret/data/home/bob/key",
    "secret/data/dev/db",
    "/secret/data/odd",
)


def estate(others: int = 0) -> Engine:
    """Return a vault in which people and machines read by name, by pattern, by template, after a denial, and as root."""
    made = Estate()
    vault = Vault(made)
    for path in PATHS:
        told = {"path": path, "metadata_path": path.replace("/data/", "/metadata/")}
        ref = Ref(HOST, Kind.SECRET, path)
        vault.put(Resource(ref=ref, name=f"vault:acme/{path}", parent=TENANT, attributes=told, origin=SEEN))
    vault.policy("prod", ("secret/data/prod/*", "read"), ("secret/metadata/prod/*", "delete"))
    vault.policy("writer", ("secret/data/+/db", "create update read"))
    vault.policy("barred", ("secret/data/prod/db", "deny"))
    vault.policy("home", ("secret/data/home/{{identity.entity.name}}/*", "read"))
    vault.policy("everything", ("*", "read update"))
    vault.entity("alice", "prod", "writer")
    vault.entity("bob", "prod", "barred", "home", name="bob")
    vault.entity("carol", "everything", disabled=True)
    vault.entity("dave", "unread", "prod")
    vault.machine("auth/jwt", "deploybot", "writer")
    vault.machine("auth/jwt", "operator", "root")
    for number in range(others):
        vault.entity(f"u{number}", "prod", "writer")
    return Engine(made.snapshot())


def by_clauses(engine: Engine, principal: int) -> list[tuple[Ref, tuple[Capability, ...], bool]]:
    """Return the same from the clauses that `who-can` goes by, secret by secret."""
    found = []
    for secret in engine.snapshot.ordinals(Kind.SECRET).tolist():
        known: dict[Capability, bool] = {}
        for verb in VERBS:
            for clause in engine.rulings.of(secret).rule(verb, secret):
                if principal in clause.holders:
                    known[verb] = known.get(verb, False) or not clause.unknown
        if known:
            found.append((engine.snapshot.ref(secret), tuple(known), any(known.values())))
    return found


def told(held: tuple[Held, ...]) -> list[tuple[Ref, tuple[Capability, ...], bool]]:
    return sorted((each.resource, each.capabilities, each.sure) for each in held)


@pytest.mark.parametrize("kind", [Kind.ACCOUNT, Kind.SERVICE_ACCOUNT])
def test_everybody_has_what_the_clauses_of_each_secret_say(kind: Kind) -> None:
    engine = estate()
    here = [each for each in engine.snapshot.ordinals(kind).tolist() if engine.snapshot.ref(each).instance == HOST]
    assert here
    for who in here:
        assert told(holds(engine, engine.snapshot.ref(who))) == sorted(by_clauses(engine, who))


def test_the_policy_is_told_by_which_somebody_has_it() -> None:
    (key,) = [each for each in holds(estate(), Ref(HOST, Kind.ACCOUNT, "bob")) if each.resource.key.endswith("key")]
    assert key.by == ("policy home: read on secret/data/home/bob/*",)


def test_whoever_else_comes_to_the_vault_is_no_more_work() -> None:
    def one_more(others: int) -> int:
        engine = estate(others)
        holds(engine, Ref(HOST, Kind.ACCOUNT, "alice"))  # what is worked out once for all
        return calls(lambda: holds(engine, Ref(HOST, Kind.ACCOUNT, "bob")))

    assert one_more(others=80) == one_more(others=0)
