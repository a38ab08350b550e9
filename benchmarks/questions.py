"""What questions cost over a large snapshot, each asked as by a command of its own: `make bench-collect` prints it at its end.

`python -m benchmarks.questions STORE` asks the newest snapshot of a store that is there. Told is the CPU time without that of
starting and of reading the snapshot, which is told first.
"""

import gc
import sys
import time
from collections.abc import Callable, Mapping

from benchmarks.access import machine
from pipewarden.access.engine import Engine
from pipewarden.access.holding import count, of_holders
from pipewarden.access.inventory import LISTS
from pipewarden.access.owned_machines import answering
from pipewarden.access.reach import reach
from pipewarden.access.standing import standings
from pipewarden.access.standing_reach import reaches
from pipewarden.access.view import View
from pipewarden.model.access import Capability
from pipewarden.model.ids import Kind
from pipewarden.model.snapshot import Snapshot
from pipewarden.store import Store

SHOWN = 200
"""Holders of whom the path is worked out, as a table shows them."""


def who_can(snapshot: Snapshot, capability: Capability, kind: Kind) -> None:
    """Ask who has a capability on the first thing of a kind."""
    engine = Engine(snapshot)
    holders = engine.who_may(capability, snapshot.ref(int(snapshot.ordinals(kind)[0])))
    count(engine, holders.sure)
    for _, holder in zip(range(SHOWN), of_holders(holders), strict=False):
        holder.accesses(holders)
    len(holders.unseen)


def identity(snapshot: Snapshot, place: float) -> None:
    """Ask all about somebody: the one at a place among all people, from 0 to 1, who is called by an account's id."""
    engine = Engine(snapshot)
    accounts = snapshot.ordinals(Kind.ACCOUNT)
    [person] = engine.graph.follows.persons.called(
        str(snapshot.ref(int(accounts[int(place * (len(accounts) - 1))]))).lower()
    )
    engine.remembered = {}
    for standing in standings(engine, person):
        reaches(engine, standing)
    answering(engine, person)


def reached(snapshot: Snapshot) -> None:
    """Ask how far the first account gets."""
    reach(Engine(snapshot), snapshot.ref(int(snapshot.ordinals(Kind.ACCOUNT)[0])))


def listed(snapshot: Snapshot, what: str) -> None:
    """List all of something."""
    for _ in LISTS[what](View(snapshot)):
        pass


QUESTIONS: Mapping[str, Callable[[Snapshot], None]] = {
    "who-can push": lambda snapshot: who_can(snapshot, Capability.PUSH, Kind.REPOSITORY),
    "who-can read_secret": lambda snapshot: who_can(snapshot, Capability.READ_SECRET, Kind.SECRET),
    "who-can administer": lambda snapshot: who_can(snapshot, Capability.ADMINISTER, Kind.TENANT),
    "identity of the first": lambda snapshot: identity(snapshot, 0),
    "identity of one in the middle": lambda snapshot: identity(snapshot, 0.5),
    "reach of the first": reached,
    "list accounts": lambda snapshot: listed(snapshot, "accounts"),
    "list admins": lambda snapshot: listed(snapshot, "admins"),
}


def ask(read: Callable[[], Snapshot]) -> None:
    """Print what each question costs; each is asked of a snapshot that nobody has asked before."""
    gc.set_threshold(500_000, 50, 100)  # as the command sets it
    for name, question in QUESTIONS.items():
        snapshot = read()
        begun = time.process_time()
        question(snapshot)
        print(f"{name:32}{time.process_time() - begun:7.1f} s CPU", flush=True)
        del snapshot
        gc.collect()  # as the end of a command does


def main() -> None:
    """Ask the newest snapshot of a store."""
    print(machine())
    with Store.open(sys.argv[1]) as store:
        begun = time.process_time()
        snapshot = store.load_snapshot()
        print(f"{len(snapshot):,} entities, read in {time.process_time() - begun:.1f} s CPU")
        ask(store.load_snapshot)


if __name__ == "__main__":
    main()
