"""One collection: steps that are kept when they are done, and refusals that become gaps."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, NamedTuple

import msgspec

from pipewarden.connectors.base import Keeper, Progress, cause_of
from pipewarden.connectors.github.client import CredentialRefused, GitHub
from pipewarden.connectors.github.permissions import PERMISSIONS
from pipewarden.connectors.plain_secrets import key_without_store
from pipewarden.errors import BudgetSpent, SourceError
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.facets import Facet
from pipewarden.model.facts import (
    Account,
    AnyFact,
    Cause,
    Certainty,
    Entity,
    Gap,
    Gate,
    Grant,
    GrantKind,
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
from pipewarden.model.ids import Kind, Ref
from pipewarden.pipelines.plain import Key

_TYPES: dict[str, type[Any]] = {
    fact.__name__: fact
    for fact in (Account, Gap, Gate, Grant, Group, Identity, Machine, Membership, Resource, Role, Trust, Use)
}
_DECODERS = {name: msgspec.json.Decoder(fact) for name, fact in _TYPES.items()}
_ENCODER = msgspec.json.Encoder()

OWNERS_SEE_MORE = frozenset({"organization", "saml", "enterprise", "enterprise_saml", "enterprise_oidc", "members"})
"""Queries whose answer holds more for an organization's owner than for an app."""

PASSING = frozenset({Cause.BUDGET, Cause.RATE_LIMITED, Cause.UNREACHABLE})
"""Causes that may be gone when the next run asks."""

LEANED_ON = (Facet.ORG_REPO_ROLES, "people.members", "people.outsiders", "repositories.")
"""Beginnings of steps whose facts later ones look at: a collaborator who is no member is an account of its own, and
details are read of the repositories that were listed."""

NOTE = "note"

ODD_SHAPES = (KeyError, IndexError, TypeError, AttributeError, ValueError, OverflowError)
"""What reading an answer raises where it does not have the shape that is documented."""


class Kept(NamedTuple):
    """What a run that was killed kept of a step."""

    facts: list[AnyFact]
    note: dict[str, Any] | None


