"""The slow half of the engine: for one principal and one resource, every chain of memberships and grants."""

from collections.abc import Iterator
from itertools import product

from msgspec import structs

from pipewarden.access.github.roles import bit
from pipewarden.access.graph import Graph, Stance, Want
from pipewarden.model.access import Capability, Level, Link
from pipewarden.model.columns import GRANT_KINDS, from_micros
from pipewarden.model.ids import CREDENTIALS, Kind
from pipewarden.model.systems import System

Chain = tuple[Link, ...]

MOST = 64
"""How many chains between a principal and one of its groups are kept: nesting gives one, rarely two."""


class Chains:
    """Enumerates chains over one graph. Every grant that contributes appears; the highest is only a view."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.snapshot = graph.snapshot
        self._role_names: dict[tuple[int, int], str] = {}
        self.led: dict[int, Chain] = {}
        """Memberships that are only supposed, by their row: the links by which somebody would come to them."""

    def to(self, principal: int, resource: int, want: Want, how: Stance = Stance.SURE) -> list[Chain]:
        """Return every chain that gives a principal a level or capability on a repository, shortest first.

        A token's chains run through its owner, whose right bounds it; what is open to anybody is open to it too.
        """
        if principal not in self.graph.bounded:
            return self._held_by(self.graph.outer(principal), principal, resource, want, how)
        crowd = self.graph.everyone.get(int(self.snapshot.instance[principal]))
        anybody = [] if crowd is None else self._held_by((crowd,), principal, resource, want, how)
        return anybody if how is Stance.POTENTIAL else anybody + self._through_owner(principal, resource, want, how)

    def by_login(self, principal: int, resource: int, want: Want, how: Stance = Stance.SURE) -> list[Chain]:
        """Return the chains of `to` without those through a key that somebody added: a key is a login of its own."""
        if principal in self.graph.bounded:
            return self.to(principal, resource, want, how)
        return self._held_by(self.graph.itself(principal), principal, resource, want, how)

    def _held_by(self, mine: tuple[int, ...], principal: int, resource: int, want: Want, how: Stance) -> list[Chain]:
        found = []
        below: Chain = ()
        for scope in self.graph.scopes(resource):
            for row in self.graph.rows_between(mine, scope):
                if self.graph.stance(row) is how and self._fits(row, want) and self.graph.applies(row, resource):
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

    def _through_owner(self, token: int, resource: int, want: Want, how: Stance) -> list[Chain]:
        """Return a token's chains: each of its own grants with each chain of its owner; unsure where either is.

        "Personal access tokens are intended to access GitHub resources on behalf of yourself", and "can only be used for
        HTTPS Git operations": a token never does what its owner does by a deploy key.
        https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/managing-your-personal-access-tokens
        """
        owner = self.graph.owners.get(token)
        if owner is None:
            return []
        rows = [
            row
            for scope in self.graph.scopes(resource)
            for row in self.graph.rows_between((token,), scope)
            if self._fits(row, want) and self.graph.applies(row, resource)
        ]
        if not rows:
            return []
        found = []
        for stance in (Stance.SURE, Stance.MAYBE):
            for row, chain in product(rows, self.by_login(owner, resource, want, stance)):
                both = {stance, self.graph.stance(row)}
                if (Stance.MAYBE if Stance.MAYBE in both else Stance.SURE) is how:
                    found.append((self._acting(row, owner), *chain))
        return found

    def _acting(self, row: int, owner: int) -> Link:
        link = self.grant_link(row)
        within = self.snapshot.name_of(int(self.snapshot.grants.resource[row]))
        says = f"acts for its owner, within {within}"
        return structs.replace(link, target=self.snapshot.ref(owner), says=says)

    def on_organization(
        self, principal: int, organization: int, capability: Capability, how: Stance = Stance.SURE
    ) -> list[Chain]:
        """Return every chain that gives a principal a capability on an organization itself.

        A token's chains run through its owner, whose right bounds it.
        """
        if principal not in self.graph.bounded:
            return self._on_organization(principal, organization, capability, how)
        owner = self.graph.owners.get(principal)
        if owner is None or how is Stance.POTENTIAL:
            return []
        found = []
        rows = self._organization_rows((principal,), organization, capability)
        for stance in (Stance.SURE, Stance.MAYBE):
            for row, chain in product(rows, self._on_organization(owner, organization, capability, stance)):
                both = {stance, self.graph.stance(row)}
                if (Stance.MAYBE if Stance.MAYBE in both else Stance.SURE) is how:
                    found.append((self._acting(row, owner), *chain))
        return found

    def _on_organization(self, principal: int, organization: int, capability: Capability, how: Stance) -> list[Chain]:
        found = []
        for row in self._organization_rows(self.graph.outer(principal), organization, capability):
            if self.graph.stance(row) is how:
                for climb in self.climbs(principal, int(self.snapshot.grants.principal[row])):
                    found.append((*climb, self.grant_link(row)))
        return sorted(found, key=len)

    def _organization_rows(self, principals: tuple[int, ...], organization: int, capability: Capability) -> list[int]:
        wanted = bit(capability)
        rows = self.graph.rows_between(principals, organization)
        return [row for row in rows if int(self.graph.organization_masks[row]) & wanted]

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
        return found or list(self._filled(member, group))

    def _filled(self, member: int, group: int) -> Iterator[Chain]:
        """Yield the chains to a group that is filled at login alone, or that contains one which is."""
        for outer in self.graph.follows.by_outer:
            if outer == group:
                yield from self.through(member, outer)
            elif group in self.graph.outer(outer):
                for chain in self.through(member, outer):
                    yield from ((*chain, *rest) for rest in self.climbs(outer, group))

    def through(self, member: int, group: int) -> Iterator[Chain]:
        """Yield the chains by which the identity provider puts somebody into a group that follows one of its own."""
        for link in self.graph.follows.by_outer.get(group, ()):
            for account in self.graph.follows.signs_in_as(member):
                outers = self.graph.outer(account)
                if link.inner not in outers or not self.graph.follows.brings(link, outers):
                    continue
                head = () if account == member else (self._link(member, account, "signs in as"),)
                last = self._link(link.inner, group, "is followed by")
                yield from ((*head, *climb, last) for climb in self.climbs(account, link.inner))

    def _link(self, source: int, target: int, says: str) -> Link:
        return Link(source=self.snapshot.ref(source), target=self.snapshot.ref(target), says=says)

    def _climb(self, at: int, goal: int, so_far: Chain, seen: set[int], found: list[Chain]) -> None:
        if len(found) >= MOST:
            return
        for row in self.graph.by_member[at].tolist():
            outer = int(self.snapshot.memberships.group[row])
            if outer in seen:
                continue
            if outer != goal and goal not in self.graph.outer(outer):
                continue
            for step in self._steps(at, outer, row, first=not so_far):
                chain = (*so_far, *step)
                if outer == goal:
                    found.append(chain)
                else:
                    self._climb(outer, goal, chain, seen | {outer}, found)

    def _steps(self, member: int, group: int, row: int, *, first: bool) -> list[Chain]:
        """Return how a membership is come to: by itself, or from the group of an identity provider that it mirrors."""
        if row in self.led:
            return [self.led[row]]
        mirrored = list(self.through(member, group)) if first and group in self.graph.follows.by_outer else []
        return mirrored or [(self.membership_link(row),)]

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
        """Return a grant's role in words: the provider's name, a custom role with its base (kept once found)."""
        rows = self.snapshot.grants
        role = int(rows.role[row]), int(self.snapshot.instance[rows.resource[row]])
        found = self._role_names.get(role)
        if found is None:
            found = self._role_names[role] = self._role_name(row)
        return found

    def _role_name(self, row: int) -> str:
        rows = self.snapshot.grants
        key: str = rows.roles[rows.role[row]]
        kind, _, rest = key.partition(":")
        if not rest:
            return key
        system = self.snapshot.systems[int(self.snapshot.instance[int(rows.resource[row])])]
        if kind == "app" and system is System.ENTRA:
            return rest  # a role that an application declares, not the permissions of an app of a code host
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
