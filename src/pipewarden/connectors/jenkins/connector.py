"""Collects one Jenkins controller: the order of what is read."""

from collections.abc import Callable
from fnmatch import fnmatchcase

from pipewarden.connectors.answers import ODD_SHAPES
from pipewarden.connectors.base import CredentialRefused, Keeper, Progress, finished
from pipewarden.connectors.jenkins import controller
from pipewarden.connectors.jenkins.authorization import authorization
from pipewarden.connectors.jenkins.client import Jenkins
from pipewarden.connectors.jenkins.items import items
from pipewarden.connectors.jenkins.run import Run
from pipewarden.errors import CredentialError, SourceError, Unreachable
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.facts import AnyFact


class JenkinsConnector:
    """Reads one controller; never writes."""

    def __init__(
        self,
        make: Callable[[], Jenkins],
        name: str,
        *,
        instance: str,
        include: tuple[str, ...] = (),
        exclude: tuple[str, ...] = (),
        keeper: Keeper | None = None,
    ) -> None:
        self.address = f"jenkins:{name}"
        self.name = name
        self.instance = instance
        self._make = make
        self._include = include
        self._exclude = exclude
        self._keeper = keeper

    async def collect(self, into: SnapshotBuilder, progress: Progress) -> dict[str, int]:
        """Read everything; returns what was spent. Raises CredentialError or Unreachable where nothing can be read."""
        jenkins = self._make()
        run = Run(jenkins, self.name, self.instance, into, progress, self._keeper, self.address)
        try:
            await self._controller(run)
            await run.step("people", lambda: controller.people(run))
            await run.step("agents", lambda: controller.agents(run))
            await items(run, self._wanted)
            await run.step("authorization", lambda: authorization(run))
            into.add(*controller.members(run))
        except CredentialRefused as refusal:
            raise CredentialError(
                f"Jenkins does not accept the credential for {self.name}",
                hint="Is the API token revoked, or the user's name another? Basic authentication takes both.",
            ) from refusal
        finally:
            await jenkins.http.close()
        finished(self._keeper, self.address, early=jenkins.out_of_budget())
        counters = jenkins.http.counters
        return {
            "requests": counters.total,
            "retries": counters.retries,
            "waited_seconds": round(jenkins.http.limit.waited_seconds),
            "megabytes": counters.bytes // 1_000_000,
        }

    async def _controller(self, run: Run) -> list[AnyFact]:
        run.progress("controller", 0, 0)
        try:
            return await run.step("controller", lambda: controller.controller(run))
        except (CredentialRefused, Unreachable):
            raise
        except SourceError as refusal:
            raise CredentialError(
                f"{self.name} cannot be read: {refusal}", hint=refusal.hint or "The user needs Overall/Read."
            ) from None
        except ODD_SHAPES as fault:
            raise CredentialError(
                f"{self.name} cannot be read: its first answer has a shape that is not known ({type(fault).__name__})",
                hint="Is this the address of a Jenkins controller?",
            ) from None

    def _wanted(self, name: str) -> bool:
        """Tell whether a job or folder is read; what lies in a folder that is named is named too."""
        parts = name.split("/")
        around = ["/".join(parts[: n + 1]) for n in range(len(parts))]
        if self._include and not any(
            fnmatchcase(outer, p) or p.startswith(f"{name}/") for outer in around for p in self._include
        ):
            return False
        return not any(fnmatchcase(outer, p) for outer in around for p in self._exclude)
