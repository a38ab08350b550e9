"""Hand-worked cases of pipelines that the clock starts: whoever changes what a schedule runs has what its owner has there.

“Scheduled pipelines execute with the permissions of the user who owns the schedule.”, “The pipeline runs with your permissions
and can access protected environments and use the CI/CD job token based on your access level.”
https://docs.gitlab.com/ci/pipelines/schedules/
"""

from typing import Any

import pytest

from pipewarden.access import address
from pipewarden.access.engine import Engine
from pipewarden.demo.gitlab.kinds import GitLabEstate, branch_rule, variable
from pipewarden.demo.gitlab.variant import Variant
from pipewarden.model.access import Capability
from tests.access.gitlab.small import PIPELINE, asked, bot, engine_of, personal, small, who
from tests.connectors.gitlab.collecting import collected

DEPLOY, READ, PUSH, SECRET = Capability.DEPLOY, Capability.READ, Capability.PUSH, Capability.READ_SECRET
DEVELOPERS, MAINTAINERS = [{"access_level": 30}], [{"access_level": 40}]
BOB = {"id": 2, "username": "bob", "state": "active"}
DAVE = "dave (Developer (write), directly, since 2024-04-01) → acme/web (has a schedule for develop that runs as)"
PRODUCTION, TOKEN, API = "env:acme/web/production", "secret:acme/web/TOKEN@production", "acme/platform/api"


def estate(*schedules: dict[str, Any], protected: bool = False, **rule: Any) -> GitLabEstate:
    """Return acme/web with dave (Developer) and bob (Maintainer), where maintainers alone push to main and deploy to production."""
    made = small()
    made.member("projects/acme/web", "dave", 30)
    made.member("projects/acme/web", "bob", 40)
    made.file("acme/web", ".gitlab-ci.yml", PIPELINE)
    made.project_put("acme/web", "environments", {"id": 1, "name": "production", "tier": "production"})
    rule = {"name": "production", "deploy_access_levels": MAINTAINERS, "approval_rules": [], **rule}
    made.project_put("acme/web", "protected_environments", rule)
    token = variable("TOKEN", protected=protected, hidden=True, environment_scope="production")
    made.project_put("acme/web", "variables", token)
    made.project_put("acme/web", "protected_branches", branch_rule(1, "main", MAINTAINERS, MAINTAINERS))
    made.project_put("acme/web", "pipeline_schedules", *schedules)
    return made


def nightly(ref: str | None = "refs/heads/develop", **more: Any) -> dict[str, Any]:
    return {"id": 6, "description": "nightly", "ref": ref, "cron": "0 2 * * *", "active": True, "owner": BOB, **more}


def ways(made: GitLabEstate, person: str, capability: Capability, name: str) -> list[str]:
    engine = engine_of(made)
    snapshot = engine.snapshot
    access = engine.why(address.principal(snapshot, person), address.resource(snapshot, name), capability)
    return [engine.words(path) for each in access for path in each.paths]


def test_who_pushes_where_a_maintainers_schedule_runs_deploys_as_the_maintainer() -> None:
    made = estate(nightly())
    assert who(made, DEPLOY, PRODUCTION) == {"bob", "dave"}
    assert who(made, SECRET, PRODUCTION) == {"bob", "dave"}
    assert who(made, SECRET, TOKEN) == {"bob", "dave"}
    assert ways(made, "dave", SECRET, TOKEN) == [
        (
            f"{DAVE} → "
            "bob (Maintainer (maintain), directly, since 2024-04-01) → acme/web (may deploy to) → env:acme/web/production "
            "(gives its jobs) → secret:acme/web/TOKEN@production, once the schedule runs"
        )
    ]
    assert len(ways(made, "bob", SECRET, TOKEN)) == 1, "who has it anyway is told no second way"


