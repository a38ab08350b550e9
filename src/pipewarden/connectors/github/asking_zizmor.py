"""Asks zizmor about the workflow files that a batch brought, each repository in a folder of its own, within a bound of time."""

import asyncio
import time
from collections.abc import Sequence

from pipewarden.connectors.github.fetched import Fetched
from pipewarden.connectors.github.run import Run
from pipewarden.connectors.second_opinion import Without
from pipewarden.connectors.zizmor import Zizmor, configuration
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Gap
from pipewarden.model.ids import Kind, Ref

MOST_SECONDS = 600.0
"""That zizmor is given in one collection; what comes later is told."""


class Asking:
    """Asks about batch after batch until its time is spent. `zizmor` is who is asked, or why nobody is."""

    def __init__(self, zizmor: Zizmor | Without | None, most_seconds: float = MOST_SECONDS) -> None:
        self._zizmor = zizmor
        self._left = most_seconds
        self._most = most_seconds

    def gaps(self, run: Run) -> list[Gap]:
        """Return the gap that says why nobody is asked: one for the organization."""
        if not isinstance(self._zizmor, Without):
            return []
        cause = Cause.NOT_COLLECTED if self._zizmor is Without.OFF else Cause.NO_ENGINE
        return [run.gap(run.org, Facet.REPO_ZIZMOR, cause=cause, detail=self._zizmor.value)]

    async def about(self, run: Run, every: Sequence[Fetched]) -> list[Gap]:
        """Ask about the workflows of some repositories, and put what is told into them; returns the gaps.

        Those that have the same configuration of zizmor are asked about together, most have none.
        """
        if not isinstance(self._zizmor, Zizmor):
            return []
        gaps: list[Gap] = []
        alike: dict[str | None, list[Fetched]] = {}
        for each in every:
            if each.texts or each.action_texts:
                alike.setdefault(configuration(each.configs), []).append(each)
        for config, some in alike.items():
            if self._left <= 0:
                detail = f"zizmor had its {self._most:.0f} s"
                gaps += [run.gap(each.ref, Facet.REPO_ZIZMOR, cause=Cause.TOO_LARGE, detail=detail) for each in some]
                continue
            gaps += await self._asked(run, some, config, self._zizmor)
        return gaps

    async def _asked(self, run: Run, some: Sequence[Fetched], config: str | None, zizmor: Zizmor) -> list[Gap]:
        begun = time.monotonic()
        shown = {
            f"{each.ref.key}/{path}": text for each in some for path, text in (each.texts | each.action_texts).items()
        }
        by_key = {each.ref.key: each for each in some}
        answer = await asyncio.to_thread(zizmor.read, shown, config, seconds=self._left)
        self._left -= time.monotonic() - begun
        for each in some:
            each.zizmor = zizmor.version
        for told in answer.told:
            key, _, path = told.path.partition("/")
            if key in by_key:
                by_key[key].said.setdefault(path, []).append(told)
        gaps = []
        for missed in answer.unread:
            key, _, path = missed.path.partition("/")
            repository = by_key[key]
            workflow = Ref(repository.ref.instance, Kind.WORKFLOW, f"{key}:{path}")
            scope = workflow if path in repository.texts else repository.ref
            gaps.append(run.gap(scope, Facet.REPO_ZIZMOR, cause=Cause.UNREADABLE, detail=f"{path}: {missed.why}"))
        return gaps
