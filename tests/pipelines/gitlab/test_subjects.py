"""alice writes trusts for acme/web: which subjects a job's tokens carry, and what the file leaves open."""

import pytest

from pipewarden.pipelines.effective import effective_jobs
from pipewarden.pipelines.gitlab_oidc import COMPONENTS, Project, project_of, settled, subjects_of
from tests.pipelines.gitlab.story import job, read

TOKEN = "id_tokens: {AWS: {aud: 'https://sts.amazonaws.com'}}, script: x"
MAIN = "rules: [{if: $CI_COMMIT_BRANCH == 'main'}]"
WEB = Project("acme/group/web", "trunk")


@pytest.mark.parametrize(
    ("rules", "subjects"),
    [
        ("only: [main]", ["branch:ref:main", "tag:ref:main"]),
        (MAIN, ["branch:ref:main"]),
        ("rules: [{if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH}]", ["branch:ref:trunk"]),
        ("rules: [{if: $CI_COMMIT_TAG}]", ["tag:ref:*"]),
        ("rules: [{if: $CI_MERGE_REQUEST_ID}]", ["branch:ref:*"]),
        ("rules: [{if: $CI_COMMIT_BRANCH =~ /^release/}]", ["branch:ref:*"]),
        ("stage: test", ["branch:ref:*", "tag:ref:*"]),
    ],
)
def test_subjects_are_those_of_what_a_job_runs_for(rules, subjects):
    found = subjects_of(job(f"deploy: {{{TOKEN}, {rules}}}\n"))
    assert list(settled(found, WEB)) == [f"project_path:acme/group/web:ref_type:{each}" for each in subjects]


def test_a_job_without_a_token_has_none():
    assert subjects_of(job("deploy: {script: x}\n")) == ()


def test_what_is_not_known_stays_open():
    found = subjects_of(job(f"deploy: {{{TOKEN}, rules: [{{if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH}}]}}\n"))
    assert settled(found, Project()) == ("project_path:*:ref_type:branch:ref:*",)


@pytest.mark.parametrize(
    ("components", "subject"),
    [
        (None, "project_path:acme/web:ref_type:branch:ref:main"),
        (["project_path", "ref"], "project_path:acme/web:ref:main"),
        (["project_path", "ref_type"], "project_path:acme/web:ref_type:branch"),
        (["project_path", "ref", "ref_type"], "project_path:acme/web:ref:main:ref_type:branch"),
        (["project_path", "deployment_tier"], "project_path:acme/web:deployment_tier:*"),
    ],
)
def test_a_project_says_what_its_subjects_are_made_of(components, subject):
    found = subjects_of(job(f"deploy: {{{TOKEN}, {MAIN}}}\n"))
    assert settled(found, project_of("acme/web", "main", components)) == (subject,)
    assert project_of("acme/web", "main", None).components == COMPONENTS


def test_a_job_tells_for_whom_its_tokens_are_and_a_child_has_its_parents_branch():
    text = f"ship: {{{MAIN}, trigger: {{include: c.yml}}}}\n"
    whole = read(text, {"c.yml": f"deploy: {{{TOKEN}, rules: [{{if: $CI_COMMIT_BRANCH}}]}}\n"})
    found = {each.id: each for each in effective_jobs(whole, ())}["ship/deploy"]
    assert found.audiences == ("https://sts.amazonaws.com",)
    assert found.subjects == ("project_path:*:ref_type:branch:ref:main",)
