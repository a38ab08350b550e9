"""Who answers for a machine: whom somebody declared or its system lists, who made it, whom CODEOWNERS names, who used it last.

Declared owners and makers are facts about the machine. CODEOWNERS is asked only where no fact names
anybody, and the last act only where CODEOWNERS names nobody either: who left is not replaced by a guess.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from msgspec import Struct

from pipewarden.access.declared_owners import Declaration, Declarations
from pipewarden.access.last_acts import last_actors
from pipewarden.access.owner_grounds import (
    MICROSOFT,
    Named,
    Nobody,
    code_owners,
    firm_gaps,
    home_of,
    installer,
    is_anybodys,
    listed,
    maker,
    untold,
)
from pipewarden.access.theirs import is_active
from pipewarden.access.vault_tokens import login_gap, login_of
from pipewarden.access.view import View
from pipewarden.model.columns import REFERRED
from pipewarden.model.facets import Facet
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facets_okta import OktaFacet
from pipewarden.model.facets_roster import RosterFacet
from pipewarden.model.facets_vault import VaultFacet
from pipewarden.model.facts import Account, Cause, Entity, Gap, Group, Machine
from pipewarden.model.ids import MACHINES, Kind, Ref
from pipewarden.model.owners import Ground, Owner
from pipewarden.model.people import How, Person
from pipewarden.model.systems import System

MOST_NAMES = 4
IN_GROUP: dict[System, tuple[str, ...]] = {
    System.GITHUB: (Facet.ORG_TEAMS,),
    System.GITLAB: (GitLabFacet.GROUP_MEMBERS,),
    System.OKTA: (OktaFacet.GROUPS, OktaFacet.MEMBERS),
    System.ENTRA: (EntraFacet.GROUPS, EntraFacet.MEMBERS),
    System.VAULT: (VaultFacet.GROUPS, VaultFacet.ENTITIES),
}
"""Facets that tell who is in a group."""


class Here(NamedTuple):
    """Whether somebody is here, and why that is not known."""

    is_here: bool | None
    doubt: str = ""


class Owned(Struct, frozen=True, kw_only=True):
    """Who answers for one machine. `here` tells whether any of them is here; None: not known, and `gap` or `doubt` says why."""

    owners: tuple[Owner, ...] = ()
    here: bool | None = False
    gap: Gap | None = None
    doubt: str = ""
    outside: str = ""
    """Who outside of the company answers for it, so that nobody in it has to."""

    @property
    def names(self) -> str:
        """The owners' names; of many it is said how many there are."""
        names = list(dict.fromkeys(owner.name for owner in self.owners))
        return f"{len(names):,} owners" if len(names) > MOST_NAMES else ", ".join(sorted(names))

    @property
    def says(self) -> str:
        """The grounds in words, each once."""
        return "; ".join(dict.fromkeys(owner.says for owner in self.owners))


