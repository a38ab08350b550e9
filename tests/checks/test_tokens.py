"""The tokens and SSH keys by which people reach acme."""

from typing import Any

from pipewarden.checks import credentials, tokens
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Identity
from pipewarden.model.ids import Kind, Ref
from tests.checks.builder import SEEN, Estate, days_ago

WRITES = {"repository": {"contents": "write", "metadata": "read"}}


def acme(**attributes: Any) -> Estate:
    return Estate().org("acme", **attributes).member("alice", owner=True).member("bob").repo("acme/web")


class TestFineGrained:
    def test_one_never_expires(self) -> None:
        assert acme().fine_grained_token("bob", "release", WRITES).says(tokens.fine_no_expiry) == [
            "bob's fine-grained token release never expires and reaches acme"
        ]

    def test_one_lives_longer_than_a_year(self) -> None:
        estate = acme().fine_grained_token("bob", "release", WRITES, created=days_ago(10), expires=days_ago(-357))
        assert estate.says(tokens.fine_no_expiry) == [
            "bob's fine-grained token release lives until 2027-08-24, 367 days in all"
        ]

    def test_366_days_are_the_bound_and_an_expired_one_is_gone(self) -> None:
        estate = acme().fine_grained_token("bob", "release", WRITES, created=days_ago(10), expires=days_ago(-356))
        estate.fine_grained_token("bob", "old", WRITES, created=days_ago(900), expires=days_ago(1))
        assert estate.verdict(tokens.fine_no_expiry) == "1 passed"

    def test_one_is_not_used(self) -> None:
        estate = acme().fine_grained_token("bob", "release", WRITES, last_used=days_ago(91))
        assert estate.says(tokens.fine_stale) == [
            "bob's fine-grained token release reaches acme and has not been used since 2026-06-02, 91 days ago"
        ]

    def test_90_days_and_a_use_that_was_not_given(self) -> None:
        assert (
            acme().fine_grained_token("bob", "x", WRITES, last_used=days_ago(90)).verdict(tokens.fine_stale)
            == "1 passed"
        )
        assert acme().fine_grained_token("bob", "x", WRITES).verdict(tokens.fine_stale) == "1 unknown"

    def test_one_writes_everywhere(self) -> None:
        assert acme().fine_grained_token("bob", "release", WRITES).says(tokens.fine_overscoped) == [
            "bob's fine-grained token release can write contents on every repository of acme that bob reaches"
        ]

    def test_one_names_its_repositories_and_one_only_reads(self) -> None:
        estate = acme().fine_grained_token("bob", "release", WRITES, repositories=["acme/web"])
        estate.fine_grained_token("bob", "read", {"repository": {"contents": "read"}})
        assert estate.verdict(tokens.fine_overscoped) == "1 passed"

    def test_carol_left_and_her_token_did_not(self) -> None:
        estate = acme().fine_grained_token("carol", "release", WRITES).fine_grained_token("bob", "release", WRITES)
        assert estate.says(tokens.fine_owner_left) == [
            "carol left acme, and the fine-grained token release is still approved for it"
        ]

    def test_where_outsiders_were_not_read_carol_may_be_one(self) -> None:
        estate = acme().fine_grained_token("carol", "release", WRITES).gap("acme", Facet.ORG_OUTSIDERS)
        assert estate.verdict(tokens.fine_owner_left) == "1 unknown"

    def test_carol_is_suspended_or_gone_from_the_company(self) -> None:
        estate = acme().member("carol", suspended=True).fine_grained_token("carol", "release", WRITES)
        assert estate.says(tokens.fine_owner_left) == [
            "carol is suspended in acme, and the fine-grained token release is still approved for it"
        ]
        estate = acme().member("carol").fine_grained_token("carol", "release", WRITES)
        ref = Ref("okta:acme", Kind.IDENTITY, "carol")
        estate.add(Identity(ref=ref, name="carol", accounts=(estate.ref("carol"),), active=False, origin=SEEN))
        assert estate.says(tokens.fine_owner_left) == [
            "carol left the company that owns acme, and the fine-grained token release is still approved for it"
        ]

    def test_dave_is_an_outside_collaborator(self) -> None:
        estate = acme().outsider("dave").fine_grained_token("dave", "release", WRITES)
        assert estate.verdict(tokens.fine_owner_left) == "1 passed"

    def test_a_request_waits(self) -> None:
        estate = acme().item(
            Kind.TOKEN_REQUEST, "acme", "request", owner={"login": "bob"}, created_at=days_ago(8).isoformat()
        )
        assert estate.says(tokens.fine_requests) == [
            "the request of bob for a fine-grained token over acme has been waiting since 2026-08-24"
        ]

    def test_a_week_may_pass(self) -> None:
        estate = acme().item(Kind.TOKEN_REQUEST, "acme", "request", created_at=days_ago(7).isoformat())
        assert estate.verdict(tokens.fine_requests) == "1 passed"


