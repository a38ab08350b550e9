"""Which values of fields are honest whatever they are, and which nulls and absences the vendor gives a meaning."""

from tests.refused.altering import Field
from tests.refused.xml import TEXT

FREE = {
    "id", "appId", "keyId", "templateId", "principalId", "roleDefinitionId", "appRoleId", "directoryScopeId",
    "appOwnerOrganizationId", "roleAssignmentOriginId", "issuer", "subject", "displayName", "membershipRule", "mail",
    "userPrincipalName", "fullName", "url", "accessor", "mount_accessor", "bound_subject", "sub", "name", "entity_id",
    "userId", "groupId", "externalUserState", "urlName", "label", "key", "environment_scope", "default_branch",
    "ci_config_path", "full_path", "path_with_namespace", "username", "href", "value", "email", "extern_uid", "ref",
    "description", "login", "title", "web_url", "path", "orn", "clientName", "pattern", "domain", "nameWithOwner", "slug",
    "guid", "nameId", "context", "databaseId", "ssoUrl", "sid", "scriptPath", "authToken", "repositoryUrl", "repoOwner", "repository", "command", "script",
    "display_name", "bound_issuer", "actor_name", "app_slug", "added_by",
}  # fmt: skip
"""Fields that hold ids, names and texts: another one is another thing, and no word of a list."""

FREE_LISTS = {
    "includeUsers", "excludeUsers", "includeGroups", "excludeGroups", "includeRoles", "excludeRoles", "includeApplications",
    "excludeApplications", "audiences", "allowedResourceActions", "token_policies", "policies", "member_entity_ids",
    "member_group_ids", "groupIds", "tag_list", "assignments", "features", "keys", "bound_audiences", "assignedLabels", "approvedSignatures", "allowed_redirect_uris",
    "patterns_allowed", "include", "exclude", "restricted_file_paths",
}  # fmt: skip
"""Lists of such."""

NAMES = {"appRoles": {"value"}}
"""Inside of what a field is a name, whose own name says nothing of that."""

