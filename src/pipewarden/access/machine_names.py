"""How people name a machine in a list: by its id, or by its name with its system; what holds machines stands for all in it."""

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

from pipewarden.access.address import PREFIXES
from pipewarden.model.ids import MACHINES, Kind, Ref
from pipewarden.model.snapshot import Snapshot
from pipewarden.model.systems import System

PLACES = (
    Kind.APPLICATION,
    Kind.MOUNT,
    Kind.REPOSITORY,
    Kind.PIPELINE,
    Kind.FOLDER,
    Kind.ORGANIZATION,
    Kind.TENANT,
)
"""What holds machines."""

KINDS = {word: kinds for word, kinds in PREFIXES.items() if word != "github"} | {
    "token": (Kind.ACCESS_TOKEN, Kind.DEPLOY_TOKEN, Kind.FINE_GRAINED_TOKEN, Kind.CLASSIC_TOKEN),
    "app": (Kind.APP, Kind.APPLICATION),
}
"""Words before a colon that say which kind of thing is meant."""

SYSTEMS = frozenset(System)
MOST_SHOWN = 3
NEAR_ENOUGH = 0.75


class MachineNames:
    """The machines of a snapshot, and what holds them, by what they are called."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    def find(self, text: str) -> list[Ref]:
        """Return what somebody may mean: one thing where it is clear, none, or several.

        Machines go before what holds some, and both before accounts, which a machine may have as people do.
        """
        text = text.strip()
        try:
            exact = Ref.parse(text)
        except ValueError:
            exact = None
        if exact is not None and self.snapshot.ordinal(exact) is not None:
            return [exact]
        word, colon, rest = text.lower().partition(":")
        found = self._names.get(text.lower(), [])
        if not found and colon and word in SYSTEMS:
            found = [o for o in self._names.get(rest, []) if self._system(o) is System(word)]
        if not found and colon and word in KINDS:
            found = [o for o in self._names.get(rest, []) if self.snapshot.kind_of(o) in KINDS[word]]
        machines = [o for o in found if self.snapshot.kind_of(o) in MACHINES]
        places = [o for o in found if self.snapshot.kind_of(o) in PLACES]
        return list(dict.fromkeys(self.whole(o) for o in machines or places or found))

    def machine(self, text: str) -> Ref | None:
        """Return the one machine, or application of one, that somebody means; None where there is none or several."""
        found = self.find(text)
        return found[0] if len(found) == 1 and found[0].kind in {*MACHINES, Kind.APPLICATION} else None

    def near(self, text: str) -> str:
        """Return what may have been meant where a name leads nowhere."""
        return near(text, list(self._names))

    def whole(self, ordinal: int) -> Ref:
        """Return the application that a service principal stands for: what is said of one holds for its secrets too."""
        outer = int(self.snapshot.parent[ordinal])
        is_part = self.snapshot.kind_of(ordinal) is Kind.SERVICE_ACCOUNT and outer >= 0
        application = is_part and self.snapshot.kind_of(outer) is Kind.APPLICATION
        return self.snapshot.ref(outer if application else ordinal)

    def _system(self, ordinal: int) -> System:
        return self.snapshot.systems[int(self.snapshot.instance[ordinal])]

    @cached_property
    def _names(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for ordinal in self.snapshot.ordinals(*MACHINES, *PLACES, Kind.ACCOUNT).tolist():
            for name in self._called(ordinal):
                found[name].append(ordinal)
        return found

    def _called(self, ordinal: int) -> Iterator[str]:
        """Yield a thing's name in lower case; of a key also with its repository, of a vault's token without its accessor."""
        name, kind = self.snapshot.name_of(ordinal).lower(), self.snapshot.kind_of(ordinal)
        yield name
        outer = int(self.snapshot.parent[ordinal])
        if kind is Kind.DEPLOY_KEY and outer >= 0:
            yield f"{self.snapshot.name_of(outer).lower()}/{name}"
        if kind is Kind.ACCESS_TOKEN and name.endswith("…)"):
            yield name.rpartition(" (")[0]


def near(text: str, names: list[str]) -> str:
    """Return the known names that are like one that leads nowhere, with and without the word before its colon."""
    from difflib import get_close_matches

    wanted = text.strip().lower()
    _, colon, rest = wanted.partition(":")
    found = get_close_matches(wanted, names, MOST_SHOWN, NEAR_ENOUGH)
    found = found or (get_close_matches(rest, names, MOST_SHOWN, NEAR_ENOUGH) if colon else [])
    return " or ".join(found)
