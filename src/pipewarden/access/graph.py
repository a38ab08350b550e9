"""The fast half of the engine: who holds what on what, with grants as arrays and groups as bitmaps of who is in them.

Base roles and ownership are grants of implicit groups on the organization: they are looked up through
what contains a resource and never expanded into one edge per person and repository.
"""

from collections.abc import Iterable, Sequence
from enum import Enum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from pipewarden.access.follows import Follows
from pipewarden.access.github.roles import bit
from pipewarden.access.groups import GROUP, Groups, Index
from pipewarden.access.roles import Value, roles_of
from pipewarden.model.access import Capability, Level
from pipewarden.model.columns import GRANT_KINDS, I32, NEVER, to_micros
from pipewarden.model.facts import GrantKind, Role
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.snapshot import Snapshot

NOTHING = np.empty(0, dtype=np.int32)

POTENTIAL = GRANT_KINDS.index(GrantKind.POTENTIAL)

Want = Level | Capability
"""What somebody is asked to have on a repository: at least a role, or a capability."""


class Stance(Enum):
    """How sure the roles are from which somebody comes to a gate; a gate sees more of them than it is certain of."""

    SURE = "sure"
    MAYBE = "maybe"
    """By grants with a condition that was not seen."""
    POTENTIAL = "potential"
    """As an enterprise owner who makes themselves an owner of the organization."""


class Together:
    """What several principals hold, as if they were one: none of them is bounded by an owner."""

    def __init__(self, graph: "Graph", rows: I32) -> None:
        self._graph = graph
        grants = graph.snapshot.grants
        self.resources: NDArray[np.int32] = np.unique(grants.resource[rows])
        self._anywhere = self._highest(rows[~graph.public_only[rows]])
        self._in_public = self._highest(rows) if graph.narrow else self._anywhere

    def _highest(self, rows: I32) -> dict[int, int]:
        """Return the highest level that some grants give on exactly each thing."""
        resources = self._graph.snapshot.grants.resource[rows]
        found = np.zeros(len(self.resources), np.int8)
        np.maximum.at(found, np.searchsorted(self.resources, resources), self._graph.levels[rows])
        return dict(zip(self.resources.tolist(), found.tolist(), strict=True))

    def level(self, resource: int) -> int:
        """Return the highest level on a thing, by what contains it too."""
        levels = self._in_public if self._graph.narrow and self._graph.is_public(resource) else self._anywhere
        return max(levels.get(scope, 0) for scope in self._graph.scopes(resource))


