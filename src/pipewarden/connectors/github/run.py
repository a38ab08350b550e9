"""One collection: steps that are kept when they are done, and refusals that become gaps."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from pipewarden.connectors.answers import moment as iso
from pipewarden.connectors.base import Keeper, Progress
from pipewarden.connectors.collecting import Collecting
from pipewarden.connectors.github.client import GitHub
from pipewarden.connectors.github.documents import document
from pipewarden.connectors.github.permissions import PERMISSIONS
from pipewarden.connectors.plain_secrets import key_without_store
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.facets import Facet
from pipewarden.model.facts import (
    AnyFact,
    Entity,
    Gate,
    Grant,
    GrantKind,
    Use,
)
from pipewarden.model.ids import Kind, Ref
from pipewarden.pipelines.plain import Key

OWNERS_SEE_MORE = frozenset({"organization", "saml", "enterprise", "enterprise_saml", "enterprise_oidc", "members"})
"""Queries whose answer holds more for an organization's owner than for an app."""

LEANED_ON = (Facet.ORG_REPO_ROLES, "people.members", "people.outsiders", "repositories.")
"""Beginnings of steps whose facts later ones look at: a collaborator who is no member is an account of its own, and
details are read of the repositories that were listed."""


class Run(Collecting):
    """What every part of the collection needs: the client, the organization, and where facts go."""

    permissions = PERMISSIONS

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
        super().__init__(github.http, instance, into, progress, keeper, source)
        self.github = github
        self.login = login
        self.org = Ref(instance, Kind.ORGANIZATION, "")
        self.enterprise: Ref | None = None
        self.fingerprint_key: Key = keeper.fingerprint_key if keeper else key_without_store
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

    # --- steps ------------------------------------------------------------------------------------

    def keep(self, key: str, facts: Iterable[AnyFact], note: dict[str, Any] | None = None) -> bool:
        """Keep a step's facts; one that met what passes is read again instead, and so is whatever leaned on it."""
        whole = super().keep(key, facts, note)
        if not whole and key.startswith(LEANED_ON):
            self.keep_no_more()
        return whole

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
        return await self.step(key or facet, lambda: self.guarded(scope or self.org, facet, work))

    async def listed(self, path: str, *, template: str, items: str = "", **more: Any) -> list[Any]:
        """Return all items of a list."""
        return [row async for row in self.github.pages(path, template=template, items=items, **more)]

    # --- GraphQL ----------------------------------------------------------------------------------

    async def graphql(self, query: str, /, **variables: Any) -> Any:
        """Send a named query."""
        needs = "owner" if query in OWNERS_SEE_MORE else "any"
        parted = variables.get("first", 1) > 1  # what lists nothing, or one thing, cannot ask for less
        return await self.github.graphql(document(query), variables, name=query, needs=needs, parted=parted)

    def out_of_budget(self) -> bool:
        """Tell whether this run may send no more requests."""
        return self.github.out_of_budget()


def moment(text: Any) -> datetime | None:
    """Read GitHub's times: ISO 8601, or seconds since 1970; None for null. Anything else is None too."""
    if isinstance(text, (int, float)) and not isinstance(text, bool):
        return datetime.fromtimestamp(text / 1000 if text > 1e11 else text, UTC)
    return iso(text)
