"""Rows of Microsoft Graph as the real one shapes them, made from a few words."""

import uuid
from datetime import datetime
from typing import Any

Json = dict[str, Any]

GRAPH_APP = "00000003-0000-0000-c000-000000000000"
PERMISSIONS = (
    "User.Read.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
    "Application.ReadWrite.All",
    "AppRoleAssignment.ReadWrite.All",
    "RoleManagement.ReadWrite.Directory",
    "GroupMember.ReadWrite.All",
    "Mail.Send",
)
ROLES = {
    "Global Administrator": "62e90394-69f5-4237-9190-012177145e10",
    "Privileged Role Administrator": "e8611ab8-c189-46e8-94e1-60213ab1f814",
    "Application Administrator": "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
    "Cloud Application Administrator": "158c047a-c907-4556-b7ef-446551a6b5f7",
    "Groups Administrator": "fdd7a751-b60b-444a-984c-02652fe8fa1c",
    "User Administrator": "fe930be7-5e62-47db-91af-98c3a49a38b1",
    "Authentication Administrator": "c4e39bd9-1100-46d3-8c65-fb160da0071f",
    "Security Administrator": "194ae4cb-b126-40b2-bd5b-6091b380977d",
    "Global Reader": "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
}


def made(*words: str) -> str:
    """Return an id that is the same in every run."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(("acme", *words))))


def stamp(moment: datetime) -> str:
    """Return a time as Graph writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def user(login: str, **more: Any) -> Json:
    """Return a user; the name is the part before the @ of `login@acme.example`."""
    address = f"{login}@acme.example"
    return {
        "id": made("user", login),
        "userPrincipalName": address,
        "displayName": login.capitalize(),
        "mail": address,
        "accountEnabled": True,
        "userType": "Member",
        "createdDateTime": "2022-03-01T08:00:00Z",
        "onPremisesSyncEnabled": None,
        "externalUserState": None,
        **more,
    }


def registered(row: Json, *methods: str, admin: bool = False) -> Json:
    """Return what a user has registered."""
    strong = any(each not in {"email", "securityQuestion"} for each in methods)
    return {
        "id": row["id"],
        "userPrincipalName": row["userPrincipalName"],
        "userDisplayName": row["displayName"],
        "userType": row["userType"].lower(),
        "isAdmin": admin,
        "isSsprRegistered": bool(methods),
        "isSsprEnabled": True,
        "isSsprCapable": bool(methods),
        "isMfaRegistered": strong,
        "isMfaCapable": strong,
        "isPasswordlessCapable": "fido2SecurityKey" in methods or "passKeyDeviceBound" in methods,
        "methodsRegistered": list(methods),
        "isSystemPreferredAuthenticationMethodEnabled": True,
        "systemPreferredAuthenticationMethods": list(methods[:1]),
        "userPreferredMethodForSecondaryAuthentication": None,
        "lastUpdatedDateTime": "2026-11-22T02:00:00Z",
    }


def group(name: str, **more: Any) -> Json:
    """Return a security group."""
    return {
        "id": made("group", name),
        "displayName": name,
        "description": None,
        "isAssignableToRole": None,
        "groupTypes": [],
        "membershipRule": None,
        "membershipRuleProcessingState": None,
        "onPremisesSyncEnabled": None,
        "securityEnabled": True,
        "visibility": None,
        **more,
    }


def unit(name: str, **more: Any) -> Json:
    """Return an administrative unit."""
    return {
        "id": made("unit", name),
        "displayName": name,
        "description": None,
        "visibility": "Public",
        "isMemberManagementRestricted": False,
        "membershipType": None,
        "membershipRule": None,
        "membershipRuleProcessingState": None,
        **more,
    }


def secret(name: str, starts: str, ends: str) -> Json:
    """Return a client secret as a list shows it: without its value."""
    return {
        "keyId": made("secret", name),
        "displayName": name,
        "startDateTime": starts,
        "endDateTime": ends,
        "hint": "a1B",
        "secretText": None,
        "customKeyIdentifier": None,
    }


def application(name: str, secrets: tuple[Json, ...] = (), keys: tuple[Json, ...] = ()) -> Json:
    """Return an application that is registered here."""
    return {
        "id": made("application", name),
        "appId": made("client", name),
        "displayName": name,
        "signInAudience": "AzureADMyOrg",
        "createdDateTime": "2024-05-02T08:00:00Z",
        "passwordCredentials": list(secrets),
        "keyCredentials": list(keys),
    }


def service(name: str, tenant: str, **more: Any) -> Json:
    """Return the service principal of an application."""
    return {
        "id": made("service", name),
        "appId": made("client", name),
        "displayName": name,
        "servicePrincipalType": "Application",
        "accountEnabled": True,
        "appOwnerOrganizationId": tenant,
        "createdDateTime": "2024-05-02T08:00:00Z",
        "tags": [],
        "passwordCredentials": [],
        "keyCredentials": [],
        "appRoles": [],
        "preferredSingleSignOnMode": None,
        **more,
    }


def permission(name: str) -> Json:
    """Return a permission of Microsoft Graph that applications can hold."""
    return {
        "id": made("permission", name),
        "value": name,
        "displayName": name,
        "description": name,
        "isEnabled": True,
        "allowedMemberTypes": ["Application"],
        "origin": "Application",
    }


