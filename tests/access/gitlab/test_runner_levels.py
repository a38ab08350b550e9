"""Who runs jobs on a runner of GitLab: its list does not tell for whom it is, GraphQL does, and what neither tells is unknown."""

from typing import Any

import pytest

from pipewarden import checks
from pipewarden.access.view import View
from pipewarden.checks.base import judge
from pipewarden.connectors.gitlab.client import GitLab
from pipewarden.demo.gitlab.kinds import GitLabEstate, branch_rule
from pipewarden.demo.gitlab.variant import Variant
from pipewarden.model.access import Capability
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Cause, Gap
from tests.access.gitlab.small import PIPELINE, asked, engine_of, small
from tests.connectors.gitlab.collecting import collected

EVERYBODY = {"bob": "yes", "dave": "yes"}
MAINTAINERS_ALONE = {"bob": "yes"}
DOUBTED = {"bob": "yes", "dave": "unknown"}
OF_RUNNERS = {GitLabFacet.EXECUTORS, GitLabFacet.RUNNER_LEVELS}


def staffed(level: str = "not_protected", **listed: object) -> GitLabEstate:
    """Return acme/web with a runner of its own, where bob alone may push to the protected branch and dave to any other."""
    made = small()
    made.member("projects/acme/web", "dave", 30)
    made.member("projects/acme/web", "bob", 40)
    made.file("acme/web", ".gitlab-ci.yml", PIPELINE)
    lines = [{"access_level": 40}]
    made.project_put("acme/web", "protected_branches", branch_rule(1, "main", lines, lines))
    made.project_put("acme/web", "runners", {"id": 7, "description": "linux", "runner_type": "project_type", **listed})
    made.levels[7] = level
    return made


def running(made: GitLabEstate, variant: Variant | None = None) -> dict[str, str]:
    """Return who runs jobs on the runner."""
    return asked(engine_of(made, variant=variant), Capability.RUN_PIPELINE, "runner:acme/web/linux")


def gaps(made: GitLabEstate, variant: Variant) -> tuple[dict[str, Cause], int]:
    """Return which facets of runners were not read, and why, and how many requests were made for them."""
    snapshot, server = collected(made, variant)
    found = {each.facet: each.cause for each in snapshot.records(Gap) if each.facet in OF_RUNNERS}
    return found, server.requests["graphql executors"]


def answering(monkeypatch: pytest.MonkeyPatch, level: object) -> None:
    """Have GraphQL tell something else of the access level of every runner."""
    plain = GitLab.graphql

    async def told(self: GitLab, query: str, *, name: str, **variables: Any) -> dict[str, Any]:
        found = await plain(self, query, name=name, **variables)
        if name == "executors":
            for row in found["group"]["runners"]["nodes"]:
                row["accessLevel"] = level
        return found

    monkeypatch.setattr(GitLab, "graphql", told)


@pytest.mark.parametrize(("level", "who"), [("ref_protected", MAINTAINERS_ALONE), ("not_protected", EVERYBODY)])
def test_what_graphql_tells_of_a_runner_decides_who_runs_jobs_on_it(level: str, who: dict[str, str]) -> None:
    assert running(staffed(level)) == who


def test_it_costs_no_further_request() -> None:
    assert gaps(staffed(), Variant()) == ({}, 1)


@pytest.mark.parametrize(("level", "who"), [("ref_protected", MAINTAINERS_ALONE), ("not_protected", EVERYBODY)])
def test_a_list_that_tells_it_suffices(level: str, who: dict[str, str]) -> None:
    without = Variant(lacks=frozenset({"accessLevel"}))
    assert running(staffed(access_level=level), without) == who
    assert running(staffed(level, access_level=level)) == who


def test_a_list_that_gives_null_leaves_it_to_graphql() -> None:
    assert running(staffed("ref_protected", access_level=None)) == MAINTAINERS_ALONE


@pytest.mark.parametrize(("level", "listed"), [("ref_protected", "not_protected"), ("not_protected", "ref_protected")])
def test_where_the_two_contradict_each_other_it_is_unknown(level: str, listed: str) -> None:
    assert running(staffed(level, access_level=listed)) == DOUBTED


