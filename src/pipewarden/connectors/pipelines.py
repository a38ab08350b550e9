"""What a workflow file says, as facts: the workflow, the token its jobs get, and everything they use."""

from collections.abc import Iterable
from typing import Any, Literal

from pipewarden.model.facets import Facet
from pipewarden.model.facts import AnyFact, Cause, Gap, Grant, GrantKind, Machine, Origin, Resource, Role, Use
from pipewarden.model.ids import Kind, Ref
from pipewarden.pipelines.hazards import HazardKind, hazards
from pipewarden.pipelines.parts import Job, RunnerKind, Workflow
from pipewarden.pipelines.token import effective_permissions
from pipewarden.pipelines.workflow import read_workflow

UNTRUSTED = frozenset({HazardKind.PWN_REQUEST, HazardKind.SCRIPT_INJECTION})
"""Hazards by which a stranger's code or text runs with what the job holds."""

MOST_USES = 2_000
"""Of one file; more of them say nothing new."""


def workflow_facts(
    path: str,
    text: str,
    *,
    repository: Ref,
    repository_name: str,
    origin: Origin,
    default: Literal["read", "write"] | None,
    public: bool = False,
) -> list[AnyFact]:
    """Return the facts of one workflow file. A file that cannot be read gives the workflow and a gap.

    `default` is what a job's token may do where the file is silent (None: not known); `public` tells whether
    strangers can open pull requests.
    """
    owner = repository_name.partition("/")[0]
    workflow = read_workflow(path, text)
    ref = Ref(repository.instance, Kind.WORKFLOW, f"{repository.key}:{path}")
    found = hazards(workflow, owner=owner, default=default)
    told = [
        {
            "kind": hazard.kind.value,
            "line": hazard.position.line,
            "job": hazard.job,
            "says": hazard.says,
            "by": hazard.by.value,
            "reaches": list(hazard.reaches),
            "gate": hazard.gate,
        }
        for hazard in found
    ]
    open_to_all = any(h.kind in UNTRUSTED and h.by.value == "anyone" and not h.gate for h in found)
    facts: list[AnyFact] = [
        Resource(
            ref=ref,
            name=f"{repository_name}/{path}",
            parent=repository,
            attributes={
                "path": path,
                "name": workflow.name,
                "triggers": sorted(workflow.events),
                "complete": workflow.complete,
                "faults": [{"line": f.line, "column": f.column, "message": f.message} for f in workflow.faults[:20]],
                "permissions": _stated(workflow.permissions),
                "jobs": [_job(job) for job in workflow.jobs],
                "hazards": told,
                "untrusted_code": open_to_all and public,
            },
            origin=origin,
        )
    ]
    if not workflow.complete:
        first = workflow.faults[0] if workflow.faults else None
        place = f"{path}:{first.line}: {first.message}" if first else path
        facts.append(Gap(scope=ref, facet=Facet.REPO_WORKFLOWS, cause=Cause.UNREADABLE, detail=place, origin=origin))
        return facts
    for job in workflow.jobs:
        facts += _token(workflow, job, ref, repository, repository_name, origin, default)
    facts += list(_uses(workflow, ref, origin))[:MOST_USES]
    return facts


def _stated(permissions: Any) -> Any:
    if permissions is None:
        return None
    return permissions.shorthand or dict(permissions.levels)


def _job(job: Job) -> dict[str, Any]:
    environment = job.environment
    return {
        "id": job.id,
        "line": job.position.line,
        "uses": job.uses.text if job.uses else None,
        "pin": job.uses.pin.value if job.uses else None,
        "runner": job.runner.kind.value,
        "labels": list(job.runner.labels),
        "group": job.runner.group,
        "environment": environment.name if environment else None,
        "environments": list(environment.choices) if environment else [],
        "environment_dynamic": bool(environment and environment.dynamic),
        "permissions": _stated(job.permissions),
        "oidc": job.oidc,
        "secrets": sorted({use.name for use in job.secrets if use.name}),
        "secret_forms": sorted({use.form.value for use in job.secrets}),
    }


def _token(
    workflow: Workflow,
    job: Job,
    ref: Ref,
    repository: Ref,
    repository_name: str,
    origin: Origin,
    default: Literal["read", "write"] | None,
) -> Iterable[AnyFact]:
    """Yield the GITHUB_TOKEN of a job as a machine with its permissions on its own repository.

    https://docs.github.com/en/actions/reference/github_token-reference
    """
    permissions = effective_permissions(workflow, job, default)
    key = f"{ref.key}:{job.id}"
    machine = Ref(repository.instance, Kind.JOB, key)
    yield Machine(
        ref=machine, name=f"{repository_name}/{workflow.path}#{job.id}", parent=repository, attributes={}, origin=origin
    )
    if isinstance(permissions, dict) or hasattr(permissions, "items"):
        role = f"job:{key}"
        yield Role(
            ref=Ref(repository.instance, Kind.ROLE, role),
            name=f"token of job {job.id}",
            parent=repository,
            permissions={k: v for k, v in permissions.items() if v != "none"},
            origin=origin,
        )
        yield Grant(principal=machine, resource=repository, role=role, kind=GrantKind.WORKFLOW, origin=origin)
    else:
        yield Gap(
            scope=machine,
            facet=Facet.REPO_ACTIONS_WORKFLOW,
            cause=Cause.MISSING_FIELD,
            detail=permissions.reason,
            origin=origin,
        )


def _uses(workflow: Workflow, by: Ref, origin: Origin) -> Iterable[Use]:
    for job in workflow.jobs:
        for secret in job.secrets:
            name = secret.name or f"({secret.form.value})"
            yield Use(
                by=by,
                what="secret",
                name=name,
                line=secret.position.line,
                attributes={"job": job.id, "form": secret.form.value, "environment": _environment(job)},
                origin=origin,
            )
        for variable in job.variables:
            yield Use(
                by=by,
                what="variable",
                name=variable.name or "(computed)",
                line=variable.position.line,
                attributes={"job": job.id},
                origin=origin,
            )
        if job.environment is not None:
            yield Use(
                by=by,
                what="environment",
                name=job.environment.name,
                line=job.environment.position.line,
                attributes={
                    "job": job.id,
                    "dynamic": job.environment.dynamic,
                    "choices": list(job.environment.choices),
                },
                origin=origin,
            )
        if job.runner.kind is not RunnerKind.NONE:
            yield Use(
                by=by,
                what="runner",
                name=job.runner.group or ", ".join(job.runner.labels) or job.runner.kind.value,
                line=job.position.line,
                attributes={"job": job.id, "kind": job.runner.kind.value},
                origin=origin,
            )
        if job.oidc:
            yield Use(
                by=by,
                what="oidc",
                name="id-token",
                line=job.position.line,
                attributes={"job": job.id, "environment": _environment(job)},
                origin=origin,
            )
        for used, line in _actions(job):
            yield Use(
                by=by,
                what="action",
                name=used.text,
                line=line,
                attributes={"job": job.id, "pin": used.pin.value, "kind": used.kind.value},
                origin=origin,
            )


def _environment(job: Job) -> str | None:
    return job.environment.name if job.environment else None


def _actions(job: Job) -> Iterable[tuple[Any, int]]:
    if job.uses is not None:
        yield job.uses, job.uses_position.line
    for step in job.steps:
        if step.uses is not None:
            yield step.uses, step.position.line


__all__ = ["workflow_facts"]
