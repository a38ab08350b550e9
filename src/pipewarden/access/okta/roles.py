"""What Okta's administrator roles allow, and where: the standard ones by type, custom ones by their permissions.

https://help.okta.com/en-us/Content/Topics/Security/administrators-admin-comparison.htm
https://help.okta.com/en-us/content/topics/security/custom-admin-role/about-role-permissions.htm
"""

from collections.abc import Iterable, Mapping

from pipewarden.access.okta.places import Place
from pipewarden.model.access import Capability

Allowed = Mapping[Place, frozenset[Capability]]
"""What a role gives, by the part of the organization that it gives it on."""

SUPER = "SUPER_ADMIN"

_READ = frozenset({Capability.READ})
_MEMBERS = frozenset({Capability.READ, Capability.MANAGE_ACCESS})
"""On a group: add and remove anybody, oneself too. On an app: assign anybody. """
_TAKE_OVER = frozenset({Capability.READ, Capability.ASSUME_ROLE})
"""On a person: reset password and factors, and so sign in as them."""
_APPS = frozenset({Capability.READ, Capability.MANAGE_ACCESS, Capability.ADMINISTER})

STANDARD: dict[str, Allowed] = {
    # "Super admins can perform all admin tasks for an org and have full management access."
    SUPER: {Place.TENANT: frozenset({*_MEMBERS, *_TAKE_OVER, Capability.ADMINISTER, Capability.MANAGE_SECRET})},
    # the table: password and MFA resets, group membership; roles and groups that hold roles are not theirs
    "ORG_ADMIN": {Place.USERS: _TAKE_OVER, Place.GROUPS: _MEMBERS, Place.APPS: _READ},
    # the group administrator: "Reset user multifactor authentication options", "Create new users" in groups that they
    # manage: over one group alone nobody else's account is put there, but one that was made for it is
    # https://help.okta.com/oie/en-us/content/topics/security/administrators-group-admin.htm
    "USER_ADMIN": {Place.USERS: _TAKE_OVER, Place.GROUPS: _MEMBERS},
    # "Add users to groups that they manage", and see all of them; it "can't … Manage users"
    # https://help.okta.com/oie/en-us/Content/Topics/security/administrators-group-membership-admin.htm
    "GROUP_MEMBERSHIP_ADMIN": {Place.GROUPS: _MEMBERS},
    # "Reset password", "Reset Multifactor Authentication"; it "can't … Assign users to apps or groups"
    # https://help.okta.com/oie/en-us/Content/Topics/Security/administrators-help-desk-admin.htm
    "HELP_DESK_ADMIN": {Place.USERS: _TAKE_OVER},
    "APP_ADMIN": {Place.APPS: _APPS},
    "API_ACCESS_MANAGEMENT_ADMIN": {Place.APPS: _READ},
    "READ_ONLY_ADMIN": {Place.TENANT: _READ},
    "REPORT_ADMIN": {Place.TENANT: _READ},
    "MOBILE_ADMIN": {Place.TENANT: _READ},
    "ACCESS_REQUESTS_ADMIN": {Place.TENANT: _READ},
    "ACCESS_CERTIFICATIONS_ADMIN": {Place.TENANT: _READ},
    "WORKFLOWS_ADMIN": {Place.TENANT: _READ},
}
"""What each standard role gives where no targets narrow it."""

NAMES = {
    SUPER: "super administrator",
    "ORG_ADMIN": "organization administrator",
    "USER_ADMIN": "group administrator",
    "GROUP_MEMBERSHIP_ADMIN": "group membership administrator",
    "HELP_DESK_ADMIN": "help desk administrator",
    "APP_ADMIN": "application administrator",
    "API_ACCESS_MANAGEMENT_ADMIN": "API access management administrator",
    "READ_ONLY_ADMIN": "read-only administrator",
    "REPORT_ADMIN": "report administrator",
    "MOBILE_ADMIN": "mobile administrator",
    "ACCESS_REQUESTS_ADMIN": "access requests administrator",
    "ACCESS_CERTIFICATIONS_ADMIN": "access certifications administrator",
    "WORKFLOWS_ADMIN": "workflows administrator",
}
"""What people call them: the API's type USER_ADMIN is the Group Administrator of the console."""

