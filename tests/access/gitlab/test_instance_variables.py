"""Variables of a whole GitLab instance: administrators read their names, jobs of every project are handed them."""

import pytest

from pipewarden import checks
from pipewarden.access import address
from pipewarden.access.jobs import jobs
from pipewarden.access.view import View
from pipewarden.checks.base import judge
from pipewarden.demo.gitlab.kinds import GitLabEstate, branch_rule, variable
from pipewarden.model.access import Capability
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Cause, Gap
from tests.access.gitlab.small import PIPELINE, asked, engine_of, small
from tests.connectors.gitlab.collecting import collected

NAME = "secret:gitlab:gitlab.acme.example/REGISTRY_TOKEN"


def estate(**more: object) -> GitLabEstate:
    made = small()
    made.project(102, "acme/platform/api")
    made.person(30, "grace", is_admin=True)
    row = variable("REGISTRY_TOKEN", **more)
    del row["environment_scope"]  # the instance's have none
    made.put("/admin/ci/variables", row)
    made.member("projects/acme/platform/api", "bob", 30)
    made.member("projects/acme/web", "erin", 20)
    return made


def test_its_name_is_read_and_its_value_is_not() -> None:
    snapshot, _ = collected(estate())
    assert address.resource(snapshot, NAME) is not None
    assert b"value-of-registry_token" not in b"".join(snapshot.body)


def test_whoever_has_a_job_of_any_project_run_uses_it_and_administrators_see_it() -> None:
    engine = engine_of(estate(protected=False))
    assert asked(engine, Capability.USE_SECRET, NAME) == {"bob": "yes", "grace": "yes"}
    assert asked(engine, Capability.READ_SECRET, NAME) == {"bob": "yes", "grace": "yes"}
    assert asked(engine, Capability.MANAGE_SECRET, NAME) == {"grace": "yes"}
    *_, told = engine.rulings.unseen(engine.snapshot.ordinal(address.resource(engine.snapshot, NAME)))
    assert told.endswith("those outside of the groups that were read too")


def test_a_protected_one_is_for_protected_branches_alone() -> None:
    made = estate(protected=True)
    assert asked(engine_of(made), Capability.USE_SECRET, NAME) == {}
    rule = branch_rule(1, "main", [{"access_level": 30}], [{"access_level": 30}])
    made.project_put("acme/platform/api", "protected_branches", rule)
    assert asked(engine_of(made), Capability.USE_SECRET, NAME) == {"bob": "yes"}


def test_an_owners_token_is_refused_and_that_is_a_gap() -> None:
    snapshot, _ = collected(estate(), owner=True)
    [gap] = [each for each in snapshot.records(Gap) if each.facet == GitLabFacet.INSTANCE_VARIABLES]
    assert (gap.cause, gap.permission) == (Cause.FORBIDDEN, "read_api with a token of an administrator")


@pytest.mark.parametrize(("level", "told"), [(30, 1), (40, 0)])
def test_a_project_that_lets_developers_onto_a_protected_branch_is_told(level: int, told: int) -> None:
    made = estate()
    rule = branch_rule(1, "main", [{"access_level": level}], [{"access_level": 40}])
    made.project_put("acme/platform/api", "protected_branches", rule)
    snapshot, _ = collected(made)
    found = judge([each for each in checks.ALL if each.id == "gl.var.reach"], View(snapshot)).findings
    by = "by the protected branch main of acme/platform/api"
    assert [each.says for each in found] == [f"Developers reach {NAME} {by}"] * told


@pytest.mark.parametrize("owner", [False, True])
def test_a_job_is_handed_it_and_where_it_was_refused_more_may_be_there(owner: bool) -> None:
    made = estate()
    made.file("acme/platform/api", ".gitlab-ci.yml", PIPELINE)
    made.project_put("acme/platform/api", "variables", variable("OWN_TOKEN"))
    snapshot, _ = collected(made, owner=owner)
    [job] = jobs(snapshot)
    names = {each.taken.name for each in job.secrets}
    assert names == ({"OWN_TOKEN", ""} if owner else {"OWN_TOKEN", "REGISTRY_TOKEN"})
