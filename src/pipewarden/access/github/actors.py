"""Whom gates name: the people, teams, roles, apps and keys of a bypass list, as sets of ordinals."""

from collections.abc import Iterable
from functools import cached_property

from pyroaring import BitMap

from pipewarden.access.github.held import Held, Known
from pipewarden.access.github.protection import Bypass, bypasses
from pipewarden.access.github.roles import RULESET_ROLE_IDS
from pipewarden.access.graph import Stance, Want
from pipewarden.model.access import Capability, Level
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Gate
from pipewarden.model.ids import Kind, Ref, owners_of

ACTORS = frozenset(
    {
        "User",
        "Team",
        "App",
        "Integration",
        "RepositoryRole",
        "OrganizationAdmin",
        "EnterpriseOwner",
        "EnterpriseRole",
        "DeployKey",
    }
)
"""The kinds of actors that are resolved to principals.

https://docs.github.com/en/rest/repos/rules (bypass_actors.actor_type)
"""


class Actors:
    """Resolves the actors that gates name, within one graph.

    A stance asks for those too who hold a role perhaps, or may take it, so that a gate does not stop for certain
    somebody whom it may well let through.
    """

    def __init__(self, held: Held) -> None:
        self.held = held
        self.graph = held.graph
        self.snapshot = held.snapshot
        self._installations: dict[tuple[int, str], list[int]] | None = None

    def passing(self, at: Known, actors: Iterable[Bypass], *, stance: Stance = Stance.SURE) -> BitMap:
        """Return who passes a gate that lets these actors through: a token acts as its owner and passes as they do."""
        return self.acting(self.named(at, actors, stance=stance))

    def administrators(self, at: Known, *, stance: Stance = Stance.SURE) -> BitMap:
        """Return whom a classic rule exempts unless it includes administrators: they, and who holds the permission to bypass.

        https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-protected-branches/about-protected-branches#do-not-allow-bypassing-the-above-settings
        """
        return self.with_role(at, Level.ADMIN, stance=stance) | self.with_role(
            at, Capability.BYPASS_PROTECTION, stance=stance
        )

    def with_role(self, at: Known, want: Want, *, stance: Stance = Stance.SURE) -> BitMap:
        """Return who has a role or capability on a repository."""
        found = self.graph.able(at.ordinal, want)
        match stance:
            case Stance.MAYBE:
                return found | self.graph.perhaps_able(at.ordinal, want)
            case Stance.POTENTIAL:
                return found | self.graph.potential(at.ordinal, want)
        return found

    def named(self, at: Known, actors: Iterable[Bypass], *, stance: Stance = Stance.SURE) -> BitMap:
        """Return whom a list of actors names.

        https://docs.github.com/en/rest/repos/rules#get-a-repository-ruleset (bypass_actors.actor_type)
        """
        found = BitMap()
        instance = at.ref.instance
        for actor in actors:
            match actor.kind:
                case "User":
                    found |= self._one(Ref(instance, Kind.ACCOUNT, actor.id))
                case "Team":
                    ordinal = self.snapshot.ordinal(Ref(instance, Kind.GROUP, actor.id))
                    found |= BitMap() if ordinal is None else self.graph.members(ordinal)
                case "App" | "Integration":
                    found |= self._apps(at, actor.id)
                case "RepositoryRole":
                    found |= self._with_repository_role(at, actor.id, stance)
                case "OrganizationAdmin":
                    organization = int(self.snapshot.parent[at.ordinal])
                    owners = self.snapshot.ordinal(owners_of(self.snapshot.ref(organization)))
                    found |= BitMap() if owners is None else self.graph.members(owners)
                    if stance is Stance.POTENTIAL:
                        found |= self.graph.potential(at.ordinal, Level.ADMIN)
                case "EnterpriseRole":
                    found |= self._with_enterprise_role(at, f"ent_role:{actor.id}")
                case "EnterpriseOwner":
                    found |= self._enterprise_owners(at)
                case "DeployKey":
                    keys = BitMap(self.snapshot.ordinals(Kind.DEPLOY_KEY).tolist())
                    found |= self.with_role(at, Capability.PUSH, stance=stance) & keys
                case _:
                    continue
        return found

    def people(self, at: Known, actors: Iterable[Bypass], *, stance: Stance = Stance.SURE) -> BitMap:
        """Return the people among those whom a list names: apps and keys decide about nobody's request."""
        return self.named(at, actors, stance=stance) & self._accounts

    @cached_property
    def _accounts(self) -> BitMap:
        return BitMap(self.snapshot.ordinals(Kind.ACCOUNT).tolist())

    def unresolved(self, at: Known, actors: Iterable[Bypass]) -> tuple[str, ...]:
        """Name the actors of whom it is not known who they are: roles of the enterprise, and teams that were not read."""
        found = []
        for actor in actors:
            if actor.kind == "EnterpriseRole":
                if not self._is_read_role(at, actor.id):
                    found.append(f"enterprise role {actor.id}")
            elif actor.kind == "Team" and not self._is_read(actor.id):
                found.append(f"team {actor.name or actor.id}")
            elif actor.kind not in ACTORS:
                found.append(f"{actor.kind} {actor.id}".strip())
        return tuple(found)

    def _is_read(self, team: str) -> bool:
        return any(self.snapshot.ordinal(Ref(each, Kind.GROUP, team)) is not None for each in self.snapshot.instances)

    def _is_read_role(self, at: Known, role: str) -> bool:
        known = self.snapshot.find(Ref(at.ref.instance, Kind.ROLE, f"ent_role:{role}")) is not None
        return known and not self.held.gap(at.ordinal, Facet.ENT_ROLES)

    def _with_enterprise_role(self, at: Known, key: str) -> BitMap:
        """Return who holds a role of the enterprise that a repository's organization belongs to."""
        for scope in self.snapshot.scopes(at.ordinal):
            if self.snapshot.kind_of(scope) is Kind.ENTERPRISE:
                return self._holders(scope, key)
        return BitMap()

    def _enterprise_owners(self, at: Known) -> BitMap:
        """Return the owners of the enterprise that a repository's organization belongs to."""
        for scope in self.snapshot.scopes(at.ordinal):
            if self.snapshot.kind_of(scope) is Kind.ENTERPRISE:
                owners = self.snapshot.ordinal(owners_of(self.snapshot.ref(scope)))
                return BitMap() if owners is None else self.graph.members(owners)
        return BitMap()

    def acting(self, passers: BitMap) -> BitMap:
        """Return who passes a gate when these do: a token acts as its owner and passes as they do."""
        if not self.graph.bounded:
            return passers
        owners = self.graph.owners
        tokens = [t for t in self.graph.bounded if t in owners and owners[t] in passers]
        return (passers - BitMap(self.graph.bounded)) | BitMap(tokens)

    def refs(self, at: Known, named: Iterable[Bypass]) -> Iterable[Ref]:
        """Yield the ids of named people and teams."""
        for each in named:
            yield Ref(at.ref.instance, Kind.GROUP if each.kind == "Team" else Kind.ACCOUNT, each.id)

    def _one(self, ref: Ref) -> BitMap:
        ordinal = self.snapshot.ordinal(ref)
        return BitMap() if ordinal is None else BitMap([ordinal])

    def _apps(self, at: Known, app_id: str) -> BitMap:
        """Return the installations of an app, which bypass lists name by the app's id."""
        if self._installations is None:
            self._installations = {}
            for ordinal in self.snapshot.ordinals(Kind.APP).tolist():
                app = str(self.snapshot.entity(ordinal).attributes.get("app_id", ""))
                self._installations.setdefault((int(self.snapshot.instance[ordinal]), app), []).append(ordinal)
        return BitMap(self._installations.get((int(self.snapshot.instance[at.ordinal]), app_id), ()))

    def _with_repository_role(self, at: Known, role: str, stance: Stance) -> BitMap:
        """Return who has a built-in role or a higher one, or holds exactly a custom one."""
        level = RULESET_ROLE_IDS.get(role)
        if level is not None:
            return self.with_role(at, level, stance=stance)
        return self._holders(at.ordinal, f"custom_repo:{role}")

    def _holders(self, resource: int, key: str) -> BitMap:
        """Return who holds a role on exactly this resource."""
        roles = self.snapshot.grants.roles
        if key not in roles:
            return BitMap()
        rows = self.graph.by_resource[resource]
        held = rows[self.snapshot.grants.role[rows] == roles.index(key)]
        return self.graph.expand(self.snapshot.grants.principal[held].tolist())


