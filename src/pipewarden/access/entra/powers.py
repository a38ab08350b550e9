"""What a role, an ownership or a permission of Entra allows, as a few powers that all others follow from."""

from collections.abc import Iterable
from enum import Flag, auto
from functools import cache

from pipewarden.access.github.roles import bit
from pipewarden.model.access import Capability
from pipewarden.model.facts import Role

_ROLE, _GRAPH = "role:", "graph:"


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
    GROUPS = auto()
    """Add anybody to a group that no role is given through."""
    RESET = auto()
    """Reset the sign-in of those who hold no administrator role."""
    RESET_ANY = auto()
    """Reset the sign-in of anybody, administrators included."""
    OWN = auto()
    """Manage the one thing that is owned."""
    PROVE = auto()
    """Sign in as the application."""


GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
PRIVILEGED_ROLE_ADMINISTRATOR = "e8611ab8-c189-46e8-94e1-60213ab1f814"
PRIVILEGED_AUTHENTICATION_ADMINISTRATOR = "7be44c8a-adaf-4e2a-84d6-ab2649e08a13"

BUILT_IN: dict[str, Power] = {
    # "can access all administrative features"
    GLOBAL_ADMINISTRATOR: Power.ALL,
    # "manage assignments for all Microsoft Entra roles including the Global Administrator role"
    PRIVILEGED_ROLE_ADMINISTRATOR: Power.ROLES,
    # "set or reset any authentication method, for any user", Global Administrators too
    PRIVILEGED_AUTHENTICATION_ADMINISTRATOR: Power.RESET_ANY,
    # "can add credentials to an application, and use those credentials to impersonate the application's identity"
    "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3": Power.APPLICATIONS,  # Application Administrator
    "158c047a-c907-4556-b7ef-446551a6b5f7": Power.APPLICATIONS,  # Cloud Application Administrator
    "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2": Power.APPLICATIONS,  # Hybrid Identity Administrator
    # "can create/manage groups and its settings"
    "fdd7a751-b60b-444a-984c-02652fe8fa1c": Power.GROUPS,  # Groups Administrator
    "9360feb5-f418-4baa-8175-e2a00bac4301": Power.GROUPS,  # Directory Writers
    "3a2c62db-5318-420d-8d74-23affee5d9d5": Power.GROUPS,  # Intune Administrator
    "45d8d3c5-c802-45c6-b32a-1d70b5e1e86e": Power.GROUPS,  # Identity Governance Administrator
    "29232cdf-9323-42fd-ade2-1d097af3e4de": Power.GROUPS,  # Exchange Administrator
    "f28a1f50-f6e7-4571-818b-6a12f2af6b6c": Power.GROUPS,  # SharePoint Administrator
    # "can reset passwords for non-administrators" and manage groups
    "fe930be7-5e62-47db-91af-98c3a49a38b1": Power.GROUPS | Power.RESET,  # User Administrator
    "c4e39bd9-1100-46d3-8c65-fb160da0071f": Power.RESET,  # Authentication Administrator
    "729827e3-9c14-49f7-bb1b-9608f156bbb8": Power.RESET,  # Helpdesk Administrator
    "966707d0-3269-4727-9be2-8c3a10f19b9d": Power.RESET,  # Password Administrator
    "e00e864a-17c5-4a4b-9c06-f5b95a8d5bd8": Power.RESET_ANY,  # Partner Tier2 Support
    "4ba39ca4-527c-499a-b93d-d9b492c50246": Power.RESET,  # Partner Tier1 Support
}
"""By the template's id: https://learn.microsoft.com/en-us/entra/identity/role-based-access-control/permissions-reference"""

_GROUPS_ADMINISTRATOR = "fdd7a751-b60b-444a-984c-02652fe8fa1c"
_USER_ADMINISTRATOR = "fe930be7-5e62-47db-91af-98c3a49a38b1"
_AUTHENTICATION_ADMINISTRATOR = "c4e39bd9-1100-46d3-8c65-fb160da0071f"
_HELPDESK_ADMINISTRATOR = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
_PASSWORD_ADMINISTRATOR = "966707d0-3269-4727-9be2-8c3a10f19b9d"

