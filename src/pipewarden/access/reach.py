"""How far somebody gets, over several steps: from a role to pipelines, to secrets, environments and cloud roles."""

from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np
from msgspec import Struct, structs
from pyroaring import BitMap

from pipewarden.access.accounts import PROVIDERS
from pipewarden.access.engine import Engine, Holders
from pipewarden.access.github.oidc import trust_accepts
from pipewarden.access.gitlab.bearers import carried
from pipewarden.access.jenkins import reach as jenkins
from pipewarden.access.widened import Widened
from pipewarden.model.access import Access, Answer, Capability, Level, Path
from pipewarden.model.facts import Trust
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.systems import System

RANK = {
    Capability.ADMINISTER: 9,
    Capability.ASSUME_ROLE: 8,
    Capability.READ_SECRET: 7,
    Capability.DEPLOY: 6,
    Capability.MANAGE_ACCESS: 5,
    Capability.MANAGE_RUNNER: 4,
    Capability.BYPASS_PROTECTION: 4,
    Capability.EDIT_PIPELINE: 3,
    Capability.PUSH: 2,
    Capability.READ: 1,
}
"""What matters more stands first."""

MOST_TAKEN = 20
"""People of one way to have something who are looked at for the shortest path as one of them."""

_INSIDE = (
    (Kind.ENVIRONMENT, Capability.DEPLOY),
    (Kind.SECRET, Capability.READ_SECRET),
)


class Reached(Struct, frozen=True, kw_only=True):
    """One thing somebody gets to: by which capability, how many steps away, and how."""

    access: Access
    steps: int

    @property
    def rank(self) -> tuple[int, int]:
        """Order: what matters more first, then what is nearer."""
        return (-RANK.get(self.access.capability, 0), self.steps)


def reach(engine: Engine, principal: Ref, *, most: int = 10_000) -> list[Reached]:
    """Return all that a principal gets to, over roles, pipelines, environments, secrets and OIDC trusts.

    Steps: a role on a repository (1) → its pipeline (2) → an environment or secret (3) → a cloud role that trusts
    the job's identity (4). Repositories that the principal can only read end there, unless a pipeline runs strangers' code.
    `most` bounds the number of repositories looked into; raises nothing when it is met, the caller sees the count.
    """
    seen = engine.snapshot.ordinal(principal)
    if seen is None:
        return []
    # what they may put themselves into at the identity provider is theirs to reach too
    engine = Widened(engine, seen).engine
    found = _found(engine, seen, most)
    later = engine.later_of(seen)
    if later.ways:
        known = {(each.access.capability, each.access.resource) for each in found}
        after = _found(later.engine, seen, most)
        found += [each for each in after if (each.access.capability, each.access.resource) not in known]
    return sorted(found, key=lambda each: (each.rank, str(each.access.resource), each.access.capability))


def _found(engine: Engine, seen: int, most: int) -> list[Reached]:
    found: list[Reached] = []
    for number, (repository, level) in enumerate(_repositories(engine, seen)):
        if number >= most:
            break
        found += _one(engine, seen, repository, level)
    for organization in engine.snapshot.ordinals(Kind.ORGANIZATION).tolist():
        found += _asked(engine, seen, organization, (Capability.ADMINISTER, Capability.MANAGE_SECRET), 1)
        for secret in engine.snapshot.children(organization, Kind.SECRET):
            found += _asked(engine, seen, secret, (Capability.READ_SECRET,), 3)
    for tenant in engine.snapshot.ordinals(Kind.TENANT).tolist():
        if _system(engine, tenant) in _ADMINISTERED:
            found += _asked(engine, seen, tenant, (Capability.ADMINISTER,), 1)
    found += _signed_in_as(engine, seen)
    found += _impersonated(engine, seen, most)
    for number, (resource, capability, steps) in enumerate(jenkins.questions(engine.snapshot)):
        if number >= most:
            break
        found += _asked(engine, seen, resource, (capability,), steps)
    found += _trusts(engine, seen, found)
    found += _beyond(engine, seen, found)
    return found


def together(engine: Engine, principals: Iterable[Ref]) -> list[tuple[Reached, tuple[Ref, ...]]]:
    """Return what several principals of one person get to: each thing once, by the best of them, and by whom of them."""
    found: dict[tuple[Capability, Ref], list[Reached]] = {}
    engine.remembered = engine.remembered or {}
    for principal in principals:
        for each in reach(engine, principal):
            found.setdefault((each.access.capability, each.access.resource), []).append(each)
    out = []
    for ways in found.values():
        ways.sort(key=lambda each: (each.access.answer is not Answer.YES, *_needs(each.access), each.steps))
        out.append((ways[0], tuple(dict.fromkeys(each.access.principal for each in ways))))
    return sorted(out, key=lambda pair: (pair[0].rank, str(pair[0].access.resource), pair[0].access.capability))


