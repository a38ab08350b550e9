"""One collection: steps that are kept when they are done, and refusals that become gaps."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import msgspec

from pipewarden.connectors.base import Keeper, Progress, cause_of
from pipewarden.connectors.github.client import CredentialRefused, GitHub
from pipewarden.connectors.github.permissions import PERMISSIONS
from pipewarden.errors import BudgetSpent, SourceError, UnexpectedAnswer, Unreachable
from pipewarden.model.columns import SnapshotBuilder
from pipewarden.model.facets import Facet
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
from pipewarden.model.ids import Kind, Ref

_TYPES: dict[str, type[Any]] = {
    fact.__name__: fact
    for fact in (Account, Gap, Gate, Grant, Group, Identity, Machine, Membership, Resource, Role, Trust, Use)
}
_DECODERS = {name: msgspec.json.Decoder(fact) for name, fact in _TYPES.items()}
_ENCODER = msgspec.json.Encoder()

OWNERS_SEE_MORE = frozenset({"organization", "saml", "enterprise", "members"})
"""Queries whose answer holds more for an organization's owner than for an app."""

PASSING = frozenset({Cause.BUDGET, Cause.RATE_LIMITED, Cause.UNREACHABLE})
"""Causes that may be gone when the next run asks."""

LEANED_ON = frozenset({Facet.ORG_REPO_ROLES, "people.members", "people.outsiders"})
"""Steps whose facts later ones look at: a collaborator who is no member is an account of its own."""

SMALLEST_PAGE = 1
GROW_AFTER = 5
"""After this many good pages in a row the page size doubles again."""


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
        self._keeps = True
        self._documents: dict[str, str] = {}
        self.deferred: list[str] = []

    # --- facts ------------------------------------------------------------------------------------

    def add(self, *facts: AnyFact) -> None:
        """Put facts into the snapshot."""
        self._into.add(*facts)

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

    def kept(self, key: str) -> list[AnyFact] | None:
        """Return the facts that a run before this one kept of a step, None where it kept none."""
        body = self._kept.pop(key, None)
        if body is None:
            return None
        rows = msgspec.json.decode(body, type=list[tuple[str, msgspec.Raw]])
        return [_DECODERS[name].decode(each) for name, each in rows]

    def keep(self, key: str, facts: Iterable[AnyFact]) -> None:
        """Keep a step's facts for a run that goes on.

        A step that met what passes by itself is read again instead, and so is whatever leaned on it.
        """
        if self._keeper is None or not self._keeps:
            return
        if any(isinstance(fact, Gap) and fact.cause in PASSING for fact in facts):
            self._keeps = key not in LEANED_ON
            return
        packed = [(type(fact).__name__, msgspec.Raw(_ENCODER.encode(fact))) for fact in facts]
        self._keeper.put_checkpoint(self._source, key, _ENCODER.encode(packed))

    async def step(self, key: str, work: Callable[[], Awaitable[Iterable[AnyFact]]]) -> list[AnyFact]:
        """Do one step, or take what it gave before the run was killed; its facts are kept before the next begins."""
        facts = self.kept(key)
        if facts is None:
            facts = list(await work())
            self.keep(key, facts)
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

    async def connection(
        self, name: str, find: Callable[[dict[str, Any]], dict[str, Any] | None], *, first: int, **variables: Any
    ) -> Any:
        """Yield (cursor, connection, answer) for each page, asking for half as much where GitHub gives up.

        https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api: a query that runs
        longer than ten seconds is ended with 502 or 504.
        """
        size, good, after = first, 0, None
        seen: set[str] = set()
        while True:
            try:
                answer = await self.graphql(name, first=size, after=after, **variables)
            except Unreachable as refusal:
                if refusal.status not in {502, 504} or size <= SMALLEST_PAGE:
                    raise
                size, good = max(SMALLEST_PAGE, size // 2), 0
                continue
            found = find(answer.data)
            yield after or "", found, answer
            if not found or not (found.get("pageInfo") or {}).get("hasNextPage"):
                return
            after = found["pageInfo"].get("endCursor")
            if not after or after in seen:
                raise UnexpectedAnswer(f"{name} leads in a circle", endpoint=name)
            seen.add(after)
            good += 1
            if good >= GROW_AFTER and size < first:
                size, good = min(first, size * 2), 0

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
