"""Who answers for a machine, and by which ground that is known."""

from enum import StrEnum

from msgspec import Struct

from pipewarden.model.ids import Ref


class Ground(StrEnum):
    """By what somebody is known to be a machine's owner, the firmest first."""

    DECLARED = "declared"
    """Somebody wrote it into a list, with the reason; or the system itself keeps a list of the machine's owners."""
    MADE = "made"
    """They made it, added it, or it acts as them."""
    CODEOWNERS = "codeowners"
    """CODEOWNERS names them for the place in the repository that the machine belongs to."""
    USED = "used"
    """They were the last to use or change it."""


class Owner(Struct, frozen=True, kw_only=True):
    """An owner of a machine: an account, a group, or a person whom no account stands for."""

    ref: Ref
    name: str
    ground: Ground
    says: str
    """The ground in words: `made it`, `declared in owners.yaml: she runs the releases`."""
    here: bool | None
    """Whether they are here: of a group, whether anybody in it is. None where nobody says so."""
    doubt: str = ""
    """Why it is not known whether they are here."""


class Unresolved(Struct, frozen=True, kw_only=True):
    """A declaration that leads nowhere. `near` is what may have been meant; `target` what it is for, where that is known."""

    says: str
    near: str = ""
    scope: Ref
    """The list that it stands in."""
    what: str
    """What was not found: `machine`, `job` or `owner`."""
    target: Ref | None = None
    named: str
    """The name that leads nowhere."""
    open: bool = False
    """Whether it leads to nothing, so that it may be in what was not read; else it leads to several things."""
