"""What the GITHUB_TOKEN may do, rule by rule."""

import pytest

from pipewarden.pipelines.token import Unknown, effective_permissions
from pipewarden.pipelines.workflow import read_workflow


def token(workflow="", job="", default="read", on="push", **run):
    text = f"on: {on}\n"
    text += f"permissions: {workflow}\n" if workflow else ""
    text += "jobs:\n  a:\n    runs-on: ubuntu-latest\n" + (f"    permissions: {job}\n" if job else "")
    read = read_workflow("w.yml", text)
    return effective_permissions(read, read.jobs[0], default, **run)


def test_without_a_block_the_repository_decides():
    assert token(default="read") == {"contents": "read", "packages": "read", "metadata": "read"}
    permissive = token(default="write")
    assert permissive["contents"] == "write"
    assert permissive["metadata"] == permissive["models"] == "read"


def test_without_a_block_and_without_the_setting_it_is_unknown():
    answer = token(default=None)
    assert isinstance(answer, Unknown)
    assert "default" in answer.reason


def test_what_a_block_does_not_name_is_none():
    assert token("{contents: read}", default="write") == {"contents": "read", "metadata": "read"}
    assert token("{}", default="write") == {"metadata": "read"}
    assert token("{contents: none, issues: write}", default=None) == {"issues": "write", "metadata": "read"}


def test_a_job_replaces_its_workflow_and_does_not_add_to_it():
    assert token("{contents: write}", "{issues: read}") == {"issues": "read", "metadata": "read"}


def test_the_short_forms():
    assert set(token("read-all").values()) == {"read"}
    assert "id-token" not in token("read-all")
    full = token("write-all")
    assert full["contents"] == full["id-token"] == "write"
    assert full["models"] == "read"


def test_an_id_token_is_never_given_by_default():
    assert "id-token" not in token(default="write")
    assert token("{id-token: write}")["id-token"] == "write"


def test_a_pull_request_from_a_fork_only_reads():
    fork = {"event": "pull_request", "from_fork": True}
    assert token("{contents: write, id-token: write}", **fork) == {"contents": "read", "metadata": "read"}
    assert "write" not in token(default="write", **fork).values()
    # near misses: the own branch, the target event, the setting that sends write tokens
    assert token("{contents: write}", event="pull_request")["contents"] == "write"
    assert token("{contents: write}", event="pull_request_target", from_fork=True)["contents"] == "write"
    assert token("{contents: write}", send_write_tokens=True, **fork)["contents"] == "write"


def test_dependabot_only_reads_unless_a_block_says_more():
    run = {"event": "pull_request", "dependabot": True}
    assert set(token(default="write", **run).values()) == {"read"}
    assert token("{contents: write}", **run)["contents"] == "write"
    assert token(default="write", event="pull_request_target", dependabot=True)["contents"] == "write"


def test_a_called_workflow_has_at_most_what_its_caller_has():
    caller = {"contents": "read", "issues": "write"}
    assert token("{contents: write, issues: write, packages: read}", on="workflow_call", caller=caller) == {
        "contents": "read",
        "issues": "write",
    }
    assert token(on="workflow_call", caller=caller) == caller
    assert isinstance(token(on="workflow_call", default="write"), Unknown)
    assert isinstance(token("{contents: read}", on="workflow_call", caller=Unknown("x")), Unknown)


@pytest.mark.parametrize("block", ["all", "[contents]", "{contents: admin}", "{id-token: read}", "{models: write}"])
def test_a_block_github_refuses_is_unknown(block):
    assert isinstance(token(block), Unknown)


def test_a_scope_that_is_new_is_kept():
    assert token("{brand-new: write}")["brand-new"] == "write"


def test_a_file_that_cannot_be_read_is_unknown():
    whole = read_workflow("w.yml", "on: push\njobs: {a: {runs-on: x}}\n")
    broken = read_workflow("w.yml", "on: [push\n")
    assert isinstance(effective_permissions(broken, whole.jobs[0], "read"), Unknown)
