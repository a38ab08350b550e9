"""The story of acme: alice owns, bob develops, carol left, dave is a contractor, mallory attacks, deploybot is a machine."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta

from pipewarden.demo.estate.cast import people
from pipewarden.demo.estate.home import organization
from pipewarden.demo.estate.kinds import Estate
from pipewarden.demo.estate.labs import labs
from pipewarden.demo.estate.rows import app
from pipewarden.demo.estate.use import ENTERPRISE_RUNNER_GROUPS, ENTERPRISE_RUNNERS, lived_in

ACME_NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
"""The moment at which the estate is looked at."""


def acme() -> Estate:
    """Return the estate: the organization acme, lived in and faulty, and acme-labs, well kept."""
    return Estate(
        now=ACME_NOW,
        enterprise={
            "id": 90,
            "slug": "acme-corp",
            "name": "Acme Corporation",
            "owners": ["alice"],
            "owner_info": {
                "twoFactorRequiredSetting": "NO_POLICY",
                "twoFactorDisallowedMethodsSetting": "NO_POLICY",
                "repositoryDeployKeySetting": "NO_POLICY",
                "membersCanInviteCollaboratorsSetting": "NO_POLICY",
                "membersCanChangeRepositoryVisibilitySetting": "NO_POLICY",
                "membersCanDeleteRepositoriesSetting": "NO_POLICY",
                "membersCanCreateRepositoriesSetting": "NO_POLICY",
                "allowPrivateRepositoryForkingSetting": "NO_POLICY",
                "defaultRepositoryPermissionSetting": "NO_POLICY",
                "ipAllowListEnabledSetting": "DISABLED",
                "notificationDeliveryRestrictionEnabledSetting": "DISABLED",
                "affiliatedUsersWithTwoFactorDisabledExist": True,
            },
            "audit_log_streams": [],
            "runner_groups": ENTERPRISE_RUNNER_GROUPS,
            "runners": ENTERPRISE_RUNNERS,
        },
        people={p.login: p for p in people()},
        organizations={"acme": lived_in(organization()), "acme-labs": labs()},
        renamed={"acme/website": "acme/site"},
    )


def acme_earlier() -> Estate:
    """Return acme a week earlier: what has changed since, for better and for worse, shows in `diff previous`."""
    estate = deepcopy(acme())
    estate.now = ACME_NOW - timedelta(days=7)
    org = estate.organizations["acme"]
    org.people["heidi"] = "member"
    org.teams["platform"].members.pop("bob")
    org.teams["platform"].members["zoe"] = "member"
    web, infra = org.repositories["web"], org.repositories["infra"]
    web.protections[0]["isAdminEnforced"] = True
    web.collaborators.pop("dave")
    infra.collaborators["dave"] = "write"
    infra.rulesets[0]["rules"][0]["parameters"]["required_approving_review_count"] = 2
    org.repositories["site"].visibility = "private"
    org.apps = [app for app in org.apps if app["app_slug"] != "code-coverage"]
    return estate


def acme_later() -> Estate:
    """Return acme a week later: some of it was mended, some got worse, and a new app came."""
    estate = acme()
    estate.now = ACME_NOW + timedelta(days=7)
    org = estate.organizations["acme"]
    web, infra = org.repositories["web"], org.repositories["infra"]
    web.collaborators["dave"] = "maintain"
    web.keys = [each for each in web.keys if each["title"] != "carol-laptop"]
    infra.rulesets[0]["enforcement"] = "evaluate"
    org.apps.append(app(55, 906, "helpful-merger", "all", contents="write", pull_requests="write", metadata="read"))
    org.settings["two_factor_requirement_enabled"] = True
    return estate
