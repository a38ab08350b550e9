"""What a workflow file says, as facts: the workflow, and everything it names; its jobs follow once their callers are known."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct

from pipewarden.connectors.jobs import row_of
from pipewarden.model.facets import Facet
from pipewarden.model.facts import AnyFact, Cause, Gap, Origin, Resource, Use
from pipewarden.model.ids import Kind, Ref
from pipewarden.pipelines.advisories import KNOWN
from pipewarden.pipelines.github.opened import OpenWorkflow, opened_workflow
from pipewarden.pipelines.github.splicing import spliced
from pipewarden.pipelines.github.weak.judge import github_weaknesses
from pipewarden.pipelines.hazards import all_hazards
from pipewarden.pipelines.hazards.kinds import HazardKind
from pipewarden.pipelines.hazards.standing import standing_of
from pipewarden.pipelines.library import NOTHING, Library
from pipewarden.pipelines.parts import Job, RunnerKind, Workflow
from pipewarden.pipelines.uses import Uses
from pipewarden.pipelines.versions import Versions
from pipewarden.pipelines.workflow import read_workflow
from pipewarden.pipelines.yaml_tree import Position

UNTRUSTED = frozenset({HazardKind.PWN_REQUEST, HazardKind.SCRIPT_INJECTION})
"""Hazards by which a stranger's code or text runs with what the job holds."""

MOST_FAULTS = 3
"""Places of one file that a gap names."""

MOST_USES = 2_000
"""Of one file; more of them say nothing new."""


Named = tuple[str, str, int, int, dict[str, Any]]
"""A use as a file tells it: what, name, line, column, attributes."""


class Told(Struct, frozen=True):
    """All that one workflow file says by itself: it follows from the text alone, and is kept from run to run."""

    attributes: dict[str, Any]
    open_to_all: bool
    trouble: str
    """Why the file could not be read, with its place; empty where it could."""
    uses: tuple[Named, ...]
    opened: OpenWorkflow


def told_of(
    path: str, text: str, *, owner: str, default: Literal["read", "write"] | None, library: Library = NOTHING
) -> Told:
    """Read a workflow file and judge what it lets others do.

    `owner` is the account the repository belongs to; `default` what a job's token may do where the file is silent
    (None: not known). `library` gives the repository's own actions, whose steps count for the jobs that use them.
    """
    workflow = spliced(read_workflow(path, text), library)
    standing = standing_of(workflow, default)
    every = all_hazards(workflow, owner=owner, default=default, standing=standing)
    found = [hazard for hazard in every if hazard.certain and hazard.side != "inside"]
    weak = github_weaknesses(workflow, text, owner=owner, default=default, standing=standing)
    told = [
        {
            "kind": hazard.kind,
            "file": hazard.position.file or None,
            "line": hazard.position.line,
            "column": hazard.position.column,
            "job": hazard.job,
            "says": hazard.says,
            "by": hazard.by,
            "reaches": list(hazard.reaches),
            "gate": hazard.gate,
            "events": list(hazard.events),
            "how": hazard.how,
        }
        for hazard in found
    ]
    attributes = {
        "path": path,
        "name": workflow.name,
        "triggers": sorted(workflow.events),
        "complete": workflow.complete,
        "faults": [{"line": f.line, "column": f.column, "message": f.message} for f in workflow.faults[:20]],
        "permissions": _stated(workflow.permissions),
        "jobs": [_job(job) for job in workflow.jobs],
        "hazards": told,
        "weaknesses": [row_of(each) for each in weak],
    }
    trouble = ""
    if not workflow.complete:
        first = workflow.faults[0] if workflow.faults else None
        trouble = f"{path}:{first.line}: {first.message}" if first else path
    return Told(
        attributes=attributes,
        open_to_all=any(h.kind in UNTRUSTED and h.by.value == "anyone" and not h.gate for h in found),
        trouble=trouble,
        uses=tuple(_uses(workflow, text))[:MOST_USES],
        opened=opened_workflow(workflow, owner=owner, default=default, found=every, standing=standing),
    )


def workflow_facts(
    told: Told, *, repository: Ref, repository_name: str, origin: Origin, public: bool | None = False
) -> list[AnyFact]:
    """Return the facts of one workflow file. A file that cannot be read gives the workflow and a gap.

    `public` tells whether strangers can open pull requests, None where that was not read.
    """
    path = str(told.attributes["path"])
    ref = Ref(repository.instance, Kind.WORKFLOW, f"{repository.key}:{path}")
    attributes = {**told.attributes, "untrusted_code": public if told.open_to_all else False}
    facts: list[AnyFact] = [
        Resource(ref=ref, name=f"{repository_name}/{path}", parent=repository, attributes=attributes, origin=origin)
    ]
    if told.trouble:
        detail = told.trouble
        facts.append(Gap(scope=ref, facet=Facet.REPO_WORKFLOWS, cause=Cause.UNREADABLE, detail=detail, origin=origin))
    else:
        facts += doubtful_parts(ref, path, told.attributes["faults"], origin)
    facts += [
        Use(by=ref, what=what, name=name, line=line, column=column, attributes=more, origin=origin)
        for what, name, line, column, more in told.uses
    ]
    return facts


