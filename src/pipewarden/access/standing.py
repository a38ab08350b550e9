"""One person over all systems: their accounts, the machines they hold, what each reaches, and what would outlive them."""

from collections.abc import Iterable, Iterator

from msgspec import Struct, structs

from pipewarden.access.accounts import PROVIDERS, known
from pipewarden.access.dormancy import Dormancy, LastUse, dormancy, last_use
from pipewarden.access.engine import Engine
from pipewarden.access.github.roles import CAPABILITIES
from pipewarden.access.gitlab.bearers import Carried, carried
from pipewarden.access.gitlab.scopes import allows
from pipewarden.access.reach import RANK
from pipewarden.access.second_factor import SecondFactor, second_factor
from pipewarden.access.settled import Held, settled
from pipewarden.access.view import View
from pipewarden.model.access import Capability
from pipewarden.model.facts import Account, Machine
from pipewarden.model.ids import CREDENTIALS, Kind, Ref
from pipewarden.model.people import Joined, Person
from pipewarden.model.systems import System

OF_PROVIDERS = frozenset(
    {
        Capability.ADMINISTER, Capability.MANAGE_ACCESS, Capability.MANAGE_SECRET, Capability.ASSUME_ROLE, Capability.READ,
    }
)  # fmt: skip
"""What means something in an identity provider: it has no code to push, and deploys nothing."""
MOST_SECRETS = 500
"""Secrets of one vault that are asked about for one person."""


class Standing(Struct, frozen=True, kw_only=True):
    """One account or machine of a person. `ends` tells whether it ends with the identity provider; None: not known."""

    ref: Ref
    name: str
    system: System
    kind: Kind
    joined: Joined | None
    """How it is known to be theirs; None for a machine, which its owner holds."""
    mfa: str
    """In words: `enabled`, `weak`, `none`, `not applicable`, `unknown`."""
    factor: SecondFactor | None
    """What is known of its second factor, and where it is enforced; None for a machine."""
    last_used: str
    used: LastUse
    """The last use with what its system means by it."""
    active: bool | None
    ends: bool | None
    ends_says: str
    held: tuple[Held, ...]


def standings(engine: Engine, person: Person) -> list[Standing]:
    """Return the accounts of a person and the machines they hold, each with what it reaches by grants."""
    snapshot, view = engine.snapshot, View(engine.snapshot, engine)
    systems = dict(zip(snapshot.instances, snapshot.systems, strict=True))
    provider = any(system in PROVIDERS for system in systems.values())
    found = []
    mine: set[Ref] = set()
    for joined in person.accounts:
        account = snapshot.find(joined.account)
        if isinstance(account, Account):
            mine.add(account.ref)
            ends, says = ends_with_provider(
                account, systems.get(account.ref.instance, System.GITHUB), provider=provider
            )
            found.append(_account(view, account, joined, systems, ends, says))
    for machine in owned(engine, mine):
        found.append(_machine(engine, machine, systems))
    return found


def seen(engine: Engine, standing: Iterable[Standing], days: int) -> Dormancy:
    """Return when a person was last seen, by all of theirs that is switched on."""
    return dormancy([each.used for each in standing if each.active is not False], engine.snapshot.as_of, days)


def owned(engine: Engine, accounts: Iterable[Ref]) -> Iterator[Machine]:
    """Yield the machines that some accounts own or are presumed to hold."""
    found = [each for account in set(accounts) for each in engine.machines_by_owner.get(account, ())]
    yield from sorted(found, key=lambda machine: machine.ref)


def administered_by(engine: Engine, principal: Ref) -> list[Ref]:
    """Return the organizations, tenants and enterprises that a principal administers by grants, in the order of ids."""
    who = engine.snapshot.ordinal(principal)
    found: set[int] = set()
    for group in () if who is None else engine.graph.outer(who):
        if group not in engine.graph.crowd and (group == who or engine.snapshot.kind_of(group) not in CREDENTIALS):
            found |= engine.administered.get(group, set())
    return [engine.snapshot.ref(each) for each in sorted(found)]


def held_by(engine: Engine, principal: Ref, *, most: int = 200) -> tuple[Held, ...]:
    """Return what a principal holds by grants, directly or through groups, what weighs most first."""
    who = engine.snapshot.ordinal(principal)
    if who is None:
        return ()
    graph, snapshot = engine.graph, engine.snapshot
    by: dict[int, tuple[int, list[tuple[int, str]], bool]] = {}
    provider = snapshot.systems[int(snapshot.instance[who])] in PROVIDERS
    verbs = [(n, c) for n, c in enumerate(CAPABILITIES) if not provider or c in OF_PROVIDERS]
    for group in graph.outer(who):
        if group in graph.crowd or (group != who and snapshot.kind_of(group) in CREDENTIALS):
            continue  # what anybody has says nothing of one person; a key is told by itself
        for row in graph.by_principal[group].tolist():
            resource = int(snapshot.grants.resource[row])
            mask = int(graph.masks[row]) | (int(graph.organization_masks[row]) if _contains(engine, resource) else 0)
            before, words, sure = by.get(resource, (0, [], False))
            told = engine.chains.role_name(row)
            through = "" if group == who else f" through {snapshot.name_of(group)}"
            by[resource] = (before | mask, [*words, (-mask.bit_count(), told + through)], sure or bool(graph.sure[row]))
    out = []
    for resource, (mask, words, sure) in by.items():
        capabilities = tuple(sorted((c for n, c in verbs if mask & (1 << n)), key=lambda c: (-RANK.get(c, 0), c)))
        if capabilities:
            ref = snapshot.ref(resource)
            out.append(
                Held(
                    resource=ref,
                    resource_name=snapshot.name_of(resource),
                    capabilities=capabilities,
                    by=tuple(dict.fromkeys(text for _, text in sorted(words))),
                    sure=sure,
                )
            )
    return tuple(sorted(out, key=lambda each: (-each.weight, each.resource))[:most])


