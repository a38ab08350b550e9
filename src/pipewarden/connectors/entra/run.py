"""One collection of a tenant: steps that are kept when they are done, and refusals that become gaps."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from pipewarden.connectors.answers import moment as iso
from pipewarden.connectors.base import Keeper, Progress
from pipewarden.connectors.collecting import Collecting, Work
from pipewarden.connectors.entra.client import Graph, NotLicensed
from pipewarden.connectors.entra.permissions import PERMISSIONS
from pipewarden.connectors.entra.shapes import shape_of
from pipewarden.connectors.shapes import fits
from pipewarden.errors import SourceError
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.facts import AnyFact, Cause, Entity, Grant, Membership
from pipewarden.model.ids import Kind, Ref

CHUNK = 100
"""Objects whose own lists are read in one step."""

LONGEST_NAME = 256
"""Letters of a name that are kept: Entra allows no more."""

APP_ROLE = "app:"
"""How the key of a role that an application declares begins; the rest is its value, or its name where it has none."""

PAGE = 100
"""Objects of a page, where a list takes its size: that many everyone of them takes."""


class Run(Collecting):
    """What every part of the collection needs: the client, the tenant, and where facts go."""

    permissions = PERMISSIONS

    def cause(self, refusal: SourceError) -> Cause:
        """Return why something was refused; what the licence lacks no permission gives."""
        return Cause.PLAN if isinstance(refusal, NotLicensed) else super().cause(refusal)

    def __init__(
        self, graph: Graph, tenant: str, name: str, into: SnapshotBuilder, progress: Progress, keeper: Keeper | None
    ) -> None:
        self.address = f"entra:{name}"
        super().__init__(graph.http, tenant, into, progress, keeper, self.address)
        self.graph = graph
        self.name = name
        self.tenant = Ref(tenant, Kind.TENANT, tenant)
        self.known: dict[Ref, Entity] = {}
        self.assigned: set[Ref] = set()
        """Groups that are assigned to an application."""
        self.nested: dict[Ref, list[Ref]] = {}
        """The groups that each group contains."""

    # --- facts ------------------------------------------------------------------------------------

    def ref(self, kind: Kind, key: object) -> Ref:
        """Return an id in this tenant."""
        return Ref(self.instance, kind, str(key))

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
            elif isinstance(fact, Grant) and fact.principal.kind is Kind.GROUP and fact.role.startswith(APP_ROLE):
                self.assigned.add(fact.principal)
            elif isinstance(fact, Membership) and fact.member.kind is Kind.GROUP:
                self.nested.setdefault(fact.group, []).append(fact.member)
            self._into.add(fact)

    # --- steps ------------------------------------------------------------------------------------

    async def step(self, key: str, facet: str, work: Work, *, leaned_on: bool = False) -> list[AnyFact]:
        """Do one step, or take what a run that was killed kept of it. A refusal becomes the facet's gap.

        Only a refused credential stops the run. A step that met what passes by itself is not kept, and where others
        lean on it, nothing is kept from there on: the next run may read it otherwise.
        """
        kept = self.kept(key)
        facts = kept.facts if kept else await self.guarded(self.tenant, facet, work)
        if kept is None and not self.keep(key, facts) and leaned_on:
            self._keeps = False
        self.add(facts)
        return facts

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
                answers = await asyncio.gather(*(self.guarded(each.ref, facet, _bound(work, each)) for each in part))
                return [fact for facts in answers for fact in facts]

            await self.step(f"{facet} {part[0].ref.key} {part[-1].ref.key} {len(part)}", facet, chunk)

    async def rows(
        self, path: str, *, select: str = "", template: str = "", top: int = 0, **params: str
    ) -> AsyncIterator[dict[str, Any]]:
        """Yield the objects of a list of the API, with the named fields alone; `top` where the list takes a page's size.

        An object that does not say what it must is left out.
        """
        query = {"$select": select, **{f"${key}": value for key, value in params.items()}, "$top": str(top or "")}
        shape, endpoint = shape_of(template or path, select), f"/v1.0{template or path}"
        asked = {k: v for k, v in query.items() if v}
        async for row in self.graph.pages(f"/v1.0{path}", template=endpoint, params=asked):
            if fits(row, shape, endpoint):
                yield row


def _bound(work: Callable[[Any], Awaitable[Iterable[AnyFact]]], thing: Any) -> Work:
    return lambda: work(thing)


def moment(text: Any) -> datetime | None:
    """Read Graph's times (ISO 8601, UTC, up to seven digits of a second); None for anything else."""
    found = iso(text)
    return found if found is not None and found.year > 1 else None  # 0001-01-01 stands for never


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
