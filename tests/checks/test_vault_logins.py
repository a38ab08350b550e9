"""Checks about who may log in to a vault, its tokens and its settings."""

import pytest

from pipewarden.checks import vault_logins, vault_policies, vault_settings
from pipewarden.model.facts import Identity
from pipewarden.model.ids import Kind, Ref
from tests.checks.builder import SEEN, Estate, days_ago
from tests.checks.vault_estate import Vault, add_vault

ENDLESS = {"bind_secret_id": True, "secret_id_ttl": 0, "secret_id_num_uses": 0, "secret_id_bound_cidrs": None}


@pytest.fixture
def vault() -> Vault:
    made = Vault(Estate())
    for path, kind in (("secret", "kv"), ("auth/jwt", "jwt"), ("auth/userpass", "userpass")):
        made.mount(path, kind, **({"kv_version": 2} if kind == "kv" else {}))
    return made


def test_a_policy_that_writes_policies_or_roles(vault: Vault) -> None:
    vault.entity(
        "heidi", vault.policy("keeper", ("auth/jwt/role/*", "create update"), ("sys/policies/acl/ci-*", "create"))
    )
    vault.entity("alice", vault.policy("admin", ("*", "create update sudo")))
    vault.policy("nobodys", ("sys/policies/acl/*", "update"))
    vault.entity("bob", vault.policy("shut", ("sys/*", "update"), ("sys/policies/*", "deny"), ("sys/policy/*", "deny")))
    says = vault.estate.says(vault_policies.self_write)
    assert says[1] == "policy keeper lets 1 holder write roles that log in, and so give themselves any right"
    assert len(says) == 2


def test_a_role_for_every_repository_of_an_owner(vault: Vault) -> None:
    vault.trust(vault.machine("auth/jwt", "all"), "repo:acme/*")
    vault.trust(vault.machine("auth/jwt", "any"))
    vault.trust(vault.machine("auth/jwt", "one"), "repo:acme/web:environment:production")
    vault.trust(vault.machine("auth/jwt", "heard"), "repo:acme/web:environment:production", audiences=())
    assert vault.estate.says(vault_logins.bound) == [
        "every job that fits repo:acme/* can log in as vault:acme/auth/jwt/all",
        "every job that its issuer signs for can log in as vault:acme/auth/jwt/any",
        "vault:acme/auth/jwt/heard takes tokens that were made for any audience: it has no bound_audiences",
    ]


def test_a_role_for_any_branch(vault: Vault) -> None:
    vault.trust(vault.machine("auth/jwt", "deploy"), "repo:acme/web:*")
    vault.trust(vault.machine("auth/jwt", "prod"), "repo:acme/web:environment:production")
    told = "a job on any branch can log in as vault:acme/auth/jwt/deploy: it accepts repo:acme/web:*"
    assert vault.estate.says(vault_logins.pull_request) == [told]


GITLAB = "https://gitlab.acme.example"


def test_a_role_for_any_branch_of_a_project_on_gitlab(vault: Vault) -> None:
    def role(name: str, subject: str, **claims: list[str]) -> None:
        vault.trust(vault.machine("auth/jwt", name), subject, issuer=GITLAB, **claims)

    role("web", "project_path:acme/web:ref_type:*:ref:*")
    role("glob", "project_path:acme/docs:*")
    role("main", "project_path:acme/web:ref_type:branch:ref:main")
    role("mains", "project_path:acme/*:ref:main")
    role("tags", "project_path:acme/web:ref_type:tag:ref:*")
    role("protected", "project_path:acme/web:ref_type:*:ref:*", ref_protected=["true"])
    role("production", "project_path:acme/web:ref_type:*:ref:*", environment=["production"])
    assert vault.estate.says(vault_logins.pull_request) == [
        "a job on any branch can log in as vault:acme/auth/jwt/glob: it accepts project_path:acme/docs:*",
        "a job on any branch can log in as vault:acme/auth/jwt/web: it accepts project_path:acme/web:ref_type:*:ref:*",
    ]


