"""One collection of a controller: steps that are kept when they are done, and refusals that become gaps."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec

from pipewarden.connectors.base import Keeper, Progress, cause_of
from pipewarden.connectors.jenkins.client import CredentialRefused, Jenkins
from pipewarden.connectors.jenkins.permissions import PERMISSIONS
from pipewarden.errors import SourceError
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.facts import (
    Account,
    AnyFact,
    Cause,
    Certainty,
    Gap,
    Grant,
    Group,
    Membership,
    Origin,
    Resource,
    Role,
    Use,
)
from pipewarden.model.ids import Kind, Ref

_TYPES: dict[str, type[Any]] = {
    fact.__name__: fact for fact in (Account, Gap, Grant, Group, Membership, Resource, Role, Use)
}
_DECODERS = {name: msgspec.json.Decoder(fact) for name, fact in _TYPES.items()}
_ENCODER = msgspec.json.Encoder()

PASSING = frozenset({Cause.BUDGET, Cause.RATE_LIMITED, Cause.UNREACHABLE})
"""Causes that may be gone when the next run asks."""

ODD_SHAPES = (KeyError, IndexError, TypeError, AttributeError, ValueError, OverflowError)
"""What reading an answer raises where it does not have the shape that is documented."""

MOST_NAME = 2_000
"""A name that is longer is cut: no job, user or label of a real controller comes near."""


class Run:
    """What every part of the collection needs: the client, the controller's name, and where facts go."""

    def __init__(
        self,
        jenkins: Jenkins,
        name: str,
        instance: str,
        into: SnapshotBuilder,
        progress: Progress,
        keeper: Keeper | None,
        source: str,
    ) -> None:
        self.jenkins = jenkins
        self.name = name
        self.instance = instance
        self.tenant = Ref(instance, Kind.TENANT, "controller")
        self.progress = progress
        self._into = into
        self._keeper = keeper
        self._source = source
        self._kept = keeper.checkpoints(source) if keeper else {}

    def shown(self, full_name: str = "") -> str:
        """Return the address of something of this controller, as people type it."""
        return f"jenkins:{self.name}" + (f"/{full_name}" if full_name else "")

    def ref(self, kind: Kind, key: str) -> Ref:
        """Return an id on this controller."""
        return Ref(self.instance, kind, key[:MOST_NAME])

    def knows(self, ref: Ref) -> bool:
        """Tell whether something was read before."""
        return ref in self._into._entities  # noqa: SLF001 - the builder is this run's own

    def known(self, *kinds: Kind) -> list[Any]:
        """Return all of some kinds that was read so far."""
        entities = self._into._entities.items()  # noqa: SLF001 - the builder is this run's own
        return [entity for ref, entity in entities if ref.kind in kinds and ref.instance == self.instance]

    def scopes(self) -> dict[str, str]:
        """Return the scopes of the controller's own credentials by id, as the export tells them."""
        return dict(self.setting("scopes") or {})

    def setting(self, name: str) -> Any:
        """Return a setting of the export, None where it was not read."""
        tenant = self._into._entities.get(self.tenant)  # noqa: SLF001 - the builder is this run's own
        configuration = tenant.attributes.get("configuration") if tenant else None
        return configuration.get(name) if isinstance(configuration, dict) else None

    def granted(self) -> list[Ref]:
        """Return everybody who was seen to hold a grant here."""
        held = self._into._grants.values()  # noqa: SLF001 - the builder is this run's own
        return list(dict.fromkeys(g.principal for g in held if g.principal.instance == self.instance))

    def origin(self, endpoint: str, certainty: Certainty = Certainty.KNOWN) -> Origin:
        """Return where a fact comes from, read now."""
        return Origin(endpoint, datetime.fromtimestamp(self.jenkins.http.clock.now(), UTC), certainty)

    def gap(
        self, scope: Ref, facet: str, refusal: SourceError | None = None, cause: Cause | None = None, detail: str = ""
    ) -> Gap:
        """Return a gap for a facet that was refused, or that Jenkins does not show."""
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

    async def guarded(
        self, facet: str, work: Callable[[], Awaitable[Iterable[AnyFact]]], scope: Ref | None = None
    ) -> list[AnyFact]:
        """Read one facet; a refusal becomes its gap. Only a refused credential stops the run."""
        try:
            return list(await work())
        except CredentialRefused:
            raise
        except SourceError as refusal:
            return [self.gap(scope or self.tenant, facet, refusal)]
        except ODD_SHAPES as fault:
            detail = f"the answer has a shape that is not known ({type(fault).__name__})"
            return [self.gap(scope or self.tenant, facet, cause=Cause.UNEXPECTED, detail=detail)]

    async def step(self, key: str, work: Callable[[], Awaitable[Iterable[AnyFact]]]) -> list[AnyFact]:
        """Do one step, or take what it gave before the run was killed; its facts are kept before the next begins.

        What met something that passes by itself is read again by the next run.
        """
        body = self._kept.pop(key, None)
        if body is None:
            facts = list(await work())
            passing = any(isinstance(fact, Gap) and fact.cause in PASSING for fact in facts)
            if self._keeper is not None and not passing:
                packed = [(type(fact).__name__, msgspec.Raw(_ENCODER.encode(fact))) for fact in facts]
                self._keeper.put_checkpoint(self._source, key, _ENCODER.encode(packed))
        else:
            rows = msgspec.json.decode(body, type=list[tuple[str, msgspec.Raw]])
            facts = [_DECODERS[name].decode(each) for name, each in rows]
        self._into.add(*facts)
        return facts


def text(value: Any) -> str:
    """Return a string of an answer, cut where it is absurdly long; raises TypeError for anything else."""
    if not isinstance(value, str):
        raise TypeError("not a string")
    return value[:MOST_NAME]


def picked(row: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return the named fields that were given; a null stays a null, an absent field stays absent."""
    return {name: row[name] for name in names if name in row}


def moment(millis: Any) -> datetime | None:
    """Read Jenkins' times: milliseconds since 1970; None for anything else."""
    if isinstance(millis, bool) or not isinstance(millis, (int, float)) or not 0 < millis < 1e14:
        return None
    return datetime.fromtimestamp(millis / 1000, UTC)
