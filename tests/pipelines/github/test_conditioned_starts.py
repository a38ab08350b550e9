"""What starts a job behind its conditions, by event and by ref: for people, for Dependabot, for jobs behind others."""

import pytest

from pipewarden.model.jobs import Circle
from tests.pipelines.github.shelves import jobs

ON = "on: {push: {branches: [main, 'dependabot/**']}, pull_request: }\npermissions: {}\n"
STEPS = "runs-on: ubuntu-latest, steps: [{run: ./pub, env: {K: '${{ secrets.PUB }}'}}]"


def starts(condition: str, on: str = ON) -> dict[tuple[str, Circle], bool]:
    """Return the ways to start a job behind a condition, and whether its condition has to be edited for that."""
    job = jobs(w=f'{on}jobs: {{pub: {{if: "{condition}", {STEPS}}}}}\n')["w.yml#pub"]
    return {(start.event, start.by): start.edited for start in job.starts}


@pytest.mark.parametrize(
    ("condition", "events"),
    [
        ("true", {"push", "pull_request"}),
        ("github.event_name == 'push'", {"push"}),
        ("always() && github.event_name == 'push'", {"push"}),
        ("!(github.event_name == 'push')", {"pull_request"}),
        ("contains(fromJSON('[\\\"pull_request\\\"]'), github.event_name)", {"pull_request"}),
        ("startsWith(github.ref, 'refs/tags/')", set()),
        ("github.ref_type == 'tag'", set()),
        ("github.event_name == 'push' && github.ref == 'refs/heads/main'", set()),
        ("github.ref != 'refs/heads/main'", {"push", "pull_request"}),
        ("github.actor != 'dependabot[bot]'", set()),
        ("github.actor == 'dependabot[bot]'", {"push", "pull_request"}),
        ("github.event.pull_request.head.repo.full_name == github.repository", {"pull_request"}),
        ("github.event.pull_request.head.repo.fork", set()),
        ("startsWith(github.head_ref, 'dependabot/')", {"pull_request"}),
        ("vars.DEPLOY == 'yes'", {"push", "pull_request"}),
    ],
)
def test_dependabot_edits_no_condition(condition: str, events: set[str]) -> None:
    assert {event for event, by in starts(condition) if by is Circle.BOT} == events


@pytest.mark.parametrize(
    ("condition", "edited"),
    [
        ("github.event_name == 'push'", {"push": False, "pull_request": True}),
        ("github.ref == 'refs/heads/main'", {"push": False, "pull_request": True}),
        ("github.event_name != 'pull_request'", {"push": False, "pull_request": True}),
        ("github.event.pull_request.head.repo.fork", {"push": True, "pull_request": False}),
        ("vars.DEPLOY == 'yes'", {"push": False, "pull_request": False}),
    ],
)
def test_whoever_may_write_can_change_the_condition_on_their_branch(condition: str, edited: dict[str, bool]) -> None:
    """ "This event runs in the context of the merge commit": the file is that of the proposal.

    https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#pull_request
    """
    found = starts(condition)
    assert {event: way for (event, by), way in found.items() if by is Circle.DEVELOPER} == edited


def test_what_runs_on_the_default_branch_nobody_edits() -> None:
    on = "on: [issues, workflow_dispatch, schedule]\npermissions: {}\n"
    assert set(starts("github.event_name == 'schedule'", on)) == {
        ("workflow_dispatch", Circle.DEVELOPER),
        ("schedule", Circle.SCHEDULE),
    }
    assert set(starts("github.event_name != 'schedule'", on)) == {
        ("issues", Circle.OUTSIDER),
        ("workflow_dispatch", Circle.DEVELOPER),
    }


@pytest.mark.parametrize(
    "condition",
    ["startsWith(github.ref, 'refs/tags/')", "github.event_name == 'release'", "github.event.inputs.x == 'y'"],
)
def test_a_job_that_none_of_its_events_lets_run_is_off(condition: str) -> None:
    on = "on: {push: {branches: [main]}, pull_request: }\npermissions: {}\n"
    job = jobs(w=f'{on}jobs: {{pub: {{if: "{condition}", {STEPS}}}}}\n')["w.yml#pub"]
    assert job.off
    assert not job.starts


def test_a_job_is_skipped_with_the_one_it_needs_unless_it_asks() -> None:
    first = "gate: {if: \"github.event_name == 'push'\", runs-on: ubuntu-latest, steps: [{run: 'true'}]}"
    for condition, skipped in (("success()", True), ("always()", False)):
        text = f'{ON}jobs: {{{first}, pub: {{needs: gate, if: "{condition}", {STEPS}}}}}\n'
        job = jobs(w=text)["w.yml#pub"]
        assert (not any(s.by is Circle.BOT and s.event == "pull_request" for s in job.starts)) is skipped


def test_outputs_of_other_jobs_are_followed_as_far_as_the_file_says_them() -> None:
    """https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/pass-job-outputs"""
    own = "${{ github.event.pull_request.head.repo.full_name == github.repository }}"
    for output, condition, passes in (
        (own, "needs.gate.outputs.own == 'true'", False),
        (own, "needs.gate.outputs.own == 'false'", True),
        # a text that is not empty counts as true, "false" too
        (own, "needs.gate.outputs.own", True),
        ("${{ steps.x.outputs.own }}", "needs.gate.outputs.own == 'true'", True),
        ("x ${{ github.event_name }}", "needs.gate.outputs.own == 'true'", True),
        ("false", "needs.gate.outputs.own == 'true'", False),
    ):
        text = (
            "on: pull_request_target\npermissions: {}\njobs:\n"
            f'  gate: {{runs-on: ubuntu-latest, outputs: {{own: "{output}"}}, steps: [{{id: x, run: ./x}}]}}\n'
            f'  pub: {{needs: gate, if: "{condition}", {STEPS}}}\n'
        )
        found = jobs(w=text)["w.yml#pub"].starts
        assert any(start.by is Circle.FORK for start in found) is passes, (output, condition)


@pytest.mark.parametrize(
    ("caller", "condition", "runs"),
    [
        ("push", "github.event_name == 'push'", True),
        ("schedule", "github.event_name == 'push'", False),
        ("schedule", "inputs.deploy", False),
        ("schedule", "!inputs.deploy", True),
        ("schedule", "github.event.inputs.deploy == 'x'", False),
    ],
)
def test_what_is_called_has_the_event_of_who_calls_it(caller: str, condition: str, *, runs: bool) -> None:
    """https://docs.github.com/en/actions/reference/workflows-and-actions/reusing-workflow-configurations#github-context"""
    on = "[{cron: '0 0 * * 2'}]" if caller == "schedule" else "{branches: [main]}"
    text = f"on: {{{caller}: {on}}}\npermissions: {{}}\njobs: {{go: {{uses: ./.github/workflows/c.yml}}}}\n"
    called = f'on: {{workflow_call: {{inputs: {{deploy: {{type: boolean}}}}}}}}\njobs: {{pub: {{if: "{condition}", {STEPS}}}}}\n'
    assert jobs(w=text, c=called)["w.yml#go/pub"].off is not runs
