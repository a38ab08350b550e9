"""What the objects of each list of Microsoft Graph must say: the fields that a verdict or a grant rests on.

https://learn.microsoft.com/en-us/graph/api/overview
"""

from typing import Any

from pipewarden.connectors.shapes import (
    Shape,
    absent_or,
    flag,
    inner,
    listed,
    none_or,
    null_or,
    text,
    texts,
    time,
    word,
    words,
)

MEMBERS = frozenset(
    {
        "#microsoft.graph.user",
        "#microsoft.graph.group",
        "#microsoft.graph.servicePrincipal",
        "#microsoft.graph.device",
        "#microsoft.graph.orgContact",
        "#microsoft.graph.contact",
        "#microsoft.graph.application",
    }
)
"""What may be in a group, a unit, or own something. https://learn.microsoft.com/en-us/graph/api/group-list-members"""

CONTAINERS = frozenset(
    {"#microsoft.graph.group", "#microsoft.graph.directoryRole", "#microsoft.graph.administrativeUnit"}
)
"""What something may be a member of. https://learn.microsoft.com/en-us/graph/api/serviceprincipal-list-memberof"""

_DIRECTORY_OBJECT: Shape = {"id": text, "@odata.type": word(*MEMBERS)}

_CREDENTIALS: Shape = {
    f"{field}{part}": test
    for field in ("passwordCredentials", "keyCredentials")
    for part, test in (("", listed), ("/*/keyId", text), ("/*/endDateTime", time), ("/*/startDateTime", time))
}
"""https://learn.microsoft.com/en-us/graph/api/resources/passwordcredential"""

_ASSIGNMENT: Shape = {
    "principalId": text,
    "roleDefinitionId": text,
    "directoryScopeId": none_or(text),
    "appScopeId": none_or(text),
    "principal/@odata.type": absent_or(word(*MEMBERS)),
    "condition": none_or(text),
}

_SPAN: Shape = {"startDateTime": none_or(time), "endDateTime": none_or(time)}
"""Without an end an assignment holds for good."""

CONTROLS = (
    "block", "mfa", "compliantDevice", "domainJoinedDevice", "approvedApplication", "compliantApplication",
    "passwordChange", "riskRemediation",
)  # fmt: skip
"""https://learn.microsoft.com/en-us/graph/api/resources/conditionalaccessgrantcontrols"""

_SIDES = ("includeUsers", "excludeUsers", "includeGroups", "excludeGroups", "includeRoles", "excludeRoles")

