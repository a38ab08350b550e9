"""What is somebody's: their accounts, and the keys and tokens they hold; which of it works, and what ends with the provider."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from pipewarden.access.accounts import PROVIDERS, Known, known
from pipewarden.access.engine import Engine
from pipewarden.model.facts import Account, Machine
from pipewarden.model.ids import CREDENTIALS, Kind, Ref
from pipewarden.model.people import Joined, Person
from pipewarden.model.systems import System

KEPT = "whoever holds the key keeps it"
REVOKED = "it ends when somebody revokes it"


class Theirs(Struct, frozen=True, kw_only=True):
    """One account or machine of a person. `ends` tells whether it ends with the identity provider; None: not known."""

    fact: Account | Machine
    system: System
    joined: Joined | None
    """How it is known to be theirs; None for a machine, which its owner holds."""
    active: bool | None
    """Whether it is switched on and not at its end, where its system says so."""
    ends: bool | None
    ends_says: str
    perhaps: str
    """Why it may work no more: its person left, and nothing tells whether it ended with them. Empty where nothing says so."""

    @property
    def ref(self) -> Ref:
        """Its id."""
        return self.fact.ref


def theirs(engine: Engine, person: Person) -> tuple[Theirs, ...]:
    """Return all that is somebody's, what is switched off or ended too: the accounts, then what they hold."""
    systems = dict(zip(engine.snapshot.instances, engine.snapshot.systems, strict=True))
    provider = any(system in PROVIDERS for system in systems.values())
    left, found = person.active is False, dict[Ref, Theirs]()
    for joined in person.accounts:
        account = engine.snapshot.find(joined.account)
        if not isinstance(account, Account):
            continue
        system = systems.get(account.ref.instance, System.GITHUB)
        ends, says = ends_with_provider(account, system, provider=provider)
        found[account.ref] = Theirs(
            fact=account, system=system, joined=joined, active=is_active(account, system),
            ends=ends, ends_says=says, perhaps=says if left and ends is None else "",
        )  # fmt: skip
    for machine in owned(engine, found):
        system = systems.get(machine.ref.instance, System.GITHUB)
        owner = found.get(machine.owner) if machine.owner is not None else None
        ends = machine_ends(machine, owner)
        found[machine.ref] = Theirs(
            fact=machine, system=system, joined=None, active=False if has_ended(engine, machine) else None,
            ends=ends, ends_says=KEPT if machine.ref.kind is Kind.DEPLOY_KEY else REVOKED,
            perhaps=owner.ends_says if left and ends is None and owner is not None else "",
        )  # fmt: skip
    return tuple(found.values())


def owned(engine: Engine, accounts: Iterable[Ref]) -> Iterator[Machine]:
    """Yield the machines that some accounts own or are presumed to hold."""
    found = [each for account in set(accounts) for each in engine.machines_by_owner.get(account, ())]
    yield from sorted(found, key=lambda machine: machine.ref)


def has_ended(engine: Engine, machine: Machine) -> bool:
    """Tell whether a key or token is known to be at its end, or revoked."""
    over = machine.expires_at is not None and machine.expires_at <= engine.snapshot.as_of
    return over or machine.attributes.get("active") is False


def machine_ends(machine: Machine, owner: Theirs | None) -> bool | None:
    """Tell whether a key or token ends when the identity provider ends its person; None: not known.

    A key is a login of its own. A token is its owner's: it ends where the provider removes the account, it stays where the
    account only signs in through the provider or beside it, and where no link was read that is as unknown as of the account.
    A token that its system ties to no account, but a list of people to somebody, nothing of the provider ends.
    """
    if machine.ref.kind is Kind.DEPLOY_KEY or machine.ref.kind not in CREDENTIALS or owner is None:
        return False
    return None if owner.ends is None and not signs_in_through(owner) else owner.ends is True


def signs_in_through(account: Theirs) -> bool:
    """Tell whether an account is known to sign in through the identity provider: what it was given stays all the same."""
    fact = account.fact
    if not isinstance(fact, Account):
        return False
    return bool(fact.attributes.get("saml")) or known(fact, account.system).local is False


def is_active(account: Account, system: System, told: Known | None = None) -> bool | None:
    """Tell whether an account is switched on, where its system says so; `told` is what it tells, where that was read already."""
    active = account.attributes.get("active")
    return active if isinstance(active, bool) else (told or known(account, system)).active


def ends_with_provider(account: Account, system: System, *, provider: bool) -> tuple[bool | None, str]:
    """Tell whether an account ends when the identity provider ends its person.

    An account that is local signs in without the provider. One that SCIM provisions is removed by it; one that only signs
    in through it keeps its tokens and keys.
    """
    if system in {System.OKTA, System.ENTRA}:
        return True, "it is the identity provider's own"
    told = known(account, system)
    if told.local is True:
        return False, "it signs in without the identity provider"
    if (account.attributes.get("scim") or {}).get("active") is not None:
        return True, "the identity provider removes it (SCIM)"
    if account.attributes.get("saml") or told.local is False:
        return None, "it signs in through the identity provider; its tokens and keys stay until somebody removes them"
    return (None, "no link to an identity provider was read") if provider else (None, "no identity provider was read")
