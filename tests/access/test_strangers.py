"""A stranger whose code a workflow runs reads what the jobs are handed that they take over, and no other secret of the repository."""

import pytest

from pipewarden.connectors.jobs import job_facts
from pipewarden.model.access import Capability
from pipewarden.model.facts import Resource
from pipewarden.model.ids import Kind, Ref, everyone
from tests.access.estate import HOST, SEEN, Estate, can
from tests.pipelines.github.shelves import jobs

PATH = ".github/workflows/w.yml"
TAKES = "uses: actions/checkout@v4, with: {ref: '${{ github.event.pull_request.head.sha }}'}"
NAMED = "${{ secrets.USED }}"


def preview(value: str = NAMED, *, more: str = "") -> str:
    """Return a workflow that runs the code of a pull request beside a value, and what else stands in its file."""
    return (
        "on: pull_request_target\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
        f"      - {{{TAKES}}}\n      - {{run: make, env: {{K: '{value}'}}}}\n{more}"
    )


def read(text: str, *, read_jobs: bool = True) -> set[str]:
    """Return the secrets that anybody at all reads, of two in the repository and one of the organization."""
    estate = Estate()
    repository = estate.repo("web", "public")
    secrets = {
        "USED": estate.secret(repository, "USED"),
        "OTHER": estate.secret(repository, "OTHER"),
        "SHARED": estate.secret(estate.org, "SHARED", visibility="all"),
    }
    workflow = Ref(HOST, Kind.WORKFLOW, f"{repository.key}:{PATH}")
    told = {"untrusted_code": True, "path": PATH}
    estate.add(Resource(ref=workflow, name=f"acme/web/{PATH}", parent=repository, attributes=told, origin=SEEN))
    for job in jobs(w=text).values() if read_jobs else ():
        estate.add(*job_facts(job, repository=repository, repository_name="acme/web", origin=SEEN))
    engine = estate.engine()
    assert can(engine, everyone(HOST), Capability.READ_SECRET, repository) is not None
    return {name for name, ref in secrets.items() if can(engine, everyone(HOST), Capability.READ_SECRET, ref)}


def test_the_secret_that_the_job_is_handed() -> None:
    assert read(preview()) == {"USED"}


@pytest.mark.parametrize("value", ["${{ toJSON(secrets) }}", "${{ secrets[github.event.label.name] }}"])
def test_any_of_them_where_the_job_takes_all_or_a_computed_one(value: str) -> None:
    assert read(preview(value)) == {"USED", "OTHER", "SHARED"}


def test_not_what_another_job_of_the_file_is_handed() -> None:
    more = "  b: {runs-on: ubuntu-latest, steps: [{run: ./x, env: {K: '${{ secrets.SHARED }}'}}]}\n"
    assert read(preview(more=more)) == {"USED"}


def test_any_of_them_where_its_jobs_were_not_read() -> None:
    assert read(preview(), read_jobs=False) == {"USED", "OTHER", "SHARED"}
