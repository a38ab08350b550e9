"""The deploy keys of acme's repositories."""

from pipewarden.checks import deploy_keys
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Identity
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind, Ref
from tests.checks.builder import SEEN, Estate, days_ago


def acme() -> Estate:
    return Estate().org("acme").member("alice", owner=True).member("bob").repo("acme/web")


class TestWhatAKeyMayDo:
    def test_it_pushes(self) -> None:
        estate = acme().deploy_key("acme/web", write=True, added_by="bob", created=days_ago(10))
        assert estate.says(deploy_keys.key_write) == [
            "deploy key deploy can push to acme/web, added by bob on 2026-08-22"
        ]

    def test_it_reads_or_is_disabled_or_the_repository_is_archived(self) -> None:
        assert acme().deploy_key("acme/web").verdict(deploy_keys.key_write) == "1 passed"
        assert acme().deploy_key("acme/web", write=True, enabled=False).verdict(deploy_keys.key_write) == "1 passed"
        estate = acme().deploy_key("acme/web", write=True).set("acme/web", archived=True)
        assert estate.verdict(deploy_keys.key_write) == "1 not applicable"

    def test_whether_it_only_reads_was_not_given(self) -> None:
        assert acme().deploy_key("acme/web", write=True).unset("deploy", "read_only").verdict(
            deploy_keys.key_write
        ) == ("1 unknown")

    def test_it_was_not_verified(self) -> None:
        estate = acme().deploy_key("acme/web", verified=False)
        assert estate.says(deploy_keys.key_unverified) == ["deploy key deploy of acme/web is not verified"]
        assert acme().deploy_key("acme/web").verdict(deploy_keys.key_unverified) == "1 passed"

    def test_everybody_may_add_one(self) -> None:
        estate = Estate().org("acme", deploy_keys_enabled_for_repositories=True)
        assert estate.says(deploy_keys.keys_enabled) == [
            "every administrator of a repository of acme can add deploy keys"
        ]
        estate = Estate().org("acme", deploy_keys_enabled_for_repositories=False)
        assert estate.verdict(deploy_keys.keys_enabled) == "1 passed"


class TestTime:
    def test_not_used_for_91_days(self) -> None:
        estate = acme().deploy_key("acme/web", write=True, last_used=days_ago(91))
        assert estate.says(deploy_keys.key_stale) == [
            "deploy key deploy can push to acme/web and has not been used since 2026-06-02, 91 days ago"
        ]

    def test_90_days_and_a_use_that_was_not_given(self) -> None:
        assert acme().deploy_key("acme/web", last_used=days_ago(90)).verdict(deploy_keys.key_stale) == "1 passed"
        assert acme().deploy_key("acme/web").verdict(deploy_keys.key_stale) == "1 unknown"

    def test_older_than_a_year(self) -> None:
        estate = acme().deploy_key("acme/web", created=days_ago(366))
        assert estate.says(deploy_keys.key_old) == [
            "deploy key deploy can read acme/web since 2025-08-31, 366 days ago, and was never renewed"
        ]

    def test_a_year_old_and_of_unknown_age(self) -> None:
        assert acme().deploy_key("acme/web", created=days_ago(365)).verdict(deploy_keys.key_old) == "1 passed"
        assert acme().deploy_key("acme/web").verdict(deploy_keys.key_old) == "1 unknown"


class TestWhoAddedIt:
    def test_carol_left_and_her_key_did_not(self) -> None:
        estate = acme().deploy_key("acme/web", write=True, added_by="carol", created=days_ago(500))
        assert estate.says(deploy_keys.creator_left) == [
            "carol left acme and still holds a deploy key that can push to acme/web (added 2025-04-19)"
        ]

    def test_bob_is_here_and_dave_is_an_outside_collaborator(self) -> None:
        estate = acme().outsider("dave").deploy_key("acme/web", added_by="bob")
        estate.deploy_key("acme/web", "daves", added_by="dave")
        assert estate.verdict(deploy_keys.creator_left) == "1 passed"

    def test_bob_was_deactivated_elsewhere(self) -> None:
        estate = acme().deploy_key("acme/web", added_by="bob")
        ref = Ref("okta:acme", Kind.IDENTITY, "bob")
        estate.add(Identity(ref=ref, name="bob", accounts=(estate.ref("bob"),), active=False, origin=SEEN))
        assert estate.says(deploy_keys.creator_left) == [
            "bob left acme and still holds a deploy key that can read acme/web"
        ]

    def test_bob_is_suspended(self) -> None:
        estate = acme().deploy_key("acme/web", added_by="bob").set("bob", suspended=True)
        assert estate.verdict(deploy_keys.creator_left) == "1 failed"
        assert estate.set("bob", suspended=False).verdict(deploy_keys.creator_left) == "1 passed"

    def test_who_added_it_was_not_given(self) -> None:
        assert acme().deploy_key("acme/web").verdict(deploy_keys.creator_left) == "1 unknown"

    def test_a_login_without_an_account_is_compared_with_who_is_here(self) -> None:
        estate = acme().deploy_key("acme/web", "bobs").set("bobs", added_by="bob")
        assert estate.verdict(deploy_keys.creator_left) == "1 passed"
        estate.deploy_key("acme/web", "carols").set("carols", added_by="carol")
        assert estate.says(deploy_keys.creator_left) == [
            "carol left acme and still holds a deploy key that can read acme/web"
        ]


