"""An estate that holds one of everything a check may meet, to be broken in every way."""

from pipewarden.model.ids import Kind
from tests.checks.builder import Estate, days_ago
from tests.checks.entra_things import with_tenant
from tests.checks.gitlab_part import gitlab
from tests.checks.jenkins_part import jenkins
from tests.checks.okta_estate import everything as okta_everything
from tests.checks.vault_estate import add_vault


def everything() -> Estate:
    """Return acme with people, teams, machines, rules, secrets and workflows."""
    estate = Estate()
    estate.enterprise(owner_info={"samlIdentityProvider": None, "twoFactorRequiredSetting": "NO_POLICY"})
    estate.org(
        "acme",
        base="write",
        two_factor_requirement_enabled=True,
        plan={"name": "enterprise"},
        samlIdentityProvider={"issuer": "https://idp.acme.example"},
        domains=[{"domain": "acme.example", "isVerified": True}],
        actions_workflow={"default_workflow_permissions": "write", "can_approve_pull_request_reviews": True},
        emu=False,
        activity_since=days_ago(180).isoformat(),
        audit_events=[
            {"at": days_ago(2).isoformat(), "action": "org.disable_saml", "actor": "alice"},
            {"at": days_ago(3).isoformat(), "action": "repo.access", "repo": "acme/web", "visibility": "private"},
            {"at": days_ago(4).isoformat(), "action": "repo.access", "repo": "acme/web", "visibility": "public"},
            {"at": days_ago(5).isoformat(), "action": "repository_ruleset.destroy", "actor": "bob", "repo": "acme/web"},
        ],
    )
    estate.enterprise_owner("alice")
    estate.member("alice", owner=True, mfa="disabled", publicMember=True, verified_domain_emails=[])
    estate.member("bob", saml={"nameId": "bob@acme.example"}, scim={"active": True, "userName": "bob"}, mfa="enabled")
    estate.member("deploybot", mfa="disabled")
    estate.outsider("dave", mfa="insecure")
    estate.repo(
        "acme/web", allow_forking=True, allow_auto_merge=True, codeowners_rules=[{"owners": ["@acme/platform"]}]
    )
    estate.repo("acme/handbook", visibility="internal")
    estate.repo("acme/site", visibility="public")
    estate.team("acme/platform", "bob", maintainers=["alice"], external_groups=[])
    estate.team("acme/interns", "deploybot", parent="acme/platform")
    estate.team_on("acme/platform", "acme/web", "maintain")
    estate.direct("bob", "acme/web", "admin").direct("dave", "acme/web", "write")
    estate.role("org_role:7", "all_repo_write", level="write")
    estate.role("org_role:8", "Role keeper", permissions={"write_organization_custom_org_role": "write"})
    estate.org_role("acme/platform", "org_role:7").org_role("bob", "org_role:8")
    estate.app("shipit", {"contents": "write", "workflows": "write"}, app_id=77, app_owner={"login": "mallory"})
    estate.fine_grained_token("bob", "release", {"repository": {"contents": "write"}}, created=days_ago(10))
    estate.credential("bob", ["repo"], authorized=days_ago(400))
    estate.credential("bob", kind=Kind.SSH_KEY, authorized=days_ago(400))
    estate.deploy_key("acme/web", write=True, added_by="carol", created=days_ago(500), fingerprint="aa")
    estate.protect("acme/web", requiresApprovingReviews=True, requiredApprovingReviewCount=1)
    estate.ruleset("acme", "all", {"type": "creation"}, bypass=[{"actor_type": "Integration", "actor_id": 77}])
    estate.ruleset("acme/web", "keys", {"type": "update"}, bypass=[{"actor_type": "DeployKey", "actor_id": None}])
    estate.environment("acme/web", reviewers=["acme/interns", "deploybot"])
    estate.secret("acme", "APP_PRIVATE_KEY", visibility="all")
    estate.secret("acme/web", "NPM_TOKEN").secret("env:acme/web/production", "DEPLOY_KEY")
    estate.variable("acme/web", "AWS_SECRET", looks_secret=True)
    estate.runner_group("Default", visibility="all", allows_public_repositories=True)
    estate.runner("runners:acme/Default", labels=["self-hosted"])
    estate.webhook("acme/web", config={"url": "http://hooks.example", "insecure_ssl": "1", "has_secret": False})
    estate.workflow("acme/web", triggers=["push"], facts={})
    estate.uses("acme/web/.github/workflows/ci.yml", "secret", "NPM_TOKEN", "secret:acme/web/NPM_TOKEN", line=7)
    estate.item(Kind.INVITATION, "acme", "mallory", login="mallory", created_at=days_ago(30).isoformat())
    estate.item(Kind.TOKEN_REQUEST, "acme", "request", created_at=days_ago(30).isoformat())
    estate.item(Kind.BRANCH, "acme/web", "main", protected=True, default=True)
    for number, where in enumerate(("aws", "entra", "vault", "octo-sts")):
        estate.cloud_role("acme/web", where, "repo:acme/*", line=number)
    for path in (".github/workflows/deploy.yml", ".gitlab-ci.yml", "Jenkinsfile", ".env"):
        estate.item(
            Kind.PLAIN_SECRET,
            "acme/web",
            path,
            title="GitHub personal access token (classic)",
            confidence="certain",
            low=False,
            fingerprint=f"fingerprint of {path}",
            count=1,
            places=[{"path": path, "line": 3, "column": 5, "where": "env.TOKEN"}],
            instead=[],
        ).set(f"{Kind.PLAIN_SECRET}:acme/web/{path}", kind="github_pat")
    for system, path in (
        ("gitlab", ".gitlab-ci.yml"),
        ("jenkins", "Jenkinsfile"),
        ("azure", "azure-pipelines.yml"),
        ("circleci", ".circleci/config.yml"),
        ("bitbucket", "bitbucket-pipelines.yml"),
    ):
        estate.workflow("acme/web", path, system=system, jobs=[], weaknesses=[])
    add_vault(estate)
    gitlab(estate)
    jenkins(estate)
    okta_everything().into(estate)
    return with_tenant(estate)
