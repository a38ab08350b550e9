"""What starts a job of acme/web: rules, only and except, workflow rules, and what the file cannot tell."""

import pytest

from pipewarden.pipelines.definition import Occasion
from pipewarden.pipelines.effective import effective_jobs
from pipewarden.pipelines.gitlab import gitlab_weaknesses
from pipewarden.pipelines.gitlab.conditions import Open, holds, limits, parse
from tests.pipelines.gitlab.story import job, read

PUSH, TAG, REQUEST = Occasion.PUSH, Occasion.TAG, Occasion.MERGE_REQUEST
SCHEDULE, MANUAL, API, PARENT = Occasion.SCHEDULE, Occasion.MANUAL, Occasion.API, Occasion.PARENT
BRANCHES = {PUSH, SCHEDULE, MANUAL, API, PARENT}


def started(keys: str, more: str = "") -> set[Occasion]:
    return set(job(f"{more}\ndeploy: {{script: x, {keys}}}\n").occasions)


@pytest.mark.parametrize(
    ("keys", "occasions"),
    [
        ("stage: x", BRANCHES | {TAG}),
        ("only: [tags]", {TAG}),
        ("only: [merge_requests]", {REQUEST}),
        ("only: [main]", BRANCHES | {TAG}),
        ("only: {refs: [schedules]}", {SCHEDULE}),
        ("only: [triggers, pipelines]", {API, PARENT}),
        ("except: [tags]", BRANCHES),
        ("except: [branches]", {TAG}),
        ("only: [branches], except: [schedules]", BRANCHES - {SCHEDULE}),
        ("when: never", set()),
        ("rules: [{when: always}]", BRANCHES | {TAG, REQUEST}),
        ("rules: []", set()),
        ("rules: [{if: $CI_COMMIT_TAG}]", {TAG}),
        ("rules: [{if: $CI_COMMIT_TAG, when: never}, {when: always}]", BRANCHES | {REQUEST}),
        ("rules: [{if: '$CI_PIPELINE_SOURCE == \"schedule\"'}]", {SCHEDULE}),
        ("rules: [{if: $CI_MERGE_REQUEST_IID}]", {REQUEST}),
        ("rules: [{if: $CI_COMMIT_BRANCH}]", BRANCHES),
        ("rules: [{if: '$CI_COMMIT_BRANCH == \"main\"'}]", BRANCHES),
        ("rules: [{if: '$CI_PIPELINE_SOURCE =~ /^(web|api)$/'}]", {MANUAL, API}),
        ("rules: [{if: '$CI_PIPELINE_SOURCE != \"push\" && $CI_COMMIT_BRANCH'}]", BRANCHES - {PUSH}),
        ("rules: [{if: $CI_MERGE_REQUEST_SOURCE_PROJECT_PATH == $CI_PROJECT_PATH}]", {REQUEST}),
        ("rules: [{if: $CI_PROJECT_ID == $CI_MERGE_REQUEST_SOURCE_PROJECT_ID}]", {REQUEST}),
        ("rules: [{if: '$CI_MERGE_REQUEST_APPROVED == \"true\"'}]", {REQUEST}),
        ("rules: [{if: '$CI_MERGE_REQUEST_MILESTONE =~ /^v1/'}]", {REQUEST}),
        ("rules: [{if: $CI_MERGE_REQUEST_ASSIGNEES}]", {REQUEST}),
        ("only: {variables: ['$CI_MERGE_REQUEST_APPROVED == \"true\"'], refs: [merge_requests, branches]}", {REQUEST}),
        ("rules: [{if: $CI_MERGE_REQUEST_SOURCE_PROJECT_PATH != $CI_PROJECT_PATH}]", BRANCHES | {TAG, REQUEST}),
        ("rules: [{if: $CI_MERGE_REQUEST_SOURCE_PROJECT_PATH == null}]", BRANCHES | {TAG}),
        ("rules: [{if: '$CI_MERGE_REQUEST_TARGET_BRANCH_NAME == $RELEASES'}]", BRANCHES | {TAG, REQUEST}),
        ("rules: [{if: '$CI_COMMIT_TAG =~ /^v/'}]", {TAG}),
        ("rules: [{if: '$CI_COMMIT_TAG == $CI_COMMIT_REF_NAME'}]", {TAG}),
        ("rules: [{if: '$CI_COMMIT_TAG != null'}]", {TAG}),
        ("rules: [{if: '$CI_COMMIT_TAG_MESSAGE =~ /ship/'}]", {TAG}),
        ("rules: [{if: '$CI_COMMIT_TAG == null'}]", BRANCHES | {REQUEST}),
        ("rules: [{if: '\"merge_request_event\" == $CI_PIPELINE_SOURCE'}]", {REQUEST}),
        ('rules: [{if: \'$CI_PIPELINE_SOURCE == "web" || $CI_PIPELINE_SOURCE == "schedule"\'}]', {MANUAL, SCHEDULE}),
        ("rules: [{if: '$CI_PIPELINE_SOURCE == \"push\"'}]", {PUSH, TAG}),
        ("rules: [{if: '$CI_PIPELINE_SOURCE !~ /^(push|web)$/ && $CI_COMMIT_BRANCH'}]", {SCHEDULE, API, PARENT}),
        ("rules: [{if: '$DEPLOY == \"yes\"'}]", BRANCHES | {TAG, REQUEST}),
        ("rules: [{changes: [a]}]", BRANCHES | {TAG, REQUEST}),
        ("rules: [{if: 'not an expression ('}]", BRANCHES | {TAG, REQUEST}),
    ],
)
def test_the_ways_a_job_can_begin(keys, occasions):
    assert started(keys) == occasions