def holds(engine: Engine, principal: Ref) -> tuple[Held, ...]:
    """Return what a principal holds, what weighs most first, in whatever words its system gives it."""
    return _holding(engine, principal, dict(zip(engine.snapshot.instances, engine.snapshot.systems, strict=True)))


def _holding(engine: Engine, principal: Ref, systems: dict[str, System]) -> tuple[Held, ...]:
    """Return what a principal holds; in a vault policies decide, which are asked about its secrets one by one."""
    if systems.get(principal.instance) is not System.VAULT:
        return held_by(engine, principal)
    who, snapshot = engine.snapshot.ordinal(principal), engine.snapshot
    if who is None:
        return ()
    here = [o for o in snapshot.ordinals(Kind.SECRET).tolist() if snapshot.ref(o).instance == principal.instance]
    found = []
    for secret in here[:MOST_SECRETS]:
        known: dict[Capability, bool] = {}
        by: list[str] = []
        for capability in (Capability.READ_SECRET, Capability.MANAGE_SECRET):
            for clause in engine.rulings.of(secret).rule(capability, secret):
                if who in clause.holders:
                    known[capability] = known.get(capability, False) or not clause.unknown
                    by += [chain[-1].says for chain in clause.lead(who)[:1]]
        if known:
            found.append(
                Held(
                    resource=snapshot.ref(secret), resource_name=snapshot.name_of(secret), capabilities=tuple(known),
                    by=tuple(dict.fromkeys(by)), sure=any(known.values()),
                )
            )  # fmt: skip
    return tuple(sorted(found, key=lambda each: (-each.weight, each.resource)))


def _contains(engine: Engine, resource: int) -> bool:
    return engine.snapshot.kind_of(resource) in {Kind.ORGANIZATION, Kind.ENTERPRISE, Kind.TENANT}


def _account(
    view: View, account: Account, joined: Joined, systems: dict[str, System], ends: bool | None, says: str
) -> Standing:
    on = is_active(account, systems.get(account.ref.instance, System.GITHUB))
    factor = second_factor(view, account)
    return Standing(
        ref=account.ref,
        name=account.name,
        system=systems.get(account.ref.instance, System.GITHUB),
        kind=Kind.ACCOUNT,
        joined=joined,
        mfa=factor.enrolled,
        factor=factor,
        used=last_use(account, systems.get(account.ref.instance, System.GITHUB)),
        last_used=account.last_used_at.strftime("%Y-%m-%d") if account.last_used_at else "unknown",
        active=on,
        ends=ends,
        ends_says=says,
        held=() if on is False else standing_of(view.engine, account),
    )


def _machine(engine: Engine, machine: Machine, systems: dict[str, System]) -> Standing:
    ended = machine.expires_at is not None and machine.expires_at <= engine.snapshot.as_of
    key = machine.ref.kind is Kind.DEPLOY_KEY
    return Standing(
        ref=machine.ref,
        name=machine.name,
        system=systems.get(machine.ref.instance, System.GITHUB),
        kind=machine.ref.kind,
        joined=None,
        mfa="not applicable",
        factor=None,
        used=last_use(machine, systems.get(machine.ref.instance, System.GITHUB)),
        last_used=machine.last_used_at.strftime("%Y-%m-%d") if machine.last_used_at else "unknown",
        active=False if ended else None,
        ends=False if key else None if machine.ref.kind in CREDENTIALS else False,
        ends_says="whoever holds the key keeps it" if key else "it ends when somebody revokes it",
        held=() if ended else standing_of(engine, machine),
    )


def standing_of(engine: Engine, principal: Account | Machine) -> tuple[Held, ...]:
    """Return what an account or machine holds by its grants, as far as the things themselves give it."""
    systems = dict(zip(engine.snapshot.instances, engine.snapshot.systems, strict=True))
    who = engine.snapshot.ordinal(principal.ref)
    if who is not None and (carries := carried(engine.graph, who)):
        return settled(engine, principal.ref, _carried(engine, carries))
    if systems.get(principal.ref.instance) is System.VAULT:
        return _holding(engine, principal.ref, systems)  # asked of its secrets one by one
    return settled(engine, principal.ref, held_by(engine, principal.ref))


def _carried(engine: Engine, token: Carried) -> tuple[Held, ...]:
    """Return what a token's owner holds, as far as its scopes let it act; all of it perhaps, where they were not told."""
    owner = engine.snapshot.ref(token.owner)
    out = []
    for each in held_by(engine, owner):
        left = tuple(c for c in each.capabilities if token.scopes is None or allows(token.scopes, c))
        if left:
            by = tuple(f"{engine.name(owner)}'s {text}" for text in each.by)
            sure = each.sure and token.scopes is not None
            out.append(structs.replace(each, capabilities=left, by=by, sure=sure))
    return tuple(out)


def is_active(account: Account, system: System) -> bool | None:
    """Tell whether an account is switched on, where its system says so."""
    told = account.attributes.get("active")
    return told if isinstance(told, bool) else known(account, system).active


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
