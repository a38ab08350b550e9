"""Collects one group of GitLab with all below it: the order of what is read."""

import asyncio
from collections.abc import Callable
from fnmatch import fnmatchcase
from urllib.parse import quote

from pipewarden.connectors.answers import ODD_SHAPES
from pipewarden.connectors.base import CredentialRefused, Keeper, Progress, finished
from pipewarden.connectors.gitlab import details, graph, groups, instance, machines, plan, projects
from pipewarden.connectors.gitlab.client import GitLab
from pipewarden.connectors.gitlab.run import Run
from pipewarden.connectors.gitlab.shares import Invited, Share, share_facts, shares_of, untold_roles
from pipewarden.connectors.gitlab.ssh_keys import ssh_keys
from pipewarden.errors import CredentialError, NotFound, SourceError, UnknownName, Unreachable
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import AnyFact, Cause, Machine, Resource
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
            top, outer = await self._top(run)
            await self._all(run, top, outer)
        except CredentialRefused as refusal:
            raise CredentialError(
                f"GitLab does not accept the token for {self.name}", hint="Is it expired or revoked? It needs read_api."
            ) from refusal
        finally:
            await gitlab.http.close()
        finished(self._keeper, self.address, early=gitlab.out_of_budget())
        counters = gitlab.http.counters
        return {
            "requests": counters.total,
            "gitlab_requests": counters.total,
            "retries": counters.retries,
            "waited_seconds": round(gitlab.http.limit.waited_seconds),
            "megabytes": counters.bytes // 1_000_000,
        }

    async def _top(self, run: Run) -> tuple[str, str]:
        """Return the id of the group that was named, and that of the group it is inside of, where it is inside one."""
        run.progress("group", 0, 0)
        try:
            row = await run.gitlab.object(f"/groups/{quote(self.name, safe='')}", template="/groups/{id}")
            return str(row["id"]), str(row.get("parent_id") or "")
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

    async def _all(self, run: Run, top: str, outer: str) -> None:
        run.add(source(self.instance, System.GITLAB, run.origin("GET /groups/{id}")))
        if self.instance != SHARED_HOST:
            run.tenant = run.ref(Kind.TENANT, "instance")
            tenant = Resource(ref=run.tenant, name=f"gitlab:{self.instance}", origin=run.origin("GET /groups/{id}"))
            run.add(tenant)
        run.services = await self._services(run, top)
        if run.tenant is not None:
            facts = await run.step("instance", lambda: instance.instance(run, tenant))
            await instance.impersonations(run, run.tenant, facts)
        run.free = await plan.known_free(run, top)
        invited = Invited()
        seen = await self._groups(run, top, invited)
        found = await self._projects(run, top)
        above = await self._above(run, top, outer, invited)
        await self._guests(run, seen + above, found, invited)
        for each in above:
            run.add(*share_facts(run, run.ref(Kind.ORGANIZATION, each.id), each.shares, invited, "GET /groups/{id}"))
        for at in range(0, len(seen), AT_ONCE):
            part = seen[at : at + AT_ONCE]
            await asyncio.gather(*(self._group(run, group, invited, top=group.id == top) for group in part))
            run.progress("settings of groups", min(at + AT_ONCE, len(seen)), len(seen))
        for group in seen:
            ref = run.ref(Kind.ORGANIZATION, group.id)
            run.add(*share_facts(run, ref, group.shares, invited, "GET /groups/{id}"))
        await self._each(run, found, invited)
        path = next((group.path for group in seen if group.id == top), self.name)
        ref = run.ref(Kind.ORGANIZATION, top)
        await run.step(f"group {top} graphql", lambda: graph.told(run, ref, path))
        await ssh_keys(run, ref)
        for group in seen:
            run.add(*untold_roles(run, run.ref(Kind.ORGANIZATION, group.id), group.shares))
        for project in found:
            run.add(*untold_roles(run, project.ref, self._shares(project)))

    def _shares(self, project: projects.Project) -> list[Share]:
        try:
            return shares_of(project.row)
        except ODD_SHAPES:
            return []  # the gap stands where the share is told

    async def _groups(self, run: Run, top: str, invited: Invited) -> list[groups.Seen]:
        ids = list(dict.fromkeys([top, *await groups.below(run, top)]))
        found = []
        for at in range(0, len(ids), AT_ONCE):
            part = ids[at : at + AT_ONCE]
            read = await asyncio.gather(*(groups.group(run, id_, invited) for id_ in part))
            for id_ in (id_ for id_, each in zip(part, read, strict=True) if each is None):
                detail = f"the group {id_} was not read, nor who is in it"
                scope = run.ref(Kind.ORGANIZATION, top)
                run.add(run.gap(scope, GitLabFacet.GROUPS, cause=Cause.NOT_COLLECTED, detail=detail))
            found += read
            run.progress("groups", min(at + AT_ONCE, len(ids)), len(ids))
        return [each for each in found if each is not None]

    async def _services(self, run: Run, top: str) -> frozenset[str]:
        """Read the service accounts before all other people: a user's name does not tell that it is one."""
        ref = run.ref(Kind.ORGANIZATION, top)

        async def work() -> list[AnyFact]:
            return await run.guarded(ref, GitLabFacet.SERVICE_ACCOUNTS, lambda: machines.service_accounts(run, ref))

        facts = await run.step(f"group {top} service accounts", work)
        return frozenset(
            fact.ref.key for fact in facts if isinstance(fact, Machine) and fact.ref.kind is Kind.SERVICE_ACCOUNT
        )

    async def _above(self, run: Run, top: str, outer: str, invited: Invited) -> list[groups.Seen]:
        """Read the groups that the named one is inside of: their members are members of it too.

        https://docs.gitlab.com/user/project/members/#membership-types
        """
        found: list[groups.Seen] = []
        while outer and outer not in invited.parents:
            seen = await groups.group(run, outer, invited, guest=True)
            invited.parents.setdefault(outer, "")
            if seen is None:
                detail = "the group that it is inside of is not shown, whose members are members here too"
                scope = run.ref(Kind.ORGANIZATION, top)
                run.add(run.gap(scope, GitLabFacet.GROUP_MEMBERS, cause=Cause.FORBIDDEN, detail=detail))
                break
            found.append(seen)
            outer = seen.parent
        return found

    async def _guests(self, run: Run, seen: list[groups.Seen], found: list[projects.Project], invited: Invited) -> None:
        """Read the groups that are invited and lie elsewhere, and those they are inside of: their members come along."""
        wanted = {share.guest for group in seen for share in group.shares}
        for project in found:
            wanted |= {share.guest for share in self._shares(project)}
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
        facts = await run.step(f"group {group.id} more", lambda: details.group(run, ref, group.path, invited, top=top))
        for fact in facts:
            invited.learn(fact)

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
        if untold := sum("namespace" not in project.row for project in found):
            detail = f"in which group {untold} projects are was not told"
            run.add(run.gap(scope, GitLabFacet.PROJECTS, cause=Cause.MISSING_FIELD, detail=detail))
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
