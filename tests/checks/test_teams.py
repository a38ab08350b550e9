"""The teams of acme: who lets people in, what they inherit, whether they can do their work."""

from typing import Any

from pipewarden.checks import teams
from pipewarden.model.facets import Facet
from tests.checks.builder import Estate

SAML = {"issuer": "https://idp.acme.example"}


def acme(**attributes: Any) -> Estate:
    given = {"samlIdentityProvider": SAML} | attributes
    return Estate().org("acme", base="none", **given).member("alice", owner=True).member("bob").repo("acme/web")


class TestMaintainers:
    def test_bob_can_let_anybody_in(self) -> None:
        estate = acme().team("acme/platform", maintainers=["bob"], external_groups=[])
        estate.team_on("acme/platform", "acme/web", "admin")
        assert estate.says(teams.maintainer_outsider) == [
            "bob can add anybody to team acme/platform, which holds admin on acme/web"
        ]

    def test_the_identity_provider_decides(self) -> None:
        estate = acme().team("acme/platform", maintainers=["bob"], external_groups=[{"group_name": "platform"}])
        estate.team_on("acme/platform", "acme/web", "admin")
        assert estate.verdict(teams.maintainer_outsider) == "1 passed"

    def test_an_owner_could_anyway_and_a_team_that_writes_is_no_power(self) -> None:
        estate = acme().team("acme/platform", maintainers=["alice"], external_groups=[])
        estate.team_on("acme/platform", "acme/web", "admin")
        estate.team("acme/web-team", maintainers=["bob"], external_groups=[]).team_on(
            "acme/web-team", "acme/web", "write"
        )
        assert estate.verdict(teams.maintainer_outsider) == "1 passed"

    def test_groups_that_were_not_read_are_unknown(self) -> None:
        estate = acme().team("acme/platform", maintainers=["bob"]).team_on("acme/platform", "acme/web", "admin")
        assert estate.verdict(teams.maintainer_outsider) == "1 unknown"
        assert estate.verdict(teams.not_idp_synced) == "1 unknown"

    def test_without_single_sign_on_there_is_nothing_to_follow(self) -> None:
        estate = acme(samlIdentityProvider=None)
        assert estate.verdict(teams.maintainer_outsider) == "1 not applicable"
        assert estate.verdict(teams.not_idp_synced) == "1 not applicable"


class TestSynchronisation:
    def test_a_privileged_team_is_kept_by_hand(self) -> None:
        estate = (
            acme().team("acme/platform", "bob", external_groups=[]).role("org_role:1", "all_repo_write", level="write")
        )
        estate.org_role("acme/platform", "org_role:1")
        assert estate.says(teams.not_idp_synced) == [
            "team acme/platform holds an organization role of acme and follows no group of the identity provider"
        ]

    def test_maintain_is_a_power_too(self) -> None:
        estate = acme().team("acme/leads", external_groups=[]).team_on("acme/leads", "acme/web", "maintain")
        assert estate.says(teams.not_idp_synced) == [
            "team acme/leads holds maintain on acme/web and follows no group of the identity provider"
        ]

    def test_a_plain_team_may_be(self) -> None:
        estate = acme().team("acme/web-team", external_groups=[]).team_on("acme/web-team", "acme/web", "write")
        assert estate.verdict(teams.not_idp_synced) == "1 passed"


class TestInheritance:
    def nested(self, own: str = "") -> Estate:
        estate = acme().team("acme/platform").team("acme/interns", "bob", parent="acme/platform")
        estate.team_on("acme/platform", "acme/web", "write")
        return estate.team_on("acme/interns", "acme/web", own) if own else estate

    def test_interns_write(self) -> None:
        assert self.nested().says(teams.nested_inheritance) == [
            "team acme/interns inherits write access or more on acme/web from acme/platform"
        ]
        assert len(self.nested("read").says(teams.nested_inheritance)) == 1

    def test_what_they_have_of_their_own_is_not_inherited(self) -> None:
        assert self.nested("write").verdict(teams.nested_inheritance) == "1 passed"

    def test_a_parent_inherits_nothing_from_its_child(self) -> None:
        estate = acme().team("acme/platform").team("acme/interns", parent="acme/platform")
        estate.team_on("acme/interns", "acme/web", "write")
        assert estate.verdict(teams.nested_inheritance) == "1 passed"

    def test_a_repository_whose_teams_were_not_read(self) -> None:
        estate = acme().gap("acme/web", Facet.REPO_TEAMS)
        assert estate.verdict(teams.nested_inheritance) == "1 unknown"


class TestReviewers:
    def test_bob_reviews_alone(self) -> None:
        estate = acme().team("acme/platform", "bob").environment("acme/web", reviewers=["acme/platform"])
        assert estate.says(teams.empty_or_single) == [
            "only bob is in team acme/platform, which must review deployments to env:acme/web/production"
        ]

    def test_code_owners_without_a_member(self) -> None:
        estate = acme().team("acme/platform").set("acme/web", codeowners_rules=[{"owners": ["@acme/Platform"]}])
        assert estate.says(teams.empty_or_single) == [
            "nobody is in team acme/platform, which must review changes to acme/web as its code owner"
        ]

    def test_members_of_a_child_team_count(self) -> None:
        estate = acme().team("acme/platform", "bob").team("acme/leads", "alice", parent="acme/platform")
        estate.environment("acme/web", reviewers=["acme/platform"])
        assert estate.verdict(teams.empty_or_single) == "1 passed"

    def test_a_team_of_one_that_reviews_nothing(self) -> None:
        assert acme().team("acme/platform", "bob").verdict(teams.empty_or_single) == "1 passed"

    def test_environments_of_one_repository_were_not_read(self) -> None:
        assert acme().gap("acme/web", Facet.REPO_ENVIRONMENTS).verdict(teams.empty_or_single) == "1 unknown"


def test_everybody_creates_teams() -> None:
    assert acme(members_can_create_teams=True).says(teams.team_creation) == ["every member of acme can create teams"]
    assert acme(members_can_create_teams=False).verdict(teams.team_creation) == "1 passed"
    assert acme(members_can_create_teams=None).verdict(teams.team_creation) == "1 unknown"
