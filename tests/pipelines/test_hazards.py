"""mallory, who may only open pull requests, issues and comments, looks at the workflows of acme/web."""

import json

import pytest

from pipewarden.pipelines.github.opened import TAKEOVERS
from pipewarden.pipelines.hazards import all_hazards, hazards
from pipewarden.pipelines.hazards.kinds import HazardKind
from pipewarden.pipelines.untrusted import Author
from pipewarden.pipelines.workflow import read_workflow

SHA = "a" * 40


def found(text, **about):
    workflow = read_workflow(".github/workflows/w.yml", text)
    assert workflow.faults == (), workflow.faults
    return hazards(workflow, **about)


def kinds(text, **about):
    return {hazard.kind for hazard in found(text, **about)}


def job(steps, *, on="pull_request_target", runs_on="ubuntu-latest", **parts):
    """One job in a workflow."""
    lines = [f"on: {on}", "permissions: {contents: read}", "jobs:", "  web:", f"    runs-on: {runs_on}"]
    lines += [f"    {key}: {value}" for key, value in parts.items()]
    lines += ["    steps:", *(f"      - {step}" for step in steps)]
    return "\n".join(lines) + "\n"


HEAD = f"{{uses: actions/checkout@{SHA}, with: {{ref: '${{{{ github.event.pull_request.head.sha }}}}'}}}}"
BASE = f"{{uses: actions/checkout@{SHA}}}"
TEST = "{run: npm ci && npm test, env: {TOKEN: '${{ secrets.NPM_TOKEN }}'}}"


def test_a_privileged_run_of_an_outsiders_code():
    hit = next(h for h in found(job([HEAD, TEST])) if h.kind is HazardKind.PWN_REQUEST)
    assert (hit.job, hit.step, hit.position.line) == ("web", 0, 7)
    assert hit.events == ("pull_request_target",)
    assert "secret:NPM_TOKEN" in hit.reaches
    assert hit.says == (
        "job web on pull_request_target checks out ${{ github.event.pull_request.head.sha }}, "
        "which anyone can write, and step 2 runs it"
    )


@pytest.mark.parametrize(
    "text",
    [
        job([BASE, TEST]),
        job([HEAD, TEST], on="pull_request"),
        job([HEAD, TEST], on="push"),
        job([HEAD, TEST], **{"if": "github.event.pull_request.head.repo.full_name == github.repository"}),
        job([HEAD, TEST], **{"if": "github.event.pull_request.merged == true"}),
        job([HEAD, TEST], **{"if": "github.event_name == 'push'"}),
        job([TEST, HEAD]),
    ],
    ids=["base", "pull_request", "push", "same repository", "merged", "other event", "run before"],
)
def test_near_misses_of_a_pwn_request(text):
    assert HazardKind.PWN_REQUEST not in kinds(text)


def test_a_checkout_that_nothing_runs_is_told_apart():
    assert kinds(job([HEAD, "{run: git diff --stat}"])) == {HazardKind.OUTSIDE_CHECKOUT}


@pytest.mark.parametrize(
    "ref",
    [
        "${{ github.head_ref }}",
        "refs/pull/${{ github.event.number }}/merge",
        "refs/pull/${{ github.event.pull_request.number }}/head",
        "${{ github.event.pull_request.head.sha || github.sha }}",
        "${{ format('refs/pull/{0}/merge', github.event.number) }}",
    ],
)
def test_the_names_of_an_outsiders_code(ref):
    step = f'{{uses: actions/checkout@{SHA}, with: {{ref: "{ref}"}}}}'
    assert HazardKind.PWN_REQUEST in kinds(job([step, "{run: make}"]))


@pytest.mark.parametrize("ref", ["${{ github.base_ref }}", "main", "${{ github.event.number }}", "${{ github.sha }}"])
def test_names_of_other_code(ref):
    step = f'{{uses: actions/checkout@{SHA}, with: {{ref: "{ref}"}}}}'
    assert kinds(job([step, "{run: make}"])) == set()


