"""mallory's commit, branch and words travel through env, matrix, needs, outputs and scripts of acme/web's workflows."""

import json

import pytest

from pipewarden.pipelines.carried.flows import Flows
from pipewarden.pipelines.expressions import parse
from pipewarden.pipelines.workflow import read_workflow

SHA = "${{ github.event.pull_request.head.sha }}"
TITLE = "${{ github.event.issue.title }}"


def asked(expression, *steps, env=None, job=None, on="pull_request_target", jobs=None):
    """What an expression of the last step of job `web` may hold."""
    told = {
        "on": on,
        "env": env or {},
        "jobs": {**(jobs or {}), "web": {"runs-on": "x", "steps": [*steps, {"run": "make"}], **(job or {})}},
    }
    workflow = read_workflow("w.yml", json.dumps(told))
    assert workflow.faults == (), workflow.faults
    web = workflow.job("web")
    return Flows(workflow).expression(parse(expression), web, web.steps[-1])


def script(text, **more):
    return {"id": "x", "run": text, **more}


def kind(held):
    """The answer in a word."""
    return "theirs" if held.code or held.text else "open" if held.open_code or held.open_text else "own"


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("github.event.pull_request.head.sha", "theirs"),
        ("github.event.pull_request.base.sha", "own"),
        ("github.sha", "own"),
        ("secrets.TOKEN", "own"),
        ("vars.REF", "own"),
        ("env.NOWHERE", "own"),
        ("steps.nowhere.outputs.a", "own"),
        ("needs.nowhere.outputs.a", "own"),
        ("inputs.ref", "own"),
    ],
)
def test_contexts_by_themselves(expression, answer):
    assert kind(asked(expression)) == answer


@pytest.mark.parametrize("place", ["workflow", "job", "written", "appended in a group"])
def test_through_env(place):
    write = {"run": 'echo "REF=$HEAD" >> "$GITHUB_ENV"', "env": {"HEAD": SHA}}
    group = {"run": '{\n  echo "A=1"\n  echo "REF=$HEAD"\n} >> "$GITHUB_ENV"', "env": {"HEAD": SHA}}
    held = {
        "workflow": lambda: asked("env.REF", env={"REF": SHA}),
        "job": lambda: asked("env.REF", job={"env": {"REF": SHA}}),
        "written": lambda: asked("env.REF", write),
        "appended in a group": lambda: asked("env.REF", group),
    }[place]()
    assert held.code == "github.event.pull_request.head.sha"
    assert not held.text


def test_the_innermost_env_counts_and_an_unknown_action_may_set_one():
    assert kind(asked("env.REF", env={"REF": SHA}, job={"env": {"REF": "main"}})) == "own"
    assert kind(asked("env.REF", {"uses": "mallory/set-ref@v1"})) == "open"
    assert kind(asked("env.REF", {"uses": "actions/setup-node@v4"})) == "own"
    assert kind(asked("env.REF", script("echo A=1 >> $GITHUB_ENV"))) == "own"


def test_through_a_matrix():
    literal = {"strategy": {"matrix": {"ref": [SHA, "main"]}}}
    assert asked("matrix.ref", job=literal).code
    assert kind(asked("matrix.other", job=literal)) == "own"
    assert kind(asked("matrix.ref", job={"strategy": {"matrix": {"ref": ["v1", "v2"]}}})) == "own"
    made = {"strategy": {"matrix": "${{ fromJSON(steps.x.outputs.list) }}"}}
    assert kind(asked("matrix.ref", script("./list.sh"), job=made)) == "open"


def test_through_another_job():
    first = {"runs-on": "x", "outputs": {"sha": "${{ steps.x.outputs.sha }}"}, "steps": []}
    first["steps"] = [script('echo "sha=$HEAD" >> $GITHUB_OUTPUT', env={"HEAD": SHA})]
    assert asked("needs.first.outputs.sha", jobs={"first": first}).code == "github.event.pull_request.head.sha"
    assert kind(asked("needs.first.outputs.none", jobs={"first": first})) == "own"
    assert kind(asked("needs.first.result", jobs={"first": first})) == "own"
    called = {"uses": "acme/shared/.github/workflows/ref.yml@v1"}
    assert kind(asked("needs.first.outputs.sha", jobs={"first": called})) == "open"


