"""What somebody gets to on Jenkins' controllers: the controller, jobs whose code they choose, credentials."""

from collections.abc import Iterator

from pipewarden.model.access import Capability
from pipewarden.model.ids import Kind
from pipewarden.model.snapshot import Snapshot
from pipewarden.model.systems import System

ASKED = (
    (Kind.TENANT, Capability.ADMINISTER, 1),
    (Kind.FOLDER, Capability.EDIT_PIPELINE, 1),
    (Kind.PIPELINE, Capability.EDIT_PIPELINE, 1),
    (Kind.SECRET, Capability.READ_SECRET, 2),
)
"""What is asked of which kind, and how many steps away it is."""


def questions(snapshot: Snapshot) -> Iterator[tuple[int, Capability, int]]:
    """Yield what is to be asked of everything on the controllers of a snapshot: what, which capability, how many steps."""
    codes = [code for code, system in enumerate(snapshot.systems) if system is System.JENKINS]
    if not codes:
        return
    for kind, capability, steps in ASKED:
        for ordinal in snapshot.ordinals(kind).tolist():
            if int(snapshot.instance[ordinal]) in codes:
                yield ordinal, capability, steps
