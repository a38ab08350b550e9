"""What would be lost if a whole account, key or token were removed, and what other ways still give: simulated, nothing is touched.

With an account go the tokens and SSH keys that act as it. A deploy key stays: it is a login of its own.
https://docs.github.com/en/authentication/connecting-to-github-with-ssh/managing-deploy-keys
"""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from pipewarden.access import address
from pipewarden.access.abilities import Ability, Way, gathered
from pipewarden.access.engine import Engine
from pipewarden.access.gitlab.bearers import carried
from pipewarden.access.reach import each_reaches
from pipewarden.access.theirs import Theirs, theirs
from pipewarden.access.whatif import Consequences, Tie, consequences
from pipewarden.errors import UnknownName, UsageError
from pipewarden.model.access import Capability
from pipewarden.model.ids import MACHINES, Kind, Ref
from pipewarden.model.people import Person

EVERY = tuple(Capability)
"""What may be lost: all there is, for it is a list of what is taken away."""


class Kept(Struct, frozen=True, kw_only=True):
    """One thing that what is removed gives, and what would be left of it."""

    now: Ability
    then: Ability | None
    """By what else the same person has it, or it is had by anybody; None where it would be lost."""


class Removal(Struct, frozen=True, kw_only=True):
    """What the removal of an account or credential would do, to whose it is and to others."""

    removed: tuple[Ref, ...]
    person: Person | None
    things: tuple[Kept, ...]
    others: Consequences
    """What anybody else would lose."""

    @property
    def lost(self) -> tuple[Kept, ...]:
        """What nothing else of theirs gives."""
        return tuple(each for each in self.things if each.then is None)

    @property
    def still(self) -> tuple[Kept, ...]:
        """What something else still gives, perhaps too."""
        return tuple(each for each in self.things if each.then is not None)


def whole(engine: Engine, text: str) -> Ref | None:
    """Return the account or credential that is named as a whole, None where `WHO@WHAT` or nothing is meant.

    An account is named with the word of its system, or by its id, for one login may be several accounts. Raises UsageError
    where a key or token is called so twice.
    """
    try:
        ref = address.principal(engine.snapshot, text)
    except UnknownName:
        return None
    if ref.kind is Kind.ACCOUNT:
        return ref if ":" in text else None
    return ref if ref.kind in MACHINES - {Kind.JOB} else None


def removal(engine: Engine, named: list[Ref]) -> Removal:
    """Simulate removing some accounts and credentials of one person with what acts as them. Raises UsageError for several."""
    engine.remembered = {} if engine.remembered is None else engine.remembered
    gone = dict.fromkeys(at for ref in named for at in _with_tokens(engine, ref))
    ties = [_tie(engine, engine.snapshot.ref(at)) for at in gone]
    people = {person.key: person for ref in named if (person := _whose(engine, ref)) is not None}
    if len(people) > 1:
        names = " and ".join(person.name for person in people.values())
        raise UsageError(f"these are of {names}", hint="Ask about one person's accounts, keys and tokens at a time.")
    person = next(iter(people.values()), None)
    mine = (
        {} if person is None else {at: each for each in theirs(engine, person) if (at := _at(engine, each)) is not None}
    )
    then = engine.without(
        tuple(row for tie in ties for row in tie.grants), tuple(row for tie in ties for row in tie.memberships)
    )
    then.remembered = {}
    now = [each for each in _plainly(gathered(engine, _ways(engine, gone, mine))) if not each.anybody]
    left = gathered(then, _ways(then, [at for at in mine if at not in gone], mine), narrowed=False)
    after = {(each.capability, each.resource): each for each in left}
    things = tuple(Kept(now=each, then=after.get((each.capability, each.resource))) for each in now)
    refs = {engine.snapshot.ref(at) for at in (*gone, *mine)}
    found = consequences(engine, ties)
    others = Consequences(
        ties=(),
        changes=tuple(each for each in found.changes if each.principal not in refs),
        still=(),
        lost=tuple(each for each in found.lost if each.principal not in refs),
        unasked=found.unasked,
        restored=found.restored,
    )
    return Removal(removed=tuple(map(engine.snapshot.ref, gone)), person=person, things=things, others=others)


def _ways(engine: Engine, principals: Iterable[int], mine: Mapping[int, Theirs]) -> Iterator[Way]:
    """Yield what each gets to, all of it: what it is compared with may be had without what else is told of the thing."""
    for at, every in each_reaches(engine, principals, EVERY).items():
        for reached in every:
            yield Way(reached, mine[at].perhaps if at in mine else "")


def _plainly(every: Iterable[Ability]) -> list[Ability]:
    """Return what is had without what goes without saying: to use a secret that is read, to read where more is had.

    To read is told of repositories alone, as `reach` tells it. What is certain is not left out for what is not known.
    """
    found = list(every)
    sure = {(each.capability, each.resource) for each in found if each.sure}
    told = sure | {(each.capability, each.resource) for each in found}
    more = {
        (resource, known)
        for rows, known in ((sure, True), (told, False))
        for verb, resource in rows
        if verb is not Capability.READ
    }

    def silent(each: Ability) -> bool:
        if each.capability is Capability.READ:
            return each.resource.kind is not Kind.REPOSITORY or (each.resource, each.sure) in more
        return each.capability is Capability.USE_SECRET and (Capability.READ_SECRET, each.resource) in (
            sure if each.sure else told
        )

    return [each for each in found if not silent(each)]


def _at(engine: Engine, each: Theirs) -> int | None:
    return None if each.active is False else engine.snapshot.ordinal(each.ref)


def _with_tokens(engine: Engine, ref: Ref) -> Iterator[int]:
    """Yield an account or machine, and of an account the tokens that act as it and end with it."""
    at = engine.snapshot.ordinal(ref)
    if at is None:
        return
    yield at
    for machine in engine.machines_by_owner.get(ref, ()) if ref.kind is Kind.ACCOUNT else ():
        token = engine.snapshot.ordinal(machine.ref)
        if token is not None and (token in engine.graph.bounded or carried(engine.graph, token) is not None):
            yield token


def _tie(engine: Engine, ref: Ref) -> Tie:
    return Tie(
        principal=ref,
        target=ref,
        grants=tuple(engine.grant_rows_of(ref)),
        memberships=tuple(engine.membership_rows_of_member(ref)),
    )


def _whose(engine: Engine, ref: Ref) -> Person | None:
    """Return whose an account is, or a key or token."""
    at, persons = engine.snapshot.ordinal(ref), engine.graph.follows.persons
    if at is None:
        return None
    if ref.kind is Kind.ACCOUNT:
        return persons.get(at)
    for account, machines in engine.machines_by_owner.items():
        if any(machine.ref == ref for machine in machines) and (owner := engine.snapshot.ordinal(account)) is not None:
            return persons.get(owner)
    return None
