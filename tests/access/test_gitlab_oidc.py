"""What the subjects of a GitLab project's jobs are made of decides which trusts accept them."""

import pytest

from pipewarden.access.gitlab.oidc import any_branch, branch_fits, project_fits
from pipewarden.model.facts import Origin, Resource, Trust
from pipewarden.model.ids import Kind, Ref
from tests.checks.builder import NOW

ORIGIN = Origin("GET /projects", NOW)


def project(*components: str) -> Resource:
    told = {"ci_id_token_sub_claim_components": list(components)} if components else {}
    return Resource(
        ref=Ref("gitlab.acme.example", Kind.REPOSITORY, "101"), name="acme/web", attributes=told, origin=ORIGIN
    )


def trust(*subjects: str) -> Trust:
    role = Ref("aws", Kind.CLOUD_ROLE, "web")
    return Trust(
        ref=Ref("aws", Kind.TRUST, "web:1"), principal=role, issuer="https://gitlab.acme.example", subjects=subjects,
        audiences=(), origin=ORIGIN,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("components", "subject", "main", "other"),
    [
        ((), "project_path:acme/web:ref_type:branch:ref:main", True, False),
        ((), "project_path:acme/web:ref:main", False, False),
        ((), "project_path:acme/web:*", True, True),
        (("project_path", "ref"), "project_path:acme/web:ref:main", True, False),
        (("project_path", "ref"), "project_path:acme/web:ref_type:branch:ref:main", False, False),
        (("project_path", "ref_type"), "project_path:acme/web:ref_type:branch", True, True),
        (("project_path", "ref", "ref_type"), "project_path:acme/web:ref:main:*", True, False),
    ],
)
def test_a_trust_accepts_the_branches_whose_subject_fits(components, subject, main, other) -> None:
    there, accepted = project(*components), trust(subject)
    assert branch_fits(accepted, there, "main") is main
    assert branch_fits(accepted, there, "mine") is other
    assert project_fits(accepted, there) or not main


def test_a_subject_of_another_project_fits_none() -> None:
    assert not project_fits(trust("project_path:acme/webs:ref_type:branch:ref:main"), project())
    assert not project_fits(trust("project_path:acme/other:ref:main"), project("project_path", "ref"))


@pytest.mark.parametrize(
    ("subject", "any_of_them"),
    [
        ("project_path:acme/web:ref_type:branch", True),
        ("project_path:acme/web:ref:*", True),
        ("project_path:acme/web:ref:main", False),
        ("project_path:acme/web:ref_type:tag", False),
    ],
)
def test_a_subject_without_a_branch_accepts_each(subject, any_of_them) -> None:
    assert bool(any_branch(trust(subject))) is any_of_them
