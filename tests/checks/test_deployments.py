"""Who approves deployments of acme/web, and what its workflows call their environments."""

from pipewarden.checks import deployments
from tests.checks.builder import Estate

CI = "acme/web/.github/workflows/ci.yml"


def acme() -> Estate:
    return Estate().org("acme").member("alice", owner=True).member("bob").member("deploybot").repo("acme/web")


class TestReviewers:
    def test_they_approve_their_own(self) -> None:
        assert acme().environment("acme/web", reviewers=["alice", "bob"]).says(deployments.self_review) == [
            "reviewers of production of acme/web can approve their own deployments (alice and bob)"
        ]
        estate = acme().environment("acme/web", reviewers=["alice"], prevent_self_review=True)
        assert estate.verdict(deployments.self_review) == "1 passed"
        assert acme().environment("acme/web").verdict(deployments.self_review) == "1 not applicable"

    def test_a_machine_approves(self) -> None:
        assert acme().environment("acme/web", reviewers=["alice", "deploybot"]).says(deployments.bot_reviewer) == [
            "production of acme/web lets a machine approve deployments: deploybot"
        ]
        assert acme().environment("acme/web", reviewers=["alice"]).verdict(deployments.bot_reviewer) == "1 passed"

    def test_only_bob_is_still_here(self) -> None:
        estate = acme().team("acme/ops", "bob", "carol").environment("acme/web", reviewers=["acme/ops"])
        assert estate.says(deployments.single_reviewer) == [
            "only bob can approve deployments to production of acme/web"
        ]
        estate = acme().environment("acme/web", reviewers=["carol"])
        assert estate.says(deployments.single_reviewer) == [
            "nobody who is still here can approve deployments to production of acme/web"
        ]

    def test_two_are(self) -> None:
        estate = acme().team("acme/ops", "alice", "bob").environment("acme/web", reviewers=["acme/ops"])
        assert estate.verdict(deployments.single_reviewer) == "1 passed"


class TestNames:
    def test_the_environment_does_not_exist(self) -> None:
        estate = acme().environment("acme/web").workflow("acme/web")
        estate.uses(CI, "environment", "prodution", line=9, choices=["prodution"], dynamic=False, job="deploy")
        assert estate.says(deployments.name_mismatch) == [
            f"{CI} deploys to prodution, which acme/web does not have: the first run makes it without any rule"
        ]
        assert estate.judge(deployments.name_mismatch).findings[0].line == 9

    def test_its_case_does_not_matter(self) -> None:
        estate = acme().environment("acme/web").workflow("acme/web")
        estate.uses(CI, "environment", "Production", choices=["Production"], dynamic=False)
        assert estate.verdict(deployments.name_mismatch) == "1 passed"
        assert acme().workflow("acme/web").verdict(deployments.name_mismatch) == "1 not applicable"

    def test_it_is_computed(self) -> None:
        estate = acme().workflow("acme/web")
        estate.uses(CI, "environment", "${{ inputs.where }}", line=4, choices=[], dynamic=True, job="deploy")
        assert estate.says(deployments.dynamic_name) == [
            f"the environment of job deploy in {CI} is computed: ${{{{ inputs.where }}}}"
        ]
        assert estate.verdict(deployments.name_mismatch) == "1 passed"
        estate = acme().workflow("acme/web")
        estate.uses(CI, "environment", "production", choices=["production"], dynamic=False)
        assert estate.verdict(deployments.dynamic_name) == "1 passed"
