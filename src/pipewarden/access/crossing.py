"""Access that crosses from one system into another: whoever runs a job whose token a trust accepts acts as its role.

https://docs.github.com/en/actions/concepts/security/openid-connect
https://docs.gitlab.com/ci/secrets/id_token_authentication/
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from itertools import islice, product
from typing import NamedTuple
from urllib.parse import urlsplit

from pyroaring import BitMap

from pipewarden.access.chains import Chain
from pipewarden.access.github.anybody import RUNS, lets_in_anybody
from pipewarden.access.github.held import Clause
from pipewarden.access.github.oidc import accepts, is_github_issuer, starts_of, trust_accepts
from pipewarden.access.gitlab import oidc as gitlab
from pipewarden.access.gitlab.protected import matching
from pipewarden.access.graph import Graph
from pipewarden.model.access import Capability, Link
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Gate, Resource, Trust
from pipewarden.model.ids import Kind
from pipewarden.model.systems import System

Rule = Callable[[Capability, int], list[Clause]]

MOST = 200
"""Repositories that one trust is followed to: a trust of everybody is a finding, and no list of people."""

NEW_BRANCH = "ref:refs/heads/a-branch-made-for-it"
_WILD = re.compile(r"[*?]")
FOR_THE_REF = "whether they may run the job for a ref that the role binds"
PRESENTS = "a workflow pushed there runs a job whose OIDC token is accepted"


UNLISTED = frozenset({Facet.REPO_ENVIRONMENTS, Facet.SOURCE})
"""Gaps behind which an environment may be."""


class Place(NamedTuple):
    """Where a job has to run for a trust to accept it, and what lets somebody bring their code there."""

    repository: int
    at: int
    takes: Capability
    unknown: tuple[str, ...] = ()


class Crossing:
    """The trusts of one graph, and the jobs that they accept."""

    def __init__(self, graph: Graph, rule: Rule) -> None:
        self.graph = graph
        self.snapshot = graph.snapshot
        self._rule = rule
        self._known: dict[int, list[Clause]] = {}
        self._cut: dict[int, bool] = {}

    @cached_property
    def trusts(self) -> dict[int, list[Trust]]:
        """The trusts of each principal or role, by its ordinal."""
        found: dict[int, list[Trust]] = {}
        for trust in self.snapshot.records(Trust):
            ordinal = self.snapshot.ordinal(trust.principal)
            if ordinal is not None:
                found.setdefault(ordinal, []).append(trust)
        return found

    @cached_property
    def _trusted(self) -> BitMap:
        return BitMap([*self.trusts])

    def beyond(self, clauses: list[Clause]) -> list[Clause]:
        """Return the clauses of those who act as a role that holds something, through a job whose token it accepts."""
        found = []
        for clause in clauses:
            for role in clause.holders & self._trusted:
                ways = clause.lead(role)[:1]
                for job in self.jobs(role):
                    for way in ways:
                        unknown = tuple(dict.fromkeys((*job.unknown, *clause.unknown)))
                        conditions = (*job.conditions, *clause.conditions)
                        tail = (*job.tail, *way, *clause.tail)
                        found.append(replace(job, tail=tail, unknown=unknown, conditions=conditions))
        return found

    def jobs(self, role: int) -> list[Clause]:
        """Return who can run a job that acts as a role: those who bring code to a pipeline that it accepts."""
        known = self._known.get(role)
        if known is None:
            known = self._known[role] = [
                clause for trust in self.trusts.get(role, ()) for clause in self._accepted(trust, role)
            ]
        return known

    @cached_property
    def open_to_anybody(self) -> tuple[int, ...]:
        """The roles that anybody with an account on GitHub acts as."""
        if self.graph.account_holders is None:
            return ()
        return tuple(role for role, trusts in sorted(self.trusts.items()) if any(map(lets_in_anybody, trusts)))

    def repositories(self, role: int) -> list[int]:
        """Return the repositories whose jobs a role accepts, as far as they are followed."""
        found = (place[0] for trust in self.trusts.get(role, ()) for place in islice(self._places(trust), MOST))
        return list(dict.fromkeys(found))

    def _accepted(self, trust: Trust, role: int) -> Iterator[Clause]:
        yield from self._of_anybody(trust, role)
        doubts = tuple(gitlab.undecided(trust)) if self._of_gitlab(trust) else ()
        for repository, place, capability, unknown in islice(self._places(trust), MOST):
            source, target = self.snapshot.ref(place), self.snapshot.ref(role)
            link = Link(source=source, target=target, says=PRESENTS)
            inside = self.snapshot.ref(repository)
            for clause in self._rule(capability, place):
                at = clause.tail[-1].target if clause.tail else inside
                bridge = (
                    ()
                    if at == source
                    else (Link(source=at, target=source, says="may change the workflow that runs in"),)
                )
                yield replace(clause, tail=(*clause.tail, *bridge, link), unknown=(*clause.unknown, *unknown, *doubts))

    def _of_anybody(self, trust: Trust, role: int) -> Iterator[Clause]:
        """Yield the clause of all who have an account on GitHub, where a trust accepts jobs of anybody's repositories."""
        crowd = self.graph.account_holders
        if crowd is None or not lets_in_anybody(trust):
            return
        target = self.snapshot.ref(role)

        def lead(principal: int) -> list[Chain]:
            return [(Link(source=self.snapshot.ref(principal), target=target, says=RUNS),)]

        yield Clause(BitMap([crowd]), lead)

    def _of_gitlab(self, trust: Trust) -> bool:
        host = _host(trust.issuer)
        pairs = zip(self.snapshot.instances, self.snapshot.systems, strict=True)
        return any(instance == host and system is System.GITLAB for instance, system in pairs)

    def left_out(self, instances: Container[str]) -> tuple[str, ...]:
        """Say which roles of some instances are had by jobs of more repositories than are followed."""
        names, snapshot = self.snapshot.instances, self.snapshot
        return tuple(
            f"{snapshot.name_of(role)} is had by jobs of more than {MOST} repositories: who changes the others is not told"
            for role in sorted(self.trusts)
            if names[snapshot.instance[role]] in instances and self._is_cut(role)
        )

    def _is_cut(self, role: int) -> bool:
        """Tell whether jobs of more repositories than are followed have a role (kept once counted)."""
        if role not in self._cut:
            trusts = self.trusts[role]
            self._cut[role] = any(next(islice(self._places(each), MOST, None), None) is not None for each in trusts)
        return self._cut[role]

    def _places(self, trust: Trust) -> Iterator[Place]:
        """Yield the repositories whose jobs a trust accepts, each with where its job has to run and what that takes."""
        for repository in self._perhaps(trust):
            fact = self.snapshot.entity(repository)
            if not isinstance(fact, Resource):
                continue
            system = self.snapshot.systems[int(self.snapshot.instance[repository])]
            if system is System.GITHUB and is_github_issuer(trust.issuer, fact.ref.instance):
                owner = self.snapshot.find(fact.parent) if fact.parent else None
                if trust_accepts(trust, fact, owner):
                    yield from self._github(trust, repository, fact, tuple(starts_of(fact, owner)))
            elif (
                system is System.GITLAB
                and _host(trust.issuer) == fact.ref.instance
                and gitlab.project_fits(trust, fact)
            ):
                yield from self._gitlab(trust, repository, fact)

    def _perhaps(self, trust: Trust) -> list[int]:
        """Return the repositories that a trust may accept: all whose subjects begin as its patterns do up to a star."""
        if not trust.subjects:
            everything: list[int] = self.snapshot.ordinals(Kind.REPOSITORY).tolist()
            return everything
        found: set[int] = set()
        for subject in trust.subjects:
            firm = _WILD.split(subject, maxsplit=1)[0]
            at = bisect_left(self._sorted_starts, firm)
            while at < len(self._sorted_starts) and self._sorted_starts[at].startswith(firm):
                found.update(self._by_start[self._sorted_starts[at]])
                at += 1
            for length in range(len(firm)):
                found.update(self._by_start.get(firm[:length], ()))
        return sorted(found)

    @cached_property
    def _by_start(self) -> dict[str, list[int]]:
        """The repositories by how the subjects of their jobs begin."""
        found: dict[str, list[int]] = {}
        repositories = self.snapshot.ordinals(Kind.REPOSITORY)
        for repository, fact in zip(repositories.tolist(), self.snapshot.facts_at(repositories), strict=True):
            system = self.snapshot.systems[int(self.snapshot.instance[repository])]
            starts: Iterable[str] = ()
            if system is System.GITHUB:
                starts = starts_of(fact, self.snapshot.find(fact.parent) if fact.parent else None)
            elif system is System.GITLAB:
                starts = (gitlab.start_of(fact),)
            for start in starts:
                found.setdefault(start, []).append(repository)
        return found

    @cached_property
    def _sorted_starts(self) -> list[str]:
        return sorted(self._by_start)

    def _github(self, trust: Trust, repository: int, fact: Resource, starts: tuple[str, ...]) -> Iterator[Place]:
        """Yield the widest place: any branch, else the environments and branches that the subject names.

        A job on a branch of one's own presents `ref:refs/heads/NAME`; a job in an environment `environment:NAME` alone.
        https://docs.github.com/en/actions/reference/security/oidc#filtering-for-environments
        """

        def fits(context: str) -> bool:
            return not trust.subjects or any(
                accepts(each, f"{start}{context}") for each, start in product(trust.subjects, starts)
            )

        if fits(NEW_BRANCH) or (fact.attributes.get("oidc_sub") or {}).get("use_default") is False:
            yield Place(repository, repository, Capability.EDIT_PIPELINE)
            return
        environments = self.snapshot.children(repository, Kind.ENVIRONMENT)
        named = [each for each in environments if fits(f"environment:{self._short(each, fact)}")]
        for each in named:
            yield Place(repository, each, Capability.ASSUME_ROLE)
        branches = [str(fact.attributes.get("default_branch") or "")]
        branches += [
            self.snapshot.ref(each).key.partition(":refs/heads/")[2]
            for each in self.snapshot.children(repository, Kind.BRANCH)
        ]
        on = [each for each in dict.fromkeys(branches) if each and fits(f"ref:refs/heads/{each}")]
        if on and self._branch(repository, on[0]) is None:
            yield Place(repository, repository, Capability.MERGE)
        for name in on:
            if (branch := self._branch(repository, name)) is not None:
                yield Place(repository, branch, Capability.MERGE)
        if not named and not on:
            # an environment or branch that is not there yet is made by whoever may edit the pipeline
            yield Place(repository, repository, Capability.EDIT_PIPELINE, self._unlisted(repository))

    def _unlisted(self, repository: int) -> tuple[str, ...]:
        """Return what is not known of a place that no list has: it may stand in one that was not read, with its rules."""
        unread = not self._unlisted_at.isdisjoint(self.snapshot.scopes(repository))
        return (
            (f"whether an environment of {self.snapshot.name_of(repository)} asks for an approval",) if unread else ()
        )

    @cached_property
    def _unlisted_at(self) -> frozenset[int]:
        """The things of which it was not read which environments there are."""
        scopes = (self.snapshot.ordinal(gap.scope) for gap in self.snapshot.gaps_in(UNLISTED))
        return frozenset(each for each in scopes if each is not None)

    def _gitlab(self, trust: Trust, project: int, fact: Resource) -> Iterator[Place]:
        """Yield where jobs that a trust accepts run: on a branch of one's own, else on the branches or environments it names.

        Tags are not weighed: who may make one may run a job for it.
        https://docs.gitlab.com/ci/secrets/id_token_authentication/#token-payload
        """
        protected = gitlab.protected_alone(trust)
        anywhere = gitlab.branch_fits(trust, fact, gitlab.NEW_BRANCH) and not protected
        named = gitlab.environments_of(trust)
        there = {self._short(each, fact): each for each in self.snapshot.children(project, Kind.ENVIRONMENT)}
        on = [there[each] for each in named if each in there]
        if named and len(on) == len(named):
            for each in on:
                yield Place(project, each, Capability.ASSUME_ROLE, () if anywhere else (FOR_THE_REF,))
            return
        if anywhere:
            yield Place(project, project, Capability.EDIT_PIPELINE)
            return
        branches = {
            self.snapshot.ref(each).key.partition(":refs/heads/")[2]: each
            for each in self.snapshot.children(project, Kind.BRANCH)
        }
        gates = [gate for gate in self.snapshot.records(Gate, project) if gate.target == "branch"]
        fitting = [
            each
            for name, each in branches.items()
            if gitlab.branch_fits(trust, fact, name) and not (protected and not matching(gates, name))
        ]
        for each in fitting:
            yield Place(project, each, Capability.MERGE)
            yield Place(project, each, Capability.PUSH)
        wide = [pattern for gate in gates for pattern in gate.patterns if "*" in pattern]
        if protected and wide:
            doubt = f"whether they may push to a branch that {', '.join(wide)} protects"
            yield Place(project, project, Capability.EDIT_PIPELINE, (doubt,))
        elif not fitting and not protected:
            # a branch that is not there yet is made by whoever may edit the pipeline
            yield Place(project, project, Capability.EDIT_PIPELINE)

    def _branch(self, repository: int, name: str) -> int | None:
        for each in self.snapshot.children(repository, Kind.BRANCH):
            if self.snapshot.ref(each).key.endswith(f":refs/heads/{name}"):
                return each
        return None

    def _short(self, environment: int, repository: Resource) -> str:
        return self.snapshot.name_of(environment).removeprefix(f"env:{repository.name}/")


def _host(issuer: str) -> str:
    try:
        return urlsplit(issuer if "://" in issuer else f"https://{issuer}").hostname or ""
    except ValueError:
        return ""
