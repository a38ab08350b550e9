"""What an eligible assignment waits for: its holder activates it, and somebody approves where that is asked.

https://learn.microsoft.com/en-us/entra/id-governance/privileged-identity-management/pim-configure
"""

from typing import Any

from pipewarden.model.access import Condition
from pipewarden.model.facts import Entity
from pipewarden.model.ids import Kind, Ref

OWNS = "owner of the group"
JOINS = "eligible member of the group"
PLACES = {JOINS: "member", OWNS: "owner"}
"""A place in a group by the role of the grant, as the rules of its activation name it."""

ACTIVATION_UNSEEN = "what the activation of the role asks for was not read"


def of_group(group: Entity, role: str) -> dict[str, Any] | None:
    """Return what the activation of a place in a group asks for; None where it was not read."""
    told = group.attributes.get("joining")
    found = told.get(PLACES.get(role, "")) if isinstance(told, dict) else None
    return found if isinstance(found, dict) else None


def place(group: str, role: str) -> str:
    """Name a place in a group."""
    return f"{'ownership' if role == OWNS else 'membership'} of {group}"


def is_asked(group: Entity) -> bool:
    """Tell whether it was read who may activate a place in a group."""
    told = group.attributes.get("joining")
    return isinstance(told, dict) and told.get("asked") is True


def conditions(told: dict[str, Any] | None, name: str, instance: str) -> tuple[Condition, ...]:
    """Return what an activation asks for, by what was read of it; `name` is what is activated."""
    if told is None:
        return (Condition(says=f"they activate {name}; what that asks for was not read", kind="activation"),)
    factor = ", with a second factor" if told.get("mfa") or told.get("authentication_context") else ""
    found = [Condition(says=f"they activate {name}{factor}", kind="activation")]
    if told.get("approval") is not False:
        listed = [each for each in told.get("approvers") or () if isinstance(each, list) and len(each) == 2]
        who = tuple(Ref(instance, Kind(kind), key) for kind, key in listed if kind in {"account", "group"})
        found.append(Condition(says="somebody else approves that", kind="approval", principals=who, count=1))
    return tuple(found)