def allowances(gate: Gate, what: str) -> list[Bypass]:
    """Return whom a classic rule names: `push`, `pull_request` or `force_push`."""
    return [each for each in bypasses(gate) if each.what == what]


def ruleset_bypass(gate: Gate, modes: frozenset[str]) -> list[Bypass]:
    """Return the bypass actors of a ruleset that have one of some modes."""
    return [
        Bypass(gate=gate.name, kind=str(a.get("actor_type", "")), id=str(a.get("actor_id") or ""))
        for a in gate.bypass or ()
        if str(a.get("bypass_mode") or "always") in modes
    ]


STRAIGHT = frozenset({"always", "exempt"})
"""Modes that let an actor push past a ruleset: `exempt` does not even evaluate it.

https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/creating-rulesets-for-a-repository#granting-bypass-permissions-for-your-branch-or-tag-ruleset
"""

BY_PULL_REQUEST = STRAIGHT | {"pull_request"}
"""Modes that let an actor merge a pull request past a ruleset, without the approvals and checks it asks for."""


def hidden(ruleset: str) -> str:
    """Say that a bypass list could not be seen.

    https://docs.github.com/en/rest/repos/rules: `bypass_actors` is only returned to who may write the ruleset.
    """
    return f"the bypass list of ruleset {ruleset} is hidden; administration: write would show it"
