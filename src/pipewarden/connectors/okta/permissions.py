"""What each facet needs: the OAuth scope of a service app, and the administrator role where a token is used.

https://developer.okta.com/docs/api/oauth2/
https://developer.okta.com/docs/api/openapi/okta-management/guides/roles/#standard-roles
"""

from pipewarden.model.facets_okta import OktaFacet

READ_ONLY = "a token of a read-only administrator"
SUPER = "a token of a super administrator"

SCOPES: dict[str, str] = {
    OktaFacet.ORG: "okta.orgs.read",
    OktaFacet.USERS: "okta.users.read",
    OktaFacet.FACTORS: "okta.users.read",
    OktaFacet.GROUPS: "okta.groups.read",
    OktaFacet.MEMBERS: "okta.groups.read",
    OktaFacet.GROUP_RULES: "okta.groups.read",
    OktaFacet.ROLES: "okta.roles.read",
    OktaFacet.CUSTOM_ROLES: "okta.roles.read",
    OktaFacet.APPS: "okta.apps.read",
    OktaFacet.APP_ASSIGNMENTS: "okta.apps.read",
    OktaFacet.GROUP_PUSH: "okta.apps.read",
    OktaFacet.APP_GRANTS: "okta.appGrants.read",
    OktaFacet.APP_SECRETS: "okta.apps.read",
    OktaFacet.API_TOKENS: "okta.apiTokens.read",
    OktaFacet.POLICIES: "okta.policies.read",
    OktaFacet.AUTHENTICATORS: "okta.authenticators.read",
    OktaFacet.ZONES: "okta.networkZones.read",
    OktaFacet.IDENTITY_PROVIDERS: "okta.idps.read",
    OktaFacet.LOG_STREAMS: "okta.logStreams.read",
    OktaFacet.THREAT_INSIGHT: "okta.threatInsights.read",
}
"""The scope by which a service app may read each facet."""

SUPER_ALONE = frozenset({OktaFacet.ROLES, OktaFacet.CUSTOM_ROLES, OktaFacet.APP_GRANTS, OktaFacet.LOG_STREAMS})
"""Facets that Okta shows to super administrators alone: `Add, remove, and view administrators` is theirs.

https://help.okta.com/oie/en-us/content/topics/security/administrators-admin-comparison.htm
"""

PERMISSIONS: dict[str, str] = {
    facet: f"{scope} (service app), or {SUPER if facet in SUPER_ALONE else READ_ONLY}"
    for facet, scope in SCOPES.items()
}
"""What would close a gap in each facet."""
PERMISSIONS[OktaFacet.GROUP_PUSH] = f"okta.apps.read and okta.groups.read (service app), or {READ_ONLY}"
