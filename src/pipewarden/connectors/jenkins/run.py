"""One collection of a controller: steps that are kept when they are done, and refusals that become gaps."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from pipewarden.connectors.base import Keeper, Progress
from pipewarden.connectors.collecting import Collecting
from pipewarden.connectors.jenkins.client import Jenkins
from pipewarden.connectors.jenkins.permissions import PERMISSIONS
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.facts import (
    AnyFact,
)
from pipewarden.model.ids import Kind, Ref

MOST_NAME = 2_000
"""A name that is longer is cut: no job, user or label of a real controller comes near."""


class Run(Collecting):
    """What every part of the collection needs: the client, the controller's name, and where facts go."""

    permissions = PERMISSIONS

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
        super().__init__(jenkins.http, instance, into, progress, keeper, source)
        self.jenkins = jenkins
        self.name = name
        self.tenant = Ref(instance, Kind.TENANT, "controller")

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

    def sign_in(self, login: str) -> dict[str, str]:
        """Return how somebody of that id signs in, as far as the realm tells: attributes of the account.

        Jenkins' own user database, and the account beside OpenID Connect for the day on which the provider is away, ask
        for a password alone.
        """
        hatch = self.setting("escape_hatch")
        if self.setting("realm") == "local" or (isinstance(hatch, str) and hatch.lower() == login.lower()):
            return {"sign_in": "local", "mfa": "disabled"}
        claim = self.setting("id_claim")
        return {"sign_in": str(self.setting("realm")), "id_claim": claim} if isinstance(claim, str) else {}

    def granted(self) -> list[Ref]:
        """Return everybody who was seen to hold a grant here."""
        held = self._into._grants.values()  # noqa: SLF001 - the builder is this run's own
        return list(dict.fromkeys(g.principal for g in held if g.principal.instance == self.instance))

    async def step(self, key: str, work: Callable[[], Awaitable[Iterable[AnyFact]]]) -> list[AnyFact]:
        """Do one step, or take what it gave before the run was killed; its facts are kept before the next begins.

        What met something that passes by itself is read again by the next run.
        """
        kept = self.kept(key)
        facts = kept.facts if kept else list(await work())
        if kept is None:
            self.keep(key, facts)
        self._into.add(*facts)
        return facts


def text(value: Any) -> str:
    """Return a string of an answer, cut where it is absurdly long; raises TypeError for anything else."""
    if not isinstance(value, str):
        raise TypeError("not a string")
    return value[:MOST_NAME]


def moment(millis: Any) -> datetime | None:
    """Read Jenkins' times: milliseconds since 1970; None for anything else."""
    if isinstance(millis, bool) or not isinstance(millis, (int, float)) or not 0 < millis < 1e14:
        return None
    return datetime.fromtimestamp(millis / 1000, UTC)
