"""Branches and tags of acme/web beside its default branch."""

from pipewarden.checks import refs
from pipewarden.model.facets import Facet
from tests.checks.builder import Estate

CUSTOM = {"protected_branches": False, "custom_branch_policies": True}
DELETION = {"type": "deletion"}


def acme() -> Estate:
    return Estate().org("acme").member("alice", owner=True).repo("acme/web").ruleset("acme/web", "guard", DELETION)


def deploying(name: str, kind: str = "branch") -> Estate:
    return acme().environment("acme/web", branch_policy=CUSTOM, branch_policies=[{"name": name, "type": kind}])


class TestReleaseBranches:
    def test_production_accepts_branches_that_nothing_guards(self) -> None:
        assert deploying("release/*").says(refs.release_branches) == [
            (
                "1 person with write access can push to branches of acme/web that no rule guards: "
                "release/* (deploys to production)"
            )
        ]

    def test_they_are_guarded_or_the_default_branch(self) -> None:
        estate = deploying("release/*").ruleset("acme/web", "releases", DELETION, patterns=("refs/heads/release/*",))
        assert estate.verdict(refs.release_branches) == "1 passed"
        assert deploying("main").verdict(refs.release_branches) == "1 passed"

    def test_a_branch_is_named_like_a_release(self) -> None:
        assert acme().set("acme/web", branches=["main", "release/1.2", "topic"]).says(refs.release_branches) == [
            (
                "1 person with write access can push to branches of acme/web that no rule guards: "
                "release/1.2 (is named like a release)"
            )
        ]

    def test_the_names_an_environment_accepts_were_not_read(self) -> None:
        assert deploying("main").unset("env:acme/web/production", "branch_policies").verdict(refs.release_branches) == (
            "1 unknown"
        )


class TestNewBranches:
    def test_anybody_may_take_a_protected_name(self) -> None:
        estate = acme().protect("acme/web", "release/*", allowsDeletions=False)
        assert estate.says(refs.creations_open) == [
            "1 person with write access can make branches in acme/web whose names are protected: release/*"
        ]

    def test_creation_is_restricted_or_the_rule_is_for_all_names(self) -> None:
        estate = acme().protect("acme/web", "release/*", restrictsPushes=True, blocksCreations=True)
        assert estate.verdict(refs.creations_open) == "1 passed"
        assert (
            acme().ruleset("acme/web", "all", DELETION, patterns=("~ALL",)).verdict(refs.creations_open) == "1 passed"
        )


class TestTags:
    def test_a_release_starts_a_workflow_and_anybody_may_tag(self) -> None:
        assert acme().workflow("acme/web", triggers=["release"]).says(refs.tags_unprotected) == [
            "1 person with write access can make or move tags of acme/web: v* (starts .github/workflows/ci.yml)"
        ]

    def test_a_tag_ruleset_guards_them(self) -> None:
        for rule, verdict in (("creation", "1 passed"), ("required_signatures", "1 failed")):
            estate = deploying("v*", "tag")
            estate.ruleset("acme/web", "tags", {"type": rule}, target="tag", patterns=("refs/tags/v*",))
            assert estate.verdict(refs.tags_unprotected) == verdict

    def test_nothing_starts_with_a_tag_as_far_as_was_read(self) -> None:
        assert acme().verdict(refs.tags_unprotected) == "1 not applicable"
        assert acme().gap("acme/web", Facet.REPO_WORKFLOWS).verdict(refs.tags_unprotected) == "1 unknown"