def doubtful_parts(ref: Ref, path: str, faults: Sequence[Mapping[str, Any]], origin: Origin) -> Iterator[Gap]:
    """Yield that a file which was read holds what its system would refuse: a key given twice, a second document."""
    if faults:
        places = [f"{each.get('file') or path}:{each['line']}: {each['message']}" for each in faults[:MOST_FAULTS]]
        more = f"; and {len(faults) - MOST_FAULTS} more" if len(faults) > MOST_FAULTS else ""
        detail = "; ".join(places) + more
        yield Gap(scope=ref, facet=Facet.REPO_FILE_PARTS, cause=Cause.UNREADABLE, detail=detail, origin=origin)


def gap_of_actions(told: Iterable[Told], repository: Ref, origin: Origin) -> Iterator[Gap]:
    """Yield that nobody was asked about the actions of others that some files use; nothing where they use none."""
    own = repository.key.partition("/")[0].lower()
    names = (
        name
        for each in told
        for what, name, _, _, more in each.uses
        if what == "action" and more["kind"] == "repository"
    )
    if any(name.partition("/")[0].lower() != own for name in names):
        detail = (
            f"GitHub tells of them where a token asks; of advisories the {len(KNOWN)} best known are held against them"
        )
        yield Gap(
            scope=repository, facet=Facet.REPO_USED_ACTIONS, cause=Cause.NOT_COLLECTED, detail=detail, origin=origin
        )


def _stated(permissions: Any) -> Any:
    if permissions is None:
        return None
    return permissions.shorthand or dict(permissions.levels)


def _job(job: Job) -> dict[str, Any]:
    environment = job.environment
    return {
        "id": job.id,
        "line": job.position.line,
        "column": job.position.column,
        "uses": job.uses.text if job.uses else None,
        "pin": job.uses.pin if job.uses else None,
        "runner": job.runner.kind,
        "labels": list(job.runner.labels),
        "group": job.runner.group,
        "environment": environment.name if environment else None,
        "environments": list(environment.choices) if environment else [],
        "environment_dynamic": bool(environment and environment.dynamic),
        "permissions": _stated(job.permissions),
        "oidc": job.oidc,
        "secrets": sorted({use.name for use in job.secrets if use.name}),
        "secret_forms": sorted({use.form for use in job.secrets}),
    }


def _uses(workflow: Workflow, text: str) -> Iterator[Named]:
    versions = Versions(text)
    for job in workflow.jobs:
        place = _environment(job)
        for secret in job.secrets:
            name = secret.name or f"({secret.form.value})"
            more = {"job": job.id, "form": secret.form, "environment": place}
            yield _use("secret", name, secret.position, more)
        for variable in job.variables:
            yield _use("variable", variable.name or "(computed)", variable.position, {"job": job.id})
        if job.environment is not None:
            chosen = {"job": job.id, "dynamic": job.environment.dynamic, "choices": list(job.environment.choices)}
            yield _use("environment", job.environment.name, job.environment.position, chosen)
        if job.runner.kind is not RunnerKind.NONE:
            name = job.runner.group or ", ".join(job.runner.labels) or job.runner.kind.value
            yield _use("runner", name, job.runner.position, {"job": job.id, "kind": job.runner.kind})
        if job.oidc:
            stated = job.permissions if job.permissions is not None else workflow.permissions
            asks = stated.oidc_position if stated is not None else None
            yield _use("oidc", "id-token", asks or job.position, {"job": job.id, "environment": place})
        for used, at in _actions(job):
            more = {"job": job.id, "pin": used.pin, "kind": used.kind, **versions.beside(used, at.line)}
            yield _use("action", used.text, at, more)


def _use(what: str, name: str, at: Position, more: dict[str, Any]) -> Named:
    return what, name, at.line, at.column, more


def _environment(job: Job) -> str | None:
    return job.environment.name if job.environment else None


def _actions(job: Job) -> Iterable[tuple[Uses, Position]]:
    if job.uses is not None:
        yield job.uses, job.uses_position
    for step in job.steps:
        if step.uses is not None and not step.within:
            yield step.uses, step.uses_position


__all__ = ["Told", "gap_of_actions", "told_of", "workflow_facts"]
