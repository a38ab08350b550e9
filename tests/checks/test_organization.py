"""What acme lets its members do."""

from typing import Any

import pytest

from pipewarden.checks import organization
from pipewarden.checks.base import Check
from pipewarden.model.findings import Severity
from tests.checks.builder import Estate


def acme(**attributes: Any) -> Estate:
    return Estate().org("acme", **attributes).member("alice", owner=True).member("bob")


SWITCHES = [
    (
        organization.repo_create_public,
        "members_can_create_public_repositories",
        True,
        "every member of acme can create public repositories",
    ),
    (
        organization.repo_create_any,
        "members_can_create_private_repositories",
        True,
        "every member of acme can create private repositories",
    ),
    (
        organization.repo_delete,
        "members_can_delete_repositories",
        True,
        "every administrator of a repository of acme can delete or transfer it",
    ),
    (
        organization.visibility_change,
        "members_can_change_repo_visibility",
        True,
        "every administrator of a repository of acme can make it public",
    ),
    (
        organization.issue_delete,
        "members_can_delete_issues",
        True,
        "every administrator of a repository of acme can delete issues",
    ),
    (
        organization.web_signoff,
        "web_commit_signoff_required",
        False,
        "acme does not ask for a sign-off on commits made on the web",
    ),
    (
        organization.pages_public,
        "members_can_create_public_pages",
        True,
        "every member of acme who administers a repository can publish it as a public page",
    ),
]


@pytest.mark.parametrize(("check", "field", "bad", "says"), SWITCHES, ids=lambda value: getattr(value, "id", None))
class TestSwitches:
    def test_it_is_open(self, check: Check, field: str, bad: bool, says: str) -> None:
        assert acme(**{field: bad}).says(check) == [says]

    def test_it_is_closed(self, check: Check, field: str, bad: bool, says: str) -> None:
        assert acme(**{field: not bad}).verdict(check) == "1 passed"

    def test_it_was_not_told(self, check: Check, field: str, bad: bool, says: str) -> None:
        assert acme(**{field: None}).verdict(check) == "1 unknown"
        assert acme().verdict(check) == "1 unknown"


def test_managed_users_cannot_publish() -> None:
    estate = acme(members_can_create_public_repositories=True, emu=True)
    assert estate.verdict(organization.repo_create_public) == "1 passed"


def test_internal_repositories_are_told_too() -> None:
    given = {"members_can_create_private_repositories": True, "members_can_create_internal_repositories": True}
    assert acme(**given).says(organization.repo_create_any) == [
        "every member of acme can create private and internal repositories"
    ]


class TestBasePermission:
    def base(self, word: str) -> Estate:
        estate = Estate().org("acme", base=word).member("alice", owner=True).member("bob")
        return estate.repo("acme/web").repo("acme/site", visibility="public")

    def test_read_shows_everything_and_changes_nothing(self) -> None:
        finding = self.base("read").judge(organization.base_permission).findings[0]
        assert (
            finding.says
            == "every member of acme (2 people) can read every repository by membership alone (1 private repository)"
        )
        assert finding.severity is Severity.MEDIUM
        assert self.base("read").verdict(organization.base_permission_write) == "1 passed"

    def test_write_pushes_everywhere(self) -> None:
        estate = self.base("write")
        assert estate.judge(organization.base_permission).findings[0].severity is Severity.HIGH
        assert estate.says(organization.base_permission_write) == [
            "every member of acme (2 people) can push to all its 2 repositories by membership alone"
        ]

    def test_none(self) -> None:
        assert self.base("none").verdict(organization.base_permission) == "1 passed"
        assert self.base("none").verdict(organization.base_permission_write) == "1 passed"

    def test_not_told(self) -> None:
        assert acme(default_repository_permission=None).verdict(organization.base_permission) == "1 unknown"


class TestNewRepositories:
    def test_they_start_without_alarms(self) -> None:
        given = dict.fromkeys(organization.DEFAULTS, True) | {"secret_scanning_enabled_for_new_repositories": False}
        assert acme(**given).says(organization.new_repository_defaults) == [
            "new repositories of acme start without secret scanning"
        ]

    def test_all_are_on(self) -> None:
        given = dict.fromkeys(organization.DEFAULTS, True)
        assert acme(**given).verdict(organization.new_repository_defaults) == "1 passed"

    def test_one_was_not_told(self) -> None:
        given = dict.fromkeys(organization.DEFAULTS, True) | {"dependency_graph_enabled_for_new_repositories": None}
        assert acme(**given).verdict(organization.new_repository_defaults) == "1 unknown"


class TestPublicOwners:
    def test_alice_shows_it(self) -> None:
        estate = acme().set("alice", publicMember=True).set("bob", publicMember=True)
        assert estate.says(organization.public_membership_owner) == [
            "alice owns acme and can be seen as a member by everybody"
        ]

    def test_alice_hides_it_or_it_was_not_read(self) -> None:
        assert acme().set("alice", publicMember=False).verdict(organization.public_membership_owner) == "1 passed"
        assert acme().verdict(organization.public_membership_owner) == "1 unknown"
