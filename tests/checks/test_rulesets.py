"""The rulesets of acme and of its repositories."""

from pipewarden.checks import branches, reviews, rulesets
from pipewarden.model.facts import Cause
from tests.checks.builder import Estate

PULL = {"type": "pull_request", "parameters": {"required_approving_review_count": 1}}


def acme() -> Estate:
    return (
        Estate()
        .org("acme")
        .member("alice", owner=True)
        .member("bob")
        .repo("acme/web")
        .direct("bob", "acme/web", "write")
    )


def letting(**actor: object) -> Estate:
    return acme().ruleset("acme/web", "guard", PULL, bypass=[actor])


class TestWhoPasses:
    def test_an_app_passes_always(self) -> None:
        estate = acme().app("shipit", {"contents": "write"}, app_id=77)
        estate.ruleset("acme/web", "guard", PULL, bypass=[{"actor_type": "Integration", "actor_id": 77}])
        assert estate.says(rulesets.bypass_always) == [
            "the app shipit (ruleset “guard”) can push past the rulesets of acme/web at any time"
        ]

    def test_by_pull_request_only_leaves_a_trace(self) -> None:
        estate = letting(actor_type="OrganizationAdmin", actor_id=1, bypass_mode="pull_request")
        assert estate.verdict(rulesets.bypass_always) == "1 passed"

    def test_a_rule_of_the_organization_is_told_once(self) -> None:
        estate = acme().repo("acme/api").ruleset("acme", "all", PULL, bypass=[{"actor_type": "DeployKey"}])
        assert estate.says(rulesets.bypass_always) == [
            "every deploy key (ruleset “all”) can push past the rulesets of acme at any time"
        ]

    def test_everybody_who_writes_passes(self) -> None:
        assert letting(actor_type="RepositoryRole", actor_id=4).says(rulesets.bypass_broad) == [
            "everybody with the role write can pass the rulesets of acme/web (“guard”)"
        ]
        assert letting(actor_type="RepositoryRole", actor_id=5).verdict(rulesets.bypass_broad) == "1 passed"

    def test_a_team_of_six_is_a_crowd_and_one_of_five_is_not(self) -> None:
        for size, verdict in ((6, "1 failed"), (5, "1 passed")):
            estate = acme().team("acme/all", *(f"u{number:06}" for number in range(size)))
            actor = {"actor_type": "Team", "actor_id": estate.ref("acme/all").key}
            assert estate.ruleset("acme/web", "guard", PULL, bypass=[actor]).verdict(rulesets.bypass_broad) == verdict

    def test_a_hidden_list_is_told_and_passes_nothing(self) -> None:
        estate = acme().ruleset("acme/web", "guard", PULL, bypass=None)
        assert estate.verdict(rulesets.bypass_always) == "1 unknown"
        assert estate.verdict(rulesets.bypass_broad) == "1 unknown"
        assert estate.says(rulesets.bypass_hidden) == [
            "it could not be read who is let through 1 ruleset of acme/web (“guard”)"
        ]
        assert acme().ruleset("acme/web", "guard", PULL).verdict(rulesets.bypass_hidden) == "1 passed"

    def test_a_list_that_does_not_say_who_is_on_it_is_unknown_and_no_right_would_show_it(self) -> None:
        estate = acme().ruleset("acme/web", "guard", PULL, bypass=None, more={"bypass_unread": True})
        for each in (rulesets.bypass_always, rulesets.bypass_broad, rulesets.bypass_hidden):
            assert estate.verdict(each) == "1 unknown"
            (missing,) = estate.judge(each).not_assessed
            assert missing.cause is Cause.UNEXPECTED


