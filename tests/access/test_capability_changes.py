"""A week of changes where roles are no levels of repositories: each is told in one line, and what did not change is not."""

import copy
from typing import Any

import pytest
from msgspec import structs

from pipewarden.access.capability_changes import MOST_THINGS
from pipewarden.access.changes import Changes, diff
from pipewarden.access.engine import Engine
from pipewarden.demo.entra.rows import made
from pipewarden.demo.entra.server import EntraServer
from pipewarden.demo.entra.story import Directory, directory
from pipewarden.demo.estate import acme
from pipewarden.demo.estate.story import ACME_NOW
from pipewarden.demo.okta.variant import Variant as OktaVariant
from pipewarden.demo.vault.server import Variant, VaultServer
from pipewarden.demo.vault.state import State
from pipewarden.demo.vault.story import Write, writes
from pipewarden.model.access import Answer, Capability
from pipewarden.model.snapshot import Snapshot
from pipewarden.reports.capabilities import capability_lines
from pipewarden.reports.changes import entity_lines, write
from tests.checks.builder import Estate
from tests.checks.vault_estate import Vault
from tests.connectors.entra import reading as entra
from tests.connectors.jenkins.test_connector import acme as controller
from tests.connectors.jenkins.test_connector import served
from tests.connectors.okta import reading as okta
from tests.connectors.vault.test_refusals import read

DEV = Write("sys/policies/acl/dev-all", {"policy": 'path "secret/*" { capabilities = ["read"] }'})


def vault(*more: Write) -> Snapshot:
    with VaultServer(State([*writes(), *more], ACME_NOW), Variant()) as server:
        return read(server)


def role(bound: str) -> Write:
    body: dict[str, Any] = {"role_type": "jwt", "user_claim": "repository", "bound_claims_type": "glob"}
    body |= {"bound_claims": {"sub": bound}, "bound_audiences": ["https://vault.acme.example"]}
    return Write("auth/jwt-github/role/github-api", body | {"token_policies": ["prod-read"], "token_ttl": 600})


def tenant(of: Directory) -> Snapshot:
    with EntraServer(of) as server:
        return entra.collected(entra.connector(server))[0]


def told(before: Snapshot, after: Snapshot) -> tuple[Changes, list[str]]:
    """Return what differs, and the lines about who holds what."""
    old, new = Engine(before), Engine(after)
    changes = diff(old, new)
    lines = capability_lines(
        changes.capabilities, lambda ref: (new if after.ordinal(ref) is not None else old).name(ref)
    )
    return changes, list(lines)


def test_a_policy_that_reads_more_is_told_by_who_reads_what_now() -> None:
    before = vault()
    changes, lines = told(before, vault(DEV))
    [line] = lines
    assert line == (
        "vault:carol, vault:acme/auth/oidc/staff and vault:acme/auth/approle/backup gained read_secret on 2 secrets: "
        "vault:acme/secret/prod/db, vault:acme/secret/prod/root-ca"
    )
    assert any(line.startswith("role policy dev-all: rules") for line in entity_lines(changes.entities))


def test_what_was_taken_away_is_told_as_lost() -> None:
    _, lines = told(vault(DEV), vault())
    assert [line.split(" gained ")[0].split(" lost ")[0] for line in lines if " lost read_secret on 2 secrets" in line]


def test_a_trust_that_was_widened_is_told_once() -> None:
    before = vault(role("repo:acme/api:environment:production"))
    changes, lines = told(before, vault(role("repo:*")))
    assert lines == [
        "anybody with an account on GitHub gained assume_role on vault:acme/auth/jwt-github/github-api",
        (
            "anybody with an account on GitHub gained read_secret on 3 secrets: "
            "vault:acme/database/creds/app, vault:acme/secret/prod/db, vault:acme/secret/prod/root-ca"
        ),
    ]
    assert list(entity_lines(changes.entities)) == [
        "trust of vault:acme/auth/jwt-github/github-api: subjects[0] repo:acme/api:environment:production → repo:*"
    ]


def test_a_new_super_administrator_of_okta_is_one_line() -> None:
    before, _ = okta.collected(of=okta.okta())
    changed = okta.okta()
    changed.people["dave"].roles = copy.deepcopy(changed.people["alice"].roles)
    changes, lines = told(before, okta.collected(of=changed)[0])
    assert lines == ["dave@acme.example gained administer, manage_access on okta:acme"]
    assert len(changes.capabilities) > 2, "the other formats hold what is in it as well"


def test_a_new_global_administrator_is_one_line() -> None:
    changed = directory(acme())
    changed.give(made("user", "dave"), "Global Administrator")
    _, lines = told(tenant(directory(acme())), tenant(changed))
    assert [line.split("#")[0] for line in lines] == ["dave_acme.example"]
    assert lines[0].endswith(" gained administer, manage_access on entra:acme")


