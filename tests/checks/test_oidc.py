"""Clouds that trust jobs of acme."""

from typing import Any

from pipewarden.checks import oidc
from pipewarden.model.facts import Resource, Trust
from pipewarden.model.ids import Kind, Ref
from tests.checks.builder import SEEN, Estate

GITHUB = "https://token.actions.githubusercontent.com"
ROLE = Ref("aws", Kind.CLOUD_ROLE, "arn:aws:iam::1:role/deploy")
CI = "acme/web/.github/workflows/ci.yml"
TIGHT = "repo:acme/web:environment:production"


def acme() -> Estate:
    return Estate().org("acme").repo("acme/web", created_at="2025-01-01T00:00:00Z")


def trusting(*subjects: str, audiences: tuple[str, ...] = ("sts.amazonaws.com",), **more: Any) -> Estate:
    role = Resource(ref=ROLE, name="the role deploy", origin=SEEN)
    trust = Trust(
        ref=Ref("aws", Kind.TRUST, "1"),
        principal=ROLE,
        subjects=subjects,
        audiences=audiences,
        origin=SEEN,
        **({"issuer": GITHUB} | more),
    )
    return acme().add(role, trust)


TRUSTS = (
    oidc.trust_wildcard,
    oidc.trust_pull_request,
    oidc.trust_no_environment,
    oidc.trust_audience,
    oidc.trust_renamed,
)


class TestTrusts:
    def test_one_environment_of_one_repository(self) -> None:
        assert trusting(TIGHT).says(*TRUSTS) == []
        assert {trusting(TIGHT).verdict(check) for check in TRUSTS} == {"1 passed"}

    def test_every_repository_of_the_organization(self) -> None:
        assert trusting("repo:acme/*").says(oidc.trust_wildcard) == [
            "jobs of every repository that fits repo:acme/* can act as the role deploy"
        ]
        assert trusting().says(oidc.trust_wildcard) == [
            "jobs of every repository of everybody can act as the role deploy"
        ]
        claim = ("repository_id = 9",)
        assert trusting("repo:acme/*", conditions=claim).verdict(oidc.trust_wildcard) == "1 passed"

    def test_pull_requests(self) -> None:
        assert trusting("repo:acme/web:pull_request").says(oidc.trust_pull_request) == [
            "jobs of pull requests can act as the role deploy: it accepts repo:acme/web:pull_request"
        ]
        assert trusting("repo:acme/web:*").verdict(oidc.trust_pull_request) == "1 failed"
        assert trusting("repo:acme/web:ref:refs/heads/*").verdict(oidc.trust_pull_request) == "1 passed"

    def test_any_branch(self) -> None:
        assert trusting("repo:acme/web:ref:refs/heads/*").says(oidc.trust_no_environment) == [
            "a job on any branch can act as the role deploy: it accepts repo:acme/web:ref:refs/heads/*"
        ]
        assert trusting("repo:acme/web:ref:refs/heads/main").verdict(oidc.trust_no_environment) == "1 passed"

    def test_any_audience(self) -> None:
        assert trusting(TIGHT, audiences=()).says(oidc.trust_audience) == [
            "the role deploy takes tokens of jobs that were made for any audience"
        ]

    def test_another_issuer_is_not_judged(self) -> None:
        assert trusting("*", issuer="https://gitlab.com").verdict(oidc.trust_wildcard) == "1 not applicable"


class TestNames:
    def test_the_repository_is_gone(self) -> None:
        assert trusting("repo:acme/old:environment:production").says(oidc.trust_renamed) == [
            "the role deploy trusts jobs of acme/old, which acme does not have: whoever makes a repository old gets the role"
        ]

    def test_the_organization_was_not_read(self) -> None:
        assert trusting("repo:globex/web:environment:production").verdict(oidc.trust_renamed) == "1 unknown"

    def test_a_new_repository_presents_ids(self) -> None:
        estate = trusting(TIGHT).set("acme/web", created_at="2026-08-01T00:00:00Z")
        org, web = estate.ref("acme", Kind.ORGANIZATION).key, estate.ref("acme/web").key
        assert estate.says(oidc.trust_renamed) == [
            f"the role deploy trusts jobs of acme/web by its bare name; their tokens say acme@{org}/web@{web}"
        ]


class TestSubjects:
    def test_the_template_drops_branch_and_environment(self) -> None:
        estate = acme().set("acme", Kind.ORGANIZATION, oidc_sub={"include_claim_keys": ["repo", "actor"]})
        estate.set("acme/web", oidc_sub={"use_default": False})
        assert estate.says(oidc.subject_template) == [
            (
                "subjects of tokens in acme tell repo and actor, neither branch nor environment "
                "(1 repository seen to use the template)"
            )
        ]
        estate = acme().set("acme", Kind.ORGANIZATION, oidc_sub={"include_claim_keys": ["repo", "context"]})
        assert estate.verdict(oidc.subject_template) == "1 passed"
        assert acme().verdict(oidc.subject_template) == "1 unknown"

    def test_a_called_workflow_moves(self) -> None:
        for pin, says in (
            (
                "branch",
                [
                    (
                        f"job ship of {CI} gives tokens for clouds to globex/ship/.github/workflows/go.yml@main, "
                        "which its owner can change"
                    )
                ],
            ),
            ("sha", []),
        ):
            job = {
                "id": "ship",
                "uses": "globex/ship/.github/workflows/go.yml@main",
                "pin": pin,
                "oidc": True,
                "line": 3,
            }
            assert acme().workflow("acme/web", jobs=[job]).says(oidc.reusable_unpinned) == says
