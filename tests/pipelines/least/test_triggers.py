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
    assert [each.partition(":")[0].partition(" then ")[0] for each in edit.then] == [
        "A change from a fork, and one of Dependabot's,",
        "A change that conflicts with its base",
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


EVENT = "other parts of the file ask which event it runs on"
COMMIT = "it names "


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (FILE.replace("    runs-on", "    if: github.event_name != 'pull_request'\n    runs-on"), EVENT),
        (FILE + "      - {run: ./x, if: \"endsWith(github.event_name, '_target')\"}\n", EVENT),
        (
            FILE + "      - {run: ./x, if: \"github.event.label.name != '#x' && github.event_name == 'pull_request_target'\"}\n",
            EVENT,
        ),
        (FILE + "      - run: test $GITHUB_EVENT_NAME = push || ./x\n", EVENT),
        (FILE + "      - {run: ./x, env: {ALL: '${{ toJSON(github) }}'}}\n", EVENT),
        (FILE + "      - {run: ./x, env: {ALL: \"${{ github['sha'] }}\"}}\n", EVENT),
        (FILE + "      - run: |\n          cat <<E\n          # ${{ github.event_name }}\n          E\n", EVENT),
        (FILE.replace("jobs:", "env: {B: '${{ github.sha }}'}\njobs:", 1), COMMIT + "github.sha"),
        (FILE.replace("jobs:", "concurrency: {group: '${{ github.ref }}'}\njobs:", 1), COMMIT + "github.ref"),
        (FILE.replace("    perm", "    strategy: {matrix: {e: ['${{ github.sha }}']}}\n    perm"), COMMIT + "github.sha"),
        ("run-name: '${{ github.ref_name }}'\n" + FILE, COMMIT + "github.ref_name"),
        (FILE + "      - run: ./x $GITHUB_SHA\n", COMMIT + "GITHUB_SHA"),
        (FILE + "      - run: git -C . checkout main && ./x\n", "its commands take other commits"),
        (FILE + "      - run: ./compare origin/main\n", "its commands take other commits"),
        (
            FILE.replace(TAKES, "      - {uses: actions/checkout@v4, with: {repository: '${{ github.repository }}'}}\n" + TAKES),
            "job site takes the code of the base",
        ),
        (
            FILE.replace(TAKES, "      - {uses: actions/checkout@v4, with: {repository: Acme/Site, path: b}}\n" + TAKES),
            "job site takes the code of the base",
        ),
        (FILE + "      - uses: codecov/codecov-action@v4\n", "what codecov/codecov-action@v4 of job site does"),
        (
            FILE.replace("    perm", "    container: {image: acme/x, credentials: {username: a, password: '${{ secrets.P }}'}}\n    perm"),
            "job site takes secrets to fetch its image",
        ),
        (
            FILE + "  x: {runs-on: ubuntu-latest, permissions: {}, environment: docs, steps: [{run: echo}]}\n",
            "job x runs in an environment",
        ),
    ],
)  # fmt: skip
def test_where_a_run_on_the_other_event_may_do_something_else(text: str, why: str) -> None:
    outcome = planned(text)
    assert (outcome.text, outcome.edits) == (text, ())
    [told] = outcome.advice
    assert why in told.why


def test_where_an_action_of_its_own_may_do_something_else() -> None:
    text = FILE + "      - uses: ./.github/actions/x\n"
    outcome = triggers(PATH, text, Around(repository="acme/site", actions={"./.github/actions/x": ()}))
    assert outcome.edits == ()
    [told] = outcome.advice
    assert told.why == "what ./.github/actions/x of job site does on another event is not known"


def test_where_another_workflow_follows_its_runs() -> None:
    text = f"name: Preview\n{FILE}"
    after = read_workflow(
        "after.yml", "on: {workflow_run: {workflows: [Preview]}}\njobs: {a: {runs-on: x, steps: []}}\n"
    )
    other = read_workflow("after.yml", "on: {workflow_run: {workflows: [Docs]}}\njobs: {a: {runs-on: x, steps: []}}\n")
    outcome = triggers(PATH, text, Around(repository="acme/site", workflows=(after,)))
    assert [each.why for each in outcome.advice] == ["after.yml follows its runs, and may ask which event those are on"]
    assert triggers(PATH, text, Around(repository="acme/site", workflows=(other,))).edits


@pytest.mark.parametrize(
    "text",
    [
        "# pull_request_target is what it ran on\n" + FILE,
        FILE.replace(TAKES, "      - {uses: actions/checkout@v4, with: {repository: acme/tools, path: t}}\n" + TAKES),
        FILE + "      - {uses: actions/upload-artifact@v4, with: {path: x}, if: github.event.pull_request.draft}\n",
        FILE + "      - run: git status && git commit -m x\n",
        FILE.replace("jobs:", "concurrency: {group: '${{ github.workflow }}-${{ github.event.number }}'}\njobs:", 1),
    ],
)
def test_what_is_the_same_on_both_events_is_no_reason_against(text: str) -> None:
    outcome = planned(text)
    assert outcome.edits
    assert outcome.text.replace("pull_request:", "pull_request_target:") == text


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