@pytest.mark.parametrize(
    "step",
    [
        "{run: gh pr checkout 1 && make}",
        "{run: 'git fetch origin pull/${{ github.event.number }}/head && ./build.sh'}",
        "{run: 'git checkout ${{ github.event.pull_request.head.sha }}; make'}",
    ],
)
def test_code_taken_with_git(step):
    assert HazardKind.PWN_REQUEST in kinds(job([BASE, step]))


@pytest.mark.parametrize(
    "command",
    ["npm ci", "yarn", "make test", "./build.sh", "sudo ./x", "pip install -e .", "python setup.py build", "bash ci/x.sh",
     "cd web && cargo test", "FOO=1 go test ./...", "docker build .", "source env.sh", "if true; then make; fi"],
)  # fmt: skip
def test_commands_that_run_the_workspace(command):
    assert HazardKind.PWN_REQUEST in kinds(job([HEAD, f"{{run: {command!r}}}"]))


@pytest.mark.parametrize(
    "command", ["echo make", "git log", "pip install --upgrade pip", "python -c 1", "node_count=1"]
)
def test_commands_that_do_not(command):
    assert HazardKind.PWN_REQUEST not in kinds(job([HEAD, f"{{run: {command!r}}}"]))


def test_a_local_action_after_the_checkout_is_the_outsiders():
    assert HazardKind.PWN_REQUEST in kinds(job([HEAD, "{uses: ./.github/actions/x}"]))
    assert HazardKind.PWN_REQUEST not in kinds(job([HEAD, "{uses: $/.github/actions/x}"])), "of the commit that runs"


def test_gates_that_a_person_decides_are_named_and_do_not_hide():
    hit = next(
        h
        for h in found(job([HEAD, TEST], **{"if": "contains(github.event.pull_request.labels.*.name, 'safe')"}))
        if h.kind is HazardKind.PWN_REQUEST
    )
    assert "label" in hit.gate
    hit = next(h for h in found(job([HEAD, TEST], environment="tests")) if h.kind is HazardKind.PWN_REQUEST)
    assert "environment tests" in hit.gate


def test_the_gate_of_a_job_it_needs_counts_unless_it_runs_anyway():
    def text(condition):
        return (
            "on: pull_request_target\npermissions: {}\njobs:\n"
            "  gate: {runs-on: ubuntu-latest, if: github.event.pull_request.head.repo.fork == false, steps: [{run: 'true'}]}\n"
            "  web:\n    needs: gate\n    runs-on: ubuntu-latest\n"
            f"    if: {condition}\n    steps: [{HEAD}, {TEST}]\n"
        )

    assert HazardKind.PWN_REQUEST not in kinds(text("success()"))
    assert HazardKind.PWN_REQUEST in kinds(text("always()"))


def test_jobs_that_need_each_other_are_still_read():
    text = (
        "on: pull_request_target\npermissions: {}\njobs:\n"
        f"  a: {{runs-on: x, needs: b, steps: [{HEAD}, {TEST}]}}\n  b: {{runs-on: x, needs: a, steps: []}}\n"
    )
    assert HazardKind.PWN_REQUEST in kinds(text)


def test_a_title_in_a_program_lets_mallory_run_commands():
    hit = next(iter(found(job(["{run: 'echo ${{ github.event.issue.title }}'}"], on="issues"))))
    assert (hit.kind, hit.by, hit.step) == (HazardKind.SCRIPT_INJECTION, Author.ANYONE, 0)
    assert (
        hit.says
        == "job web writes github.event.issue.title into the program of step 1: anyone can choose it and so run commands"
    )


@pytest.mark.parametrize(
    "step",
    [
        "{run: 'echo \"$TITLE\"', env: {TITLE: '${{ github.event.issue.title }}'}}",
        "{run: 'echo ${{ github.event.issue.number }}'}",
        "{run: 'echo ${{ github.event.issue.user.login }}'}",
        "{run: \"echo ${{ contains(github.event.issue.title, 'x') }}\"}",
        f"{{uses: actions/labeler@{SHA}, with: {{title: '${{{{ github.event.issue.title }}}}'}}}}",
        "{name: '${{ github.event.issue.title }}', run: 'true'}",
    ],
    ids=["through env", "number", "login", "contains", "input of an action", "name"],
)
def test_near_misses_of_an_injection(step):
    assert kinds(job([step], on="issues")) == set()


