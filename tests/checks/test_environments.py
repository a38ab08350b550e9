"""The environments of acme/web: what stops a job, and who is seen to deploy."""

from typing import Any

from pipewarden.checks import environments
from pipewarden.model.facets import Facet
from tests.checks.builder import Estate

PROTECTED = {"protected_branches": True, "custom_branch_policies": False}
CUSTOM = {"protected_branches": False, "custom_branch_policies": True}
MAIN = [{"name": "main", "type": "branch"}]


def acme(**attributes: Any) -> Estate:
    estate = Estate().org("acme", plan={"name": "enterprise"}).member("alice", owner=True).member("bob")
    return estate.repo("acme/web", **attributes).direct("bob", "acme/web", "write")


class TestWhatStopsAJob:
    def test_nothing_does(self) -> None:
        estate = acme().environment("acme/web").secret("env:acme/web/production", "DEPLOY_KEY")
        assert estate.says(environments.no_protection, environments.no_branch_policy) == [
            "nothing stops a job of acme/web from deploying to production and its 1 secret",
            "any branch of acme/web can deploy to production",
        ]

    def test_a_reviewer_or_a_branch_does(self) -> None:
        estate = acme().environment("acme/web", reviewers=["alice"])
        assert estate.verdict(environments.no_protection) == "1 passed"
        assert estate.says(environments.no_branch_policy) == [
            "any branch of acme/web can deploy to production, once it is approved or its waiting time has passed"
        ]
        estate = acme().environment("acme/web", branch_policy=CUSTOM, branch_policies=MAIN)
        assert estate.verdict(environments.no_protection) == "1 passed"
        assert estate.verdict(environments.no_branch_policy) == "1 passed"

    def test_an_environment_that_is_for_nothing_much(self) -> None:
        assert acme().environment("acme/web", "preview").verdict(environments.no_protection) == "1 not applicable"
        assert acme().environment("acme/web", "non-prod").verdict(environments.no_protection) == "1 not applicable"
        estate = acme().environment("acme/web", "preview").gap("acme/web", Facet.REPO_ENVIRONMENT_SECRETS)
        assert estate.verdict(environments.no_protection) == "1 unknown"


class TestBranches:
    def test_protected_branches_only_and_there_is_none(self) -> None:
        estate = acme().environment("acme/web", branch_policy=PROTECTED)
        assert estate.says(environments.protected_only) == [
            (
                "production takes deployments from protected branches only, and acme/web has none: "
                "any branch can deploy to it"
            )
        ]

    def test_a_disabled_rule_makes_no_protected_branch(self) -> None:
        estate = acme().environment("acme/web", branch_policy=PROTECTED)
        assert estate.ruleset("acme/web", "trial", {"type": "deletion"}, enforcement="disabled").verdict(
            environments.protected_only
        ) == ("1 failed")
        assert estate.protect("acme/web").verdict(environments.protected_only) == "1 passed"

    def test_a_new_branch_fits(self) -> None:
        policy = [{"name": "release/*", "type": "branch"}]
        estate = acme().environment("acme/web", branch_policy=CUSTOM, branch_policies=policy)
        assert estate.says(environments.policy_wildcard) == [
            "whoever can write to acme/web can make a branch that deploys to production: it accepts release/*"
        ]
        estate.ruleset("acme/web", "names", {"type": "creation"}, patterns=("refs/heads/release/*",))
        assert estate.verdict(environments.policy_wildcard) == "1 passed"


class TestWaysAround:
    def test_administrators_need_no_approval(self) -> None:
        estate = acme().environment("acme/web", reviewers=["alice"])
        assert estate.says(environments.admin_bypass) == [
            "administrators of acme/web can deploy to production without approval"
        ]
        estate = acme().environment("acme/web", reviewers=["alice"], can_admins_bypass=False)
        assert estate.verdict(environments.admin_bypass) == "1 passed"
        assert estate.unset("env:acme/web/production", "can_admins_bypass").verdict(environments.admin_bypass) == (
            "1 unknown"
        )

    def test_an_app_of_somebody_else_decides(self) -> None:
        rules = [{"enabled": True, "app": {"id": 7, "slug": "gatekeeper"}}]
        for owner, verdict in (("mallory", "1 failed"), ("acme", "1 passed")):
            estate = acme().environment("acme/web", custom_rules=rules)
            estate.app("gatekeeper", {"deployments": "write"}, app_owner={"login": owner})
            assert estate.verdict(environments.custom_rule_app) == verdict
        assert acme().environment("acme/web", custom_rules=rules).says(environments.custom_rule_app) == [
            "the app gatekeeper of another owner decides about deployments to production of acme/web"
        ]

    def test_the_repository_holds_a_secret_of_the_same_name(self) -> None:
        estate = acme().environment("acme/web").secret("env:acme/web/production", "DEPLOY_KEY")
        estate.secret("acme/web", "DEPLOY_KEY").secret(
            "acme", "DEPLOY_KEY", visibility="selected", selected_repositories=[]
        )
        assert estate.says(environments.secret_collision) == [
            "jobs of acme/web outside production get a secret of the same name: acme/web/DEPLOY_KEY"
        ]

    def test_the_organization_does_not_share_its_own(self) -> None:
        estate = acme().environment("acme/web").secret("env:acme/web/production", "DEPLOY_KEY")
        estate.secret("acme", "DEPLOY_KEY", visibility="selected", selected_repositories=[])
        assert estate.verdict(environments.secret_collision) == "1 passed"
        assert estate.unset("secret:acme/DEPLOY_KEY", "selected_repositories").verdict(
            environments.secret_collision
        ) == ("1 unknown")


class TestWhoDeploys:
    def test_two_people_alone(self) -> None:
        assert acme().environment("acme/web").says(environments.deploy_reach) == [
            "2 people can deploy to production of acme/web without anybody else: alice and bob"
        ]

    def test_bob_needs_an_approval(self) -> None:
        estate = acme().environment("acme/web", reviewers=["alice"], can_admins_bypass=False)
        assert estate.says(environments.deploy_reach) == [
            "1 person can deploy to production of acme/web without anybody else: alice; 1 more can once somebody approves"
        ]

    def test_the_plan_has_no_reviewers(self) -> None:
        estate = acme().environment("acme/web").set("acme", plan={"name": "team"})
        assert estate.says(environments.plan_unsupported) == [
            "production of acme/web cannot ask for reviewers on the plan team"
        ]
        assert acme().environment("acme/web").verdict(environments.plan_unsupported) == "1 passed"
        estate = acme(visibility="public").environment("acme/web").set("acme", plan={"name": "free"})
        assert estate.verdict(environments.plan_unsupported) == "1 not applicable"