def test_a_workflow_decides_for_jobs_without_rules():
    only_requests = "workflow: {rules: [{if: $CI_MERGE_REQUEST_IID}]}"
    assert started("stage: x", only_requests) == {REQUEST}
    assert started("rules: [{if: $CI_COMMIT_TAG}]", only_requests) == set()
    assert started("only: [tags]", only_requests) == set()


def test_a_file_that_was_not_read_may_hold_a_workflow():
    assert REQUEST in started("stage: x", "include: {project: acme/ci, file: a.yml}")
    assert job("include: {project: acme/ci, file: a.yml}\ndeploy: {script: x}\n").settled == (
        PUSH,
        TAG,
        SCHEDULE,
        MANUAL,
        API,
        PARENT,
    )


@pytest.mark.parametrize(
    ("keys", "branches"),
    [
        ("only: [main]", ("main",)),
        ("only: [main, /^release-/]", ("/^release-/", "main")),
        ("only: [branches]", ()),
        ("only: {refs: [branches], variables: ['$CI_COMMIT_BRANCH == \"main\"']}", ("main",)),
        ("rules: [{if: '$CI_COMMIT_BRANCH == \"main\"'}]", ("main",)),
        ("rules: [{if: '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH'}]", ("$CI_DEFAULT_BRANCH",)),
        ('rules: [{if: \'$CI_COMMIT_BRANCH == "a" || $CI_COMMIT_BRANCH == "b"\'}]', ("a", "b")),
        ("rules: [{if: '$CI_COMMIT_BRANCH == \"main\" && $GO'}, {if: $CI_COMMIT_TAG}]", ("main",)),
        ("rules: [{if: '$CI_COMMIT_REF_PROTECTED == \"true\" && $CI_COMMIT_BRANCH'}]", ("$protected",)),
        ("rules: [{if: '$CI_COMMIT_BRANCH == \"main\"'}, {when: manual}]", ()),
        ("rules: [{if: '$CI_COMMIT_BRANCH == \"main\"'}, {if: $CI_MERGE_REQUEST_IID}]", ()),
        ("rules: [{if: '$CI_COMMIT_BRANCH != \"main\"'}]", ()),
    ],
)
def test_the_branches_a_job_is_limited_to(keys, branches):
    assert job(f"deploy: {{script: x, {keys}}}\n").branches == branches


@pytest.mark.parametrize(
    ("keys", "manual"),
    [
        ("when: manual", True),
        ("rules: [{if: $CI_COMMIT_TAG, when: manual}]", True),
        ("rules: [{if: $CI_COMMIT_TAG, when: manual}, {if: $CI_COMMIT_BRANCH, when: never}]", True),
        ("rules: [{if: $CI_COMMIT_TAG, when: manual}, {if: $CI_COMMIT_BRANCH}]", False),
        ("when: on_failure", False),
    ],
)
def test_a_job_that_somebody_starts_each_time(keys, manual):
    assert ("manual" in [hold.kind for hold in job(f"deploy: {{script: x, {keys}}}\n").holds]) is manual


