"""dave and others who work on acme's repositories from outside."""

from typing import Any

from pipewarden.checks import outsiders
from pipewarden.model.facets import Facet
from tests.checks.builder import Estate, days_ago


def acme(**attributes: Any) -> Estate:
    return Estate().org("acme", base="write", **attributes).member("bob").repo("acme/web")


class TestOutsideCollaborators:
    def test_they_are_listed(self) -> None:
        estate = acme().outsider("dave").outsider("mallory")
        assert estate.says(outsiders.outside_any) == ["acme has 2 outside collaborators: dave and mallory"]
        assert acme().verdict(outsiders.outside_any) == "1 passed"

    def test_dave_writes(self) -> None:
        estate = acme().outsider("dave").direct("dave", "acme/web", "write").direct("bob", "acme/web", "write")
        assert estate.says(outsiders.outside_write) == ["dave is an outside collaborator and holds write on acme/web"]
        assert estate.verdict(outsiders.outside_admin) == "1 passed"

    def test_triage_writes_nothing_and_the_base_permission_is_for_members(self) -> None:
        estate = acme().outsider("dave").direct("dave", "acme/web", "triage")
        assert estate.verdict(outsiders.outside_write) == "1 passed"

    def test_dave_administers(self) -> None:
        estate = acme().outsider("dave").direct("dave", "acme/web", "admin")
        assert estate.says(outsiders.outside_admin) == ["dave is an outside collaborator and administers acme/web"]
        assert estate.verdict(outsiders.outside_write) == "1 passed"

    def test_one_repository_not_read_leaves_the_others_assessed(self) -> None:
        estate = acme().repo("acme/api").outsider("dave").direct("dave", "acme/web", "write")
        estate.gap("acme/api", Facet.REPO_COLLABORATORS)
        assert estate.verdict(outsiders.outside_write) == "1 failed, 1 unknown"

    def test_a_second_factor(self) -> None:
        estate = acme().outsider("dave", mfa="disabled").member("carol", mfa="disabled")
        assert estate.says(outsiders.outside_no_mfa) == [
            "dave is an outside collaborator of acme and has no second factor"
        ]
        assert acme().outsider("dave", mfa="enabled").verdict(outsiders.outside_no_mfa) == "1 passed"
        assert acme().outsider("dave").verdict(outsiders.outside_no_mfa) == "1 unknown"

    def test_dave_is_silent_since_91_days(self) -> None:
        estate = acme().account("dave", last_used=days_ago(91)).outsider("dave")
        assert estate.says(outsiders.outside_stale) == [
            "dave is an outside collaborator of acme and has not been seen since 2026-06-02, 91 days ago"
        ]

    def test_90_days_are_fine_and_nothing_read_is_unknown(self) -> None:
        estate = acme().account("dave", last_used=days_ago(90)).outsider("dave")
        assert estate.verdict(outsiders.outside_stale) == "1 passed"
        assert acme().outsider("dave").verdict(outsiders.outside_stale) == "1 unknown"


class TestSettings:
    def test_everybody_invites(self) -> None:
        assert acme(members_can_invite_outside_collaborators=True).says(outsiders.members_may_invite) == [
            "every administrator of a repository of acme can invite outside collaborators"
        ]
        assert acme(members_can_invite_outside_collaborators=False).verdict(outsiders.members_may_invite) == "1 passed"

    def test_internal_is_for_the_enterprise(self) -> None:
        estate = Estate().enterprise().org("acme").member("bob").repo("acme/handbook", visibility="internal")
        estate.org("acme-labs").members("carol", "dave").repo("acme-labs/x")
        assert estate.says(outsiders.internal_via_enterprise) == [
            "acme/handbook is internal: every member of enterprise acme-corp can read it (3 accounts that were read)"
        ]
        assert estate.verdict(outsiders.internal_via_enterprise) == "1 passed, 1 failed"

    def test_forks_of_private_repositories(self) -> None:
        estate = acme(members_can_fork_private_repositories=True).set("acme/web", allow_forking=True)
        estate.repo("acme/api", allow_forking=False).repo("acme/site", visibility="public", allow_forking=True)
        assert estate.says(outsiders.forker_access) == [
            "members of acme can fork private repositories, among them acme/web"
        ]
        assert acme(members_can_fork_private_repositories=False).verdict(outsiders.forker_access) == "1 passed"
