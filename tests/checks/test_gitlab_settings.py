"""Checks of GitLab that settings decide, alone or together with the pipeline file: each with its near miss beside it."""

from pipewarden import checks
from pipewarden.access.view import View
from pipewarden.checks.base import Verdicts, judge
from pipewarden.demo.gitlab.kinds import GitLabEstate, branch_rule, variable
from pipewarden.demo.gitlab.variant import Variant
from tests.access.gitlab.small import PIPELINE, small
from tests.connectors.gitlab.collecting import collected


def verdicts(check: str, made: GitLabEstate, **more: object) -> Verdicts:
    snapshot, _ = collected(made, **more)
    return judge([each for each in checks.ALL if each.id == check], View(snapshot))


def says(check: str, made: GitLabEstate, **more: object) -> list[str]:
    return [finding.says for finding in verdicts(check, made, **more).findings]


# --- with the pipeline file ---------------------------------------------------------------------------


def test_auto_devops_runs_where_no_file_stands() -> None:
    made = small(auto_devops_enabled=True)
    made.answers["/groups/10"]["auto_devops_enabled"] = True
    told = ["acme/web has no pipeline file and runs Auto DevOps, switched on for acme"]
    assert says("gl.ci.autodevops", made) == told


def test_a_file_of_its_own_turns_auto_devops_off() -> None:
    made = small(auto_devops_enabled=True)
    made.file("acme/web", ".gitlab-ci.yml", PIPELINE)
    assert says("gl.ci.autodevops", made) == []


def test_whether_auto_devops_runs_is_unknown_where_files_were_not_read() -> None:
    refused = Variant(forbidden=frozenset({"/projects/{id}/repository/files/{path}/raw"}))
    found = verdicts("gl.ci.autodevops", small(auto_devops_enabled=True), variant=refused)
    assert not found.findings
    assert found.tallies[0].unknown == 1


def deploying(name: str) -> GitLabEstate:
    """Return acme/web whose job deploys to an environment, with a rule over `production`."""
    made = small()
    made.file("acme/web", ".gitlab-ci.yml", f"ship:\n  environment: {name}\n  script:\n    - ./deploy\n")
    rule = {"name": "production", "deploy_access_levels": [{"access_level": 40}], "approval_rules": []}
    made.project_put("acme/web", "protected_environments", rule)
    return made


def test_a_job_deploys_to_production_under_a_name_that_the_rules_miss() -> None:
    told = [".gitlab-ci.yml of acme/web: job ship deploys to prod, and the rules guard production"]
    assert says("gl.env.name_mismatch", deploying("prod")) == told


def test_a_job_deploys_under_the_name_that_is_guarded() -> None:
    assert says("gl.env.name_mismatch", deploying("production")) == []
    assert says("gl.env.name_mismatch", deploying("staging")) == []


def test_a_groups_rule_guards_the_tier_whatever_the_name() -> None:
    made = deploying("prod")
    rule = {"name": "production", "deploy_access_levels": [{"access_level": 40}], "approval_rules": []}
    made.put("/groups/10/protected_environments", rule)
    made.project_put("acme/web", "environments", {"id": 1, "name": "prod", "tier": "production"})
    assert says("gl.env.name_mismatch", made) == []


def test_rules_over_environments_that_were_not_read_are_no_pass() -> None:
    refused = Variant(forbidden=frozenset({"/projects/{id}/protected_environments"}))
    found = verdicts("gl.env.name_mismatch", deploying("production"), variant=refused)
    assert not found.findings
    assert found.tallies[0].unknown == 1


CHOSEN = """\
variables:
  TARGET: staging
ship:
  environment: $TARGET
  script:
    - ./deploy
"""


def starting(role: str | None, **more: object) -> GitLabEstate:
    made = small(ci_pipeline_variables_minimum_override_role=role, **more)
    made.file("acme/web", ".gitlab-ci.yml", CHOSEN)
    return made


def test_who_may_set_variables_is_a_setting() -> None:
    [told] = says("gl.var.override", starting("developer"))
    assert "can set" in told
    [told] = says("gl.var.override", starting("maintainer"))
    assert told.endswith("(only a Maintainer's start stands before it)")
    assert says("gl.var.override", starting("no_one_allowed")) == []


