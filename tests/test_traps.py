"""The traps of tests/access/test_traps.py that are not of the engine alone: trusts, checks, tokens, collection, reports."""

from pathlib import Path

import pytest

from pipewarden.checks import administrators, second_factor
from pipewarden.demo.estate import acme
from pipewarden.demo.github import GitHubServer, Variant
from pipewarden.errors import CredentialError
from pipewarden.pipelines.plain import Confidence, FileKind, find_secrets
from pipewarden.store import Store
from tests.access.test_trusts import accepts
from tests.checks.builder import Estate
from tests.connectors.test_github import Patience, collected, connector
from tests.pipelines.plain import tokens

OLD, NEW = "2025-03-01T08:00:00Z", "2026-08-01T08:00:00Z"


@pytest.mark.parametrize("subject", ["repo:acme/web:ref:refs/heads/main", "repo:acme/web:*"])
def test_trap_13_a_trust_by_names_does_not_let_in_a_repository_created_after_july_2026(subject: str) -> None:
    assert not accepts(subject, created_at=NEW)
    assert accepts(subject, created_at=OLD)
    assert accepts(
        subject, created_at=NEW, instance="ghes.acme.example", issuer="https://ghes.acme.example/_services/token"
    )


def test_trap_13_a_trust_with_ids_or_a_wildcard_lets_it_in() -> None:
    for subject in ("repo:acme@7/web@9:ref:refs/heads/main", "repo:acme@*/web@*:*", "repo:acme*", "*"):
        assert accepts(subject, created_at=NEW)
    assert not accepts("repo:acme/*", created_at=NEW), "`@` stands between the name and the slash"
    assert accepts("repo:acme/*", created_at=OLD)


def test_trap_13_what_the_repository_has_settled_counts_whatever_its_age() -> None:
    assert accepts(
        "repo:acme/web:*", created_at=NEW, oidc_sub={"use_default": True, "sub_claim_prefix": "repo:acme/web"}
    )
    assert not accepts(
        "repo:acme/web:*", created_at=OLD, oidc_sub={"use_default": True, "sub_claim_prefix": "repo:acme@7/web@9"}
    )
    assert not accepts("repo:acme/web:*", created_at=OLD, oidc_sub={"use_default": True, "use_immutable_subject": True})


def test_trap_14_where_users_are_managed_the_second_factor_is_not_applicable_and_no_fault() -> None:
    managed = Estate().org("acme", emu=True).members("alice", owner=True)
    assert managed.verdict(second_factor.mfa_required) == "1 not applicable"
    own = Estate().org("acme", two_factor_requirement_enabled=False, emu=False).members("alice", owner=True)
    assert own.verdict(second_factor.mfa_required) == "1 failed"


def test_trap_17_a_stateless_installation_token_is_known_and_nothing_of_it_is_shown() -> None:
    token = "gh" + "s_" + "12345_" + tokens.web_token()
    (found,) = find_secrets("deploy.yml", f"env:\n  TOKEN: {token}\n", FileKind.PIPELINE, b"a key of the estate acme")
    assert found.kind == "github_stateless_token"
    assert found.confidence in {Confidence.CERTAIN, Confidence.SHAPED}
    assert token[12:40] not in str(found)


def test_trap_20_one_owner_is_too_few_two_and_three_are_fine_and_four_too_many() -> None:
    few, many = administrators.owners_too_few, administrators.owners_too_many
    names = ("alice", "bob", "carol", "dave")
    verdicts = []
    for count in (1, 2, 3, 4):
        estate = Estate().org("acme").members(*names[:count], owner=True)
        verdicts.append((estate.verdict(few), estate.verdict(many)))
    assert verdicts == [
        ("1 failed", "1 passed"),
        ("1 passed", "1 passed"),
        ("1 passed", "1 passed"),
        ("1 passed", "1 failed"),
    ]


def test_trap_21_a_snapshot_is_read_the_same_twice_resumes_and_waits_out_a_secondary_limit(tmp_path: Path) -> None:
    with GitHubServer(acme()) as server:
        once, twice = collected(connector(server))[0], collected(connector(server))[0]
    assert once.content == twice.content
    clock = Patience()
    with GitHubServer(acme(), Variant(secondary_every=40, secondary_status=403, secondary_retry_after=7)) as server:
        limited, _ = collected(connector(server, clock=clock))
    assert limited.content == once.content
    assert max(clock.slept) >= 6
    with Store.open(str(tmp_path / "s.db")) as store:
        with GitHubServer(acme(), Variant(unauthorized_after=70)) as server, pytest.raises(CredentialError):
            collected(connector(server, keeper=store))
        with GitHubServer(acme()) as server:
            assert collected(connector(server, keeper=store))[0].content == once.content


def test_trap_22_where_github_gives_up_with_502_pages_are_halved_until_it_answers() -> None:
    with GitHubServer(acme()) as server:
        whole, _ = collected(connector(server))
        usual = server.requests["graphql"]
    with GitHubServer(acme(), Variant(largest_page=4)) as server:
        halved, _ = collected(connector(server))
        assert server.requests["graphql"] > usual
    assert halved.content == whole.content
