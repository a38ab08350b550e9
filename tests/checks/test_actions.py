"""What acme lets GitHub Actions do."""

from typing import Any

from pipewarden.checks import actions
from pipewarden.model.facets import Facet
from pipewarden.model.ids import Kind
from tests.checks.builder import Estate


def acme(**attributes: Any) -> Estate:
    return Estate().org("acme", **attributes).repo("acme/web")


def allowing(**permissions: Any) -> Estate:
    given = {"enabled_repositories": "all", "allowed_actions": "selected", "sha_pinning_required": True}
    return acme(actions_permissions=given | permissions)


class TestWhatRuns:
    def test_everywhere(self) -> None:
        assert allowing().says(actions.enabled_everywhere) == [
            "workflows run in every repository of acme (1 now) as soon as somebody pushes one"
        ]
        assert allowing(enabled_repositories="selected").verdict(actions.enabled_everywhere) == "1 passed"

    def test_anybodys_actions_by_any_name(self) -> None:
        assert allowing(allowed_actions="all").says(actions.any_action) == [
            "workflows of acme may run actions of anybody"
        ]
        assert allowing(sha_pinning_required=False).says(actions.pins_not_required) == [
            "workflows of acme may name actions by tags and branches"
        ]
        assert allowing().says(actions.any_action, actions.pins_not_required) == []

    def test_actions_are_off_or_not_read(self) -> None:
        estate = allowing(enabled_repositories="none", allowed_actions="all")
        assert estate.verdict(actions.any_action) == "1 not applicable"
        assert acme().verdict(actions.any_action) == "1 unknown"

    def test_the_list_has_stars(self) -> None:
        for pattern, says in (
            ("globex/*", ["the allowed actions of acme cover whole owners: globex/*"]),
            ("*/*", ["the allowed actions of acme cover whole owners: */*"]),
            ("acme/*", []),
            ("globex/scan@*", []),
            ("!globex/*", []),
        ):
            estate = allowing().set("acme", Kind.ORGANIZATION, actions_selected={"patterns_allowed": [pattern]})
            assert estate.says(actions.broad_patterns) == says


class TestTokens:
    def test_the_default_writes(self) -> None:
        assert acme(actions_workflow={"default_workflow_permissions": "write"}).says(actions.token_writes) == [
            "tokens of jobs in acme can write unless the workflow says otherwise"
        ]
        estate = acme(actions_workflow={"default_workflow_permissions": "read"})
        assert estate.verdict(actions.token_writes) == "1 passed"

    def test_one_repository_sets_it_back(self) -> None:
        estate = acme(actions_workflow={"default_workflow_permissions": "read"})
        estate.set("acme/web", actions_workflow={"default_workflow_permissions": "write"})
        assert estate.says(actions.token_writes_here) == [
            "tokens of jobs in acme/web can write unless the workflow says otherwise"
        ]
        estate.set("acme", Kind.ORGANIZATION, actions_workflow={"default_workflow_permissions": "write"})
        assert estate.verdict(actions.token_writes_here) == "1 not applicable"
        assert acme().verdict(actions.token_writes_here) == "1 unknown"

    def test_a_job_approves(self) -> None:
        assert acme(actions_workflow={"can_approve_pull_request_reviews": True}).says(actions.approves) == [
            "jobs in acme can approve pull requests"
        ]

    def test_a_job_approves_in_one_repository(self) -> None:
        estate = acme(actions_workflow={"can_approve_pull_request_reviews": False})
        assert estate.verdict(actions.approves) == "1 passed"
        estate.set("acme/web", actions_workflow={"can_approve_pull_request_reviews": True})
        assert estate.says(actions.approves) == ["jobs can approve pull requests in 1 repository of acme (acme/web)"]
        estate = acme(actions_workflow={"can_approve_pull_request_reviews": False})
        assert estate.gap("acme/web", Facet.REPO_ACTIONS_WORKFLOW).verdict(actions.approves) == "1 unknown"


class TestForks:
    def test_only_new_accounts_wait(self) -> None:
        estate = acme(actions_fork_approval={"approval_policy": "first_time_contributors_new_to_github"})
        assert estate.says(actions.fork_approval) == [
            "pull requests of strangers to acme run workflows without approval, unless their author is new to GitHub"
        ]
        estate = acme(actions_fork_approval={"approval_policy": "all_external_contributors"})
        assert estate.verdict(actions.fork_approval) == "1 passed"

    def test_forks_of_private_repositories_get_secrets(self) -> None:
        given = {
            "run_workflows_from_fork_pull_requests": True,
            "send_write_tokens_to_workflows": False,
            "send_secrets_and_variables": True,
            "require_approval_for_fork_pr_workflows": False,
        }
        assert acme(actions_fork_private=given).says(actions.fork_private) == [
            "pull requests from forks of private repositories of acme get the secrets"
        ]
        off = given | {"run_workflows_from_fork_pull_requests": False}
        assert acme(actions_fork_private=off).verdict(actions.fork_private) == "1 passed"
