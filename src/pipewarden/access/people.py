"""Joins accounts into people: by what systems link, then by external ids, then by verified addresses, then by a list.

Names are never compared: two people may share one, and an attacker may choose one. Where two proofs disagree, or one
address is several people's, nothing is joined and the doubt is told. It is worked out by ordinals, which are in the order of
ids: a company has a hundred thousand accounts, and becomes `Person` objects in `persons` where they are asked for.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import cached_property

import numpy as np

from pipewarden.access.accounts import PROVIDERS, Known, told
from pipewarden.access.machine_names import MachineNames
from pipewarden.model.bodies import read
from pipewarden.model.columns import REFERRED
from pipewarden.model.facts import Account, Identity
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.people import Doubt, How, Listed
from pipewarden.model.snapshot import Snapshot
from pipewarden.model.systems import System

FIRMNESS = (System.OKTA, System.ENTRA, System.ROSTER, System.GITLAB, System.GITHUB)
"""Whose identity names a person first."""

Proof = tuple[How, str, str]
"""How an account is known to be somebody's, and by what in words: what comes before an id or address, and what behind it."""


class Joining:
    """Which identities and accounts are known to be one person's, by their ordinals. Pure: the same snapshot joins the same."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._systems = snapshot.systems
        self._instance: list[int] = snapshot.instance.tolist()
        self._apart = self._telling_apart()
        self.identities = dict(snapshot.bodies(Identity))
        self.accounts = self._accounts()
        self.names = dict(zip(self.accounts, snapshot.name.take(np.array([*self.accounts], np.int32)), strict=True))
        self.above: dict[int, int] = {}
        self.members: dict[int, list[int]] = {}
        self._telling: dict[int, int] = {}
        self.how: dict[int, tuple[How, str]] = {}
        self.doubts: list[Doubt] = []
        self.machines: list[Listed] = []
        self._machine_names = MachineNames(snapshot)
        self._linked()
        self._provider_ids()
        self._external_ids()
        self._addresses()
        self._mapped()

    def _telling_apart(self) -> bytes:
        """Tell of each entity whether it is of an identity provider or a roster, which tell people apart."""
        snapshot = self.snapshot
        codes = [code for code, system in enumerate(self._systems) if system in PROVIDERS]
        rosters = [code for code, system in enumerate(self._systems) if system is System.ROSTER]
        found = np.isin(snapshot.instance, codes)
        if rosters:
            identities = np.zeros(len(snapshot), np.bool_)
            identities[snapshot.ordinals(Kind.IDENTITY)] = True
            found |= np.isin(snapshot.instance, rosters) & identities
        return found.astype(np.uint8).tobytes()

    def _accounts(self) -> dict[int, Known]:
        """Return what the accounts tell that were read: of what is only referred to nothing is known."""
        snapshot = self.snapshot
        ordinals, origins = snapshot.ordinals(Kind.ACCOUNT), snapshot.entity_origins
        if REFERRED in origins.endpoints:
            ordinals = ordinals[origins.endpoint[ordinals] != origins.endpoints.index(REFERRED)]
        bodies = snapshot.body.take(ordinals)
        return {
            at: told(read(Account, body).attributes, self.system(at))
            for at, body in zip(ordinals.tolist(), bodies, strict=True)
        }

    # --- groups -----------------------------------------------------------------------------------

    def top(self, at: int) -> int:
        """Return what stands for the group that something is in."""
        above = self.above
        while (over := above.get(at, at)) != at:
            above[at] = above.get(over, over)
            at = over
        return at

    def inside(self, top: int) -> list[int]:
        """Return all that is in a group."""
        return self.members.get(top) or [top]

    def _unite(self, one: int, other: int) -> None:
        """Make two groups one; the smaller joins the larger."""
        first, second = self.top(one), self.top(other)
        if first == second:
            return
        members = self.members
        mine, theirs = members.get(first), members.get(second)
        if (len(theirs) if theirs else 1) > (len(mine) if mine else 1):
            first, second, mine, theirs = second, first, theirs, mine
        self.above[second] = first
        told = self._tells(first) | self._tells(second)
        if told:
            self._telling[first] = told
        if mine is None:
            mine = members[first] = [first]
        mine += theirs or (second,)
        members.pop(second, None)

    def _tells(self, top: int) -> int:
        """Return which instances tell the people of a group apart, one bit for each."""
        found = self._telling.get(top)
        return found if found is not None else self._apart[top] << self._instance[top]

    # --- the proofs, the firmest first --------------------------------------------------------------

    @cached_property
    def _accounts_of(self) -> dict[int, list[int]]:
        """The accounts that each identity names, as far as they were read."""
        snapshot = self.snapshot
        ordinals = np.array([*self.accounts], np.int32)
        places = dict(zip(snapshot.refs(ordinals), ordinals.tolist(), strict=True)) if self.identities else {}
        return {
            at: [places[each] for each in identity.accounts if each in places]
            for at, identity in self.identities.items()
            if identity.accounts
        }

    def _linked(self) -> None:
        for at, accounts in self._accounts_of.items():
            for account in accounts:
                self._unite(at, account)
                if account not in self.how:
                    says = f"{self.system(at).value} links it to {self.identities[at].name}"
                    self.how[account] = (How.LINKED, says)

    def _provider_ids(self) -> None:
        """Unite what carries the id of an account at an identity provider: it is never another's, as a name may be.

        Okta sends the id of its user as SCIM's `externalId`, Entra its object id where it is mapped so:
        https://developer.okta.com/docs/api/openapi/okta-scim/guides/scim-20/
        https://learn.microsoft.com/en-us/entra/identity/app-provisioning/customize-application-attributes
        """
        ordinals = [at for at in self.accounts if self.system(at) in PROVIDERS]
        providing: dict[str, list[int]] = defaultdict(list)
        for at, key in zip(ordinals, self.snapshot.key.take(np.array(ordinals, np.int32)), strict=True):
            providing[key.lower()].append(at)
        carried: dict[str, list[int]] = defaultdict(list)
        for at, identity in self.identities.items():
            for text in {each.strip().lower() for each in identity.external_ids}:
                if text in providing:
                    carried[text].append(at)
        for at, known in self.accounts.items():
            ids = known.external_ids
            for text in ids if len(ids) < 2 else set(ids):
                if text in providing and self.system(at) not in PROVIDERS:
                    carried[text].append(at)
        for text, carriers in sorted(carried.items()):
            owners = providing[text]
            if len(owners) > 1:
                says = f"the id {text} is one of {len(owners)} accounts at identity providers"
                people = tuple(map(self.snapshot.ref, owners))
                self.doubts.append(Doubt(kind="ambiguous", says=says, account=people[0], people=people))
                continue
            behind = f" of {self.system(owners[0]).value}"
            for at in sorted(carriers):
                self._together([owners[0], at], text, (How.EXTERNAL_ID, "the id ", behind))

    def _external_ids(self) -> None:
        """Unite identities of several systems that carry the same id."""
        carried: dict[str, list[int]] = defaultdict(list)
        for at, identity in self.identities.items():
            for text in {each.strip().lower() for each in identity.external_ids if each.strip()}:
                carried[text].append(at)
        for at, known in self.accounts.items():
            for text in known.external_ids:
                carried[text].append(at)
        self._each_together(carried, (How.EXTERNAL_ID, "the id ", ""))

    def _addresses(self) -> None:
        """Unite by addresses that each system has verified."""
        carried: dict[str, list[int]] = defaultdict(list)
        for at, identity in self.identities.items():
            for address in {each.strip().lower() for each in identity.emails if "@" in each}:
                carried[address].append(at)
        for at, known in self.accounts.items():
            for address in known.emails:
                carried[address].append(at)
        self._each_together(carried, (How.EMAIL, "the address ", ""))

    def _each_together(self, carried: Mapping[str, list[int]], proof: Proof) -> None:
        for text in sorted(text for text, carriers in carried.items() if len(carriers) > 1):
            self._together(carried[text], text, proof)

    def _together(self, carriers: list[int], text: str, proof: Proof) -> None:
        """Unite what shares a proof, unless that would make one person of several whom one system tells apart."""
        tops = list(dict.fromkeys(map(self.top, carriers)))
        if len(tops) < 2:
            return
        how, before, behind = proof
        what = f"{before}{text}{behind}"
        telling, clash = 0, 0
        for top in tops:
            told = self._tells(top)
            clash |= telling & told
            telling |= told
        if clash:
            says = f"{what} is shared by {_listed(self._told_apart(tops))}"
            account = next((at for at in carriers if at not in self.identities), None)
            self.doubts.append(
                Doubt(
                    kind="ambiguous", says=says, account=None if account is None else self.snapshot.ref(account),
                    people=tuple(map(self.snapshot.ref, tops)),
                )
            )  # fmt: skip
            return
        there, both = (how, f"{what} is known there"), (how, f"{what} is known to both")
        for at in carriers:
            if at in self.accounts:
                self.how.setdefault(at, there)
            for account in self._accounts_of.get(at, ()):
                self.how.setdefault(account, both)
        for other in tops[1:]:
            self._unite(tops[0], other)

    def _mapped(self) -> None:
        """Follow the lists that people keep; a firmer proof is never overruled, the disagreement is told."""
        for at, identity in self.identities.items():
            for name in identity.attributes.get("accounts") or ():
                ref = self.snapshot.ref(at)
                account = self._named(str(name))
                if account is None and (machine := self._machine_names.machine(str(name))) is not None:
                    why = str(identity.attributes.get("because") or "no reason given")
                    self.machines.append(Listed(machine, ref, why))
                    continue
                if account is None:
                    says = f"the list names the account {name} for {identity.name}, and it was not seen"
                    unseen = Doubt(kind="conflict", says=says, account=None, people=(ref,), named=str(name))
                    self.doubts.append(unseen)
                    continue
                why = str(identity.attributes.get("because") or "no reason given")
                mine, theirs = self.top(at), self.top(account)
                if mine != theirs and self._has_provider(theirs) and self._has_provider(mine):
                    says = f"the list says {name} is {identity.name}'s, {self._name(theirs)} is who signs in with it"
                    both = (self.snapshot.ref(mine), self.snapshot.ref(theirs))
                    self.doubts.append(
                        Doubt(kind="conflict", says=says, account=self.snapshot.ref(account), people=both)
                    )
                    continue
                self._unite(at, account)
                self.how.setdefault(account, (How.MAPPED, f"by the list: {why}"))

    # --- what things are called ---------------------------------------------------------------------

    def system(self, at: int) -> System:
        """Return the system that something is in."""
        return self._systems[self._instance[at]]

    def provides(self, at: int) -> bool:
        """Tell whether something is of an identity provider or a roster, which tell people apart."""
        return bool(self._apart[at])

    def firmness(self, at: int) -> tuple[int, int]:
        """Order: whose identity names a person first."""
        system = self.system(at)
        return (FIRMNESS.index(system) if system in FIRMNESS else len(FIRMNESS), at)

    def _has_provider(self, top: int) -> bool:
        return any(map(self.provides, self.inside(top)))

    def _mine(self, top: int) -> list[int]:
        return sorted((at for at in self.inside(top) if at in self.identities), key=self.firmness)

    def _name(self, top: int) -> str:
        mine, logins = self._mine(top), sorted(at for at in self.inside(top) if at in self.accounts)
        if mine:
            return str(self.identities[mine[0]].name)
        return self.names[logins[0]] if logins else str(self.snapshot.ref(top))

    def _told_apart(self, tops: list[int]) -> list[str]:
        """Return names that tell some people apart; rows of a list that are called alike by their names, ids and lines."""
        names = {top: self._name(top) for top in tops}
        alike = {name for name, count in Counter(names.values()).items() if count > 1}
        return sorted({self._with_id(top) if name in alike else name for top, name in names.items()})

    def _with_id(self, top: int) -> str:
        """Name somebody by what tells them from others of the same address: `Carol (id 3, line 4 of the roster)`."""
        mine = self._mine(top)
        if not mine:
            return f"{self._name(top)} ({self.system(top).value})"
        identity, system = self.identities[mine[0]], self.system(mine[0]).value
        line = identity.attributes.get("line")
        where = f"line {line} of the {system}" if line else system
        return f"{identity.attributes.get('name') or identity.name} (id {identity.ref.key}, {where})"

    def _named(self, text: str) -> int | None:
        """Return the account that an entry of a list names: `gitlab:carol`, or an id."""
        system, colon, login = text.partition(":")
        if not colon:
            return None
        try:
            exact = self.snapshot.ordinal(Ref.parse(text))
        except ValueError:
            exact = None
        if exact in self.accounts:
            return exact
        mine = self._logins.get((system, login.lower()), [])
        return mine[0] if len(mine) == 1 else None

    @cached_property
    def _logins(self) -> dict[tuple[str, str], list[int]]:
        """The accounts by system and login."""
        found: dict[tuple[str, str], list[int]] = defaultdict(list)
        for at, name in self.names.items():
            system = self.system(at).value
            found[system, name.lower().removeprefix(f"{system}:")].append(at)
        return found


def _listed(names: list[str]) -> str:
    shown = names[:4] if len(names) < 6 else [*names[:4], f"{len(names) - 4} more"]
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else "".join(shown)
