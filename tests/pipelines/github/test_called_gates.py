"""A job of a called workflow runs by what its caller passes: its own condition is worked out for each call."""

import pytest

from pipewarden.model.jobs import Circle, EffectiveJob
from tests.pipelines.github.shelves import jobs

INPUTS = (
    "{deploy: {type: boolean}, word: {type: string}, count: {type: number}, known: {type: string, default: yes-please}}"
)
STEPS = "runs-on: ubuntu-latest, steps: [{run: ./x, env: {T: '${{ secrets.K }}'}}]"
BY_EVENT = "${{ github.event_name == 'push' }}"


def called(
    condition: str, passes: str = "", *, on: str = "[push, pull_request_target]", more: str = ""
) -> EffectiveJob:
    """Return job `b` of a workflow, called with some values, and behind a job `first` with the same inputs."""
    callee = (
        f"on:\n  workflow_call:\n    inputs: {INPUTS}\npermissions: {{}}\njobs:\n  first: {{{STEPS}}}\n"
        f'  b: {{if: "{condition}", {STEPS}{more}}}\n'
    )
    caller = (
        f"on: {on}\npermissions: {{}}\njobs:\n  a:\n    uses: ./.github/workflows/called.yml\n    secrets: inherit\n"
        f"    with: {{{passes}}}\n"
    )
    return jobs(w=caller, called=callee)["w.yml#a/b"]


@pytest.mark.parametrize(
    ("condition", "passes", "runs"),
    [
        ("inputs.deploy", "deploy: true", True),
        ("inputs.deploy", "deploy: false", False),
        ("inputs.deploy", "", False),
        ("!inputs.deploy", "", True),
        ("inputs.word != ''", "", False),
        ("inputs.word != ''", "word: x", True),
        ("inputs.word == 'prod'", "word: prod", True),
        ("inputs.word == 'prod'", "word: try", False),
        ("inputs.known == 'yes-please'", "", True),
        ("inputs.known != 'yes-please'", "", False),
        ("inputs.deploy && inputs.word == 'prod'", "deploy: true, word: try", False),
        # what only the run knows may hold
        ("inputs.deploy", "deploy: '${{ vars.DEPLOY }}'", True),
        ("inputs.count > 3", "count: 2", True),
        ("fromJSON(inputs.word).deploy", "word: '{}'", True),
        ("inputs.deploy || needs.first.outputs.x", "", True),
    ],
)
def test_what_is_passed_decides(condition: str, passes: str, runs: bool) -> None:
    job = called(condition, passes)
    assert job.off is not runs
    assert bool(job.secrets) is runs


def test_a_value_that_the_event_chooses_decides_under_each() -> None:
    job = called("inputs.deploy", f'deploy: "{BY_EVENT}"')
    assert {(start.event, start.by) for start in job.starts if start.by is not Circle.BOT} == {
        ("push", Circle.DEVELOPER)
    }
    both = called("inputs.deploy || github.event_name == 'pull_request_target'", f'deploy: "{BY_EVENT}"')
    assert {start.event for start in both.starts} == {"push", "pull_request_target"}


def test_who_may_start_it_is_asked_with_what_is_passed() -> None:
    fork = "(inputs.deploy || !github.event.pull_request.head.repo.fork)"
    open_to = {start.by for start in called(fork, "deploy: true", on="pull_request_target").starts}
    assert Circle.FORK in open_to
    shut = {start.by for start in called(fork, "deploy: false", on="pull_request_target").starts}
    assert Circle.FORK not in shut
    assert Circle.DEVELOPER in shut


def test_whoever_brings_the_file_can_change_the_condition() -> None:
    job = called("inputs.deploy", "deploy: \"${{ github.event_name == 'pull_request_target' }}\"")
    assert {(start.event, start.edited) for start in job.starts if start.by is Circle.DEVELOPER} >= {("push", True)}


def test_a_job_is_skipped_with_the_one_it_needs() -> None:
    callee = (
        f"on:\n  workflow_call:\n    inputs: {INPUTS}\npermissions: {{}}\njobs:\n  first: {{if: inputs.deploy, {STEPS}}}\n"
        f"  b: {{needs: first, {STEPS}}}\n  c: {{needs: b, {STEPS}}}\n  last: {{needs: first, if: always(), {STEPS}}}\n"
    )
    caller = "on: push\npermissions: {}\njobs:\n  a: {uses: ./.github/workflows/called.yml, secrets: inherit}\n"
    found = jobs(w=caller, called=callee)
    assert {name: job.off for name, job in found.items() if name.startswith("w.yml")} == {
        "w.yml#a/first": True,
        "w.yml#a/b": True,
        "w.yml#a/c": True,
        "w.yml#a/last": False,
    }


def test_two_callers_and_a_call_of_a_call() -> None:
    callee = (
        f"on: {{workflow_call: {{inputs: {INPUTS}}}}}\npermissions: {{}}\njobs:\n  b: {{if: inputs.deploy, {STEPS}}}\n"
    )
    middle = (
        "on: {workflow_call: {inputs: {go: {type: boolean}}}}\npermissions: {}\njobs:\n"
        "  m: {uses: ./.github/workflows/called.yml, secrets: inherit, with: {deploy: '${{ inputs.go }}'}}\n"
    )

    def caller(passed: str) -> str:
        return (
            "on: push\npermissions: {}\njobs:\n"
            f"  a: {{uses: ./.github/workflows/middle.yml, secrets: inherit, with: {{go: {passed}}}}}\n"
        )

    found = jobs(one=caller("true"), two=caller("false"), middle=middle, called=callee)
    assert (found["one.yml#a/m/b"].off, found["two.yml#a/m/b"].off) == (False, True)
    # by itself, what its callers pass is open
    assert not found["called.yml#b"].off
    assert not found["middle.yml#m/b"].off
