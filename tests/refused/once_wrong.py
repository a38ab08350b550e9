"""Fields that were once told wrongly when they said nothing known: these are tried at every run of the tests."""

_FIELDS = {
    "entra": """
/v1.0/applications value.*.appId | null gone odd
/v1.0/applications value.*.id | null odd
/v1.0/applications value.*.passwordCredentials | null gone odd
/v1.0/applications value.*.passwordCredentials.*.endDateTime | null odd unheard
/v1.0/applications value.*.passwordCredentials.*.keyId | null gone odd
/v1.0/applications value.*.passwordCredentials.*.startDateTime | null unheard
/v1.0/applications/{id}/federatedIdentityCredentials value.*.audiences | null gone odd
/v1.0/applications/{id}/federatedIdentityCredentials value.*.audiences.* | null odd
/v1.0/applications/{id}/federatedIdentityCredentials value.*.issuer | null gone odd
/v1.0/applications/{id}/owners value.*.@odata.type | null gone odd unheard
/v1.0/applications/{id}/owners value.*.id | null odd
/v1.0/directory/administrativeUnits/{id}/members value.*.@odata.type | null unheard
/v1.0/directory/administrativeUnits/{id}/members value.*.id | null odd
/v1.0/groups value.*.id | null odd
/v1.0/groups value.*.isAssignableToRole | gone odd
/v1.0/groups value.*.membershipRule | null gone odd
/v1.0/groups/{id}/members value.*.@odata.type | null gone odd unheard
/v1.0/groups/{id}/members value.*.id | null odd
/v1.0/groups/{id}/owners value.*.@odata.type | null gone odd unheard
/v1.0/groups/{id}/owners value.*.id | null odd
/v1.0/identity/conditionalAccess/policies value.*.conditions | null gone odd
/v1.0/identity/conditionalAccess/policies value.*.conditions.users | null gone odd
/v1.0/identity/conditionalAccess/policies value.*.conditions.users.excludeGroups | null gone odd
/v1.0/identity/conditionalAccess/policies value.*.conditions.users.excludeUsers | null gone odd
/v1.0/identity/conditionalAccess/policies value.*.conditions.users.excludeUsers.* | null odd
/v1.0/identity/conditionalAccess/policies value.*.grantControls | gone odd
/v1.0/identity/conditionalAccess/policies value.*.grantControls.builtInControls | null gone odd
/v1.0/identity/conditionalAccess/policies value.*.grantControls.builtInControls.* | null odd unheard
/v1.0/identity/conditionalAccess/policies value.*.grantControls.termsOfUse | odd
/v1.0/identity/conditionalAccess/policies value.*.id | null odd
/v1.0/identity/conditionalAccess/policies value.*.state | null gone odd unheard
/v1.0/policies/authorizationPolicy allowInvitesFrom | odd unheard
/v1.0/policies/authorizationPolicy defaultUserRolePermissions | odd
/v1.0/policies/roleManagementPolicyAssignments value.*.policy | null gone odd
/v1.0/policies/roleManagementPolicyAssignments value.*.policy.rules | null gone odd
/v1.0/policies/roleManagementPolicyAssignments value.*.policy.rules.*.id | null gone odd
/v1.0/policies/roleManagementPolicyAssignments value.*.policy.rules.*.setting | null gone odd
/v1.0/policies/roleManagementPolicyAssignments value.*.policy.rules.*.setting.isApprovalRequired | null gone odd
/v1.0/policies/roleManagementPolicyAssignments value.*.roleDefinitionId | null gone odd
/v1.0/reports/authenticationMethods/userRegistrationDetails value.*.methodsRegistered.* | null odd unheard
/v1.0/roleManagement/directory/roleAssignments value.*.directoryScopeId | null gone odd
/v1.0/roleManagement/directory/roleAssignments value.*.principalId | null odd
/v1.0/roleManagement/directory/roleAssignments value.*.roleDefinitionId | null odd
/v1.0/roleManagement/directory/roleDefinitions value.*.templateId | odd
/v1.0/roleManagement/directory/roleEligibilityScheduleInstances value.*.directoryScopeId | null gone odd
/v1.0/roleManagement/directory/roleEligibilityScheduleInstances value.*.principalId | null odd
/v1.0/roleManagement/directory/roleEligibilityScheduleInstances value.*.roleDefinitionId | null odd
/v1.0/servicePrincipals value.*.appId | null gone odd
/v1.0/servicePrincipals value.*.appOwnerOrganizationId | null odd
/v1.0/servicePrincipals value.*.appRoles | null gone odd
/v1.0/servicePrincipals value.*.appRoles.*.id | null odd
/v1.0/servicePrincipals value.*.appRoles.*.value | null odd
/v1.0/servicePrincipals value.*.displayName | null gone odd
/v1.0/servicePrincipals value.*.id | null odd
/v1.0/servicePrincipals value.*.preferredSingleSignOnMode | gone
/v1.0/servicePrincipals/{id}/appRoleAssignedTo value.*.appRoleId | null gone odd
/v1.0/servicePrincipals/{id}/appRoleAssignedTo value.*.principalId | null odd
/v1.0/servicePrincipals/{id}/appRoleAssignedTo value.*.principalType | null gone odd unheard
/v1.0/users value.*.accountEnabled | null gone odd
/v1.0/users value.*.id | null odd
/v1.0/users value.*.onPremisesSyncEnabled | gone odd
/v1.0/users value.*.signInActivity | odd
/v1.0/users value.*.userType | null gone odd unheard
""",
    "vault": """
GET /auth/token/lookup-self data.accessor | null gone odd
GET /auth/{approle}/role/{name} data.secret_id_ttl | odd
GET /auth/{approle}/role/{name} data.token_policies | null gone odd
GET /auth/{approle}/role/{name} data.token_policies.* | null odd
GET /auth/{jwt}/role/{name} data.bound_audiences | gone
GET /auth/{jwt}/role/{name} data.bound_audiences.* | odd
GET /auth/{jwt}/role/{name} data.bound_claims | gone odd
GET /auth/{jwt}/role/{name} data.bound_claims.sub | null odd
GET /auth/{jwt}/role/{name} data.bound_claims_type | null gone odd unheard
GET /auth/{jwt}/role/{name} data.role_type | null gone
GET /auth/{jwt}/role/{name} data.token_policies | null gone odd
GET /auth/{oidc}/role/{name} data.groups_claim | null gone
GET /auth/{oidc}/role/{name} data.role_type | odd unheard
GET /auth/{oidc}/role/{name} data.token_policies | null gone odd
GET /auth/{userpass}/users/{name} data.token_policies | null gone odd
GET /auth/{userpass}/users/{name} data.token_policies.* | null odd
GET /identity/entity/id/{id} data.aliases | null gone odd
GET /identity/entity/id/{id} data.aliases.*.mount_accessor | null gone odd
GET /identity/entity/id/{id} data.aliases.*.mount_type | odd unheard
GET /identity/entity/id/{id} data.aliases.*.name | null gone odd
GET /identity/entity/id/{id} data.metadata | odd
GET /identity/group/id/{id} data.alias.mount_accessor | null gone odd
GET /identity/group/id/{id} data.alias.name | odd
GET /identity/group/id/{id} data.member_entity_ids | gone odd
GET /identity/group/id/{id} data.member_entity_ids.* | null odd
GET /identity/group/id/{id} data.member_group_ids | gone odd
GET /identity/group/id/{id} data.policies | gone odd
GET /identity/group/id/{id} data.policies.* | null odd
GET /sys/auth data.approle/.accessor | null gone odd
GET /sys/auth data.approle/.type | null odd
GET /sys/auth data.jwt-github/.accessor | null gone odd
GET /sys/auth data.jwt-github/.type | null odd
GET /sys/auth data.userpass/.type | null odd
GET /sys/mounts data.secret/.accessor | null gone odd
GET /sys/mounts data.secret/.options | gone odd
GET /sys/mounts data.secret/.options.version | odd unheard
GET /sys/mounts data.secret/.type | null odd
LIST /auth/token/accessors data.keys.* | null odd
LIST /auth/{approle}/role data.keys.* | null odd
LIST /auth/{jwt}/role data.keys.* | null odd
LIST /auth/{userpass}/users data.keys.* | null odd
LIST /identity/entity/id data.keys.* | null odd
LIST /identity/group/id data.keys.* | null odd
LIST /secret/metadata/ data.keys.* | null odd
LIST /sys/policies/acl data.keys.* | null odd
POST /auth/token/lookup-accessor data.display_name | null gone odd
POST /auth/token/lookup-accessor data.explicit_max_ttl | odd
POST /auth/token/lookup-accessor data.period | null
POST /auth/token/lookup-accessor data.policies | null gone odd
POST /auth/token/lookup-accessor data.policies.* | null odd
""",
    "jenkins": """
GET /job/{name}/config.xml com.cloudbees.hudson.plugins.folder.Folder | null odd
GET /job/{name}/config.xml com.cloudbees.hudson.plugins.folder.Folder.*.properties | odd
GET /job/{name}/config.xml com.cloudbees.hudson.plugins.folder.Folder.*.properties.*.com.cloudbees.hudson.plugins.folder.properties.AuthorizationMatrixProperty | null odd
GET /job/{name}/config.xml com.cloudbees.hudson.plugins.folder.Folder.*.properties.*.com.cloudbees.hudson.plugins.folder.properties.AuthorizationMatrixProperty.*.inheritanceStrategy | null odd
GET /job/{name}/config.xml com.cloudbees.hudson.plugins.folder.Folder.*.properties.*.com.cloudbees.hudson.plugins.folder.properties.AuthorizationMatrixProperty.*.inheritanceStrategy.*.@class | null gone odd unheard
GET /job/{name}/config.xml flow-definition | null odd
GET /job/{name}/config.xml flow-definition.*.authToken.*.# | odd
GET /job/{name}/config.xml flow-definition.*.definition | null odd
GET /job/{name}/config.xml flow-definition.*.definition.*.@class | null gone odd unheard
GET /job/{name}/config.xml org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject | null odd
GET /job/{name}/config.xml org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject.*.sources | odd
GET /job/{name}/config.xml org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject.*.sources.*.data | odd
GET /job/{name}/config.xml org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject.*.sources.*.data.*.jenkins.branch.BranchSource | null odd
GET /job/{name}/config.xml org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject.*.sources.*.data.*.jenkins.branch.BranchSource.*.source | null odd
GET /job/{name}/config.xml org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject.*.sources.*.data.*.jenkins.branch.BranchSource.*.source.*.traits | odd
GET /job/{name}/config.xml org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject.*.sources.*.data.*.jenkins.branch.BranchSource.*.source.*.traits.*.org.jenkinsci.plugins.github__branch__source.ForkPullRequestDiscoveryTrait | null odd
GET /job/{name}/config.xml org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject.*.sources.*.data.*.jenkins.branch.BranchSource.*.source.*.traits.*.org.jenkinsci.plugins.github__branch__source.ForkPullRequestDiscoveryTrait.*.trust | null odd
GET /job/{name}/config.xml org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject.*.sources.*.data.*.jenkins.branch.BranchSource.*.source.*.traits.*.org.jenkinsci.plugins.github__branch__source.ForkPullRequestDiscoveryTrait.*.trust.*.@class | null gone odd unheard
GET /job/{name}/config.xml project | null odd
GET /job/{name}/config.xml project.*.builders | odd
GET /api/json numExecutors | odd
GET /api/json slaveAgentPort | odd
GET /asynchPeople/api/json users.*.lastChange | gone odd
GET /computer/api/json computer.*._class | null gone unheard
GET /computer/api/json computer.*.assignedLabels | null gone
GET /credentials/store/{store}/domain/{domain}/api/json credentials.*.fingerprint | odd
GET /credentials/store/{store}/domain/{domain}/api/json credentials.*.fingerprint.usage | null gone odd
GET /job/{name}/api/json jobs.*.jobs | null gone odd
POST /configuration-as-code/export credentials | null gone odd
POST /configuration-as-code/export credentials.system | null gone odd
POST /configuration-as-code/export credentials.system.domainCredentials | null gone
POST /configuration-as-code/export credentials.system.domainCredentials.*.credentials | null gone
POST /configuration-as-code/export credentials.system.domainCredentials.*.credentials.*.usernamePassword | null gone odd
POST /configuration-as-code/export credentials.system.domainCredentials.*.credentials.*.usernamePassword.id | null odd unheard
POST /configuration-as-code/export credentials.system.domainCredentials.*.credentials.*.usernamePassword.scope | null gone odd unheard
POST /configuration-as-code/export jenkins.authorizationStrategy.projectMatrix.permissions | null gone
POST /configuration-as-code/export jenkins.authorizationStrategy.projectMatrix.permissions.* | odd
POST /configuration-as-code/export jenkins.remotingSecurity.enabled | null gone odd
POST /configuration-as-code/export security.scriptApproval.approvedSignatures | null odd
POST /configuration-as-code/export security.scriptApproval.approvedSignatures.* | null odd
""",
    "jenkins with roles": """
GET /role-strategy/strategy/getRole pattern | null gone odd
GET /role-strategy/strategy/getRole permissionIds | null gone odd
GET /role-strategy/strategy/getRole permissionIds.hudson.model.Computer.Configure | null
GET /role-strategy/strategy/getRole permissionIds.hudson.model.Hudson.Administer | null
GET /role-strategy/strategy/getRole sids | odd
GET /role-strategy/strategy/getRole sids.*.sid | null gone odd
GET /role-strategy/strategy/getRole sids.*.type | null gone odd unheard
""",
    "jenkins with old roles": """
GET /role-strategy/strategy/getRole pattern | null gone odd
GET /role-strategy/strategy/getRole permissionIds | null gone odd
GET /role-strategy/strategy/getRole permissionIds.hudson.model.Computer.Configure | null
GET /role-strategy/strategy/getRole permissionIds.hudson.model.Hudson.Administer | null
GET /role-strategy/strategy/getRole sids | odd
GET /role-strategy/strategy/getRole sids.* | null gone odd
""",
    "gitlab": """
/application/settings allow_runner_registration_token | odd
/application/settings default_branch_protection_defaults | odd
/application/settings default_branch_protection_defaults.allowed_to_push.*.access_level | odd
/application/settings signup_enabled | odd
/groups/{id} parent_id | null odd gone
/groups/{id} prevent_forking_outside_group | odd
/groups/{id} project_creation_level | unheard odd
/groups/{id} shared_with_groups | null gone
/groups/{id} shared_with_groups.*.group_access_level | null odd
/groups/{id} shared_with_groups.*.group_id | gone
/groups/{id}/descendant_groups *.id | null odd
/groups/{id}/members *.id | null odd
/groups/{id}/members *.state | unheard
/groups/{id}/projects *.ci_config_path | odd
/groups/{id}/projects *.ci_pipeline_variables_minimum_override_role | odd
/groups/{id}/projects *.ci_push_repository_for_job_token_allowed | odd null
/groups/{id}/projects *.default_branch | odd gone
/groups/{id}/projects *.id | null odd
/groups/{id}/projects *.namespace | null odd gone
/groups/{id}/projects *.namespace.kind | null unheard
/groups/{id}/projects *.public_jobs | odd
/groups/{id}/projects *.shared_with_groups | null gone
/groups/{id}/projects *.visibility | odd unheard
/groups/{id}/saml_group_links *.access_level | gone null odd
/groups/{id}/saml_group_links *.name | gone null odd
/groups/{id}/variables *.environment_scope | odd
/groups/{id}/variables *.key | null gone odd
/groups/{id}/variables *.masked | odd
/groups/{id}/variables *.protected | odd
/personal_access_tokens *.id | null odd
/personal_access_tokens *.scopes.* | unheard null
/personal_access_tokens *.user_id | odd null
/projects/{id}/access_tokens *.access_level | odd
/projects/{id}/access_tokens *.scopes | odd
/projects/{id}/access_tokens *.scopes.* | unheard odd
/projects/{id}/access_tokens *.user_id | null odd
/projects/{id}/approval_rules *.approvals_required | null gone odd
/projects/{id}/deploy_keys *.id | null odd
/projects/{id}/deploy_tokens *.id | odd null
/projects/{id}/hooks *.id | null odd
/projects/{id}/job_token_scope inbound_enabled | odd
/projects/{id}/members *.expires_at | gone odd
/projects/{id}/members *.id | null odd
/projects/{id}/members *.state | unheard
/projects/{id}/members *.username | null gone
/projects/{id}/pipeline_schedules *.ref | odd
/projects/{id}/push_rule prevent_secrets | null gone odd
/projects/{id}/push_rule reject_unsigned_commits | null odd
/projects/{id}/variables *.environment_scope | gone
/projects/{id}/variables *.protected | null gone
/users *.is_admin | null
/users *.state | gone
graphql executors data.group.runners.nodes.*.managers.nodes.*.executorName | unheard
""",
    "okta": """
/api/v1/api-tokens *.network.connection | odd
/api/v1/apps *.credentials | null gone odd
/api/v1/apps *.credentials.oauthClient | gone odd
/api/v1/apps *.credentials.oauthClient.client_id | null odd
/api/v1/apps *.credentials.oauthClient.token_endpoint_auth_method | unheard odd
/api/v1/apps *.features | odd gone null
/api/v1/apps *.features.* | null odd
/api/v1/apps *.label | null odd
/api/v1/apps *.settings | null gone
/api/v1/apps *.settings.oauthClient | odd gone
/api/v1/apps *.settings.oauthClient.application_type | null unheard
/api/v1/apps/{appId}/grants *.scopeId | null odd
/api/v1/apps/{appId}/group-push/mappings *.sourceGroupId | gone null odd
/api/v1/apps/{appId}/group-push/mappings *.status | gone null odd
/api/v1/authenticators *.settings.compliance.fips | odd
/api/v1/authenticators/{authenticatorId}/methods *.status | odd
/api/v1/groups *.profile | gone null odd
/api/v1/groups *.profile.name | gone null odd
/api/v1/groups/rules *.actions | null gone
/api/v1/groups/rules *.actions.assignUserToGroups.groupIds | odd null
/api/v1/groups/rules *.conditions | gone odd
/api/v1/groups/rules *.conditions.expression | null odd
/api/v1/groups/rules *.conditions.expression.value | gone odd
/api/v1/groups/{groupId} profile | gone null odd
/api/v1/groups/{groupId} profile.name | gone null odd
/api/v1/groups/{groupId}/users *.status | null gone unheard
/api/v1/iam/resource-sets/{resourceSetIdOrLabel}/resources resources.*._links | null gone
/api/v1/iam/resource-sets/{resourceSetIdOrLabel}/resources resources.*._links.self | null gone
/api/v1/iam/resource-sets/{resourceSetIdOrLabel}/resources resources.*._links.self.href | null gone odd
/api/v1/iam/roles/{roleIdOrLabel}/permissions permissions.*.label | null
/api/v1/idps *.policy | null gone
/api/v1/idps *.policy.provisioning | odd
/api/v1/idps *.policy.provisioning.groups | odd
/api/v1/idps *.policy.provisioning.groups.action | null unheard
/api/v1/idps *.policy.provisioning.groups.assignments | null gone odd
/api/v1/idps *.policy.provisioning.groups.assignments.* | null odd
/api/v1/users *.created | null gone
/api/v1/users/{userId}/factors *.status | unheard
/api/v1/users/{userId}/roles *._embedded | odd
/api/v1/users/{userId}/roles *._embedded.targets | null gone
/api/v1/users/{userId}/roles *._embedded.targets.groups | null gone
""",
    "github": """
/orgs/{org}/actions/oidc/customization/sub include_claim_keys.* | unheard
/orgs/{org}/actions/permissions/artifact-and-log-retention days | odd
/orgs/{org}/actions/runner-groups runner_groups.*.inherited | odd
/orgs/{org}/actions/runner-groups runner_groups.*.selected_workflows | odd
/orgs/{org}/actions/runner-groups runner_groups.*.selected_workflows.* | odd unheard
/orgs/{org}/actions/runner-groups/{runner_group_id}/repositories repositories.*.id | odd
/orgs/{org}/actions/runners runners.*.ephemeral | odd
/orgs/{org}/actions/runners runners.*.runner_group_id | gone odd
/orgs/{org}/actions/runners runners.*.status | odd
/orgs/{org}/actions/secrets secrets.*.updated_at | odd
/orgs/{org}/actions/secrets/{secret_name}/repositories repositories.*.id | odd
/orgs/{org}/actions/variables variables.*.value | odd
/orgs/{org}/audit-log *.name | odd
/orgs/{org}/credential-authorizations *.authorized_credential_expires_at | odd
/orgs/{org}/credential-authorizations *.credential_id | odd
/orgs/{org}/credential-authorizations *.credential_type | odd unheard
/orgs/{org}/credential-authorizations *.login | odd
/orgs/{org}/credential-authorizations *.scopes | gone odd
/orgs/{org}/credential-authorizations *.scopes.* | unheard
/orgs/{org}/custom-repository-roles custom_roles.*.base_role | odd
/orgs/{org}/custom-repository-roles custom_roles.*.name | odd
/orgs/{org}/custom-repository-roles custom_roles.*.permissions | null odd
/orgs/{org}/dependabot/secrets secrets.*.updated_at | odd
/orgs/{org}/failed_invitations *.id | odd
/orgs/{org}/hooks *.config.secret | null
/orgs/{org}/hooks *.config.url | odd
/orgs/{org}/installations installations.*.permissions.contents | odd
/orgs/{org}/installations installations.*.permissions.secrets | odd
/orgs/{org}/installations installations.*.permissions.workflows | odd
/orgs/{org}/installations installations.*.suspended_at | gone
/orgs/{org}/invitations *.created_at | odd
/orgs/{org}/invitations *.id | odd
/orgs/{org}/members *.id | odd
/orgs/{org}/organization-roles roles.*.base_role | odd
/orgs/{org}/organization-roles roles.*.name | odd
/orgs/{org}/organization-roles roles.*.permissions | odd
/orgs/{org}/personal-access-token-requests *.created_at | odd
/orgs/{org}/personal-access-token-requests *.id | odd
/orgs/{org}/personal-access-tokens *.owner.id | odd
/orgs/{org}/personal-access-tokens *.permissions.repository.contents | odd
/orgs/{org}/personal-access-tokens *.permissions.repository.secrets | odd
/orgs/{org}/personal-access-tokens *.permissions.repository.workflows | odd
/orgs/{org}/personal-access-tokens *.repository_selection | odd
/orgs/{org}/personal-access-tokens *.token_expired | odd
/orgs/{org}/personal-access-tokens *.token_expires_at | gone odd
/orgs/{org}/personal-access-tokens *.token_id | odd
/orgs/{org}/repos *.security_and_analysis.secret_scanning.status | odd
/orgs/{org}/repos *.security_and_analysis.secret_scanning_push_protection.status | odd
/orgs/{org}/rulesets/rule-suites *.actor_name | null
/orgs/{org}/rulesets/{ruleset_id} bypass_actors.*.actor_id | gone odd null
/orgs/{org}/rulesets/{ruleset_id} bypass_actors.*.actor_type | unheard
/orgs/{org}/rulesets/{ruleset_id} bypass_actors.*.bypass_mode | odd
/orgs/{org}/rulesets/{ruleset_id} conditions.ref_name.include | odd
/orgs/{org}/rulesets/{ruleset_id} conditions.ref_name.include.* | odd
/orgs/{org}/rulesets/{ruleset_id} conditions.repository_name | odd
/orgs/{org}/rulesets/{ruleset_id} conditions.repository_name.include | gone odd
/orgs/{org}/rulesets/{ruleset_id} conditions.repository_name.include.* | odd
/orgs/{org}/rulesets/{ruleset_id} rules | gone
/orgs/{org}/rulesets/{ruleset_id} rules.*.parameters | odd
/orgs/{org}/rulesets/{ruleset_id} rules.*.parameters.required_approving_review_count | odd
/orgs/{org}/rulesets/{ruleset_id} rules.*.parameters.required_status_checks | null odd
/orgs/{org}/rulesets/{ruleset_id} rules.*.parameters.required_status_checks.*.integration_id | odd null
/orgs/{org}/rulesets/{ruleset_id} rules.*.parameters.restricted_file_paths.* | odd
/orgs/{org}/rulesets/{ruleset_id} rules.*.type | unheard
/orgs/{org}/settings/immutable-releases enforced_repositories | odd unheard
/orgs/{org}/teams/{team_slug}/team-sync/group-mappings groups | odd
/orgs/{org}/teams/{team_slug}/team-sync/group-mappings groups.*.group_id | odd
/repos/{owner}/{repo}/actions/runners runners.*.ephemeral | odd
/repos/{owner}/{repo}/actions/secrets secrets.*.updated_at | odd
/repos/{owner}/{repo}/environments environments.*.can_admins_bypass | odd
/repos/{owner}/{repo}/environments environments.*.protection_rules | gone
/repos/{owner}/{repo}/environments environments.*.protection_rules.*.prevent_self_review | gone odd
/repos/{owner}/{repo}/environments environments.*.protection_rules.*.reviewers | gone odd
/repos/{owner}/{repo}/environments environments.*.protection_rules.*.reviewers.*.reviewer | odd
/repos/{owner}/{repo}/environments environments.*.protection_rules.*.reviewers.*.reviewer.id | odd
/repos/{owner}/{repo}/environments environments.*.protection_rules.*.reviewers.*.type | odd
/repos/{owner}/{repo}/environments environments.*.protection_rules.*.type | unheard
/repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies branch_policies.*.type | odd
/repos/{owner}/{repo}/environments/{environment_name}/deployment_protection_rules custom_deployment_protection_rules | odd
/repos/{owner}/{repo}/environments/{environment_name}/secrets secrets.*.updated_at | odd
/repos/{owner}/{repo}/git/trees/{tree_sha} tree.*.type | odd
/repos/{owner}/{repo}/hooks *.config.url | odd
/repos/{owner}/{repo}/invitations *.created_at | odd
/repos/{owner}/{repo}/invitations *.id | odd
/repos/{owner}/{repo}/invitations *.invitee | odd
/repos/{owner}/{repo}/keys *.added_by | gone
/repos/{owner}/{repo}/keys *.id | null odd
/repos/{owner}/{repo}/keys *.read_only | null odd
/repos/{owner}/{repo}/rulesets *.source_type | gone odd
/repos/{owner}/{repo}/rulesets/{ruleset_id} conditions | gone
/repos/{owner}/{repo}/rulesets/{ruleset_id} conditions.ref_name | null odd
/repos/{owner}/{repo}/rulesets/{ruleset_id} conditions.ref_name.include | gone odd
/repos/{owner}/{repo}/rulesets/{ruleset_id} conditions.ref_name.include.* | odd
/repos/{owner}/{repo}/rulesets/{ruleset_id} rules.*.parameters | odd
/repos/{owner}/{repo}/rulesets/{ruleset_id} rules.*.parameters.required_approving_review_count | odd
/scim/v2/organizations/{org}/Users Resources.*.active | odd
graphql files data | null gone odd
graphql files data.a0 | null gone odd
graphql files data.a0.f0 | gone odd
graphql files data.a0.f0.isTruncated | odd
graphql files data.a0.f0.text | null odd
graphql enterprise data | odd
graphql enterprise data.enterprise.ownerInfo | odd
graphql enterprise data.rateLimit | odd
graphql enterprise data.rateLimit.cost | odd
graphql members data.organization.membersWithRole.edges.*.node.login | null odd
graphql repositories data.organization.repositories | odd
graphql repositories data.organization.repositories.nodes | odd
graphql repositories data.organization.repositories.nodes.*.branchProtectionRules.nodes.*.bypassPullRequestAllowances.nodes.*.actor.__typename | null gone odd unheard
graphql repositories data.organization.repositories.nodes.*.branchProtectionRules.nodes.*.bypassPullRequestAllowances.nodes.*.actor.databaseId | odd
graphql repositories data.organization.repositories.nodes.*.branchProtectionRules.nodes.*.requiredApprovingReviewCount | null gone odd
graphql repositories data.organization.repositories.nodes.*.branchProtectionRules.nodes.*.requiredStatusChecks | null gone
graphql repositories data.organization.repositories.nodes.*.branchProtectionRules.nodes.*.requiresApprovingReviews | null gone
graphql repositories data.organization.repositories.nodes.*.branchProtectionRules.nodes.*.requiresStatusChecks | null gone
graphql repositories data.organization.repositories.nodes.*.collaborators.edges.*.permissionSources.*.roleName | null gone odd unheard
graphql repositories data.organization.repositories.nodes.*.databaseId | odd
graphql repositories data.organization.repositories.nodes.*.isArchived | null gone odd
graphql repositories data.organization.repositories.nodes.*.visibility | null gone odd unheard
graphql repositories data.organization.repositories.nodes.*.workflows | gone
graphql repositories data.organization.repositories.nodes.*.workflows.entries | odd
graphql repositories data.organization.repositories.nodes.*.workflows.entries.*.object | odd
graphql repositories data.organization.repositories.nodes.*.workflows.entries.*.object.isTruncated | odd
graphql repositories data.organization.repositories.nodes.*.workflows.entries.*.object.text | odd
graphql repositories data.organization.repositories.nodes.*.workflows.entries.*.type | odd unheard
graphql saml data.organization.samlIdentityProvider | null gone
graphql saml data.organization.samlIdentityProvider.externalIdentities.nodes.*.user | gone
graphql teams data.organization.teams.nodes.*.parentTeam | null gone
""",
}
"""The endpoint and the field, and what was done to it."""


def _tried(lines: str) -> dict[str, list[str]]:
    """Return each field with what is done to it."""
    parted = (line.rpartition(" | ") for line in lines.strip().splitlines())
    return {field: hows.split() for field, _, hows in parted}


ONCE_WRONG = {system: _tried(lines) for system, lines in _FIELDS.items()}
