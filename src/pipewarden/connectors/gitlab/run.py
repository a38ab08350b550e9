"""One collection of GitLab: steps that are kept when they are done, and refusals that become gaps."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import structs

from pipewarden.connectors.base import Keeper, Progress, cause_of
from pipewarden.connectors.gitlab.client import CredentialRefused, GitLab
from pipewarden.connectors.gitlab.permissions import PERMISSIONS
from pipewarden.errors import SourceError
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
    Use,
)
from pipewarden.model.ids import Kind, Ref

_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {
    fact.__name__: msgspec.json.Decoder(fact)
    for fact in (Account, Gap, Gate, Grant, Group, Identity, Machine, Membership, Resource, Role, Use)
}
_ENCODER = msgspec.json.Encoder()

PASSING = frozenset({Cause.BUDGET, Cause.RATE_LIMITED, Cause.UNREACHABLE})
"""Causes that may be gone when the next run asks."""

ODD_SHAPES = (KeyError, IndexError, TypeError, AttributeError, ValueError, OverflowError)
"""What reading an answer raises where it does not have the shape that is documented."""

LONGEST_NAME = 500
"""Longer names are cut: GitLab allows 255 characters."""

Facts = Iterable[AnyFact]


class Run:
    """What every part of the collection needs: the client, the instance, and where facts go."""

    def __init__(
        self,
        gitlab: GitLab,
        instance: str,
        into: SnapshotBuilder,
        progress: Progress,
        keeper: Keeper | None,
        source: str,
    ) -> None:
        self.gitlab = gitlab
        self.instance = instance
        self.progress = progress
        self.tenant: Ref | None = None
        """The instance as a thing of its own, where the company runs it."""
        self.free = False
        """It is known that the plan lacks what comes with Premium and Ultimate."""
        self.services: frozenset[str] = frozenset()
        """The ids of users that are service accounts, whatever they are called."""
        self.into = into
        self._keeper = keeper
        self._source = source
        self._kept = keeper.checkpoints(source) if keeper else {}
        self._notes: dict[Ref, Account | Machine] = {}
        self._told: dict[Ref, Role | Group] = {}

    # --- facts ------------------------------------------------------------------------------------

    def add(self, *facts: AnyFact) -> None:
        """Put facts into the snapshot. What several lists tell of one person or machine is put together."""
        for fact in facts:
            if isinstance(fact, (Account, Machine)) and fact.ref.kind is not Kind.JOB:
                known = self._notes.get(fact.ref)
                whole = fact if known is None else together(known, fact)
                self._notes[fact.ref] = whole
                self.into.add(whole)
            elif isinstance(fact, (Role, Group)):
                # told by many lists: the same one counts, whichever was read first
                first = self._told.setdefault(fact.ref, fact)
                if fact.origin.endpoint < first.origin.endpoint:
                    first = self._told[fact.ref] = fact
                self.into.add(first)
            else:
                self.into.add(fact)

    def knows(self, role: Ref) -> bool:
        """Tell whether some list told what a role is."""
        return role in self._told

    def ref(self, kind: Kind, key: object) -> Ref:
        """Return an id on this instance."""
        return Ref(self.instance, kind, str(key))

    def origin(self, endpoint: str, certainty: Certainty = Certainty.KNOWN) -> Origin:
        """Return where a fact comes from, read now."""
        return Origin(endpoint, datetime.fromtimestamp(self.gitlab.http.clock.now(), UTC), certainty)

    def gap(
        self,
        scope: Ref,
        facet: str,
        refusal: SourceError | None = None,
        *,
        cause: Cause | None = None,
        detail: str = "",
    ) -> Gap:
        """Return a gap for a facet that was refused."""
        why = cause or (cause_of(refusal) if refusal else Cause.NOT_COLLECTED)
        closes = PERMISSIONS.get(facet, "") if why in {Cause.FORBIDDEN, Cause.NOT_FOUND, Cause.MISSING_FIELD} else ""
        return Gap(
            scope=scope,
            facet=facet,
            cause=why,
            detail=detail or (str(refusal) if refusal else ""),
            permission=closes,
            origin=self.origin((refusal.endpoint if refusal else "") or facet),
        )

    # --- steps ------------------------------------------------------------------------------------

    def kept(self, key: str) -> list[AnyFact] | None:
        """Return what a run before this one kept of a step, None where it kept nothing."""
        body = self._kept.pop(key, None)
        if body is None:
            return None
        return [
            _DECODERS[name].decode(raw) for name, raw in msgspec.json.decode(body, type=list[tuple[str, msgspec.Raw]])
        ]

    async def step(self, key: str, work: Callable[[], Awaitable[Facts]]) -> list[AnyFact]:
        """Do one step, or take what it gave before the run was killed; a step that met what passes is read again."""
        facts = self.kept(key)
        if facts is None:
            facts = list(await work())
            passing = any(isinstance(fact, Gap) and fact.cause in PASSING for fact in facts)
            if self._keeper is not None and not passing:
                packed = [(type(fact).__name__, msgspec.Raw(_ENCODER.encode(fact))) for fact in facts]
                self._keeper.put_checkpoint(self._source, key, _ENCODER.encode(packed))
        self.add(*facts)
        return facts

    async def read(self, scope: Ref, facet: str, work: Callable[[], Awaitable[Facts]]) -> list[AnyFact]:
        """Return a facet's facts; a refusal becomes its gap. Only a refused token stops the run."""
        try:
            return list(await work())
        except CredentialRefused:
            raise
        except SourceError as refusal:
            return [self.gap(scope, facet, refusal)]
        except ODD_SHAPES as fault:
            detail = f"the answer has a shape that is not known ({type(fault).__name__})"
            return [self.gap(scope, facet, cause=Cause.UNEXPECTED, detail=detail)]

    async def premium(self, scope: Ref, facet: str, work: Callable[[], Awaitable[Facts]]) -> list[AnyFact]:
        """Read a facet that only Premium and Ultimate have; it is not asked for where the plan is known to lack it."""
        if self.free:
            return [self.gap(scope, facet, cause=Cause.PLAN, detail="comes with GitLab Premium")]
        return await self.read(scope, facet, work)

    async def rows(self, path: str, *, template: str, **params: Any) -> list[dict[str, Any]]:
        """Return all rows of a list."""
        return [row async for row in self.gitlab.pages(path, template=template, params=params)]


