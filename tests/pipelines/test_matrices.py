"""What the keys of a matrix can be: with lists and objects among them, with what is included and excluded.

https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations
"""

import pytest

from pipewarden.pipelines.parts import RunnerKind
from pipewarden.pipelines.workflow import read_workflow

OWN, THEIRS = RunnerKind.SELF_HOSTED, RunnerKind.HOSTED


@pytest.mark.parametrize(
    ("matrix", "runs_on", "kind"),
    [
        ("{include: [{os: ubuntu-latest}, {os: [self-hosted, prod]}]}", "${{ matrix.os }}", OWN),
        ("{include: [{os: ubuntu-latest}, {os: [ubuntu-latest]}]}", "${{ matrix.os }}", THEIRS),
        ("{n: [1], include: [{os: [self-hosted, prod]}]}", "${{ matrix.os }}", OWN),
        ("{include: [{os: {labels: [self-hosted]}}]}", "${{ matrix.os.labels }}", OWN),
        ("{os: [{labels: [self-hosted, x]}, {labels: [ubuntu-latest]}]}", "${{ matrix.os.labels }}", OWN),
        ("{os: [[self-hosted, linux], [ubuntu-latest]]}", "${{ matrix.os }}", OWN),
        ('{include: [{os: \'["self-hosted", "x"]\'}]}', "${{ fromJSON(matrix.os) }}", OWN),
        ("{include: [{other: [self-hosted]}, {os: ubuntu-latest}]}", "${{ matrix.os }}", THEIRS),
        # excluded, and so never asked for
        ("{os: [ubuntu-latest, self-hosted], exclude: [{os: self-hosted}]}", "${{ matrix.os }}", THEIRS),
        ("{os: [ubuntu-latest, [self-hosted, x]], exclude: [{os: [self-hosted, x]}]}", "${{ matrix.os }}", THEIRS),
        ("{os: [ubuntu-latest, self-hosted], exclude: [{os: ubuntu-latest}]}", "${{ matrix.os }}", OWN),
        # only some of its combinations are
        ("{os: [ubuntu-latest, self-hosted], n: [1, 2], exclude: [{os: self-hosted, n: 1}]}", "${{ matrix.os }}", OWN),
        (
            "{os: [ubuntu-latest, self-hosted], n: [1, 2], exclude: [{os: self-hosted, n: 1}, {os: self-hosted, n: 2}]}",
            "${{ matrix.os }}",
            THEIRS,
        ),
        # what is included comes after that
        (
            "{os: [ubuntu-latest, self-hosted], exclude: [{os: self-hosted}], include: [{os: self-hosted, n: 3}]}",
            "${{ matrix.os }}",
            OWN,
        ),
        ("{os: [ubuntu-latest, self-hosted], exclude: [{os: '${{ vars.NOT }}'}]}", "${{ matrix.os }}", OWN),
        ("{os: [ubuntu-latest, self-hosted], exclude: '${{ fromJSON(vars.NOT) }}'}", "${{ matrix.os }}", OWN),
        ("{include: [{os: ['${{ vars.OWN }}']}]}", "${{ matrix.os }}", RunnerKind.DYNAMIC),
    ],
)
def test_the_machine_of_a_matrix(matrix, runs_on, kind):
    text = f"on: pull_request\njobs:\n  a:\n    strategy: {{matrix: {matrix}}}\n    runs-on: {runs_on}\n    steps: [{{run: x}}]\n"
    workflow = read_workflow("w.yml", text)
    assert not workflow.faults
    assert workflow.jobs[0].runner.kind is kind