MEANT = {
    # https://learn.microsoft.com/en-us/graph/api/resources/group : only groups that may hold a role say so
    ("entra", "/v1.0/groups", "isAssignableToRole", "null"),
    # .../resources/conditionalaccesspolicy : a policy may control the session alone
    ("entra", "/v1.0/identity/conditionalAccess/policies", "grantControls", "null"),
    # .../resources/serviceprincipal : an application without single sign-on
    ("entra", "/v1.0/servicePrincipals", "preferredSingleSignOnMode", "null"),
    # .../resources/user : "null if this object has never been synced"; who never signed in has no activity
    ("entra", "/v1.0/users", "onPremisesSyncEnabled", "null"),
    ("entra", "/v1.0/users", "signInActivity", "null"),
    ("entra", "/v1.0/users", "signInActivity", "gone"),
    # the real server writes null where a role binds no audiences or claims, and a group has no policies or members
    ("vault", "GET /auth/{jwt}/role/{name}", "bound_audiences", "null"),
    ("vault", "GET /auth/{jwt}/role/{name}", "bound_claims", "null"),
    ("vault", "GET /auth/{jwt}/role/{name}", "sub", "gone"),
    ("vault", "GET /identity/group/id/{id}", "member_entity_ids", "null"),
    ("vault", "GET /identity/group/id/{id}", "member_group_ids", "null"),
    ("vault", "GET /identity/group/id/{id}", "policies", "null"),
    # what is not mounted is not listed, and a store of the first version has no options
    *(("vault", "GET /sys/auth", f"{path}/", "gone") for path in ("approle", "jwt-github", "oidc", "userpass")),
    ("vault", "GET /sys/audit", "main/", "gone"),
    ("vault", "GET /sys/mounts", "secret/", "gone"),
    ("vault", "GET /sys/mounts", "options", "null"),
    # an engine that comes as a plugin has a name of its own, and keeps no key-value secrets
    ("vault", "GET /sys/mounts", "type", "unheard"),
    ("vault", "GET /sys/mounts", "version", "null"),
    ("vault", "GET /sys/mounts", "version", "gone"),
    # a token that is not periodic has no period
    ("vault", "POST /auth/token/lookup-accessor", "period", "gone"),
    # an empty repository has no default branch, older versions no pushing by job tokens
    ("gitlab", "/groups/{id}/projects", "default_branch", "null"),
    ("gitlab", "/groups/{id}/projects", "ci_push_repository_for_job_token_allowed", "gone"),
    # plans without the refusal of unsigned commits leave it out
    ("gitlab", "/projects/{id}/push_rule", "reject_unsigned_commits", "gone"),
    # a membership without an end is for good
    ("gitlab", "/projects/{id}/members", "expires_at", "null"),
    ("gitlab", "/groups/{id}/members", "expires_at", "null"),
    # https://docs.github.com/en/graphql/reference/objects#externalidentity : an invitation has no user yet, an identity of
    # SAML alone none of SCIM; #organization : without single sign-on there is no provider
    *(
        ("github", "graphql saml", each, "null")
        for each in ("user", "samlIdentity", "scimIdentity", "nameId", "username")
    ),
    ("github", "graphql organization", "samlIdentityProvider", "null"),
    # #blob : what stands at a path is another text, a folder has none, and nothing need stand there
    *(("github", "graphql repositories", "text", how) for how in ("gone", "unheard")),
    # a list of who may bypass that is hidden is said to be so; an advisory that was not withdrawn has no date of that
    *(
        ("github", f"/{where}/rulesets/{{ruleset_id}}", "bypass_actors", how)
        for where in ("orgs/{org}", "repos/{owner}/{repo}")
        for how in ("null", "gone")
    ),
    ("github", "graphql action_advisories", "withdrawnAt", "null"),
    # #repository : an object of an id that nothing has is null
    *(("github", "graphql UsedActions", f"c{number}", "null") for number in range(20)),
    # older servers name a token by the number of its grant
    *(("github", f"/orgs/{{org}}/personal-access-token{each}", "token_id", "gone") for each in ("s", "-requests")),
    # an app that works is not suspended, a token without a day never ends, and of whoever added a key GitHub may know nothing
    ("github", "/orgs/{org}/installations", "suspended_at", "null"),
    ("github", "/orgs/{org}/personal-access-tokens", "token_expires_at", "null"),
    ("github", "/orgs/{org}/credential-authorizations", "authorized_credential_expires_at", "null"),
    ("github", "/repos/{owner}/{repo}/keys", "added_by", "null"),
    # roles are made of permissions of an open list: another one is another role
    *(("github", f"/orgs/{{org}}/{each}-roles", "*", "unheard") for each in ("custom-repository", "organization")),
    # a webhook that is not signed has no secret; a check that anybody may report names no app ("optional")
    *(("github", f"/{each}/hooks", "secret", "gone") for each in ("orgs/{org}", "repos/{owner}/{repo}")),
    *(
        ("github", f"/{each}/rulesets/{{ruleset_id}}", "integration_id", "gone")
        for each in ("orgs/{org}", "repos/{owner}/{repo}")
    ),
    # servers that ask no vendor whether a secret still works do not say it: what is open counts as one that may
    ("github", "/orgs/{org}/secret-scanning/alerts", "validity", "gone"),
    # "Set to null to allow all branches"
    ("github", "/repos/{owner}/{repo}/environments", "deployment_branch_policy", "null"),
    # a repository without workflows has no such folder
    ("github", "graphql repositories", "workflows", "null"),
    # #tree : a file that is called so has no entries
    ("github", "graphql repositories", "entries", "gone"),
    *(
        ("github", "graphql repositories", each, how)
        for each in ("codeownersGithub", "dependabotYml")
        for how in ("null", "gone")
    ),
    ("github", "graphql files", "f0", "null"),
    *(("github", "graphql files", "text", how) for how in ("gone", "unheard")),
    # #repository : what was not made from another has no parent
    ("github", "graphql repositories", "parent", "null"),
    # of the log's many actions most change nothing that is judged; who acted and where may have another name by now
    *(("github", "/orgs/{org}/audit-log", each, "unheard") for each in ("action", "repo")),
    # who never signed in, and a role that no targets narrow
    ("okta", "/api/v1/users", "lastLogin", "null"),
    *(("okta", "/api/v1/users/{userId}/roles", "_embedded", how) for how in ("null", "gone")),
    # people who never committed what was built, credentials that no build was seen to use, no approval
    ("jenkins", "GET /asynchPeople/api/json", "lastChange", "null"),
    ("jenkins", "GET /credentials/store/{store}/domain/{domain}/api/json", "fingerprint", "null"),
    ("jenkins", "POST /configuration-as-code/export", "approvedSignatures", "gone"),
    # an export leaves out what is as it was installed: a controller without libraries says nothing of them
    *(
        ("jenkins", "POST /configuration-as-code/export", each, "gone")
        for each in ("unclassified", "globalLibraries", "libraries")
    ),
}
"""What is honest: the system, the endpoint, the field, and what was done to it."""


