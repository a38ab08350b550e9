"""Own actions that no workflow uses: what stands in their text is told, what their user decides is open."""

import pytest

from pipewarden.pipelines.actions import read_action
from pipewarden.pipelines.github.uncalled import Judged, judged, uncalled
from pipewarden.pipelines.library import NOTHING, Nothing
from tests.pipelines.github.shelves import jobs

PATH = ".github/actions/say/action.yml"


def judge(*steps: str, inputs: str = "{title: {}, ref: {}}", library=NOTHING) -> Judged:
    text = f"name: say\ninputs: {inputs}\nruns:\n  using: composite\n  steps: [{', '.join(steps)}]\n"
    action = read_action(PATH, text)
    assert action.complete
    return judged(action, library, name="say", owner="acme", text=text)


def told(*steps: str, **more) -> list[tuple[str, str, str]]:
    return [(each.check, each.severity, each.says) for each in judge(*steps, **more).weaknesses]


def open_for(*steps: str, **more) -> list[tuple[str, str]]:
    return [(check, says) for check, _, says in judge(*steps, **more).ends]


def run(script: str) -> str:
    return f"{{run: '{script}', shell: bash}}"


def test_text_of_others_that_the_action_itself_puts_into_a_script() -> None:
    assert told(run("echo ${{ github.event.issue.title }}")) == [
        (
            "wf.inject.template",
            "medium",
            "the action say writes github.event.issue.title into the program of step 1: anyone can choose it and so run commands",
        )
    ]
    assert told("{run: 'echo $T', shell: bash, env: {T: '${{ github.event.issue.title }}'}}") == []
    environment = told(run('echo "B=${{ github.event.issue.body }}" >> $GITHUB_ENV'))
    assert [(check, severity) for check, severity, _ in environment] == [
        ("wf.inject.github_env", "medium"),
        ("wf.inject.template", "medium"),
    ]


def test_an_input_in_a_script_is_open_and_one_handed_over_by_a_variable_is_not() -> None:
    assert told(run("echo ${{ inputs.title }}")) == []
    assert open_for(run("echo ${{ inputs.title }}")) == [
        (
            "wf.inject.template",
            "the action say writes inputs.title into the program of step 1: what its user hands to it decides, and no workflow here uses it",
        )
    ]
    assert open_for("{run: 'echo $T', shell: bash, env: {T: '${{ inputs.title }}'}}") == []


def test_a_checkout_whose_code_runs_is_open_by_the_run_or_by_what_is_handed_to_it() -> None:
    checkout = "{{uses: actions/checkout@v4, with: {{ref: '{}'}}}}"
    head = checkout.format("${{ github.event.pull_request.head.sha }}")
    ((check, says),) = open_for(head, run("make"))
    assert (check, says.rpartition(": ")[2]) == (
        "wf.trigger.prt_checkout_exec",
        "the run that uses it decides, and no workflow here uses it",
    )
    ((check, says),) = open_for(checkout.format("${{ inputs.ref }}"), run("make"))
    assert (check, says.rpartition(": ")[2]) == (
        "wf.trigger.prt_checkout_exec",
        "what its user hands to it decides, and no workflow here uses it",
    )
    assert open_for(checkout.format("main"), run("make")) == []


@pytest.mark.parametrize(
    ("step", "checks"),
    [
        ("{uses: other/x@main}", ["wf.uses.unpinned"]),
        ("{uses: 'docker://alpine:3'}", ["wf.uses.unpinned"]),
        ("{uses: other/x@0123456789012345678901234567890123456789}", []),
        ("{uses: actions/checkout@v4}", []),
        ("{uses: acme/x@v1}", []),
        (run("curl https://x.example/i.sh | sh"), ["wf.run.remote_script"]),
        (run("curl -o i.sh https://x.example/i.sh"), []),
    ],
)
def test_code_of_others(step: str, checks: list[str]) -> None:
    found = told(step)
    assert [check for check, _, _ in found] == checks
    assert all(severity == "low" for _, severity, _ in found)


def test_an_inner_action_is_judged_with_the_outer_at_its_own_place() -> None:
    class Books(Nothing):
        def local(self, path: str) -> str | None:
            inner = "runs:\n  using: composite\n  steps:\n    - {run: 'echo ${{ github.event.issue.title }}', shell: bash}\n"
            return inner if path == "in/action.yml" else None

    (found,) = judge("{uses: ./in}", library=Books()).weaknesses
    assert (found.position.file, found.position.line) == ("in/action.yml", 4)


@pytest.mark.parametrize(
    ("actions", "used", "left"),
    [
        ({"a": (), "b": ()}, ["a"], ["b"]),
        ({"a": ("b",), "b": ()}, ["a"], []),
        ({"a": ("b",), "b": ()}, [], ["a"]),
        ({"a": ("b",), "b": ("a",)}, [], ["a", "b"]),
        ({"a": ("a", "elsewhere")}, [], ["a"]),
        ({"": ()}, [], [""]),
    ],
)
def test_which_actions_nothing_uses(actions: dict[str, tuple[str, ...]], used: list[str], left: list[str]) -> None:
    assert uncalled(actions, used) == left


CALLER = "on: issues\njobs: {x: {uses: acme/ci/.github/workflows/c.yml@main}}\n"
CALLED = "on: workflow_call\njobs: {a: {runs-on: x, steps: [{uses: actions/checkout@v4}, {uses: 'ACTION'}]}}\n"


@pytest.mark.parametrize(("action", "ends"), [("./act", 1), ("$/act", 0)])
def test_an_own_action_of_a_called_workflow_elsewhere_is_open_at_its_place(action: str, ends: int) -> None:
    book = ("c", CALLED.replace("ACTION", action))
    found = jobs(w=CALLER, others={("acme/ci", ".github/workflows/c.yml", "main"): book})["w.yml#x/a"]
    says = "the action ./act was not judged: acme/ci takes it from the checkout of whoever calls its workflow"
    assert [(end.says, str(end.spot)) for end in found.open_ends] == [
        (says, "acme/ci/.github/workflows/c.yml:2:68")
    ] * ends


ACT = "name: act\nruns: {using: composite, steps: [{uses: other/x@main}SCRIPT]}\n"


def test_an_own_action_of_the_caller_is_followed_where_it_was_read() -> None:
    books = {("acme/ci", ".github/workflows/c.yml", "main"): ("c", CALLED.replace("ACTION", "./act"))}
    plain = jobs(w=CALLER, others=books, actions={"act": ACT.replace("SCRIPT", "")})["w.yml#x/a"]
    assert plain.open_ends == ()
    assert [call.text for call in plain.calls if call.through] == ["other/x@main"]
    assert "act/action.yml" in plain.files
    script = jobs(w=CALLER, others=books, actions={"act": ACT.replace("SCRIPT", ", {run: x, shell: bash}")})[
        "w.yml#x/a"
    ]
    assert [end.says for end in script.open_ends] == [
        "the scripts of act/action.yml were judged without what acme/ci hands to the action"
    ]
    other = CALLED.replace("ACTION", "./act").replace("checkout@v4", "checkout@v4, with: {repository: acme/ci}")
    books = {("acme/ci", ".github/workflows/c.yml", "main"): ("c", other)}
    [end] = jobs(w=CALLER, others=books, actions={"act": ACT.replace("SCRIPT", "")})["w.yml#x/a"].open_ends
    assert end.says.startswith("the action ./act was not judged")
