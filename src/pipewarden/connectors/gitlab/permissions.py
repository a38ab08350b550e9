"""What each facet of GitLab needs, as a gap names it and the docs list it.

https://docs.gitlab.com/user/permissions/
https://docs.gitlab.com/user/profile/personal_access_tokens/#personal-access-token-scopes
"""

from pipewarden.model.facets_gitlab import GitLabFacet

ADMIN = "read_api with a token of an administrator"
OWNER = "read_api with the role Owner of the group"
MAINTAINER = "read_api with the role Maintainer of the project"
REPORTER = "read_api with the role Reporter of the project"
DEVELOPER = "read_api with the role Developer of the project"
GUEST = "read_api with any role in the group"

PERMISSIONS: dict[str, str] = {
    GitLabFacet.INSTANCE_SETTINGS: ADMIN,
    GitLabFacet.USERS: ADMIN,
    GitLabFacet.USER_TOKENS: ADMIN,
    GitLabFacet.IMPERSONATION: ADMIN,
    GitLabFacet.INSTANCE_RUNNERS: ADMIN,
    GitLabFacet.INSTANCE_VARIABLES: ADMIN,
    GitLabFacet.GROUPS: GUEST,
    GitLabFacet.GROUP_SETTINGS: OWNER,
    GitLabFacet.GROUP_MEMBERS: GUEST,
    GitLabFacet.GROUP_TOKENS: OWNER,
    GitLabFacet.GROUP_DEPLOY_TOKENS: OWNER,
    GitLabFacet.GROUP_VARIABLES: OWNER,
    GitLabFacet.GROUP_RUNNERS: OWNER,
    GitLabFacet.GROUP_ENVIRONMENTS: OWNER,
    GitLabFacet.GROUP_HOOKS: OWNER,
    GitLabFacet.SERVICE_ACCOUNTS: OWNER,
    GitLabFacet.SAML_LINKS: OWNER,
    GitLabFacet.LDAP_LINKS: OWNER,
    GitLabFacet.MEMBER_ROLES: f"{OWNER}; on an instance of your own with a token of an administrator",
    GitLabFacet.PROJECTS: GUEST,
    GitLabFacet.MEMBERS: "read_api with any role in the project",
    GitLabFacet.PROTECTED_BRANCHES: MAINTAINER,
    GitLabFacet.PROTECTED_TAGS: MAINTAINER,
    GitLabFacet.ENVIRONMENTS: REPORTER,
    GitLabFacet.PROTECTED_ENVIRONMENTS: MAINTAINER,
    GitLabFacet.APPROVALS: DEVELOPER,
    GitLabFacet.APPROVAL_RULES: DEVELOPER,
    GitLabFacet.PUSH_RULE: MAINTAINER,
    GitLabFacet.VARIABLES: MAINTAINER,
    GitLabFacet.DEPLOY_KEYS: MAINTAINER,
    GitLabFacet.DEPLOY_TOKENS: MAINTAINER,
    GitLabFacet.TOKENS: MAINTAINER,
    GitLabFacet.TRIGGERS: MAINTAINER,
    GitLabFacet.SCHEDULES: DEVELOPER,
    GitLabFacet.RUNNERS: MAINTAINER,
    GitLabFacet.JOB_TOKEN: MAINTAINER,
    GitLabFacet.HOOKS: MAINTAINER,
    GitLabFacet.INTEGRATIONS: MAINTAINER,
    GitLabFacet.STATUS_CHECKS: DEVELOPER,
    GitLabFacet.FILES: REPORTER,
    GitLabFacet.CODE_OWNERS: REPORTER,
    GitLabFacet.SSH_KEYS: "read_api",
    GitLabFacet.SECURE_FILES: MAINTAINER,
    GitLabFacet.AUDIT_STREAMS: f"{OWNER} at the top; of the instance with a token of an administrator",
    GitLabFacet.EXECUTORS: OWNER,
    GitLabFacet.RUNNER_LEVELS: OWNER,
}
