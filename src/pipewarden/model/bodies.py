"""Facts as they are kept in a snapshot: JSON bodies, without what its columns hold."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, TypeVar

import msgspec

from pipewarden.model.facts import (
    Account,
    Entity,
    Fact,
    Gap,
    Gate,
    Group,
    Identity,
    Machine,
    Origin,
    Resource,
    Role,
    Trust,
    Use,
)
from pipewarden.model.ids import Ref

F = TypeVar("F", bound=Fact)

ENTITY_FACTS: tuple[type[Entity], ...] = (Account, Group, Machine, Resource, Role)
RECORD_TYPES: tuple[type[Fact], ...] = (Identity, Gate, Trust, Use, Gap)
RECORD_CODES = {fact: code for code, fact in enumerate(RECORD_TYPES)}

_SHARED = {"ref", "name", "parent", "origin"}


def _body_type(fact: type[Fact], left_out: set[str]) -> type[msgspec.Struct]:
    """Return what is written of a fact: all but what columns hold, in the order of its fields."""
    fields: list[Any] = []
    for info in msgspec.structs.fields(fact):
        if info.name in left_out:
            continue
        if info.default_factory is not msgspec.NODEFAULT:
            fields.append((info.name, info.type, msgspec.field(default_factory=info.default_factory)))
        elif info.default is not msgspec.NODEFAULT:
            fields.append((info.name, info.type, info.default))
        else:
            fields.append((info.name, info.type))
    return msgspec.defstruct(f"{fact.__name__}Body", fields)


def _values(names: tuple[str, ...]) -> Callable[[object], tuple[Any, ...]]:
    """Return what reads some fields of an object at once: twice as fast as one after the other."""
    read = attrgetter(*names)
    return read if len(names) > 1 else lambda found: (read(found),)


_BODIES: dict[type[Fact], type[msgspec.Struct]] = {
    **{fact: _body_type(fact, _SHARED) for fact in ENTITY_FACTS},
    **{fact: _body_type(fact, {"origin"}) for fact in RECORD_TYPES},
}
_VALUES = {fact: _values(body.__struct_fields__) for fact, body in _BODIES.items()}
_DECODERS = {fact: msgspec.json.Decoder(body) for fact, body in _BODIES.items()}
_ENCODER = msgspec.json.Encoder(order="deterministic")


def encode(fact: Fact) -> bytes:
    """Return a fact as it is kept."""
    kind = type(fact)
    return _ENCODER.encode(_BODIES[kind](*_VALUES[kind](fact)))


def decode(fact: type[F], body: bytes, origin: Origin, **shared: object) -> F:
    """Return the fact of a body, with what the columns hold of it."""
    return fact(origin=origin, **shared, **msgspec.structs.asdict(_DECODERS[fact].decode(body)))


def read(fact: type[Fact], body: bytes) -> Any:
    """Return a body with all fields of its fact but those that columns hold: a third of the work of a fact."""
    return _DECODERS[fact].decode(body)


_SUBJECTS: dict[type[Fact], Callable[[Any], Ref]] = {
    Gate: attrgetter("resource"),
    Trust: attrgetter("principal"),
    Use: attrgetter("by"),
    Gap: attrgetter("scope"),
    Identity: attrgetter("ref"),
}


def subject(fact: Fact) -> Ref:
    """Return whom a record is kept under: of a Gate its resource, of a Trust its principal, of a Use who uses, of a Gap its scope."""
    return _SUBJECTS[type(fact)](fact)
