"""What each facet needs: the app permission and the classic scope, as a gap names them and the docs list them.

https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
"""

from pipewarden.model.facets import Facet

ADMIN = "organization_administration: read (app), or admin:org (token of an owner)"
MEMBERS = "members: read (app), or read:org (token)"
REPOSITORY = "administration: read (app), or repo (token of an administrator)"
OWNER = "a token of an organization owner with admin:org"
ENTERPRISE = "a classic token of an enterprise owner with read:enterprise"

PERMISSIONS: dict[str, str] = {
    Facet.ENT_SETTINGS: ENTERPRISE,
    Facet.ENT_OWNERS: ENTERPRISE,
    Facet.ENT_MEMBERS: ENTERPRISE,
    Facet.ENT_TEAMS: ENTERPRISE,
    Facet.ENT_ROLES: ENTERPRISE,
    Facet.ENT_RUNNER_GROUPS: "a classic token with manage_runners:enterprise",
    Facet.ENT_AUDIT_STREAMS: "a classic token with read:audit_log",
    Facet.ORG_SETTINGS: ADMIN,
    Facet.ORG_SECURITY_SETTINGS: OWNER,
    Facet.ORG_MEMBERS: MEMBERS,
    Facet.ORG_MFA: OWNER,
    Facet.ORG_MFA_METHODS: OWNER,
    Facet.ORG_OUTSIDERS: MEMBERS,
    Facet.ORG_OUTSIDERS_MFA: OWNER,
    Facet.ORG_INVITATIONS: MEMBERS,
    Facet.ORG_TEAMS: MEMBERS,
    Facet.ORG_EXTERNAL_GROUPS: "members: write (app; GitHub asks for write to read these), or read:org (token)",
    Facet.ORG_SAML: OWNER,
    Facet.ORG_SCIM: MEMBERS,
    Facet.ORG_ROLES: "custom organization roles: read and members: read (app), or admin:org (token)",
    Facet.ORG_REPO_ROLES: "custom repository roles: read (app), or admin:org (token)",
    Facet.ORG_SECURITY_MANAGERS: ADMIN,
    Facet.ORG_APPS: ADMIN,
    Facet.ORG_TOKENS: "organization_personal_access_tokens: read; only an app may read these",
    Facet.ORG_TOKEN_REQUESTS: "organization_personal_access_token_requests: read; only an app may read these",
    Facet.ORG_CREDENTIALS: ADMIN,
    Facet.ORG_RULESETS: "organization_administration: write (app; GitHub asks for write), or admin:org (token)",
    Facet.ORG_ACTIONS: ADMIN,
    Facet.ORG_ACTIONS_WORKFLOW: ADMIN,
    Facet.ORG_ACTIONS_FORKS: ADMIN,
    Facet.ORG_ACTIONS_RUNNERS_POLICY: ADMIN,
    Facet.ORG_RUNNER_GROUPS: "organization_self_hosted_runners: read (app), or admin:org (token)",
    Facet.ORG_RUNNERS: "organization_self_hosted_runners: read (app), or admin:org (token)",
    Facet.ORG_SECRETS: "organization_secrets: read (app), or admin:org (token)",
    Facet.ORG_VARIABLES: "organization_actions_variables: read (app), or admin:org (token)",
    Facet.ORG_DEPENDABOT_SECRETS: "organization_dependabot_secrets: read (app), or admin:org (token)",
    Facet.ORG_CODESPACES_SECRETS: "admin:org (token of an owner; apps may not read these)",
    Facet.ORG_OIDC: ADMIN,
    Facet.ORG_WEBHOOKS: "organization_hooks: read (app), or admin:org_hook (token)",
    Facet.ORG_AUDIT_LOG: "organization_administration: read (app), or read:audit_log (token of an owner)",
    Facet.REPO_SETTINGS: "metadata: read (app), or repo (token)",
    Facet.REPO_SECURITY: REPOSITORY,
    Facet.REPO_COLLABORATORS: "metadata: read and members: read (app), or repo and read:org (token)",
    Facet.REPO_TEAMS: REPOSITORY,
    Facet.REPO_BRANCHES: "contents: read (app), or repo (token)",
    Facet.REPO_INVITATIONS: REPOSITORY,
    Facet.REPO_KEYS: REPOSITORY,
    Facet.REPO_PROTECTION: REPOSITORY,
    Facet.REPO_RULESETS: "metadata: read (app), or repo (token)",
    Facet.REPO_ENVIRONMENTS: "actions: read and environments: read (app), or repo (token)",
    Facet.REPO_ENVIRONMENT_SECRETS: "environments: read (app), or repo (token)",
    Facet.REPO_SECRETS: "secrets: read (app), or repo (token)",
    Facet.REPO_VARIABLES: "actions_variables: read (app), or repo (token)",
    Facet.REPO_ACTIONS: REPOSITORY,
    Facet.REPO_ACTIONS_WORKFLOW: REPOSITORY,
    Facet.REPO_RUNNERS: REPOSITORY,
    Facet.REPO_WORKFLOWS: "contents: read (app), or repo (token)",
    Facet.REPO_CODEOWNERS: "contents: read (app), or repo (token)",
    Facet.REPO_DEPENDABOT: "contents: read (app), or repo (token)",
    Facet.REPO_FILES: "contents: read (app), or repo (token)",
    Facet.REPO_OIDC: "actions: read (app), or repo (token)",
    Facet.REPO_WEBHOOKS: "repository hooks: read (app), or admin:repo_hook (token)",
    Facet.REPO_ALERTS: "secret_scanning_alerts: read (app), or security_events (token)",
}
