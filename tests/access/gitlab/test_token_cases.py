"""Hand-worked cases of tokens and jobs: each quotes the vendor's sentence that decides it."""

from typing import Any

import pytest

from pipewarden.access import address
from pipewarden.access.engine import Engine
from pipewarden.access.reach import reach
from pipewarden.access.standing import standings
from pipewarden.demo.gitlab.kinds import GitLabEstate, branch_rule
from pipewarden.model.access import Answer, Capability, Level
from pipewarden.model.people import Person
from tests.access.gitlab.small import PIPELINE, asked, bot, engine_of, personal, small, who

READ, PUSH, RUN = Capability.READ, Capability.PUSH, Capability.RUN_PIPELINE
VARIABLES = Capability.MANAGE_SECRET
JOB = "acme/platform/api/.gitlab-ci.yml#build"
OWN_JOB = "acme/web/.gitlab-ci.yml#build"


def theirs(engine: Engine, login: str) -> Person:
    names = {
        each: engine.name(each)
        for person in engine.graph.follows.people.people
        for each in (a.account for a in person.accounts)
    }
    return next(p for p in engine.graph.follows.people.people if login in {names[a.account] for a in p.accounts})


# --- personal, project, group and deploy tokens -------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "can"),
    [
        ("api", {READ, PUSH, VARIABLES}),
        ("read_api", {READ}),
        ("read_repository", {READ}),
        ("write_repository", {READ, PUSH}),
        ("read_registry", set()),
        ("read_user", set()),
    ],
)
def test_a_personal_token_does_what_its_owner_may_within_its_scopes(scope: str, can: set[Capability]) -> None:
    """“A personal access token can perform actions based on the assigned scopes.”."""
    made = small()
    made.member("projects/acme/web", "bob", 40)
    token = personal(made, "bob", 701, scope)
    engine = engine_of(made)
    assert {each for each in (READ, PUSH, VARIABLES) if token in asked(engine, each, "acme/web")} == can


def test_a_personal_token_has_nothing_that_its_owner_has_not() -> None:
    """“Personal access tokens … authenticate … in place of your password”: an api scope gives a Reporter no push."""
    made = small()
    made.member("projects/acme/web", "bob", 20)
    token = personal(made, "bob", 701, "api")
    assert token in who(made, READ)
    assert who(made, PUSH) == set()


def test_a_personal_token_tells_by_whom_it_acts() -> None:
    made = small()
    made.member("projects/acme/web", "bob", 40)
    token = personal(made, "bob", 701, "api")
    engine = engine_of(made)
    who_, web = address.principal(engine.snapshot, token), address.resource(engine.snapshot, "acme/web")
    [access] = engine.why(who_, web, PUSH)
    assert "acts for its owner, within the scopes api" in engine.words(access.paths[0])


@pytest.mark.parametrize(
    ("scope", "level", "reached"),
    [
        ("api", Level.MAINTAIN, Capability.EDIT_PIPELINE),
        ("write_repository", Level.WRITE, Capability.EDIT_PIPELINE),
        ("read_api", Level.READ, READ),
        ("read_user", None, None),
    ],
)
def test_a_personal_token_reaches_what_its_owner_reaches_within_its_scopes(
    scope: str, level: Level | None, reached: Capability | None
) -> None:
    """A token holds no role of its own: to look for one alone would say that it reaches nothing."""
    made = small()
    made.member("projects/acme/web", "bob", 40)
    token = personal(made, "bob", 701, scope)
    engine = engine_of(made)
    who_, web = address.principal(engine.snapshot, token), address.resource(engine.snapshot, "acme/web")
    assert dict(engine.what_can(who_)).get(web) == level
    found = {r.capability for r in reach(engine, who_) if r.resource == web}
    assert max(found, key=lambda each: each is reached, default=None) == reached
    assert (READ in found) == (reached is READ), "reading is told where nothing else is"
    [held] = [each for each in standings(engine, theirs(engine, "bob")) if each.ref == who_]
    assert [each.resource for each in held.held] == ([web] if level else [])


@pytest.mark.parametrize("more", [{"expires_at": "2026-11-01"}, {"active": False}])
def test_a_personal_token_that_ended_does_nothing(more: dict[str, Any]) -> None:
    """“Personal access tokens expire on the date you define, at midnight, 00:00 AM UTC.”."""
    made = small()
    made.member("projects/acme/web", "bob", 40)
    personal(made, "bob", 701, "api", **more)
    assert who(made, PUSH) == {"bob"}


@pytest.mark.parametrize(("scope", "pushes"), [("api", True), ("write_repository", True), ("read_repository", False)])
def test_a_project_token_is_a_bot_within_its_scopes(scope: str, pushes: bool) -> None:
    """“Project access tokens … Use a project access token to authenticate … limited by their role and scopes.”."""
    made = small()
    token = bot(made, "projects/acme/web", 900, 40, scope)
    assert (token in who(made, PUSH)) is pushes
    assert token in who(made, READ)


