"""Who somebody wrote down as the owner of a machine: rows of a roster, and a person's own row that names one.

What is said of an application, a repository or a mount holds for all machines in it, and the nearest counts. Names of
people are no way to name an owner: two may share one.
"""

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from pipewarden.access.machine_names import MOST_SHOWN, MachineNames, near
from pipewarden.access.view import View
from pipewarden.model.facts import Group, Resource
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.owners import Unresolved
from pipewarden.model.people import Person
from pipewarden.model.systems import System

MOST_NAME = 40
"""Characters of a name in a sentence."""
CODE_HOSTS = frozenset({System.GITHUB, System.GITLAB})


class Declaration(NamedTuple):
    """What one row says of a machine, or of what holds some: who owns it, where that stands, and why."""

    owner: Person | Group
    place: str
    because: str


class Declarations:
    """All declarations of a snapshot by what they are for, and those that lead nowhere."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.names = MachineNames(view.snapshot)
        self.of: dict[Ref, list[Declaration]] = defaultdict(list)
        self.unresolved: list[Unresolved] = []
        files = {each.ref.instance: str(each.attributes["file"]) for each in self._lists if "file" in each.attributes}
        for place in self._lists:
            file = str(place.attributes.get("file") or place.name)
            for row in place.attributes.get("machines") or ():
                self._take(place.ref, file, row)
        for listed in view.engine.graph.follows.persons.machines:
            owners = self._people.get(str(listed.by).lower(), [])
            file = files.get(listed.by.instance, f"the list {listed.by.instance}")
            told = [Declaration(each, file, listed.because) for each in owners]
            self.of[listed.machine] += told

    # --- rows ---------------------------------------------------------------------------------------

    @cached_property
    def _lists(self) -> list[Resource]:
        """Return the rosters that say something of machines."""
        every = self.view.entities(Kind.TENANT)
        return [each for each in every if self.view.system_of(each.ref) is System.ROSTER]

    def _take(self, scope: Ref, file: str, row: dict[str, object]) -> None:
        """Follow one row; a name that leads nowhere, or to several, is told with where it stands."""
        where, text = f"{file[:MOST_NAME]}:{row.get('line')}", str(row.get("machine") or "")
        found = self.names.find(text)
        target = found[0] if len(found) == 1 else None
        if target is None:
            meant = _ids(found) if found else self.names.near(text)
            what = f"{len(found)} things are called so" if found else "it was not seen"
            says = f"{where} names the machine {text[:MOST_NAME]}, and {what}"
            kind = "job" if "#" in text else "machine"
            told = Unresolved(says=says, near=meant, scope=scope, what=kind, named=text, open=not found)
            self.unresolved.append(told)
        owners = row.get("owners")
        for name in owners if isinstance(owners, list) else ():
            owner = self._owner(str(name), target)
            if not isinstance(owner, list):
                if target is not None:
                    self.of[target].append(Declaration(owner, file, str(row.get("because") or "")))
                continue
            meant = _ids(owner) if owner else near(str(name), [*self._people, *self._groups])
            what = f"{len(owner)} are called so" if owner else "nothing that was read knows them"
            says = f"{where} names the owner {str(name)[:MOST_NAME]}, and {what}"
            told = Unresolved(
                says=says, near=meant, scope=scope, what="owner", named=str(name), target=target, open=not owner
            )
            self.unresolved.append(told)

    # --- owners -------------------------------------------------------------------------------------

    @cached_property
    def _people(self) -> dict[str, list[Person]]:
        """People by their addresses, ids and accounts, in lower case; never by what they are called."""
        found: dict[str, dict[Ref, Person]] = defaultdict(dict)
        for person in self.view.joined.people:
            words = {*person.emails, str(person.key), *(str(each) for each in person.identities)}
            words |= {each.key for each in person.identities}
            for joined in person.accounts:
                system = self.view.system_of(joined.account).value
                name = self.view.name(joined.account)
                words |= {str(joined.account), name if name.startswith(f"{system}:") else f"{system}:{name}"}
            for word in words:
                found[word.lower()][person.key] = person
        return {word: list(each.values()) for word, each in found.items()}

    @cached_property
    def _groups(self) -> dict[str, list[Group]]:
        """Groups by their names in lower case, with the word of their system before them and without."""
        found: dict[str, list[Group]] = defaultdict(list)
        for group in self.view.entities(Kind.GROUP):
            if not group.attributes.get("implicit"):
                system, name = self.view.system_of(group.ref).value, group.name.lower()
                for word in {name, f"{system}:{name}", str(group.ref).lower()}:
                    found[word].append(group)
        return found

    def _owner(self, text: str, target: Ref | None) -> Person | Group | list[Ref]:
        """Return who is named, or what else may be meant: nothing, or several.

        Of groups that are called the same, that of the machine's own system is meant, else that of GitHub.
        """
        wanted = text.strip().lower()
        word, colon, rest = wanted.partition(":")
        is_group = colon != "" and word in {"team", "group"}
        people = [] if is_group else self._people.get(wanted, [])
        groups = self._groups.get(rest if is_group else wanted, [])
        if word == "team":  # a group of an identity provider may be called the same
            groups = [each for each in groups if self.view.system_of(each.ref) in CODE_HOSTS]
        near_by = [each for each in groups if target is not None and each.ref.instance == target.instance]
        groups = near_by or [each for each in groups if self.view.system_of(each.ref) is System.GITHUB] or groups
        if len(people) == 1:
            return people[0]
        if not people and len(groups) == 1:
            return groups[0]
        return [each.key for each in people] or [each.ref for each in groups]


def _ids(refs: Iterable[Ref]) -> str:
    return " or ".join(str(each) for each in list(refs)[:MOST_SHOWN])
