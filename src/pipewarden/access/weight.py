"""How far a finding reaches: what its subject or object opens, so that the worst stands first."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import structs

from pipewarden.model.access import Level
from pipewarden.model.findings import Finding
from pipewarden.model.ids import MACHINES, Kind, Ref

if TYPE_CHECKING:
    from pipewarden.access.view import View

PRODUCTION = ("prod", "production", "live")
MOST = 60
"""Repositories looked at for one principal; beyond that its weight is the highest anyway."""


def weighed(findings: Iterable[Finding], view: "View") -> tuple[Finding, ...]:
    """Return the findings with weight and reach filled in where the check did not say them itself."""
    cache: dict[Ref, tuple[int, tuple[str, ...]]] = {}
    out = []
    for finding in findings:
        if finding.weight:
            out.append(finding)
            continue
        best: tuple[int, tuple[str, ...]] = (0, ())
        # what somebody reaches is theirs; the organization they are told of reaches more than they do
        own = finding.subject.kind is Kind.ACCOUNT or finding.subject.kind in MACHINES
        for ref in (finding.subject, None if own else finding.object):
            if ref is None:
                continue
            if ref not in cache:
                cache[ref] = _weight(ref, view)
            best = max(best, cache[ref])
        out.append(structs.replace(finding, weight=best[0], reach=finding.reach or best[1]))
    return tuple(out)


def _weight(ref: Ref, view: "View") -> tuple[int, tuple[str, ...]]:
    match ref.kind:
        case Kind.ORGANIZATION | Kind.ENTERPRISE:
            count = sum(1 for _ in view.inside(ref, Kind.REPOSITORY))
            return 1_000 + count, _all(count, view.name(ref)) if count else ()
        case Kind.ACCOUNT:
            return _principal(ref, view)
        case kind if kind in MACHINES:
            return _principal(ref, view)
    entity = view.find(ref)
    repository = view.repository_of(entity) if entity else None
    return _repository(repository.ref, view) if repository else (0, ())


def _all(count: int, name: str) -> tuple[str, ...]:
    return (f"all {count:,} repositories of {name}" if count > 1 else f"the only repository of {name}",)


def _repository(ref: Ref, view: "View") -> tuple[int, tuple[str, ...]]:
    """Weigh a repository: production environments, secrets, workflows, and being public."""
    weight, told = 10, []
    for environment in view.inside(ref, Kind.ENVIRONMENT):
        name = str(environment.attributes.get("name", "")).lower()
        sensitive = any(word in name for word in PRODUCTION)
        weight += 100 if sensitive else 20
        if sensitive:
            told.append(f"environment {environment.attributes.get('name')}")
    secrets = sum(1 for _ in view.inside(ref, Kind.SECRET))
    if secrets:
        weight += 30 + secrets
        told.append(f"{secrets} secret{'s' if secrets > 1 else ''}")
    if any(True for _ in view.inside(ref, Kind.WORKFLOW)):
        weight += 20
    return weight, tuple(told)


def _principal(ref: Ref, view: "View") -> tuple[int, tuple[str, ...]]:
    """Weigh a principal by the heaviest repository it can write to; an organization's owner above all."""
    ordinal = view.snapshot.ordinal(ref)
    if ordinal is None:
        return 0, ()
    resources, levels = view.engine.graph.reachable(ordinal)
    best: tuple[int, tuple[str, ...]] = (0, ())
    for number, (resource, level) in enumerate(zip(resources.tolist(), levels.tolist(), strict=True)):
        if level < Level.WRITE or number >= MOST:
            continue
        kind = view.snapshot.kind_of(resource)
        if kind is Kind.ORGANIZATION:
            word = Level(level).word
            return 900 + level, (f"{word} on every repository of {view.snapshot.name_of(resource)}",)
        if kind is Kind.REPOSITORY:
            weight, told = _repository(view.snapshot.ref(resource), view)
            name = view.snapshot.name_of(resource)
            best = max(best, (weight + level, (f"{Level(level).word} on {name}", *told)))
    return best