class MachineOwners:
    """The owners of all machines of a snapshot, worked out as they are asked for."""

    def __init__(self, view: View) -> None:
        self.view = view
        self._known: dict[Ref, Owned] = {}
        self._here: dict[Ref, Here] = {}

    @cached_property
    def declarations(self) -> Declarations:
        """What rosters say of machines."""
        return Declarations(self.view)

    def of(self, machine: Machine) -> Owned:
        """Return who answers for a machine."""
        found = self._known.get(machine.ref)
        if found is None:
            self._known[machine.ref] = Owned()  # a machine that is owned in a circle is nobody's
            found = self._known[machine.ref] = self._owned(machine)
        return found

    def of_account(self, account: Account) -> Owned:
        """Return who answers for an account that is a machine's: whom somebody declared, or wrote it down as an account of."""
        rows = self.declarations.of.get(account.ref, ())
        owners = [self._declared_by(row) for row in rows]
        person = self.view.person_of(account.ref)
        for joined in person.accounts if person is not None else ():
            if person is not None and joined.account == account.ref and joined.how is How.MAPPED:
                here, doubt = self._is_here(person)
                says = joined.says
                owners.append(
                    Owner(ref=person.key, name=person.name, ground=Ground.DECLARED, says=says, here=here, doubt=doubt)
                )
        if not any(each.here for each in owners) and self._unread_list is not None:
            return Owned(owners=tuple(owners), here=None, gap=self._unread_list)
        return self._judged(tuple(owners))

    def whose(self, person: Person) -> Iterator[tuple[Machine, Owner]]:
        """Yield the machines that somebody owns by any ground, by themselves or with a group, each with the owner who counts."""
        mine = {person.key, *(joined.account for joined in person.accounts)}
        for machine in self.view.entities(*sorted(MACHINES)):
            for owner in self.of(machine).owners:
                if owner.ref in mine or (
                    owner.ref.kind is Kind.GROUP and any(self.view.is_in(each, owner.ref) for each in mine)
                ):
                    yield machine, owner
                    break

    # --- one machine --------------------------------------------------------------------------------

    def _owned(self, machine: Machine) -> Owned:
        if machine.attributes.get("appOwnerOrganizationId") in MICROSOFT:
            return Owned(here=None, outside="Microsoft")
        outer = self.view.find(machine.owner)
        if isinstance(outer, Machine):
            return self.of(outer)  # what it does, the service account does
        login = login_of(self.view, machine)
        declared = [*self._declared(machine), *map(self._owner, listed(self.view, machine))]
        if any(each.here for each in declared):
            return Owned(owners=tuple(declared), here=True)
        if not declared and isinstance(login, Machine):
            return self.of(login)  # a role's token is whose the role is
        made = [self._owner(each) for each in maker(self.view, machine)]
        if not made and login is not None:
            made = [self._owner(Named(ref=login.ref, ground=Ground.MADE, says="they logged in for it"))]
        made = made or [self._owner(each) for each in installer(self.view, machine)]
        if any(each.here for each in made):
            return Owned(owners=tuple(made), here=True)
        firm = self._each_once((*declared, *made))
        gap = next(iter(firm_gaps(self.view, machine)), None) or login_gap(self.view, machine) or self._unread_list
        if gap is not None:
            return Owned(owners=firm, here=None, gap=gap)
        if firm:
            return self._judged(firm)
        if untold(self.view, machine):
            return Owned(here=None, doubt="who added it was not in the answer")
        if is_anybodys(self.view, machine):
            return Owned(here=None, doubt="whose application it is was not told")
        try:
            named = code_owners(self.view, machine) or last_actors(self.view, machine)
        except Nobody as unread:
            return Owned(here=None, gap=unread.gap, doubt=str(unread))
        return self._judged(tuple(self._owner(each) for each in named))

    def _each_once(self, owners: tuple[Owner, ...]) -> tuple[Owner, ...]:
        """Leave one owner of each person: that of the firmest ground."""
        found: dict[Ref, Owner] = {}
        for owner in owners:
            person = self.view.person_of(owner.ref)
            found.setdefault(person.key if person else owner.ref, owner)
        return tuple(found.values())

    def _judged(self, owners: tuple[Owner, ...]) -> Owned:
        here = (
            True if any(each.here for each in owners) else None if any(each.here is None for each in owners) else False
        )
        doubt = next((each.doubt for each in owners if each.here is None), "") if here is None else ""
        return Owned(owners=owners, here=here, doubt=doubt)

    @cached_property
    def _unread_list(self) -> Gap | None:
        """A row about a machine that could not be read may have named any."""
        return next(iter(self.view.snapshot.gaps_in({RosterFacet.MACHINES})), None)

    def _declared(self, machine: Machine) -> list[Owner]:
        """Return whom rows of a roster name for a machine, or for the nearest of what holds it that any row names."""
        for place in self.around(machine) if self.declarations.of else ():
            if rows := self.declarations.of.get(place):
                return [self._declared_by(row) for row in rows]
        return []

    def _declared_by(self, row: Declaration) -> Owner:
        says = f"declared in {row.place}: {row.because}"
        ref = row.owner.ref if isinstance(row.owner, Group) else row.owner.key
        here, doubt = self._is_here(row.owner)
        return Owner(ref=ref, name=row.owner.name, ground=Ground.DECLARED, says=says, here=here, doubt=doubt)

    def around(self, machine: Machine) -> Iterator[Ref]:
        """Yield a machine and what holds it, the nearest first."""
        yield machine.ref
        of = machine.attributes.get("of")
        if machine.ref.kind is Kind.CLIENT_SECRET and isinstance(of, str):
            yield Ref(machine.ref.instance, Kind.SERVICE_ACCOUNT, of)
        home = home_of(self.view, machine)
        if home is not None:
            yield home
        yield from self.view.around(home or machine.ref)

    # --- people -------------------------------------------------------------------------------------

    def _owner(self, named: Named) -> Owner:
        """Return an owner of whom a fact tells, with whether they are here."""
        entity = self.view.find(named.ref)
        if entity is None or entity.origin.endpoint == REFERRED:
            name = named.name or (self.view.name(named.ref) if named.ref else "somebody")
            gone = named.gone
            doubt = "" if gone else f"nothing that was read tells who {name} is"
            ref = named.ref or Ref("", Kind.ACCOUNT, name)
            return Owner(
                ref=ref, name=name, ground=named.ground, says=named.says, here=False if gone else None, doubt=doubt
            )
        here, doubt = self._is_here(entity)
        return Owner(
            ref=entity.ref,
            name=entity.name,
            ground=named.ground,
            says=named.says,
            here=here,
            doubt=doubt,
        )

    def _is_here(self, who: Entity | Person) -> Here:
        """Tell whether an account's person is here, or anybody of a group; where that is not known, why."""
        key = who.key if isinstance(who, Person) else who.ref
        if key not in self._here:
            if isinstance(who, Group):
                self._here[key] = self._anybody(who)
            else:
                self._here[key] = self._one(who)
        return self._here[key]

    def _one(self, who: Entity | Person) -> Here:
        person = who if isinstance(who, Person) else self.view.person_of(who.ref)
        if person is not None and person.active is not None:
            return Here(person.active)
        if isinstance(who, Account) and (
            is_active(who, self.view.system_of(who.ref)) is False or who.attributes.get("suspended") is True
        ):
            return Here(False)
        return Here(None, f"nobody says whether {who.name} is here")

    def _anybody(self, group: Group) -> Here:
        doubt = ""
        for ref in self.view.engine.accounts_in(group.ref):
            account = self.view.find(ref)
            each = self._is_here(account) if account is not None else Here(None, f"{ref} was not read")
            if each.is_here:
                return each
            doubt = doubt or (each.doubt if each.is_here is None else "")
        gap = self.view.first_gap(group.ref, IN_GROUP.get(self.view.system_of(group.ref), ()))
        if gap is not None and gap.cause is not Cause.PLAN:
            return Here(None, f"who is in {group.name} was not read")
        return Here(None, doubt) if doubt else Here(False)


def machine_owners(view: View) -> MachineOwners:
    """Return the owners of a view's machines: worked out once."""
    known = view.memo["machine owners"]
    if "all" not in known:
        known["all"] = MachineOwners(view)
    found: MachineOwners = known["all"]
    return found


def owner_cell(owned: Owned) -> str:
    """Name the owners of a machine: `nobody` where all was read and nothing names one, `unknown` where not."""
    return owned.names or owned.outside or ("nobody" if owned.here is False else "unknown")


def owner_note(owned: Owned) -> str:
    """Say in a note by what the owners are known, and whether they left; empty where there are none."""
    if not owned.owners:
        return ""
    return f"owner: {owned.says}" + (" (not here any more)" if owned.here is False else "")
