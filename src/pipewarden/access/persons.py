"""The people that joined accounts come to: each made when somebody asks for them, all of them where everybody is asked for."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from pipewarden.access.accounts import PROVIDERS, Known
from pipewarden.access.people import Joining
from pipewarden.model.ids import Ref
from pipewarden.model.people import Doubt, How, Joined, Listed, People, Person
from pipewarden.model.snapshot import Snapshot
from pipewarden.model.systems import System

ALONE = (How.ALONE, "nothing joins it to anybody")
MOST_EMPLOYMENT = 40
"""Characters that are kept of how somebody is employed."""


def people(snapshot: Snapshot) -> People:
    """Return the people of a snapshot. Pure: the same snapshot gives the same people."""
    return Persons(snapshot).everybody


class Named(NamedTuple):
    """What the person is called whose an account is, as far as a list of accounts tells of them."""

    name: str
    is_known: bool
    """Whether anything but their accounts names them: an identity provider, a roster."""
    says: str
    """By what the account is known to be theirs."""
    told: Known
    """What the account itself tells."""


class Persons:
    """The people of one snapshot, by the ordinals of their accounts and identities."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._made: dict[int, Person | None] = {}
        self._called_as: dict[int, tuple[str, bool]] = {}

    @cached_property
    def joining(self) -> Joining:
        """What is joined, and what was not."""
        return Joining(self.snapshot)

    @cached_property
    def everybody(self) -> People:
        """All people, in the order of their keys."""
        tops = dict.fromkeys(map(self.joining.top, (*self.joining.identities, *self.joining.accounts)))
        found = (person for top in tops if (person := self._person(top)) is not None)
        return People(
            people=tuple(sorted(found, key=lambda person: person.key)),
            doubts=tuple(self.joining.doubts),
            machines=tuple(self.joining.machines),
        )

    @property
    def doubts(self) -> list[Doubt]:
        """What was not joined, and why: told without making all people."""
        return self.joining.doubts

    @property
    def machines(self) -> list[Listed]:
        """The machines that people's rows name, told without making all people."""
        return self.joining.machines

    def get(self, account: int) -> Person | None:
        """Return whose an account is, by its ordinal; None for what is no account that was read."""
        return self._person(self.joining.top(account)) if account in self.joining.accounts else None

    def named(self, account: int) -> Named | None:
        """Return what the person is called whose an account is: for lists of all accounts, that need no more of them."""
        joining = self.joining
        told = joining.accounts.get(account)
        if told is None:
            return None
        top = joining.top(account)
        known = self._called_as.get(top)
        if known is None:
            identities, accounts, providing = self._parts(self._group(top))
            known = self._called_as[top] = (self._name(identities, accounts, providing), bool(identities))
        return Named(*known, joining.how.get(account, ALONE)[1], told)

    def group_of(self, account: int) -> int | None:
        """Return an ordinal that stands for the person whose account it is: the same for all accounts of one person."""
        return self.joining.top(account) if account in self.joining.accounts else None

    def accounts_of(self, account: int) -> list[int]:
        """Return the accounts of the person whose account it is, in the order of their ids; nothing for what is none."""
        group = self.group_of(account)
        return [] if group is None else [at for at in self._group(group) if at in self.joining.accounts]

    def is_known(self, account: int) -> bool:
        """Tell whether anybody is known to stand behind an account: by a list, a provider, or another account of theirs."""
        return len(self.joining.inside(self.joining.top(account))) > 1 or self.joining.provides(account)

    def called(self, text: str) -> list[Person]:
        """Return the people who may be meant by an address, a name, a login or an id, in lower case."""
        tops = dict.fromkeys(self.joining.top(at) for at in self._called(text))
        found = (person for top in tops if (person := self._person(top)) is not None)
        return sorted((each for each in found if text in self.words(each)), key=lambda person: person.key)

    def words(self, person: Person) -> set[str]:
        """Return all that somebody may be called, in lower case."""
        words = {str(person.key).lower(), person.name.lower(), *person.emails}
        words |= {address.partition("@")[0] for address in person.emails}
        for joined in person.accounts:
            ordinal = self.snapshot.ordinal(joined.account)
            words |= set() if ordinal is None else {self.snapshot.name_of(ordinal).lower()}
            words.add(str(joined.account).lower())
        return words

    def _called(self, text: str) -> Iterator[int]:
        """Yield the identities and accounts by which somebody may be called so: others need not become people."""
        joining, is_id = self.joining, text.count(":") > 1
        for at, identity in joining.identities.items():
            names = (identity.name, str(identity.attributes.get("name") or ""), *identity.emails)
            if any(_is(name.lower(), text) for name in names) or (is_id and text == str(identity.ref).lower()):
                yield at
        for at, known in joining.accounts.items():
            named = _is(joining.names[at].lower(), text) or any(_is(each, text) for each in known.emails)
            if named or (is_id and text == str(self.snapshot.ref(at)).lower()):
                yield at

    def _group(self, top: int) -> list[int]:
        """Return who is one, by what stands for them: identities and accounts, in the order of their ids."""
        return sorted(self.joining.inside(top))

    def _person(self, top: int) -> Person | None:
        if top not in self._made:
            self._made[top] = self._of(self._group(top))
        return self._made[top]

    def _parts(self, group: list[int]) -> tuple[list[int], list[int], list[int]]:
        """Return the identities of somebody, the firmest first, their accounts, and those of these at identity providers."""
        joining = self.joining
        identities = [at for at in group if at in joining.identities]
        if len(identities) > 1:
            identities.sort(key=joining.firmness)
        accounts = [at for at in group if at in joining.accounts]
        return identities, accounts, [at for at in accounts if joining.system(at) in PROVIDERS]

    def _of(self, group: list[int]) -> Person | None:
        """Return the person that a group is; None for a link to nobody."""
        joining, ref = self.joining, self.snapshot.ref
        identities, accounts, providing = self._parts(group)
        if not accounts and all(joining.system(at) is System.GITHUB for at in identities):
            return None
        left = (*self._left(identities), *self._switched_off(providing))
        states = [joining.identities[at].active for at in identities]
        states += [joining.accounts[at].active for at in providing]
        addresses = {each.lower() for at in identities for each in joining.identities[at].emails}
        for at in accounts:
            addresses.update(joining.accounts[at].emails)
        return Person(
            key=ref(identities[0] if identities else accounts[0]),
            name=self._name(identities, accounts, providing),
            emails=tuple(sorted(addresses)),
            identities=tuple(map(ref, identities)),
            accounts=tuple(self._joined(at, ref(at)) for at in accounts),
            active=False if left else (True if True in states else None),
            left_says=left,
            employment=self._employment(identities, providing),
        )

    def _joined(self, account: int, ref: Ref) -> Joined:
        how, says = self.joining.how.get(account, ALONE)
        return Joined(ref, how, says)

    def _name(self, identities: list[int], accounts: list[int], providing: list[int]) -> str:
        """Return what a person is called: as the roster or the identity provider has it, before what others were once told."""
        joining = self.joining
        if providing and not (identities and joining.provides(identities[0])):
            return joining.names[providing[0]]
        if identities:
            best = joining.identities[identities[0]]
            return str(best.attributes.get("name") or best.name)
        return joining.names[accounts[0]]

    def _left(self, identities: Iterable[int]) -> Iterator[str]:
        for at in identities:
            identity = self.joining.identities[at]
            if identity.active is False:
                since = identity.attributes.get("left_on") or identity.attributes.get("deactivated_at")
                yield f"{self.joining.system(at).value} says they left" + (f" on {str(since)[:10]}" if since else "")

    def _employment(self, identities: Iterable[int], accounts: Iterable[int]) -> tuple[str, ...]:
        """Return how somebody is employed with who says it: a roster's column, and the kind of user that Okta keeps.

        https://developer.okta.com/docs/api/openapi/okta-management/management/tag/User/ (profile.userType)
        """
        told: dict[str, list[str]] = {}
        for at in identities:
            kind = self.joining.identities[at].attributes.get("employment")
            if kind and self.joining.system(at) is System.ROSTER:
                told.setdefault(str(kind).lower(), []).append(System.ROSTER.value)
        for at in accounts:
            kind = (self.snapshot.entity(at).attributes.get("profile") or {}).get("userType")
            if kind and self.joining.system(at) is System.OKTA:
                told.setdefault(str(kind)[:MOST_EMPLOYMENT].lower(), []).append(System.OKTA.value)
        return tuple(
            f"{kind} ({' and '.join(dict.fromkeys(by))} {'say' if len(set(by)) > 1 else 'says'} so)"
            for kind, by in told.items()
        )

    def _switched_off(self, accounts: Iterable[int]) -> Iterator[str]:
        """Say which accounts of identity providers were ended: their people left."""
        for at in accounts:
            if self.joining.accounts[at].active is False:
                since = self.snapshot.entity(at).attributes.get("statusChanged")
                yield f"{self.joining.system(at).value} says they left" + (f" on {str(since)[:10]}" if since else "")


def _is(name: str, text: str) -> bool:
    """Tell whether a name, or an address by what stands before its @, is what was typed."""
    return name == text or (name.startswith(text) and name[len(text) : len(text) + 1] == "@")