@pytest.mark.parametrize(
    "step",
    [
        "{run: 'echo ${{ toJSON(github.event) }}'}",
        "{run: 'echo ${{ github.event.issue.body || 1 }}'}",
        "{run: 'echo ${{ env.TITLE }}', env: {TITLE: '${{ github.event.issue.title }}'}}",
        f"{{uses: actions/github-script@{SHA}, with: {{script: 'x(`${{{{ github.event.comment.body }}}}`)'}}}}",
        "{run: \"echo ${{ github['event']['issue']['title'] }}\"}",
    ],
    ids=["whole event", "or", "env context", "script input", "brackets"],
)
def test_other_ways_into_a_program(step):
    assert HazardKind.SCRIPT_INJECTION in kinds(job([step], on="issue_comment"))


def test_an_input_can_be_written_by_writers_only_and_not_where_it_is_a_choice():
    def text(kind):
        on = f"{{workflow_dispatch: {{inputs: {{to: {{type: {kind}, options: [a, b]}}}}}}}}"
        return job(["{run: 'echo ${{ inputs.to }}'}"], on=on)

    assert [(h.kind, h.by) for h in found(text("string"))] == [(HazardKind.SCRIPT_INJECTION, Author.WRITER)]
    assert found(text("choice")) == ()
    assert found(text("boolean")) == ()


def test_an_input_of_a_called_workflow_comes_from_its_caller():
    on = "{workflow_call: {inputs: {to: {type: string}}}}"
    assert [h.by for h in found(job(["{run: 'echo ${{ inputs.to }}'}"], on=on))] == [Author.CALLER]


def test_a_title_on_a_plain_pull_request_reaches_nothing():
    text = job(["{run: 'echo ${{ github.event.pull_request.title }} ${{ secrets.NPM_TOKEN }}'}"], on="pull_request")
    assert [(h.kind, h.reaches) for h in found(text)] == [(HazardKind.SCRIPT_INJECTION, ())]


def test_the_secrets_that_mallory_can_read_are_named_once():
    hits = [h for h in found(job([HEAD, TEST, TEST])) if h.kind is HazardKind.SECRET_TO_OUTSIDER]
    assert [h.says for h in hits] == ["anyone can take over job web on pull_request_target and read NPM_TOKEN"]
    assert HazardKind.SECRET_TO_OUTSIDER not in kinds(job([HEAD, "{run: make}"]))


def test_an_artifact_of_the_run_before():
    take = f"{{uses: actions/download-artifact@{SHA}, with: {{run-id: '${{{{ github.event.workflow_run.id }}}}'}}}}"
    on = "{workflow_run: {workflows: [CI], types: [completed]}}"
    assert HazardKind.FOREIGN_ARTIFACT in kinds(job([take], on=on))
    assert HazardKind.FOREIGN_ARTIFACT in kinds(job(["{run: gh run download 1}"], on=on))
    own = f"{{uses: actions/download-artifact@{SHA}}}"
    assert HazardKind.FOREIGN_ARTIFACT not in kinds(job([own], on=on))
    assert HazardKind.FOREIGN_ARTIFACT not in kinds(job([take], on="push"))
    only_push = {"if": "github.event.workflow_run.event == 'push'"}
    assert HazardKind.FOREIGN_ARTIFACT not in kinds(job([take], on=on, **only_push))


def test_pull_requests_on_an_own_machine():
    step = ["{run: 'true'}"]
    assert kinds(job(step, on="pull_request", runs_on="[self-hosted, linux]")) == {HazardKind.SELF_HOSTED_FOR_OUTSIDER}
    assert kinds(job(step, on="pull_request", runs_on="ubuntu-latest")) == set()
    assert kinds(job(step, on="push", runs_on="[self-hosted, linux]")) == set()


def test_an_environment_that_the_one_who_starts_the_run_chooses():
    on = "{workflow_dispatch: {inputs: {to: {type: %s, options: [staging, production]}}}}"
    step = ["{run: 'true'}"]
    hits = found(job(step, on=on % "choice", environment="'${{ inputs.to }}'"))
    assert [(h.kind, h.by) for h in hits] == [(HazardKind.ENVIRONMENT_BY_INPUT, Author.WRITER)]
    assert "one of staging, production" in hits[0].says
    fixed = "\"${{ github.ref == 'refs/heads/main' && 'production' || 'staging' }}\""
    assert found(job(step, on=on % "choice", environment=fixed)) == ()
    assert found(job(step, on=on % "choice", environment="production")) == ()


