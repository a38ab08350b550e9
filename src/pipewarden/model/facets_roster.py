"""The parts of a roster: what a gap covers where a row could not be read."""

from enum import StrEnum


class RosterFacet(StrEnum):
    """One thing that a roster tells."""

    PEOPLE = "roster.people"
    MACHINES = "roster.machines"
    """Whose each machine is."""
    DETAILS = "roster.details"
    """What else it says of people: their names, managers and how they are employed."""