def test_developers_who_may_set_any_variable_are_told_of_every_file() -> None:
    made = small(ci_pipeline_variables_minimum_override_role="developer")
    made.file("acme/web", ".gitlab-ci.yml", PIPELINE)
    told = [".gitlab-ci.yml of acme/web: whoever may run its pipelines can set any variable of them"]
    assert says("gl.var.override", made) == told


# --- settings alone -----------------------------------------------------------------------------------


def shared(level: int) -> GitLabEstate:
    made = small()
    made.project(102, "acme/platform/api")
    made.put("/groups/10/variables", variable("SHARED"))
    lines = [{"access_level": level}]
    made.project_put(
        "acme/web", "protected_branches", branch_rule(1, "main", [{"access_level": 40}], [{"access_level": 40}])
    )
    made.project_put("acme/platform/api", "protected_branches", branch_rule(2, "main", [{"access_level": 40}], lines))
    return made


def test_a_groups_variable_is_reached_by_developers_through_one_lax_project() -> None:
    told = ["Developers reach secret:acme/SHARED by the protected branch main of acme/platform/api"]
    assert says("gl.var.reach", shared(30)) == told
    assert says("gl.var.reach", shared(40)) == []


def test_a_custom_role_that_administers_is_told_though_nobody_holds_it_yet() -> None:
    made = small()
    made.member_role(7, "keeper", 20, "admin_cicd_variables", "admin_runners")
    made.member_role(8, "reader", 10, "read_code")
    made.member_role(9, "chief", 40, "admin_cicd_variables")
    told = ["the custom role “keeper”, based on Reporter, may read and change variables and manage runners"]
    assert says("gl.group.custom_role", made) == told


def instance(**settings: object) -> GitLabEstate:
    made = small()
    made.answers["/application/settings"] = settings
    return made


def test_new_projects_begin_protected() -> None:
    check = "gl.inst.default_branch_prot"
    open_ = {"allowed_to_push": [{"access_level": 30}], "allow_force_push": False}
    kept = {"allowed_to_push": [{"access_level": 40}], "allow_force_push": False}
    told = "new projects of gitlab:gitlab.acme.example let Developers push to their default branch"
    assert says(check, instance(default_branch_protection_defaults=open_)) == [told]
    assert says(check, instance(default_branch_protection_defaults=kept)) == []
    assert len(says(check, instance(default_branch_protection_defaults={}))) == 1
    assert len(says(check, instance(default_branch_protection_defaults={**kept, "allow_force_push": True}))) == 1


def test_webhooks_stay_out_of_the_instances_network() -> None:
    key = "allow_local_requests_from_web_hooks_and_services"
    told = ["webhooks of gitlab:gitlab.acme.example may send to addresses of its own network"]
    assert says("gl.hook.no_token", instance(**{key: True})) == told
    assert says("gl.hook.no_token", instance(**{key: False})) == []


# --- a deployment that its starter approves, and what push rules let in ---------------------------------


def approved(*, by_starter: bool) -> GitLabEstate:
    made = small(allow_pipeline_trigger_approve_deployment=by_starter)
    rows = [{"access_level": 40, "required_approvals": 1}]
    rule = {"name": "production", "deploy_access_levels": [{"access_level": 40}], "approval_rules": rows}
    made.project_put("acme/web", "protected_environments", rule)
    made.project_put(
        "acme/web", "environments", {"id": 1, "name": "production", "tier": "production", "state": "available"}
    )
    return made


def test_who_starts_a_deployment_may_not_approve_it() -> None:
    told = ["whoever starts a deployment to env:acme/web/production may approve it themselves"]
    assert says("gl.env.self_approve", approved(by_starter=True)) == told
    assert says("gl.env.self_approve", approved(by_starter=False)) == []


def test_push_rules_refuse_both_what_nobody_signed_and_keys() -> None:
    def ruled(**rule: bool) -> list[str]:
        made = small()
        made.answers["/projects/101/push_rule"] = {"id": 1, **rule}
        return says("gl.mr.signed", made)

    assert ruled(reject_unsigned_commits=True, prevent_secrets=True) == []
    assert ruled(reject_unsigned_commits=True, prevent_secrets=False) == ["acme/web takes files that hold keys"]
    both = ["acme/web takes commits that nobody signed and files that hold keys"]
    assert ruled(reject_unsigned_commits=False, prevent_secrets=False) == both