def test_an_action_others_can_change_where_there_is_something_to_take():
    def text(uses, env="{T: '${{ secrets.NPM_TOKEN }}'}"):
        return job([f"{{uses: {uses}, env: {env}}}"], on="push")

    hits = found(text("mallory/build@v1"))
    assert [(h.kind, h.by, h.step) for h in hits] == [(HazardKind.UNPINNED_ACTION, Author.SUPPLIER, 0)]
    assert hits[0].says == "job web gives mallory/build@v1, which others can change, 1 secret"
    assert found(text(f"mallory/build@{SHA}")) == ()
    assert found(text("actions/checkout@v4")) == ()
    assert found(text("mallory/build@v1", env="{}")) == ()
    assert found(text("acme/build@v1"), owner="Acme") == ()
    assert kinds(text("docker://alpine:3")) == {HazardKind.UNPINNED_ACTION}


def test_a_writing_token_is_something_to_take_too():
    text = "on: push\npermissions: {contents: write}\njobs: {web: {runs-on: ubuntu-latest, steps: [{uses: mallory/x@v1}]}}\n"
    assert kinds(text) == {HazardKind.UNPINNED_ACTION}
    silent = text.replace("permissions: {contents: write}\n", "")
    assert kinds(silent, default="read") == set()
    assert kinds(silent, default="write") == {HazardKind.UNPINNED_ACTION}
    # not known: nothing is claimed
    assert kinds(silent) == set()


def test_all_secrets_at_once():
    text = "on: push\njobs: {web: {uses: ./.github/workflows/x.yml, secrets: inherit}}\n"
    assert [(h.kind, h.by) for h in found(text)] == [(HazardKind.INHERITED_SECRETS, Author.WRITER)]
    one = "on: push\njobs: {web: {uses: ./.github/workflows/x.yml, secrets: {a: '${{ secrets.A }}'}}}\n"
    assert found(one) == ()


def test_a_condition_with_text_around_it_holds_nothing_back():
    step = ["{run: 'true'}"]
    always = job(step, on="push", **{"if": "\"${{ github.ref == 'refs/heads/main' }} \""})
    assert kinds(always) == {HazardKind.ALWAYS_TRUE}
    assert kinds(job(step, on="push", **{"if": "\"${{ github.ref == 'refs/heads/main' }}\""})) == set()
    assert kinds(job(step, on="push", **{"if": "github.ref == 'refs/heads/main'"})) == set()
    guarded = {"if": '"${{ github.event.pull_request.head.repo.full_name == github.repository }} "'}
    assert HazardKind.PWN_REQUEST in kinds(job([HEAD, TEST], **guarded))


def test_hazards_come_in_the_order_of_the_file():
    lines = [hazard.position.line for hazard in found(job([HEAD, TEST, "{run: 'echo ${{ github.head_ref }}'}"]))]
    assert lines == sorted(lines)
    assert len(lines) >= 3


# --- code and text that travel ---------------------------------------------------------------------


def doubts(text):
    """What may be, and could not be followed."""
    workflow = read_workflow(".github/workflows/w.yml", text)
    return {hazard.kind for hazard in all_hazards(workflow) if not hazard.certain}


def at(ref, **more):
    given = ", ".join(f"{key}: {value}" for key, value in {"ref": f"'{ref}'", **more}.items())
    return f"{{uses: actions/checkout@{SHA}, with: {{{given}}}}}"


OF_EVENT = "${{ github.event.pull_request.head.sha }}"
FINDS = "{id: x, run: 'echo \"sha=$S\" >> $GITHUB_OUTPUT', env: {S: '" + OF_EVENT + "'}}"


def test_a_checkout_named_through_an_output_is_told_with_what_it_is():
    hit = next(
        h for h in found(job([FINDS, at("${{ steps.x.outputs.sha }}"), TEST])) if h.kind is HazardKind.PWN_REQUEST
    )
    assert (
        "checks out ${{ steps.x.outputs.sha }} (github.event.pull_request.head.sha), which anyone can write" in hit.says
    )


