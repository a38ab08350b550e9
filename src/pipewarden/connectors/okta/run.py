"""One collection: steps that are kept when they are done, refusals that become gaps, rows that become facts."""

import hashlib
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from pipewarden.access.okta.places import tenant_ref
from pipewarden.connectors.answers import ODD_SHAPES
from pipewarden.connectors.base import Keeper, Progress
from pipewarden.connectors.collecting import Collecting
from pipewarden.connectors.okta.client import Okta
from pipewarden.connectors.okta.permissions import PERMISSIONS
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.facts import (
    AnyFact,
    Cause,
    Certainty,
    Membership,
    Origin,
)
from pipewarden.model.ids import Kind, Ref

LONGEST_NAME = 300
"""Names are cut here: Okta's own limits are shorter."""


class Run(Collecting):
    """What every part of the collection needs: the client, the tenant, and where facts go."""

    permissions = PERMISSIONS

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
        super().__init__(okta.http, instance, into, progress, keeper, source)
        self.okta = okta
        self.name = name
        self.tenant = tenant_ref(instance)

    # --- facts ------------------------------------------------------------------------------------

    def ref(self, kind: Kind, key: object) -> Ref:
        """Return an id in this organization. Raises ValueError for what is no id."""
        if not isinstance(key, str) or not key:
            raise ValueError("an id is missing")
        return Ref(self.instance, kind, key)

    def origin(self, endpoint: str, certainty: Certainty = Certainty.KNOWN) -> Origin:
        """Return where a fact comes from, read now."""
        return super().origin(f"GET {endpoint}", certainty)

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
        kept = self.kept(key)
        facts = kept.facts if kept else await self.guarded(scope or self.tenant, facet, work)
        if kept is None and not self.keep(key, facts):
            self._keeps = False  # what follows leans on it, and is read anew with it
        self.add(*facts)
        return facts

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