class TestReuse:
    def test_one_key_opens_two_doors(self) -> None:
        estate = acme().repo("acme/api").deploy_key("acme/web", "a", fingerprint="aa")
        estate.deploy_key("acme/api", "b", fingerprint="aa")
        assert estate.says(deploy_keys.key_reused) == [
            "one key opens acme/api and acme/web: deploy key a is on 2 repositories"
        ]

    def test_a_key_that_is_also_a_persons(self) -> None:
        estate = acme().deploy_key("acme/web", "a", fingerprint="aa")
        estate.credential("bob", kind=Kind.SSH_KEY, fingerprint="aa")
        assert estate.says(deploy_keys.key_reused) == [
            "one key opens acme and acme/web: deploy key a is on 2 repositories"
        ]

    def test_two_keys_and_one_whose_fingerprint_is_not_known(self) -> None:
        estate = acme().repo("acme/api").deploy_key("acme/web", "a", fingerprint="aa")
        estate.deploy_key("acme/api", "b", fingerprint="bb")
        assert estate.verdict(deploy_keys.key_reused) == "1 passed"
        assert estate.deploy_key("acme/api", "c").verdict(deploy_keys.key_reused) == "1 unknown"

    def test_two_doors_of_another_organization(self) -> None:
        estate = acme().deploy_key("acme/web", "a", fingerprint="aa").org("other").repo("other/x").repo("other/y")
        estate.deploy_key("other/x", "x", fingerprint="bb").deploy_key("other/y", "y", fingerprint="bb")
        assert estate.verdict(deploy_keys.key_reused) == "1 passed, 1 failed"

    def test_keys_of_one_repository_were_not_read(self) -> None:
        assert acme().gap("acme/web", Facet.REPO_KEYS).verdict(deploy_keys.key_reused) == "1 unknown"


class TestBypass:
    def bypassed(self, actor: str = "DeployKey") -> Estate:
        given = {"actor_type": actor, "actor_id": None, "bypass_mode": "always"}
        return acme().ruleset("acme", "guard", {"type": "pull_request"}, bypass=[given])

    def test_every_key_that_pushes_is_let_through(self) -> None:
        estate = self.bypassed().deploy_key("acme/web", "ci", write=True).deploy_key("acme/web", "read")
        verdicts = estate.judge(deploy_keys.key_in_bypass)
        assert [finding.says for finding in verdicts.findings] == [
            "the rule “guard” lets every deploy key through to acme/web: 1 key that can push (ci)"
        ]
        assert verdicts.findings[0].severity is Severity.HIGH

    def test_none_can_push_yet(self) -> None:
        finding = self.bypassed().judge(deploy_keys.key_in_bypass).findings[0]
        assert finding.says == "the rule “guard” of acme lets every deploy key through, those added later included"
        assert finding.severity is Severity.MEDIUM

    def test_other_exceptions_are_not_keys(self) -> None:
        assert self.bypassed("OrganizationAdmin").verdict(deploy_keys.key_in_bypass) == "1 passed"

    def test_a_list_that_was_not_shown_is_not_empty(self) -> None:
        estate = acme().ruleset("acme/web", "guard", {"type": "update"}, bypass=None)
        verdicts = estate.judge(deploy_keys.key_in_bypass)
        assert verdicts.tallies[0].unknown == 1
        assert verdicts.not_assessed[0].permission == "administration: write"