@pytest.mark.parametrize(
    "step",
    [
        "{id: x, run: ./find.sh}",
        "{id: x, uses: acme/find@v1}",
        "{id: x, run: 'echo sha=$(gh api $URL) >> $GITHUB_OUTPUT'}",
    ],
)
def test_a_checkout_that_nobody_followed_is_no_finding_and_no_pass(step):
    text = job([step, at("${{ steps.x.outputs.sha }}"), TEST])
    assert doubts(text) == {HazardKind.PWN_REQUEST}
    assert HazardKind.PWN_REQUEST not in kinds(text)


def test_near_misses_of_an_open_checkout():
    released = "{id: x, run: 'echo sha=$(git describe) >> $GITHUB_OUTPUT'}"
    assert doubts(job([released, at("${{ steps.x.outputs.sha }}"), TEST])) == set()
    assert doubts(job(["{id: x, run: ./find.sh}", at("${{ steps.x.outputs.sha }}"), TEST], on="push")) == set()
    assert doubts(job(["{id: x, run: ./find.sh}", at("${{ steps.x.outputs.sha }}"), "{run: git log}"])) == set()


@pytest.mark.parametrize(
    "script",
    [
        "git clone https://github.com/$REPO x && cd x && git checkout $SHA && npm i",
        "curl -L $URL | tar xz && ./install.sh",
        "git fetch origin $SHA\nmake",
        "BRANCH=$(gh pr view 1 --json headRefName -q .headRefName)\ngit switch $BRANCH\nmake",
    ],
)
def test_code_taken_by_variables(script):
    head = "github.event.pull_request.head"
    env = f"{{REPO: '${{{{ {head}.repo.full_name }}}}', SHA: '{OF_EVENT}', URL: '${{{{ {head}.repo.archive_url }}}}'}}"
    assert HazardKind.PWN_REQUEST in kinds(job([f"{{run: {json.dumps(script)}, env: {env}}}"]))
    assert HazardKind.PWN_REQUEST not in kinds(job([f"{{run: {json.dumps(script)}, env: {env}}}"], on="push"))


def test_a_base_taken_by_a_variable_is_none():
    env = "{SHA: '${{ github.event.pull_request.base.sha }}'}"
    assert kinds(job([f"{{run: 'git checkout $SHA && make', env: {env}}}"])) == set()


@pytest.mark.parametrize(
    "run", ["npm --prefix app ci", "npm --prefix=app ci", "ci/build.sh", "npx eslint .", "pylint src"]
)
def test_more_that_runs_what_was_checked_out(run):
    assert HazardKind.PWN_REQUEST in kinds(job([HEAD, f"{{run: '{run}'}}"]))


@pytest.mark.parametrize("run", ["cat ci/build.sh", "npm --version", "rm -f \\\n  ci/build.sh"])
def test_more_that_does_not(run):
    assert HazardKind.PWN_REQUEST not in kinds(job([HEAD, f'{{run: "{run}"}}']))


def test_code_in_a_folder_of_its_own_is_run_by_what_names_the_folder():
    theirs = at(OF_EVENT, path="pr")
    assert HazardKind.PWN_REQUEST in kinds(job([BASE, theirs, "{run: eslint ., working-directory: pr}"]))
    assert HazardKind.PWN_REQUEST in kinds(job([BASE, theirs, "{run: pr/build}"]))
    own = ["{run: npm ci}", "{run: 'git diff pr/README.md'}"]
    assert HazardKind.PWN_REQUEST not in kinds(job([BASE, theirs, *own]))


def test_an_action_that_is_told_their_commit_may_bring_it_where_nothing_else_brings_code():
    told = f"{{uses: acme/checkout-pr@v1, with: {{sha: '{OF_EVENT}'}}}}"
    assert doubts(job([told, TEST])) == {HazardKind.PWN_REQUEST}
    assert doubts(job([BASE, told, TEST])) == set(), "a status is set on it, as a rule"
    assert doubts(job([told.replace("head.sha", "base.sha"), TEST])) == set()


