"""The controllers that things are on, and by which strategy each of them lets people in."""

from functools import cached_property

from pipewarden.model.ids import Kind
from pipewarden.model.snapshot import Snapshot

ROLE_STRATEGY = "roleBased"
"""What the export calls it; its roles may be unread. https://github.com/jenkinsci/role-strategy-plugin/tree/main/docs"""


class Controllers:
    """What was told of each controller."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    def of(self, ordinal: int) -> int:
        """Return the controller that something is on, -1 where it was not read."""
        return next((o for o in self.snapshot.scopes(ordinal) if self.snapshot.kind_of(o) is Kind.TENANT), -1)

    def strategy(self, tenant: int) -> object:
        """Return the strategy of a controller in the export's word; None where it was not read."""
        found = self.snapshot.entity(tenant).attributes.get("configuration") if tenant >= 0 else None
        return found.get("strategy") if isinstance(found, dict) else None

    def by_roles(self, tenant: int) -> bool:
        """Tell whether a controller's items are governed by Role Strategy."""
        return tenant in self._by_roles or self.strategy(tenant) == ROLE_STRATEGY

    @cached_property
    def _by_roles(self) -> frozenset[int]:
        found = set()
        for ordinal in self.snapshot.ordinals(Kind.ROLE).tolist():
            role = self.snapshot.entity(ordinal)
            if str(role.attributes.get("type", "")).endswith("Roles") and role.parent is not None:
                outer = self.snapshot.ordinal(role.parent)
                found |= set() if outer is None else {outer}
        return frozenset(found)
