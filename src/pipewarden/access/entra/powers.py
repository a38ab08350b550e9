"""What a role, an ownership or a permission of Entra allows, as a few powers that all others follow from."""

from collections.abc import Iterable
from enum import Flag, auto
from functools import cache

from pipewarden.access.github.roles import bit
from pipewarden.model.access import Capability
from pipewarden.model.facts import Role


class Power(Flag):
    """What may be done to the objects that a role's scope covers."""

    NONE = 0
    READ = auto()
    ALL = auto()
    """Everything in the tenant."""
    ROLES = auto()
    """Give anybody any role, oneself too."""
    APPLICATIONS = auto()
    """Add a secret to any application, and so act as it."""
    SECURITY_GROUPS = auto()
    """Add anybody to a security group that no role is given through."""
    UNIFIED_GROUPS = auto()
    """Add anybody to a Microsoft 365 group that no role is given through."""
    GROUPS = SECURITY_GROUPS | UNIFIED_GROUPS
    RESET = auto()
    """Reset the sign-in of some, by the roles that they hold: see `resets`."""
    RESET_ANY = auto()
    """Reset the sign-in of anybody, administrators included."""
    OWN = auto()
    """Manage the one thing that is owned."""
    PROVE = auto()
    """Sign in as the application."""


GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
PRIVILEGED_ROLE_ADMINISTRATOR = "e8611ab8-c189-46e8-94e1-60213ab1f814"
PRIVILEGED_AUTHENTICATION_ADMINISTRATOR = "7be44c8a-adaf-4e2a-84d6-ab2649e08a13"

USER_ADMINISTRATOR = "fe930be7-5e62-47db-91af-98c3a49a38b1"
AUTHENTICATION_ADMINISTRATOR = "c4e39bd9-1100-46d3-8c65-fb160da0071f"
HELPDESK_ADMINISTRATOR = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
PASSWORD_ADMINISTRATOR = "966707d0-3269-4727-9be2-8c3a10f19b9d"

BUILT_IN: dict[str, Power] = {
    # "Can manage all aspects of Microsoft Entra ID and Microsoft services that use Microsoft Entra identities."
    GLOBAL_ADMINISTRATOR: Power.ALL,
    # "Can manage role assignments in Microsoft Entra ID, and all aspects of Privileged Identity Management."
    PRIVILEGED_ROLE_ADMINISTRATOR: Power.ROLES,
    # the vendor: "Set or reset any authentication method (including passwords) for any user, including Global Administrators."
    PRIVILEGED_AUTHENTICATION_ADMINISTRATOR: Power.RESET_ANY,
    # "can add credentials to an application, and use those credentials to impersonate the application's identity"
    "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3": Power.APPLICATIONS,  # Application Administrator
    "158c047a-c907-4556-b7ef-446551a6b5f7": Power.APPLICATIONS,  # Cloud Application Administrator
    # "microsoft.directory/applications/owners/update": an owner adds credentials
    "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2": Power.APPLICATIONS,  # Hybrid Identity Administrator
    # "Members of this role can create/manage groups"; "Update members of Security groups and Microsoft 365 groups,
    # excluding role-assignable groups"
    "fdd7a751-b60b-444a-984c-02652fe8fa1c": Power.GROUPS,  # Groups Administrator
    "9360feb5-f418-4baa-8175-e2a00bac4301": Power.GROUPS,  # Directory Writers
    "45d8d3c5-c802-45c6-b32a-1d70b5e1e86e": Power.GROUPS,  # Identity Governance Administrator
    # "Update members of Security groups, excluding role-assignable groups"
    "3a2c62db-5318-420d-8d74-23affee5d9d5": Power.SECURITY_GROUPS,  # Intune Administrator
    "11451d60-acb2-45eb-a7d6-43d0f0125c13": Power.SECURITY_GROUPS,  # Windows 365 Administrator
    "b5a8dcf3-09d5-43a9-a639-8e29ef291470": Power.SECURITY_GROUPS,  # Knowledge Administrator
    "744ec460-397e-42ad-a462-8b3f9747a02c": Power.SECURITY_GROUPS,  # Knowledge Manager
    # "Update members of Microsoft 365 groups, excluding role-assignable groups"
    "29232cdf-9323-42fd-ade2-1d097af3e4de": Power.UNIFIED_GROUPS,  # Exchange Administrator
    "f28a1f50-f6e7-4571-818b-6a12f2af6b6c": Power.UNIFIED_GROUPS,  # SharePoint Administrator
    "69091246-20e8-4a56-aa4d-066075b2a7a8": Power.UNIFIED_GROUPS,  # Teams Administrator
    "810a2642-a034-447f-a5e8-41beaa378541": Power.UNIFIED_GROUPS,  # Yammer Administrator
    # "Can manage all aspects of users and groups, including resetting passwords for limited admins."
    USER_ADMINISTRATOR: Power.GROUPS | Power.RESET,
    # "Can access to view, set and reset authentication method information for any non-admin user."
    AUTHENTICATION_ADMINISTRATOR: Power.RESET,
    # "Can reset passwords for non-administrators and Helpdesk Administrators."
    HELPDESK_ADMINISTRATOR: Power.RESET,
    # "Can reset passwords for non-administrators and Password Administrators."
    PASSWORD_ADMINISTRATOR: Power.RESET,
    # the vendor: "can reset passwords … for all non-administrators and administrators (including Global Administrators)"
    "e00e864a-17c5-4a4b-9c06-f5b95a8d5bd8": Power.RESET_ANY
    | Power.APPLICATIONS
    | Power.GROUPS,  # Partner Tier2 Support
    # the vendor: "can reset passwords and invalidate refresh tokens for only non-administrators"; "Update application credentials"
    "4ba39ca4-527c-499a-b93d-d9b492c50246": Power.RESET | Power.APPLICATIONS | Power.GROUPS,  # Partner Tier1 Support
}
"""By the template's id: https://learn.microsoft.com/en-us/entra/identity/role-based-access-control/permissions-reference"""

