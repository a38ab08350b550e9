"""Collects one vault: the order of what is read. It reads and lists, and changes nothing."""

from collections.abc import Awaitable, Callable
from typing import Any

from pipewarden.connectors.base import Keeper, Progress, finished
from pipewarden.connectors.vault import identity, mounts, namespaces, rights, roles, tokens
from pipewarden.connectors.vault.client import Vault
from pipewarden.connectors.vault.logins import joined
from pipewarden.connectors.vault.mounts import Mount, mount_of
from pipewarden.connectors.vault.run import Run
from pipewarden.errors import CredentialError, SourceError, Unreachable
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.facets_vault import VaultFacet
from pipewarden.model.facts import AnyFact, Resource, Role
from pipewarden.model.ids import Kind
from pipewarden.model.systems import System, source


class VaultConnector:
    """Reads one vault; never writes."""

    def __init__(self, make: Callable[[], Vault], name: str, *, instance: str, keeper: Keeper | None = None) -> None:
        self.address = f"vault:{name}"
        self.name = name
        self.instance = instance
        self._make = make
        self._keeper = keeper

    async def collect(self, into: SnapshotBuilder, progress: Progress) -> dict[str, int]:
        """Read everything; returns what was spent. Raises CredentialError or Unreachable where nothing can be read."""
        vault = self._make()
        run = Run(vault, self.name, self.instance, into, progress, self._keeper, self.address)
        try:
            try:
                own = await vault.whoami()
            except (CredentialError, Unreachable):
                raise
            except SourceError as refusal:
                raise CredentialError(f"{self.address} cannot be read: {refusal}", hint=refusal.hint) from None
            into.add(source(self.instance, System.VAULT, run.origin("GET /auth/token/lookup-self")))
            into.add(mounts.tenant(run))
            into.add(*await run.guarded(run.tenant, VaultFacet.TOKENS, lambda: tokens.ours(run, own)))
            await self._rest(run, str(own.get("accessor") or ""))
        finally:
            await vault.http.close()
        finished(self._keeper, self.address, early=vault.out_of_budget())
        counters = vault.http.counters
        return {
            "requests": counters.total,
            "vault_requests": counters.total,
            "retries": counters.retries,
            "waited_seconds": round(vault.http.limit.waited_seconds),
            "megabytes": counters.bytes // 1_000_000,
        }

    async def _settings(self, run: Run) -> list[AnyFact]:
        """Read what holds for the whole vault, as attributes of it; what is refused stays absent and is a gap."""
        told: dict[str, Any] = {}
        gaps: list[AnyFact] = []
        wanted = [("login_mfa", VaultFacet.MFA, identity.login_mfa)]
        if not run.prefix:  # devices are the root's: "operation only available in root namespace"
            wanted.insert(0, ("audit_devices", VaultFacet.AUDIT, mounts.audit))
        for name, facet, read in wanted:

            async def one(
                name: str = name, read: Callable[[Run], Awaitable[list[dict[str, Any]]]] = read
            ) -> list[AnyFact]:
                return [mounts.tenant(run, **{name: await read(run)})]

            for fact in await run.guarded(run.tenant, facet, one):
                if isinstance(fact, Resource):
                    told |= fact.attributes
                else:
                    gaps.append(fact)
        return [mounts.tenant(run, **told), *gaps]

    async def _rest(self, run: Run, own: str, above: tuple[Role, ...] = ()) -> None:
        """Read a namespace, then those below it; `above` are the policies of those around it."""
        run.progress("mounts and policies", 0, 0)
        engines = await run.step("mounts", VaultFacet.MOUNTS, lambda: mounts.mounts(run))
        methods = await run.step("auth", VaultFacet.AUTH, lambda: mounts.methods(run))
        policies = await run.step("policies", VaultFacet.POLICIES, lambda: rights.policies(run))
        await run.step("settings", VaultFacet.AUDIT, lambda: self._settings(run))
        run.progress("entities and groups", 0, 0)
        facts = await run.step("entities", VaultFacet.ENTITIES, lambda: identity.entities(run))
        facts = facts + await run.step("groups", VaultFacet.GROUPS, lambda: identity.groups(run))
        run.progress("roles", 0, 0)
        for mount in _mounts(run, methods):

            async def read(mount: Mount = mount) -> list[AnyFact]:
                return await roles.roles(run, mount)

            facts = facts + await run.step(f"roles {mount.ref.key}", VaultFacet.ROLES, read)
        run._into.add(*joined(run, facts))  # noqa: SLF001 - part of the same connector
        run.progress("secret names", 0, 0)
        kept = _mounts(run, engines)
        stated = (*above, *(each for each in policies if isinstance(each, Role)))
        run._into.add(*rights.named(run, stated, kept))  # noqa: SLF001
        for mount in kept:
            if mount.version:

                async def listed(mount: Mount = mount) -> list[AnyFact]:
                    return await mounts.names(run, mount)

                await run.step(f"names {mount.ref.key}", VaultFacet.SECRETS, listed)
        run.progress("tokens", 0, 0)
        await run.step("tokens", VaultFacet.TOKENS, lambda: tokens.tokens(run, own))
        inner = await run.step("namespaces", VaultFacet.NAMESPACES, lambda: namespaces.below(run))
        for path in namespaces.paths(inner):
            await self._rest(run.within(path), own, stated)


def _mounts(run: Run, facts: list[AnyFact]) -> list[Mount]:
    return [mount_of(run, fact) for fact in facts if isinstance(fact, Resource) and fact.ref.kind is Kind.MOUNT]
