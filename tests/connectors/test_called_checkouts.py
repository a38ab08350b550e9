"""bob's workflow hands its input to another one that checks it out: whether that is an outsider's code, its callers decide."""

from pathlib import Path

import pytest

from pipewarden import checks
from pipewarden.access.view import View
from pipewarden.audit import collect
from pipewarden.checks.base import judge
from pipewarden.connectors.checkout import Checkout

CALLED = """\
on: {workflow_call: {inputs: {ref: {type: string}}}}
permissions: {contents: write}
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
        with: {ref: "${{ inputs.ref }}"}
      - run: make
"""
BETWEEN = """\
on: {workflow_call: {inputs: {ref: {type: string}}}}
permissions: {contents: write}
jobs:
  hand:
    uses: ./.github/workflows/called.yml
    with: {ref: "${{ inputs.ref }}"}
"""
STARTED = """\
on: %s
permissions: {contents: write}
jobs:
  go:
    uses: ./.github/workflows/between.yml
    with: {ref: "${{ %s }}"}
"""


def told(folder: Path, **files: str) -> list[tuple[str, str]]:
    for name, text in files.items():
        path = folder / ".github" / "workflows" / f"{name}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    every = [check for check in checks.ALL if check.id == "wf.trigger.prt_checkout_exec"]
    verdicts = judge(every, View(collect([Checkout(folder)])))
    return [(finding.file.rpartition("/")[2], finding.says) for finding in verdicts.findings]


@pytest.mark.parametrize("files", [{}, {"started": STARTED % ("push", "github.sha")}])
def test_what_no_outsider_starts_is_none(tmp_path, files):
    assert told(tmp_path, called=CALLED, between=BETWEEN, **files) == []


def test_it_is_told_where_an_outsider_starts_it(tmp_path):
    started = STARTED % ("pull_request_target", "github.event.pull_request.head.sha")
    [(file, says)] = told(tmp_path, called=CALLED, between=BETWEEN, started=started)
    assert file == "started.yml"
    assert " on pull_request_target checks out " in says
