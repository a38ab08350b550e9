"""What was done in acme of late: runs, deployments, the audit log, the groups of its identity provider.

It is the evidence of who still uses what: bob deploys, nobody has used the old importer since it was suspended, and
carol's key pushed eight months after she left.
"""

from datetime import UTC, datetime

from pipewarden.demo.estate.kinds import Json, Organization

DEPLOY = ".github/workflows/deploy.yml"
TERRAFORM = ".github/workflows/terraform.yml"


def _run(workflow: str, actor: str, event: str, branch: str, at: str, conclusion: str = "success") -> Json:
    return {
        "workflow": workflow,
        "actor": actor,
        "event": event,
        "branch": branch,
        "at": f"{at}Z",
        "conclusion": conclusion,
    }


def _deployment(environment: str, actor: str, at: str, ref: str = "main") -> Json:
    return {"environment": environment, "actor": actor, "ref": ref, "at": f"{at}Z"}


def _event(action: str, actor: str, at: str, **more: object) -> Json:
    return {"action": action, "actor": actor, "at": f"{at}+00:00", **more}


WEB_RUNS = (
    _run(DEPLOY, "bob", "push", "main", "2026-11-16T10:12:00"),
    _run(DEPLOY, "bob", "push", "main", "2026-11-18T14:03:00", "failure"),
    _run(DEPLOY, "ivan", "workflow_dispatch", "main", "2026-11-19T09:40:00"),
    _run(DEPLOY, "carol", "push", "main", "2026-11-02T22:42:00"),
    _run(DEPLOY, "bob", "push", "main", "2026-11-20T15:31:00"),
)
WEB_DEPLOYMENTS = (
    _deployment("production", "bob", "2026-11-16T10:20:00"),
    _deployment("staging", "bob", "2026-11-18T13:55:00"),
    _deployment("production", "ivan", "2026-11-19T09:45:00"),
    _deployment("production", "bob", "2026-11-20T15:38:00"),
)
EVENTS = (
    _event("org.add_member", "alice", "2026-09-01T08:00:00", user="zoe", user_id=127, permission="read"),
    _event("integration_installation.create", "heidi", "2026-09-14T11:02:00", name="code-coverage"),
    _event("org.update_member", "alice", "2026-11-19T16:20:00", user="heidi", permission="admin"),
    _event("team.add_member", "ivan", "2026-11-19T17:01:00", user="bob", team="acme/platform"),
    _event("repo.access", "heidi", "2026-11-20T18:44:00", repo="acme/site", visibility="public"),
    _event("protected_branch.update_admin_enforced", "heidi", "2026-11-20T18:47:00", repo="acme/web", name="main"),
    _event("repo.add_member", "ivan", "2026-11-20T19:05:00", repo="acme/web", user="dave", user_id=104),
    _event("repository_ruleset.update", "liam", "2026-11-21T07:12:00", repo="acme/infra", name="one review",
           ruleset_source_type="Repository"),
    _event("git.push", "carol", "2026-11-02T22:41:00", repo="acme/web", transport_protocol_name="ssh", read_only=False),
    _event("git.clone", "acme-ci", "2026-11-22T03:00:00", repo="acme/api", transport_protocol_name="http"),
    _event("workflows.completed_workflow_run", "bob", "2026-11-20T15:39:00", repo="acme/web", name="deploy"),
    _event("workflows.created_workflow_run", "bob", "2026-11-17T09:05:00", repo="acme/api", name="release",
           event="workflow_dispatch", head_branch="main", run_number=31, actor_is_bot=False),
    _event("org.credential_authorization", "erin", "2026-11-19T08:00:00", operation_type="create"),
)  # fmt: skip
GROUPS = (
    {"id": 601, "idp": "00g00000000000000012", "name": "platform", "teams": ["platform"], "members": ["bob", "ivan"]},
    {"id": 602, "idp": "00g00000000000000602", "name": "Security", "teams": ["security"], "members": ["grace"]},
    {"id": 603, "idp": "00g00000000000000013", "name": "release", "teams": ["release"], "members": ["bob", "erin"]},
)
"""`idp` is the id that a group has at the identity provider; Security was removed there, and its team was kept."""
ENTERPRISE_RUNNER_GROUPS = ({"id": 701, "name": "shared", "allows_public_repositories": False, "default": True},)
ENTERPRISE_RUNNERS = (
    {
        "id": 351,
        "name": "shared-1",
        "os": "linux",
        "status": "online",
        "busy": False,
        "ephemeral": True,
        "runner_group_id": 701,
        "labels": ["self-hosted", "linux", "x64"],
    },
)


SUITES: tuple[Json, ...] = (
    {"id": 21, "actor": "heidi", "repository": "infra", "ref": "refs/heads/main", "result": "bypass",
     "at": datetime(2026, 11, 20, 18, 50, tzinfo=UTC)},
    {"id": 22, "actor": "liam", "repository": "infra", "ref": "refs/heads/main", "result": "pass",
     "at": datetime(2026, 11, 21, 7, 14, tzinfo=UTC)},
)  # fmt: skip
"""heidi pushed what nobody reviewed; liam's went the way it should."""


def lived_in(org: Organization) -> Organization:
    """Give acme its recent past."""
    web, infra = org.repositories["web"], org.repositories["infra"]
    web.runs, web.deployments = WEB_RUNS, WEB_DEPLOYMENTS
    web.branches = ("release/2026.11", "bob/try-out")
    infra.runs = (
        _run(TERRAFORM, "liam", "push", "main", "2026-11-21T07:15:00"),
        _run(TERRAFORM, "dave", "pull_request", "dave/bigger-disks", "2026-11-22T20:30:00"),
    )
    org.events, org.external_groups = EVENTS, GROUPS
    org.suites = SUITES
    web.alerts = (
        {"number": 3, "secret_type": "aws_access_key_id", "created_at": "2026-11-02T10:00:00Z", "validity": "active"},
        {"number": 2, "secret_type": "slack_api_token", "created_at": "2026-03-02T10:00:00Z", "state": "resolved",
         "resolution": "revoked"},
    )  # fmt: skip
    infra.alerts = (
        {"number": 1, "secret_type": "google_api_key", "created_at": "2026-01-15T10:00:00Z", "validity": "inactive"},
    )
    return org
