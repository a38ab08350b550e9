"""People as systems together know them: which accounts are one person's, and by what that is known."""

from enum import StrEnum

from msgspec import Struct

from pipewarden.model.ids import Ref


class How(StrEnum):
    """By what an account is known to be somebody's, the firmest first."""

    LINKED = "linked"
    """The system itself names the identity: single sign-on, SCIM, or the identity provider's own account."""
    EXTERNAL_ID = "external_id"
    """Two systems carry the same id of a third: a SAML name id, a SCIM external id."""
    EMAIL = "email"
    """Two systems know the same address, and each has verified it."""
    MAPPED = "mapped"
    """Somebody wrote it into a list, with the reason."""
    ALONE = "alone"
    """Nothing joins it to anybody: it is all that is known of them."""


class Joined(Struct, frozen=True):
    """One account of a person, and how that is known; `says` is the proof in words."""

    account: Ref
    how: How
    says: str


class Person(Struct, frozen=True, kw_only=True):
    """One person. `key` is the id of the firmest identity that is known of them, or of their only account."""

    key: Ref
    name: str
    emails: tuple[str, ...] = ()
    identities: tuple[Ref, ...] = ()
    accounts: tuple[Joined, ...] = ()
    active: bool | None = None
    """Whether they are with the company: False where any identity provider or roster says that they left."""
    left_says: tuple[str, ...] = ()
    """Who says that they left, in words."""
    employment: tuple[str, ...] = ()
    """How they are employed, as each roster has it, in words: `contractor (roster says so)`."""


class Doubt(Struct, frozen=True, kw_only=True):
    """A join that was not made. `kind` is `ambiguous` (one address, several people) or `conflict` (two proofs disagree)."""

    kind: str
    says: str
    account: Ref | None
    people: tuple[Ref, ...]
    named: str = ""
    """What a list names and that was not seen."""


class Listed(Struct, frozen=True):
    """A machine that a person's row of a roster names among what is theirs: by whose row, and why."""

    machine: Ref
    by: Ref
    because: str


class People(Struct, frozen=True, kw_only=True):
    """All people of a snapshot, in the order of their keys, and the joins that were not made."""

    people: tuple[Person, ...]
    doubts: tuple[Doubt, ...] = ()
    machines: tuple[Listed, ...] = ()
    """Machines that people's rows name: no account is one, and whose it is was said."""
