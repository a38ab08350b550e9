"""The apps installed in acme."""

from typing import Any

import pytest

from pipewarden.checks import apps
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause
from pipewarden.model.findings import Severity
from tests.checks.builder import Estate, days_ago


def acme(**attributes: Any) -> Estate:
    return Estate().org("acme", **attributes).member("alice", owner=True).repo("acme/web").repo("acme/api")


class TestReach:
    def test_an_app_on_every_repository(self) -> None:
        estate = acme().app("shipit", {"contents": "write", "metadata": "read"})
        assert estate.says(apps.all_repos) == [
            "app shipit is installed on every repository of acme and can write contents"
        ]

    def test_one_that_only_reads_weighs_less(self) -> None:
        finding = acme().app("lint", {"metadata": "read"}).judge(apps.all_repos).findings[0]
        assert finding.severity is Severity.LOW
        assert finding.says == "app lint is installed on every repository of acme and can read"

    def test_selected_repositories_and_suspended_apps(self) -> None:
        estate = acme().app("shipit", {"contents": "write"}, repositories=["acme/web"])
        estate.app("old", {"contents": "write"}, suspended_at="2026-01-01T00:00:00Z")
        assert estate.verdict(apps.all_repos) == "1 passed"


class TestPermissions:
    def test_an_app_administers(self) -> None:
        estate = acme().app("setup", {"members": "write", "administration": "write"}, repositories=["acme/web"])
        assert estate.says(apps.admin_perm) == ["app setup can write administration and members on acme/web"]

    def test_reading_members_is_no_administration(self) -> None:
        assert acme().app("lint", {"members": "read"}).verdict(apps.admin_perm) == "1 passed"

    def test_an_app_changes_workflows(self) -> None:
        estate = acme().app("renovate", {"contents": "write", "workflows": "write"})
        assert estate.says(apps.workflows_write) == [
            "app renovate can change the workflows of every repository of acme"
        ]

    def test_an_app_pushes_and_starts(self) -> None:
        estate = acme().app("shipit", {"contents": "write", "actions": "write"}, repositories=["acme/web"])
        assert estate.says(apps.workflows_write) == ["app shipit can push code and start its workflows in acme/web"]

    def test_pushing_alone_starts_nothing_by_the_api(self) -> None:
        assert (
            acme().app("shipit", {"contents": "write", "actions": "read"}).verdict(apps.workflows_write) == "1 passed"
        )

    def test_an_app_writes_secrets(self) -> None:
        estate = acme().app("vaultsync", {"secrets": "write", "environments": "read"}, repositories=["acme/web"])
        assert estate.says(apps.secrets_perm) == ["app vaultsync can write secrets of acme/web"]
        assert acme().app("lint", {"secrets": "read"}).verdict(apps.secrets_perm) == "1 passed"

    def test_permissions_that_were_not_given(self) -> None:
        estate = acme().app("lint", {}).unset("lint", "permissions")
        assert estate.verdict(apps.admin_perm) == "1 unknown"


class TestLife:
    def test_not_used_for_91_days(self) -> None:
        estate = acme().app("shipit", {"contents": "read"}, last_used=days_ago(91))
        assert estate.says(apps.app_stale) == [
            "app shipit is installed on every repository of acme and has not been used since 2026-06-02, 91 days ago"
        ]

    def test_90_days_and_nothing_read(self) -> None:
        assert acme().app("shipit", {}, last_used=days_ago(90)).verdict(apps.app_stale) == "1 passed"
        assert acme().app("shipit", {}, updated_at="2020-01-01T00:00:00Z").verdict(apps.app_stale) == "1 unknown"

    def test_suspended_and_still_there(self) -> None:
        estate = acme().app("old", {}, suspended_at="2026-01-05T00:00:00Z").app("shipit", {})
        assert estate.says(apps.suspended_present) == [
            "app old has been suspended in acme since 2026-01-05 and is still installed"
        ]
        assert acme().app("shipit", {}).verdict(apps.suspended_present) == "1 passed"

    def test_a_maker_nobody_chose(self) -> None:
        estate = acme().app("free-ci", {"contents": "write"}, app_owner={"login": "mallory"})
        assert estate.says(apps.unknown_owner) == [
            "app free-ci in acme belongs to mallory, who is not a trusted maker, and can write contents"
        ]

    def test_our_own_and_the_hosts_apps_and_one_whose_maker_was_not_read(self) -> None:
        estate = (
            acme().app("ours", {}, app_owner={"login": "Acme"}).app("dependabot", {}, app_owner={"login": "github"})
        )
        assert estate.verdict(apps.unknown_owner) == "1 passed"
        assert acme().app("free-ci", {}).verdict(apps.unknown_owner) == "1 unknown"


