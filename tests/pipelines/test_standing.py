"""What stands before jobs outside GitHub is told in words: branches, approvals with who gives them, environments."""

import pytest

from pipewarden.model.jobs import Circle, EffectiveJob
from pipewarden.pipelines.effective import effective_jobs
from tests.pipelines.gitlab.story import read as gitlab
from tests.pipelines.jenkins.reading import declarative, stage
from tests.pipelines.jenkins.reading import read as jenkins


def of_jenkins(before: str) -> EffectiveJob:
    [job] = effective_jobs(jenkins(declarative(stage("sh 'x'", before=before))), ())
    return job


def of_gitlab(keys: str) -> EffectiveJob:
    [job] = effective_jobs(gitlab(f"ship: {{script: make, {keys}}}\n"), ())
    return job


def gates(job: EffectiveJob) -> set[str]:
    """Return what stands before the ways in which those who may write bring their own code."""
    return {start.gate for start in job.starts if start.by is Circle.DEVELOPER and start.theirs}


def test_a_branch_and_the_submitters_of_a_question():
    job = of_jenkins("when { beforeInput true; branch 'main' }\n input { message 'ok?'; submitter 'alice, ops' }")
    assert gates(job) == {"only on main, which may be protected; alice or ops approves it"}
    assert job.approvers == ("alice", "ops")
    assert of_jenkins("").approvers == ()
    assert gates(of_jenkins("")) == {""}


@pytest.mark.parametrize(
    ("before", "gate"),
    [
        ("when { anyOf { branch 'main'; branch 'release' } }", "only on main, release, which may all be protected"),
        ("when { buildingTag() }", "only for tags, which may be protected"),
        ("input { message 'ok?' }", "somebody answers its question"),
        ("input { message 'ok?'; submitter pick() }", "whoever the code names approves it"),
        ("when { changeRequest() }", ""),
        ("when { not { branch 'main' } }", ""),
        ("when { expression { params.SHIP } }", ""),
    ],
)
def test_other_conditions_of_a_stage(before, gate):
    assert gates(of_jenkins(before)) == {gate}


@pytest.mark.parametrize(
    ("keys", "gate"),
    [
        ("rules: [{if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH}]", "only on the default branch, which may be protected"),
        ('rules: [{if: $CI_COMMIT_REF_PROTECTED == "true"}]', "only on protected branches and tags"),
        ('rules: [{if: $CI_COMMIT_BRANCH == "main", when: manual}]', "somebody starts it by hand; only on main, which may be protected"),
        ("only: [tags]", "only for tags, which may be protected"),
        ("environment: production", "the environment production may be protected"),
        ("environment: $WHERE", ""),
        ("rules: [{if: $CI_COMMIT_BRANCH}]", ""),
        ('rules: [{if: $CI_COMMIT_BRANCH == "main"}, {if: $CI_PIPELINE_SOURCE == "merge_request_event"}]', ""),
    ],
)  # fmt: skip
def test_rules_and_environments_of_gitlab(keys, gate):
    assert gates(of_gitlab(keys)) == {gate}


def test_the_clock_is_held_to_no_branch_and_a_fork_by_nothing_of_this():
    job = of_jenkins("when { branch 'main'; triggeredBy 'TimerTrigger' }")
    assert {start.gate for start in job.starts if start.by is Circle.SCHEDULE} <= {""}
    forked = of_jenkins("input { message 'ok?'; submitter 'alice' }")
    assert {start.gate for start in forked.starts if start.by is Circle.FORK} == {"alice approves it"}