MAIN = {"CI_COMMIT_BRANCH": "main", "CI_COMMIT_TAG": None, "SOME": Open.SET, "EMPTY": ""}


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("$CI_COMMIT_BRANCH", True),
        ("$CI_COMMIT_TAG", False),
        ("$EMPTY", False),
        ("$SOME", True),
        ("$OTHER", None),
        ("!$CI_COMMIT_TAG", True),
        ("$CI_COMMIT_TAG == null", True),
        ("$SOME == null", False),
        ("$SOME != ''", True),
        ("$SOME == 'x'", None),
        ("$CI_COMMIT_BRANCH == 'main'", True),
        ('"main" == $CI_COMMIT_BRANCH', True),
        ("$CI_COMMIT_BRANCH =~ /^ma/", True),
        ("$CI_COMMIT_BRANCH =~ /^MA/i", True),
        ("$CI_COMMIT_BRANCH !~ /^ma/", False),
        ("$CI_COMMIT_TAG =~ /./", False),
        ("$CI_COMMIT_BRANCH =~ /(a+)+$/", None),
        ("$SOME =~ /x/", None),
        ("$OTHER || $CI_COMMIT_BRANCH", True),
        ("$OTHER && $CI_COMMIT_TAG", False),
        ("$OTHER && $CI_COMMIT_BRANCH", None),
        ("($CI_COMMIT_TAG || $CI_COMMIT_BRANCH) && ${CI_COMMIT_BRANCH} == 'main'", True),
        ("$CI_COMMIT_BRANCH ==", None),
        ("(((", None),
        ("x" * 5000, None),
        ("(" * 150 + "$CI_COMMIT_BRANCH" + ")" * 150, None),
    ],
)
def test_conditions_answer_yes_no_or_cannot_tell(text, answer):
    assert holds(parse(text), MAIN) is answer


def test_only_a_comparison_limits_branches():
    assert limits(parse("$CI_COMMIT_BRANCH == 'a' && ($X || $CI_COMMIT_BRANCH == 'b')")) == {"a"}
    assert limits(parse("$CI_COMMIT_BRANCH == $OTHER")) is None
    assert limits(parse("$X == 'a'")) is None


def test_the_ways_of_a_file_are_those_of_its_jobs():
    assert read("a: {script: x, only: [tags]}\n.b: {script: x}\n").occasions == (TAG,)


def test_a_job_that_no_pipeline_has_is_switched_off_and_holds_nothing():
    text = "deploy: {script: 'eval $CI_COMMIT_TITLE; go $DEPLOY_TOKEN', rules: [{when: never}]}\nother: {script: x}\n"
    whole = read(text)
    found = {each.id: each for each in effective_jobs(whole, gitlab_weaknesses(whole))}
    assert (found["deploy"].off, found["deploy"].starts, found["deploy"].secrets) == (True, (), ())
    assert not found["other"].off
    assert gitlab_weaknesses(whole) == ()


@pytest.mark.parametrize(
    ("workflow", "rule", "never"),
    [
        ("[{if: $CI_COMMIT_BRANCH}]", "{if: $CI_COMMIT_TAG}", True),
        ("[{if: $CI_PIPELINE_SOURCE == 'schedule'}]", "{if: $CI_COMMIT_TAG}", False),
        ("[{when: always}]", "{if: $CI_PIPELINE_SOURCE == 'chat'}", False),
        ("[{when: always}]", "{if: $CI_COMMIT_TAG && $CI_COMMIT_BRANCH}", True),
        ("[{when: always}]", "{if: $RUN_IT == 'yes', when: manual}", False),
    ],
)
def test_a_job_is_never_run_only_where_no_way_of_beginning_is_left(workflow, rule, never):
    text = f"workflow: {{rules: {workflow}}}\ndeploy: {{script: x, rules: [{rule}]}}\n"
    assert job(text).never is never


def test_what_is_excepted_leaves_the_other_ways():
    assert not job("deploy: {script: x, only: [chat], except: [schedules]}\n").never
    assert job("deploy: {script: x, only: [chat], except: [chat]}\n").never
