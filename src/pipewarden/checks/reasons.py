"""What a check of the catalogue that is not built is recorded as: its id and the reason."""

from typing import NamedTuple


class NotBuilt(NamedTuple):
    """A check of the catalogue that this version does not have, and why."""

    id: str
    reason: str
