"""Hand-worked cases of protected environments and the variables that are for their jobs: each quotes the vendor's sentence.

https://docs.gitlab.com/ci/environments/#access-an-environment-for-preparation-or-verification-purposes
https://docs.gitlab.com/ci/environments/protected_environments/ and https://docs.gitlab.com/ci/environments/deployment_approvals/
"""

from typing import Any

from pipewarden.access import address
from pipewarden.access.engine import Engine
from pipewarden.demo.gitlab.kinds import GitLabEstate, branch_rule, variable
from pipewarden.demo.gitlab.variant import Variant
from pipewarden.model.access import Capability
from tests.access.gitlab.small import asked, engine_of, small, who
from tests.connectors.gitlab.collecting import collected

DEPLOY, READ, USE = Capability.DEPLOY, Capability.READ_SECRET, Capability.USE_SECRET
DEVELOPERS, MAINTAINERS = [{"access_level": 30}], [{"access_level": 40}]
CAROL = {"access_level": 40, "user_id": 3}
PRODUCTION, TOKEN = "env:acme/web/production", "secret:acme/web/TOKEN@production"


def guarded(*lines: dict[str, Any], scope: str = "production", protected: bool = False, **rule: Any) -> GitLabEstate:
    """Return acme/web with dave (Developer), bob (Maintainer), carol (Reporter), and a token for jobs of production."""
    made = small()
    for name, level in (("dave", 30), ("bob", 40), ("carol", 20)):
        made.member("projects/acme/web", name, level)
    made.project_put("acme/web", "environments", {"id": 1, "name": "production", "tier": "production"})
    rule = {"name": "production", "deploy_access_levels": list(lines), "approval_rules": [], **rule}
    if lines:
        made.project_put("acme/web", "protected_environments", rule)
    token = variable("TOKEN", protected=protected, hidden=True, environment_scope=scope)
    made.project_put("acme/web", "variables", token)
    return made


def told(made: GitLabEstate, capability: Capability, name: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return each way in which somebody can, with what else must happen."""
    engine = engine_of(made)
    found = engine.who_can(capability, address.resource(engine.snapshot, name))
    return [(engine.words(path), tuple(c.says for c in path.conditions)) for access in found for path in access.paths]


def test_a_job_that_only_accesses_an_environment_is_no_deployment_and_waits_for_no_approval() -> None:
    """“`access`: Indicates that the job is only accessing the environment. It does not trigger deployments.”.

    “This gives you access to environment-scoped variables”; “Deployments are blocked until all required approvals are given.”
    """
    made = guarded(*MAINTAINERS, required_approval_count=1)
    assert [conditions for _, conditions in told(made, DEPLOY, PRODUCTION)] == [("another person approves",)]
    assert [conditions for _, conditions in told(made, READ, PRODUCTION)] == [()]
    ((words, conditions),) = told(made, READ, TOKEN)
    assert conditions == ()
    assert words.endswith(
        "acme/web (may deploy to, and with `action: access` needs no approval in) → env:acme/web/production "
        "(may run a job with) → secret:acme/web/TOKEN@production"
    )


def test_near_miss_without_approvals_nothing_is_said_of_them() -> None:
    ((words, conditions),) = told(guarded(*MAINTAINERS), READ, TOKEN)
    assert conditions == ()
    assert "approval" not in words


def test_whoever_starts_such_a_job_must_be_allowed_to_deploy_all_the_same() -> None:
    """“Today, all jobs … `verify|access` to a protected environment only allow users in the “allowed to deploy” configuration”.

    https://gitlab.com/gitlab-org/gitlab/-/issues/437142
    """
    assert who(guarded(*MAINTAINERS), READ, TOKEN) == {"bob"}
    assert who(guarded(*DEVELOPERS), READ, TOKEN) == {"bob", "dave"}
    assert who(guarded(), READ, TOKEN) == {"bob", "dave"}, "the near miss: no rule, and a scope guards nothing"


def test_who_may_only_deploy_has_no_commands_of_their_own_there() -> None:
    """“Users granted access to a protected environment, but not push or merge access to the branch deployed to it, are only
    granted access to deploy the environment.”.
    """
    made = guarded(CAROL)
    assert who(made, DEPLOY, PRODUCTION) == {"carol"}
    assert who(made, USE, PRODUCTION) == {"carol"}, "the deployment that she starts uses them"
    assert who(made, READ, PRODUCTION) == set()
    assert who(made, READ, TOKEN) == set()
    near = guarded(CAROL)
    near.answers["/projects/101/members"][2]["access_level"] = 30
    assert who(near, READ, PRODUCTION) == {"carol"}, "the near miss: she may push a branch"


def test_administrators_use_every_environment() -> None:
    """“GitLab administrators can use all environments, including protected environments.”."""
    made = guarded(CAROL)
    made.people["erin"]["is_admin"] = True
    assert who(made, READ, PRODUCTION) == {"erin"}


def test_a_protected_variable_of_an_environment_needs_both() -> None:
    """“Protected variables are available only to pipelines that run on protected branches or protected tags.”."""
    made = guarded(*DEVELOPERS, protected=True)
    made.project_put("acme/web", "protected_branches", branch_rule(1, "main", MAINTAINERS, MAINTAINERS))
    assert who(made, READ, TOKEN) == {"bob"}
    assert who(made, READ, PRODUCTION) == {"bob"}, "all that is scoped to it is protected"
    made.project_put("acme/web", "variables", variable("OPEN", protected=False, environment_scope="pro*"))
    assert who(made, READ, PRODUCTION) == {"bob", "dave"}


def test_a_scope_with_a_star_covers_names_that_no_rule_does() -> None:
    """“You can also use wildcard matching (`*`)”: a job names an environment of its own that fits."""
    assert who(guarded(*MAINTAINERS, scope="prod*"), READ, "secret:acme/web/TOKEN@prod*") == {"bob", "dave"}


def test_an_environment_that_is_protected_before_it_is_there() -> None:
    made = guarded(*MAINTAINERS)
    made.answers["/projects/101/environments"].clear()
    assert who(made, READ, TOKEN) == {"bob"}


def test_rules_that_were_not_read_leave_it_unknown() -> None:
    made = guarded(*DEVELOPERS)
    snapshot, _ = collected(made, Variant(forbidden=frozenset({"/projects/{id}/protected_environments"})))
    assert asked(Engine(snapshot), READ, TOKEN) == {"bob": "unknown", "dave": "unknown"}


def test_whom_a_rule_lets_in_perhaps_reads_perhaps() -> None:
    """The rule names a group that was not read."""
    made = guarded({"access_level": None, "group_id": 999_999})
    assert asked(engine_of(made), READ, TOKEN) == {"bob": "unknown", "dave": "unknown"}


def test_a_rule_of_the_group_binds_the_variables_of_its_tier() -> None:
    """“A user must be allowed in both rulesets to run a deployment job.”."""
    made = guarded(*DEVELOPERS)
    rule = {"name": "production", "deploy_access_levels": MAINTAINERS, "approval_rules": []}
    made.put("/groups/10/protected_environments", rule)
    assert who(made, READ, TOKEN) == {"bob"}
