"""People by what they are called: an address, a name, a login, or an id of theirs in any system."""

from pipewarden.access.engine import Engine
from pipewarden.model.people import Person
from pipewarden.model.systems import System

SYSTEMS = frozenset(System) - {System.ROSTER}


def names_of_people(engine: Engine) -> dict[str, list[Person]]:
    """Return the people of a snapshot by all that they may be called, in lower case."""
    names: dict[str, list[Person]] = {}
    persons = engine.graph.follows.persons
    for person in persons.everybody.people:
        for each in persons.words(person):
            names.setdefault(each, []).append(person)
    return names


def called(engine: Engine, text: str) -> list[Person]:
    """Return the people who may be meant by a name, a login behind the word of its system (`github:carol`) included."""
    wanted, persons = text.strip().lower(), engine.graph.follows.persons
    word, _, login = wanted.partition(":")
    return persons.called(wanted) or (persons.called(login) if word in SYSTEMS else [])