class TestARuleThatNobodyKnows:
    """It only asks more: what the others ask stands, and that nothing asks for something is not known."""

    def test_what_the_others_ask_stands(self) -> None:
        both = {**PULL, "parameters": {"required_approving_review_count": 2, "dismiss_stale_reviews_on_push": True}}
        estate = acme().ruleset("acme/web", "guard", both, more={"unread": ["new"]})
        for each in (reviews.no_review, reviews.one_review, reviews.approval_survives):
            assert estate.verdict(each) == "1 passed"

    def test_that_nothing_asks_is_not_known(self) -> None:
        estate = acme().ruleset("acme/web", "guard", PULL, more={"unread": ["new"]})
        assert estate.verdict(reviews.one_review) == "1 unknown", "it may ask for a second one"
        assert estate.verdict(branches.deletion) == "1 unknown"
        (missing,) = estate.judge(branches.deletion).not_assessed
        assert missing.detail == "what the rule new of ruleset guard asks is not known"

    def test_it_is_about_another_branch_or_only_evaluates(self) -> None:
        for more in ({"patterns": ("refs/heads/old",)}, {"enforcement": "evaluate"}):
            estate = (
                acme().ruleset("acme/web", "guard", PULL).ruleset("acme/web", "new", more={"unread": ["x"]}, **more)
            )
            assert estate.verdict(reviews.one_review) == "1 failed"

    def test_an_idle_ruleset_may_lose_what_nobody_knows(self) -> None:
        estate = acme().ruleset("acme/web", "trial", enforcement="evaluate", more={"unread": ["x"]})
        assert estate.verdict(rulesets.evaluate_only) == "1 unknown"

    def test_a_push_rule_may_keep_workflows(self) -> None:
        estate = acme().workflow("acme/web")
        estate.ruleset("acme/web", "push", target="push", patterns=("~ALL",), more={"unread": ["x"]})
        assert estate.verdict(rulesets.no_push_rule) == "1 unknown"


class TestWhatHolds:
    def test_a_ruleset_only_evaluates(self) -> None:
        estate = acme().ruleset("acme/web", "trial", PULL, {"type": "deletion"}, enforcement="evaluate")
        assert estate.says(rulesets.evaluate_only) == [
            "the ruleset “trial” of acme/web is only being evaluated: nothing enforces what it asks for (pull_request and deletion)"
        ]

    def test_another_makes_its_rules_hold(self) -> None:
        estate = acme().ruleset("acme/web", "trial", PULL, enforcement="disabled").ruleset("acme/web", "real", PULL)
        assert estate.verdict(rulesets.evaluate_only) == "1 passed"

    def test_it_is_about_another_branch(self) -> None:
        estate = acme().ruleset("acme/web", "trial", PULL, enforcement="evaluate", patterns=("refs/heads/old",))
        assert estate.verdict(rulesets.evaluate_only) == "1 passed"

    def test_a_push_may_change_workflows(self) -> None:
        assert acme().workflow("acme/web").says(rulesets.no_push_rule) == [
            "no rule of acme keeps a push from changing the workflows of 1 repository (acme/web)"
        ]

    def test_a_push_ruleset_covers_them(self) -> None:
        rule = {"type": "file_path_restriction", "parameters": {"restricted_file_paths": [".github/workflows/**/*"]}}
        estate = acme().workflow("acme/web").ruleset("acme/web", "paths", rule, target="push", patterns=("~ALL",))
        assert estate.verdict(rulesets.no_push_rule) == "1 passed"
        rule = {"type": "file_path_restriction", "parameters": {"restricted_file_paths": ["docs/**/*"]}}
        estate = acme().workflow("acme/web").ruleset("acme/web", "paths", rule, target="push", patterns=("~ALL",))
        assert estate.verdict(rulesets.no_push_rule) == "1 failed"

    def test_a_required_workflow_is_taken_from_a_branch(self) -> None:
        for sha, verdict in ((None, "1 failed"), ("a" * 40, "1 passed")):
            estate = acme().repo("acme/rules", archived=True)
            used = {
                "path": ".github/workflows/scan.yml",
                "ref": "refs/heads/main",
                "sha": sha,
                "repository_id": estate.ref("acme/rules").key,
            }
            estate.ruleset("acme/web", "scan", {"type": "workflows", "parameters": {"workflows": [used]}})
            assert estate.verdict(rulesets.required_workflow_unpinned) == f"{verdict}, 1 not applicable"
            if sha is None:
                assert estate.says(rulesets.required_workflow_unpinned) == [
                    "the ruleset “scan” of acme/web runs acme/rules/.github/workflows/scan.yml as it is on refs/heads/main"
                ]

    def test_two_kinds_of_rule_differ(self) -> None:
        estate = acme().protect("acme/web", requiresApprovingReviews=True, requiredApprovingReviewCount=2)
        estate.ruleset("acme/web", "guard", PULL, {"type": "deletion"}, {"type": "non_fast_forward"})
        assert estate.says(rulesets.conflict_classic) == [
            "the classic rule “main” and the rulesets of main of acme/web differ on number of reviews; the stricter counts"
        ]
        assert acme().ruleset("acme/web", "guard", PULL).verdict(rulesets.conflict_classic) == "1 not applicable"
