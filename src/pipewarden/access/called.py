"""People by what they are called: an address, a name, a login, or an id of theirs in any system."""

from pipewarden.access.engine import Engine
from pipewarden.model.people import Person
from pipewarden.model.systems import System

SYSTEMS = frozenset(System) - {System.ROSTER}


def names_of_people(engine: Engine) -> dict[str, list[Person]]:
    """Return the people of a snapshot by all that they may be called, in lower case."""
    names: dict[str, list[Person]] = {}
    for person in engine.graph.follows.people.people:
        words = {str(person.key).lower(), person.name.lower(), *person.emails}
        words |= {address.partition("@")[0] for address in person.emails}
        for joined in person.accounts:
            ordinal = engine.snapshot.ordinal(joined.account)
            words |= set() if ordinal is None else {engine.snapshot.name_of(ordinal).lower()}
            words.add(str(joined.account).lower())
        for each in words:
            names.setdefault(each, []).append(person)
    return names


def called(engine: Engine, text: str) -> list[Person]:
    """Return the people who may be meant by a name, a login behind the word of its system (`github:carol`) included."""
    wanted = text.strip().lower()
    word, _, login = wanted.partition(":")
    names = names_of_people(engine)
    return names.get(wanted) or (names.get(login, []) if word in SYSTEMS else [])