PRIVILEGED = frozenset(
    {
        GLOBAL_ADMINISTRATOR,
        PRIVILEGED_ROLE_ADMINISTRATOR,
        PRIVILEGED_AUTHENTICATION_ADMINISTRATOR,
        USER_ADMINISTRATOR,
        AUTHENTICATION_ADMINISTRATOR,
        HELPDESK_ADMINISTRATOR,
        PASSWORD_ADMINISTRATOR,
        "db506228-d27e-4b7d-95e5-295956d6615f",  # Agent ID Administrator
        "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",  # Application Administrator
        "cf1c38e5-3621-4004-a7cb-879624dced7c",  # Application Developer
        "ecb2c6bf-0ab6-418e-bd87-7986f8d63bbe",  # Attribute Provisioning Administrator
        "422218e4-db15-4ef9-bbe0-8afb41546d79",  # Attribute Provisioning Reader
        "25a516ed-2fa0-40ea-a2d0-12923a21473a",  # Authentication Extensibility Administrator
        "aaf43236-0c0d-4d5f-883a-6955382ac081",  # B2C IEF Keyset Administrator
        "158c047a-c907-4556-b7ef-446551a6b5f7",  # Cloud Application Administrator
        "7698a772-787b-4ac8-901f-60d6b08affd2",  # Cloud Device Administrator
        "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9",  # Conditional Access Administrator
        "9360feb5-f418-4baa-8175-e2a00bac4301",  # Directory Writers
        "8329153b-31d0-4727-b945-745eb3bc5f31",  # Domain Name Administrator
        "be2f45a1-457d-42af-a067-6ec1fa63bc45",  # External Identity Provider Administrator
        "f2ef992c-3afb-46b9-b7cf-a126ee74c451",  # Global Reader
        "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2",  # Hybrid Identity Administrator
        "3a2c62db-5318-420d-8d74-23affee5d9d5",  # Intune Administrator
        "59d46f88-662b-457b-bceb-5c3809e5908f",  # Lifecycle Workflows Administrator
        "4ba39ca4-527c-499a-b93d-d9b492c50246",  # Partner Tier1 Support
        "e00e864a-17c5-4a4b-9c06-f5b95a8d5bd8",  # Partner Tier2 Support
        "194ae4cb-b126-40b2-bd5b-6091b380977d",  # Security Administrator
        "5f2222b1-57c3-48ba-8ad5-d4759f1fde6f",  # Security Operator
        "5d6b6bb7-de71-4623-b4af-96380a352509",  # Security Reader
    }
)
"""Every role that bears the label *privileged* in the vendor's list of 20 January 2026, by the template's id."""

PERMISSIONS: dict[str, Power] = {
    "RoleManagement.ReadWrite.Directory": Power.ROLES,
    "RoleAssignmentSchedule.ReadWrite.Directory": Power.ROLES,
    "RoleEligibilitySchedule.ReadWrite.Directory": Power.ROLES,
    # "allow an application to grant additional privileges to itself, other applications, or any user"
    "AppRoleAssignment.ReadWrite.All": Power.ROLES,
    # "allow an application to act as other entities, and use the privileges they were granted"
    "Application.ReadWrite.All": Power.APPLICATIONS,
    "Directory.ReadWrite.All": Power.GROUPS,
    "Group.ReadWrite.All": Power.GROUPS,
    "GroupMember.ReadWrite.All": Power.GROUPS,
    "UserAuthenticationMethod.ReadWrite.All": Power.RESET_ANY,
    "User-PasswordProfile.ReadWrite.All": Power.RESET,
}
"""Permissions of Microsoft Graph that an application holds without a user, by name.

https://learn.microsoft.com/en-us/graph/permissions-reference
"""