CONFIG = "GET /job/{name}/config.xml"
EMPTY = {
    "authToken", "branches", "builders", "credentialsId", "data", "properties", "scriptPath", "sources", "traits",
    "userRemoteConfigs",
}  # fmt: skip
"""Elements that Jenkins writes empty where nothing is set."""


def _is_meant_in_xml(field: Field, how: str) -> bool:
    """Tell whether it is honest of a config.xml: an element that is not written has its default."""
    inner = next(each for each in reversed(field.path) if each not in {"*", TEXT})
    if how == "gone" and not field.path[-1].startswith(("@", TEXT)):
        return len(field.path) > 1
    if how == "odd":  # an element with a text alone is given another text
        return field.path[-1] != TEXT and inner in FREE
    return how in {"gone", "null"} and inner in EMPTY


ROLES = {"GET /role-strategy/strategy/getAllRoles", "GET /role-strategy/strategy/getRole"}


def _is_meant_of_roles(field: Field, how: str) -> bool:
    """Tell whether it is honest of Role Strategy: another role, another permission in it, or somebody else who has it."""
    if how == "gone":
        return (len(field.path) == 1 and field.endpoint.endswith("Roles")) or "permissionIds" in field.path[:-1]
    return how == "unheard" and field.path[-1] in {"*", "pattern"}


BY_PERMISSIONS = {
    "/orgs/{org}/installations", "/orgs/{org}/personal-access-tokens", "/orgs/{org}/personal-access-token-requests",
}  # fmt: skip
"""Lists of what holds permissions by name: one that does not stand there is not held.

https://docs.github.com/en/rest/orgs/personal-access-tokens
"""


def is_meant(field: Field, how: str) -> bool:
    """Tell whether an alteration of a field is an answer like any other."""
    last = next((each.lstrip("@") for each in reversed(field.path) if each not in {"*", TEXT}), "")
    if field.endpoint == CONFIG and _is_meant_in_xml(field, how):
        return True
    if field.endpoint in ROLES and _is_meant_of_roles(field, how):
        return True
    if field.endpoint in BY_PERMISSIONS and how == "gone" and "permissions" in field.path[:-1]:
        return True
    if (field.system.partition(" ")[0], field.endpoint, field.path[-1], how) in MEANT:
        return True
    if how != "unheard":
        return False
    in_list = field.path[-1] == "*"
    named = any(last in NAMES.get(each, ()) for each in field.path)
    return named or last in (FREE_LISTS if in_list else FREE) or last.endswith(("_id", "Id"))