@pytest.mark.parametrize(
    "text",
    [
        'echo "t=$T" >> "$GITHUB_OUTPUT"',
        "echo t=$T >> $GITHUB_OUTPUT",
        "printf 't=%s\\n' \"$T\" >> ${GITHUB_OUTPUT}",
        'echo "t=$T" | tee -a "$GITHUB_OUTPUT"',
        'if true; then echo "t=$T" >> "$GITHUB_OUTPUT"; fi',
        '{\n  echo "a=1"\n  echo "t=$T"\n} >> "$GITHUB_OUTPUT"',
        '{\n  echo "t<<EOF"\n  echo "$T"\n  echo EOF\n} >> "$GITHUB_OUTPUT"',
        'echo "t<<EOF" >> $GITHUB_OUTPUT\necho "$T" >> $GITHUB_OUTPUT\necho "EOF" >> $GITHUB_OUTPUT',
        "cat <<END >> $GITHUB_OUTPUT\na=1\nt=$T\nEND",
        'X="$T"\necho "t=$X" >> "$GITHUB_OUTPUT"',
        'for each in $T; do echo "t=$each" >> $GITHUB_OUTPUT; done',
        'echo "::set-output name=t::$T"',
        '"t=$env:T" >> $env:GITHUB_OUTPUT',
        '"t=$env:T" | Out-File -FilePath $env:GITHUB_OUTPUT -Append',
        "echo 't=${{ github.event.issue.title }}' >> $GITHUB_OUTPUT",
        "(echo a=1; echo t=$T) >> $GITHUB_OUTPUT",
        'echo "t=$(echo "$T")" >> $GITHUB_OUTPUT',
    ],
)
def test_a_title_is_written_into_an_output(text):
    held = asked("steps.x.outputs.t", script(text, env={"T": TITLE}), on="issues")
    assert held.text == "github.event.issue.title"
    assert kind(asked("steps.x.outputs.a", script(text, env={"T": TITLE}), on="issues")) != "theirs"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("echo 't=$T' >> $GITHUB_OUTPUT", "own"),
        ("echo t=1.2 >> $GITHUB_OUTPUT # $T", "own"),
        ("T=main\necho t=$T >> $GITHUB_OUTPUT", "own"),
        ('echo "t=$(git rev-parse HEAD)" >> $GITHUB_OUTPUT', "own"),
        ('echo "t=$(date +%s)" >> $GITHUB_OUTPUT', "own"),
        ('echo "t=$(gh release view --json tagName -q .tagName)" >> $GITHUB_OUTPUT', "own"),
        ('echo "t=$(echo "$T" | tr -cd a-z)" >> $GITHUB_OUTPUT', "open"),
        ('echo "t=$(./name.sh)" >> $GITHUB_OUTPUT', "open"),
        ("./write-outputs.sh", "open"),
        ("read -r X < name.txt\necho t=$X >> $GITHUB_OUTPUT", "open"),
        ("cat <<'END' >> $GITHUB_OUTPUT\nt=$T\nEND", "own"),
    ],
)
def test_near_misses_of_an_output(text, answer):
    assert kind(asked("steps.x.outputs.t", script(text, env={"T": TITLE}), on="issues")) == answer


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("gh pr view $N --json headRefOid -q .headRefOid", "theirs"),
        ("curl $URL |\n  jq '.head.repo.full_name' |\n  sed 's/\"//g'", "theirs"),
        ("gh api repos/acme/web/pulls/$N --jq .head.sha", "theirs"),
        ("jq -r .pull_request.head.ref $GITHUB_EVENT_PATH", "theirs"),
        ("gh api repos/acme/web/pulls/$N --jq .base.sha", "own"),
        ("gh api repos/acme/web/collaborators/$WHO/permission --jq .permission", "own"),
        ("gh api repos/acme/web/something", "open"),
    ],
)
def test_what_a_command_answers(command, answer):
    held = asked("steps.x.outputs.sha", script(f'echo "sha=$({command})" >> "$GITHUB_OUTPUT"'))
    assert kind(held) == answer
    assert bool(held.code) == (answer == "theirs")


@pytest.mark.parametrize(
    ("write", "read", "answer"),
    [
        ('echo "$T" > body.txt', "cat body.txt", "theirs"),
        ('printf %s "$T" > out/body.txt', "cat out/body.txt", "theirs"),
        ("cat <<END > body.txt\n$T\nEND", "cat body.txt", "theirs"),
        ("gh issue view 1 --json body -q .body > body.txt", "cat body.txt", "theirs"),
        ('echo "$T" > body.txt', "head -c 9 body.txt", "open"),
        ('python parse.py "$T" 2> log.txt', "cat log.txt", "open"),
        ('echo "$T" > body.txt', "cat version.txt", "own"),
        ("echo 1 > body.txt", "cat body.txt", "own"),
    ],
)
def test_through_a_file(write, read, answer):
    steps = [{"run": write, "env": {"T": TITLE}}, script(f'echo "t=$({read})" >> $GITHUB_OUTPUT')]
    assert kind(asked("steps.x.outputs.t", *steps, on="issues")) == answer