# whoever may become a member at will has what the group has: as an owner, who may put themselves into it
HELD: dict[str, Power] = {
    "owner of the group": Power.OWN,
    "eligible member of the group": Power.OWN,
    "owner of the application": Power.OWN,
    "owner of the service principal": Power.OWN,
    "credential of the application": Power.PROVE,
}

ACTIONS: tuple[tuple[str, Power], ...] = (
    ("microsoft.directory/applications/credentials/update", Power.APPLICATIONS),
    ("microsoft.directory/servicePrincipals/credentials/update", Power.APPLICATIONS),
    ("microsoft.directory/applications/owners/update", Power.APPLICATIONS),
    ("microsoft.directory/servicePrincipals/owners/update", Power.APPLICATIONS),
    ("microsoft.directory/applications/allProperties/allTasks", Power.APPLICATIONS),
    ("microsoft.directory/servicePrincipals/allProperties/allTasks", Power.APPLICATIONS),
    ("microsoft.directory/groups/members/update", Power.GROUPS),
    ("microsoft.directory/groups/owners/update", Power.GROUPS),
    ("microsoft.directory/groups/allProperties/allTasks", Power.GROUPS),
    ("microsoft.directory/groups.security/members/update", Power.SECURITY_GROUPS),
    ("microsoft.directory/groups.security/owners/update", Power.SECURITY_GROUPS),
    ("microsoft.directory/groups.unified/members/update", Power.UNIFIED_GROUPS),
    ("microsoft.directory/groups.unified/owners/update", Power.UNIFIED_GROUPS),
    ("microsoft.directory/roleAssignments/allProperties/allTasks", Power.ROLES),
    ("microsoft.directory/users/password/update", Power.RESET),
    ("microsoft.directory/users/authenticationMethods/create", Power.RESET),
)
"""What a custom role's actions come to: https://learn.microsoft.com/en-us/entra/identity/role-based-access-control/custom-create"""

_ROLE, _GRAPH, _APP = "role:", "graph:", "app:"


def power_of(key: str, actions: Iterable[str] = ()) -> Power:
    """Return what a grant allows, by the key of its role, and a custom role's actions."""
    if key in HELD:
        return HELD[key]
    if key.startswith(_GRAPH):
        return PERMISSIONS.get(key.removeprefix(_GRAPH), Power.NONE) | Power.READ
    if key.startswith(_APP):
        return Power.READ  # what it allows is the application's own business, and nothing in the tenant
    template = key.removeprefix(_ROLE)
    if template in BUILT_IN:
        return BUILT_IN[template] | Power.READ
    given = frozenset(actions)
    found = Power.READ if key.startswith(_ROLE) else Power.NONE
    for action, power in ACTIONS:
        if action in given:
            found |= power
    return found


def is_privileged(key: str, actions: Iterable[str] = ()) -> bool:
    """Tell whether a role or permission leads to more than it says: what the vendor calls privileged."""
    if key.startswith(_GRAPH):
        return key.removeprefix(_GRAPH) in PERMISSIONS
    if key.startswith(_APP):
        return False
    template = key.removeprefix(_ROLE)
    power = power_of(key, actions)
    custom = template not in BUILT_IN and bool(power & ~(Power.READ | Power.OWN | Power.PROVE))
    return template in PRIVILEGED or custom


def is_known(key: str, role: Role | None) -> bool:
    """Tell whether it is known what a role allows: a custom role's actions must have been read."""
    return key in HELD or key.startswith((_GRAPH, _APP)) or role is not None or key.removeprefix(_ROLE) in BUILT_IN


def actions_of(role: Role | None) -> tuple[str, ...]:
    """Return the actions of a custom role."""
    found = role.attributes.get("actions") if role else None
    return tuple(str(each) for each in found) if isinstance(found, list) else ()


@cache
def _bits(power: Power) -> int:
    given = {
        Power.READ: (Capability.READ,),
        Power.ALL: tuple(Capability),
        Power.ROLES: (Capability.MANAGE_ACCESS,),
        Power.APPLICATIONS: (Capability.MANAGE_SECRET, Capability.ASSUME_ROLE),
        Power.GROUPS: (Capability.MANAGE_ACCESS,),
        Power.OWN: (Capability.MANAGE_ACCESS,),
        Power.PROVE: (Capability.ASSUME_ROLE,),
    }
    found = 0
    for each, capabilities in given.items():
        if each & power:
            for capability in capabilities:
                found |= bit(capability)
    return found


def mask_of(key: str, role: Role | None) -> int:
    """Return the capabilities that a role comes to for the fast arrays; the rulings ask for its powers."""
    return _bits(power_of(key, actions_of(role)))