POWERFUL = frozenset({SUPER, "ORG_ADMIN", "USER_ADMIN", "GROUP_MEMBERSHIP_ADMIN", "APP_ADMIN", "HELP_DESK_ADMIN"})
"""Standard roles that change who may do what."""

CUSTOM: dict[str, Allowed] = {
    "okta.users.manage": {Place.USERS: _TAKE_OVER},
    "okta.users.credentials.manage": {Place.USERS: _TAKE_OVER},
    "okta.users.credentials.resetFactors": {Place.USERS: _TAKE_OVER},
    "okta.users.credentials.resetPassword": {Place.USERS: _TAKE_OVER},
    "okta.users.credentials.manageTemporaryAccessCode": {Place.USERS: _TAKE_OVER},
    "okta.users.groupMembership.manage": {Place.USERS: _READ},
    "okta.groups.manage": {Place.GROUPS: _MEMBERS},
    "okta.groups.members.manage": {Place.GROUPS: _MEMBERS},
    "okta.groups.appAssignment.manage": {Place.GROUPS: _READ},
    "okta.apps.manage": {Place.APPS: _APPS},
    "okta.apps.assignment.manage": {Place.APPS: _MEMBERS},
    "okta.users.appAssignment.manage": {Place.USERS: _READ},
}
"""What each permission of a custom role gives on the resources of its set; permissions not listed let nobody act here."""

SCOPES: dict[str, frozenset[Capability]] = {
    "okta.roles.manage": frozenset({Capability.ADMINISTER}),
    "okta.users.manage": frozenset({Capability.ASSUME_ROLE}),
    "okta.groups.manage": frozenset({Capability.MANAGE_ACCESS}),
    "okta.apps.manage": frozenset({Capability.MANAGE_ACCESS, Capability.ADMINISTER}),
    "okta.apiTokens.manage": frozenset({Capability.MANAGE_SECRET}),
}
"""What a scope lets a service app do with its role. It has both or nothing.

https://developer.okta.com/docs/guides/implement-oauth-for-okta-serviceapp/main/
"""


def standard(kind: str) -> Allowed:
    """Return what a standard role gives; a type that is not known gives nothing that we could name."""
    return STANDARD.get(kind, {})


def custom(permissions: Iterable[str]) -> Allowed:
    """Return what a custom role gives, by its permissions together."""
    found: dict[Place, frozenset[Capability]] = {}
    for permission in permissions:
        for place, capabilities in CUSTOM.get(permission, {}).items():
            found[place] = found.get(place, frozenset()) | capabilities
    return found


def within_scopes(capabilities: frozenset[Capability], scopes: Iterable[str]) -> frozenset[Capability]:
    """Return what of a role a service app may use: the part that its scopes name too, and reading."""
    named = frozenset().union(*(SCOPES.get(scope, frozenset()) for scope in scopes)) | _READ
    return capabilities & named


LIVE = frozenset({"ACTIVE", "PASSWORD_EXPIRED", "LOCKED_OUT", "RECOVERY", "PROVISIONED"})
"""States in which somebody can sign in, or can soon without another's doing.

Staged people were never activated; a suspended one "can't access apps"; a deactivated one has no apps at all.
https://help.okta.com/en-us/content/topics/users-groups-profiles/usgp-end-user-states.htm
"""


STATUSES = LIVE | {"STAGED", "SUSPENDED", "DEPROVISIONED"}
"""All states that are documented."""


def is_live(status: object) -> bool:
    """Tell whether an account in a state holds anything; a state that is not known is taken for live."""
    return status not in {"STAGED", "SUSPENDED", "DEPROVISIONED"}
