"""Conditions about how an author stands to the repository, and conditions that hold for nobody."""

import json

import pytest

from pipewarden.pipelines.gates import gate_of, gates_of, lets_in_whoever_was_merged_once
from pipewarden.pipelines.workflow import read_workflow
from tests.pipelines.github.shelves import jobs

FIELD = "github.event.comment.author_association"


def members(*names):
    return f"contains(fromJSON('{json.dumps(names)}'), {FIELD})"


@pytest.mark.parametrize(
    "condition",
    [
        f"{FIELD} == 'MEMBER'",
        f"'OWNER' == {FIELD}",
        f"{FIELD} == 'OWNER' || {FIELD} == 'COLLABORATOR'",
        members("OWNER", "MEMBER"),
        f"github.event.issue.pull_request && {members('OWNER')}",
        f"contains('OWNER,MEMBER', {FIELD})",
        f"contains(fromJSON(vars.MAY), {FIELD})",
        f"github.event_name == 'push' || {members('OWNER')}",
        f"{FIELD} != 'NONE' && {FIELD} != 'CONTRIBUTOR' && {members('OWNER')}",
    ],
)
def test_members_are_a_gate(condition):
    gate = gate_of(condition, frozenset({"issue_comment"}))
    assert "owner, member or collaborator" in gate.words
    assert "issue_comment" in gate.open, "whom it lets in may still be mistaken"
    assert not lets_in_whoever_was_merged_once(condition)


@pytest.mark.parametrize(
    "condition",
    [
        f"{FIELD} == 'CONTRIBUTOR'",
        members("OWNER", "CONTRIBUTOR"),
        f"contains('OWNER CONTRIBUTOR', {FIELD})",
        f"{FIELD} != 'NONE' && {FIELD} != 'FIRST_TIME_CONTRIBUTOR'",
        f"{FIELD} == 'MEMBER' || {FIELD} == 'CONTRIBUTOR'",
    ],
)
def test_whoever_was_merged_once_is_no_member(condition):
    assert gate_of(condition).words == ""
    assert lets_in_whoever_was_merged_once(condition)


@pytest.mark.parametrize(
    "condition",
    [
        f"!{members('OWNER')}",
        f"{FIELD} == 'NONE'",
        f"{members('OWNER')} || github.event.comment.body == '/go'",
        "github.event.comment.body == '/go'",
    ],
)
def test_what_strangers_pass_is_no_gate(condition):
    assert gate_of(condition).words == ""
    assert not lets_in_whoever_was_merged_once(condition)


@pytest.mark.parametrize(
    "condition", ["false", "${{ false }}", "false && github.ref == 'x'", "!true", "0", "!always()"]
)
def test_a_condition_that_holds_for_nobody(condition):
    assert gate_of(condition).never
    assert gate_of(condition).open == frozenset()


@pytest.mark.parametrize(
    "condition", ["true", "false || inputs.x", "!false", "1", "${{ false }} # off", "'false'", "inputs.off"]
)
def test_conditions_that_hold_for_somebody(condition):
    assert not gate_of(condition).never


OFF = "on: push\njobs:\n  a: {if: false, runs-on: x, steps: [{run: make, env: {T: '${{ secrets.PROD }}'}}]}\n"
AFTER = "  b: {needs: a, runs-on: x, steps: [{run: make, env: {T: '${{ secrets.PROD }}'}}]}\n"


def test_a_job_that_is_off_is_given_nothing_and_nobody_starts_it():
    found = jobs(main=OFF + AFTER)
    for name in ("main.yml#a", "main.yml#b"):
        assert (found[name].off, found[name].starts, found[name].secrets) == (True, (), ())
    on = jobs(main=(OFF + AFTER).replace("needs: a", "needs: a, if: always()"))["main.yml#b"]
    assert not on.off
    assert [secret.name for secret in on.secrets] == ["PROD"]


def test_a_call_that_is_off_switches_off_what_it_calls():
    caller = "on: push\njobs:\n  go: {if: false, uses: ./.github/workflows/called.yml, secrets: inherit}\n"
    called = OFF.replace("on: push", "on: workflow_call").replace("if: false, ", "")
    assert jobs(main=caller, called=called)["main.yml#go/a"].off
    workflow = read_workflow("w.yml", caller)
    assert gates_of(workflow)["go"].never