@pytest.mark.parametrize("level", [None, "aWordNobodyHeardOf", {"odd": 1}, 1, ""])
def test_a_level_that_says_nothing_known_is_unknown(level: object, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, level)
    assert running(staffed()) == DOUBTED


@pytest.mark.parametrize(
    "variant",
    [
        Variant(unseen=frozenset({"Group.runners"})),
        Variant(forbidden=frozenset({"graphql executors"})),
        Variant(lacks=frozenset({"accessLevel"})),
        Variant(lacks=frozenset({"accessLevel", "managers"})),
    ],
)
def test_where_graphql_does_not_show_it_it_is_unknown(variant: Variant) -> None:
    assert running(staffed("ref_protected"), variant) == DOUBTED


def test_an_older_gitlab_is_asked_for_what_it_knows_and_the_rest_is_a_gap() -> None:
    unknown = Cause.UNEXPECTED
    assert gaps(staffed(), Variant(lacks=frozenset({"accessLevel"}))) == ({GitLabFacet.RUNNER_LEVELS: unknown}, 2)
    assert gaps(staffed(), Variant(lacks=frozenset({"executorName"}))) == ({GitLabFacet.EXECUTORS: unknown}, 2)
    neither = Variant(lacks=frozenset({"accessLevel", "managers"}))
    assert gaps(staffed(), neither) == (dict.fromkeys(OF_RUNNERS, unknown), 1)


def test_a_gitlab_whose_runners_have_no_machines_yet_tells_their_level_all_the_same() -> None:
    assert running(staffed("ref_protected"), Variant(lacks=frozenset({"managers"}))) == MAINTAINERS_ALONE


def test_a_refusal_is_a_gap_of_both_and_asked_for_once() -> None:
    refused = Variant(forbidden=frozenset({"graphql executors"}))
    assert gaps(staffed(), refused) == (dict.fromkeys(OF_RUNNERS, Cause.FORBIDDEN), 1)


def shared(level: str, variant: Variant | None = None) -> tuple[list[str], list[tuple[str, Cause | None]]]:
    """Return what the check of shared runners says of one of the instance, and what it does not know."""
    made = small()
    made.put("/runners/all", {"id": 8, "description": "big", "runner_type": "instance_type", "is_shared": True})
    made.levels[8] = level
    snapshot, _ = collected(made, variant)
    found = judge([each for each in checks.ALL if each.id == "gl.run.shared"], View(snapshot))
    return [each.says for each in found.findings], [(each.facet, each.cause) for each in found.not_assessed]


def test_a_shared_runner_for_every_branch_is_told_and_a_protected_one_is_not() -> None:
    told = ["the runner big runs jobs of every branch of every project of the instance"]
    assert shared("not_protected") == (told, [])
    assert shared("ref_protected") == ([], [])


def test_of_a_shared_runner_whose_level_was_not_told_nothing_is_said() -> None:
    older = Variant(lacks=frozenset({"accessLevel"}))
    assert shared("not_protected", older) == ([], [(GitLabFacet.RUNNER_LEVELS, Cause.UNEXPECTED)])
    refused = Variant(forbidden=frozenset({"graphql executors"}))
    assert shared("not_protected", refused) == ([], [(GitLabFacet.RUNNER_LEVELS, Cause.FORBIDDEN)])


def test_of_a_group_s_runner_the_gap_of_its_group_is_named() -> None:
    made = small()
    made.put("/groups/10/runners", {"id": 9, "description": "ours", "runner_type": "group_type", "is_shared": False})
    snapshot, _ = collected(made, Variant(lacks=frozenset({"accessLevel"})))
    [check] = [each for each in checks.ALL if each.id == "gl.run.shared"]
    [told] = judge([check], View(snapshot)).not_assessed
    assert (told.facet, told.cause) == (GitLabFacet.RUNNER_LEVELS, Cause.UNEXPECTED)
    assert "accessLevel" in told.detail
