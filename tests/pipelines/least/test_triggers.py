"""A workflow that runs any pull request's code with secrets starts on `pull_request`; and where no such edit is offered, why."""

import pytest

from pipewarden.demo.estate.pipelines import LABEL_SITE
from pipewarden.pipelines.hazards import hazards
from pipewarden.pipelines.hazards.kinds import HazardKind
from pipewarden.pipelines.least.kinds import Around, EditKind, Outcome
from pipewarden.pipelines.least.triggers import triggers
from pipewarden.pipelines.workflow import read_workflow

PATH = ".github/workflows/preview.yml"
HEAD = "${{ github.event.pull_request.head.sha }}"
TAKES = f"      - uses: actions/checkout@v4\n        with: {{ref: '{HEAD}'}}\n      - run: make\n"
SECRET = "        env: {K: '${{ secrets.SITE_KEY }}'}\n"
FILE = (
    "on:\n  pull_request_target: # every change\n    branches: [main]\njobs:\n  site:\n    runs-on: ubuntu-latest\n"
    f"    permissions: {{contents: read}}\n    steps:\n{TAKES}{SECRET}"
)


def planned(text: str) -> Outcome:
    return triggers(PATH, text, Around(repository="acme/site", workflows=(read_workflow(PATH, text),)))


def test_the_event_alone_is_edited() -> None:
    outcome = planned(FILE)
    assert outcome.text == FILE.replace("pull_request_target", "pull_request")
    [edit] = outcome.edits
    assert (edit.kind, edit.job, edit.line, edit.first) == (EditKind.TRIGGER, "site", 2, ())
    assert edit.says.startswith(
        "job site runs the code of any pull request with SITE_KEY and the token of the repository; "
    )
    assert [each.partition(":")[0] for each in edit.then] == [
        "A change from a fork, and one of Dependabot's, then has SITE_KEY empty"
    ]
    assert HazardKind.PWN_REQUEST not in {each.kind for each in hazards(read_workflow(PATH, outcome.text))}


@pytest.mark.parametrize(
    "on",
    [
        "pull_request_target",
        "[push, pull_request_target]",
        "{pull_request_target: {types: [opened]}}",
        "'pull_request_target'",
    ],
)
def test_however_it_is_written(on: str) -> None:
    text = f"on: {on}\n" + FILE[FILE.index("jobs:") :]
    assert planned(text).text == text.replace("pull_request_target", "pull_request")


def test_the_workflow_of_the_story() -> None:
    """`mallory`'s pull request takes over the preview of acme/site; its machine is still to be looked after."""
    outcome = planned(LABEL_SITE)
    assert outcome.text == LABEL_SITE.replace("pull_request_target", "pull_request")
    assert "self-hosted runner" in outcome.edits[0].then[-1]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (FILE.replace("on:\n", "on:\n  pull_request:\n"), "it also starts on pull_request"),
        (
            FILE.replace("contents: read", "contents: read, pull-requests: write")
            + "      - run: gh pr comment 1 --body ok\n        env: {GH_TOKEN: '${{ github.token }}'}\n",
            "job site needs ",
        ),
        (FILE.replace("{K: ", "{B: '${{ github.sha }}', K: "), "job site takes the code of the base"),
        (FILE.replace(TAKES, f"      - uses: actions/checkout@v4\n{TAKES}"), "job site takes the code of the base"),
        (
            FILE + f"      - run: echo {HEAD}\n        if: github.event_name == 'pull_request_target'\n",
            "other parts of the file ask",
        ),
        (
            FILE.replace("    permissions", "    environment: site\n    permissions"),
            "somebody lets it run first (the environment site",
        ),
        (
            FILE
            + "  label:\n    runs-on: ubuntu-latest\n    permissions: {}\n    steps: [{run: ./tell, env: {T: '${{ secrets.CHAT }}'}}]\n",
            "job label takes CHAT and runs no code of the change",
        ),
        (
            FILE
            + "  label:\n    runs-on: ubuntu-latest\n    permissions: {pull-requests: write}\n    steps: [{uses: actions/labeler@v5}]\n",
            "job label needs issues: write and pull-requests: write, which no run for a change from a fork has",
        ),
    ],
)
def test_where_more_hangs_on_the_event_it_is_left_to_a_person(text: str, why: str) -> None:
    outcome = planned(text)
    assert (outcome.text, outcome.edits) == (text, ())
    [told] = outcome.advice
    assert told.why.startswith(why)
    assert told.kind == "trigger"
    assert "workflow_run" in told.how[1]


@pytest.mark.parametrize(
    "text",
    [
        FILE.replace("pull_request_target", "pull_request"),
        FILE.replace(HEAD, "main"),
        FILE.replace("    runs-on", "    if: '!github.event.pull_request.head.repo.fork'\n    runs-on"),
        "on: pull_request_target\njobs: [",
    ],
)
def test_a_workflow_that_runs_no_strangers_code_is_left_alone(text: str) -> None:
    assert planned(text) == Outcome(text=text)