def test_text_through_an_output_becomes_a_program():
    sets = "{id: x, run: 'echo \"t=$T\" >> $GITHUB_OUTPUT', env: {T: '${{ github.event.issue.title }}'}}"
    text = job([sets, "{run: 'echo ${{ steps.x.outputs.t }}'}"], on="issues")
    hit = next(h for h in found(text) if h.kind is HazardKind.SCRIPT_INJECTION)
    assert (hit.step, hit.by) == (1, Author.ANYONE)
    assert "writes github.event.issue.title (steps.x.outputs.t) into the program of step 2" in hit.says
    assert kinds(job([sets, "{run: 'echo $T', env: {T: '${{ steps.x.outputs.t }}'}}"], on="issues")) == set()
    assert kinds(job([sets, "{run: 'echo ${{ steps.x.outputs.t }}'}"], on="schedule")) == set()


@pytest.mark.parametrize(
    ("script", "hit"),
    [
        ('eval "echo $T"', True),
        ("eval echo $T", True),
        ('bash -c "echo $T"', True),
        ("eval 'echo \"$T\"'", False),
        ('eval "echo $OTHER"', False),
        ('echo "$T"', False),
    ],
)
def test_text_that_a_shell_reads_again(script, hit):
    step = json.dumps({"run": script, "env": {"T": "${{ github.event.issue.title }}", "OTHER": "x"}})
    assert (HazardKind.SCRIPT_INJECTION in kinds(job([step], on="issues"))) is hit


def test_text_in_a_matrix():
    told = job(
        ["{run: 'echo ${{ matrix.t }}'}"], on="issues", strategy="{matrix: {t: ['${{ github.event.issue.title }}']}}"
    )
    assert HazardKind.SCRIPT_INJECTION in kinds(told)
    assert kinds(told.replace("github.event.issue.title", "github.event.issue.number")) == set()


@pytest.mark.parametrize(
    ("script", "hit"),
    [
        ("require('child_process').execSync(`echo ${process.env.T}`)", True),
        ("const t = context.payload.issue.title; execSync(`echo ${t}`)", True),
        ("execSync(`echo ${context.payload.issue.number}`)", False),
        ("/x/.exec(`${process.env.T}`)", False),
        ("await exec.exec(`echo ${process.env.T}`)", False),
        ("core.info(`${process.env.T}`)", False),
    ],
)
def test_text_that_a_javascript_gives_to_a_shell(script, hit):
    step = {
        "uses": f"actions/github-script@{SHA}",
        "env": {"T": "${{ github.event.issue.title }}"},
        "with": {"script": script},
    }
    assert (HazardKind.SCRIPT_INJECTION in kinds(job([json.dumps(step)], on="issues"))) is hit


@pytest.mark.parametrize(("args", "hit"), [("sh -c 'echo %s'", True), ("--title '%s'", False)])
def test_text_in_the_arguments_of_an_image(args, hit):
    step = {"uses": "docker://alpine:3", "with": {"args": args % "${{ github.event.issue.title }}"}}
    assert (HazardKind.SCRIPT_INJECTION in kinds(job([json.dumps(step)], on="issues"))) is hit


def test_text_that_sets_variables_of_later_steps_is_a_way_to_take_the_job_over():
    sets = json.dumps(
        {"run": 'echo "T<<E" >> $GITHUB_ENV\necho "$T" >> $GITHUB_ENV', "env": {"T": "${{ github.event.issue.body }}"}}
    )
    hit = next(h for h in found(job([sets, "{run: make}"], on="issues")) if h.kind is HazardKind.ENVIRONMENT_INJECTION)
    assert (hit.by, hit.events, hit.step) == (Author.ANYONE, ("issues",), 0)
    assert HazardKind.ENVIRONMENT_INJECTION in TAKEOVERS
    assert kinds(job([sets.replace("issue.body", "issue.title"), "{run: make}"], on="issues")) == set(), (
        "one line, one name"
    )
    assert kinds(job([sets, "{run: make}"], on="push")) == set()


