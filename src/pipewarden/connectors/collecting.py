"""What the collections of all systems have in common: steps that are kept when they are done, refusals that become gaps."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, NamedTuple, Protocol

import msgspec

from pipewarden.connectors.answers import ODD_SHAPES, odd
from pipewarden.connectors.base import CredentialRefused, Keeper, Progress, cause_of
from pipewarden.connectors.shapes import leaving_out
from pipewarden.errors import SourceError
from pipewarden.http.client import Http
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.facts import (
    Account,
    AnyFact,
    Cause,
    Certainty,
    Gap,
    Gate,
    Grant,
    Group,
    Identity,
    Machine,
    Membership,
    Origin,
    Resource,
    Role,
    Trust,
    Use,
)
from pipewarden.model.ids import Ref

_TYPES: tuple[type[Any], ...] = (
    Account, Gap, Gate, Grant, Group, Identity, Machine, Membership, Resource, Role, Trust, Use,
)  # fmt: skip
_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {fact.__name__: msgspec.json.Decoder(fact) for fact in _TYPES}
_ENCODER = msgspec.json.Encoder()
_NOTE = "note"

PASSING = frozenset({Cause.BUDGET, Cause.RATE_LIMITED, Cause.UNREACHABLE})
"""Causes that may be gone when the next run asks: a step that met one is read again."""

Work = Callable[[], Awaitable[Iterable[AnyFact]]]


class Kept(NamedTuple):
    """What a run that was killed kept of a step, with its note of where it goes on."""

    facts: list[AnyFact]
    note: dict[str, Any] | None = None


class Puts(Protocol):
    """Keeps the steps of a run."""

    def put_checkpoint(self, source: str, key: str, body: bytes) -> None:
        """Keep one step."""


def passing(facts: Iterable[AnyFact]) -> bool:
    """Tell whether a step met something that passes by itself."""
    return any(isinstance(fact, Gap) and fact.cause in PASSING for fact in facts)


class Collecting:
    """One collection of a source: where its facts come from and go, what it keeps, and what its refusals mean."""

    permissions: ClassVar[Mapping[str, str]]
    """What would close the gap of a facet."""
    closable: ClassVar[frozenset[Cause]] = frozenset({Cause.FORBIDDEN, Cause.NOT_FOUND, Cause.MISSING_FIELD})
    """Causes that a permission would end."""

    def __init__(
        self, http: Http, instance: str, into: SnapshotBuilder, progress: Progress, keeper: Keeper | None, source: str
    ) -> None:
        self.instance = instance
        self.progress = progress
        self._clock = http.clock
        self._into = into
        self._keeper: Puts | None = keeper
        self._source = source
        self._kept = dict(keeper.checkpoints(source)) if keeper else {}
        self._keeps = True

    def origin(self, endpoint: str, certainty: Certainty = Certainty.KNOWN) -> Origin:
        """Return where a fact comes from, read now."""
        return Origin(endpoint, datetime.fromtimestamp(self._clock.now(), UTC), certainty)

    def cause(self, refusal: SourceError) -> Cause:
        """Return why something was refused."""
        return cause_of(refusal)

    def gap(
        self,
        scope: Ref,
        facet: str,
        refusal: SourceError | None = None,
        *,
        cause: Cause | None = None,
        detail: str = "",
    ) -> Gap:
        """Return a gap for a facet that was not read: refused, or for a cause that is given."""
        why = cause or (self.cause(refusal) if refusal else Cause.NOT_COLLECTED)
        return Gap(
            scope=scope,
            facet=facet,
            cause=why,
            detail=detail or (str(refusal) if refusal else ""),
            permission=self.permissions.get(facet, "") if why in self.closable else "",
            origin=self.origin((refusal.endpoint if refusal else "") or facet),
        )

    async def guarded(self, scope: Ref, facet: str, work: Work) -> list[AnyFact]:
        """Return what some work gives; a refusal becomes the facet's gap. Only a refused credential stops the run."""
        try:
            with leaving_out() as left:
                facts = list(await work())
        except CredentialRefused:
            raise
        except SourceError as refusal:
            return [self.gap(scope, facet, refusal)]
        except ODD_SHAPES as fault:
            return [self.gap(scope, facet, cause=Cause.UNEXPECTED, detail=odd(fault))]
        return [*facts, *self.left_out(scope, facet, left)]

    def left_out(self, scope: Ref, facet: str, left: list[str]) -> list[Gap]:
        """Return the gap of rows that were left out because they do not say what they must."""
        counted = Counter(left)
        told = "; ".join(f"{says} ({count} times)" if count > 1 else says for says, count in sorted(counted.items()))
        return [self.gap(scope, facet, cause=Cause.UNEXPECTED, detail=told)] if told else []

    def kept(self, key: str) -> Kept | None:
        """Return what a run before this one kept of a step, None where it kept nothing."""
        body = self._kept.pop(key, None)
        if body is None:
            return None
        rows = msgspec.json.decode(body, type=list[tuple[str, msgspec.Raw]])
        note = next((msgspec.json.decode(each) for name, each in rows if name == _NOTE), None)
        return Kept([_DECODERS[name].decode(each) for name, each in rows if name != _NOTE], note)

    def keep(self, key: str, facts: Iterable[AnyFact], note: dict[str, Any] | None = None) -> bool:
        """Keep a step's facts for a run that goes on, with a note of where; return whether they may be kept.

        A step that met what passes by itself is read again instead.
        """
        if passing(facts):
            return False
        if self._keeper is not None and self._keeps:
            packed = [(type(fact).__name__, msgspec.Raw(_ENCODER.encode(fact))) for fact in facts]
            if note is not None:
                packed.append((_NOTE, msgspec.Raw(_ENCODER.encode(note))))
            self._keeper.put_checkpoint(self._source, key, _ENCODER.encode(packed))
        return True