def _needs(access: Access) -> tuple[bool, bool]:
    """Tell whether somebody else is needed, and whether something is activated first."""
    witness = access.witness
    return (witness is None or not witness.alone, witness is None or witness.waits)


def _repositories(engine: Engine, principal: int) -> Iterator[tuple[int, Level]]:
    """Yield the repositories a principal has any role on, those with the highest first."""
    carries = carried(engine.graph, principal)
    principal = carries.owner if carries else principal  # the answers are within what the token's scopes let it do
    bounded = principal in engine.graph.bounded
    resources, levels = engine.graph.reachable(principal)
    perhaps, high = engine.graph.reachable(principal, sure=False)
    together = engine.graph.together(engine.taken_at if bounded else engine.taken_at | BitMap([principal]))
    most = max((*levels.tolist(), *high.tolist()), default=0) if len(perhaps) else 0
    found: set[int] = set()
    for resource in (*resources.tolist(), *perhaps.tolist(), *together.resources.tolist()):
        kind = engine.snapshot.kind_of(resource)
        if kind is Kind.REPOSITORY:
            found.add(resource)
        elif kind is Kind.ORGANIZATION:
            found.update(engine.snapshot.children(resource, Kind.REPOSITORY))
        elif kind is Kind.ENTERPRISE:
            for organization in engine.snapshot.children(resource, Kind.ORGANIZATION):
                found.update(engine.snapshot.children(organization, Kind.REPOSITORY))
    # what is held perhaps is asked about at its highest; the answers then say what is unknown
    ranked = [
        (Level(max(together.level(each), engine.graph.level(principal, each) if bounded else 0, most)), each)
        for each in sorted(found)
    ]
    for level, repository in sorted(ranked, key=lambda pair: (-pair[0], pair[1])):
        if level:
            yield repository, level


def _one(engine: Engine, principal: int, repository: int, level: Level) -> list[Reached]:
    found = []
    if level is Level.ADMIN:
        found += _asked(engine, principal, repository, (Capability.ADMINISTER, Capability.EDIT_PIPELINE), 1)
    elif level >= Level.WRITE:
        # an app that may write but not touch workflows pushes all the same
        for wanted, steps in ((Capability.EDIT_PIPELINE, 2), (Capability.PUSH, 1)):
            found += [] if found else _asked(engine, principal, repository, (wanted,), steps)
        found += [] if found else _asked(engine, principal, repository, (Capability.READ,), 1)
    else:
        found += _asked(engine, principal, repository, (Capability.READ, Capability.READ_SECRET), 2)
    if level >= Level.WRITE or _open_pipeline(engine, repository):
        for kind, capability in _INSIDE:
            for inside in engine.snapshot.children(repository, kind):
                found += _asked(engine, principal, inside, (capability,), 3)
                if kind is Kind.ENVIRONMENT:
                    for secret in engine.snapshot.children(inside, Kind.SECRET):
                        found += _asked(engine, principal, secret, (Capability.READ_SECRET,), 3)
    return found


def _open_pipeline(engine: Engine, repository: int) -> bool:
    workflows = engine.snapshot.children(repository, Kind.WORKFLOW)
    return any(engine.snapshot.entity(w).attributes.get("untrusted_code", False) is not False for w in workflows)


def _asked(
    engine: Engine, principal: int, resource: int, capabilities: tuple[Capability, ...], steps: int
) -> list[Reached]:
    found = []
    for capability in capabilities:
        holders = Holders(engine, capability, resource, engine.clauses(capability, resource))
        access = holders.of(principal) or (taken(holders, principal) if engine.taken else None)
        if access is not None:
            found.append(Reached(access=access, steps=steps))
    return found


_ADMINISTERED = frozenset({System.OKTA, System.ENTRA, System.GITLAB, System.VAULT})
"""Systems whose tenant is asked about here; a controller of Jenkins is asked about with its jobs."""


_ACTED_AS = frozenset({System.OKTA, System.ENTRA, System.VAULT})
"""Systems in which somebody acts as a machine: they give an application another secret, or take one of a role's login."""