_BY_PASSWORD = frozenset(
    {
        _PASSWORD_ADMINISTRATOR,
        "88d8e3e3-8f55-4a1e-953a-9b9898b8876b",  # Directory Readers
        "95e79109-95c0-4d8e-aee3-d01accf2d47b",  # Guest Inviter
    }
)
_BY_MOST = _BY_PASSWORD | {
    "790c1fb9-7f7d-4f88-86a1-ef1f95c05c1b",  # Message Center Reader
    "4a5d8f65-41da-4de4-8968-e035b65339cf",  # Reports Reader
    "27460883-1df1-4691-b032-3b79643e5e63",  # User Experience Success Manager
    "75934031-6c7e-415a-99d7-48dbd49e875e",  # Usage Summary Reports Reader
}

RESETS: dict[str, frozenset[str]] = {
    _PASSWORD_ADMINISTRATOR: _BY_PASSWORD,
    _HELPDESK_ADMINISTRATOR: _BY_MOST | {_HELPDESK_ADMINISTRATOR},
    _AUTHENTICATION_ADMINISTRATOR: _BY_MOST | {_AUTHENTICATION_ADMINISTRATOR},
    _USER_ADMINISTRATOR: _BY_MOST | {_HELPDESK_ADMINISTRATOR, _GROUPS_ADMINISTRATOR, _USER_ADMINISTRATOR},
}
"""Roles whose holders a role may reset all the same; of whoever holds any other role it may not.

https://learn.microsoft.com/en-us/entra/identity/role-based-access-control/privileged-roles-permissions#who-can-reset-passwords
"""


def resets(key: str, held: Iterable[str]) -> bool:
    """Tell whether a role resets the sign-in of somebody who holds some roles, by the ids of their templates."""
    return frozenset(held) <= RESETS.get(key.removeprefix(_ROLE), frozenset())


PRIVILEGED = frozenset(
    {
        *(key for key, power in BUILT_IN.items() if power & ~(Power.READ | Power.GROUPS)),
        "194ae4cb-b126-40b2-bd5b-6091b380977d",  # Security Administrator
        "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9",  # Conditional Access Administrator
        "9360feb5-f418-4baa-8175-e2a00bac4301",  # Directory Writers
        "3a2c62db-5318-420d-8d74-23affee5d9d5",  # Intune Administrator
        "8329153b-31d0-4727-b945-745eb3bc5f31",  # Domain Name Administrator
        "be2f45a1-457d-42af-a067-6ec1fa63bc45",  # External Identity Provider Administrator
        "0526716b-113d-4c15-b2c8-68e3c22b9f80",  # Authentication Policy Administrator
    }
)
"""Roles that the vendor's list marks as privileged, by the template's id, as far as they are named here."""

PERMISSIONS: dict[str, Power] = {
    "RoleManagement.ReadWrite.Directory": Power.ROLES,
    "RoleAssignmentSchedule.ReadWrite.Directory": Power.ROLES,
    "RoleEligibilitySchedule.ReadWrite.Directory": Power.ROLES,
    # "allows the app to grant additional privileges to itself, other applications, or any user"
    "AppRoleAssignment.ReadWrite.All": Power.ROLES,
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

HELD: dict[str, Power] = {
    "owner of the group": Power.OWN,
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
    ("microsoft.directory/roleAssignments/allProperties/allTasks", Power.ROLES),
    ("microsoft.directory/users/password/update", Power.RESET),
    ("microsoft.directory/users/authenticationMethods/create", Power.RESET),
)
"""What a custom role's actions come to: https://learn.microsoft.com/en-us/entra/identity/role-based-access-control/custom-create"""


def power_of(key: str, actions: Iterable[str] = ()) -> Power:
    """Return what a grant allows, by the key of its role, and a custom role's actions."""
    if key in HELD:
        return HELD[key]
    if key.startswith(_GRAPH):
        return PERMISSIONS.get(key.removeprefix(_GRAPH), Power.NONE) | Power.READ
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
    template = key.removeprefix(_ROLE)
    power = power_of(key, actions)
    custom = template not in BUILT_IN and bool(power & ~(Power.READ | Power.OWN | Power.PROVE))
    return template in PRIVILEGED or custom


def is_known(key: str, role: Role | None) -> bool:
    """Tell whether it is known what a role allows: a custom role's actions must have been read."""
    return key in HELD or key.startswith(_GRAPH) or role is not None or key.removeprefix(_ROLE) in BUILT_IN


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