@pytest.mark.parametrize(
    "schedule",
    [
        nightly(active=False),
        nightly(owner={**BOB, "state": "blocked"}),
        nightly(owner=None),
        nightly(owner={"id": 4, "username": "dave", "state": "active"}),
        nightly(owner={"id": 5, "username": "erin", "state": "active"}),
        nightly("refs/heads/main"),
        nightly("main"),
    ],
    ids=["inactive", "owner blocked", "no owner", "own schedule", "owner has left", "protected branch", "short name"],
)
def test_near_misses_of_schedules(schedule: dict[str, Any]) -> None:
    """“… the schedule owner might have been blocked or removed from the project.”: such a schedule does not run."""
    assert who(estate(schedule), SECRET, TOKEN) == {"bob"}


def test_an_owner_who_may_not_run_a_pipeline_there_lends_nothing() -> None:
    """“For schedules that target protected branches, you must have merge permissions for the target branch.”."""
    made = estate(nightly("refs/heads/main"))
    only_dave = [{"access_level": 40, "user_id": 4}]
    made.answers["/projects/101/protected_branches"][0].update(
        push_access_levels=only_dave, merge_access_levels=only_dave
    )
    assert who(made, SECRET, TOKEN) == {"bob"}
    made.answers["/projects/101/protected_branches"][0]["merge_access_levels"] = DEVELOPERS
    assert who(made, SECRET, TOKEN) == {"bob", "dave"}


def test_an_approval_holds_back_the_deployment_of_a_schedule_too() -> None:
    engine = engine_of(estate(nightly(), required_approval_count=1))
    (dave,) = [
        each
        for each in engine.who_can(DEPLOY, address.resource(engine.snapshot, PRODUCTION))
        if each.principal.key == "4"
    ]
    assert [tuple(c.says for c in path.conditions) for path in dave.paths] == [
        ("the schedule runs", "another person approves")
    ]
    assert not dave.paths[0].alone
    assert who(estate(nightly(), required_approval_count=1), SECRET, TOKEN) == {"bob", "dave"}


def test_protected_variables_are_given_to_schedules_of_protected_branches() -> None:
    made = estate(nightly(), protected=True)
    assert who(made, SECRET, TOKEN) == {"bob"}
    assert who(made, SECRET, PRODUCTION) == {"bob"}
    made.project_put("acme/web", "protected_branches", branch_rule(2, "dev*", DEVELOPERS, DEVELOPERS))
    assert who(made, SECRET, TOKEN) == {"bob", "dave"}


def test_who_merges_where_a_schedule_runs_waits_for_the_approval_of_the_merge_request() -> None:
    made = estate(nightly("refs/heads/main"))
    made.answers["/projects/101/protected_branches"][0]["merge_access_levels"] = DEVELOPERS
    made.project_put("acme/web", "approval_rules", {"id": 7, "name": "All", "approvals_required": 1})
    engine = engine_of(made)
    holders = engine.who_can(SECRET, address.resource(engine.snapshot, TOKEN))
    dave = engine.snapshot.ordinal(address.principal(engine.snapshot, "dave"))
    assert dave in holders.sure
    assert dave not in holders.alone


def across(*schedules: dict[str, Any], listed: bool = True) -> GitLabEstate:
    """Return acme/platform/api, which bob alone reads, and lets the jobs of acme/web in."""
    made = estate(*schedules)
    made.project(102, API)
    made.member(f"projects/{API}", "bob", 30)
    if listed:
        made.project_put(API, "job_token_scope/allowlist", {"id": 101, "path_with_namespace": "acme/web"})
    return made


def test_the_job_of_a_schedule_reads_what_its_owner_reads() -> None:
    made = across(nightly())
    assert {"bob", "dave"} <= who(made, READ, API)
    assert ways(made, "dave", READ, API) == [
        (f"{DAVE} → bob (Developer (write), directly, since 2024-04-01) → acme/platform/api, once the schedule runs")
    ]


def test_near_misses_of_what_the_job_of_a_schedule_reads() -> None:
    assert "dave" not in who(across(nightly(), listed=False), READ, API), "the project is not on the list"
    assert "dave" not in who(across(), READ, API), "nobody mightier starts it"
    gone = across(nightly())
    gone.answers["/projects/102/members"].clear()
    assert "dave" not in who(gone, READ, API), "its owner does not read it"


