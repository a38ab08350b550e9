"""Collects one group of GitLab with all below it: the order of what is read."""

import asyncio
from collections.abc import Callable
from fnmatch import fnmatchcase
from urllib.parse import quote

from pipewarden.connectors.answers import ODD_SHAPES
from pipewarden.connectors.base import CredentialRefused, Keeper, Progress
from pipewarden.connectors.gitlab import details, groups, instance, plan, projects
from pipewarden.connectors.gitlab.client import GitLab
from pipewarden.connectors.gitlab.run import Run
from pipewarden.connectors.gitlab.shares import Invited, share_facts, shares_of
from pipewarden.errors import CredentialError, NotFound, SourceError, UnknownName, Unreachable
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import AnyFact, Cause, Resource
from pipewarden.model.ids import Kind
from pipewarden.model.systems import System, source

AT_ONCE = 20
"""Groups or projects that are read at once; the facade holds the number of requests below its own bound."""

SHARED_HOST = "gitlab.com"
"""There the instance is GitLab's own: nothing of it is a customer's to see or set."""


class GitLabConnector:
    """Reads one group with its subgroups and projects; never writes."""

    def __init__(
        self,
        make: Callable[[], GitLab],
        name: str,
        *,
        instance: str = SHARED_HOST,
        include: tuple[str, ...] = (),
        exclude: tuple[str, ...] = (),
        keeper: Keeper | None = None,
    ) -> None:
        self.address = f"gitlab:{name}"
        self.name = name
        self.instance = instance
        self._make = make
        self._include = include
        self._exclude = exclude
        self._keeper = keeper

    async def collect(self, into: SnapshotBuilder, progress: Progress) -> dict[str, int]:
        """Read everything; returns what was spent. Raises CredentialError, UnknownName or Unreachable where nothing can be read."""
        gitlab = self._make()
        run = Run(gitlab, self.instance, into, progress, self._keeper, self.address)
        try:
            top = await self._top(run)
            await self._all(run, top)
        except CredentialRefused as refusal:
            raise CredentialError(
                f"GitLab does not accept the token for {self.name}", hint="Is it expired or revoked? It needs read_api."
            ) from refusal
        finally:
            await gitlab.http.close()
        if self._keeper:
            self._keeper.clear_checkpoints(self.address)
        counters = gitlab.http.counters
        return {
            "requests": counters.total,
            "gitlab_requests": counters.total,
            "retries": counters.retries,
            "waited_seconds": round(counters.waited_seconds),
            "megabytes": counters.bytes // 1_000_000,
        }

    async def _top(self, run: Run) -> str:
        """Return the id of the group that was named."""
        run.progress("group", 0, 0)
        try:
            row = await run.gitlab.object(f"/groups/{quote(self.name, safe='')}", template="/groups/{id}")
            return str(row["id"])
        except NotFound:
            raise UnknownName(
                f"there is no group {self.name} on {self.instance} that this token sees",
                hint="Give the group's full path, and check that the token's user is a member of it.",
            ) from None
        except (CredentialRefused, Unreachable):
            raise
        except (SourceError, *ODD_SHAPES) as refusal:
            raise CredentialError(
                f"{self.name} cannot be read: {refusal}", hint="The token needs the scope read_api."
            ) from None

    async def _all(self, run: Run, top: str) -> None:
        run.add(source(self.instance, System.GITLAB, run.origin("GET /groups/{id}")))
        if self.instance != SHARED_HOST:
            run.tenant = run.ref(Kind.TENANT, "instance")
            tenant = Resource(ref=run.tenant, name=f"gitlab:{self.instance}", origin=run.origin("GET /groups/{id}"))
            run.add(tenant)
            await run.step("instance", lambda: instance.instance(run, tenant))
        run.free = await plan.known_free(run, top)
        invited = Invited()
        seen = await self._groups(run, top, invited)
        found = await self._projects(run, top)
        await self._guests(run, seen, found, invited)
        for at in range(0, len(seen), AT_ONCE):
            part = seen[at : at + AT_ONCE]
            await asyncio.gather(*(self._group(run, group, invited, top=group.id == top) for group in part))
            run.progress("settings of groups", min(at + AT_ONCE, len(seen)), len(seen))
        await self._each(run, found, invited)

    async def _groups(self, run: Run, top: str, invited: Invited) -> list[groups.Seen]:
        ids = list(dict.fromkeys([top, *await groups.below(run, top)]))
        found = []
        for at in range(0, len(ids), AT_ONCE):
            found += await asyncio.gather(*(groups.group(run, id_, invited) for id_ in ids[at : at + AT_ONCE]))
            run.progress("groups", min(at + AT_ONCE, len(ids)), len(ids))
        return [each for each in found if each is not None]

    async def _guests(self, run: Run, seen: list[groups.Seen], found: list[projects.Project], invited: Invited) -> None:
        """Read the groups that are invited and lie elsewhere, and those they are inside of: their members come along."""
        wanted = {share.guest for group in seen for share in group.shares}
        for project in found:
            try:
                wanted |= {share.guest for share in shares_of(project.row)}
            except ODD_SHAPES:
                continue  # the gap stands where the share is told
        todo = sorted(wanted - invited.parents.keys())
        while todo:
            id_ = todo.pop(0)
            if id_ in invited.parents:
                continue
            guest = await groups.group(run, id_, invited, guest=True)
            invited.parents.setdefault(id_, "")
            if guest is not None:
                todo += [other for other in (guest.parent, *(each.guest for each in guest.shares)) if other]

    async def _group(self, run: Run, group: groups.Seen, invited: Invited, *, top: bool) -> None:
        ref = run.ref(Kind.ORGANIZATION, group.id)
        run.add(*share_facts(run, ref, group.shares, invited, "GET /groups/{id}"))
        await run.step(f"group {group.id} more", lambda: details.group(run, ref, group.path, top=top))

    async def _projects(self, run: Run, top: str) -> list[projects.Project]:
        scope = run.ref(Kind.ORGANIZATION, top)
        try:
            found = await projects.listed(run, top)
        except CredentialRefused:
            raise
        except SourceError as refusal:
            run.add(run.gap(scope, GitLabFacet.PROJECTS, refusal))
            return []
        except ODD_SHAPES as fault:
            run.add(run.gap(scope, GitLabFacet.PROJECTS, cause=Cause.UNEXPECTED, detail=type(fault).__name__))
            return []
        return [project for project in found if self._wanted(project.path)]

    async def _each(self, run: Run, found: list[projects.Project], invited: Invited) -> None:
        async def one(project: projects.Project) -> None:
            async def work() -> list[AnyFact]:
                return await details.project(run, project, invited)

            await run.step(f"project {project.id}", work)

        for at in range(0, len(found), AT_ONCE):
            await asyncio.gather(*(one(project) for project in found[at : at + AT_ONCE]))
            run.progress("projects", min(at + AT_ONCE, len(found)), len(found))

    def _wanted(self, path: str) -> bool:
        short = path.rpartition("/")[2]
        if self._include and not any(fnmatchcase(short, p) or fnmatchcase(path, p) for p in self._include):
            return False
        return not any(fnmatchcase(short, p) or fnmatchcase(path, p) for p in self._exclude)
