"""The subjects that jobs of acme/web can present to a cloud."""

from datetime import UTC, datetime

import pytest

from pipewarden.pipelines.oidc import Repository, is_immutable, refs_of, subjects
from pipewarden.pipelines.workflow import read_workflow
from tests.pipelines.github.shelves import jobs

OLD = datetime(2024, 1, 1, tzinfo=UTC)
NEW = datetime(2026, 8, 1, tzinfo=UTC)


def web(**about):
    return Repository(owner="acme", name="web", owner_id=12, id=34, **about)


NAMES = web(immutable=False)
IDS = web(immutable=True)


def test_the_environment_goes_before_the_event_and_the_ref():
    assert subjects(NAMES, event="pull_request", environment="production") == ("repo:acme/web:environment:production",)
    assert subjects(NAMES, event="pull_request", ref="refs/pull/1/merge") == ("repo:acme/web:pull_request",)
    assert subjects(NAMES, event="push", ref="refs/heads/main") == ("repo:acme/web:ref:refs/heads/main",)
    assert subjects(NAMES, event="push", ref="refs/tags/v1") == ("repo:acme/web:ref:refs/tags/v1",)


def test_the_form_with_ids():
    assert subjects(IDS, event="push", ref="refs/heads/main") == ("repo:acme@12/web@34:ref:refs/heads/main",)


def test_colons_in_values_are_encoded():
    assert subjects(NAMES, environment="Production:V1") == ("repo:acme/web:environment:Production%3AV1",)


@pytest.mark.parametrize(
    ("repository", "immutable"),
    [
        (web(created_at=NEW), True),
        (web(created_at=OLD, renamed_at=NEW), True),
        (web(created_at=OLD), None),
        (web(created_at=datetime(2026, 7, 15, 12, tzinfo=UTC)), None),
        (web(), None),
        (web(created_at=NEW, server=True), False),
        (web(created_at=NEW, immutable=False), False),
        (web(created_at=OLD, immutable=True), True),
    ],
)
def test_which_form_a_repository_has(repository, immutable):
    assert is_immutable(repository) is immutable


def test_where_the_form_is_not_known_both_are_possible():
    assert subjects(web(created_at=OLD), event="push", ref="refs/heads/main") == (
        "repo:acme/web:ref:refs/heads/main",
        "repo:acme@12/web@34:ref:refs/heads/main",
    )


def test_a_customised_subject_has_the_claims_it_names():
    keys = ("repo", "context", "job_workflow_ref")
    made = subjects(
        web(immutable=False, claim_keys=keys),
        environment="prod",
        claims={"job_workflow_ref": "acme/shared/.github/workflows/oidc.yml@refs/heads/main"},
    )
    assert made == (
        "repo:acme/web:environment:prod:job_workflow_ref:acme/shared/.github/workflows/oidc.yml@refs/heads/main",
    )


def test_ids_cannot_be_customised_away_and_missing_claims_are_open():
    made = subjects(web(immutable=True, claim_keys=("repo", "actor", "repository_owner_id")), event="push")
    assert made == ("repo:acme@12/web@34:actor:*:repository_owner_id:12",)


def job(text):
    [made] = jobs(main=text).values()
    return made.subjects


def test_the_subjects_of_a_job_over_all_its_events():
    text = (
        "on: {push: {branches: [main, 'release/**']}, pull_request: , schedule: [{cron: '0 0 * * *'}]}\n"
        "permissions: {id-token: write}\njobs: {a: {runs-on: ubuntu-latest}}\n"
    )
    assert job(text) == (
        "repo:acme/web:ref:refs/heads/main",
        "repo:acme/web:ref:refs/heads/release/*",
        "repo:acme/web:pull_request",
    )


def test_a_job_without_the_right_has_no_subject():
    assert job("on: push\njobs: {a: {runs-on: ubuntu-latest}}\n") == ()


def test_a_chosen_environment_gives_one_subject_each():
    text = (
        "on: {workflow_dispatch: {inputs: {to: {type: choice, options: [staging, production]}}}}\n"
        "permissions: {id-token: write}\n"
        "jobs: {a: {runs-on: ubuntu-latest, environment: '${{ inputs.to }}'}}\n"
    )
    assert job(text) == ("repo:acme/web:environment:staging", "repo:acme/web:environment:production")


@pytest.mark.parametrize(
    ("on", "refs"),
    [
        ("push", ("refs/heads/*", "refs/tags/*")),
        ("{push: {tags: ['v*']}}", ("refs/tags/v*",)),
        ("{push: {branches-ignore: [main]}}", ("refs/heads/*",)),
        ("{push: {branches: ['**', '!main']}}", ("refs/heads/*",)),
        ("{push: {branches: ['v[12]', 'a?b', 'rel+']}}", ("refs/heads/v*", "refs/heads/*", "refs/heads/re*")),
        ("{push: {tags: ['v[0-9]+.[0-9]+', '?a']}}", ("refs/tags/v*", "refs/tags/*")),
        ("{pull_request_target: {branches: [main]}}", ("refs/heads/main",)),
        ("issue_comment", ("refs/heads/main",)),
        ("release", ("refs/tags/*",)),
        ("workflow_dispatch", ("refs/heads/*", "refs/tags/*")),
        ("merge_group", ("refs/heads/gh-readonly-queue/*",)),
    ],
)
def test_the_refs_a_trigger_can_run_on(on, refs):
    workflow = read_workflow("w.yml", f"on: {on}\njobs: {{a: {{runs-on: x}}}}\n")
    assert refs_of(workflow.triggers[0], "main") == refs