def test_the_job_of_a_schedule_pushes_as_its_owner_where_that_is_allowed() -> None:
    """“Allow Git push requests to your project repository”, with the token of the job."""
    made = estate(nightly())
    assert who(made, PUSH, "branch:acme/web/main") & {"bob", "dave"} == {"bob"}
    made.answers["/projects/101"]["ci_push_repository_for_job_token_allowed"] = True
    assert who(made, PUSH, "branch:acme/web/main") & {"bob", "dave"} == {"bob", "dave"}


def test_a_bot_may_own_a_schedule() -> None:
    made = estate(nightly(owner={"id": 900, "username": "project_101_bot_900", "state": "active"}))
    bot(made, "projects/acme/web", 900, 40, "api")
    assert "dave" in who(made, SECRET, TOKEN)


def test_a_tag_that_a_schedule_runs_is_moved_by_who_may_create_it() -> None:
    made = estate(nightly("refs/tags/v1"))
    assert who(made, SECRET, TOKEN) == {"bob", "dave"}, "an unprotected tag is anybody's who pushes"
    made.project_put("acme/web", "protected_tags", {"name": "v*", "create_access_levels": DEVELOPERS})
    assert asked(engine_of(made), SECRET, TOKEN) == {"bob": "yes", "dave": "unknown"}
    made.answers["/projects/101/protected_tags"][0]["create_access_levels"] = MAINTAINERS
    assert asked(engine_of(made), SECRET, TOKEN) == {"bob": "yes"}


def test_where_the_pipeline_lies_elsewhere_whoever_pushes_there_changes_what_the_schedule_runs() -> None:
    made = estate(nightly("refs/heads/main"))
    made.project(102, API)
    made.member(f"projects/{API}", "carol", 30)
    made.answers["/projects/101"]["ci_config_path"] = f".gitlab-ci.yml@{API}"
    assert "carol" in who(made, SECRET, TOKEN)
    assert "dave" not in who(made, SECRET, TOKEN)


def test_a_token_that_pushes_is_enough_and_one_that_reads_is_not() -> None:
    made = estate(nightly())
    personal(made, "dave", 701, "write_repository")
    personal(made, "dave", 702, "read_api")
    assert who(made, SECRET, TOKEN) == {"bob", "dave", "token:4/pat701"}


@pytest.mark.parametrize("left_out", ["active", "ref"])
def test_a_schedule_of_which_something_was_not_told_leaves_it_unknown(left_out: str) -> None:
    schedule = nightly()
    del schedule[left_out]
    assert asked(engine_of(estate(schedule)), SECRET, TOKEN) == {"bob": "yes", "dave": "unknown"}


def test_schedules_that_were_not_read_are_told_beside_the_answer() -> None:
    made = estate(nightly())
    unread, _ = collected(made, Variant(forbidden=frozenset({"/projects/{id}/pipeline_schedules"})))
    told = Engine(unread).unseen(address.resource(unread, TOKEN))
    assert [each for each in told if "schedules" in each]
    read = engine_of(made)
    assert not [each for each in read.unseen(address.resource(read.snapshot, TOKEN)) if "schedules" in each]


def test_taking_the_schedule_owners_role_away_takes_it_from_both() -> None:
    engine = engine_of(estate(nightly()))
    bob = address.principal(engine.snapshot, "bob")
    rows = engine.grant_rows_of(bob) + [
        row
        for ordinal in engine.membership_rows_of_member(bob)
        for row in engine.grant_rows_of(_group(engine, ordinal))
    ]
    then = engine.without(grants=tuple(rows))
    assert [each.principal.key for each in then.who_can(SECRET, address.resource(engine.snapshot, TOKEN))] == []


def _group(engine: Engine, row: int) -> Any:
    return engine.snapshot.membership(row).group
