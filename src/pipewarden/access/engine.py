"""The questions about access, each answered with all paths: who can, what can, why, and at what level."""

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from pipewarden.access.asked import asked_of
from pipewarden.access.chains import Chain, Chains
from pipewarden.access.entra.joining import joining
from pipewarden.access.github.held import Clause
from pipewarden.access.github.roles import bit
from pipewarden.access.gitlab.bearers import Carried, carried
from pipewarden.access.gitlab.scopes import most
from pipewarden.access.graph import Graph
from pipewarden.access.mirrored import mirrored
from pipewarden.access.rulings import Rulings
from pipewarden.access.words import Words
from pipewarden.errors import UsageError
from pipewarden.model.access import Access, Answer, Capability, Level, Path
from pipewarden.model.columns import KINDS
from pipewarden.model.facts import Gate, Machine
from pipewarden.model.ids import CREDENTIALS, MACHINES, Kind, Ref
from pipewarden.model.snapshot import Snapshot
from pipewarden.model.systems import System

if TYPE_CHECKING:
    from pipewarden.access.later import Later
    from pipewarden.access.machine_accounts import MachineAccounts
    from pipewarden.access.takeovers import Takeovers

WHOLE = (Kind.ORGANIZATION, Kind.ENTERPRISE, Kind.TENANT)
"""Kinds that stand for all that is in them."""

LEVELS = tuple(Level)


class Holders:
    """Everyone who has a capability on a resource. Paths are worked out when asked for."""

    def __init__(self, engine: "Engine", capability: Capability, resource: int, clauses: list[Clause]) -> None:
        self.engine = engine
        self.capability = capability
        self.resource = resource
        self.clauses = clauses

    @cached_property
    def sure(self) -> BitMap:
        """The ordinals of those of whom it is known; some may need another person."""
        return BitMap.union(BitMap(), *(clause.holders for clause in self.clauses if not clause.unknown))

    @cached_property
    def alone(self) -> BitMap:
        """The ordinals of those of whom it is known and who need nobody else."""
        return BitMap.union(
            BitMap(),
            *(
                clause.holders
                for clause in self.clauses
                if not clause.unknown and not any(c.kind == "approval" for c in clause.conditions)
            ),
        )

    @cached_property
    def waiting(self) -> BitMap:
        """The ordinals of those of whom it is known and who must activate something first, whichever way they take."""
        at_once = (clause.holders for clause in self.clauses if not clause.unknown and not _waits(clause))
        return self.sure - BitMap.union(BitMap(), *at_once)

    @cached_property
    def unknown(self) -> BitMap:
        """The ordinals of those of whom it cannot be said, for something was not seen."""
        return BitMap.union(BitMap(), *(clause.holders for clause in self.clauses if clause.unknown)) - self.sure

    @cached_property
    def unseen(self) -> tuple[str, ...]:
        """What was not read of the grants by which still others may have it, in words; nothing where all was read."""
        holders = self.sure | self.unknown
        unread = self.engine.rulings.unseen(self.resource, holders)
        return tuple(dict.fromkeys((*unread, *joining(self.engine.graph, self.resource, holders))))

    @cached_property
    def unseen_people(self) -> tuple[str, ...]:
        """What was not read by which still other people may have it: machines, whose owners are known, are left out."""
        return self.engine.rulings.unseen(self.resource, self.sure | self.unknown, people=True)

    def __len__(self) -> int:
        """Return how many principals have it for sure."""
        return len(self.sure)

    def __iter__(self) -> Iterator[Access]:
        """Yield everyone with all paths: the sure ones first, in the order of their ids."""
        for ordinal in [*self.sure, *self.unknown]:
            access = self.of(ordinal)
            if access is not None:
                yield access

    def of(self, principal: int) -> Access | None:
        """Return one principal's access with all paths, None where there is none."""
        paths = []
        crowds = self.engine.graph.crowds_of(principal)
        for clause in self.clauses:
            if principal not in clause.holders and not any(crowd in clause.holders for crowd in crowds):
                continue
            for chain in clause.lead(principal):
                paths.append(
                    Path(
                        links=_joined(chain, clause),
                        answer=Answer.UNKNOWN if clause.unknown else Answer.YES,
                        conditions=clause.conditions,
                        unknown=clause.unknown,
                    )
                )
        if not paths:
            return None
        paths = list(dict.fromkeys(paths))
        paths.sort(key=lambda path: path.rank)
        sure = any(path.answer is Answer.YES for path in paths)
        return Access(
            principal=self.engine.snapshot.ref(principal),
            resource=self.engine.snapshot.ref(self.resource),
            capability=self.capability,
            answer=Answer.YES if sure else Answer.UNKNOWN,
            paths=tuple(paths),
            unknown=tuple(dict.fromkeys(text for path in paths for text in path.unknown)),
        )


