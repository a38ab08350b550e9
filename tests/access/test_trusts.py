"""Which of acme's repositories a cloud's trust lets in."""

import pytest

from pipewarden.access.github.oidc import trust_accepts
from pipewarden.access.reach import reach
from pipewarden.model.access import Capability
from pipewarden.model.facts import Resource, Trust
from pipewarden.model.ids import Kind, Ref
from tests.checks.builder import SEEN, Estate

GITHUB = "https://token.actions.githubusercontent.com"


def ref(kind: Kind, key: str, instance: str = "github.com") -> Ref:
    return Ref(instance, kind, key)


def accepts(*subjects: str, issuer: str = GITHUB, instance: str = "github.com", **attributes: object) -> bool:
    owner = Resource(ref=ref(Kind.ORGANIZATION, "7", instance), name="acme", origin=SEEN)
    web = Resource(
        ref=ref(Kind.REPOSITORY, "9", instance), name="acme/web", parent=owner.ref, attributes=attributes, origin=SEEN
    )
    trust = Trust(
        ref=ref(Kind.TRUST, "1"),
        principal=ref(Kind.CLOUD_ROLE, "deploy"),
        issuer=issuer,
        subjects=subjects,
        origin=SEEN,
    )
    return trust_accepts(trust, web, owner)


@pytest.mark.parametrize(
    "subject",
    [
        "repo:acme/web:ref:refs/heads/main",
        "repo:acme/web:*",
        "repo:acme/*",
        "repo:*",
        "*",
        "repo:acme/w?b:environment:production",
        "repo:acme@7/web@9:ref:refs/heads/main",
        "repo:acme@*/web@*:*",
        "repo:*/web:pull_request",
    ],
)
def test_it_lets_web_in(subject: str) -> None:
    assert accepts(subject)


@pytest.mark.parametrize(
    "subject",
    [
        "repo:acme/website:*",
        "repo:acme/web",
        "repo:acme/api:*",
        "repo:evil/web:*",
        "repo:acme@8/web@9:*",
        "repo:acme@7/web@10:*",
        "repository_owner:acme:*",
        "repo:acme/",
        "",
    ],
)
def test_it_does_not(subject: str) -> None:
    assert not accepts(subject)


def test_no_subject_is_every_subject() -> None:
    assert accepts()


def test_another_issuer_signs_other_tokens() -> None:
    assert not accepts("*", issuer="https://gitlab.com")
    assert not accepts("*", issuer="https://token.actions.githubusercontent.com.evil.example")
    assert accepts("*", issuer=f"{GITHUB}/acme-corp")
    assert accepts("*", issuer="token.actions.githubusercontent.com")
    assert accepts("*", issuer="https://ghes.acme.example/_services/token", instance="ghes.acme.example")
    assert not accepts("*", issuer=GITHUB, instance="ghes.acme.example")
    assert accepts("*", issuer="https://token.actions.acme.ghe.com", instance="acme.ghe.com")


def test_a_customised_subject_begins_otherwise() -> None:
    custom = {"use_default": False, "include_claim_keys": ["repository_owner", "job_workflow_ref"]}
    assert accepts("repository_owner:acme:job_workflow_ref:*", oidc_sub=custom)
    assert not accepts("repo:acme/web:*", oidc_sub=custom)
    assert accepts("repo:acme/web:*", oidc_sub={"use_default": True})


def test_many_stars_are_read_as_well() -> None:
    assert accepts("*a" * 2000)
    assert not accepts("x" + "*a" * 2000)


def with_claims(**claims: list[str]) -> bool:
    owner = Resource(ref=ref(Kind.ORGANIZATION, "7"), name="acme", origin=SEEN)
    web = Resource(ref=ref(Kind.REPOSITORY, "9"), name="acme/web", parent=owner.ref, origin=SEEN)
    trust = Trust(
        ref=ref(Kind.TRUST, "1"),
        principal=ref(Kind.CLOUD_ROLE, "deploy"),
        issuer=GITHUB,
        subjects=(),
        attributes={"claims": claims},
        origin=SEEN,
    )
    return trust_accepts(trust, web, owner)


def test_claims_beside_the_subject_narrow_it() -> None:
    assert with_claims(repository_id=["9"])
    assert with_claims(repository_owner_id=["7"], repository=["acme/*"])
    assert with_claims(environment=["production"])
    assert not with_claims(repository_id=["10"])
    assert not with_claims(repository_owner_id=["7"], repository=["acme/api"])


def test_a_developer_reaches_the_role_that_trusts_his_repository() -> None:
    estate = Estate().org("acme").member("bob").repo("acme/web").repo("acme/api").direct("bob", "acme/web", "write")
    estate.cloud_role("acme/web", "aws", "repo:acme/web:*", name="AWS role deploy")
    estate.cloud_role("acme/web", "aws", "repo:acme/api:*", name="AWS role api")
    view = estate.view()
    found = reach(view.engine, estate.ref("bob"))
    roles = [view.name(each.access.resource) for each in found if each.access.capability is Capability.ASSUME_ROLE]
    assert roles == ["AWS role deploy"]


def test_a_role_behind_an_environment_is_reached_with_the_approval_that_it_asks_for() -> None:
    estate = Estate().org("acme").member("bob").member("alice").repo("acme/web").direct("bob", "acme/web", "write")
    estate.direct("alice", "acme/web", "write")
    estate.environment("acme/web", "production", reviewers=["alice"])
    estate.cloud_role("acme/web", "aws", "repo:acme/web:environment:production", name="AWS role deploy")
    estate.cloud_role("acme/web", "aws", "repo:acme/web:environment:staging", name="AWS role try")
    view = estate.view()

    def reached(login: str) -> dict[str, bool]:
        found = reach(view.engine, estate.ref(login))
        roles = [each.access for each in found if each.access.capability is Capability.ASSUME_ROLE]
        asked = {
            access.resource: access.witness
            for role in {each.resource for each in roles}
            for access in view.engine.who_can(Capability.ASSUME_ROLE, role)
            if access.principal == estate.ref(login)
        }
        assert {each.resource: each.witness for each in roles} == asked, "reach and who-can say the same"
        return {view.name(each.resource): each.witness is not None and each.witness.alone for each in roles}

    assert reached("bob") == {"AWS role deploy": False, "AWS role try": True}
    assert reached("alice") == {"AWS role deploy": True, "AWS role try": True}