def together(one: Account | Machine, other: Account | Machine) -> Account | Machine:
    """Return what two lists tell of the same person or machine, the same whichever was read first."""
    first, second = sorted((one, other), key=lambda fact: (fact.origin.endpoint, fact.name))
    attributes = dict(second.attributes)
    attributes |= {key: value for key, value in first.attributes.items() if value is not None or key not in attributes}
    times = {
        name: getattr(first, name) or getattr(second, name)
        for name in ("created_at", "last_used_at", "expires_at", "owner", "parent")
        if hasattr(first, name)
    }
    return structs.replace(first, attributes=attributes, **times)


def moment(text: Any) -> datetime | None:
    """Read GitLab's times and dates (a date ends at midnight UTC); None for null and for anything else."""
    if not isinstance(text, str) or not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def picked(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return the named fields that were given; a null stays a null, an absent field stays absent."""
    return {name: row[name] for name in names if name in row}


def named(row: Mapping[str, Any], *names: str) -> str:
    """Return the first of some fields that is a text, cut to what a name may be; the row's id where none is."""
    for name in names:
        value = row.get(name)
        if isinstance(value, str) and value:
            return value[:LONGEST_NAME]
    return str(row["id"])


def number(value: Any) -> int | None:
    """Return a whole number, written as one or as text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    text = str(value)
    return int(text) if text.removeprefix("-").isdigit() and len(text) < 12 else None
