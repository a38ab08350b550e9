"""The repositories of acme, with what stands in them and who holds keys to them."""

from pipewarden.demo.estate import further_files, pipelines
from pipewarden.demo.estate.kinds import Repository
from pipewarden.demo.estate.rows import hook, key, secret
from pipewarden.demo.estate.settings import environment, protection, reviews, ruleset


def repositories() -> list[Repository]:
    """Return the repositories of acme."""
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
