"""What is asked about of somebody: every capability on every thing that they may have it on, one list for all answers."""

from collections.abc import Collection, Iterable, Iterator

from pyroaring import BitMap

from pipewarden.access.asked import ASKED, also_of
from pipewarden.access.engine import Engine, Holders
from pipewarden.access.gitlab.bearers import carried
from pipewarden.errors import UsageError
from pipewarden.model.access import Capability, Level
from pipewarden.model.ids import Kind
from pipewarden.model.snapshot import Snapshot
from pipewarden.model.systems import System

INSIDE = (Kind.ENVIRONMENT, Kind.SECRET, Kind.VARIABLE)
"""What is asked about inside a repository, beside the repository itself."""
ELSEWHERE = tuple(kind for kind in ASKED if kind not in {Kind.REPOSITORY, Kind.BRANCH, Kind.WORKFLOW, Kind.ENVIRONMENT})
"""What is asked about where it is in no repository."""
MOST_OF_A_KIND = 2_000
"""Things of one kind outside of repositories that are asked about at the least, however few repositories are looked into."""


def asked(
    engine: Engine, principals: BitMap, capabilities: Collection[Capability], *, most: int | None = None
) -> Iterator[Holders]:
    """Yield who has each of some capabilities on each thing that it means something on and that any of some principals may have.

    `most` bounds the repositories that are looked into, those with the highest role first, and things of each other kind.
    """
    for at in things(engine, principals, most):
        kind = engine.snapshot.kind_of(at)
        for verb in (*also_of(engine.snapshot, at), *ASKED.get(kind, ())):
            if verb in capabilities:
                try:
                    clauses = engine.clauses(verb, at)
                except UsageError:  # it means nothing on this one, by its system's own rules
                    continue
                if clauses:
                    yield Holders(engine, verb, at, clauses)


def things(engine: Engine, principals: BitMap, most: int | None = None) -> Iterator[int]:
    """Yield what may be asked about: the repositories that somebody reaches with what is in them, and all elsewhere."""
    for repository in repositories(engine, principals)[:most]:
        yield repository
        for kind in INSIDE:
            for inside in engine.snapshot.children(repository, kind):
                yield inside
                for within in INSIDE if kind is Kind.ENVIRONMENT else ():
                    yield from engine.snapshot.children(inside, within)
    for every in engine.elsewhere.values():
        yield from every[: _most_of_a_kind(most)]


def is_cut(engine: Engine, principals: BitMap, most: int) -> bool:
    """Tell whether `most` leaves out repositories or other things that might be asked about."""
    elsewhere = (len(every) for every in engine.elsewhere.values())
    return len(repositories(engine, principals)) > most or max(elsewhere, default=0) > (_most_of_a_kind(most) or 0)


def _most_of_a_kind(most: int | None) -> int | None:
    return None if most is None else max(most, MOST_OF_A_KIND)


def elsewhere(snapshot: Snapshot) -> dict[Kind, list[int]]:
    """Return what is asked about of whatever is in no repository, by its kind.

    A role of a cloud is asked about wherever the file stands that gives it: another repository's jobs may have it. A group of
    GitLab is asked about as what holds its projects, and not once more as those who are in it.
    """
    found: dict[Kind, list[int]] = {}
    for at in snapshot.ordinals(*ELSEWHERE).tolist():
        kind = snapshot.kind_of(at)
        if kind is Kind.GROUP and snapshot.systems[int(snapshot.instance[at])] is System.GITLAB:
            continue
        if kind is Kind.CLOUD_ROLE or not any(
            snapshot.kind_of(each) is Kind.REPOSITORY for each in snapshot.scopes(at)
        ):
            found.setdefault(kind, []).append(at)
    return found


def repositories(engine: Engine, principals: Iterable[int]) -> list[int]:
    """Return the repositories that any of some principals has any role on, perhaps too: those with the highest first."""
    levels: dict[int, int] = {}
    for principal in principals:
        for repository, level in _of_one(engine, principal):
            levels[repository] = max(level, levels.get(repository, 0))
    return sorted(levels, key=lambda each: (-levels[each], each))


def _of_one(engine: Engine, principal: int) -> Iterator[tuple[int, Level]]:
    """Yield the repositories a principal has any role on, with the highest that it may be."""
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
    for each in found:
        level = max(together.level(each), engine.graph.level(principal, each) if bounded else 0, most)
        if level:
            yield each, Level(level)
