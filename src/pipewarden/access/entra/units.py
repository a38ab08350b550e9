"""Administrative units: which of them contain a user or group, and what of them keeps everybody else out.

https://learn.microsoft.com/en-us/entra/identity/role-based-access-control/administrative-units
"""

from typing import NamedTuple

from pipewarden.model.ids import Kind, Ref
from pipewarden.model.snapshot import Snapshot


class Around(NamedTuple):
    """The units around a thing, by ordinal."""

    sure: tuple[int, ...]
    """Those that contain it."""
    unread: tuple[int, ...]
    """Those whose members were not read."""
    restricted: frozenset[int]
    """Those of the sure ones that leave their members to their own administrators."""


class Units:
    """The administrative units of a snapshot, by what they contain; groups in one do not bring their members."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._of: dict[int, list[int]] = {}
        self._unread: dict[int, list[int]] = {}
        self._restricted: set[int] = set()
        for unit in snapshot.ordinals(Kind.FOLDER).tolist():
            self._add(unit)

    def _add(self, unit: int) -> None:
        attributes = self._snapshot.entity(unit).attributes
        instance = int(self._snapshot.instance[unit])
        members = attributes.get("members")
        if attributes.get("restricted") is True:
            self._restricted.add(unit)
        if not isinstance(members, list):
            self._unread.setdefault(instance, []).append(unit)
            return
        for kind, key in members:
            found = self._snapshot.ordinal(Ref(self._snapshot.instances[instance], Kind(kind), key))
            if found is not None:
                self._of.setdefault(found, []).append(unit)

    def around(self, thing: int) -> Around:
        """Return the units around a user or group."""
        sure = tuple(self._of.get(thing, ()))
        unread = tuple(self._unread.get(int(self._snapshot.instance[thing]), ()))
        return Around(sure, unread, frozenset(sure) & self._restricted)
