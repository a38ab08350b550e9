"""Acme on GitLab: alice owns, bob maintains platform, carol left and kept a local account, dave mirrors until December."""

from datetime import datetime

from pipewarden.demo.estate.story import ACME_NOW
from pipewarden.demo.gitlab.kinds import GitLabEstate, branch_rule, variable

HOST = "gitlab.acme.example"


def acme_gitlab(now: datetime = ACME_NOW) -> GitLabEstate:
    """Return acme's GitLab on the day of the story."""
    estate = GitLabEstate(now=now, host=HOST)
    _people(estate)
    _groups(estate)
    _deploy(estate)
    _others(estate)
    return estate


def _people(estate: GitLabEstate) -> None:
    estate.person(1, "alice")
    estate.person(2, "bob")
    estate.person(3, "carol", two_factor_enabled=False, identities=[], last_activity_on="2026-10-02")
    estate.person(4, "dave", two_factor_enabled=False, external=True)
    estate.person(5, "erin")
    estate.person(7, "grace", is_admin=True)
    estate.person(8, "heidi", is_admin=True, two_factor_enabled=False, last_activity_on="2026-03-01")
    estate.person(9, "ivan")
    estate.person(10, "judy")
    estate.person(66, "mallory", identities=[], two_factor_enabled=False, email="mallory@mail.example")
    estate.person(
        900, "project_101_bot_5f3c", bot=True, identities=[], email="project_101_bot_5f3c@noreply.acme.example"
    )


def _groups(estate: GitLabEstate) -> None:
    estate.group(10, "acme")
    estate.group(11, "acme/platform", require_two_factor_authentication=True)
    estate.group(12, "acme/mobile")
    estate.group(13, "acme/platform/sre")
    estate.group(20, "contractors")
    estate.member("groups/acme", "alice", 50)
    estate.member("groups/acme/platform", "bob", 40)
    estate.member("groups/acme/platform", "ivan", 30)
    estate.member("groups/acme/platform/sre", "judy", 40)
    estate.member("groups/acme/mobile", "carol", 40)
    estate.member("groups/acme/mobile", "erin", 30)
    estate.member("groups/contractors", "mallory", 50)
    estate.share("groups/acme/mobile", "contractors", 30)


def _deploy(estate: GitLabEstate) -> None:
    """Fill the project that deploys to production."""
    path = "acme/platform/deploy"
    estate.project(101, path)
    estate.member(f"projects/{path}", "project_101_bot_5f3c", 40)
    estate.share(f"projects/{path}", "acme/platform/sre", 30)
    estate.project_put(
        path,
        "protected_branches",
        branch_rule(1, "main", [{"access_level": 0}], [{"access_level": 40}]),
        branch_rule(2, "release/*", [{"access_level": 40}], [{"access_level": 40}]),
        branch_rule(3, "re*", [{"access_level": 30}], [{"access_level": 30}], allow_force_push=True),
    )
    estate.project_put(
        path, "variables", variable("DEPLOY_TOKEN", protected=False, masked=False), variable("DB_PASSWORD")
    )


def _others(estate: GitLabEstate) -> None:
    estate.project(102, "acme/platform/api")
    estate.project_put(
        "acme/platform/api",
        "protected_branches",
        branch_rule(4, "main", [{"access_level": 40}], [{"access_level": 30}]),
    )
    estate.project(103, "acme/mobile/app")
    estate.project(104, "acme/web-mirror", mirror=True)
    estate.member("projects/acme/web-mirror", "dave", 30, expires_at="2026-12-31")
    estate.project_put(
        "acme/web-mirror", "protected_branches", branch_rule(5, "main", [{"access_level": 40}], [{"access_level": 40}])
    )
    estate.project(105, "acme/handbook", visibility="public")
    estate.project_put(
        "acme/handbook", "protected_branches", branch_rule(6, "main", [{"access_level": 40}], [{"access_level": 40}])
    )