SHAPES: dict[str, Shape] = {
    "/users": {
        "id": text,
        "accountEnabled": flag,
        "userType": null_or(word("Member", "Guest")),
        "onPremisesSyncEnabled": null_or(flag),
        "signInActivity": none_or(inner),
        "signInActivity/lastSuccessfulSignInDateTime": none_or(time),
        "signInActivity/lastSignInDateTime": none_or(time),
        "signInActivity/lastNonInteractiveSignInDateTime": none_or(time),
    },
    "/reports/authenticationMethods/userRegistrationDetails": {
        "id": text,
        "isMfaRegistered": flag,
        "isMfaCapable": flag,
        "methodsRegistered": texts,
    },
    "/groups": {
        "id": text,
        "isAssignableToRole": null_or(flag),
        "groupTypes": texts,
        "membershipRule": null_or(text),
        "onPremisesSyncEnabled": null_or(flag),
        "visibility": null_or(word("Public", "Private", "HiddenMembership")),
    },
    "/groups/{id}/members": _DIRECTORY_OBJECT,
    "/groups/{id}/owners": _DIRECTORY_OBJECT,
    "/applications/{id}/owners": _DIRECTORY_OBJECT,
    "/servicePrincipals/{id}/owners": _DIRECTORY_OBJECT,
    "/servicePrincipals/{id}/memberOf": {"id": text, "@odata.type": word(*CONTAINERS)},
    "/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances": {
        "principalId": text,
        "groupId": text,
        "accessId": word("owner", "member"),
        **_SPAN,
    },
    "/directory/administrativeUnits": {"id": text, "isMemberManagementRestricted": null_or(flag)},
    "/directory/administrativeUnits/{id}/members": _DIRECTORY_OBJECT,
    "/applications": {"id": text, "appId": text, **_CREDENTIALS},
    "/applications/{id}/federatedIdentityCredentials": {
        "id": text,
        "issuer": text,
        "audiences": lambda value: texts(value) and bool(value),
        "subject": none_or(text),
        "claimsMatchingExpression": none_or(inner),
    },
    "/servicePrincipals": {
        "id": text,
        "appId": text,
        "displayName": text,
        "accountEnabled": flag,
        "appOwnerOrganizationId": null_or(text),
        "preferredSingleSignOnMode": null_or(text),
        **_CREDENTIALS,
    },
    "/servicePrincipals/{id}/appRoleAssignedTo": {
        "appRoleId": text,
        "principalId": text,
        "principalType": word("User", "Group", "ServicePrincipal"),
    },
    "/roleManagement/directory/roleDefinitions": {
        "id": text,
        "templateId": none_or(text),
        "isBuiltIn": flag,
        "isEnabled": flag,
    },
    "/roleManagement/directory/roleAssignments": {"id": text, **_ASSIGNMENT},
    "/roleManagement/directory/roleEligibilityScheduleInstances": {**_ASSIGNMENT, **_SPAN},
    "/roleManagement/directory/roleAssignmentScheduleInstances": {"roleAssignmentOriginId": text, **_SPAN},
    "/policies/roleManagementPolicyAssignments": {
        "roleDefinitionId": text,
        "policy": inner,
        "policy/rules": listed,
        "policy/rules/*/id": text,
    },
    "/identityGovernance/accessReviews/definitions": {"id": text, "status": text, "scope": inner},
    "/identity/conditionalAccess/policies": {
        "id": text,
        "state": word("enabled", "disabled", "enabledForReportingButNotEnforced"),
        "conditions": inner,
        "conditions/users": inner,
        **{f"conditions/users/{side}": texts for side in _SIDES},
        "conditions/applications": inner,
        "conditions/applications/includeApplications": texts,
        "conditions/applications/excludeApplications": texts,
        "grantControls": lambda value: value is None or isinstance(value, dict),
        "grantControls/builtInControls": words(*CONTROLS),
        "grantControls/operator": null_or(word("AND", "OR")),
        "grantControls/customAuthenticationFactors": none_or(texts),
        "grantControls/termsOfUse": none_or(texts),
        "grantControls/authenticationStrength": none_or(inner),
    },
    "/organization": {"id": text},
}
"""What each list's objects must say."""

AUTHORIZATION: Shape = {
    "allowInvitesFrom": word("none", "adminsAndGuestInviters", "adminsGuestInvitersAndAllMembers", "everyone"),
    "defaultUserRolePermissions": inner,
}
SECURITY_DEFAULTS: Shape = {"isEnabled": flag}

NEEDED_RULES = frozenset({"Approval_EndUser_Assignment", "Enablement_EndUser_Assignment"})
"""Rules that the policy of every role has. https://learn.microsoft.com/en-us/graph/identity-governance-pim-rules-overview"""

RULES: dict[str, Shape] = {
    "Approval_EndUser_Assignment": {
        "setting": inner,
        "setting/isApprovalRequired": flag,
        "setting/approvalStages": none_or(listed),
    },
    "Enablement_EndUser_Assignment": {"enabledRules": texts},
    "AuthenticationContext_EndUser_Assignment": {"isEnabled": flag},
}


def shape_of(template: str, select: Any = "") -> Shape:
    """Return what the objects of a list must say, of the fields that were asked for."""
    shape = SHAPES.get(template, {})
    asked = set(str(select).split(",")) if select else set()
    return {path: test for path, test in shape.items() if not asked or path.partition("/")[0] in asked}