def app_role(application: str, value: str, *, name: str = "", members: tuple[str, ...] = ("User",)) -> Json:
    """Return a role that an application declares."""
    return {
        "id": made("app role", application, value or name),
        "value": value or None,
        "displayName": name or value,
        "description": name or value,
        "isEnabled": True,
        "allowedMemberTypes": list(members),
        "origin": "Application",
    }


def federated(name: str, subject: str) -> Json:
    """Return the credential by which jobs of GitHub sign in."""
    return {
        "id": made("federated", name),
        "name": name,
        "issuer": "https://token.actions.githubusercontent.com",
        "subject": subject,
        "audiences": ["api://AzureADTokenExchange"],
        "description": None,
    }


def definition(name: str, template: str) -> Json:
    """Return the definition of a built-in role."""
    return {
        "id": template,
        "templateId": template,
        "displayName": name,
        "description": name,
        "isBuiltIn": True,
        "isEnabled": True,
        "resourceScopes": ["/"],
        "rolePermissions": [{"allowedResourceActions": ["microsoft.directory/…"], "condition": None}],
        "version": "1",
    }


def policy(role: str, *, approval: bool, approvers: tuple[str, ...] = (), mfa: bool = True, group: str = "") -> Json:
    """Return what the activation of a role asks for; with a group, of a place in it, as `member` or `owner`."""
    named = [
        {"@odata.type": "#microsoft.graph.singleUser", "userId": each, "isBackup": False, "description": None}
        for each in approvers
    ]
    rules = [
        {
            "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyApprovalRule",
            "id": "Approval_EndUser_Assignment",
            "setting": {
                "isApprovalRequired": approval,
                "approvalStages": [{"primaryApprovers": named, "isApproverJustificationRequired": True}],
            },
        },
        {
            "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyEnablementRule",
            "id": "Enablement_EndUser_Assignment",
            "enabledRules": ["MultiFactorAuthentication", "Justification"] if mfa else ["Justification"],
        },
    ]
    name, kind = made("policy", group, role) if group else made("policy", role), "Group" if group else "DirectoryRole"
    return {
        "id": f"{kind}_{name}_{role}",
        "policyId": f"{kind}_{name}",
        "scopeId": group or "/",
        "scopeType": kind,
        "roleDefinitionId": role,
        "policy": {"id": f"{kind}_{name}", "displayName": kind, "rules": rules},
    }


def access_policy(name: str, state: str, **users: Any) -> Json:
    """Return a policy of conditional access that asks for a second factor, for all applications."""
    return {
        "id": made("policy", name),
        "displayName": name,
        "state": state,
        "createdDateTime": "2025-01-15T09:00:00Z",
        "modifiedDateTime": None,
        "templateId": None,
        "conditions": {
            "clientAppTypes": ["all"],
            "signInRiskLevels": [],
            "userRiskLevels": [],
            "applications": {"includeApplications": ["All"], "excludeApplications": [], "includeUserActions": []},
            "users": {
                "includeUsers": [], "excludeUsers": [], "includeGroups": [], "excludeGroups": [],
                "includeRoles": [], "excludeRoles": [], **users,
            },
        },
        "grantControls": {
            "operator": "OR",
            "builtInControls": ["mfa"],
            "customAuthenticationFactors": [],
            "termsOfUse": [],
        },
        "sessionControls": None,
    }  # fmt: skip


def role_review(name: str, *roles: str, status: str = "InProgress", every_months: int = 3) -> Json:
    """Return the definition of a review of who holds roles; with 0 months it does not come again."""
    pattern = {"type": "absoluteMonthly", "interval": every_months, "dayOfMonth": 1, "daysOfWeek": [], "month": 0}
    queries = [f"/beta/roleManagement/directory/roleDefinitions/{each}" for each in roles]
    scope = {
        "@odata.type": "#microsoft.graph.principalResourceMembershipsScope",
        "principalScopes": [{"@odata.type": "#microsoft.graph.accessReviewQueryScope", "query": "/v1.0/users"}],
        "resourceScopes": [
            {"@odata.type": "#microsoft.graph.accessReviewQueryScope", "query": each} for each in queries
        ],
    }
    return _review(name, scope, status, pattern if every_months else None)


def guest_review(name: str, group: str) -> Json:
    """Return the definition of a review of the guests in one group."""
    scope = {
        "@odata.type": "#microsoft.graph.accessReviewQueryScope",
        "query": f"/v1.0/groups/{group}/transitiveMembers/microsoft.graph.user/?$count=true&$filter=(userType eq 'Guest')",
        "queryType": "MicrosoftGraph",
        "queryRoot": None,
    }
    pattern = {"type": "weekly", "interval": 1, "dayOfMonth": 0, "daysOfWeek": ["monday"], "month": 0}
    return _review(name, scope, "InProgress", pattern)


def _review(name: str, scope: Json, status: str, pattern: Json | None) -> Json:
    ends = {"type": "noEnd", "startDate": "2026-01-05", "endDate": None}
    return {
        "id": made("review", name),
        "displayName": name,
        "createdDateTime": "2026-01-05T08:00:00Z",
        "status": status,
        "scope": scope,
        "instanceEnumerationScope": None,
        "settings": {
            "defaultDecision": "None",
            "instanceDurationInDays": 14,
            "recurrence": {"pattern": pattern, "range": ends if pattern else None},
        },
    }
