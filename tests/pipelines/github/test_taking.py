"""mallory's code reaches a job through what a caller passes, or may: through workflows and actions nobody read."""

import pytest

from tests.pipelines.github.shelves import jobs

BUILD = """\
on:
  workflow_call:
    inputs: {ref: {type: string}, runner: {type: string}}
jobs:
  b:
    runs-on: ${{ inputs.runner || 'ubuntu-latest' }}
    steps:
      - uses: actions/checkout@v4
        with: {ref: "${{ inputs.ref }}"}
      - run: make
        env: {K: "${{ secrets.PROD }}"}
"""
HEAD = "${{ github.event.pull_request.head.sha }}"


def calling(ref, *, on="pull_request_target", uses="./.github/workflows/build.yml", more=""):
    return (
        f"on: {on}\npermissions: {{contents: write}}\njobs:\n  go:\n    uses: {uses}\n"
        f'    with: {{ref: "{ref}"{more}}}\n    secrets: inherit\n'
    )


def taken(found, name):
    return [(each.kind, each.certain, each.by) for each in found[name].takeovers]


class TestWhatACallerPasses:
    def test_the_commit_of_a_pull_request_is_checked_out_by_the_called_workflow(self) -> None:
        found = jobs(main=calling(HEAD), build=BUILD)
        assert taken(found, "main.yml#go/b") == [("pwn_request", True, "anyone")]
        taken_over = found["main.yml#go/b"].takeovers[0]
        assert taken_over.events == ("pull_request_target",)
        assert "on pull_request_target checks out ${{ inputs.ref }}" in taken_over.says
        assert found["build.yml#b"].takeovers == ()

    @pytest.mark.parametrize("ref", ["main", "${{ github.sha }}", "${{ github.event.pull_request.base.sha }}"])
    def test_other_commits_are_not(self, ref) -> None:
        assert taken(jobs(main=calling(ref), build=BUILD), "main.yml#go/b") == []

    def test_nor_is_it_in_a_run_without_rights(self) -> None:
        assert taken(jobs(main=calling(HEAD, on="pull_request"), build=BUILD), "main.yml#go/b") == []

    def test_an_output_that_nobody_followed_may_be_one(self) -> None:
        text = calling("${{ needs.find.outputs.ref }}").replace(
            "jobs:\n", "jobs:\n  find: {uses: acme/shared/.github/workflows/find.yml@v1}\n"
        )
        assert ("pwn_request", False, "anyone") in taken(jobs(main=text, build=BUILD), "main.yml#go/b")

    def test_a_forwarded_input_is_settled_by_the_first_caller(self) -> None:
        middle = calling("${{ inputs.commit }}", on="{workflow_call: {inputs: {commit: {type: string}}}}")
        first = calling(HEAD, uses="./.github/workflows/middle.yml").replace("ref:", "commit:")
        found = jobs(main=first, middle=middle, build=BUILD)
        assert taken(found, "main.yml#go/go/b") == [("pwn_request", True, "anyone")]
        calm = jobs(main=first.replace(HEAD, "main"), middle=middle, build=BUILD)
        assert taken(calm, "main.yml#go/go/b") == []


class TestWhatNobodyRead:
    REMOTE = "acme/shared/.github/workflows/build.yml@v1"

    def test_a_workflow_that_was_not_read_may_run_the_code_it_is_told(self) -> None:
        job = jobs(main=calling(HEAD, uses=self.REMOTE))["main.yml#go"]
        assert [(each.certain, each.by) for each in job.takeovers] == [(False, "anyone")]
        assert "hands github.event.pull_request.head.sha to acme/shared" in job.takeovers[0].says

    def test_told_nothing_of_theirs_it_does_not(self) -> None:
        assert jobs(main=calling("main", uses=self.REMOTE))["main.yml#go"].takeovers == ()
        assert jobs(main=calling(HEAD, uses=self.REMOTE, on="push"))["main.yml#go"].takeovers == ()

    def test_an_output_in_a_program_is_an_open_end_that_bears_on_injections(self) -> None:
        text = (
            "on: issues\npermissions: {contents: write}\njobs:\n  a:\n    runs-on: x\n    steps:\n"
            "      - {id: x, uses: acme/name@v1}\n      - run: echo ${{ steps.x.outputs.name }}\n"
        )
        job = jobs(main=text)["main.yml#a"]
        assert [end.bears for end in job.open_ends] == [("wf.inject.template",)]
        assert job.takeovers == ()
        assert jobs(main=text.replace("on: issues", "on: push"))["main.yml#a"].open_ends == ()
        assert jobs(main=text.replace("{contents: write}", "{contents: read}"))["main.yml#a"].open_ends == ()


def test_own_checks_of_who_asks_stand_before_it():
    text = (
        "on: issue_comment\npermissions: {contents: write}\njobs:\n  ask:\n    runs-on: x\n    steps:\n"
        "      - run: gh api repos/acme/web/collaborators/${{ github.actor }}/permission\n"
        "  go:\n    needs: ask\n    runs-on: x\n    steps:\n"
        "      - {uses: actions/checkout@v4, with: {ref: 'refs/pull/${{ github.event.issue.number }}/head'}}\n      - run: make\n"
    )
    job = jobs(main=text)["main.yml#go"]
    assert job.takeovers[0].gate == "only if its own check lets whoever asks pass"
    assert jobs(main=text.replace("    needs: ask\n", ""))["main.yml#go"].takeovers[0].gate == ""


def test_an_output_of_another_job_that_was_not_followed_bears_on_its_own_check():
    text = (
        "on: issues\npermissions: {contents: write}\njobs:\n  a: {uses: acme/shared/.github/workflows/name.yml@v1}\n"
        "  b:\n    needs: a\n    runs-on: x\n    steps:\n      - run: echo ${{ needs.a.outputs.name }}\n"
    )
    assert [end.bears for end in jobs(main=text)["main.yml#b"].open_ends] == [("wf.inject.cross_job",)]


def test_a_number_that_a_caller_passes_names_a_pull_request():
    build = BUILD.replace('"${{ inputs.ref }}"', '"refs/pull/${{ inputs.ref }}/merge"')
    assert taken(jobs(main=calling("${{ github.event.number }}"), build=build), "main.yml#go/b") == [
        ("pwn_request", True, "anyone")
    ]
    assert taken(jobs(main=calling("${{ github.event.number }}"), build=BUILD), "main.yml#go/b") == []
