"""Hand-worked cases of protected branches, tags, environments and variables: each quotes the vendor's sentence."""

from pipewarden.demo.gitlab.kinds import GitLabEstate, branch_rule, variable
from pipewarden.model.access import Capability
from tests.access.gitlab.small import asked, engine_of, small, who

PUSH, MERGE, READ_SECRET = Capability.PUSH, Capability.MERGE, Capability.READ_SECRET
NOBODY, DEVELOPERS, MAINTAINERS = [{"access_level": 0}], [{"access_level": 30}], [{"access_level": 40}]
MAIN = "branch:acme/web/main"


def staffed() -> GitLabEstate:
    """Return acme/web with dave, a Developer, and bob, a Maintainer."""
    made = small()
    made.member("projects/acme/web", "dave", 30)
    made.member("projects/acme/web", "bob", 40)
    return made


def ruled(*rules: dict) -> GitLabEstate:  # type: ignore[type-arg]
    made = staffed()
    made.project_put("acme/web", "protected_branches", *rules)
    return made


def test_on_a_group_deploys_who_deploys_to_an_environment_inside() -> None:
    """“Group-level protected environments … deployment tiers”: a group has no environment, its projects have."""
    made = staffed()
    made.member("groups/acme", "carol", 40)
    rule = {"name": "production", "deploy_access_levels": [{"access_level": 40}], "approval_rules": []}
    made.project_put("acme/web", "protected_environments", rule)
    engine = engine_of(made)
    inside = asked(engine, Capability.DEPLOY, "acme/web")
    assert asked(engine, Capability.DEPLOY, "acme") == inside
    assert {"bob", "carol"} <= set(inside)
    assert asked(engine, Capability.DEPLOY, "acme/platform") == {}, "a role there is one on no environment"
    assert "carol" in asked(engine, Capability.RUN_PIPELINE, "acme/platform"), "the near miss"


# --- branches: https://docs.gitlab.com/user/project/repository/branches/protected/ -------------------


def test_the_vendors_own_example_of_three_rules() -> None:
    """“Of the three settings, `Maintainer + Developer` is most permissive, and controls branch behavior as a result.”."""
    made = ruled(
        branch_rule(1, "v1.x", MAINTAINERS, MAINTAINERS),
        branch_rule(2, "v1.*", MAINTAINERS, DEVELOPERS),
        branch_rule(3, "v*", NOBODY, NOBODY),
    )
    assert who(made, MERGE, "branch:acme/web/v1.x") == {"bob", "dave"}
    assert who(made, PUSH, "branch:acme/web/v1.x") == {"bob"}


def test_nobody_pushes_where_every_rule_says_so() -> None:
    """“Every pattern that matches `v1.x` must set `Allowed to push and merge` to `No one`.”."""
    made = ruled(branch_rule(1, "v1.x", NOBODY, MAINTAINERS), branch_rule(2, "v*", NOBODY, NOBODY))
    assert who(made, PUSH, "branch:acme/web/v1.x") == set()


def test_names_are_compared_letter_by_letter() -> None:
    """“Branch names and wildcards are case-sensitive.”."""
    made = ruled(branch_rule(1, "main", MAINTAINERS, MAINTAINERS), branch_rule(2, "MAIN*", DEVELOPERS, DEVELOPERS))
    assert who(made, PUSH, MAIN) == {"bob"}


def test_a_wildcard_crosses_slashes() -> None:
    """“`*gitlab*`: `gitlab`, `gitlab/staging`, `master/gitlab/production`.”."""
    made = ruled(branch_rule(1, "*gitlab*", NOBODY, NOBODY), branch_rule(2, "master/gitlab/production", NOBODY, NOBODY))
    assert who(made, PUSH, "branch:acme/web/master/gitlab/production") == set()


def test_a_merge_request_for_everybody() -> None:
    """“From the Allowed to merge list, select Developers + Maintainers. From the Allowed to push … select No one.”."""
    made = ruled(branch_rule(1, "main", NOBODY, DEVELOPERS))
    assert who(made, PUSH, MAIN) == set()
    assert who(made, MERGE, MAIN) == {"bob", "dave"}


def test_administrators_need_to_be_allowed_too() -> None:
    """“Branch push permission changed to require GitLab administrators to also have the allowed permission in GitLab 16.0.”."""
    made = ruled(branch_rule(1, "main", MAINTAINERS, MAINTAINERS))
    made.people["erin"]["is_admin"] = True
    assert who(made, PUSH, MAIN) == {"bob"}
    assert "erin" in who(made, Capability.BYPASS_PROTECTION, MAIN)


def test_a_rule_that_names_administrators() -> None:
    """The access level 60 is “Admin access”."""
    made = ruled(branch_rule(1, "main", [{"access_level": 60}], MAINTAINERS))
    made.people["erin"]["is_admin"] = True
    assert who(made, PUSH, MAIN) == {"erin"}


