"""Joins accounts into people: by what systems link, then by external ids, then by verified addresses, then by a list.

Names are never compared: two people may share one, and an attacker may choose one. Where two proofs disagree, or one
address is several people's, nothing is joined and the doubt is told.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property

from pipewarden.access.accounts import PROVIDERS, known
from pipewarden.access.machine_names import MachineNames
from pipewarden.model.columns import REFERRED
from pipewarden.model.facts import Account, Identity
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.people import Doubt, How, Joined, Listed, People, Person
from pipewarden.model.snapshot import Snapshot
from pipewarden.model.systems import System

FIRMNESS = (System.OKTA, System.ENTRA, System.ROSTER, System.GITLAB, System.GITHUB)
"""Whose identity names a person first."""


def people(snapshot: Snapshot) -> People:
    """Return the people of a snapshot. Pure: the same snapshot gives the same people."""
    return _Joining(snapshot).done()


class _Joining:
    """Groups of identities and accounts that are known to be one person's."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.systems = dict(zip(snapshot.instances, snapshot.systems, strict=True))
        self.telling = {i for i, s in self.systems.items() if s in {*PROVIDERS, System.ROSTER}}
        self.identities = {each.ref: each for each in snapshot.records(Identity)}
        self.accounts = {
            each.ref: each
            for each in snapshot.entities(Kind.ACCOUNT)
            if isinstance(each, Account) and each.origin.endpoint != REFERRED
        }
        self.known = {ref: known(each, self._of(ref)) for ref, each in self.accounts.items()}
        self.above: dict[Ref, Ref] = {}
        self.members: dict[Ref, list[Ref]] = {}
        self.how: dict[Ref, Joined] = {}
        self.doubts: list[Doubt] = []
        self.machines: list[Listed] = []
        self.names = MachineNames(snapshot)

    def done(self) -> People:
        self._linked()
        self._provider_ids()
        self._external_ids()
        self._addresses()
        self._mapped()
        return People(people=tuple(self._people()), doubts=tuple(self.doubts), machines=tuple(self.machines))

    # --- groups -----------------------------------------------------------------------------------

    def top(self, ref: Ref) -> Ref:
        """Return what stands for the group that something is in."""
        while (above := self.above.get(ref, ref)) != ref:
            self.above[ref] = self.above.get(above, above)
            ref = above
        return ref

    def inside(self, top: Ref) -> list[Ref]:
        """Return all that is in a group."""
        return self.members.get(top) or [top]

    def unite(self, one: Ref, other: Ref) -> None:
        """Make two groups one; the smaller joins the larger."""
        first, second = self.top(one), self.top(other)
        if first == second:
            return
        if len(self.inside(second)) > len(self.inside(first)):
            first, second = second, first
        self.above[second] = first
        self.members[first] = self.inside(first) + self.members.pop(second, [second])

    def _note(self, account: Ref, how: How, says: str) -> None:
        self.how.setdefault(account, Joined(account, how, says))

    # --- the proofs, the firmest first --------------------------------------------------------------

    def _linked(self) -> None:
        for ref, identity in self.identities.items():
            for account in identity.accounts:
                if account in self.accounts:
                    self.unite(ref, account)
                    self._note(account, How.LINKED, f"{self._system(ref)} links it to {identity.name}")

    def _provider_ids(self) -> None:
        """Unite what carries the id of an account at an identity provider: it is never another's, as a name may be.

        Okta sends the id of its user as SCIM's `externalId`, Entra its object id where it is mapped so:
        https://developer.okta.com/docs/api/openapi/okta-scim/guides/scim-20/
        https://learn.microsoft.com/en-us/entra/identity/app-provisioning/customize-application-attributes
        """
        providing: dict[str, list[Ref]] = defaultdict(list)
        for ref in self.accounts:
            if self._of(ref) in PROVIDERS:
                providing[ref.key.lower()].append(ref)
        carried: dict[str, list[Ref]] = defaultdict(list)
        for ref, identity in self.identities.items():
            for text in {each.strip().lower() for each in identity.external_ids} & providing.keys():
                carried[text].append(ref)
        for ref, told in self.known.items():
            if self._of(ref) not in PROVIDERS:
                for text in set(told.external_ids) & providing.keys():
                    carried[text].append(ref)
        for text, refs in sorted(carried.items()):
            owners = providing[text]
            if len(owners) > 1:
                says = f"the id {text} is one of {len(owners)} accounts at identity providers"
                self.doubts.append(Doubt(kind="ambiguous", says=says, account=owners[0], people=tuple(owners)))
                continue
            for ref in sorted(refs):
                self._together([owners[0], ref], f"the id {text} of {self._system(owners[0])}", How.EXTERNAL_ID)

    def _external_ids(self) -> None:
        """Unite identities of several systems that carry the same id."""
        carried: dict[str, list[Ref]] = defaultdict(list)
        for ref, identity in self.identities.items():
            for text in {each.strip().lower() for each in identity.external_ids if each.strip()}:
                carried[text].append(ref)
        for ref, told in self.known.items():
            for text in told.external_ids:
                carried[text].append(ref)
        for text, refs in sorted(carried.items()):
            self._together(refs, f"the id {text}", How.EXTERNAL_ID)

    def _addresses(self) -> None:
        """Unite by addresses that each system has verified."""
        carried: dict[str, list[Ref]] = defaultdict(list)
        for ref, identity in self.identities.items():
            for address in {each.strip().lower() for each in identity.emails if "@" in each}:
                carried[address].append(ref)
        for ref, told in self.known.items():
            for address in told.emails:
                carried[address].append(ref)
        for address, refs in sorted(carried.items()):
            self._together(refs, f"the address {address}", How.EMAIL)

    def _together(self, refs: list[Ref], what: str, how: How) -> None:
        """Unite what shares a proof, unless that would make one person of several whom one system tells apart."""
        if len(refs) < 2:
            return
        tops = list(dict.fromkeys(self.top(ref) for ref in refs))
        if len(tops) < 2:
            return
        apart: dict[str, set[Ref]] = defaultdict(set)
        for top in tops:
            for ref in self.inside(top):
                if ref.instance in self.telling and self._provides(ref):
                    apart[ref.instance].add(top)
        if any(len(each) > 1 for each in apart.values()):
            says = f"{what} is shared by {_listed(self._told_apart(tops))}"
            account = next((ref for ref in refs if ref.kind is Kind.ACCOUNT), None)
            self.doubts.append(Doubt(kind="ambiguous", says=says, account=account, people=tuple(tops)))
            return
        for ref in refs:
            if ref.kind is Kind.ACCOUNT:
                self._note(ref, how, f"{what} is known there")
            for account in self.identities[ref].accounts if ref in self.identities else ():
                self._note(account, how, f"{what} is known to both")
        for other in tops[1:]:
            self.unite(tops[0], other)

    def _mapped(self) -> None:
        """Follow the lists that people keep; a firmer proof is never overruled, the disagreement is told."""
        for ref, identity in self.identities.items():
            for name in identity.attributes.get("accounts") or ():
                account = self._named(str(name))
                if account is None and (machine := self.names.machine(str(name))) is not None:
                    why = str(identity.attributes.get("because") or "no reason given")
                    self.machines.append(Listed(machine, ref, why))
                    continue
                if account is None:
                    says = f"the list names the account {name} for {identity.name}, and it was not seen"
                    unseen = Doubt(kind="conflict", says=says, account=None, people=(ref,), named=str(name))
                    self.doubts.append(unseen)
                    continue
                why = str(identity.attributes.get("because") or "no reason given")
                mine, theirs = self.top(ref), self.top(account)
                if mine != theirs and self._has_provider(theirs) and self._has_provider(mine):
                    says = f"the list says {name} is {identity.name}'s, {self._name(theirs)} is who signs in with it"
                    self.doubts.append(Doubt(kind="conflict", says=says, account=account, people=(mine, theirs)))
                    continue
                self.unite(ref, account)
                self._note(account, How.MAPPED, f"by the list: {why}")

    # --- what came of it ----------------------------------------------------------------------------

    def _people(self) -> Iterator[Person]:
        groups: dict[Ref, list[Ref]] = defaultdict(list)
        for ref in (*self.identities, *self.accounts):
            groups[self.top(ref)].append(ref)
        found = []
        for refs in groups.values():
            identities = sorted((ref for ref in refs if ref.kind is Kind.IDENTITY), key=self._firmness)
            accounts = sorted(ref for ref in refs if ref.kind is Kind.ACCOUNT)
            if not accounts and all(self.systems.get(ref.instance) is System.GITHUB for ref in identities):
                continue  # a link to nobody
            said = [self.how.get(ref, Joined(ref, How.ALONE, "nothing joins it to anybody")) for ref in accounts]
            best = self.identities[identities[0]] if identities else None
            providing = [ref for ref in accounts if self._of(ref) in PROVIDERS]
            left = (*self._left(identities), *self._switched_off(providing))
            states = [self.identities[ref].active for ref in identities] + [self.known[ref].active for ref in providing]
            active = False if left else (True if True in states else None)
            addresses = {a.lower() for ref in identities for a in self.identities[ref].emails}
            for ref in accounts:
                addresses.update(self.known[ref].emails)
            found.append(
                Person(
                    key=best.ref if best else accounts[0],
                    name=self._called(best, accounts),
                    emails=tuple(sorted(addresses)),
                    identities=tuple(identities),
                    accounts=tuple(said),
                    active=active,
                    left_says=left,
                )
            )
        yield from sorted(found, key=lambda person: person.key)

    def _called(self, best: Identity | None, accounts: list[Ref]) -> str:
        """Return what a person is called: as the roster or the identity provider has it, before what others were once told."""
        providing = [ref for ref in accounts if self._of(ref) in PROVIDERS]
        if providing and (best is None or not self._provides(best.ref)):
            return self.accounts[providing[0]].name
        if best is not None:
            return str(best.attributes.get("name") or best.name)
        return self.accounts[accounts[0]].name

    def _left(self, identities: Iterable[Ref]) -> Iterator[str]:
        for ref in identities:
            identity = self.identities[ref]
            if identity.active is False:
                since = identity.attributes.get("left_on") or identity.attributes.get("deactivated_at")
                yield f"{self._system(ref)} says they left" + (f" on {str(since)[:10]}" if since else "")

    def _switched_off(self, accounts: Iterable[Ref]) -> Iterator[str]:
        """Say which accounts of identity providers were ended: their people left."""
        for ref in accounts:
            if self.known[ref].active is False:
                since = self.accounts[ref].attributes.get("statusChanged")
                yield f"{self._system(ref)} says they left" + (f" on {str(since)[:10]}" if since else "")

    def _firmness(self, ref: Ref) -> tuple[int, Ref]:
        system = self.systems.get(ref.instance, System.GITHUB)
        return (FIRMNESS.index(system) if system in FIRMNESS else len(FIRMNESS), ref)

    def _provides(self, ref: Ref) -> bool:
        """Tell whether something is of an identity provider or a roster, which tell people apart."""
        system = self._of(ref)
        return system in PROVIDERS or (ref.kind is Kind.IDENTITY and system is System.ROSTER)

    def _has_provider(self, top: Ref) -> bool:
        return any(self._provides(ref) for ref in self.inside(top))

    def _name(self, top: Ref) -> str:
        mine = sorted((ref for ref in self.inside(top) if ref in self.identities), key=self._firmness)
        logins = sorted(ref for ref in self.inside(top) if ref in self.accounts)
        return self.identities[mine[0]].name if mine else self.accounts[logins[0]].name if logins else str(top)

    def _told_apart(self, tops: list[Ref]) -> list[str]:
        """Return names that tell some people apart; rows of a list that are called alike by their names, ids and lines."""
        names = {top: self._name(top) for top in tops}
        alike = {name for name, count in Counter(names.values()).items() if count > 1}
        return sorted({self._with_id(top) if name in alike else name for top, name in names.items()})

    def _with_id(self, top: Ref) -> str:
        """Name somebody by what tells them from others of the same address: `Carol (id 3, line 4 of the roster)`."""
        mine = sorted((ref for ref in self.inside(top) if ref in self.identities), key=self._firmness)
        if not mine:
            return f"{self._name(top)} ({self._system(top)})"
        identity = self.identities[mine[0]]
        line = identity.attributes.get("line")
        where = f"line {line} of the {self._system(mine[0])}" if line else self._system(mine[0])
        return f"{identity.attributes.get('name') or identity.name} (id {mine[0].key}, {where})"

    def _of(self, ref: Ref) -> System:
        return self.systems.get(ref.instance, System.GITHUB)

    def _system(self, ref: Ref) -> str:
        return self.systems.get(ref.instance, System.GITHUB).value

    def _named(self, text: str) -> Ref | None:
        """Return the account that an entry of a list names: `gitlab:carol`, or an id."""
        system, colon, login = text.partition(":")
        if not colon:
            return None
        try:
            exact = Ref.parse(text)
        except ValueError:
            exact = None
        if exact in self.accounts:
            return exact
        mine = self._logins.get((system, login.lower()), [])
        return mine[0] if len(mine) == 1 else None

    @cached_property
    def _logins(self) -> dict[tuple[str, str], list[Ref]]:
        """The accounts by system and login."""
        found: dict[tuple[str, str], list[Ref]] = defaultdict(list)
        for ref, account in self.accounts.items():
            system = self._system(ref)
            found[system, account.name.lower().removeprefix(f"{system}:")].append(ref)
        return found


def _listed(names: list[str]) -> str:
    shown = names[:4] if len(names) < 6 else [*names[:4], f"{len(names) - 4} more"]
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else "".join(shown)