def test_a_group_token_reaches_the_groups_projects() -> None:
    """“With group access tokens, you can use a single token to: Perform actions for groups. Manage the projects in the group.”."""
    made = small()
    token = bot(made, "groups/acme", 901, 30, "api")
    assert who(made, PUSH) == {token}


def test_a_bot_whose_token_was_not_read_may_do_it() -> None:
    """A bot is a member; what its token's scopes are is told by the list of tokens alone."""
    made = small()
    bot(made, "projects/acme/web", 900, 40, "read_registry")
    made.answers["/projects/101/access_tokens"] = []
    assert asked(engine_of(made), PUSH, "acme/web") == {"project_101_bot_900": "unknown"}


def test_an_access_token_reads_internal_projects() -> None:
    """“If an internal user creates a project access token, that token is able to access all projects that have visibility level set to Internal.”."""
    made = small()
    made.project(102, "acme/platform/api", visibility="internal")
    token = bot(made, "projects/acme/web", 900, 30, "read_repository")
    assert token in who(made, READ, "acme/platform/api")


def test_a_deploy_token_reads_or_writes_as_its_scopes_say() -> None:
    """“read_repository: Read-only access to the repository … write_repository: Read-write access to the repository.”."""
    made = small()
    row = {"revoked": False, "expired": False, "expires_at": None}
    made.project_put("acme/web", "deploy_tokens", {"id": 71, "name": "reads", "scopes": ["read_repository"], **row})
    made.put("/groups/10/deploy_tokens", {"id": 72, "name": "writes", "scopes": ["write_repository"], **row})
    assert "deploy_token:acme/web/reads" in who(made, READ)
    assert who(made, PUSH) == {"deploy_token:acme/writes"}


def test_a_deploy_token_that_ended_does_nothing() -> None:
    """“A deploy token … expires at midnight UTC on the date you define.”."""
    made = small()
    row = {"id": 71, "name": "reads", "revoked": False, "expired": True, "expires_at": "2026-10-01T00:00:00Z"}
    made.project_put("acme/web", "deploy_tokens", {**row, "scopes": ["read_repository"]})
    assert who(made, READ) == set()


def test_a_service_accounts_token_acts_for_it() -> None:
    """“Service accounts … can be added to groups and projects … with personal access tokens.”."""
    made = small()
    token = {"id": 71, "name": "deploy", "scopes": ["write_repository"], "active": True, "revoked": False,
             "user_id": 57, "created_at": "2026-01-01T00:00:00Z", "last_used_at": None, "expires_at": None}  # fmt: skip
    made.service_account("acme", 57, "service_account_abc12345", token)
    made.member("projects/acme/web", "service_account_abc12345", 30)
    assert who(made, PUSH) == {"service_account_abc12345", "token:57/deploy"}


# --- job tokens: https://docs.gitlab.com/ci/jobs/ci_job_token/ ------------------------------------------


def jobs(**scope: Any) -> GitLabEstate:
    """Return acme/web, whose list lets in acme/platform/api, where dave may start the job `build`."""
    made = small()
    made.project(102, "acme/platform/api")
    for path in ("acme/web", "acme/platform/api"):
        made.file(path, ".gitlab-ci.yml", PIPELINE)
    made.member("projects/acme/platform/api", "dave", 30)
    made.project_put(
        "acme/web", "job_token_scope/allowlist", {"id": 102, "path_with_namespace": "acme/platform/api", **scope}
    )
    return made


def test_trap_12_a_job_has_what_its_starter_has_in_the_target_and_no_more() -> None:
    """“The token receives the same access level as the user that triggered the pipeline.”: a guest there is a guest."""
    made = jobs()
    made.member("projects/acme/web", "dave", 10)
    assert JOB not in who(made, READ)
    assert JOB not in who(made, PUSH)


def test_a_job_reads_a_project_that_lets_its_project_in() -> None:
    """“The user that triggers the job must be a member of your project.”."""
    made = jobs()
    made.member("projects/acme/web", "dave", 20)
    assert JOB in who(made, READ)


def test_a_job_is_not_let_in_where_its_project_is_not_on_the_list() -> None:
    """“By default, the allowlist of any project only includes itself.”."""
    made = jobs()
    made.answers["/projects/101/job_token_scope/allowlist"] = []
    made.member("projects/acme/web", "dave", 20)
    assert JOB not in who(made, READ)


def test_the_list_gives_nobody_a_role() -> None:
    """“Adding a project to the allowlist does not give additional permissions to the members of the allowlisted project.”."""
    assert JOB not in who(jobs(), READ)