def test_a_rule_that_names_a_person() -> None:
    """“In GitLab Premium and Ultimate, you can also add groups or individual users.”."""
    made = ruled(branch_rule(1, "main", [{"access_level": 40, "user_id": 4}], MAINTAINERS))
    assert who(made, PUSH, MAIN) == {"dave"}, "the level beside a person is for display alone"


def test_a_person_who_is_named_and_is_no_member() -> None:
    """“The project must be accessible and shared”: a name in a rule opens no project."""
    made = ruled(branch_rule(1, "main", [{"access_level": 40, "user_id": 6}], MAINTAINERS))
    assert who(made, PUSH, MAIN) == set()


def test_a_rule_that_names_a_group_means_its_direct_members() -> None:
    """“Only direct members of that group are included. Members from parent groups are not automatically granted permissions.”."""
    made = ruled(branch_rule(1, "main", [{"access_level": 40, "group_id": 21}], MAINTAINERS))
    made.member("groups/outer", "bob", 40)
    made.member("groups/outer/guests", "dave", 40)
    made.share("projects/acme/web", "outer/guests", 30)
    assert who(made, PUSH, MAIN) == {"dave"}


def test_a_rule_that_names_a_group_which_was_not_read() -> None:
    """Unknown is not a no: whoever is a member at all may be in that group."""
    made = ruled(branch_rule(1, "main", [{"access_level": 40, "group_id": 21}], MAINTAINERS))
    assert asked(engine_of(made), PUSH, MAIN) == {"bob": "unknown", "dave": "unknown"}


def test_a_protected_environment_may_mean_inherited_members_of_a_group_too() -> None:
    """“group_inheritance_type: 1 … All inherited groups.”; 0, the default, means direct membership alone."""
    made = staffed()
    made.member("groups/outer", "bob", 40)
    made.member("groups/outer/guests", "dave", 40)
    made.share("projects/acme/web", "outer/guests", 30)
    line = {"access_level": 40, "group_id": 21, "group_inheritance_type": 1}
    rule = {"name": "production", "deploy_access_levels": [line], "approval_rules": []}
    made.project_put("acme/web", "protected_environments", rule)
    assert who(made, Capability.DEPLOY, "env:acme/web/production") == {"bob", "dave"}
    line["group_inheritance_type"] = 0
    assert who(made, Capability.DEPLOY, "env:acme/web/production") == {"dave"}


def test_a_deploy_key_that_is_named_pushes_as_long_as_its_owner_is_a_member() -> None:
    """“The owner of the deploy key must also be a member of the project.”: the API does not tell who that is."""
    made = ruled(branch_rule(1, "main", [{"access_level": 40, "deploy_key_id": 61}], MAINTAINERS))
    key = {"id": 61, "title": "carol-laptop", "can_push": True, "created_at": None, "expires_at": None}
    made.project_put("acme/web", "deploy_keys", key)
    assert asked(engine_of(made), PUSH, MAIN) == {"carol-laptop": "unknown"}


def test_a_deploy_key_that_is_not_named() -> None:
    """“From the Allowed to push and merge list, select the deploy key.”: without it there is no pushing past a rule."""
    made = ruled(branch_rule(1, "main", MAINTAINERS, MAINTAINERS))
    key = {"id": 61, "title": "carol-laptop", "can_push": True, "created_at": None, "expires_at": None}
    made.project_put("acme/web", "deploy_keys", key)
    assert who(made, PUSH, MAIN) == {"bob"}
    assert who(made, PUSH) == {"bob", "dave", "carol-laptop"}


def test_code_owners_are_asked_if_any_rule_asks_them() -> None:
    """“Code owner approval is required if any of the applicable rules have Required approval from code owners enabled.”."""
    made = ruled(
        branch_rule(1, "main", MAINTAINERS, MAINTAINERS),
        branch_rule(2, "ma*", MAINTAINERS, MAINTAINERS, code_owner_approval_required=True),
    )
    engine = engine_of(made)
    told = [c.says for access in engine.who_can(MERGE, _ref(engine, MAIN)) for p in access.paths for c in p.conditions]
    assert set(told) == {"a code owner approves, where the files have one"}


def test_where_code_owners_are_asked_nobody_pushes_their_files_past_them() -> None:
    """“Additionally, direct pushes to the protected branch are denied if a rule is matched.”."""
    made = ruled(branch_rule(1, "main", MAINTAINERS, MAINTAINERS, code_owner_approval_required=True))
    engine = engine_of(made)
    told = [c.says for access in engine.who_can(PUSH, _ref(engine, MAIN)) for p in access.paths for c in p.conditions]
    assert told == ["no code owner is named for the files"]


