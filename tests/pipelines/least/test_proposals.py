"""Edits that give a job what it needs and nothing else: small, checked, and never more than it has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipewarden.pipelines.least.blocks import CannotEditError, with_environment, with_permissions
from pipewarden.pipelines.least.proposals import Plan, propose
from pipewarden.pipelines.workflow import read_workflow

BUILD = """\
# how acme builds
on: push

jobs:
  build:  # on every push
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: make
"""


def planned(text: str, **more: object) -> Plan:
    return propose(".github/workflows/ci.yml", text, **more)  # type: ignore[arg-type]


def test_a_silent_file_gets_a_block_and_keeps_every_other_character() -> None:
    plan = planned(BUILD)
    assert plan.after == BUILD.replace("every push\n", "every push\n    permissions:\n      contents: read\n", 1)
    [proposal] = plan.proposals
    assert proposal.says == "job build needs contents: read"


def test_write_all_becomes_what_is_needed_and_its_comment_stays() -> None:
    text = BUILD.replace("jobs:", "permissions: read-all\njobs:").replace(
        "    runs-on", "    permissions: write-all # to be safe\n    runs-on"
    )
    plan = planned(text)
    assert "    permissions: # to be safe\n      contents: read\n    runs-on" in plan.after
    assert "contents: write" in plan.proposals[0].loses


def test_lines_of_scopes_that_are_needed_keep_their_comments() -> None:
    block = "    permissions:\n      contents: write # why not\n      issues: write\n      pages: write\n"
    plan = planned(BUILD.replace("    runs-on", block + "    runs-on"))
    assert "      contents: write # why not\n    runs-on" in plan.after, "make may push by what the checkout left"
    assert plan.proposals[0].loses == ("issues: write", "pages: write")


def test_what_is_inherited_is_lowered_where_only_make_runs() -> None:
    plan = planned(BUILD.replace("jobs:", "permissions:\n  contents: write\njobs:"))
    assert plan.proposals[0].scopes == {"contents": "read"}
    assert plan.proposals[0].loses == ("contents: write",)


def test_reading_alone_is_taken_away_only_where_asked() -> None:
    text = BUILD.replace("jobs:", "permissions:\n  contents: read\n  issues: read\njobs:")
    assert planned(text).proposals == ()
    assert planned(text, reads=True).proposals[0].loses == ("issues: read",)


def test_nobody_is_given_more_than_they_have() -> None:
    text = BUILD.replace("jobs:", "permissions: {}\njobs:")
    assert planned(text).after == text


def test_a_job_of_which_it_is_not_known_is_left_and_said_so() -> None:
    plan = planned(BUILD + "      - uses: mallory/shiny@v1\n")
    assert plan.after == plan.before
    [left] = plan.left
    assert (left.job, left.why) == ("build", "what mallory/shiny needs is not known")


def test_an_identity_that_a_script_may_ask_for_stays() -> None:
    plan = planned(BUILD.replace("jobs:", "permissions:\n  id-token: write\n  issues: write\njobs:"))
    assert plan.proposals[0].scopes == {"id-token": "write"}


def test_a_called_workflow_asks_for_no_more_than_its_callers_give() -> None:
    text = BUILD.replace("on: push", "on: workflow_call")
    plan = planned(text, caps={"call.yml#it": {"metadata": "read"}})
    assert plan.left[0].why == "call.yml#it calls it with less than contents: read"
    assert planned(text, caps={"call.yml#it": {"contents": "write"}}).proposals


def test_a_call_needs_what_the_called_jobs_need() -> None:
    text = "on: push\npermissions: write-all\njobs:\n  call:\n    uses: ./.github/workflows/inner.yml\n"
    inner = read_workflow(".github/workflows/inner.yml", BUILD.replace("on: push", "on: workflow_call"))
    plan = planned(text, called={"./.github/workflows/inner.yml": inner})
    assert plan.proposals[0].scopes == {"contents": "read"}
    handed = text + "    secrets:\n      key: ${{ secrets.GITHUB_TOKEN }}\n"
    assert "another name" in planned(handed, called={"./.github/workflows/inner.yml": inner}).left[0].why


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("on: push\njobs: {build: {runs-on: x, steps: [{run: make}]}}\n", "one line"),
        ("on: push\nx: &a\n  runs-on: x\n  steps: [{run: make}]\njobs:\n  build: *a\n", "alias"),
        ("on: push\njobs:\n  build:\n", "no job build"),
        ("on: push\njobs:\n  build:\n    runs-on: x\n  build:\n    runs-on: x\n", "given twice"),
    ],
)
def test_what_cannot_be_edited_in_small_is_said(text: str, why: str) -> None:
    with pytest.raises(CannotEditError, match=why):
        with_permissions(text, "build", {"contents": "read"})


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_ends_of_lines_and_the_byte_order_mark_stay(end: str, mark: str) -> None:
    text = mark + BUILD.replace("\n", end)
    edited = with_permissions(text, "build", {"contents": "read"})
    assert edited.replace(f"    permissions:{end}      contents: read{end}", "") == text
    named = with_environment(text, "build", "production")
    assert named.replace(f"    environment: production{end}", "") == text


levels = st.dictionaries(
    st.sampled_from(["contents", "issues", "packages", "pages", "actions"]), st.sampled_from(["read", "write"])
)


@given(before=levels, after=levels, flow=st.booleans())
def test_any_block_becomes_any_other_and_nothing_else_changes(
    before: dict[str, str], after: dict[str, str], flow: bool
) -> None:
    if flow or not before:
        block = f"    permissions: {{{', '.join(f'{k}: {v}' for k, v in before.items())}}}\n"
    else:
        block = "    permissions:\n" + "".join(f"      {k}: {v}\n" for k, v in before.items())
    text = BUILD.replace("    runs-on", block + "    runs-on")
    edited = with_permissions(text, "build", after)
    read = read_workflow("ci.yml", edited)
    assert read.faults == ()
    assert read.jobs[0].permissions is not None
    assert read.jobs[0].permissions.levels == after
    assert [step.run for step in read.jobs[0].steps] == [None, "make"]
    assert edited.startswith("# how acme builds\non: push\n\njobs:\n  build:  # on every push\n")
    assert edited.endswith(
        "    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - run: make\n"
    )