def test_who_reads_the_target_must_be_able_to_start_the_job() -> None:
    """“This user must have a role that has the required privileges”: bob reads the target and starts nothing in the source."""
    made = jobs()
    made.member("projects/acme/web", "bob", 50)
    made.member("projects/acme/platform/api", "bob", 20)
    assert JOB not in who(made, READ)


def test_a_group_on_the_list_lets_in_all_below_it() -> None:
    """“You can add groups or projects to your job token allowlist.”."""
    made = jobs()
    made.answers["/projects/101/job_token_scope/allowlist"] = []
    made.project_put("acme/web", "job_token_scope/groups_allowlist", {"id": 10, "name": "acme"})
    made.member("projects/acme/web", "dave", 20)
    assert JOB in who(made, READ)


def test_without_the_list_jobs_of_any_project_come_in() -> None:
    """“If you disable the CI/CD job token allowlist, jobs from any project can access your project with a job token.”."""
    made = jobs()
    made.answers["/projects/101/job_token_scope/allowlist"] = []
    made.answers["/projects/101/job_token_scope"] = {"inbound_enabled": False, "outbound_enabled": False}
    made.member("projects/acme/web", "dave", 20)
    assert JOB in who(made, READ)


def test_the_instance_may_enforce_the_list() -> None:
    """“When the setting is enforced, the CI/CD job token is always restricted to the project's allowlist.”."""
    made = jobs()
    made.answers["/projects/101/job_token_scope/allowlist"] = []
    made.answers["/projects/101/job_token_scope"] = {"inbound_enabled": False, "outbound_enabled": False}
    made.answers["/application/settings"] = {"enforce_ci_inbound_job_token_scope_enabled": True}
    made.member("projects/acme/web", "dave", 20)
    assert JOB not in who(made, READ)


def test_fine_grained_permissions_limit_what_the_list_lets_in() -> None:
    """“You can use fine-grained permissions to explicitly allow access to a limited set of API endpoints.”."""
    made = jobs(default_permissions=False, job_token_policies=["read_packages"])
    made.member("projects/acme/web", "dave", 20)
    assert JOB not in who(made, READ)
    told = jobs(default_permissions=False)
    told.member("projects/acme/web", "dave", 20)
    assert asked(engine_of(told), READ, "acme/web")[JOB] == "unknown"


def test_whether_the_list_is_on_was_not_told() -> None:
    """Unknown is no yes: jobs of other projects may come in where nothing says that the list keeps them out."""
    made = jobs()
    made.answers["/projects/101/job_token_scope/allowlist"] = []
    made.answers["/projects/101/job_token_scope"] = {"inbound_enabled": None}
    made.member("projects/acme/web", "dave", 20)
    assert asked(engine_of(made), READ, "acme/web")[JOB] == "unknown"


def test_an_internal_project_is_read_without_the_list() -> None:
    """“Projects not in the allowlist can use a job token to authenticate with public or internal projects to: … Access the repository.”."""
    made = jobs()
    made.answers["/projects/101"]["visibility"] = "internal"
    made.answers["/projects/101/job_token_scope/allowlist"] = []
    assert JOB in who(made, READ)


def test_a_job_starts_pipelines_elsewhere() -> None:
    """“Pipeline trigger tokens API: Can access only the `POST /projects/:id/trigger/pipeline` endpoint.”."""
    made = jobs()
    made.member("projects/acme/web", "dave", 30)
    assert JOB in who(made, RUN)


def test_a_job_pushes_to_its_own_project_alone_and_where_that_is_allowed() -> None:
    """“Only job tokens generated by CI/CD jobs that run in the project pipelines can push to the project.”."""
    made = jobs()
    made.member("projects/acme/web", "dave", 30)
    assert {JOB, OWN_JOB} & who(made, PUSH) == set()
    made.answers["/projects/101"]["ci_push_repository_for_job_token_allowed"] = True
    assert {JOB, OWN_JOB} & who(made, PUSH) == {OWN_JOB}


def test_a_job_pushes_to_a_protected_branch_where_its_starter_may() -> None:
    """“The job token has the same access permissions as the user who started the job.”."""
    made = jobs()
    made.answers["/projects/101"]["ci_push_repository_for_job_token_allowed"] = True
    made.member("projects/acme/web", "dave", 30)
    made.project_put("acme/web", "protected_branches", branch_rule(1, "main", [{"access_level": 40}], []))
    assert OWN_JOB not in who(made, PUSH, "branch:acme/web/main")


def test_a_jobs_way_tells_who_starts_it() -> None:
    made = jobs()
    made.member("projects/acme/web", "dave", 20)
    engine = engine_of(made)
    job, web = address.principal(engine.snapshot, JOB), address.resource(engine.snapshot, "acme/web")
    [access] = engine.why(job, web, READ)
    assert access.answer is Answer.YES
    assert "runs as whoever starts it" in engine.words(access.paths[0])
    assert access.paths[0].conditions
