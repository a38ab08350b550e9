"""GitLab's access levels and custom roles, and what each gives before any protection rule.

https://docs.gitlab.com/user/permissions/
https://docs.gitlab.com/api/access_requests/#valid-access-levels
"""

from pipewarden.access.github.roles import bit
from pipewarden.model.access import Capability, Level
from pipewarden.model.facts import Role

GUEST, REPORTER, DEVELOPER, MAINTAINER, OWNER = 10, 20, 30, 40, 50
NOBODY, ADMINISTRATORS = 0, 60
"""Two more words of protection rules: nobody at all, and administrators of the instance alone."""

NAMES = {
    5: "Minimal Access",
    10: "Guest",
    15: "Planner",
    20: "Reporter",
    25: "Security Manager",
    30: "Developer",
    40: "Maintainer",
    50: "Owner",
}
"""https://docs.gitlab.com/user/permissions/#roles"""

ADMINISTRATOR = "gitlab:administrator"
"""The role of who administers the instance; it gives everything, except what a protection rule gives to members alone.

https://docs.gitlab.com/user/project/repository/branches/protected/ (since 16.0 administrators need to be allowed too)
"""

PUBLIC = "gitlab:public"
"""What anybody has on a public project."""

_STEPS = (
    (OWNER, Level.ADMIN),
    (MAINTAINER, Level.MAINTAIN),
    (DEVELOPER, Level.WRITE),
    (REPORTER, Level.TRIAGE),
    (GUEST, Level.READ),
)


def role_key(level: int) -> str:
    """Return what a grant names as its role for an access level."""
    return f"gitlab:{level}"


def access_level(key: str) -> int:
    """Return the access level that a grant's role is; 0 where it is none."""
    system, _, number = key.partition(":")
    return int(number) if system == "gitlab" and number.isdigit() else 0


def level_named(level: int) -> str:
    """Return an access level's name; one that we have not heard of is told by its number."""
    return NAMES.get(level, f"access level {level}")


def as_level(level: int) -> Level:
    """Return the scale's step that an access level reaches: a level between two known ones counts as the lower."""
    return next((step for least, step in _STEPS if level >= least), Level.NONE)


def level_of(key: str, _role: Role | None) -> int:
    """Return the step of membership alone: keys, custom abilities and administrators have none of their own."""
    return as_level(access_level(key))


_BY_LEVEL = (
    (REPORTER, (Capability.READ,)),
    (
        DEVELOPER,
        (
            Capability.PUSH,
            Capability.MERGE,
            Capability.EDIT_PIPELINE,
            Capability.RUN_PIPELINE,
            Capability.DEPLOY,
            Capability.USE_SECRET,
        ),
    ),
    (
        MAINTAINER,
        (
            Capability.READ_SECRET,
            Capability.MANAGE_SECRET,
            Capability.MANAGE_RUNNER,
            Capability.MANAGE_ACCESS,
            Capability.BYPASS_PROTECTION,
        ),
    ),
    (OWNER, (Capability.ADMINISTER,)),
)
"""Least level for each capability on a project; code of a private project is read from Reporter on.

https://docs.gitlab.com/user/permissions/#project-members-permissions
"""

ABILITIES: dict[str, tuple[Capability, ...]] = {
    "read_code": (Capability.READ,),
    "admin_cicd_variables": (Capability.READ_SECRET, Capability.MANAGE_SECRET),
    "admin_protected_branch": (Capability.BYPASS_PROTECTION,),
    "admin_push_rules": (),
    "admin_group_member": (Capability.MANAGE_ACCESS,),
    "admin_protected_environments": (Capability.BYPASS_PROTECTION,),
    "admin_runners": (Capability.MANAGE_RUNNER,),
    "manage_deploy_tokens": (Capability.MANAGE_ACCESS,),
    "manage_group_access_tokens": (Capability.MANAGE_ACCESS,),
    "manage_project_access_tokens": (Capability.MANAGE_ACCESS,),
}
"""Abilities of custom roles behind our capabilities. https://docs.gitlab.com/user/custom_roles/abilities/"""

_DEPLOY_TOKEN = {"read_repository": Capability.READ, "write_repository": Capability.PUSH}
"""https://docs.gitlab.com/user/project/deploy_tokens/#scope"""


def _mask(capabilities: tuple[Capability, ...]) -> int:
    return sum(bit(each) for each in set(capabilities))


ALL = _mask(tuple(Capability))


def mask_of(key: str, role: Role | None) -> int:
    """Return the capabilities that a grant gives on a project and on what it contains, before any protection rule."""
    kind, _, word = key.partition(":")
    level = access_level(key)
    if level:
        return _mask(tuple(each for least, given in _BY_LEVEL if level >= least for each in given))
    if key == ADMINISTRATOR:
        return ALL
    if key == PUBLIC:
        return bit(Capability.READ)
    given = tuple(role.permissions) if role else ()
    match kind:
        case "custom":
            return _mask(tuple(each for ability in given for each in ABILITIES.get(ability, ())))
        case "deploy_token":
            return _mask(tuple(_DEPLOY_TOKEN[scope] for scope in word.split("+") if scope in _DEPLOY_TOKEN))
        case "deploy_key":
            return _mask((Capability.READ, Capability.PUSH) if word == "write" else (Capability.READ,))
    return 0


def own_mask(key: str, role: Role | None) -> int:
    """Return the capabilities on the group itself: all that is managed there needs an Owner.

    https://docs.gitlab.com/user/permissions/#group-members-permissions
    """
    level = access_level(key)
    if OWNER > level > 0:
        return bit(Capability.READ) if level >= GUEST else 0
    return mask_of(key, role)
