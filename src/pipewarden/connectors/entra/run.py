"""One collection of a tenant: steps that are kept when they are done, and refusals that become gaps."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from pipewarden.connectors.base import Keeper, Progress, cause_of
from pipewarden.connectors.entra.client import CredentialRefused, Graph, NotLicensed
from pipewarden.connectors.entra.permissions import PERMISSIONS
from pipewarden.errors import SourceError
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.facts import (
    Account,
    AnyFact,
    Cause,
    Certainty,
    Entity,
    Gap,
    Gate,
    Grant,
    Group,
    Machine,
    Membership,
    Origin,
    Resource,
    Role,
    Trust,
)
from pipewarden.model.ids import Kind, Ref

_TYPES: tuple[type[Any], ...] = (Account, Gap, Gate, Grant, Group, Machine, Membership, Resource, Role, Trust)
_DECODERS = {fact.__name__: msgspec.json.Decoder(fact) for fact in _TYPES}
_ENCODER = msgspec.json.Encoder()

PASSING = frozenset({Cause.BUDGET, Cause.RATE_LIMITED, Cause.UNREACHABLE})
"""Causes that may be gone when the next run asks."""

CHUNK = 100
"""Objects whose own lists are read in one step."""

ODD_SHAPES = (KeyError, IndexError, TypeError, AttributeError, ValueError, OverflowError)
"""What reading an answer raises where it does not have the shape that is documented."""

LONGEST_NAME = 256
"""Letters of a name that are kept: Entra allows no more."""

PAGE = 100
"""Objects of a page, where a list takes its size: that many everyone of them takes."""

Work = Callable[[], Awaitable[Iterable[AnyFact]]]


class Run:
    """What every part of the collection needs: the client, the tenant, and where facts go."""

    def __init__(
        self, graph: Graph, tenant: str, name: str, into: SnapshotBuilder, progress: Progress, keeper: Keeper | None
    ) -> None:
        self.graph = graph
        self.instance = tenant
        self.name = name
        self.tenant = Ref(tenant, Kind.TENANT, tenant)
        self.progress = progress
        self.address = f"entra:{name}"
        self.known: dict[Ref, Entity] = {}
        self._into = into
        self._keeper = keeper
        self._kept = dict(keeper.checkpoints(self.address)) if keeper else {}
        self._keeps = True

    # --- facts ------------------------------------------------------------------------------------

    def ref(self, kind: Kind, key: object) -> Ref:
        """Return an id in this tenant."""
        return Ref(self.instance, kind, str(key))

    def origin(self, endpoint: str, certainty: Certainty = Certainty.KNOWN) -> Origin:
        """Return where a fact comes from, read now."""
        return Origin(endpoint, datetime.fromtimestamp(self.graph.http.clock.now(), UTC), certainty)

    def of_kind(self, kind: Kind) -> list[Any]:
        """Return all of a kind that was read so far, in the order of their ids."""
        return [self.known[ref] for ref in sorted(self.known) if ref.kind is kind]

    def found(self, key: object, *kinds: Kind) -> Ref | None:
        """Return the id of something read before whose object id this is."""
        return next((ref for kind in kinds if (ref := self.ref(kind, key)) in self.known), None)

    def add(self, facts: Iterable[AnyFact]) -> None:
        """Put facts into the snapshot."""
        for fact in facts:
            if isinstance(fact, Entity):
                self.known[fact.ref] = fact
            self._into.add(fact)

    def gap(
        self, facet: str, refusal: SourceError | None = None, *, scope: Ref | None = None, cause: Cause | None = None,
        detail: str = "",
    ) -> Gap:  # fmt: skip
        """Return a gap for a facet that was refused."""
        why = cause or (Cause.PLAN if isinstance(refusal, NotLicensed) else cause_of(refusal) if refusal else None)
        why = why or Cause.NOT_COLLECTED
        closes = why in {Cause.FORBIDDEN, Cause.NOT_FOUND, Cause.MISSING_FIELD}
        return Gap(
            scope=scope or self.tenant,
            facet=facet,
            cause=why,
            detail=detail or (str(refusal) if refusal else ""),
            permission=PERMISSIONS[facet] if closes else "",
            origin=self.origin((refusal.endpoint if refusal else "") or facet),
        )

    # --- steps ------------------------------------------------------------------------------------

    async def step(self, key: str, facet: str, work: Work, *, leaned_on: bool = False) -> list[AnyFact]:
        """Do one step, or take what a run that was killed kept of it. A refusal becomes the facet's gap.

        Only a refused credential stops the run. A step that met what passes by itself is not kept, and where others
        lean on it, nothing is kept from there on: the next run may read it otherwise.
        """
        body = self._kept.pop(key, None)
        if body is not None:
            facts = [
                _DECODERS[name].decode(each)
                for name, each in msgspec.json.decode(body, type=list[tuple[str, msgspec.Raw]])
            ]
            self.add(facts)
            return facts
        facts = await self._guarded(facet, work)
        passing = any(isinstance(fact, Gap) and fact.cause in PASSING for fact in facts)
        if passing and leaned_on:
            self._keeps = False
        if self._keeper is not None and self._keeps and not passing:
            packed = [(type(fact).__name__, msgspec.Raw(_ENCODER.encode(fact))) for fact in facts]
            self._keeper.put_checkpoint(self.address, key, _ENCODER.encode(packed))
        self.add(facts)
        return facts

    async def _guarded(self, facet: str, work: Work, scope: Ref | None = None) -> list[AnyFact]:
        try:
            return list(await work())
        except CredentialRefused:
            raise
        except SourceError as refusal:
            return [self.gap(facet, refusal, scope=scope)]
        except ODD_SHAPES as fault:
            detail = f"the answer has a shape that is not known ({type(fault).__name__})"
            return [self.gap(facet, cause=Cause.UNEXPECTED, detail=detail, scope=scope)]

    async def each(
        self,
        what: str,
        facet: str,
        things: Sequence[Entity],
        work: Callable[[Any], Awaitable[Iterable[AnyFact]]],
    ) -> None:
        """Read a list of each of some things, a hundred in one step; one that is refused leaves the others."""
        for start in range(0, len(things), CHUNK):
            part = things[start : start + CHUNK]
            self.progress(what, start, len(things))

            async def chunk(part: Sequence[Entity] = part) -> list[AnyFact]:
                answers = await asyncio.gather(*(self._guarded(facet, _bound(work, each), each.ref) for each in part))
                return [fact for facts in answers for fact in facts]

            await self.step(f"{facet} {part[0].ref.key} {part[-1].ref.key} {len(part)}", facet, chunk)

    def rows(
        self, path: str, *, select: str = "", template: str = "", top: int = 0, **params: str
    ) -> AsyncIterator[dict[str, Any]]:
        """Yield the objects of a list of the API, with the named fields alone; `top` where the list takes a page's size."""
        query = {"$select": select, **{f"${key}": value for key, value in params.items()}, "$top": str(top or "")}
        return self.graph.pages(
            f"/v1.0{path}", template=f"/v1.0{template or path}", params={k: v for k, v in query.items() if v}
        )


def _bound(work: Callable[[Any], Awaitable[Iterable[AnyFact]]], thing: Any) -> Work:
    return lambda: work(thing)


def moment(text: Any) -> datetime | None:
    """Read Graph's times (ISO 8601, UTC, up to seven digits of a second); None for anything else."""
    if not isinstance(text, str) or not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    return found if found.year > 1 else None  # 0001-01-01 stands for never


def picked(row: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return the named fields that were given; a null stays a null, an absent field stays absent."""
    return {name: row[name] for name in names if name in row}


def named(row: dict[str, Any], *fields: str) -> str:
    """Return the first of some fields that is a text, shortened; the object's id where none is."""
    for field in fields:
        value = row.get(field)
        if isinstance(value, str) and value:
            return value if len(value) <= LONGEST_NAME else f"{value[:LONGEST_NAME]}…"
    return str(row["id"])


def texts(value: Any) -> tuple[str, ...]:
    """Return the texts of a list; nothing for what is none."""
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()
