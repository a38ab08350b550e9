"""The story of acme: alice owns, bob develops, carol left, dave is a contractor, mallory attacks, deploybot is a machine."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

from pipewarden.demo.estate import further_files, pipelines
from pipewarden.demo.estate.kinds import Estate, Organization, Person, Repository, Team
from pipewarden.demo.estate.rows import app, credential, hook, key, secret, token
from pipewarden.demo.estate.settings import (
    careful,
    careful_actions,
    careful_graphql,
    careless,
    careless_actions,
    careless_graphql,
    environment,
    protection,
    reviews,
    ruleset,
)
from pipewarden.demo.estate.use import ENTERPRISE_RUNNER_GROUPS, ENTERPRISE_RUNNERS, lived_in

ACME_NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
"""The moment at which the estate is looked at."""

OTHERS = (
    "erin", "frank", "grace", "heidi", "ivan", "judy", "karl", "liam", "mona", "nils", "olga", "peggy", "quinn",
    "rupert", "sybil", "trent", "uma", "victor", "walter", "xenia", "yuri", "zoe", "anna", "ben", "clara", "dan", "eva",
    "felix", "gina", "hugo", "iris", "jonas", "kate", "leo",
)  # fmt: skip
"""People who only make acme the size it is."""


def acme() -> Estate:
    """Return the estate: the organization acme, lived in and faulty, and acme-labs, well kept."""
    people = {p.login: p for p in _people()}
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
        people=people,
        organizations={"acme": lived_in(_acme()), "acme-labs": _labs()},
        renamed={"acme/website": "acme/site"},
    )


def _people() -> list[Person]:
    def employee(number: int, login: str, **more: Any) -> Person:
        email = f"{login}@acme.example"
        given = {"emails": (email,), "saml": email, "scim_active": True, **more}
        return Person(number, login, login.capitalize(), **given)

    named = [
        employee(101, "alice"),
        employee(102, "bob"),
        Person(103, "carol", "Carol", emails=("carol@acme.example",), saml="carol@acme.example", scim_active=False),
        Person(104, "dave", "Dave", mfa="disabled"),
        Person(105, "mallory", "Mallory", mfa="insecure"),
        Person(106, "acme-ci", "Acme CI", mfa="disabled"),
        employee(107, "erin", mfa="insecure"),
        Person(108, "frank", "Frank", emails=("frank@mail.example",), saml="frank@mail.example", mfa="disabled"),
    ]
    return named + [employee(110 + n, login) for n, login in enumerate(OTHERS[2:])]


def _acme() -> Organization:
    org = Organization(
        id=1,
        login="acme",
        settings=careless(),
        graphql=careless_graphql(),
        actions=careless_actions(),
        saml_issuer="https://acme.okta.example/saml",
    )
    org.people = {
        "alice": "admin",
        "erin": "admin",
        "grace": "admin",
        "heidi": "admin",
        "acme-ci": "admin",
        "bob": "member",
    }
    org.people |= dict.fromkeys((login for login in OTHERS if login not in org.people), "member")
    org.outsiders = {"dave"}
    teams = [
        Team(
            11,
            "engineering",
            "Engineering",
            members={"judy": "member", "karl": "maintainer"},
            description="Everyone who builds",
        ),
        Team(12, "platform", "Platform", parent="engineering", members={"bob": "member", "ivan": "maintainer"}),
        Team(13, "sre", "SRE", parent="platform", members={"liam": "member", "mona": "member"}),
        Team(14, "release", "Release", members={"erin": "member", "bob": "member"}),
        Team(15, "security", "Security", members={"grace": "maintainer"}),
        Team(16, "archivists", "Archivists"),
    ]
    org.teams = {team.slug: team for team in teams}
    org.teams["engineering"].repositories = {"web": "read", "api": "write", "docs": "write", "mobile": "write"}
    org.teams["platform"].repositories = {"web": "maintain", "tools": "write", "engineering-handbook": "write"}
    org.teams["sre"].repositories = {"infra": "admin", "web": "write"}
    org.teams["release"].repositories = {"web": "read", "api": "maintain"}
    org.repositories = {r.name: r for r in _repositories()}
    org.repository_roles = [
        {"id": 31, "name": "release manager", "base_role": "read", "permissions": ["create_tag", "edit_repo_metadata"]},
        {"id": 32, "name": "branch boss", "base_role": "write", "permissions": ["bypass_branch_protection"]},
    ]
    org.roles = [
        {"id": 41, "name": "all_repo_read", "base_role": "read", "permissions": [], "source": "Predefined", "users": [], "teams": ["security"]},
        {"id": 42, "name": "ci_cd_admin", "base_role": None, "permissions": ["write_organization_actions_secrets"], "source": "Predefined", "users": ["nils"], "teams": []},
        {"id": 43, "name": "all_repo_admin", "base_role": "admin", "permissions": [], "source": "Predefined", "users": ["olga"], "teams": []},
        {"id": 44, "name": "role keeper", "base_role": None, "permissions": ["write_organization_custom_org_role"], "source": "Organization", "users": ["peggy"], "teams": []},
    ]  # fmt: skip
    org.apps = [
        app(
            51,
            901,
            "deploybot",
            "all",
            contents="write",
            actions="write",
            workflows="write",
            secrets="write",
            metadata="read",
        ),
        app(52, 902, "code-coverage", "selected", contents="read", statuses="write", metadata="read"),
        app(
            53, 903, "old-importer", "all", administration="write", members="write", suspended_at="2025-04-01T00:00:00Z"
        ),
    ]
    org.tokens = [
        token(61, "carol", "nightly", None, "2026-02-27T23:10:00Z", "all", contents="write", administration="write"),
        token(
            62,
            "bob",
            "release notes",
            "2027-01-31T00:00:00Z",
            "2026-11-20T08:00:00Z",
            "subset",
            repos=["web"],
            contents="read",
        ),
        token(63, "liam", "everything", None, None, "all", contents="write", workflows="write", secrets="write"),
    ]
    org.token_requests = [token(64, "mona", "try-out", None, None, "all", contents="read")]
    org.credentials = [
        credential(
            71,
            "bob",
            "personal access token",
            ["repo", "workflow", "admin:org"],
            "2025-01-10T00:00:00Z",
            None,
            "laptop",
        ),
        credential(
            72,
            "erin",
            "personal access token",
            ["read:org"],
            "2026-11-19T00:00:00Z",
            "2027-02-01T00:00:00Z",
            "seat report",
        ),
        credential(73, "judy", "SSH key", [], "2024-06-01T00:00:00Z", None, "old laptop"),
    ]
    org.rulesets = [
        ruleset(
            81,
            "release tags",
            {"type": "creation"},
            {"type": "deletion"},
            target="tag",
            enforcement="evaluate",
            conditions={
                "ref_name": {"include": ["refs/tags/v*"], "exclude": []},
                "repository_name": {"include": ["~ALL"], "exclude": []},
            },
        ),
        ruleset(
            82,
            "guard infra",
            reviews(2),
            {"type": "non_fast_forward"},
            conditions={
                "ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []},
                "repository_name": {"include": ["infra"], "exclude": []},
            },
            bypass_actors=[{"actor_id": 4, "actor_type": "RepositoryRole", "bypass_mode": "always"}],
        ),
    ]
    org.runner_groups = [
        {"id": 1, "name": "Default", "visibility": "all", "default": True, "inherited": False, "allows_public_repositories": True, "restricted_to_workflows": False, "selected_workflows": [], "workflow_restrictions_read_only": False, "repositories": []},
        {"id": 2, "name": "production", "visibility": "selected", "default": False, "inherited": False, "allows_public_repositories": False, "restricted_to_workflows": False, "selected_workflows": [], "workflow_restrictions_read_only": False, "repositories": ["web", "infra"]},
    ]  # fmt: skip
    org.runners = [
        {"id": 301, "name": "vm-1", "os": "linux", "status": "online", "busy": False, "ephemeral": False, "runner_group_id": 1, "labels": ["self-hosted", "linux", "x64"]},
        {"id": 302, "name": "prod-1", "os": "linux", "status": "online", "busy": False, "ephemeral": False, "runner_group_id": 2, "labels": ["self-hosted", "linux", "x64"]},
        {"id": 303, "name": "attic", "os": "linux", "status": "offline", "busy": False, "ephemeral": False, "runner_group_id": 1, "labels": ["self-hosted", "arm64"]},
    ]  # fmt: skip
    org.secrets = [
        secret("NPM_TOKEN", "2023-02-01T00:00:00Z", visibility="all"),
        secret("SONAR_TOKEN", "2026-09-01T00:00:00Z", visibility="private"),
        secret("NETLIFY_TOKEN", "2024-01-15T00:00:00Z", visibility="selected", repositories=["site"]),
        secret("ORG_ADMIN_PAT", "2022-08-01T00:00:00Z", visibility="all"),
    ]
    org.dependabot_secrets = [secret("NPM_TOKEN", "2023-02-01T00:00:00Z", visibility="all")]
    org.variables = [
        {"name": "REGION", "value": "eu-central-1", "visibility": "all"},
        {"name": "DB_PASSWORD", "value": "correct-horse-battery-staple", "visibility": "all"},
    ]
    org.hooks = [
        hook(401, "http://ci.acme.example/github", insecure_ssl="1", secret=False),
        hook(402, "https://hooks.elsewhere.example/in", secret=True, code=502),
    ]
    org.invitations = [
        {"id": 501, "login": "wendy", "role": "direct_member", "created_at": "2026-06-01T09:00:00Z"},
        {"id": 502, "login": None, "role": "admin", "created_at": "2026-11-22T09:00:00Z"},
    ]
    org.failed_invitations = [
        {
            "id": 503,
            "login": "vince",
            "role": "direct_member",
            "created_at": "2026-08-01T09:00:00Z",
            "failed_at": "2026-08-08T09:00:00Z",
            "failed_reason": "expired",
        }
    ]
    return org


def _repositories() -> list[Repository]:
    web = Repository(
        1001,
        "web",
        collaborators={"bob": "triage", "dave": "write", "quinn": "release manager"},
        protections=[
            protection(
                requiresApprovingReviews=True,
                requiredApprovingReviewCount=1,
                requiresStatusChecks=True,
                requiredStatusChecks=[{"context": "test", "app": None}],
                bypassPullRequestAllowances=[{"type": "Team", "name": "sre"}],
            )
        ],
        environments=[
            environment(
                2001, "production", reviewers=[("Team", "release")], secrets=[("DEPLOY_TOKEN", "2024-11-01T00:00:00Z")]
            ),
            environment(2002, "staging"),
        ],
        keys=[
            key(3001, "carol-laptop", "carol", write=True, created="2024-05-14T10:00:00Z", used="2026-11-02T22:41:00Z"),
            key(3002, "read mirror", "bob", write=False, created="2026-09-01T10:00:00Z", used=None),
        ],
        secrets=[secret("SLACK_WEBHOOK", "2025-10-01T00:00:00Z"), secret("DEPLOY_TOKEN", "2023-01-01T00:00:00Z")],
        variables=[{"name": "CDN", "value": "https://cdn.acme.example"}],
        hooks=[hook(411, "https://ci.acme.example/web", secret=False)],
        workflows={".github/workflows/deploy.yml": pipelines.DEPLOY_WEB},
        codeowners=pipelines.CODEOWNERS,
        invitations=[
            {
                "id": 511,
                "login": "yolanda",
                "permissions": "write",
                "created_at": "2026-05-01T09:00:00Z",
                "expired": True,
            }
        ],
    )
    infra = Repository(
        1002,
        "infra",
        collaborators={"dave": "admin"},
        rulesets=[
            ruleset(
                83,
                "one review",
                reviews(1, require_code_owner_review=False),
                bypass_actors=[{"actor_id": 12, "actor_type": "Team", "bypass_mode": "pull_request"}],
            )
        ],
        secrets=[
            secret("AWS_ACCESS_KEY_ID", "2022-03-01T00:00:00Z"),
            secret("AWS_SECRET_ACCESS_KEY", "2022-03-01T00:00:00Z"),
        ],
        workflows={
            ".github/workflows/terraform.yml": pipelines.TERRAFORM,
            ".github/workflows/broken.yml": pipelines.BROKEN,
        },
        files={
            ".github/chainguard/web-release.sts.yaml": further_files.RELEASE_TRUST,
            "iam/web.tf": further_files.WEB_DEPLOY,
        },
        keys=[key(3003, "ansible", "alice", write=True, created="2021-02-01T10:00:00Z", used="2025-01-04T10:00:00Z")],
    )
    api = Repository(
        1003,
        "api",
        "internal",
        environments=[
            environment(
                2003,
                "prod",
                deployment_branch_policy={"protected_branches": True, "custom_branch_policies": False},
                secrets=[("PROD_DB_PASSWORD", "2025-02-01T00:00:00Z")],
            )
        ],
        workflows={
            ".github/workflows/release.yml": pipelines.API_RELEASE,
            ".github/workflows/nightly.yml": further_files.NIGHTLY,
        },
        files={".github/actions/database/action.yml": further_files.DATABASE},
        collaborators={"rupert": "admin"},
    )
    site = Repository(
        1004,
        "site",
        "public",
        workflows={".github/workflows/preview.yml": pipelines.LABEL_SITE},
        files={".github/dependabot.yml": further_files.DEPENDABOT},
        runners=[
            {
                "id": 311,
                "name": "site-runner",
                "os": "linux",
                "status": "online",
                "busy": False,
                "ephemeral": False,
                "runner_group_id": None,
                "labels": ["self-hosted", "linux"],
            }
        ],
        collaborators={"sybil": "maintain", "trent": "branch boss"},
        forking=True,
        protections=[protection(requiresApprovingReviews=True, requiredApprovingReviewCount=1, allowsForcePushes=True)],
    )
    legacy = Repository(
        1005,
        "legacy",
        archived=True,
        pushed="2022-02-01T10:00:00Z",
        created="2017-01-01T08:00:00Z",
        secrets=[secret("FTP_PASSWORD", "2019-05-01T00:00:00Z")],
        keys=[
            key(3004, "carol-laptop", "carol", write=True, created="2019-05-14T10:00:00Z", used="2020-11-02T22:41:00Z")
        ],
    )
    plain = [
        Repository(1006, "docs", "public", codeowners="* @acme/engineering\n", forking=True),
        Repository(
            1007,
            "mobile",
            auto_merge=True,
            protections=[
                protection(
                    isAdminEnforced=True,
                    requiresApprovingReviews=True,
                    requiredApprovingReviewCount=2,
                    dismissesStaleReviews=True,
                )
            ],
        ),
        Repository(
            1008, "tools", collaborators={"uma": "admin", "victor": "admin", "walter": "admin", "xenia": "admin"}
        ),
        Repository(1009, "engineering-handbook", "internal"),
        Repository(
            1010,
            "data-warehouse",
            collaborators={"zoe": "write"},
            rulesets=[ruleset(84, "tried once", reviews(1), enforcement="evaluate")],
        ),
        Repository(
            1011, "experiments", fork=True, upstream="data-warehouse", forking=True, pushed="2023-05-05T10:00:00Z"
        ),
    ]
    return [web, infra, api, site, legacy, *plain]


def _labs() -> Organization:
    org = Organization(
        id=2,
        login="acme-labs",
        settings=careful(),
        graphql=careful_graphql(),
        actions=careful_actions(),
        saml_issuer="https://acme.okta.example/saml-labs",
    )
    org.people = {"alice": "admin", "grace": "admin", "bob": "member", "judy": "member", "karl": "member"}
    org.teams = {
        "builders": Team(
            21,
            "builders",
            "Builders",
            members={"bob": "member", "judy": "maintainer", "karl": "member"},
            repositories={"rocket": "write"},
        ),
        "keepers": Team(
            22,
            "keepers",
            "Keepers",
            members={"grace": "maintainer", "alice": "member"},
            repositories={"rocket": "admin"},
        ),
    }
    guard = ruleset(
        91,
        "everything is guarded",
        reviews(2),
        {"type": "non_fast_forward"},
        {"type": "deletion"},
        {"type": "required_signatures"},
        {"type": "required_linear_history"},
        {
            "type": "required_status_checks",
            "parameters": {
                "strict_required_status_checks_policy": True,
                "required_status_checks": [{"context": "test", "integration_id": 15368}],
            },
        },
        conditions={
            "ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []},
            "repository_name": {"include": ["~ALL"], "exclude": []},
        },
    )
    workflows = ruleset(
        92,
        "pipelines are theirs alone",
        {"type": "file_path_restriction", "parameters": {"restricted_file_paths": [".github/workflows/**"]}},
        target="push",
        conditions={"repository_name": {"include": ["~ALL"], "exclude": []}},
    )
    tags = ruleset(
        93,
        "tags are made by releases",
        {"type": "creation"},
        {"type": "update"},
        {"type": "deletion"},
        target="tag",
        conditions={
            "ref_name": {"include": ["~ALL"], "exclude": []},
            "repository_name": {"include": ["~ALL"], "exclude": []},
        },
    )
    org.rulesets = [guard, workflows, tags]
    org.repositories = {
        "rocket": Repository(
            1101,
            "rocket",
            workflows={".github/workflows/deploy.yml": pipelines.CAREFUL},
            codeowners=pipelines.CAREFUL_CODEOWNERS,
            environments=[
                environment(
                    2101,
                    "production",
                    reviewers=[("Team", "keepers"), ("Team", "builders")],
                    prevent_self_review=True,
                    can_admins_bypass=False,
                    deployment_branch_policy={"protected_branches": False, "custom_branch_policies": True},
                    branch_policies=[{"name": "main", "type": "branch"}],
                    secrets=[("DEPLOY_TOKEN", "2026-10-20T00:00:00Z")],
                )
            ],
            security=dict.fromkeys(("secret_scanning", "secret_scanning_push_protection"), "enabled"),
        )
    }
    org.runner_groups = [
        {"id": 3, "name": "Default", "visibility": "selected", "default": True, "inherited": False, "allows_public_repositories": False, "restricted_to_workflows": True, "selected_workflows": ["acme-labs/rocket/.github/workflows/deploy.yml@refs/heads/main"], "workflow_restrictions_read_only": False, "repositories": ["rocket"]}
    ]  # fmt: skip
    return org


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
