"""One collection: steps that are kept when they are done, refusals that become gaps, rows that become facts."""

import hashlib
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec

from pipewarden.access.okta.places import tenant_ref
from pipewarden.connectors.base import Keeper, Progress, cause_of
from pipewarden.connectors.okta.client import CredentialRefused, Okta
from pipewarden.connectors.okta.permissions import PERMISSIONS
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
    Machine,
    Membership,
    Origin,
    Resource,
    Role,
)
from pipewarden.model.ids import Kind, Ref

_TYPES: dict[str, type[Any]] = {
    fact.__name__: fact for fact in (Account, Gap, Gate, Grant, Group, Machine, Membership, Resource, Role)
}
_DECODERS = {name: msgspec.json.Decoder(fact) for name, fact in _TYPES.items()}
_ENCODER = msgspec.json.Encoder()

PASSING = frozenset({Cause.BUDGET, Cause.RATE_LIMITED, Cause.UNREACHABLE})
"""Causes that may be gone when the next run asks: a step that met one is read again."""

ODD_SHAPES = (KeyError, IndexError, TypeError, AttributeError, ValueError, OverflowError)
"""What reading an answer raises where it does not have the shape that is documented."""

LONGEST_NAME = 300
"""Names are cut here: Okta's own limits are shorter."""


class Run:
    """What every part of the collection needs: the client, the tenant, and where facts go."""

    def __init__(
        self,
        okta: Okta,
        name: str,
        instance: str,
        into: SnapshotBuilder,
        progress: Progress,
        keeper: Keeper | None,
        source: str,
    ) -> None:
        self.okta = okta
        self.name = name
        self.instance = instance
        self.tenant = tenant_ref(instance)
        self.progress = progress
        self._into = into
        self._keeper = keeper
        self._source = source
        self._kept = keeper.checkpoints(source) if keeper else {}
        self._keeps = True

    # --- facts ------------------------------------------------------------------------------------

    def ref(self, kind: Kind, key: object) -> Ref:
        """Return an id in this organization. Raises ValueError for what is no id."""
        if not isinstance(key, str) or not key:
            raise ValueError("an id is missing")
        return Ref(self.instance, kind, key)

    def origin(self, endpoint: str, certainty: Certainty = Certainty.KNOWN) -> Origin:
        """Return where a fact comes from, read now."""
        moment = datetime.fromtimestamp(self.okta.http.clock.now(), UTC)
        return Origin(f"GET {endpoint}", moment, certainty)

    def gap(
        self, scope: Ref, facet: str, refusal: SourceError | None = None, cause: Cause | None = None, detail: str = ""
    ) -> Gap:
        """Return a gap for a facet that was not read."""
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

    def add(self, *facts: AnyFact) -> None:
        """Put facts into the snapshot."""
        self._into.add(*facts)

    def memberships(self) -> list[Membership]:
        """Return all memberships of this organization that were read so far."""
        every = self._into._memberships.values()  # noqa: SLF001 - the builder is this run's own
        return [each for each in every if each.group.instance == self.instance]

    # --- steps ------------------------------------------------------------------------------------

    async def step(
        self, key: str, facet: str, work: Callable[[], Awaitable[Iterable[AnyFact]]], scope: Ref | None = None
    ) -> list[AnyFact]:
        """Do one step, or take what it gave before the run was killed; its facts are kept before the next begins.

        A refusal becomes the facet's gap. Only a refused credential stops the run.
        """
        kept = self._kept.pop(key, None)
        if kept is not None:
            rows = msgspec.json.decode(kept, type=list[tuple[str, msgspec.Raw]])
            facts: list[AnyFact] = [_DECODERS[name].decode(each) for name, each in rows]
        else:
            facts = list(await self.guarded(facet, work, scope or self.tenant))
            self._keep(key, facts)
        self.add(*facts)
        return facts

    async def guarded(
        self, facet: str, work: Callable[[], Awaitable[Iterable[AnyFact]]], scope: Ref
    ) -> Iterable[AnyFact]:
        """Return what some work gives, or the gap of its facet where it was refused."""
        try:
            return await work()
        except CredentialRefused:
            raise
        except SourceError as refusal:
            return [self.gap(scope, facet, refusal)]
        except ODD_SHAPES as fault:
            detail = f"the answer has a shape that is not known ({type(fault).__name__})"
            return [self.gap(scope, facet, cause=Cause.UNEXPECTED, detail=detail)]

    def _keep(self, key: str, facts: list[AnyFact]) -> None:
        if self._keeper is None or not self._keeps:
            return
        if any(isinstance(fact, Gap) and fact.cause in PASSING for fact in facts):
            # what follows leans on it, and is read anew with it
            self._keeps = False
            return
        packed = [(type(fact).__name__, msgspec.Raw(_ENCODER.encode(fact))) for fact in facts]
        self._keeper.put_checkpoint(self._source, key, _ENCODER.encode(packed))

    def understood(
        self, rows: Iterable[Any], facet: str, read: Callable[[Any], Iterable[AnyFact]], scope: Ref
    ) -> list[AnyFact]:
        """Return the facts of all rows; rows of an unknown shape become one gap, and take nothing else with them."""
        facts: list[AnyFact] = []
        odd = 0
        for row in rows:
            try:
                facts += list(read(row))
            except ODD_SHAPES:
                odd += 1
        if odd:
            detail = f"{odd} {'entry has' if odd == 1 else 'entries have'} a shape that is not known"
            facts.append(self.gap(scope, facet, cause=Cause.UNEXPECTED, detail=detail))
        return facts


def batch_key(step: str, refs: Iterable[Ref]) -> str:
    """Return the key of a step about some things: other things, another step."""
    digest = hashlib.blake2b("\n".join(ref.key for ref in refs).encode(), digest_size=12)
    return f"{step} {digest.hexdigest()}"


def moment(text: Any) -> datetime | None:
    """Read Okta's times (ISO 8601, UTC); None for null and for what is no time."""
    if not isinstance(text, str) or not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def word(value: Any, otherwise: str) -> str:
    """Return a name for display: the given one, cut to a sensible length, or another where there is none."""
    return value[:LONGEST_NAME] if isinstance(value, str) and value else otherwise


def inner(row: Any, *path: str) -> Any:
    """Return a value inside nested objects, None where any of them is absent or null."""
    for step in path:
        row = row.get(step) if isinstance(row, dict) else None
    return row


def given_name(row: dict[str, Any], *fields: str) -> None:
    """Go on only where fields that decide were given: without them nothing could be judged. Raises ValueError."""
    for field in fields:
        if not isinstance(row.get(field), str):
            raise ValueError(f"{field} was not given")  # noqa: TRY004 - an answer's shape, and no mistake of a caller


def picked(row: Any, *names: str) -> dict[str, Any]:
    """Return the named fields that were given; a null stays a null, an absent field stays absent."""
    return {name: row[name] for name in names if name in row} if isinstance(row, dict) else {}


def tail(href: Any) -> str:
    """Return the last part of a link's path: the id of what it leads to."""
    return href.rstrip("/").rpartition("/")[2] if isinstance(href, str) else ""
