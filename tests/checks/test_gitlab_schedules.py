"""What the check says of schedules of GitLab: who lends somebody what they do not hold."""

from typing import Any

import pytest

from pipewarden import checks
from pipewarden.audit import judged
from pipewarden.demo.gitlab.kinds import GitLabEstate, branch_rule
from pipewarden.demo.gitlab.variant import Variant
from tests.access.gitlab.test_schedules import BOB, DEVELOPERS, MAINTAINERS, estate, nightly
from tests.connectors.gitlab.collecting import collected

CHECK = tuple(each for each in checks.ALL if each.id == "gl.tok.schedule_owner")


def says(made: GitLabEstate, variant: Variant | None = None) -> list[str]:
    snapshot, _ = collected(made, variant)
    verdicts = judged(snapshot, CHECK)
    return [finding.says for finding in verdicts.findings] + ["unknown"] * bool(verdicts.not_assessed)


def test_a_schedule_of_a_maintainer_that_a_developer_may_change() -> None:
    assert says(estate(nightly())) == [
        "a schedule of acme/web for develop runs as bob, and dave, who holds less, may change it"
    ]


@pytest.mark.parametrize(
    "schedule",
    [
        nightly("refs/heads/main"),
        nightly(active=False),
        nightly(owner={"id": 4, "username": "dave", "state": "active"}),
        nightly(owner={"id": 5, "username": "erin", "state": "active"}),
    ],
    ids=["protected branch", "inactive", "of the developer", "of somebody who left"],
)
def test_near_misses(schedule: dict[str, Any]) -> None:
    assert says(estate(schedule)) == []


def test_who_may_merge_may_change_it_too() -> None:
    made = estate(nightly("refs/heads/main"))
    made.answers["/projects/101/protected_branches"][0]["merge_access_levels"] = DEVELOPERS
    assert says(made) == ["a schedule of acme/web for main runs as bob, and dave, who holds less, may change it"]


def test_the_proof_is_how_the_first_of_them_comes_there() -> None:
    snapshot, _ = collected(estate(nightly()))
    (finding,) = judged(snapshot, CHECK).findings
    assert finding.evidence[0].path[0].startswith("dave")


def test_an_owner_who_is_blocked_is_told_as_before() -> None:
    made = estate(nightly(owner={**BOB, "state": "blocked"}))
    assert says(made) == ["a schedule of acme/web runs as bob, whose account is blocked"]


def test_branches_that_were_not_read_leave_it_unknown() -> None:
    made = estate(nightly("refs/heads/rel"))
    made.project_put("acme/web", "protected_branches", branch_rule(2, "rel", MAINTAINERS, MAINTAINERS))
    assert says(made) == []
    assert says(made, Variant(forbidden=frozenset({"/projects/{id}/protected_branches"}))) == ["unknown"]