class TestClassic:
    def test_one_worked_last_week_so_they_are_let_in(self) -> None:
        estate = acme().credential("bob", ["repo"], last_used=days_ago(7))
        assert estate.says(credentials.classic_allowed) == [
            "acme lets classic tokens in: 1 token of bob worked in the last 30 days"
        ]

    def test_none_lately_proves_nothing(self) -> None:
        assert (
            acme().credential("bob", ["repo"], last_used=days_ago(31)).verdict(credentials.classic_allowed)
            == "1 unknown"
        )

    def test_one_is_authorized(self) -> None:
        estate = acme().credential("bob", ["repo", "workflow"], note="laptop")
        assert estate.says(credentials.classic_seen) == [
            "bob's classic token “laptop” is authorized for acme with repo and workflow"
        ]

    def test_none_is(self) -> None:
        assert acme().verdict(credentials.classic_seen) == "1 passed"
        assert acme(plan={"name": "team"}).verdict(credentials.classic_seen) == "1 not applicable"

    def test_an_expired_one_is_gone(self) -> None:
        assert acme().credential("bob", ["repo"], expires=days_ago(1)).verdict(credentials.classic_seen) == "1 passed"

    def test_one_administers(self) -> None:
        estate = acme().credential("bob", ["admin:org", "read:user"])
        assert estate.says(credentials.classic_admin_scope) == ["bob's classic token holds admin:org in acme"]

    def test_one_reads(self) -> None:
        assert acme().credential("bob", ["read:org"]).verdict(credentials.classic_admin_scope) == "1 passed"

    def test_one_is_not_used(self) -> None:
        estate = acme().credential("bob", ["repo"], last_used=days_ago(91), expires=days_ago(-30))
        assert estate.says(credentials.classic_stale) == [
            "bob's classic token is authorized for acme and has not been used since 2026-06-02, 91 days ago"
        ]

    def test_one_never_expires(self) -> None:
        estate = acme().credential("bob", ["repo"], last_used=days_ago(1))
        assert estate.says(credentials.classic_stale) == [
            "bob's classic token is authorized for acme and never expires"
        ]

    def test_one_is_used_and_ends(self) -> None:
        estate = acme().credential("bob", ["repo"], last_used=days_ago(90), expires=days_ago(-30))
        assert estate.verdict(credentials.classic_stale) == "1 passed"
        estate.credential("alice", ["repo"], expires=days_ago(-30))
        assert estate.verdict(credentials.classic_stale) == "1 unknown"


class TestSshKeys:
    def key(self, **times: Any) -> Estate:
        return acme().credential("bob", kind=Kind.SSH_KEY, title="laptop", **times)

    def test_an_old_one(self) -> None:
        says = self.key(authorized=days_ago(366), last_used=days_ago(1)).says(credentials.ssh_seen)
        assert says == ["bob's SSH key “laptop” reaches acme and was authorized on 2025-08-31"]

    def test_an_idle_one(self) -> None:
        says = self.key(authorized=days_ago(100), last_used=days_ago(91)).says(credentials.ssh_seen)
        assert says == ["bob's SSH key “laptop” reaches acme and has not been used since 2026-06-02, 91 days ago"]

    def test_a_young_one_in_use_and_one_of_unknown_use(self) -> None:
        assert self.key(authorized=days_ago(365), last_used=days_ago(90)).verdict(credentials.ssh_seen) == "1 passed"
        assert self.key(authorized=days_ago(10)).verdict(credentials.ssh_seen) == "1 unknown"
        assert self.key(last_used=days_ago(1)).verdict(credentials.ssh_seen) == "1 unknown"
