"""What GitLab did not tell of a project, a variable or a token makes answers unknown, and is named in them."""

import pytest

from pipewarden import checks
from pipewarden.access import address
from pipewarden.access.view import View
from pipewarden.checks.base import judge
from pipewarden.demo.gitlab.kinds import GitLabEstate, branch_rule, variable
from pipewarden.model.access import Capability
from tests.access.gitlab.small import PIPELINE, asked, bot, engine_of, personal, small
from tests.connectors.gitlab.collecting import collected

PUSH, MERGE, READ, READ_SECRET = Capability.PUSH, Capability.MERGE, Capability.READ, Capability.READ_SECRET
MAINTAINERS = [{"access_level": 40}]
MAIN, KEY, PRODUCTION = "branch:acme/web/main", "secret:acme/web/KEY", "env:acme/web/production"
UNTOLD = ("null", "gone")


def without(row: dict, field: str, how: str) -> None:  # type: ignore[type-arg]
    """Take a field out of an answer, or leave it null."""
    if how == "gone":
        del row[field]
    else:
        row[field] = None


def staffed(**more: object) -> GitLabEstate:
    """Return acme/web with a rule, a pipeline file, a variable, and dave and bob in it."""
    made = small(**more)
    made.member("projects/acme/web", "dave", 30)
    made.member("projects/acme/web", "bob", 40)
    made.file("acme/web", ".gitlab-ci.yml", PIPELINE)
    made.project_put("acme/web", "protected_branches", branch_rule(1, "main", MAINTAINERS, MAINTAINERS))
    made.project_put("acme/web", "variables", variable("KEY", protected=False))
    made.project_put("acme/web", "environments", {"id": 1, "name": "production", "tier": "production"})
    return made


def reasons(made: GitLabEstate, capability: Capability, name: str) -> str:
    """Return why the answers are not known."""
    engine = engine_of(made)
    found = engine.who_can(capability, address.resource(engine.snapshot, name))
    return " ".join(word for access in found for word in access.unknown)


def verdict(made: GitLabEstate, check: str) -> tuple[list[str], int]:
    """Return what a check says, and of how many things it does not know."""
    snapshot, _ = collected(made)
    found = judge([each for each in checks.ALL if each.id == check], View(snapshot))
    return [each.says for each in found.findings], found.tallies[0].unknown


# --- projects -----------------------------------------------------------------------------------------

CHANGED = [
    (PUSH, "acme/web"), (PUSH, MAIN), (MERGE, MAIN), (Capability.EDIT_PIPELINE, "acme/web"), (READ_SECRET, "acme/web"),
    (Capability.RUN_PIPELINE, "acme/web"), (Capability.DEPLOY, PRODUCTION), (Capability.USE_SECRET, KEY),
]  # fmt: skip


@pytest.mark.parametrize("how", UNTOLD)
@pytest.mark.parametrize(("capability", "name"), CHANGED)
def test_whoever_changes_a_project_may_be_locked_out_where_its_archiving_was_not_told(
    capability: Capability, name: str, how: str
) -> None:
    """“Archived projects are: Read-only.”."""
    sure = asked(engine_of(staffed()), capability, name)
    assert "yes" in sure.values()
    made = staffed()
    without(made.answers["/projects/101"], "archived", how)
    assert asked(engine_of(made), capability, name) == dict.fromkeys(sure, "unknown")
    assert "whether acme/web is archived was not told" in reasons(made, capability, name)


def test_an_archived_project_keeps_its_settings_whether_it_was_told_or_not() -> None:
    made = staffed()
    del made.answers["/projects/101"]["archived"]
    assert asked(engine_of(made), Capability.BYPASS_PROTECTION, MAIN) == {"bob": "yes"}


@pytest.mark.parametrize("how", UNTOLD)
def test_jobs_of_a_project_that_may_be_archived_may_come_in_elsewhere(how: str) -> None:
    made = staffed()
    made.project(102, "acme/api")
    made.file("acme/api", ".gitlab-ci.yml", PIPELINE)
    for each in ("acme/api", "acme/web"):
        made.member(f"projects/{each}", "alice", 40)
    made.answers["/projects/101/job_token_scope"]["inbound_enabled"] = False
    of_api = "acme/api/.gitlab-ci.yml#build"
    assert asked(engine_of(made), Capability.RUN_PIPELINE, "acme/web")[of_api] == "yes"
    without(made.answers["/projects/102"], "archived", how)
    assert asked(engine_of(made), Capability.RUN_PIPELINE, "acme/web")[of_api] == "unknown"


@pytest.mark.parametrize("how", UNTOLD)
@pytest.mark.parametrize("visibility", ["internal", "public", "private"])
def test_who_reads_a_project_is_unknown_where_its_visibility_was_not_told(visibility: str, how: str) -> None:
    made = staffed(visibility=visibility)
    for person in made.people.values():
        person["external"] = False
    told = asked(engine_of(made), READ, "acme/web")
    assert (visibility == "private") == ("mallory" not in told and "everyone" not in told)
    without(made.answers["/projects/101"], "visibility", how)
    found = asked(engine_of(made), READ, "acme/web")
    assert found["mallory"] == found["everyone"] == "unknown"
    assert found["dave"] == "yes"


