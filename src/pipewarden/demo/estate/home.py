"""The organization acme, lived in and faulty: its members, teams, rules, apps, secrets and runners."""

from pipewarden.demo.estate.cast import OTHERS
from pipewarden.demo.estate.kinds import Organization, Team
from pipewarden.demo.estate.repositories import repositories
from pipewarden.demo.estate.rows import app, credential, hook, secret, token
from pipewarden.demo.estate.settings import careless, careless_actions, careless_graphql, reviews, ruleset


def organization() -> Organization:
    """Return acme, with its repositories."""
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
    org.repositories = {r.name: r for r in repositories()}
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
        {
            **app(52, 902, "code-coverage", "selected", contents="read", statuses="write", metadata="read"),
            "created_at": "2026-09-14T11:02:00Z",
        },
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
