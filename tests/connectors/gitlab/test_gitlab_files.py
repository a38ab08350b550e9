"""bob's pipeline of acme/platform/deploy starts others and includes by stars: their files are asked for and read."""

from collections.abc import Iterator

from pipewarden.connectors.gitlab.files import MOST_FILES, MOST_LISTED
from pipewarden.demo.gitlab.story import acme_gitlab
from pipewarden.demo.gitlab.variant import Variant
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Cause, Gap, Machine, Resource
from pipewarden.model.ids import Kind
from pipewarden.model.jobs import ATTRIBUTE
from pipewarden.model.snapshot import Snapshot
from tests.connectors.gitlab.collecting import collected

PROJECT = "acme/platform/deploy"
MAIN = """\
include: [{local: 'ci/more/*.yml'}]
ship:
  trigger: {include: ci/child.yml}
lost:
  trigger: {include: ci/gone.yml}
"""


def jobs(snapshot: Snapshot) -> dict[str, dict[str, object]]:
    machines = [snapshot.entity(ordinal) for ordinal in snapshot.ordinals(Kind.JOB).tolist()]
    return {
        each.name.partition("#")[2]: each.attributes[ATTRIBUTE]
        for each in machines
        if isinstance(each, Machine) and each.name.startswith(f"{PROJECT}/")
    }


def workflow(snapshot: Snapshot) -> Resource:
    found: Iterator[object] = (snapshot.entity(each) for each in snapshot.ordinals(Kind.WORKFLOW).tolist())
    return next(each for each in found if isinstance(each, Resource) and each.name.startswith(PROJECT))


def test_files_of_children_and_stars_are_fetched() -> None:
    estate = acme_gitlab()
    estate.file(PROJECT, ".gitlab-ci.yml", MAIN)
    estate.file(PROJECT, "ci/child.yml", "deploy: {script: go $DEPLOY_TOKEN}\n")
    estate.file(PROJECT, "ci/more/test.yml", "test: {script: make}\n")
    estate.file(PROJECT, "ci/more/below/no.yml", "no: {script: make}\n")
    snapshot, _ = collected(estate)
    found = jobs(snapshot)
    assert set(found) == {"ship", "ship/deploy", "lost", "test"}
    assert found["ship/deploy"]["at"] == {"path": "ci/child.yml", "line": 1, "column": 1}
    [fault] = workflow(snapshot).attributes["faults"]
    assert (fault["line"], fault["message"]) == (5, "the included file ci/gone.yml is not there")


def test_a_listing_that_is_refused_leaves_an_open_end_and_no_fault() -> None:
    estate = acme_gitlab()
    estate.file(PROJECT, ".gitlab-ci.yml", "include: [{local: 'ci/*.yml'}]\nown: {script: make}\n")
    snapshot, _ = collected(estate, Variant(forbidden=frozenset({"/projects/{id}/repository/tree"})))
    told = workflow(snapshot).attributes
    assert [each["message"] for each in told["open_ends"]] == ["which files ci/*.yml names was not looked up"]
    assert told["faults"] == []


def test_subjects_of_tokens_are_those_of_the_project_as_it_is_set() -> None:
    estate = acme_gitlab()
    text = "ship: {script: x, rules: [{if: $CI_COMMIT_BRANCH == 'main'}], id_tokens: {AWS: {aud: 'https://sts.amazonaws.com'}}}\n"
    estate.file(PROJECT, ".gitlab-ci.yml", text)
    assert jobs(collected(estate)[0])["ship"]["subjects"] == [f"project_path:{PROJECT}:ref_type:branch:ref:main"]
    path = f"/projects/{estate.paths[f'projects/{PROJECT}']}"
    rows = [each for name, each in estate.answers.items() if name == path or name.endswith("/projects")]
    for row in (row for each in rows for row in (each if isinstance(each, list) else [each])):
        row["ci_id_token_sub_claim_components"] = ["project_path", "ref"]
    assert jobs(collected(estate)[0])["ship"]["subjects"] == [f"project_path:{PROJECT}:ref:main"]


def test_of_more_agents_than_are_read_it_is_said() -> None:
    estate = acme_gitlab()
    for number in range(MOST_FILES + 2):
        estate.file(PROJECT, f".gitlab/agents/blue-{number}/config.yaml", "ci_access: {groups: [{id: acme}]}\n")
    snapshot, _ = collected(estate)
    [gap] = [gap for gap in snapshot.records(Gap) if gap.cause is Cause.TOO_LARGE]
    assert (gap.facet, gap.detail) == (GitLabFacet.FILES, "2 more files of agents and policies")
    assert snapshot.name_of(snapshot.ordinal(gap.scope) or 0) == PROJECT


def test_a_tree_without_end_is_not_listed_and_leaves_an_open_end() -> None:
    estate = acme_gitlab()
    estate.file(PROJECT, ".gitlab-ci.yml", "include: [{local: '**/*.yml'}]\nown: {script: make}\n")
    for number in range(MOST_LISTED + 1):
        estate.file(PROJECT, f"docs/{number}.md", "")
    snapshot, _ = collected(estate)
    told = workflow(snapshot).attributes
    assert [each["message"] for each in told["open_ends"]] == ["which files **/*.yml names was not looked up"]