class TestPrivateKeys:
    @pytest.mark.parametrize(
        ("name", "is_key"),
        [
            ("APP_PRIVATE_KEY", True),
            ("RELEASE_APP_PEM", True),
            ("GH_APP_KEY", True),
            ("APP_ID", False),
            ("SSH_PRIVATE_KEY", False),
            ("MAPPING_KEY", False),
            ("APP_API_KEY", False),
        ],
    )
    def test_by_the_name(self, name: str, is_key: bool) -> None:
        assert bool(acme().secret("acme/web", name).says(apps.key_in_secret)) is is_key

    def test_the_sentence(self) -> None:
        assert acme().secret("acme", "APP_PRIVATE_KEY").says(apps.key_in_secret) == [
            "the secret acme/APP_PRIVATE_KEY is named like an app's private key and open to any branch of any repository it is for"
        ]

    def test_an_environment_that_accepts_only_protected_branches_keeps_it_well(self) -> None:
        policy = {"protected_branches": True, "custom_branch_policies": False}
        kept = acme().environment("acme/web", branch_policy=policy).secret("env:acme/web/production", "APP_PEM")
        assert kept.verdict(apps.key_in_secret) == "1 passed"
        open_to_all = acme().environment("acme/web").secret("env:acme/web/production", "APP_PEM")
        assert open_to_all.verdict(apps.key_in_secret) == "1 failed"

    def test_secrets_of_one_repository_were_not_read(self) -> None:
        assert acme().gap("acme/web", Facet.REPO_SECRETS).verdict(apps.key_in_secret) == "1 unknown"


class TestBypass:
    def bypassed(self, enforcement: str = "active", **actor: Any) -> Estate:
        estate = acme().app("shipit", {"contents": "write"}, app_id=77)
        given = {"actor_type": "Integration", "actor_id": 77, "bypass_mode": "always"} | actor
        return estate.ruleset("acme", "guard", {"type": "pull_request"}, bypass=[given], enforcement=enforcement)

    def test_an_app_passes_by_the_organizations_ruleset_told_once(self) -> None:
        assert self.bypassed().says(apps.in_bypass) == ["app shipit is let through the rule “guard” of acme"]

    def test_for_pull_requests_only(self) -> None:
        says = self.bypassed(bypass_mode="pull_request").says(apps.in_bypass)
        assert says == ["app shipit is let through the rule “guard” of acme for pull requests"]

    def test_a_classic_rule(self) -> None:
        allowed = [{"type": "App", "id": "99", "name": "legacy"}]
        estate = acme().protect("acme/web", bypassPullRequestAllowances=allowed)
        assert estate.says(apps.in_bypass) == [
            "app legacy is let through the rule “main” of acme/web for pull requests"
        ]

    def test_a_team_or_a_rule_that_only_watches(self) -> None:
        assert self.bypassed(actor_type="Team").verdict(apps.in_bypass) == "2 passed"
        assert self.bypassed(enforcement="evaluate").verdict(apps.in_bypass) == "2 passed"

    def test_a_list_that_was_not_shown_is_not_empty(self) -> None:
        estate = acme().ruleset("acme/web", "guard", {"type": "update"}, bypass=None)
        assert estate.verdict(apps.in_bypass) == "1 passed, 1 unknown"

    def test_rulesets_of_the_organization_that_were_refused_or_are_not_in_the_plan(self) -> None:
        assert acme().gap("acme", Facet.ORG_RULESETS).verdict(apps.in_bypass) == "2 unknown"
        assert acme().gap("acme", Facet.ORG_RULESETS, Cause.PLAN).verdict(apps.in_bypass) == "2 passed"

    def test_an_archived_repository(self) -> None:
        estate = self.bypassed().set("acme/web", archived=True).set("acme/api", archived=True)
        assert estate.verdict(apps.in_bypass) == "2 not applicable"
