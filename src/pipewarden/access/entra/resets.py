"""Who may reset whose sign-in: by the role of the one, and the roles of the other.

"The columns list the roles that can reset passwords and invalidate refresh tokens. The rows list the roles for which their
password can be reset … If a user is assigned any other role, the Password Administrator cannot reset their password."
https://learn.microsoft.com/en-us/entra/identity/role-based-access-control/privileged-roles-permissions#who-can-reset-passwords
"""

from collections.abc import Mapping

from pipewarden.access.entra.powers import (
    AUTHENTICATION_ADMINISTRATOR,
    HELPDESK_ADMINISTRATOR,
    PASSWORD_ADMINISTRATOR,
    USER_ADMINISTRATOR,
)

DIRECTORY_READERS = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"
GUEST_INVITER = "95e79109-95c0-4d8e-aee3-d01accf2d47b"
GROUPS_ADMINISTRATOR = "fdd7a751-b60b-444a-984c-02652fe8fa1c"
MESSAGE_CENTER_READER = "790c1fb9-7f7d-4f88-86a1-ef1f95c05c1b"
REPORTS_READER = "4a5d8f65-41da-4de4-8968-e035b65339cf"
USER_EXPERIENCE_SUCCESS_MANAGER = "27460883-1df1-4691-b032-3b79643e5e63"
USAGE_SUMMARY_REPORTS_READER = "75934031-6c7e-415a-99d7-48dbd49e875e"

_READERS = frozenset(
    {
        DIRECTORY_READERS,
        GUEST_INVITER,
        MESSAGE_CENTER_READER,
        PASSWORD_ADMINISTRATOR,
        REPORTS_READER,
        USER_EXPERIENCE_SUCCESS_MANAGER,
        USAGE_SUMMARY_REPORTS_READER,
    }
)

RESETS: Mapping[str, frozenset[str]] = {
    PASSWORD_ADMINISTRATOR: frozenset({DIRECTORY_READERS, GUEST_INVITER, PASSWORD_ADMINISTRATOR}),
    HELPDESK_ADMINISTRATOR: _READERS | {HELPDESK_ADMINISTRATOR},
    AUTHENTICATION_ADMINISTRATOR: _READERS | {AUTHENTICATION_ADMINISTRATOR},
    USER_ADMINISTRATOR: _READERS | {GROUPS_ADMINISTRATOR, HELPDESK_ADMINISTRATOR, USER_ADMINISTRATOR},
}
"""By the role of who resets: the roles that somebody may hold and still be reset. Other roles reset those who hold none."""

LIMITED_UNSEEN = "whether it resets limited administrators within an administrative unit is not documented for certain"
ELIGIBLE_UNSEEN = "whether a role that is not activated keeps somebody from being reset is not documented"


def may_reset(role: str, held: frozenset[str], eligible: frozenset[str], *, in_unit: bool) -> bool | str:
    """Tell whether a role resets somebody by the roles that they hold and may activate; a text says what is not known.

    Within an administrative unit: "Certain role permissions apply only to nonadministrator users", and of the User
    Administrator the same page says "limited admins".
    https://learn.microsoft.com/en-us/entra/identity/role-based-access-control/manage-roles-portal
    """
    allowed = RESETS.get(role, frozenset())
    if not held <= allowed:
        return False
    if in_unit and held:
        return LIMITED_UNSEEN if role == USER_ADMINISTRATOR else False
    return True if eligible <= allowed else ELIGIBLE_UNSEEN