class Graph(Groups):
    """Who is in which group and who holds what on what, of one snapshot at its as-of time."""

    def __init__(
        self,
        snapshot: Snapshot,
        *,
        dropped_grants: Iterable[int] = (),
        dropped_memberships: Iterable[int] = (),
        follows: Follows | None = None,
    ) -> None:
        super().__init__(snapshot, dropped_memberships=dropped_memberships)
        self.follows = follows or Follows(snapshot)
        grants, now = snapshot.grants, to_micros(snapshot.as_of)
        live_grants = (grants.expires == NEVER) | (grants.expires > now)
        live_grants[list(dropped_grants)] = False
        self.live_grants = live_grants
        self._roles = self._named_roles()
        roles = [roles_of(system) for system in snapshot.systems]
        self.levels: NDArray[np.int8] = self._by_role(np.int8, [each.level for each in roles])
        self.masks: NDArray[np.uint16] = self._by_role(np.uint16, [each.mask for each in roles])
        rows = np.flatnonzero(live_grants).astype(np.int32)
        everything = len(rows) == len(grants)
        self.by_resource = Index(grants.resource, self.size, None if everything else rows)
        self.by_principal = Index(grants.principal, self.size, None if everything else rows)
        self.latent = grants.kind == POTENTIAL
        self.sure = ~self.latent & (grants.condition == self._no_condition)
        self._doubts = bool((~self.latent & (grants.condition != self._no_condition)).any())
        self.public_only: NDArray[np.bool_] = self._by_role(np.bool_, [each.public_only for each in roles])
        self.narrow = bool(self.public_only.any())
        self._scope_holders: dict[tuple[int, Want], BitMap] = {}

    @property
    def doubts(self) -> bool:
        """Whether any grant has a condition that was not seen."""
        return self._doubts

    @cached_property
    def _no_condition(self) -> int:
        words = self.snapshot.grants.conditions
        return words.index(()) if () in words else -1

    def _named_roles(self) -> list[tuple[int, int, Role | None]]:
        """Return the roles that grants name, each by its instance and role code, with the fact about it."""
        grants = self.snapshot.grants
        held = np.zeros((len(self.snapshot.instances), len(grants.roles)), np.bool_)
        held[self.snapshot.instance[grants.resource], grants.role] = True
        found = []
        for code, role in zip(*(each.tolist() for each in np.nonzero(held)), strict=True):
            fact = self.snapshot.find(Ref(self.snapshot.instances[code], Kind.ROLE, grants.roles[role]))
            found.append((code, role, fact if isinstance(fact, Role) else None))
        return found

    def _by_role(self, dtype: type[Any], values: Sequence[Value]) -> NDArray[Any]:
        """Return one value per grant, worked out once per role and instance, by the meaning roles have there."""
        grants, snapshot = self.snapshot.grants, self.snapshot
        if not len(grants):
            return np.empty(0, dtype=dtype)
        table = np.zeros((len(values), len(grants.roles)), dtype)
        for code, role, fact in self._roles:
            table[code, role] = values[code](grants.roles[role], fact)
        if len(table) == 1:
            by_role: NDArray[Any] = table[0][grants.role]
            return by_role
        return table[snapshot.instance[grants.resource], grants.role]

    def role(self, resource: int, key: str) -> Role | None:
        """Return the fact about a role as a grant on some resource names it."""
        found = self.snapshot.find(Ref(self.snapshot.instances[self.snapshot.instance[resource]], Kind.ROLE, key))
        return found if isinstance(found, Role) else None

    @cached_property
    def organization_masks(self) -> NDArray[np.uint16]:
        """What each grant allows on its organization itself; meaningless for grants on anything else."""
        return self._by_role(np.uint16, [roles_of(system).own_mask for system in self.snapshot.systems])

    def scopes(self, resource: int) -> list[int]:
        """Return a resource and all that contain it, innermost first."""
        return self.snapshot.scopes(resource)

    def _fits(self, rows: I32, want: "Want") -> NDArray[np.bool_]:
        fitting: NDArray[np.bool_]
        fitting = self.levels[rows] >= want if isinstance(want, Level) else (self.masks[rows] & bit(want)) != 0
        return fitting

    def applies(self, row: int, resource: int) -> bool:
        """Tell whether a grant is worth something on a resource at all: some tokens are so on public repositories alone."""
        return not self.public_only[row] or self.is_public(resource)

    def stance(self, row: int) -> Stance:
        """Tell how sure a grant is."""
        if self.latent[row]:
            return Stance.POTENTIAL
        return Stance.SURE if self.sure[row] else Stance.MAYBE

    def is_public(self, resource: int) -> bool:
        """Tell whether a repository is public."""
        return self.snapshot.entity(resource).attributes.get("visibility") == "public"

    def held_on(self, resource: int, want: "Want", *, sure: bool = True, public: bool = False) -> BitMap:
        """Return who is given a level or capability by grants on exactly this resource, token bounds not applied.

        Grants that are worth something on public repositories alone count only where `public` says so.
        """
        rows = self.by_resource[resource]
        if not len(rows):
            return BitMap()
        keep = self._fits(rows, want)
        keep &= self.sure[rows] if sure else ~self.sure[rows] & ~self.latent[rows]
        if self.narrow and not public:
            keep &= ~self.public_only[rows]
        return self.expand(self.snapshot.grants.principal[rows[keep]].tolist())

    def held_through(self, scope: int, want: "Want") -> BitMap:
        """Return who is given it on all an organization or enterprise contains (kept once computed)."""
        known = self._scope_holders.get((scope, want))
        if known is None:
            known = self._scope_holders[scope, want] = self.held_on(scope, want)
        return known

    def holders(self, resource: int, want: "Want") -> BitMap:
        """Return all accounts and machines, and the group `everyone`, who have a level or capability on a repository.

        Gates are not applied: this is what roles, permissions and scopes allow, a token's bounded by its owner. Who is
        presumed to hold a key is among them.
        """
        found = self.able(resource, want)
        return found | self.behind(found) if self._added else found

    def able(self, resource: int, want: "Want") -> BitMap:
        """Return who has a level or capability on a repository by a login of their own; a key is a login, not its holder's."""
        found = self._unbound(resource, want)
        return self._bound(found, found) if self.bounded else found

    def _unbound(self, resource: int, want: "Want") -> BitMap:
        public = self.narrow and self.is_public(resource)
        found = self.held_on(resource, want, public=public)
        scope = int(self.snapshot.parent[resource])
        while scope >= 0:
            through = self.held_on(scope, want, public=True) if public else self.held_through(scope, want)
            if through:
                found |= through
            scope = int(self.snapshot.parent[scope])
        return found

    @cached_property
    def _bounded_map(self) -> BitMap:
        return BitMap(self.bounded)

    def _bound(self, found: BitMap, able: BitMap) -> BitMap:
        """Leave out the tokens whose owner is not among those able, and those whose owner is not known."""
        tokens = found & self._bounded_map
        if not tokens or any(crowd in able for crowd in self.crowd):
            return found
        dead = [t for t in tokens if (owner := self.owners.get(t)) is None or owner not in able]
        return found - BitMap(dead) if dead else found

    def maybe(self, resource: int, want: "Want") -> BitMap:
        """Return who may have it, for a condition of a grant was not seen: their own, or that of a token's owner."""
        found = self.perhaps_able(resource, want)
        return found | (self.behind(found) - self.holders(resource, want)) if found else found

    def perhaps_able(self, resource: int, want: "Want") -> BitMap:
        """Return who may have it by a login of their own, for a condition of a grant was not seen."""
        if not self._doubts:
            return BitMap()
        public = self.narrow and self.is_public(resource)
        found = self._unbound(resource, want)
        for scope in self.scopes(resource):
            found |= self.held_on(scope, want, sure=False, public=public)
        return self._bound(found, found) - self.able(resource, want)

    def potential(self, resource: int, want: "Want") -> BitMap:
        """Return who may take it at will: enterprise owners may join any of its organizations as owner.

        https://docs.github.com/en/enterprise-cloud@latest/admin/managing-accounts-and-repositories/managing-organizations-in-your-enterprise/managing-your-role-in-an-organization-owned-by-your-enterprise
        """
        found = BitMap()
        for scope in self.scopes(resource):
            rows = self.by_resource[scope]
            rows = rows[self.snapshot.grants.kind[rows] == POTENTIAL]
            if len(rows):
                found |= self.expand(self.snapshot.grants.principal[rows[self._fits(rows, want)]].tolist())
        return found

    def on_organization(self, organization: int, capability: Capability) -> tuple[BitMap, BitMap]:
        """Return who has a capability on an organization itself: for sure, and perhaps."""
        rows = self.by_resource[organization]
        rows = rows[(self.organization_masks[rows] & bit(capability)) != 0]
        held = self.snapshot.grants.kind[rows] != POTENTIAL
        principals = self.snapshot.grants.principal[rows]
        seen = self.expand(principals[self.sure[rows]].tolist())
        sure = self._bound(seen, seen)
        if not self._doubts:
            return sure, BitMap()
        every = self.expand(principals[held].tolist())
        return sure, self._bound(every, every) - sure

    def potential_on_organization(self, organization: int, capability: Capability) -> BitMap:
        """Return who may take a capability on an organization at will, by making themselves its owner."""
        rows = self.by_resource[organization]
        rows = rows[self.snapshot.grants.kind[rows] == POTENTIAL]
        rows = rows[(self.organization_masks[rows] & bit(capability)) != 0]
        return self.expand(self.snapshot.grants.principal[rows].tolist())

    def level(self, principal: int, resource: int) -> Level:
        """Return the effective level of one principal on one resource."""
        best = self._highest(self.outer(principal), resource)
        return Level(min(best, self.bound(principal, resource)) if principal in self.bounded else best)

    def bound(self, token: int, resource: int) -> int:
        """Return the level beyond which a token does not act: its owner's own; nothing where no owner is known."""
        owner = self.owners.get(token)
        return self._highest(self.itself(owner), resource) if owner is not None else 0

    def together(self, principals: BitMap) -> "Together":
        """Return what some accounts hold for sure, by themselves and all that they are in: one answer for all of them."""
        grants, rows = self.snapshot.grants, self.by_principal.rows
        mine = np.zeros(self.size, np.bool_)
        mine[list(self.around(principals))] = True
        rows = rows[mine[grants.principal[rows]] & self.sure[rows]]
        return Together(self, rows)

    def _highest(self, mine: tuple[int, ...], resource: int) -> int:
        best = 0
        grants = self.snapshot.grants
        for scope in self.scopes(resource):
            rows = self.by_resource[scope]
            if not len(rows):
                continue
            held = np.isin(grants.principal[rows], mine) & self.sure[rows]
            if self.narrow and not self.is_public(resource):
                held &= ~self.public_only[rows]
            if held.any():
                best = max(best, int(self.levels[rows[held]].max()))
        return best

    def rows_between(self, principals: tuple[int, ...], resource: int) -> list[int]:
        """Return the grants that any of some principals holds on exactly this resource."""
        on = self.by_resource[resource]
        if len(on) > 64:
            return [int(row) for row in on[np.isin(self.snapshot.grants.principal[on], principals)]]
        wanted = set(principals)
        return [row for row in on.tolist() if int(self.snapshot.grants.principal[row]) in wanted]

    def reachable(self, principal: int, *, sure: bool = True) -> tuple[I32, NDArray[np.int8]]:
        """Return what a principal holds grants on, each resource once with its highest level.

        Organizations stand for all they contain. The bound of a token's owner is not applied here. With `sure` off it
        is what they hold perhaps, by grants with a condition that was not seen.
        """
        rows = [self.by_principal[p] for p in self.outer(principal)]
        together = np.concatenate(rows) if rows else NOTHING
        kept = self.sure[together] if sure else ~self.sure[together] & ~self.latent[together]
        together = together[kept]
        if not len(together):
            return NOTHING, np.empty(0, np.int8)
        resources = self.snapshot.grants.resource[together]
        order = np.argsort(resources, kind="stable")
        resources, levels = resources[order], self.levels[together][order]
        first = np.flatnonzero(np.concatenate(([True], resources[1:] != resources[:-1])))
        return resources[first], np.maximum.reduceat(levels, first)

    def count_holders(self, level: Level) -> dict[int, int]:
        """Count the holders of at least a level on every repository, by the repository's ordinal.

        Works in columns over all grants at once; repositories on which a machine with an owner holds something
        take the general way, for keys stand for their holders and tokens are bounded.
        """
        repositories = self.snapshot.ordinals(Kind.REPOSITORY)
        rows = self.by_resource.rows
        rows = rows[(self.levels[rows] >= level) & self.sure[rows]]
        resources, principals = self.snapshot.grants.resource[rows], self.snapshot.grants.principal[rows]
        starts = np.searchsorted(resources, repositories, "left").tolist()
        ends = np.searchsorted(resources, repositories, "right").tolist()
        owned = np.isin(principals, np.fromiter(self.owners, np.int32, len(self.owners)))
        general = frozenset(np.unique(resources[owned]).tolist())
        is_group = self.snapshot.kind[principals] == GROUP
        members = self._members
        for group in np.unique(principals[is_group]).tolist():
            if group not in self.crowd:
                self.members(group)
        counts: dict[int, int] = {}
        everybody = principals.tolist()
        grouped = is_group.tolist()
        for place, repository in enumerate(repositories.tolist()):
            if repository in general:
                counts[repository] = len(self.holders(repository, level))
                continue
            sets, single = self._through(repository, level), []
            for at in range(starts[place], ends[place]):
                principal = everybody[at]
                if grouped[at] and principal in members:
                    sets.append(members[principal])
                else:
                    single.append(principal)
            if single:
                sets.append(BitMap(single))
            together = BitMap.union(BitMap(), *sets)
            counts[repository] = len(self._bound(together, together) if self.bounded else together)
        return counts

    def _through(self, repository: int, level: Level) -> list[BitMap]:
        """Return the sets of those who hold a level through what contains a repository."""
        found = []
        scope = int(self.snapshot.parent[repository])
        while scope >= 0:
            holders = self.held_through(scope, level)
            if holders:
                found.append(holders)
            scope = int(self.snapshot.parent[scope])
        return found