class Run:
    """What every part of the collection needs: the client, the organization, and where facts go."""

    def __init__(
        self,
        github: GitHub,
        login: str,
        instance: str,
        into: SnapshotBuilder,
        progress: Progress,
        keeper: Keeper | None,
        source: str,
    ) -> None:
        self.github = github
        self.login = login
        self.instance = instance
        self.org = Ref(instance, Kind.ORGANIZATION, "")
        self.enterprise: Ref | None = None
        self.progress = progress
        self._into = into
        self._keeper = keeper
        self._source = source
        self._kept = keeper.checkpoints(source) if keeper else {}
        self.fingerprint_key: Key = keeper.fingerprint_key if keeper else key_without_store
        self._keeps = True
        self._documents: dict[str, str] = {}
        self.deferred: list[str] = []

    # --- facts ------------------------------------------------------------------------------------

    def add(self, *facts: AnyFact) -> None:
        """Put facts into the snapshot."""
        self._into.add(*facts)

    def knows(self, ref: Ref) -> bool:
        """Tell whether something was read before."""
        return ref in self._into._entities  # noqa: SLF001 - the builder is this run's own

    def known(self, kind: Kind) -> list[Entity]:
        """Return all of a kind that was read so far of this host; what other systems have is not ours."""
        entities = self._into._entities.items()  # noqa: SLF001 - the builder is this run's own
        return [entity for ref, entity in entities if ref.kind is kind and ref.instance == self.instance]

    def gates(self) -> list[Gate]:
        """Return all gates that were read so far of this host."""
        records = self._into._records.values()  # noqa: SLF001 - the builder is this run's own
        return [fact for fact in records if isinstance(fact, Gate) and fact.ref.instance == self.instance]

    def used(self, what: str) -> list[Use]:
        """Return all of one kind that workflows were read to use so far."""
        return [fact for fact in self._into._records.values() if isinstance(fact, Use) and fact.what == what]  # noqa: SLF001

    def grants(self, kind: GrantKind) -> list[Grant]:
        """Return all grants of a kind that were read so far of this host."""
        grants = self._into._grants.values()  # noqa: SLF001 - the builder is this run's own
        return [grant for grant in grants if grant.kind is kind and grant.resource.instance == self.instance]

    def ref(self, kind: Kind, key: object) -> Ref:
        """Return an id on this host."""
        return Ref(self.instance, kind, str(key))

    def origin(self, endpoint: str, certainty: Certainty = Certainty.KNOWN) -> Origin:
        """Return where a fact comes from, read now."""
        moment = datetime.fromtimestamp(self.github.http.clock.now(), UTC)
        return Origin(endpoint, moment, certainty)

    def gap(
        self, scope: Ref, facet: str, refusal: SourceError | None = None, cause: Cause | None = None, detail: str = ""
    ) -> Gap:
        """Return a gap for a facet that was refused."""
        why = cause or (cause_of(refusal) if refusal else Cause.NOT_COLLECTED)
        closes = PERMISSIONS.get(facet, "") if why in {Cause.FORBIDDEN, Cause.NOT_FOUND, Cause.MISSING_FIELD} else ""
        endpoint = refusal.endpoint if refusal else ""
        return Gap(
            scope=scope,
            facet=facet,
            cause=why,
            detail=detail or (str(refusal) if refusal else ""),
            permission=closes,
            origin=self.origin(endpoint or facet),
        )

    # --- steps ------------------------------------------------------------------------------------

    def kept(self, key: str) -> Kept | None:
        """Return what a run before this one kept of a step, None where it kept nothing."""
        body = self._kept.pop(key, None)
        if body is None:
            return None
        rows = msgspec.json.decode(body, type=list[tuple[str, msgspec.Raw]])
        note = next((msgspec.json.decode(each) for name, each in rows if name == NOTE), None)
        return Kept([_DECODERS[name].decode(each) for name, each in rows if name != NOTE], note)

    def keep(self, key: str, facts: Iterable[AnyFact], note: dict[str, Any] | None = None) -> None:
        """Keep a step's facts for a run that goes on, with a note of where it goes on.

        A step that met what passes by itself is read again instead, and so is whatever leaned on it.
        """
        if self._keeper is None or not self._keeps:
            return
        if any(isinstance(fact, Gap) and fact.cause in PASSING for fact in facts):
            if key.startswith(LEANED_ON):
                self.keep_no_more()
            return
        packed = [(type(fact).__name__, msgspec.Raw(_ENCODER.encode(fact))) for fact in facts]
        if note is not None:
            packed.append((NOTE, msgspec.Raw(_ENCODER.encode(note))))
        self._keeper.put_checkpoint(self._source, key, _ENCODER.encode(packed))

    def keep_no_more(self) -> None:
        """Keep nothing from here on: it leans on what the next run may read otherwise."""
        self._keeps = False

    async def step(self, key: str, work: Callable[[], Awaitable[Iterable[AnyFact]]]) -> list[AnyFact]:
        """Do one step, or take what it gave before the run was killed; its facts are kept before the next begins."""
        kept = self.kept(key)
        if kept is None:
            facts = list(await work())
            self.keep(key, facts)
        else:
            facts = kept.facts
        self.add(*facts)
        return facts

    async def facet(
        self, facet: str, work: Callable[[], Awaitable[Iterable[AnyFact]]], *, scope: Ref | None = None, key: str = ""
    ) -> list[AnyFact]:
        """Do a step that reads one facet; a refusal becomes its gap. Only a refused credential stops the run."""

        async def guarded() -> Iterable[AnyFact]:
            try:
                return await work()
            except CredentialRefused:
                raise
            except SourceError as refusal:
                return [self.gap(scope or self.org, facet, refusal)]
            except ODD_SHAPES as fault:
                detail = f"the answer has a shape that is not known ({type(fault).__name__})"
                return [self.gap(scope or self.org, facet, cause=Cause.UNEXPECTED, detail=detail)]

        return await self.step(key or facet, guarded)

    async def listed(self, path: str, *, template: str, items: str = "", **more: Any) -> list[Any]:
        """Return all items of a list."""
        return [row async for row in self.github.pages(path, template=template, items=items, **more)]

    # --- GraphQL ----------------------------------------------------------------------------------

    def document(self, name: str) -> str:
        """Return a query's text."""
        if name not in self._documents:
            path = files("pipewarden.connectors.github") / "queries" / f"{name}.graphql"
            self._documents[name] = path.read_text(encoding="utf-8")
        return self._documents[name]

    async def graphql(self, query: str, /, **variables: Any) -> Any:
        """Send a named query."""
        needs = "owner" if query in OWNERS_SEE_MORE else "any"
        return await self.github.graphql(self.document(query), variables, name=query, needs=needs)

    def out_of_budget(self) -> bool:
        """Tell whether this run may send no more requests."""
        try:
            self.github._spend()  # noqa: SLF001 - the same connector
        except BudgetSpent:
            return True
        return False


def moment(text: Any) -> datetime | None:
    """Read GitHub's times: ISO 8601, or seconds since 1970; None for null. Anything else is None too."""
    if isinstance(text, (int, float)) and not isinstance(text, bool):
        return datetime.fromtimestamp(text / 1000 if text > 1e11 else text, UTC)
    if not isinstance(text, str) or not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def picked(row: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return the named fields that were given; a null stays a null, an absent field stays absent."""
    return {name: row[name] for name in names if name in row}