@dataclass(frozen=True, slots=True)
class Reachable:
    """What a principal holds a role on, as columns: ordinals and levels, the highest level first."""

    snapshot: Snapshot
    resources: NDArray[np.int32]
    levels: NDArray[np.int8]
    perhaps: tuple[tuple[Ref, Level], ...] = ()
    """What it holds perhaps, for a condition of the grant was not seen."""

    def __len__(self) -> int:
        """Return the number of resources."""
        return len(self.resources)

    def __iter__(self) -> Iterator[tuple[Ref, Level]]:
        """Yield each resource's id with the effective level."""
        for ref, level in zip(self.snapshot.refs(self.resources), self.levels.tolist(), strict=True):
            yield ref, LEVELS[level]


def _waits(clause: Clause) -> bool:
    return any(condition.kind == "activation" for condition in clause.conditions)


def _joined(chain: Chain, clause: Clause) -> Chain:
    return (*chain, *clause.tail)


class Engine:
    """Answers questions over one snapshot. It is pure, and loads the columns once."""

    def __init__(self, snapshot: Snapshot, graph: Graph | None = None) -> None:
        self.snapshot = snapshot
        self.graph = graph or Graph(snapshot)
        self.chains = Chains(self.graph)
        self.rulings = Rulings(self.graph, self.chains)
        self.taken: dict[int, Chain] = {}
        """As whom the one principal signs in that is asked about, beside itself, each with the chain that leads there."""
        self.remembered: dict[tuple[Capability, int], list[Clause]] | None = None
        """What was asked, where several accounts of one person are asked about: most is the same for all; else nothing."""
        self._words = Words(snapshot)

    @cached_property
    def taken_at(self) -> BitMap:
        """As whom the one principal signs in that is asked about, beside itself: a set for the many questions of `reach`."""
        return BitMap(self.taken)

    def without(self, grants: tuple[int, ...] = (), memberships: tuple[int, ...] = ()) -> "Engine":
        """Return the engine as it would answer if some grants and memberships were gone.

        With a place in a group of an identity provider go the places in the groups that follow it.
        """
        follows = self.graph.follows
        then = Graph(self.snapshot, dropped_grants=grants, dropped_memberships=memberships, follows=follows)
        ended = mirrored(self.graph, then) if memberships else ()
        if ended:
            gone = (*memberships, *ended)
            then = Graph(self.snapshot, dropped_grants=grants, dropped_memberships=gone, follows=follows)
        return Engine(self.snapshot, then)

    def signing_in(self, taken: dict[int, Chain]) -> "Engine":
        """Return the engine for somebody who signs in as others: it holds what this one worked out, for that is the same."""
        twin = copy(self)
        twin.taken = taken
        twin.__dict__.pop("taken_at", None)
        return twin

    def clauses(self, capability: Capability, resource: int) -> list[Clause]:
        """Return what the rulings say, as they do, kept where `remembered` says so. Raises UsageError."""
        if self.remembered is None:
            return self.rulings.rule(capability, resource)
        asked = (capability, resource)
        if asked not in self.remembered:
            self.remembered[asked] = self.rulings.rule(capability, resource)
        return self.remembered[asked]

    # --- the questions ----------------------------------------------------------------------------

    def _known(self, ref: Ref) -> int:
        ordinal = self.snapshot.ordinal(ref)
        if ordinal is None:
            raise UsageError(f"{ref} is not in this snapshot", hint="`pipewarden list` shows what was read.")
        return ordinal

    def who_can(self, capability: Capability, resource: Ref) -> Holders:
        """Return everyone who has a capability on a resource.

        Raises UsageError where the resource is not known or the capability means nothing there.
        """
        ordinal = self._known(resource)
        return Holders(self, capability, ordinal, self.rulings.rule(capability, ordinal))

    @cached_property
    def later(self) -> "Later":
        """What people have once they activate a place in a group of an identity provider."""
        from pipewarden.access.later import Later

        return Later(self)

    @cached_property
    def elsewhere(self) -> dict[Kind, list[int]]:
        """What is asked about of whatever is in no repository, by its kind."""
        from pipewarden.access.asking import elsewhere

        return elsewhere(self.snapshot)

    @cached_property
    def machine_accounts(self) -> "MachineAccounts":
        """Which accounts are machines, by what systems and lists say of them."""
        from pipewarden.access.machine_accounts import MachineAccounts

        return MachineAccounts(self.snapshot)

    @cached_property
    def takeovers(self) -> "Takeovers":
        """Who may sign in as whom at identity providers."""
        from pipewarden.access.takeovers import Takeovers

        return Takeovers(self)

    def later_of(self, principal: int) -> "Later":
        """Return what somebody has by activating; an account of an identity provider stands for its person elsewhere."""
        from pipewarden.access.later import Later

        return Later(self, principal) if self.graph.follows.is_provider(principal) else self.later

    def who_may(self, capability: Capability, resource: Ref) -> Holders:
        """Return everyone who has a capability on a resource, or has it once they activate a place in a group.

        Raises UsageError as `who_can` does.
        """
        ordinal = self._known(resource)
        clauses = [*self.rulings.rule(capability, ordinal), *self.later.clauses(capability, ordinal)]
        return Holders(self, capability, ordinal, clauses)

    def why(self, principal: Ref, resource: Ref, capability: Capability | None = None) -> list[Access]:
        """Return what a principal can do to a resource and every path by which they can."""
        who, what = self._known(principal), self._known(resource)
        found, later = [], self.later_of(who)
        for each in (capability,) if capability else asked_of(self.snapshot, what):
            try:
                clauses = [*self.rulings.rule(each, what), *later.clauses(each, what)]
            except UsageError:
                if capability:
                    raise
                continue  # it means nothing on this one, by its system's own rules
            access = Holders(self, each, what, clauses).of(who)
            if access is not None:
                found.append(access)
        return found

    def unseen(self, resource: Ref | None = None) -> tuple[str, ...]:
        """Say what was not read of the grants on a resource, or on anything: that nobody holds more is then not known."""
        return self.rulings.unseen(None if resource is None else self._known(resource))

    def unseen_of(self, principal: Ref) -> tuple[str, ...]:
        """Say what was not read by which a principal may hold more roles; what other systems did not tell says nothing of it."""
        return self.rulings.unseen_of(self._known(principal))

    def grants_between(self, principal: Ref, resource: Ref) -> list[Path]:
        """Return every chain of memberships and grants from a principal to a repository, whatever it allows."""
        who, what = self._known(principal), self._known(resource)
        return [Path(links=chain) for chain in self.chains.to(who, what, Level.NONE)]

    def level(self, principal: Ref, repository: Ref) -> Level:
        """Return the effective repository role: the highest over all paths, a token's bounded by its owner's."""
        who, what = self.snapshot.ordinal(principal), self.snapshot.ordinal(repository)
        return Level.NONE if who is None or what is None else self.graph.level(who, what)

    def holders_at(self, repository: Ref, level: Level) -> list[Ref]:
        """Return all principals whose effective role on a repository is at least `level`, in the order of their ids."""
        ordinal = self.snapshot.ordinal(repository)
        return [] if ordinal is None else [self.snapshot.ref(o) for o in self.graph.holders(ordinal, level)]

    def what_can(self, principal: Ref) -> "Reachable":
        """Return what a principal holds a role on, highest first; an organization stands for all it contains."""
        who = self._known(principal)
        if carries := carried(self.graph, who):
            return self._carried(carries)
        resources, levels = self._bounded(who, *self.graph.reachable(who))
        order = np.lexsort((resources, -levels))
        perhaps: tuple[tuple[Ref, Level], ...] = ()
        if self.graph.doubts:
            also, high = self._bounded(who, *self.graph.reachable(who, sure=False))
            perhaps = tuple(
                (ref, Level(level))
                for ref, level in zip(self.snapshot.refs(also), high.tolist(), strict=True)
                if level > Level.NONE
            )
        return Reachable(self.snapshot, resources[order], levels[order], perhaps)

    def _carried(self, token: Carried) -> "Reachable":
        """Return what a token's owner holds a role on, at the highest level that its scopes let it act at."""
        resources, levels = self.graph.reachable(token.owner)
        if token.scopes is None:
            pairs = zip(self.snapshot.refs(resources), levels.tolist(), strict=True)
            return Reachable(self.snapshot, resources[:0], levels[:0], tuple((ref, Level(n)) for ref, n in pairs if n))
        levels = np.minimum(levels, np.int8(most(token.scopes)))
        resources, levels = resources[levels > 0], levels[levels > 0]
        order = np.lexsort((resources, -levels))
        return Reachable(self.snapshot, resources[order], levels[order], ())

    def _bounded(
        self, who: int, resources: NDArray[np.int32], levels: NDArray[np.int8]
    ) -> tuple[NDArray[np.int32], NDArray[np.int8]]:
        """Bound a token's levels by what its owner holds."""
        if who not in self.graph.bounded:
            return resources, levels
        resources, levels = self._owners_inside(who, resources, levels)
        bounds = [self.graph.bound(who, r) for r in resources.tolist()]
        return resources, np.minimum(levels, np.array(bounds, np.int8))

    def _owners_inside(
        self, who: int, resources: NDArray[np.int32], levels: NDArray[np.int8]
    ) -> tuple[NDArray[np.int32], NDArray[np.int8]]:
        """Add the repositories on which a token may do more than on its whole organization, for its owner may."""
        owner = self.graph.owners.get(who)
        if owner is None:
            return resources, levels
        known, above = set(resources.tolist()), dict(zip(resources.tolist(), levels.tolist(), strict=True))
        more = []
        for each in self.graph.reachable(owner)[0].tolist():
            outer = [above[scope] for scope in self.snapshot.scopes(each) if scope in above]
            if each not in known and outer and self.graph.level(who, each):
                more.append((each, max(outer)))
        found = np.array([each for each, _ in more], np.int32), np.array([level for _, level in more], np.int8)
        return np.concatenate((resources, found[0])), np.concatenate((levels, found[1]))

    # --- what views and reports need ----------------------------------------------------------------

    @cached_property
    def administered(self) -> dict[int, set[int]]:
        """What each principal with such a grant administers as a whole: organizations, tenants, enterprises."""
        grants, graph = self.snapshot.grants, self.graph
        whole = np.isin(self.snapshot.kind[grants.resource], [KINDS.index(kind) for kind in WHOLE])
        fits = ((graph.masks | graph.organization_masks) & bit(Capability.ADMINISTER)) != 0
        found: dict[int, set[int]] = {}
        for row in np.flatnonzero(whole & fits).tolist():
            principal = int(grants.principal[row])
            if row in graph.by_principal[principal]:  # a grant that is taken for gone is in no index
                found.setdefault(principal, set()).add(int(grants.resource[row]))
        return found

    @cached_property
    def machines_by_owner(self) -> dict[Ref, list[Machine]]:
        """The machines that each account owns or is presumed to hold.

        A token or key of which its system tells no owner is held by whom a person's row of a roster names: it stands with
        their account in its own system, else with the first they have.
        """
        found: dict[Ref, list[Machine]] = {}
        for machine in self.snapshot.entities(*MACHINES - {Kind.JOB}):
            if isinstance(machine, Machine) and machine.owner is not None:
                found.setdefault(machine.owner, []).append(machine)
        if System.ROSTER not in self.snapshot.systems:
            return found
        whose = {each: person for person in self.graph.follows.people.people for each in person.identities}
        for listed in self.graph.follows.people.machines:
            held, person = self.snapshot.find(listed.machine), whose.get(listed.by)
            if isinstance(held, Machine) and held.owner is None and held.ref.kind in CREDENTIALS:
                theirs = [joined.account for joined in person.accounts] if person else []
                near = [account for account in theirs if account.instance == held.ref.instance]
                for account in (near or theirs)[:1]:
                    found.setdefault(account, []).append(held)
        return found

    def membership_rows_of_group(self, group: Ref) -> list[int]:
        """Return the rows of the direct memberships in a group."""
        ordinal = self.snapshot.ordinal(group)
        return [] if ordinal is None else self.graph.by_group[ordinal].tolist()

    def membership_rows_of_member(self, member: Ref) -> list[int]:
        """Return the rows of the memberships that a principal holds directly."""
        ordinal = self.snapshot.ordinal(member)
        return [] if ordinal is None else self.graph.by_member[ordinal].tolist()

    def accounts_in(self, group: Ref) -> list[Ref]:
        """Return the accounts in a group or nested in it."""
        ordinal = self.snapshot.ordinal(group)
        if ordinal is None:
            return []
        refs = (self.snapshot.ref(o) for o in self.graph.members(ordinal))
        return [ref for ref in refs if ref.kind is Kind.ACCOUNT]

    def is_in(self, principal: Ref, group: Ref) -> bool:
        """Tell whether a principal is in a group, directly or through nesting."""
        who, where = self.snapshot.ordinal(principal), self.snapshot.ordinal(group)
        return who is not None and where is not None and who != where and where in self.graph.outer(who)

    def grant_rows_on(self, resource: Ref) -> list[int]:
        """Return the rows of the grants on exactly this resource."""
        ordinal = self.snapshot.ordinal(resource)
        return [] if ordinal is None else self.graph.by_resource[ordinal].tolist()

    def grant_rows_of(self, principal: Ref) -> list[int]:
        """Return the rows of the grants held by exactly this principal."""
        ordinal = self.snapshot.ordinal(principal)
        return [] if ordinal is None else self.graph.by_principal[ordinal].tolist()

    def repository_gates(self, repository: Ref) -> list[Gate]:
        """Return the gates that apply to a repository, its organization's and enterprise's included."""
        ordinal = self.snapshot.ordinal(repository)
        return [] if ordinal is None else list(self.rulings.repository(ordinal).gates)

    def gate_doubts(self, repository: Ref) -> tuple[str, ...]:
        """Return why it is not known which gates apply to a repository, in words; nothing where it is known."""
        ordinal = self.snapshot.ordinal(repository)
        return () if ordinal is None else self.rulings.repository(ordinal).doubts

    def words(self, path: Path) -> str:
        """Return a path in one line."""
        return self._words.path(path)

    def steps(self, path: Path) -> list[str]:
        """Return a path's stations in words."""
        return self._words.steps(path)

    def name(self, ref: Ref) -> str:
        """Return a name with the word that tells what it is."""
        return self._words.name(ref)