def _system(engine: Engine, ordinal: int) -> System:
    return engine.snapshot.systems[int(engine.snapshot.instance[ordinal])]


def _impersonated(engine: Engine, principal: int, most: int) -> list[Reached]:
    """Return the machines that a principal of a directory or vault may act as: it adds or takes a secret of one, or holds one."""
    if _system(engine, principal) not in _ACTED_AS:
        return []
    found = []
    for machine in engine.snapshot.ordinals(Kind.SERVICE_ACCOUNT).tolist()[:most]:
        if machine != principal and engine.snapshot.instance[machine] == engine.snapshot.instance[principal]:
            found += _asked(engine, principal, machine, (Capability.ASSUME_ROLE,), 1)
    return found


def _signed_in_as(engine: Engine, principal: int) -> list[Reached]:
    """Return the parts of a directory whose people a principal may sign in as: what `who-can` tells of them."""
    found = []
    for place in engine.snapshot.ordinals(Kind.FOLDER).tolist():
        if _system(engine, place) in PROVIDERS and engine.snapshot.children(place, Kind.ACCOUNT):
            found += _asked(engine, principal, place, (Capability.ASSUME_ROLE,), 1)
    return found


def taken(holders: Holders, principal: int) -> Access | None:
    """Return what somebody has by signing in as another, by the best path over all of them."""
    engine, best, rank = holders.engine, None, (True, True, True, 0)
    for clause in holders.clauses:
        begun = Path(
            links=(),
            answer=Answer.UNKNOWN if clause.unknown else Answer.YES,
            conditions=clause.conditions,
            unknown=clause.unknown,
        )
        order = begun.rank[:3]
        for victim in islice(clause.holders & engine.taken_at, MOST_TAKEN):
            head = engine.taken[victim]
            if best is not None and (*order, len(head) + len(clause.tail)) >= rank:
                continue  # the way between only makes it longer
            for way in clause.lead(victim)[:1]:
                links = (*head, *way, *clause.tail)
                if best is None or (*order, len(links)) < rank:
                    best, rank = structs.replace(begun, links=links), (*order, len(links))
    if best is None:
        return None
    return Access(
        principal=engine.snapshot.ref(principal), resource=engine.snapshot.ref(holders.resource),
        capability=holders.capability, answer=best.answer, paths=(best,), unknown=best.unknown,
    )  # fmt: skip


def _beyond(engine: Engine, principal: int, found: list[Reached]) -> list[Reached]:
    """Return the secrets of other systems that are read as a role that was reached, or by what is held there itself."""
    reached = {each.access.resource.instance for each in found if each.access.capability is Capability.ASSUME_ROLE}
    codes = np.unique(engine.snapshot.instance[np.array([principal, *engine.taken], np.int32)])
    reached |= {engine.snapshot.instances[code] for code in codes.tolist()}
    others = {i for i, s in zip(engine.snapshot.instances, engine.snapshot.systems, strict=True) if s is System.VAULT}
    out = []
    for secret in engine.snapshot.ordinals(Kind.SECRET).tolist():
        if engine.snapshot.ref(secret).instance in reached & others:
            out += _asked(engine, principal, secret, (Capability.READ_SECRET,), 5)
    return out


def _trusts(engine: Engine, principal: int, found: list[Reached]) -> list[Reached]:
    """Follow OIDC: who may edit a pipeline presents its subjects, and a trust that matches one gives its role.

    Who gets a role is asked of the role itself: an environment that its trust names may want another's approval first.
    https://docs.github.com/en/actions/concepts/security/openid-connect
    """
    trusts = list(engine.snapshot.records(Trust))
    if not trusts:
        return []
    roles: dict[Ref, None] = {}
    for each in found:
        if each.access.capability is not Capability.EDIT_PIPELINE:
            continue
        repository = engine.snapshot.find(each.access.resource)
        if repository is None:
            continue
        owner = engine.snapshot.find(repository.parent) if repository.parent else None
        roles |= dict.fromkeys(trust.principal for trust in trusts if trust_accepts(trust, repository, owner))
    if engine.graph.account_holders in {principal, *engine.graph.crowds_of(principal)} - {None}:
        roles |= dict.fromkeys(engine.snapshot.ref(role) for role in engine.rulings.crossing.open_to_anybody)
    ordinals = [at for role in roles if (at := engine.snapshot.ordinal(role)) is not None]
    return [each for at in ordinals for each in _asked(engine, principal, at, (Capability.ASSUME_ROLE,), 4)]
