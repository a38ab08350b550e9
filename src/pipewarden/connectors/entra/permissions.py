"""What each facet needs: the application permission of Microsoft Graph, as a gap names it and the docs list it.

https://learn.microsoft.com/en-us/graph/permissions-reference
"""

from pipewarden.model.facets_entra import EntraFacet

PERMISSIONS: dict[str, str] = {
    EntraFacet.TENANT: "Organization.Read.All",
    EntraFacet.USERS: "User.Read.All",
    EntraFacet.SIGN_INS: "AuditLog.Read.All",
    EntraFacet.REGISTRATION: "AuditLog.Read.All",
    EntraFacet.GROUPS: "GroupMember.Read.All",
    EntraFacet.MEMBERS: "GroupMember.Read.All",
    EntraFacet.GROUP_OWNERS: "GroupMember.Read.All",
    EntraFacet.UNITS: "AdministrativeUnit.Read.All",
    EntraFacet.ROLES: "RoleManagement.Read.Directory",
    EntraFacet.ASSIGNMENTS: "RoleManagement.Read.Directory",
    EntraFacet.SCHEDULES: "RoleAssignmentSchedule.Read.Directory",
    EntraFacet.ELIGIBLE: "RoleEligibilitySchedule.Read.Directory",
    EntraFacet.GROUP_ELIGIBLE: "PrivilegedEligibilitySchedule.Read.AzureADGroup",
    EntraFacet.GROUP_POLICIES: "RoleManagementPolicy.Read.AzureADGroup",
    EntraFacet.ROLE_POLICIES: "RoleManagementPolicy.Read.Directory",
    EntraFacet.REVIEWS: "AccessReview.Read.All",
    EntraFacet.APPLICATIONS: "Application.Read.All",
    EntraFacet.APPLICATION_OWNERS: "Application.Read.All",
    EntraFacet.FEDERATED: "Application.Read.All",
    EntraFacet.SERVICE_PRINCIPALS: "Application.Read.All",
    EntraFacet.SERVICE_OWNERS: "Application.Read.All",
    EntraFacet.PERMISSIONS: "Application.Read.All",
    EntraFacet.APP_ROLES: "Application.Read.All",
    EntraFacet.CONDITIONAL_ACCESS: "Policy.Read.All",
    EntraFacet.AUTHORIZATION: "Policy.Read.All",
    EntraFacet.SECURITY_DEFAULTS: "Policy.Read.All",
}
"""The permission that shows each facet."""

HIDDEN = "Member.Read.Hidden"
"""What is asked for besides where membership is hidden: without it such a list is empty.

https://learn.microsoft.com/en-us/graph/api/administrativeunit-list-members
"""
