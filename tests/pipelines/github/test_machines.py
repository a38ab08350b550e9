"""Machines that outsiders' code may run on: what the file settles, and what it leaves open."""

import pytest

from tests.pipelines.github.shelves import jobs


def made(runs_on: str, on: str = "pull_request", more: str = ""):
    text = f"on: {on}\npermissions: {{}}\njobs: {{a: {{runs-on: {runs_on}, {more} steps: [{{run: make}}]}}}}\n"
    return jobs(w=text)["w.yml#a"]


@pytest.mark.parametrize(
    ("runs_on", "kind", "labels"),
    [
        ("\"${{ fromJSON('[''self-hosted'']'.x) }}\"", "dynamic", ()),
        ('"${{ fromJSON(\'[\\"self-hosted\\",\\"x\\"]\') }}"', "self_hosted", ("self-hosted", "x")),
        ('"${{ github.ref == \'x\' && fromJSON(\'[\\"self-hosted\\"]\') || \'ubuntu-latest\' }}"', "self_hosted", ("self-hosted", "ubuntu-latest")),
        ('"${{ fromJSON(\'\\"ubuntu-latest\\"\') }}"', "hosted", ("ubuntu-latest",)),
        ("'${{ fromJSON(vars.RUNNER) }}'", "dynamic", ()),
    ],
)  # fmt: skip
def test_a_list_that_the_file_writes_down_is_read(runs_on: str, kind: str, labels: tuple[str, ...]) -> None:
    job = made(runs_on)
    assert (job.runner, set(job.labels)) == (kind, set(labels))


def test_a_list_of_the_matrix_is_read() -> None:
    job = made("'${{ fromJSON(matrix.on) }}'", more='strategy: {matrix: {on: [\'["self-hosted", "x"]\']}},')
    assert (job.runner, job.labels) == ("self_hosted", ("self-hosted", "x"))


@pytest.mark.parametrize(
    ("runs_on", "on", "ends"),
    [
        ("{group: acme-big}", "pull_request", 1),
        ("[acme-linux-x64]", "pull_request_target", 1),
        ("'${{ vars.RUNNER }}'", "pull_request", 1),
        ("[acme-linux-x64]", "push", 0),
        ("blacksmith-4vcpu-ubuntu-2404", "pull_request", 0),
        ("ubuntu-latest", "pull_request", 0),
        ("self-hosted", "pull_request", 0),
    ],
)
def test_whose_machine_it_is_stays_open_for_outsiders(runs_on: str, on: str, ends: int) -> None:
    found = [end for end in made(runs_on, on).open_ends if "self-hosted" in end.says]
    assert [end.bears for end in found] == [("wf.runner.self_hosted_untrusted",)] * ends
