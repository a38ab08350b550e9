"""Who holds a capability, person by person: all accounts of one person together, machines by themselves.

What an account may do is the account's; who may do it is its person. Whose account is whose is decided in `people`.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct
from pyroaring import BitMap

from pipewarden.access.engine import Engine, Holders
from pipewarden.access.persons import Persons
from pipewarden.model.access import Access, Path
from pipewarden.model.ids import Kind
from pipewarden.model.people import Person
from pipewarden.model.snapshot import Snapshot


class Holder(Struct, frozen=True, kw_only=True):
    """One person with the accounts by which they hold something, or one machine."""

    name: str
    person: Person | None
    """Whom the accounts are of; None for a machine, and where only one system was read, in which accounts are people."""
    principals: tuple[int, ...]
    """The ordinals of the accounts, or of the machine, that hold it: those of whom it is known first."""

    def accesses(self, holders: Holders) -> list[Access]:
        """Return the access of each, that with the best path first: known, needing nobody else, short."""
        found = [access for each in self.principals if (access := holders.of(each)) is not None]
        return sorted(found, key=lambda access: _worse(access.witness))


class Count(Struct, frozen=True, kw_only=True):
    """How many hold something: people, with how many accounts, machines, and accounts of which neither is known."""

    people: int = 0
    accounts: int = 0
    unclaimed: int = 0
    """Accounts that no list, provider or other account joins to anybody, and that nothing calls a machine's."""
    machines: int = 0

    def __bool__(self) -> bool:
        """Tell whether anybody does."""
        return bool(len(self))

    def __len__(self) -> int:
        """Return how many they are, each person once."""
        return self.people + self.unclaimed + self.machines


def by_person(engine: Engine, principals: Iterable[int]) -> Iterator[Holder]:
    """Yield who stands behind some principals, in the order in which they come."""
    persons = _persons(engine)
    together: dict[int, list[int]] = {}
    for each in dict.fromkeys(principals):
        group = persons.group_of(each) if persons else None
        together.setdefault(each if group is None else group, []).append(each)
    for mine in together.values():
        person = persons.get(mine[0]) if persons else None
        yield Holder(name=called(engine, mine[0]), person=person, principals=tuple(mine))


def of_holders(holders: Holders) -> Iterator[Holder]:
    """Yield everyone who has a capability on a resource: those of whom it is known first."""
    yield from by_person(holders.engine, (*holders.sure, *holders.unknown))


def count(engine: Engine, principals: BitMap, *, joined: bool = True) -> Count:
    """Count people and machines among some principals; a crowd, such as anybody at all, is neither.

    Without `joined` each account counts as a person, and nothing is worked out about people.
    """
    snapshot, persons = engine.snapshot, _persons(engine) if joined else None
    accounts = [each for each in principals if snapshot.kind_of(each) is Kind.ACCOUNT]
    others = len(principals) - len(accounts) - sum(1 for crowd in engine.graph.crowd if crowd in principals)
    unclaimed = machines = 0
    people: set[int] = set()
    for each in accounts:
        group = persons.group_of(each) if persons else None
        if persons is None or group is None:
            people.add(each)
            continue
        if engine.machine_accounts.is_one(each):
            machines += 1
        elif engine.machine_accounts.told and not persons.is_known(each):
            unclaimed += 1
        else:
            people.add(group)
    return Count(
        people=len(people), accounts=len(accounts) - unclaimed - machines, unclaimed=unclaimed, machines=others + machines
    )  # fmt: skip


def called(engine: Engine, principal: int) -> str:
    """Name who stands behind a principal: the person, where an account is known to be somebody's."""
    persons = _persons(engine)
    person = persons.get(principal) if persons else None
    if person is None or not (person.identities or len(person.accounts) > 1):
        return engine.name(engine.snapshot.ref(principal))
    return person.name


def account_name(snapshot: Snapshot, principal: int) -> str:
    """Name an account with its system, as it is asked about: `github:carol`."""
    name = snapshot.name_of(principal)
    system = snapshot.systems[int(snapshot.instance[principal])].value
    return name if name.startswith(f"{system}:") else f"{system}:{name}"


def owner_of(engine: Engine, principal: int) -> Person | None:
    """Return whose a machine is, as far as that is known."""
    owner, persons = engine.graph.owners.get(principal), _persons(engine)
    return None if owner is None or persons is None else persons.get(owner)


def _persons(engine: Engine) -> Persons | None:
    """Return whose each account is; nothing where one system was read, for there is nobody to join."""
    return engine.graph.follows.persons if len(engine.snapshot.instances) > 1 else None


def _worse(path: Path | None) -> tuple[bool, bool, bool, int]:
    return (True, True, True, 0) if path is None else path.rank