def test_text_through_another_job_is_an_injection_across_jobs():
    text = (
        "on: issues\npermissions: {}\njobs:\n  a:\n    runs-on: x\n    outputs: {t: '${{ github.event.issue.title }}'}\n"
        "    steps: [{run: 'true'}]\n  b: {runs-on: x, needs: a, steps: [{run: 'echo ${{ needs.a.outputs.t }}'}]}\n"
    )
    hit = next(h for h in found(text) if h.kind is HazardKind.SCRIPT_INJECTION)
    assert (hit.job, hit.how, hit.by) == ("b", "across", Author.ANYONE)
    assert kinds(text.replace("issue.title", "issue.number")) == set()


def test_what_was_approved_can_move_where_an_api_names_it_later():
    def how(*steps):
        return next(h.how for h in found(job([*steps, TEST])) if h.kind is HazardKind.PWN_REQUEST)

    asks = "{id: x, run: 'echo sha=$(gh pr view 1 --json headRefOid -q .headRefOid) >> $GITHUB_OUTPUT'}"
    assert how(FINDS, at("${{ steps.x.outputs.sha }}")) == "", "the commit of the event"
    assert how(asks, at("${{ steps.x.outputs.sha }}")) == "moving"


def test_a_new_branch_of_a_name_of_theirs_takes_nothing():
    named = "{run: 'git checkout -b backport-${{ github.head_ref }}'}"
    assert HazardKind.PWN_REQUEST not in kinds(job([BASE, named, "{run: make}"]))
    assert HazardKind.PWN_REQUEST in kinds(job([BASE, named.replace(" -b", ""), "{run: make}"]))


CLASSIC = "actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683"


def labelled(types, condition, ref):
    workflow = read_workflow(
        ".github/workflows/w.yml",
        f"on: {{pull_request_target: {types}}}\npermissions: {{}}\njobs:\n  a:\n    if: {condition}\n    runs-on: x\n    steps:\n"
        f"      - uses: {CLASSIC}\n        with: {{ref: '{ref}'}}\n      - run: make\n        env: {{K: '${{{{ secrets.K }}}}'}}\n",
    )
    (found,) = (each for each in all_hazards(workflow) if each.kind is HazardKind.PWN_REQUEST)
    return found.gate


EVENT_LABEL = "github.event.label.name == 'safe'"
HAS_LABEL = "contains(github.event.pull_request.labels.*.name, 'safe')"
FIXED = "${{ github.event.pull_request.head.sha }}"
MOVES = "refs/pull/${{ github.event.number }}/merge"
ANEW = "only when somebody gives it a label, anew for each run"
MOVING = ANEW + ", with what is pushed until it is checked out"
STAYS = "only with a label, which also covers what is pushed after it was given"


@pytest.mark.parametrize(
    ("types", "condition", "ref", "gate"),
    [
        ("{types: [labeled]}", EVENT_LABEL, FIXED, ANEW),
        ("{types: [labeled]}", HAS_LABEL, FIXED, ANEW),
        ("{types: [labeled]}", "success()", FIXED, ANEW),
        ("{types: [labeled, unlabeled]}", EVENT_LABEL, FIXED, ANEW),
        # the merge of the branch is made when it is fetched
        ("{types: [labeled]}", EVENT_LABEL, MOVES, MOVING),
        # only the giving of a label has one in its payload, whatever else starts the workflow
        ("{types: [labeled, synchronize]}", EVENT_LABEL, FIXED, ANEW),
        ("{types: [labeled, synchronize]}", HAS_LABEL, FIXED, STAYS),
        ("{types: [labeled, reopened]}", HAS_LABEL, FIXED, STAYS),
        ("", HAS_LABEL, FIXED, STAYS),
        ("{types: [labeled, assigned]}", HAS_LABEL, FIXED, ANEW),
        ("{types: [labeled, synchronize]}", "github.event.action == 'labeled'", FIXED, ANEW),
        ("{types: [labeled, synchronize]}", "github.event.action != 'labeled'", FIXED, ""),
        (
            "{types: [labeled, synchronize]}",
            "${{ !contains(github.event.pull_request.labels.*.name, 'wip') }}",
            FIXED,
            "",
        ),
    ],
)
def test_what_a_label_covers(types, condition, ref, gate):
    """https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#pull_request_target"""
    assert labelled(types, condition, ref) == gate
