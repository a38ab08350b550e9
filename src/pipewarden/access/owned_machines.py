"""The machines that somebody answers for, by themselves or with a group: each with the ground, jobs of one place together."""

from msgspec import Struct

from pipewarden.access.engine import Engine
from pipewarden.access.machine_owners import machine_owners
from pipewarden.access.owner_grounds import home_of
from pipewarden.access.view import View
from pipewarden.model.facts import Machine
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.owners import Ground
from pipewarden.model.people import Person
from pipewarden.model.systems import System


class Answering(Struct, frozen=True, kw_only=True):
    """One machine, or the jobs of one repository, that somebody owns by one ground."""

    machines: tuple[Machine, ...]
    system: System
    place: str
    """What holds them: a repository, a tenant."""
    ground: Ground
    says: str
    through: str = ""
    """The group that owns them and that somebody is in; empty where they own them themselves."""

    @property
    def is_key(self) -> bool:
        """Whether it is a deploy key, whose title names it only within its repository."""
        return self.machines[0].ref.kind is Kind.DEPLOY_KEY


def answering(engine: Engine, person: Person) -> list[Answering]:
    """Return the machines that somebody owns: those declared first, then those they made, then by CODEOWNERS."""
    view = View(engine.snapshot, engine)
    found: dict[tuple[Ground, str, str, Ref], list[Machine]] = {}
    for machine, owner in machine_owners(view).whose(person):
        is_job = machine.ref.kind is Kind.JOB and machine.parent is not None
        at = machine.parent if is_job and machine.parent is not None else machine.ref
        through = owner.name if owner.ref.kind is Kind.GROUP else ""
        found.setdefault((owner.ground, owner.says, through, at), []).append(machine)
    order = list(Ground)
    out = []
    for (ground, says, through, at), machines in found.items():
        place = machines[0].parent or home_of(view, machines[0]) or at
        out.append(
            Answering(
                machines=tuple(machines),
                system=view.system_of(at),
                place=view.name(place),
                ground=ground,
                says=says,
                through=through,
            )
        )
    return sorted(out, key=lambda each: (order.index(each.ground), each.system, each.machines[0].ref))
