"""How the people of acme hold their repositories."""

from pipewarden.checks import grants
from pipewarden.model.facets import Facet
from tests.checks.builder import Estate


def acme(base: str = "none") -> Estate:
    return Estate().org("acme", base=base).member("alice", owner=True).member("bob").repo("acme/web")


class TestSeats:
    def test_bob_reaches_nothing(self) -> None:
        assert acme().says(grants.no_repo_access) == [
            "bob is a member of acme and reaches no repository but public ones"
        ]

    def test_a_public_repository_is_no_reason_for_a_seat(self) -> None:
        assert len(acme().repo("acme/site", visibility="public").says(grants.no_repo_access)) == 1

    def test_a_base_permission_reaches_all(self) -> None:
        assert acme("read").verdict(grants.no_repo_access) == "1 passed"

    def test_a_team_reaches_it(self) -> None:
        estate = acme().team("acme/platform").team("acme/web-team", "bob", parent="acme/platform")
        estate.team_on("acme/platform", "acme/web", "read")
        assert estate.verdict(grants.no_repo_access) == "1 passed"

    def test_one_repository_that_could_not_be_read_leaves_it_open(self) -> None:
        estate = acme().gap("acme/web", Facet.REPO_COLLABORATORS)
        assert estate.verdict(grants.no_repo_access) == "1 unknown"


class TestDirectGrants:
    def test_bob_holds_write_directly(self) -> None:
        estate = acme().direct("bob", "acme/web", "write")
        assert estate.says(grants.direct_grant) == ["bob holds write on acme/web directly, not through a team"]

    def test_through_a_team_is_as_it_should_be(self) -> None:
        estate = acme().team("acme/web-team", "bob").team_on("acme/web-team", "acme/web", "write")
        assert estate.verdict(grants.direct_grant) == "1 passed"

    def test_an_outside_collaborator_has_no_other_way(self) -> None:
        estate = acme().outsider("dave").direct("dave", "acme/web", "write")
        assert estate.verdict(grants.direct_grant) == "1 passed"

    def test_an_archived_repository_is_left_in_peace(self) -> None:
        estate = acme().direct("bob", "acme/web", "write").set("acme/web", archived=True)
        assert estate.verdict(grants.direct_grant) == "1 not applicable"


class TestPeers:
    def team(self, direct: str) -> Estate:
        estate = acme().team("acme/web-team", "bob").team_on("acme/web-team", "acme/web", "write")
        return estate.direct("bob", "acme/web", direct)

    def test_bob_holds_more_than_his_team(self) -> None:
        assert self.team("admin").says(grants.excess_vs_peers) == [
            "bob holds admin on acme/web, while the rest of acme/web-team holds write"
        ]

    def test_as_much_as_the_team_is_not_more(self) -> None:
        assert self.team("write").verdict(grants.excess_vs_peers) == "1 passed"

    def test_a_custom_role_counts_as_its_base(self) -> None:
        estate = acme().team("acme/web-team", "bob").team_on("acme/web-team", "acme/web", "write")
        estate.role("custom_repo:9", "Releaser", level="write").direct("bob", "acme/web", "custom_repo:9")
        assert estate.verdict(grants.excess_vs_peers) == "1 passed"
