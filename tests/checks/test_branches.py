"""What guards the default branch of acme's repositories."""

from typing import Any

from pipewarden.checks import branches, reviews
from pipewarden.model.facets import Facet
from tests.checks.builder import Estate

STRONG: dict[str, Any] = {
    "requiresApprovingReviews": True,
    "requiredApprovingReviewCount": 2,
    "dismissesStaleReviews": True,
    "requireLastPushApproval": True,
    "requiresCodeOwnerReviews": True,
    "restrictsReviewDismissals": True,
    "requiresConversationResolution": True,
    "requiresCommitSignatures": True,
    "requiresLinearHistory": True,
    "requiresStatusChecks": True,
    "requiresStrictStatusChecks": True,
    "requiredStatusChecks": [{"context": "test", "app": {"databaseId": 15368}}],
    "isAdminEnforced": True,
    "allowsForcePushes": False,
    "allowsDeletions": False,
}
ALL = (
    branches.branch_unguarded,
    branches.push_unrestricted,
    branches.force_push,
    branches.deletion,
    branches.status_checks,
    branches.check_any_source,
    branches.conversation,
    branches.unsigned,
    branches.history_branches,
    branches.admins_exempt,
    reviews.no_review,
    reviews.one_review,
    reviews.approval_survives,
    reviews.last_push,
    reviews.dismissal_open,
    reviews.owners_skip,
    reviews.bypass_pull_request,
)


def acme() -> Estate:
    return (
        Estate()
        .org("acme")
        .member("alice", owner=True)
        .member("bob")
        .repo("acme/web")
        .direct("bob", "acme/web", "write")
    )


def guarded(**changed: Any) -> Estate:
    return acme().protect("acme/web", **(STRONG | changed))


class TestNothingGuardsIt:
    def test_two_people_can_push_rewrite_and_delete(self) -> None:
        assert acme().says(*ALL) == [
            "nothing guards main of acme/web: 2 people with write access can push to it",
            "2 people with write access can push to main of acme/web without a pull request",
            "2 people with write access can rewrite the history of main of acme/web",
            "no rule keeps main of acme/web from being deleted",
            "main of acme/web takes changes without any required status check",
            "2 people with write access can change main of acme/web without a review",
        ]

    def test_a_ruleset_that_only_evaluates_guards_nothing(self) -> None:
        rule = {"type": "pull_request", "parameters": {"required_approving_review_count": 2}}
        assert acme().ruleset("acme/web", "trial", rule, enforcement="evaluate").verdict(branches.branch_unguarded) == (
            "1 failed"
        )
        assert acme().ruleset("acme/web", "real", rule).verdict(branches.branch_unguarded) == "1 passed"

    def test_a_rule_of_the_organization_guards_it_too(self) -> None:
        estate = acme().ruleset("acme", "all", {"type": "deletion"})
        assert estate.verdict(branches.branch_unguarded) == "1 passed"
        assert estate.verdict(branches.deletion) == "1 passed"
        assert estate.verdict(branches.force_push) == "1 failed"

    def test_rules_that_were_not_read_are_unknown(self) -> None:
        for scope, facet in (
            ("acme/web", Facet.REPO_PROTECTION),
            ("acme", Facet.REPO_RULESETS),
            ("acme", Facet.ORG_RULESETS),
        ):
            assert acme().gap(scope, facet).verdict(branches.branch_unguarded) == "1 unknown"

    def test_archived_and_empty_repositories_have_nothing_to_guard(self) -> None:
        assert acme().set("acme/web", archived=True).verdict(branches.branch_unguarded) == "1 not applicable"
        assert acme().set("acme/web", empty=True).verdict(branches.branch_unguarded) == "1 not applicable"


class TestAStrongRule:
    def test_it_leaves_nothing_to_say(self) -> None:
        estate = guarded()
        assert estate.says(*ALL) == []
        assert {estate.verdict(check) for check in ALL} == {"1 passed"}


class TestOneThingIsWrong:
    def test_each_is_told(self) -> None:
        for check, changed, says in (
            (
                branches.push_unrestricted,
                {"requiresApprovingReviews": False},
                "2 people with write access can push to main of acme/web without a pull request",
            ),
            (
                branches.force_push,
                {"allowsForcePushes": True},
                "2 people with write access can rewrite the history of main of acme/web",
            ),
            (branches.deletion, {"allowsDeletions": True}, "no rule keeps main of acme/web from being deleted"),
            (
                branches.status_checks,
                {"requiresStatusChecks": False},
                "main of acme/web takes changes without any required status check",
            ),
            (
                branches.status_checks,
                {"requiresStrictStatusChecks": False},
                "main of acme/web takes changes that were checked on an older state (test)",
            ),
            (
                branches.check_any_source,
                {"requiredStatusChecks": [{"context": "test", "app": None}]},
                "whoever can write to acme/web can report 1 required check of main as passed (test)",
            ),
            (
                branches.conversation,
                {"requiresConversationResolution": False},
                "main of acme/web takes changes with unresolved conversations",
            ),
            (
                branches.unsigned,
                {"requiresCommitSignatures": False},
                "main of acme/web takes commits that nobody signed",
            ),
            (branches.history_branches, {"requiresLinearHistory": False}, "main of acme/web takes merge commits"),
            (
                branches.admins_exempt,
                {"isAdminEnforced": False},
                "administrators of acme/web can push to main past its rule “main”",
            ),
            (
                reviews.no_review,
                {"requiredApprovingReviewCount": 0},
                "2 people with write access can change main of acme/web by a pull request of their own",
            ),
            (
                reviews.one_review,
                {"requiredApprovingReviewCount": 1},
                "one approval is enough to change main of acme/web",
            ),
            (
                reviews.approval_survives,
                {"dismissesStaleReviews": False, "requireLastPushApproval": False},
                "an approval for main of acme/web still counts after more commits were added",
            ),
            (
                reviews.last_push,
                {"requireLastPushApproval": False},
                "whoever pushes to somebody else's pull request for main of acme/web can also approve it",
            ),
            (
                reviews.dismissal_open,
                {"restrictsReviewDismissals": False},
                "2 people with write access can dismiss reviews of changes to main of acme/web",
            ),
            (
                reviews.owners_skip,
                {"requiresCodeOwnerReviews": False},
                "changes to main of acme/web need no review by a code owner",
            ),
            (
                reviews.bypass_pull_request,
                {"bypassPullRequestAllowances": [{"type": "User", "id": "9", "name": "dave"}]},
                "dave can push to main of acme/web without a pull request (the rule “main” names them)",
            ),
        ):
            assert guarded(**changed).says(check) == [says]

    def test_a_ruleset_binds_administrators_whom_the_classic_rule_spares(self) -> None:
        estate = guarded(isAdminEnforced=False).ruleset("acme/web", "pr", {"type": "pull_request"})
        assert estate.verdict(branches.admins_exempt) == "1 passed"

    def test_it_was_not_given_whether_administrators_are_bound(self) -> None:
        assert acme().protect("acme/web", allowsDeletions=False).verdict(branches.admins_exempt) == "1 unknown"
