"""The slow half of the engine: for one principal and one resource, every chain of memberships and grants."""

from itertools import product

from pipewarden.access.github.roles import bit
from pipewarden.access.graph import POTENTIAL, Graph, Want
from pipewarden.model.access import Capability, Level, Link
from pipewarden.model.columns import GRANT_KINDS, from_micros
from pipewarden.model.ids import CREDENTIALS, Kind

Chain = tuple[Link, ...]

MOST = 64
"""How many chains between a principal and one of its groups are kept: nesting gives one, rarely two."""


class Chains:
    """Enumerates chains over one graph. Every grant that contributes appears; the highest is only a view."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.snapshot = graph.snapshot

    def to(self, principal: int, resource: int, want: Want, *, potential: bool = False) -> list[Chain]:
        """Return every chain that gives a principal a level or capability on a repository, shortest first.

        A token's chains run through its owner, whose right bounds it. `potential` asks for what may be taken at will
        instead of what is held.
        """
        if principal in self.graph.bounded:
            return [] if potential else self._through_owner(principal, resource, want)
        return self._own(principal, resource, want, potential=potential)

    def _own(self, principal: int, resource: int, want: Want, *, potential: bool = False) -> list[Chain]:
        mine = self.graph.outer(principal)
        found = []
        below: Chain = ()
        for scope in self.graph.scopes(resource):
            for row in self.graph.rows_between(mine, scope):
                taken = bool(self.snapshot.grants.kind[row] == POTENTIAL)
                if taken is potential and self._fits(row, want):
                    holder = int(self.snapshot.grants.principal[row])
                    for climb in self.climbs(principal, holder):
                        found.append((*climb, self.grant_link(row), *below))
            outer = int(self.snapshot.parent[scope])
            if outer >= 0:
                inside = Link(source=self.snapshot.ref(outer), target=self.snapshot.ref(scope), says="contains")
                below = (inside, *below)
        return sorted(found, key=len)

    def _fits(self, row: int, want: Want) -> bool:
        if isinstance(want, Level):
            return bool(self.graph.levels[row] >= want)
        return bool(int(self.graph.masks[row]) & bit(want))

    def _through_owner(self, token: int, resource: int, want: Want) -> list[Chain]:
        owner = self.graph.owners.get(token)
        if owner is None:
            return []
        allowed = [
            row
            for scope in self.graph.scopes(resource)
            for row in self.graph.rows_between((token,), scope)
            if self._fits(row, want)
        ]
        found = []
        for row, chain in product(allowed, self._own(owner, resource, want)):
            link = self.grant_link(row)
            acts = Link(
                source=link.source,
                target=self.snapshot.ref(owner),
                says=f"acts for its owner, within {self.snapshot.name_of(self._ordinal(link))}",
                kind=link.kind,
                role=link.role,
                since=link.since,
                expires=link.expires,
                last_used=link.last_used,
                grant=row,
            )
            found.append((acts, *chain))
        return found

    def _ordinal(self, link: Link) -> int:
        ordinal = self.snapshot.ordinal(link.target)
        assert ordinal is not None  # noqa: S101 - every link of a chain is made from ordinals
        return ordinal

    def on_organization(self, principal: int, organization: int, capability: Capability) -> list[Chain]:
        """Return every chain that gives a principal a capability on an organization itself."""
        if principal in self.graph.bounded:
            owner = self.graph.owners.get(principal)
            if owner is None:
                return []
            acts = Link(source=self.snapshot.ref(principal), target=self.snapshot.ref(owner), says="acts for its owner")
            return [(acts, *chain) for chain in self.on_organization(owner, organization, capability)]
        wanted = bit(capability)
        found = []
        for row in self.graph.rows_between(self.graph.outer(principal), organization):
            held = self.snapshot.grants.kind[row] != POTENTIAL
            if held and int(self.graph.organization_masks[row]) & wanted:
                for climb in self.climbs(principal, int(self.snapshot.grants.principal[row])):
                    found.append((*climb, self.grant_link(row)))
        return sorted(found, key=len)

    def climbs(self, member: int, group: int) -> list[Chain]:
        """Return every chain of memberships from a principal to a group it is in; an empty one to itself."""
        if member == group:
            return [()]
        if group in self.graph.crowd:
            return [(Link(source=self.snapshot.ref(member), target=self.snapshot.ref(group), says="is anybody"),)]
        if self.snapshot.kind_of(group) in CREDENTIALS:
            says = "is presumed to hold, having added it"
            return [(Link(source=self.snapshot.ref(member), target=self.snapshot.ref(group), says=says),)]
        found: list[Chain] = []
        self._climb(member, group, (), {member}, found)
        return found

    def _climb(self, at: int, goal: int, so_far: Chain, seen: set[int], found: list[Chain]) -> None:
        if len(found) >= MOST:
            return
        for row in self.graph.by_member[at].tolist():
            outer = int(self.snapshot.memberships.group[row])
            if outer in seen:
                continue
            chain = (*so_far, self.membership_link(row))
            if outer == goal:
                found.append(chain)
            elif goal in self.graph.outer(outer):
                self._climb(outer, goal, chain, seen | {outer}, found)

    def membership_link(self, row: int) -> Link:
        """Return a membership as a link."""
        rows = self.snapshot.memberships
        role = rows.roles[rows.role[row]]
        nested = self.snapshot.kind_of(int(rows.member[row])) is Kind.GROUP
        return Link(
            source=self.snapshot.ref(int(rows.member[row])),
            target=self.snapshot.ref(int(rows.group[row])),
            says="is nested in" if nested else f"is {role} of",
            role=role,
            since=from_micros(int(rows.since[row])),
            expires=from_micros(int(rows.expires[row])),
            membership=row,
        )

    def grant_link(self, row: int) -> Link:
        """Return a grant as a link."""
        rows = self.snapshot.grants
        key = rows.roles[rows.role[row]]
        return Link(
            source=self.snapshot.ref(int(rows.principal[row])),
            target=self.snapshot.ref(int(rows.resource[row])),
            says=self.role_name(row),
            kind=GRANT_KINDS[rows.kind[row]],
            role=key,
            since=from_micros(int(rows.since[row])),
            expires=from_micros(int(rows.expires[row])),
            last_used=from_micros(int(rows.last_used[row])),
            grant=row,
        )

    def role_name(self, row: int) -> str:
        """Return a grant's role in words: the provider's name, a custom role with its base."""
        rows = self.snapshot.grants
        key: str = rows.roles[rows.role[row]]
        kind, _, rest = key.partition(":")
        if not rest:
            return key
        role = self.graph.role(int(rows.resource[row]), key)
        level = Level(int(self.graph.levels[row]))
        match kind:
            case "base":
                return f"base permission {rest}"
            case "deploy_key":
                return "key with write" if rest == "write" else "key, read only"
            case "app" | "token" | "scopes" | "job":
                permissions = role.permissions if role else {}
                return _permissions(permissions) if permissions else "no permission read"
        name = role.name if role else rest
        return f"{name} ({level.word})" if level else name


def _permissions(permissions: dict[str, str]) -> str:
    strong = [name for name, access in sorted(permissions.items()) if access in {"write", "admin"}]
    weak = [name for name, access in sorted(permissions.items()) if access == "read"]
    plain = [name for name, access in sorted(permissions.items()) if access not in {"write", "admin", "read"}]
    parts = [
        f"{', '.join(names)}{suffix}" for names, suffix in ((strong, ": write"), (weak, ": read"), (plain, "")) if names
    ]
    return "; ".join(parts)
