"""From a pipeline into the vault: who may push a workflow whose token a role accepts reads what the role reads."""

from typing import Any

import pytest

from pipewarden.access.crossing import MOST
from pipewarden.access.engine import Engine
from pipewarden.access.reach import reach
from pipewarden.model.access import Access, Capability
from pipewarden.model.ids import Ref
from tests.checks.builder import Estate
from tests.checks.vault_estate import Vault


def acme(*subjects: str, **repository: Any) -> tuple[Engine, Ref]:
    estate = Estate()
    estate.org("acme").repo("acme/web", default_branch="main", **repository)
    estate.repo("acme/docs", default_branch="main")
    estate.direct("bob", "acme/web", "write").direct("judy", "acme/docs", "write")
    estate.environment("acme/web", reviewers=["heidi"])
    estate.direct("heidi", "acme/web", "read")
    vault = Vault(estate)
    vault.mount("secret", "kv", kv_version=2)
    secret = vault.secret("secret", "prod/db")
    policy = vault.policy("prod-read", ("secret/data/prod/*", "read"))
    vault.trust(vault.machine("auth/jwt", "deploy", policy), *subjects)
    return Engine(estate.snapshot()), secret


def who(engine: Engine, secret: Ref) -> dict[str, str]:
    found = {}
    for access in engine.who_can(Capability.READ_SECRET, secret):
        fact = engine.snapshot.find(access.principal)
        assert fact is not None
        found[fact.name] = engine.words(access.paths[0])
    return found


@pytest.mark.parametrize("subject", ["repo:acme/web:*", "repo:acme@{org}/web@{repo}:*", "repo:acme/*"])
def test_who_pushes_any_branch_reads_the_secret_in_both_forms_of_subjects(subject: str) -> None:
    estate = Estate()
    estate.org("acme").repo("acme/web")
    ids = {"org": estate.ref("acme").key, "repo": estate.ref("acme/web").key}
    engine, secret = acme(subject.format(**ids))
    found = who(engine, secret)
    assert "bob" in found
    assert found["bob"].endswith(
        "acme/web (a workflow pushed there runs a job whose OIDC token is accepted) → vault:acme/auth/jwt/deploy"
        " (policy prod-read: read on secret/data/prod/*) → vault:acme/secret/prod/db"
    )


def test_a_repository_that_the_subject_does_not_name_gives_nothing() -> None:
    engine, secret = acme("repo:acme/web:*")
    assert "judy" not in who(engine, secret)
    engine, secret = acme("repo:acme/other:*")
    assert "bob" not in who(engine, secret)


def test_a_new_repository_presents_ids_alone() -> None:
    engine, secret = acme("repo:acme/web:*", created_at="2026-08-01T00:00:00Z")
    assert "bob" not in who(engine, secret)


def test_an_environment_brings_its_gates() -> None:
    engine, secret = acme("repo:acme/web:environment:production")
    assert "env:acme/web/production" in who(engine, secret)["bob"]
    assert "heidi" in who(engine, secret)["bob"]  # the reviewer has to approve


def test_reach_goes_on_to_the_secret() -> None:
    engine, secret = acme("repo:acme/web:*")
    [bob] = list(engine.snapshot.named("bob"))
    found = {each.access.resource: each.access.capability for each in reach(engine, engine.snapshot.ref(bob))}
    assert found[secret] is Capability.READ_SECRET


def test_who_can_act_as_the_role() -> None:
    engine, _ = acme("repo:acme/web:*")
    [role] = list(engine.snapshot.named("vault:acme/auth/jwt/deploy"))
    holders = engine.who_can(Capability.ASSUME_ROLE, engine.snapshot.ref(role))
    assert "bob" in {engine.snapshot.find(each.principal).name for each in holders}  # type: ignore[union-attr]


@pytest.mark.parametrize("subject", ["repo:acme/*:environment:production", "repo:acme/*:ref:refs/heads/release"])
def test_a_star_before_the_environment_or_branch_leaves_these_as_they_are(subject: str) -> None:
    engine, secret = acme(subject)
    [found] = [each for each in engine.who_can(Capability.READ_SECRET, secret) if _name(engine, each) == "bob"]
    if "environment" in subject:
        assert all("env:acme/web/production" in engine.words(path) for path in found.paths)
    assert engine.words(found.paths[0]).startswith("bob")


def test_what_a_trust_of_everybody_leaves_out_is_told() -> None:
    """Beyond so many repositories their people are not listed: whoever asks is told that there are more."""
    estate = Estate()
    estate.org("acme")
    for number in range(MOST + 1):
        estate.repo(f"acme/r{number}", default_branch="main")
    vault = Vault(estate)
    vault.mount("secret", "kv", kv_version=2)
    few, all_of_them = vault.secret("secret", "few"), vault.secret("secret", "all")
    for name, subject in (("few", "repo:acme/r1:*"), ("all", "repo:acme/*")):
        vault.trust(vault.machine("auth/jwt", name, vault.policy(name, (f"secret/data/{name}", "read"))), subject)
    engine = Engine(estate.snapshot())
    told = (
        f"vault:acme/auth/jwt/all is had by jobs of more than {MOST} repositories: who changes the others is not told",
    )
    assert engine.unseen(all_of_them) == told
    assert engine.unseen(few) == told  # of the vault as a whole it is not known whose policies they get further
    assert engine.unseen(estate.ref("acme/r1")) == ()


def _name(engine: Engine, access: Access) -> str:
    fact = engine.snapshot.find(access.principal)
    assert fact is not None
    return fact.name