def test_an_archived_project_is_pushed_to_by_nobody() -> None:
    """“Archived projects are: Read-only.”."""
    made = small(archived=True)
    made.member("projects/acme/web", "bob", 50)
    assert who(made, PUSH) == set()


# --- variables and tags: https://docs.gitlab.com/ci/variables/ ----------------------------------------


def test_a_protected_variable_is_for_protected_branches() -> None:
    """“Protected variables are available only to pipelines that run on protected branches or protected tags.”."""
    made = ruled(branch_rule(1, "main", MAINTAINERS, MAINTAINERS))
    made.project_put("acme/web", "variables", variable("OPEN", protected=False), variable("KEPT", hidden=True))
    assert who(made, Capability.USE_SECRET, "secret:acme/web/OPEN") == {"bob", "dave"}
    assert who(made, Capability.USE_SECRET, "secret:acme/web/KEPT") == {"bob"}


def test_a_protected_tag_opens_protected_variables() -> None:
    """“… or protected tags.”: who may create the tag has a job on a commit of their own."""
    made = ruled(branch_rule(1, "main", MAINTAINERS, MAINTAINERS))
    made.project_put("acme/web", "protected_tags", {"name": "v*", "create_access_levels": DEVELOPERS})
    made.project_put("acme/web", "variables", variable("KEPT", hidden=True))
    assert who(made, READ_SECRET, "secret:acme/web/KEPT") == {"bob", "dave"}


def test_who_manages_a_variable_reads_it_unless_it_is_hidden() -> None:
    """“Masked and hidden: … the value can never be revealed in the UI after the variable is saved.”."""
    made = ruled(branch_rule(1, "main", NOBODY, NOBODY))
    made.project_put("acme/web", "variables", variable("SEEN"), variable("HIDDEN", hidden=True))
    assert who(made, READ_SECRET, "secret:acme/web/SEEN") == {"bob"}
    assert who(made, READ_SECRET, "secret:acme/web/HIDDEN") == set()


def test_a_variable_of_a_group_reaches_all_its_projects() -> None:
    """“You can make a CI/CD variable available to all projects in a group.”."""
    made = staffed()
    made.project(102, "acme/platform/api")
    made.member("projects/acme/platform/api", "carol", 30)
    made.put("/groups/10/variables", variable("SHARED", protected=False, hidden=True))
    assert who(made, Capability.USE_SECRET, "secret:acme/SHARED") == {"bob", "carol", "dave"}


# --- environments: https://docs.gitlab.com/ci/environments/protected_environments/ --------------------


def test_an_environment_without_a_rule_is_deployed_to_by_whoever_runs_jobs() -> None:
    """“Since deploy jobs can be raised by different users with different roles …”: only a rule limits them."""
    made = staffed()
    made.project_put("acme/web", "environments", {"id": 1, "name": "production", "tier": "production"})
    assert who(made, Capability.DEPLOY, "env:acme/web/production") == {"bob", "dave"}


def test_a_protected_environment_lets_in_whom_it_names() -> None:
    """“A protected environment … only authorized users can deploy.”."""
    made = staffed()
    rule = {"name": "production", "deploy_access_levels": MAINTAINERS, "approval_rules": []}
    made.project_put("acme/web", "protected_environments", rule)
    assert who(made, Capability.DEPLOY, "env:acme/web/production") == {"bob"}


def test_a_groups_rule_and_a_projects_rule_must_both_allow() -> None:
    """“A user must be allowed in both rulesets to run a deployment job.”."""
    made = staffed()
    made.project_put("acme/web", "environments", {"id": 1, "name": "production", "tier": "production"})
    rule = {"name": "production", "deploy_access_levels": DEVELOPERS, "approval_rules": []}
    made.project_put("acme/web", "protected_environments", rule)
    made.put("/groups/10/protected_environments", {**rule, "deploy_access_levels": MAINTAINERS})
    assert who(made, Capability.DEPLOY, "env:acme/web/production") == {"bob"}


def test_whoever_a_groups_rule_may_let_in_is_let_in_perhaps() -> None:
    """The rule of the group names a group that was not read: whether bob is in it, nobody can say."""
    made = staffed()
    made.project_put("acme/web", "environments", {"id": 1, "name": "production", "tier": "production"})
    rule = {"name": "production", "deploy_access_levels": DEVELOPERS, "approval_rules": []}
    made.project_put("acme/web", "protected_environments", rule)
    named = [{"access_level": None, "group_id": 999_999}, {"access_level": None, "user_id": 2}]
    made.put("/groups/10/protected_environments", {**rule, "deploy_access_levels": named})
    told = asked(engine_of(made), Capability.DEPLOY, "env:acme/web/production")
    assert told == {"bob": "yes", "dave": "unknown"}


def _ref(engine, name):  # type: ignore[no-untyped-def]
    from pipewarden.access import address

    return address.resource(engine.snapshot, name)