@pytest.mark.parametrize("how", UNTOLD)
@pytest.mark.parametrize("visibility", ["internal", "public"])
def test_who_reads_a_repository_is_unknown_where_it_was_not_told_whether_it_is_for_members_alone(
    visibility: str, how: str
) -> None:
    made = staffed(visibility=visibility)
    without(made.answers["/projects/101"], "repository_access_level", how)
    found = asked(engine_of(made), READ, "acme/web")
    assert {found[name] for name in ("mallory", "everyone") if name in found} == {"unknown"}


@pytest.mark.parametrize("how", UNTOLD)
def test_an_invitation_may_be_locked_away(how: str) -> None:
    """“Prevent sharing a project with other groups”: groups that were invited before lose their access."""
    made = staffed()
    made.member("groups/outer/guests", "carol", 40)
    made.share("projects/acme/web", "outer/guests", 30)
    assert asked(engine_of(made), PUSH, "acme/web")["carol"] == "yes"
    without(made.answers["/groups/10"], "share_with_group_lock", how)
    assert asked(engine_of(made), PUSH, "acme/web")["carol"] == "unknown"
    says, unknown = verdict(made, "gl.share.no_expiry")
    assert not [each for each in says if "acme/web" in each]
    assert unknown


@pytest.mark.parametrize("how", UNTOLD)
def test_an_approval_may_be_the_authors_own_where_that_was_not_told(how: str) -> None:
    made = staffed()
    rule = {"id": 1, "name": "All", "rule_type": "any_approver", "approvals_required": 1, "protected_branches": []}
    made.project_put("acme/web", "approval_rules", rule)
    assert asked(engine_of(made), MERGE, MAIN) == {"bob": "yes"}
    without(made.answers["/projects/101/approvals"], "merge_requests_author_approval", how)
    assert asked(engine_of(made), MERGE, MAIN) == {"bob": "unknown"}


def test_code_owners_may_be_asked_where_that_is_null_and_are_not_where_the_plan_has_no_such_field() -> None:
    made = staffed()
    rule = made.answers["/projects/101/protected_branches"][0]
    rule["code_owner_approval_required"] = None
    assert asked(engine_of(made), MERGE, MAIN) == asked(engine_of(made), PUSH, MAIN) == {"bob": "unknown"}
    del rule["code_owner_approval_required"]
    assert asked(engine_of(made), MERGE, MAIN) == asked(engine_of(made), PUSH, MAIN) == {"bob": "yes"}


# --- variables, tokens --------------------------------------------------------------------------------


def test_a_value_may_be_hidden_where_that_is_null_and_is_not_in_versions_that_hide_none() -> None:
    made = staffed(archived=True)
    [row] = made.answers["/projects/101/variables"]
    row["hidden"] = None
    assert asked(engine_of(made), READ_SECRET, KEY) == {"bob": "unknown"}
    del row["hidden"]
    assert asked(engine_of(made), READ_SECRET, KEY) == {"bob": "yes"}


def test_a_token_may_have_ended_where_it_was_not_told_whether_it_is_active() -> None:
    made = staffed()
    names = bot(made, "projects/acme/web", 61, 30, "api"), personal(made, "dave", 71, "api")
    found = asked(engine_of(made), PUSH, "acme/web")
    assert [found[each] for each in names] == ["yes", "yes"]
    for place in ("/projects/101/access_tokens", "/personal_access_tokens"):
        for row in made.answers[place]:
            del row["active"]
    found = asked(engine_of(made), PUSH, "acme/web")
    assert [found[each] for each in names] == ["unknown", "unknown"]


def test_a_schedule_runs_as_an_owner_who_may_be_blocked() -> None:
    made = staffed()
    row = {"id": 1, "ref": "refs/heads/next", "active": True, "owner": {"id": 2, "username": "bob", "state": "active"}}
    made.project_put("acme/web", "pipeline_schedules", row)
    made.project_put("acme/web", "variables", variable("KEPT", protected=False, environment_scope="production"))
    rule = {"name": "production", "deploy_access_levels": MAINTAINERS, "approval_rules": []}
    made.project_put("acme/web", "protected_environments", rule)
    assert asked(engine_of(made), Capability.DEPLOY, PRODUCTION) == {"bob": "yes", "dave": "yes"}
    del made.answers["/projects/101/pipeline_schedules"][0]["owner"]["state"]
    assert asked(engine_of(made), Capability.DEPLOY, PRODUCTION) == {"bob": "yes", "dave": "unknown"}


# --- checks -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", UNTOLD)
def test_a_variable_of_the_group_may_reach_a_project_that_is_archived(how: str) -> None:
    made = staffed()
    made.put("/groups/10/variables", variable("TOKEN", protected=True))
    made.answers["/projects/101/protected_branches"][:] = [branch_rule(1, "main", [{"access_level": 30}], MAINTAINERS)]
    assert verdict(made, "gl.var.reach")[0]
    without(made.answers["/projects/101"], "archived", how)
    assert verdict(made, "gl.var.reach") == ([], 1)


@pytest.mark.parametrize("how", UNTOLD)
def test_whether_jobs_run_at_all_is_unknown_where_it_was_not_told(how: str) -> None:
    made = staffed()
    made.answers["/projects/101/job_token_scope"]["inbound_enabled"] = False
    assert verdict(made, "gl.job.inbound")[0]
    without(made.answers["/projects/101"], "builds_access_level", how)
    assert verdict(made, "gl.job.inbound") == ([], 1)
