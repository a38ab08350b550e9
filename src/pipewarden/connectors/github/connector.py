"""Collects one organization of GitHub: the order of what is read, and what is left for next time."""

import asyncio
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from pipewarden.connectors.base import CredentialRefused, Keeper, Progress
from pipewarden.connectors.github import (
    actions,
    activity,
    automation,
    details,
    enterprise,
    groups,
    machines,
    managed,
    organization,
    people,
    repositories,
    rulesets,
    watched,
)
from pipewarden.connectors.github.asking_zizmor import Asking
from pipewarden.connectors.github.client import GitHub
from pipewarden.connectors.github.composed import composed
from pipewarden.connectors.github.run import Run
from pipewarden.connectors.github.stated_trusts import MOST_REPOSITORIES
from pipewarden.connectors.second_opinion import Without
from pipewarden.connectors.zizmor import Zizmor
from pipewarden.errors import CredentialError, NotFound, SourceError, UnknownName, Unreachable
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.facts import Identity
from pipewarden.model.ids import Kind
from pipewarden.pipelines.github.frames import Elsewhere, nowhere
from pipewarden.pipelines.plain import Key

LEFT = "left for next time"


class GitHubConnector:
    """Reads one organization; never writes."""

    def __init__(
        self,
        make: Callable[[], GitHub],
        login: str,
        *,
        instance: str = "github.com",
        enterprise: str = "",
        include: tuple[str, ...] = (),
        exclude: tuple[str, ...] = (),
        keeper: Keeper | None = None,
        zizmor: Zizmor | Without | None = None,
        key: Key | None = None,
        searched: int = MOST_REPOSITORIES,
    ) -> None:
        """`searched` bounds the repositories that are searched for trusts in one run.

        `zizmor` is asked about the workflows beside our own rules, or is why nobody is; None: it is no part of this.

        `key` keys the fingerprints of secrets in plain text; without one the keeper's does.
        """
        self._key = key
        self._searched = searched
        self.keep_opened = False
        self.elsewhere: Elsewhere = nowhere
        self.zizmor = zizmor
        self.address = f"github:{login}"
        self.login = login
        self.instance = instance
        self.enterprise = enterprise
        self._make = make
        self._include = include
        self._exclude = exclude
        self._keeper = keeper

    async def collect(self, into: SnapshotBuilder, progress: Progress) -> dict[str, int]:
        """Read everything; returns what was spent. Raises CredentialError, UnknownName or Unreachable where nothing can be read."""
        github = self._make()
        run = Run(github, self.login, self.instance, into, progress, self._keeper, self.address)
        run.fingerprint_key = self._key or run.fingerprint_key
        seen_before = activity.known(into)
        try:
            attributes = await self._organization(run)
            seen = await self._rest(run, attributes)
            await activity.activity(run, seen_before)
            await watched.watched(run)
            await self._details(run, seen)
            await actions.actions(run)
            opened = composed(run)
            self.elsewhere = opened if self.keep_opened else nowhere
        except CredentialRefused as refusal:
            raise CredentialError(
                f"GitHub does not accept the credential for {self.login}",
                hint="Is it expired or revoked? `pipewarden doctor` tests it.",
            ) from refusal
        finally:
            await github.http.close()
        if self._keeper:
            self._keeper.clear_checkpoints(self.address)
            if run.deferred:
                self._keeper.put_checkpoint(f"{self.address} {LEFT}", "repositories", msgspec.json.encode(run.deferred))
            else:
                self._keeper.clear_checkpoints(f"{self.address} {LEFT}")
        return self._spent(github)

    async def _organization(self, run: Run) -> dict[str, Any]:
        run.progress("organization", 0, 0)
        try:
            return await organization.organization(run, self.enterprise)
        except NotFound:
            raise UnknownName(
                f"there is no organization {self.login} on {self.instance} that this credential sees",
                hint="Check the name; a token must be allowed to see the organization (and authorized for its single sign-on).",
            ) from None
        except (CredentialRefused, Unreachable):
            raise
        except SourceError as refusal:
            raise CredentialError(
                f"{self.login} cannot be read: {refusal}",
                hint=refusal.hint or "`pipewarden doctor` says which permissions are missing.",
            ) from None

    async def _rest(self, run: Run, attributes: dict[str, Any]) -> list[repositories.Seen]:
        await organization.roles(run)
        await people.people(run)
        await asyncio.gather(
            people.teams(run),
            people.sign_on(run),
            machines.machines(run),
            automation.automation(run),
            organization.webhooks(run),
            organization.invitations(run),
            rulesets.organization_rulesets(run),
        )
        await groups.groups(run)
        await enterprise.enterprise(run)
        await managed.managed(run)
        into = run._into  # noqa: SLF001 - part of the same connector
        records = into._records.values()  # noqa: SLF001
        identities = [f for f in records if isinstance(f, Identity) and f.ref.instance == self.instance]
        into.add(*people.link_sign_on(into._entities, identities))  # noqa: SLF001
        default = (attributes.get("actions_workflow") or {}).get("default_workflow_permissions")
        asking = Asking(self.zizmor)
        seen = await repositories.repositories(run, default, wanted=self._wanted, asking=asking)
        await details.listing(run, seen)
        return seen

    async def _details(self, run: Run, seen: list[repositories.Seen]) -> None:
        accounts = {entity.name: entity.ref for entity in run.known(Kind.ACCOUNT)}
        await details.details(run, seen, accounts, self._first(), self._searched)

    def _wanted(self, name: str) -> bool:
        short = name.rpartition("/")[2]
        if self._include and not any(fnmatchcase(short, p) or fnmatchcase(name, p) for p in self._include):
            return False
        return not any(fnmatchcase(short, p) or fnmatchcase(name, p) for p in self._exclude)

    def _first(self) -> set[str]:
        if not self._keeper:
            return set()
        kept = self._keeper.checkpoints(f"{self.address} {LEFT}").get("repositories")
        return set(msgspec.json.decode(kept, type=list[str])) if kept else set()

    def _spent(self, github: GitHub) -> dict[str, int]:
        counters = github.http.counters
        graphql = sum(n for name, n in counters.requests.items() if name.startswith("graphql"))
        return {
            "requests": counters.total,
            "rest_requests": counters.total - graphql,
            "graphql_requests": graphql,
            "graphql_points": github.points,
            "unchanged": counters.unchanged,
            "retries": counters.retries,
            "waited_seconds": round(github.http.limit.waited_seconds),
            "megabytes": counters.bytes // 1_000_000,
        }
