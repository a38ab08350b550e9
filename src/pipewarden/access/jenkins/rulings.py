"""Who may do what on a Jenkins controller: permissions that are inherited in three ways, and code that uses credentials.

https://www.jenkins.io/doc/book/security/access-control/permissions/
https://plugins.jenkins.io/matrix-auth/
https://plugins.jenkins.io/role-strategy/
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any, NamedTuple

from pyroaring import BitMap

from pipewarden.access.chains import Chain
from pipewarden.access.github.held import CONDITION_UNSEEN, Clause, Lead
from pipewarden.access.graph import Stance
from pipewarden.access.jenkins.approvals import Approvals
from pipewarden.access.jenkins.builds import Builds
from pipewarden.access.jenkins.controllers import Controllers
from pipewarden.access.jenkins.permissions import (
    AGENT,
    AS_ADMINISTER,
    BUILD,
    CODE,
    CONFIGURE,
    NEW_CODE,
    STORE,
    closed,
)
from pipewarden.access.jenkins.sources import Sources
from pipewarden.access.jenkins.switched import switch
from pipewarden.access.plain import PlainRulings
from pipewarden.errors import UsageError
from pipewarden.model.access import Capability, Condition, Link
from pipewarden.model.facets_jenkins import JenkinsFacet
from pipewarden.model.facts import Role
from pipewarden.model.ids import Kind

Permissions = frozenset[str]
Tail = tuple[Link, ...]
Doubt = tuple[str, ...]

CAPTURED = "a build that takes it runs on that machine"
UNREAD = "what {name} inherits; Job/ExtendedRead would show it"
SCOPE_UNREAD = "whether the credential is of scope GLOBAL or SYSTEM; the export of configuration-as-code would show it"
GLOBAL_ALONE = frozenset({"globalMatrix", "unsecured", "loggedInUsersCanDoAnything", "legacy"})
"""Strategies under which no folder or job has permissions of its own."""

ITEMS = (Kind.FOLDER, Kind.PIPELINE)

AGENT_ALONE = frozenset({"without those who administer"})
"""Set beside permissions of agents: administrators have a shorter way, which is told already."""


class Context(NamedTuple):
    """A place whose grants count on an item."""

    at: int
    through: Permissions | None
    """Which permissions pass from there; None: all."""
    doubt: str
    """Why it is not known whether they pass; those of administrators do in any case."""


class JenkinsRulings(PlainRulings):
    """Jenkins' semantics over one graph."""

    facets = (
        JenkinsFacet.AUTHORIZATION,
        JenkinsFacet.ITEM_AUTHORIZATION,
        JenkinsFacet.GROUP_MEMBERS,
        JenkinsFacet.JOBS,
        JenkinsFacet.JOB_CONFIG,
    )

    def rule(self, capability: Capability, resource: int) -> list[Clause]:
        """Return the clauses by which somebody has a capability on a resource. Raises UsageError."""
        match self.snapshot.kind_of(resource):
            case Kind.TENANT | Kind.FOLDER:
                return self._on_container(capability, resource)
            case Kind.PIPELINE:
                return self._on_pipeline(capability, resource)
            case Kind.SECRET:
                return self._on_credential(capability, resource)
            case Kind.RUNNER:
                return self._on_agent(capability, resource)
        return super().rule(capability, resource)

    def unseen(self, resource: int | None) -> tuple[str, ...]:
        """Say what was not read: gaps, and repositories whose pipeline files are run here and that no snapshot holds."""
        found = (*super().unseen(resource), *self.sources.unread(resource))
        if resource is None or self.snapshot.kind_of(resource) is not Kind.PIPELINE:
            return found
        return (*found, *self.approvals.strangers(resource))

    # --- permissions --------------------------------------------------------------------------------

    def contexts(self, item: int) -> Iterator[Context]:
        """Yield where grants that count on an item are found, nearest first, and which of them are let through.

        A folder or job inherits its parent's permissions, the global ones alone, or none; an administrator is one
        everywhere: “Strategy that disables inheritance except for the globally defined Administer permission”. Under
        Role Strategy an item has what roles that match its own name give, and the global roles.
        """
        at, through, doubt = item, None, ""
        while True:
            yield Context(at, through, doubt)
            kind = self.snapshot.kind_of(at)
            if kind is Kind.TENANT:
                return
            if kind in ITEMS:
                inherits = self._inheritance(at)
                if inherits == "none":
                    through = AS_ADMINISTER
                elif inherits == "":
                    doubt = doubt or UNREAD.format(name=self.snapshot.name_of(at))
                if inherits in {"none", "global"}:
                    at = self._controllers.of(at)
                    if at < 0:
                        return
                    continue
            at = int(self.snapshot.parent[at])
            if at < 0:
                return

    @cached_property
    def _controllers(self) -> Controllers:
        return Controllers(self.snapshot)

    def _inheritance(self, item: int) -> str:
        """Return what an item inherits; "" where that was not read and the strategy knows matrices of items."""
        tenant = self._controllers.of(item)
        if self._controllers.by_roles(tenant):
            return "global"
        told = self.snapshot.entity(item).attributes.get("inheritance")
        if told in {"parent", "global", "none"}:
            return str(told)
        return "parent" if self._controllers.strategy(tenant) in GLOBAL_ALONE else ""

    def _gives(self, row: int, wanted: Permissions, through: Permissions | None) -> bool:
        held = self._permissions(int(self.snapshot.grants.role[row]), int(self.snapshot.grants.resource[row]))
        if held & AS_ADMINISTER:
            return not wanted & AGENT_ALONE
        return through is None and bool(held & wanted)

    def _permissions(self, code: int, resource: int) -> Permissions:
        key = (int(self.snapshot.instance[resource]), code)
        known = self._closed.get(key)
        if known is None:
            role = self.graph.role(resource, self.snapshot.grants.roles[code])
            known = self._closed[key] = closed(role.permissions if isinstance(role, Role) else ())
        return known

    @cached_property
    def _closed(self) -> dict[tuple[int, int], Permissions]:
        return {}

    def having(self, item: int, wanted: Permissions, tail: tuple[Link, ...] = (), **more: Any) -> list[Clause]:
        """Return who holds one of some permissions on an item, certain ones first; administrators hold all."""
        rows: dict[tuple[Stance, str], list[int]] = {}
        for context in self.contexts(item):
            for row in self.graph.by_resource[context.at].tolist():
                if self._gives(row, wanted, context.through):
                    rows.setdefault((self.graph.stance(row), self._doubt(row, context)), []).append(row)
        found = []
        for (stance, doubt), held in sorted(rows.items(), key=lambda pair: (pair[0][1], pair[0][0].value)):
            told = (doubt,) if doubt else ()
            unseen = (CONDITION_UNSEEN,) if stance is Stance.MAYBE else ()
            found.append(
                Clause(
                    self.graph.expand(self.snapshot.grants.principal[held].tolist()),
                    self._lead(item, frozenset(held)),
                    tail=tail,
                    conditions=more.get("conditions", ()),
                    unknown=(*more.get("unknown", ()), *told, *unseen),
                    stance=stance,
                )
            )
        return found

    def _doubt(self, row: int, context: Context) -> str:
        held = self._permissions(int(self.snapshot.grants.role[row]), int(self.snapshot.grants.resource[row]))
        return "" if held & AS_ADMINISTER else context.doubt

    def _lead(self, item: int, rows: frozenset[int]) -> Lead:
        def lead(principal: int) -> list[Chain]:
            mine = self.graph.outer(principal)
            found: list[Chain] = []
            for context in self.contexts(item):
                for row in self.graph.rows_between(mine, context.at):
                    if row in rows:
                        below = self._inside(context.at, item)
                        for climb in self.chains.climbs(principal, int(self.snapshot.grants.principal[row])):
                            found.append((*climb, self.chains.grant_link(row), *below))
            return sorted(found, key=len)

        return lead

    def _inside(self, outer: int, item: int) -> Chain:
        """Return the links from what a grant is on down to an item."""
        links: Chain = ()
        at = item
        while at != outer and at >= 0:
            above = int(self.snapshot.parent[at])
            if above < 0:
                break
            link = Link(source=self.snapshot.ref(above), target=self.snapshot.ref(at), says="contains")
            links = (link, *links)
            at = above
        return links

    # --- what is asked -------------------------------------------------------------------------------

    def _on_container(self, capability: Capability, item: int) -> list[Clause]:
        tenant = self.snapshot.kind_of(item) is Kind.TENANT
        match capability:
            case Capability.ADMINISTER:
                return self.having(item, AS_ADMINISTER)
            case Capability.MANAGE_ACCESS:
                return self.having(item, AS_ADMINISTER if tenant else self._own_matrix(item))
            case Capability.MANAGE_SECRET:
                return self.having(item, STORE)
            case Capability.MANAGE_RUNNER:
                return self.having(item, AGENT)
            case Capability.EDIT_PIPELINE:
                return self.having(item, NEW_CODE)
            case Capability.RUN_PIPELINE:
                return self.having(item, BUILD)
            case Capability.READ:
                return self.having(item, frozenset({"Overall/Read"} if tenant else {"Job/Read"}))
            case Capability.READ_SECRET | Capability.USE_SECRET:
                return self.running(item)
        raise self._meaningless(capability, item)

    def _own_matrix(self, item: int) -> Permissions:
        """Return what lets somebody change who may do what on an item: with a matrix of its own, to configure it.

        Under Role Strategy and global strategies only an administrator changes it.
        """
        tenant = self._controllers.of(item)
        if (
            tenant >= 0
            and not self._controllers.by_roles(tenant)
            and self._controllers.strategy(tenant) == "projectMatrix"
        ):
            return CONFIGURE
        return AS_ADMINISTER

    def _on_pipeline(self, capability: Capability, item: int) -> list[Clause]:
        match capability:
            case Capability.ADMINISTER:
                return self.having(item, AS_ADMINISTER)
            case Capability.MANAGE_ACCESS:
                return self.having(item, self._own_matrix(item))
            case Capability.EDIT_PIPELINE:
                return [*self.having(item, CODE), *self.sources.pushers(item)]
            case Capability.READ_SECRET | Capability.USE_SECRET:
                return self._chosen(item)
            case Capability.RUN_PIPELINE:
                return self._built(item, BUILD)
            case Capability.APPROVE_DEPLOYMENT:
                return self._answering(item)
            case Capability.READ:
                return self.having(item, frozenset({"Job/Read"}))
        raise self._meaningless(capability, item)

    def _answering(self, job: int) -> list[Clause]:
        """Return who may answer an input of a job.

        “User IDs and/or external group names of person or people permitted to respond to the input … administrators are
        able to respond to the input regardless of the value of this parameter”; without one it is Job/Build. Names are
        compared as the realm compares them, by default without regard to case.
        https://www.jenkins.io/doc/pipeline/steps/pipeline-input-step/
        """
        inputs = self.approvals.of(job)
        found: list[Clause] = []
        if inputs.anybody:
            found += self.having(job, frozenset({"Job/Build"}))
        elif inputs.submitters:
            found += self.having(job, AS_ADMINISTER)
        readers = self.having(job, frozenset({"Job/Read"}))
        sure = BitMap.union(BitMap(), *(clause.holders for clause in readers if not clause.unknown))
        found += self.approvals.named(inputs, job, sure)
        if inputs.unknown:
            found += self.having(job, frozenset({"Job/Build"}), unknown=inputs.unknown)
        return found

    @cached_property
    def approvals(self) -> Approvals:
        """Who is asked before pipelines go on."""
        return Approvals(self.graph, self.chains, self.sources)

    def _on_credential(self, capability: Capability, secret: int) -> list[Clause]:
        context = int(self.snapshot.parent[secret])
        if context < 0:
            return []
        match capability:
            case Capability.MANAGE_SECRET:
                return self.having(context, STORE, self._holds(context, secret, "keeps"))
            case Capability.READ_SECRET | Capability.USE_SECRET:
                tail = self._holds(context, secret, "keeps")
                scope = self.snapshot.entity(secret).attributes.get("scope")
                if scope == "SYSTEM":
                    # “System … for the Jenkins instance itself to interact with system administration functions”
                    return self.having(context, AS_ADMINISTER, tail)
                unknown = () if scope else (SCOPE_UNREAD,)
                sure = self.having(context, AS_ADMINISTER, tail) if unknown else []
                return [
                    *sure,
                    *self.running(context, secret, unknown=unknown),
                    *self._captured(context, secret, unknown),
                ]
        raise self._meaningless(capability, secret)

    def _on_agent(self, capability: Capability, agent: int) -> list[Clause]:
        match capability:
            case Capability.MANAGE_RUNNER:
                return self.having(agent, AGENT)
            case Capability.RUN_PIPELINE:
                return self.running(self._controllers.of(agent), agent, says="run on any agent")
            case Capability.READ:
                return self.having(agent, frozenset({"Overall/Read"}))
        raise self._meaningless(capability, agent)

    # --- code, and what it reaches -------------------------------------------------------------------

    @cached_property
    def sources(self) -> Sources:
        """The repositories that pipelines come from."""
        return Sources(self.graph, self.chains)

    def running(
        self,
        context: int,
        target: int | None = None,
        says: str = "run code that may take",
        unknown: tuple[str, ...] = (),
    ) -> list[Clause]:
        """Return who can run code of their own choice in a folder or below it: builds there see all its credentials.

        “Folder credentials are available to all jobs within the folder and its sub-folders”; a build runs as SYSTEM
        unless Authorize Project says otherwise, so that configuring one job is enough.
        https://www.jenkins.io/doc/book/using/using-credentials/
        https://www.jenkins.io/doc/book/security/build-authorization/
        """
        builds = Builds(self.snapshot, self._controllers.of(context))
        found: list[Clause] = []
        for item in self._with_own(context):
            tail = () if target is None else self._holds(item, target, f"may {says}")
            doubt = builds.doubt(item)
            pushed = builds.doubt(item, pushed=True)
            found += self._chosen(item, tail, (*unknown, *doubt), (*unknown, *pushed))
        return found

    def _chosen(self, item: int, tail: Tail = (), unknown: Doubt = (), pushed: Doubt = ()) -> list[Clause]:
        """Return who chooses the code of builds: who configures or replays a job, or pushes to where its code is from."""
        kind = self.snapshot.kind_of(item)
        wanted = CODE if kind is Kind.PIPELINE else NEW_CODE | CODE
        found = self._built(item, wanted, tail, unknown)
        if kind is Kind.TENANT:
            return found
        off = switch(self.snapshot, item)
        pushers = self.sources.pushers(item, tail, unknown=(*pushed, *off.unknown))
        return found + [replace(each, conditions=(*each.conditions, *off.others)) for each in pushers]

    def _built(self, item: int, wanted: Permissions, tail: Tail = (), unknown: Doubt = ()) -> list[Clause]:
        """Return who has builds of a job by some permission: of one that is disabled, who configures it enables it first."""
        off = switch(self.snapshot, item)
        if off.off:
            return self.having(item, CONFIGURE, tail, conditions=off.mine, unknown=unknown)
        if off.unknown:
            sure = self.having(item, CONFIGURE, tail, unknown=unknown)
            return [*sure, *self.having(item, wanted, tail, unknown=(*unknown, *off.unknown))]
        return self.having(item, wanted, tail, unknown=unknown)

    def _with_own(self, context: int) -> list[int]:
        """Return a folder and what lies below it with grants, an inheritance or a repository of its own."""
        found, todo = [context], [context]
        while todo:
            for child in self.snapshot.children(todo.pop(), *ITEMS):
                attributes = self.snapshot.entity(child).attributes
                own = len(self.graph.by_resource[child]) or attributes.get("inheritance") != "parent"
                if own or self.sources.of(child):
                    found.append(child)
                if self.snapshot.kind_of(child) is Kind.FOLDER:
                    todo.append(child)
        return found

    def _captured(self, context: int, secret: int, unknown: tuple[str, ...]) -> list[Clause]:
        """Return who can put a machine of theirs under a build: they get the credentials that the build is sent."""
        tenant = self._controllers.of(context)
        if tenant < 0:
            return []
        tail = self._holds(tenant, secret, "may put an agent of theirs under builds that take")
        return self.having(
            tenant, AGENT | AGENT_ALONE, tail, conditions=(Condition(says=CAPTURED, kind="other"),), unknown=unknown
        )

    def _holds(self, source: int, target: int, says: str) -> tuple[Link, ...]:
        return (Link(source=self.snapshot.ref(source), target=self.snapshot.ref(target), says=says),)

    def _meaningless(self, capability: Capability, resource: int) -> UsageError:
        kind = self.snapshot.kind_of(resource)
        return UsageError(
            f"{capability} has no meaning for {self.snapshot.name_of(resource)}, of the kind {kind}",
            hint="Try administer, edit_pipeline, run_pipeline or read_secret.",
        )
