"""A secret that stands in an environment and in the repository is, in a run without that environment, the repository's."""

import pytest

from pipewarden.access.jobs import every_job
from pipewarden.connectors.jobs import job_facts
from pipewarden.model.access import Answer, Capability
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Resource
from pipewarden.model.ids import Kind, Ref, everyone
from tests.access.estate import HOST, SEEN, Estate, can
from tests.pipelines.github.shelves import jobs

PATH = ".github/workflows/w.yml"


def workflow(environment: str) -> str:
    return (
        "on: [push, pull_request_target]\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-latest\n"
        f"    environment: ${{{{ {environment} }}}}\n    steps:\n"
        "      - {uses: actions/checkout@v4, with: {ref: '${{ github.event.pull_request.head.sha }}'}}\n"
        "      - {run: make, env: {K: '${{ secrets.USED }}'}}\n"
    )


FREE = (
    "  b:\n    runs-on: ubuntu-latest\n    steps:\n"
    + workflow("").partition("steps:\n")[2].partition("env:")[0].rstrip(", ")
    + "}\n"
)
"""A job beside it that anybody takes over before anybody has let it run, and that holds nothing."""


def estate(environment: str, *places: str, unread: bool = False) -> tuple[Estate, dict[str, Ref]]:
    """Return acme/web with a job that anybody takes over, and USED in some places: `web`, `acme`, or an environment."""
    made = Estate()
    repository = made.repo("web", "public")
    inside: dict[str, Ref] = {"web": repository, "acme": made.org}
    for name in ("production", "preview"):
        inside[name] = Ref(HOST, Kind.ENVIRONMENT, f"web:{name}")
        told = {"name": name}
        made.add(
            Resource(ref=inside[name], name=f"env:acme/web/{name}", parent=repository, attributes=told, origin=SEEN)
        )
    secrets = {place: made.secret(inside[place], "USED", visibility="all") for place in places}
    path = Ref(HOST, Kind.WORKFLOW, f"{repository.key}:{PATH}")
    told = {"untrusted_code": True, "path": PATH}
    made.add(Resource(ref=path, name=f"acme/web/{PATH}", parent=repository, attributes=told, origin=SEEN))
    for job in jobs(w=workflow(environment) + FREE).values():
        made.add(*job_facts(job, repository=repository, repository_name="acme/web", origin=SEEN))
    if unread:
        made.gap(repository, Facet.REPO_SECRETS)
    return made, secrets


def held(made: Estate, event: str) -> list[tuple[str, Ref | None]]:
    """Return level and secret of what the run of an event has."""
    job = next(each for each in every_job(made.snapshot()) if each.job.id == "a")
    start = next(each for each in job.job.starts if each.event == event)
    return [(each.level, each.ref) for each in job.held(start, memory=True).secrets]


NONE = "github.event_name == 'push' && 'production' || ''"
PREVIEW = "github.event_name == 'push' && 'production' || 'preview'"


@pytest.mark.parametrize(
    ("environment", "places", "level", "place"),
    [
        (NONE, ("production", "web"), "repository", "web"),
        (NONE, ("production", "acme"), "organization", "acme"),
        (PREVIEW, ("production", "web"), "repository", "web"),
        (PREVIEW, ("production", "preview", "web"), "environment", "preview"),
        (PREVIEW, ("preview", "web"), "environment", "preview"),
    ],
)
def test_the_name_is_looked_for_in_what_the_run_has(
    environment: str, places: tuple[str, ...], level: str, place: str
) -> None:
    made, secrets = estate(environment, *places)
    assert held(made, "pull_request_target") == [(level, secrets[place])]


def test_what_only_another_environment_has_is_not_there() -> None:
    made, _ = estate(NONE, "production")
    assert held(made, "pull_request_target") == []


def test_the_run_in_the_environment_has_what_stands_there() -> None:
    made, secrets = estate(NONE, "production", "web")
    assert held(made, "push") == [("environment", secrets["production"])]


def test_a_name_that_no_level_was_seen_to_have_may_be_where_it_was_not_read() -> None:
    made, _ = estate(NONE, "production", unread=True)
    assert held(made, "pull_request_target") == [("", None)]


def reads(environment: str, *places: str) -> Answer | None:
    """Say whether anybody at all reads the repository's USED."""
    made, secrets = estate(environment, *places)
    found = can(made.engine(), everyone(HOST), Capability.READ_SECRET, secrets["web"])
    return None if found is None else found.answer


def test_anybody_reads_the_repositorys_where_their_run_has_no_environment() -> None:
    assert reads(NONE, "production", "web") is Answer.YES
    assert reads(NONE, "web") is Answer.YES


@pytest.mark.parametrize(
    ("environment", "places", "answer"),
    [
        ("github.event_name == 'push' && 'production' || vars.PLACE", ("production", "web"), Answer.UNKNOWN),
        ("github.actor == 'bob' && 'production' || 'preview'", ("production", "web"), Answer.UNKNOWN),
        ("github.event_name == 'push' && 'production' || vars.PLACE", ("web",), Answer.UNKNOWN),
        ("'production'", ("production", "web"), None),
        (PREVIEW, ("preview", "web"), None),
        (PREVIEW, ("production", "web"), Answer.UNKNOWN),
    ],
)
def test_where_somebody_lets_the_run_into_an_environment_first(
    environment: str, places: tuple[str, ...], answer: Answer | None
) -> None:
    assert reads(environment, *places) is answer
