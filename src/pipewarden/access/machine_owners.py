"""Who owns a machine: who made it or added it, else those whom its system lists as owners of it or of its application."""

from pipewarden.access.view import View
from pipewarden.model.facts import Account, GrantKind, Machine

MOST_NAMES = 4


def owner_words(view: View, machine: Machine) -> str:
    """Name the owners of a machine; empty where nothing tells one.

    https://learn.microsoft.com/en-us/entra/identity/enterprise-apps/overview-assign-app-owners
    """
    holder = view.find(machine.owner)
    if holder is not None:
        return holder.name
    places = [machine.ref, *([machine.parent] if machine.parent is not None else [])]
    owners = {
        owner.name
        for place in places
        for grant in view.grants_on(place)
        if grant.kind is GrantKind.OWNERSHIP and isinstance(owner := view.find(grant.principal), Account)
    }
    if len(owners) > MOST_NAMES:
        return f"{len(owners):,} owners"
    return ", ".join(sorted(owners))