def test_a_role_for_every_project_of_a_gitlab(vault: Vault) -> None:
    def role(name: str, subject: str, **claims: list[str]) -> None:
        vault.trust(vault.machine("auth/jwt", name), subject, issuer=GITLAB, **claims)

    role("mains", "project_path:*:ref_type:branch:ref:main")
    role("one", "project_path:*:ref_type:branch:ref:main", project_id=["101"])
    role("group", "project_path:acme/*:ref_type:branch:ref:main")
    assert vault.estate.says(vault_logins.bound) == [
        "every job that fits project_path:*:ref_type:branch:ref:main can log in as vault:acme/auth/jwt/mains"
    ]


def test_secret_ids_without_end(vault: Vault) -> None:
    vault.machine("auth/approle", "jenkins", method="approle", **ENDLESS)
    vault.machine("auth/approle", "backup", method="approle", **{**ENDLESS, "secret_id_ttl": 3600})
    vault.machine("auth/approle", "open", method="approle", **{**ENDLESS, "bind_secret_id": False})
    assert vault.estate.says(vault_logins.secret_ids) == [
        "secret ids of vault:acme/auth/approle/jenkins have no end, limit of uses and bound network",
        "vault:acme/auth/approle/open asks for no secret id at all",
    ]


def test_tokens_without_end(vault: Vault) -> None:
    vault.token("carol-laptop", "prod-admin", period=2_764_800, orphan=True)
    vault.token("made-at-start", "root", orphan=True)
    vault.token("bounded", "prod-admin", period=3600, explicit_max_ttl=86_400)
    vault.token("short", "prod-admin", creation_ttl=3600, expires_at=days_ago(-1))
    assert vault.estate.says(vault_logins.token_ends) == [
        "carol-laptop is renewed without end with 1 policy (prod-admin) and outlives whoever made it",
        "made-at-start is a root token: it may do everything and outlives whoever made it",
    ]


def test_a_password_without_a_second_factor() -> None:
    vault = Vault(Estate())
    vault.user("auth/userpass", "alice")
    assert vault.estate.says(vault_logins.password) == ["vault:acme/auth/userpass/alice logs in by password alone"]
    enforced = Vault(Estate(), login_mfa=[{"name": "all", "auth_method_types": ["userpass"]}])
    enforced.user("auth/userpass", "alice")
    assert enforced.estate.says(vault_logins.password) == []


def test_an_entity_of_somebody_who_has_left(vault: Vault) -> None:
    vault.entity("carol", aliases=[{"name": "carol@acme.example"}])
    vault.entity("bob", aliases=[{"name": "bob@acme.example"}])
    for name, active in (("carol", False), ("bob", True)):
        ref = Ref("acme.okta.example", Kind.IDENTITY, name)
        vault.estate._facts.append(
            Identity(ref=ref, name=name, emails=(f"{name}@acme.example",), active=active, origin=SEEN)
        )
    [says] = vault.estate.says(vault_logins.orphan)
    assert says == "vault:carol is still there, and carol is disabled at the identity provider"


def test_a_vault_without_a_log_and_with_stored_passwords() -> None:
    vault = Vault(Estate(), audit_devices=[])
    vault.mount("secret", "kv", kv_version=2)
    vault.secret("secret", "prod/db")
    vault.secret("secret", "prod/licence")
    says = vault.estate.says(vault_settings.audit, vault_settings.static)
    assert says == [
        "vault:acme writes down no request: it has no audit device",
        "vault:acme/secret stores what an engine could make: prod/db",
    ]


def test_which_pipelines_read_what() -> None:
    estate = Estate()
    estate.org("acme").repo("acme/web").direct("bob", "acme/web", "write")
    add_vault(estate)
    [says] = estate.says(vault_logins.reach)
    assert says == "1 person can read acme/secret/prod/db through pipelines that log in as vault:acme/auth/jwt/deploy"