def test_a_file_of_an_artifact_that_anyone_filled():
    taken = {"uses": "actions/download-artifact@v4", "with": {"run-id": "${{ github.event.workflow_run.id }}"}}
    read = script('echo "t=$(cat NUMBER)" >> $GITHUB_OUTPUT')
    on = {"workflow_run": {"workflows": ["CI"]}}
    assert asked("steps.x.outputs.t", taken, read, on=on).text == "a file of the artifact"
    assert kind(asked("steps.x.outputs.t", {"uses": "actions/checkout@v4"}, taken, read, on=on)) == "open"
    assert kind(asked("steps.x.outputs.t", read, on=on)) == "own"


def test_a_commit_is_theirs_once_their_code_is_checked_out():
    written = script('echo "sha=$(git log --format=%H -n 1)" >> $GITHUB_OUTPUT')
    theirs = {"uses": "actions/checkout@v4", "with": {"ref": SHA}}
    assert asked("steps.x.outputs.sha", theirs, written).code
    assert kind(asked("steps.x.outputs.sha", {"uses": "actions/checkout@v4"}, written)) == "own"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("return context.payload.issue.title", "theirs"),
        ("const t = context.payload.issue.title;\nreturn t", "theirs"),
        ("core.setOutput('result', process.env.T)", "theirs"),
        ("const { data: pr } = await github.rest.pulls.get({});\nreturn pr.head.sha", "theirs"),
        ("return context.payload.issue.number", "own"),
        ("return 'main'", "own"),
        ("return context.payload.issue.title.includes('x')", "own"),
        ("core.setOutput('other', 1)", "own"),
        ("const m = /[a-z]+/.exec(context.payload.comment.body);\nreturn m[1]", "open"),
        ("return await find()", "open"),
    ],
)
def test_what_a_javascript_returns(text, answer):
    step = {"id": "x", "uses": "actions/github-script@v7", "with": {"script": text}, "env": {"T": TITLE}}
    assert kind(asked("steps.x.outputs.result", step, on="issues")) == answer


@pytest.mark.parametrize(
    ("uses", "name", "more", "answer"),
    [
        ("xt0rted/pull-request-comment-branch@v3", "head_sha", {}, "theirs"),
        ("xt0rted/pull-request-comment-branch@v3", "base_sha", {}, "own"),
        ("tj-actions/changed-files@v40", "all_changed_files", {}, "theirs"),
        ("tj-actions/changed-files@v45", "all_changed_files", {"safe_output": "false"}, "theirs"),
        ("tj-actions/changed-files@v45", "all_changed_files", {}, "open"),
        ("tj-actions/changed-files@v45", "any_changed", {}, "own"),
        ("dorny/paths-filter@v3", "src", {}, "own"),
        ("dorny/paths-filter@v3", "src_files", {"list-files": "json"}, "theirs"),
        ("actions/setup-node@v4", "node-version", {}, "own"),
        ("acme/unknown@v1", "ref", {}, "open"),
        ("./.github/actions/x", "ref", {}, "open"),
    ],
)
def test_what_actions_tell(uses, name, more, answer):
    assert kind(asked(f"steps.x.outputs['{name}']", {"id": "x", "uses": uses, "with": more})) == answer


def test_inputs_are_a_callers():
    on = {"workflow_call": {"inputs": {"ref": {"type": "string"}, "dry": {"type": "boolean"}}}}
    assert asked("inputs.ref", on=on).inputs == ("ref",)
    assert asked("env.R", on=on, job={"env": {"R": "${{ inputs.ref }}"}}).inputs == ("ref",)
    assert asked("inputs.dry", on=on).settled
    assert asked("inputs.ref", on={"workflow_dispatch": {"inputs": {"ref": {}}}}).settled


def test_a_pull_request_is_named_by_its_number():
    steps = [script('echo "n=${{ github.event.issue.number }}" >> $GITHUB_OUTPUT')]
    assert not asked("steps.x.outputs.n", *steps, on="issue_comment").code
    assert asked("format('refs/pull/{0}/merge', steps.x.outputs.n)", *steps, on="issue_comment").code


def test_what_leads_back_to_itself_ends():
    assert kind(asked("env.A", env={"A": "${{ env.B }}", "B": "${{ env.A }}"})) == "own"
    looped = script("A=$B\nB=$A\necho t=$A >> $GITHUB_OUTPUT")
    assert kind(asked("steps.x.outputs.t", looped)) == "own"


@pytest.mark.parametrize(
    "text", ["$(" * 3000, "'" * 3000, "{\n" * 3000, "<<A" * 3000, '`$("' * 2000, "${{" * 2000, "a=$a;" * 3000]
)
def test_hostile_scripts_are_read_quickly(text):
    held = asked("steps.x.outputs.t", script(f"{text}\necho t=1 >> $GITHUB_OUTPUT"))
    assert kind(held) in {"own", "open"}
