"""One collection of a vault: steps that are kept when they are done, and refusals that become gaps."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable
from copy import copy
from datetime import UTC, datetime
from typing import Any

from pipewarden.connectors.answers import ODD_SHAPES, odd
from pipewarden.connectors.base import Keeper, Progress
from pipewarden.connectors.collecting import Collecting, Puts, Work, passing
from pipewarden.connectors.shapes import leaving_out
from pipewarden.connectors.vault.client import Vault
from pipewarden.connectors.vault.permissions import PERMISSIONS
from pipewarden.errors import AccessDenied, SourceError
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.facets_vault import VaultFacet
from pipewarden.model.facts import (
    AnyFact,
    Cause,
    Certainty,
    Grant,
    GrantKind,
    Origin,
)
from pipewarden.model.ids import Kind, Ref

CHUNK = 100
"""Things that are read at once, and kept together."""

MOST_NAME = 1_000
"""Characters of a name that are kept."""


class _Within:
    """Keeps what was read inside a namespace beside what was read outside of it."""

    def __init__(self, keeper: Puts, mark: str) -> None:
        self._keeper = keeper
        self._mark = mark

    def put_checkpoint(self, source: str, key: str, body: bytes) -> None:
        """Keep one step."""
        self._keeper.put_checkpoint(source, f"{self._mark}{key}", body)


class Run(Collecting):
    """What every part of the collection needs: the client, the vault's ids, and where facts go."""

    permissions = PERMISSIONS
    closable = frozenset({Cause.FORBIDDEN, Cause.MISSING_FIELD})

    def __init__(
        self,
        vault: Vault,
        name: str,
        instance: str,
        into: SnapshotBuilder,
        progress: Progress,
        keeper: Keeper | None,
        source: str,
    ) -> None:
        super().__init__(vault.http, instance, into, progress, keeper, source)
        self.vault = vault
        self.prefix = ""
        """The path of the namespace that is read, such as `team/`; empty for the root."""
        self.name = name
        self.tenant = Ref(instance, Kind.TENANT, "root")
        """What contains all that is read: the vault, or the namespace in it."""

    def within(self, namespace: str) -> "Run":
        """Return the run that reads a namespace below this one, given by its own path with the slash at its end."""
        inner = copy(self)
        inner.vault, inner.prefix = self.vault.within(namespace), namespace
        inner.tenant = Ref(self.instance, Kind.FOLDER, namespace)
        mark = f"{namespace} "
        inner._kept = {  # noqa: SLF001 - a copy of ourselves
            key.removeprefix(mark): body for key, body in self._kept.items() if key.startswith(mark)
        }
        inner._keeper = _Within(self._keeper, mark) if self._keeper else None  # noqa: SLF001
        return inner

    def ref(self, kind: Kind, key: str) -> Ref:
        """Return an id in this vault."""
        return Ref(self.instance, kind, key)

    def display(self, *parts: str) -> str:
        """Return a name as people read it: `vault:acme/secret/prod/db`."""
        inside = (self.prefix.removesuffix("/"),) if self.prefix else ()
        return f"vault:{'/'.join((self.name, *inside, *parts))}"[:MOST_NAME]

    def policy(self, name: str) -> str:
        """Return the key of a policy: every namespace has policies of its own, and a name has no two slashes together."""
        return f"policy:{self.prefix}/{name}" if self.prefix else f"policy:{name}"

    def origin(self, endpoint: str, certainty: Certainty = Certainty.KNOWN) -> Origin:
        """Return where a fact comes from, read now."""
        endpoint = endpoint.replace(" /", f" /{self.prefix}", 1)
        return super().origin(endpoint, certainty)

    def grants(self, principal: Ref, policies: Iterable[Any], endpoint: str, **more: Any) -> list[Grant]:
        """Return the policies that a principal holds, as grants on the vault."""
        origin = self.origin(endpoint)
        return [
            Grant(
                principal=principal,
                resource=self.tenant,
                role=self.policy(name),
                kind=GrantKind.DIRECT,
                origin=origin,
                **more,
            )
            for name in dict.fromkeys(str(each) for each in policies if each)
        ]

    async def step(self, key: str, facet: str, work: Callable[[], Awaitable[list[AnyFact]]]) -> list[AnyFact]:
        """Do one step, or take what it gave before the run was killed. A refusal becomes the facet's gap.

        A step that met what passes by itself is not kept: the next run reads it again.
        """
        kept = self.kept(key)
        facts = kept.facts if kept else await self.guarded(self.tenant, facet, work)
        if kept is None:
            self.keep(key, facts)
        self._into.add(*facts)
        return facts

    async def guarded(self, scope: Ref, facet: str, work: Work) -> list[AnyFact]:
        """Return what some work gives; a refusal becomes the facet's gap, and that of a token that ended stops the run."""
        try:
            with leaving_out() as left:
                facts = list(await work())
        except AccessDenied as refusal:
            await self.vault.whoami()  # a token that ended refuses everything
            return [self.gap(scope, facet, refusal)]
        except SourceError as refusal:
            return [self.gap(scope, facet, refusal)]
        except ODD_SHAPES as fault:
            return [self.gap(scope, facet, cause=Cause.UNEXPECTED, detail=odd(fault))]
        return [*facts, *self.left_out(scope, facet, left)]

    async def each(
        self, facet: str, names: Iterable[str], work: Callable[[str], Awaitable[list[AnyFact]]], *, of: str = ""
    ) -> list[AnyFact]:
        """Read things, a hundred at once; what is refused of one is a gap, and what budget or reach ends, ends all.

        Each hundred is kept when it was read. `of` says of which mount they are, where several keep such things.
        """
        facts: list[AnyFact] = []
        listed = list(names)
        for start in range(0, len(listed), CHUNK):
            self.progress(facet.rpartition(".")[2].replace("_", " "), start, len(listed))
            part = await self._part(facet, listed[start : start + CHUNK], work, of)
            facts += part
            if passing(part):
                break
        return facts

    async def _part(
        self, facet: str, names: list[str], work: Callable[[str], Awaitable[list[AnyFact]]], of: str
    ) -> list[AnyFact]:
        digest = hashlib.blake2b("\n".join(names).encode(), digest_size=12).hexdigest()
        key = f"{facet} {of} {digest}"
        kept = self.kept(key)
        if kept is not None:
            return kept.facts
        answers = await asyncio.gather(*(self._one(facet, name, work) for name in names))
        facts: list[AnyFact] = []
        for answer in answers:
            if not (passing(answer) and passing(facts)):  # that the budget is spent is told once
                facts += answer
        self.keep(key, facts)
        return facts

    async def _one(self, facet: str, name: str, work: Callable[[str], Awaitable[list[AnyFact]]]) -> list[AnyFact]:
        try:
            return await work(name)
        except AccessDenied as refusal:
            await self.vault.whoami()
            return [self.gap(self.tenant, facet, refusal, detail=f"{name[:200]}: {refusal}")]
        except SourceError as refusal:
            gap = self.gap(self.tenant, facet, refusal, detail=f"{name[:200]}: {refusal}")
            # a token ends between the list and the look; a role that is listed and is not there would be lost in silence
            return [] if gap.cause is Cause.NOT_FOUND and facet != VaultFacet.ROLES else [gap]
        except ODD_SHAPES as fault:
            detail = f"{name[:200]}: {odd(fault)}"
            return [self.gap(self.tenant, facet, cause=Cause.UNEXPECTED, detail=detail)]


def texts(value: Any) -> list[str]:
    """Return the texts of a list; nothing for null or anything else."""
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def moment(value: Any) -> datetime | None:
    """Read a time: RFC 3339 with any number of digits, or seconds since 1970; None for null and for zero."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0:
        return datetime.fromtimestamp(value, UTC)
    if not isinstance(value, str) or not value or value.startswith("0001-"):
        return None
    head, dot, rest = value.partition(".")
    digits = rest.rstrip("Z").partition("+")[0].partition("-")[0]
    tail = rest[len(digits) :] if dot else ""
    try:
        found = datetime.fromisoformat(f"{head}.{digits[:6]:0<6}{tail}" if dot else head)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