def test_everybody_who_signs_in_made_an_administrator_of_jenkins_is_one_line() -> None:
    changed = controller()
    changed.strategy["projectMatrix"]["permissions"].append("GROUP:Overall/Administer:authenticated")
    changes, lines = told(served(controller=controller()), served(controller=changed))
    [line] = lines
    assert line.startswith("4 people (jenkins:bob, jenkins:carol, jenkins:dave")
    assert line.endswith("gained administer, manage_access on jenkins:acme")
    assert any("Overall/Administer" in text and "authenticated" in text for text in entity_lines(changes.entities))


def test_nothing_is_told_where_nothing_changed() -> None:
    pairs = (
        (vault(), vault()),
        (tenant(directory(acme())), tenant(directory(acme()))),
        (served(controller=controller()), served(controller=controller())),
        (okta.collected()[0], okta.collected()[0]),
    )
    for before, after in pairs:
        changes, _ = told(before, after)
        assert write(changes, str, 80) == "Nothing changed.\n"


def test_a_name_that_changed_is_no_change_of_access() -> None:
    changed = directory(acme())
    [dave] = [each for each in changed.users if each["id"] == made("user", "dave")]
    dave["displayName"] = "David"
    changes, lines = told(tenant(directory(acme())), tenant(changed))
    assert (lines, changes.capabilities, changes.uncompared) == ([], (), ())


def test_what_one_of_the_two_readings_did_not_see_is_said() -> None:
    whole, _ = okta.collected()
    part, _ = okta.collected(OktaVariant(forbidden=frozenset({"/api/v1/groups/{groupId}/users"})))
    changes, _ = told(whole, part)
    assert any("acme.okta.example: read in part before and not now" in text for text in changes.uncompared)
    assert "Not compared" in write(changes, str, 120)
    back, _ = told(part, whole)
    assert any("read now and not before" in text for text in back.uncompared)


def test_what_is_beyond_the_limit_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_THINGS >= 1_000
    monkeypatch.setattr("pipewarden.access.capability_changes.MOST_THINGS", 3)
    changes, lines = told(vault(), vault(DEV))
    assert lines == []
    assert any("further things of vault.acme.example: more than 3" in text for text in changes.uncompared)


def pushing(*writers: str) -> Snapshot:
    """Return a repository whose jobs a vault trusts, and who may push to it."""
    estate = Estate()
    estate.org("acme").repo("acme/web", default_branch="main")
    for each in ("bob", "judy"):
        estate.direct(each, "acme/web", "write" if each in writers else "read")
    kept = Vault(estate)
    kept.mount("secret", "kv", kv_version=2)
    kept.secret("secret", "prod/db")
    kept.trust(
        kept.machine("auth/jwt", "deploy", kept.policy("prod-read", ("secret/data/prod/*", "read"))), "repo:acme/*"
    )
    return estate.snapshot()


def test_a_change_in_a_code_host_is_followed_into_the_vault_that_trusts_its_jobs() -> None:
    changes, lines = told(pushing("bob"), pushing("bob", "judy"))
    assert "judy gained read_secret on vault:acme/secret/prod/db" in lines
    [judys] = [each for each in changes.capabilities if each.capability is Capability.READ_SECRET]
    assert (judys.before, judys.after) == (Answer.NO, Answer.YES)


def test_what_is_only_perhaps_so_is_told_as_that() -> None:
    before, _ = told(pushing("bob"), pushing("bob", "judy"))
    [judys] = [each for each in before.capabilities if each.capability is Capability.READ_SECRET]
    perhaps = structs.replace(judys, after=Answer.UNKNOWN)
    [line] = capability_lines([perhaps], lambda ref: ref.key)
    assert " may have gained read_secret on secret:" in line


def test_a_system_that_one_of_the_two_holds_is_not_compared() -> None:
    both, one = vault(), okta.collected()[0]
    changes, lines = told(one, both)
    assert lines == []
    assert "who holds what in vault.acme.example: it was read now and not before" in changes.uncompared
    assert "who holds what in acme.okta.example: it was read before and not now" in changes.uncompared


def test_an_app_of_okta_that_was_switched_off_is_a_setting_and_a_time_is_none() -> None:
    changed = okta.okta()
    [vaults] = [each for each in changed.apps if each.label == "Vault"]
    vaults.status = "INACTIVE"
    changes, _ = told(okta.collected()[0], okta.collected(of=changed)[0])
    assert "application Vault: status ACTIVE → INACTIVE" in list(entity_lines(changes.entities))
    assert not {each.field for each in changes.entities} & {"lastUpdated", "modified", "last_build"}
