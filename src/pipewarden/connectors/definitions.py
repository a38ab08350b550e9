"""What a pipeline file of any system but GitHub's says, as facts: the file, its jobs, and what they use."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from pipewarden.connectors.jobs import job_facts, owned, row_of
from pipewarden.connectors.pipelines import Named, doubtful_parts
from pipewarden.model.facets import Facet
from pipewarden.model.facts import AnyFact, Cause, Gap, Origin, Resource, Use
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.jobs import EffectiveJob
from pipewarden.pipelines.codeowners import Codeowners
from pipewarden.pipelines.definition import DefinedJob, Definition, Hold, Weakness
from pipewarden.pipelines.effective import effective_jobs
from pipewarden.pipelines.gitlab_oidc import Project, settled
from pipewarden.pipelines.parts import RunnerKind
from pipewarden.pipelines.yaml_tree import Position

MOST_USES = 2_000
"""Of one file; more of them say nothing new."""
MOST_TOLD = 20
"""Faults and open ends of one file that are kept with their place."""


class ToldDefinition(Struct, frozen=True):
    """All that one pipeline file says, and what its jobs come to: what becomes facts, and no text of the file."""

    attributes: dict[str, Any]
    trouble: str
    """Why the file could not be read, with its place; empty where it could."""
    jobs: tuple[EffectiveJob, ...]
    uses: tuple[Named, ...]


def told_of_definition(definition: Definition, weaknesses: Sequence[Weakness]) -> ToldDefinition:
    """Return what becomes facts of a pipeline file."""
    attributes = {
        "path": definition.path,
        "system": definition.system.value,
        "name": definition.name,
        "triggers": sorted(occasion.value for occasion in definition.occasions),
        "complete": definition.complete,
        "part_of": definition.part_of or None,
        "faults": _places(definition.faults),
        "open_ends": _places(definition.open_ends),
        "jobs": [_job(job) for job in definition.jobs if not job.hidden],
        "weaknesses": [row_of(each) for each in weaknesses],
    }
    trouble = "" if definition.complete else definition.path
    for fault in () if definition.complete else definition.faults[:1]:
        trouble = f"{definition.path}:{fault.line}: {fault.message}"
    uses = tuple(islice(_uses(definition), MOST_USES))
    return ToldDefinition(attributes, trouble, effective_jobs(definition, weaknesses), uses)


def facts_of_told(
    told: ToldDefinition,
    *,
    repository: Ref,
    repository_name: str,
    origin: Origin,
    owners: Codeowners | None = None,
    project: Project | None = None,
) -> list[AnyFact]:
    """Return the facts of one pipeline file; `owners` are the code owners of its repository.

    `project` is what is known of a project of GitLab: what the subjects of its jobs say of it.
    """
    path = told.attributes["path"]
    ref = Ref(repository.instance, Kind.WORKFLOW, f"{repository.key}:{path}")
    facts: list[AnyFact] = [
        Resource(
            ref=ref,
            name=f"{repository_name}/{path}",
            parent=repository,
            attributes=told.attributes,
            origin=origin,
        )
    ]
    if told.trouble:
        detail = told.trouble
        facts.append(Gap(scope=ref, facet=Facet.REPO_WORKFLOWS, cause=Cause.UNREADABLE, detail=detail, origin=origin))
    else:
        facts += doubtful_parts(ref, path, told.attributes["faults"], origin)
    for job in told.jobs:
        whole = owned(job, owners) if owners else job
        if job.subjects:
            whole = replace(whole, subjects=settled(job.subjects, project or Project()))
        facts += job_facts(whole, repository=repository, repository_name=repository_name, origin=origin)
    facts += [
        Use(by=ref, what=what, name=name, line=line, column=column, attributes=more, origin=origin)
        for what, name, line, column, more in told.uses
    ]
    return facts


def _places(troubles: Iterable[Any]) -> list[dict[str, Any]]:
    return [
        {"line": t.line, "column": t.column, "message": t.message, **({"file": t.file} if t.file else {})}
        for t in list(troubles)[:MOST_TOLD]
    ]


def _job(job: DefinedJob) -> dict[str, Any]:
    return {
        "id": job.id,
        "line": job.position.line,
        "column": job.position.column,
        "stage": job.stage,
        "occasions": [occasion.value for occasion in job.occasions],
        "branches": list(job.branches),
        "runner": job.runner.kind.value,
        "labels": list(job.runner.labels),
        "environment": job.environment.name if job.environment else None,
        "environments": list(job.environment.choices) if job.environment else [],
        "secrets": sorted({read.name for read in job.secrets if read.name}),
        "claims": [{"name": claim.name, "role": claim.role, "provider": claim.provider} for claim in job.claims],
        "holds": [_hold(hold) for hold in job.holds],
        "calls": list(job.calls),
    }


def _hold(hold: Hold) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": hold.kind, "says": hold.says}
    return told | {"approvers": list(hold.approvers), "computed": hold.computed} if hold.approvers else told


def _uses(definition: Definition) -> Iterator[Named]:
    def use(what: str, name: str, at: Position, **attributes: Any) -> Named:
        return what, name, at.line, at.column, {**attributes, "file": at.file} if at.file else attributes

    for job in definition.jobs:
        if job.hidden:
            continue
        place = job.environment.name if job.environment else None
        for read in job.secrets:
            kind = read.kind.value
            at = read.position
            name = read.name or "(computed)"
            file = read.position.file or None
            yield use("secret", name, at, job=job.id, kind=kind, certain=read.certain, environment=place, file=file)
        if job.environment is not None:
            yield use(
                "environment",
                job.environment.name,
                job.environment.position,
                job=job.id,
                dynamic=job.environment.dynamic,
                choices=list(job.environment.choices),
            )
        if job.runner.kind is not RunnerKind.NONE:
            name = job.runner.group or ", ".join(job.runner.labels) or job.runner.kind.value
            at = job.runner.position if job.runner.position.line else job.position
            yield use("runner", name, at, job=job.id, kind=job.runner.kind.value)
        for claim in job.claims:
            yield use("oidc", claim.name, claim.position, job=job.id, role=claim.role, environment=place)
        for included in (*definition.includes, *job.includes):
            at = included.position
            yield use("action", included.text, at, job=job.id, pin=included.pin.value, kind=included.kind)
