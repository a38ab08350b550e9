"""What the settings of a GitLab project add to its pipeline file: which environments are guarded, who may set variables."""

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from pipewarden.access.gitlab.protected import matches
from pipewarden.access.view import View
from pipewarden.checks.names import is_production
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Cause, Gate, GateKind, Resource
from pipewarden.model.ids import Kind
from pipewarden.model.systems import System

OVERRIDE = "gl.var.override"
NOBODY = "no_one_allowed"
HIGHER = {"maintainer": "a Maintainer's start", "owner": "an Owner's start"}
"""https://docs.gitlab.com/ci/variables/#restrict-pipeline-variables"""


def _project(workflow: Resource, view: View) -> Resource | None:
    """Return the project whose settings were read; None for a file of a checkout."""
    found = view.repository_of(workflow)
    return found if found is not None and view.system_of(found.ref) is System.GITLAB else None


def _row(check: str, job: dict[str, Any], says: str) -> dict[str, Any]:
    secrets = [f"secret:{name}" for name in job.get("secrets") or ()]
    return {
        "check": check,
        "file": None,
        "line": job.get("line"),
        "column": job.get("column"),
        "says": says,
        "by": "writer",
        "reaches": secrets,
        "gate": "",
    }


def _with(workflow: Resource, rows: list[dict[str, Any]]) -> Resource:
    known = list(workflow.attributes.get("weaknesses") or ())
    return replace(workflow, attributes={**workflow.attributes, "weaknesses": known + rows})


# --- environments -----------------------------------------------------------------------------------


def missed(workflow: Resource, view: View) -> Resource:
    """Return a file with the jobs that deploy to production under a name that the project's rules do not guard."""
    project = _project(workflow, view)
    if project is None:
        return workflow
    rules = [gate for ref in (project.ref, *view.around(project.ref)) for gate in view.gates(ref, GateKind.ENVIRONMENT)]
    guarded = [gate.name for gate in rules if is_production(gate.name) and gate.resource == project.ref]
    if not guarded:
        return workflow  # that nothing is guarded is told of the environment
    rows = [
        _row("gl.env.name_mismatch", job, f"job {job['id']} deploys to {name}, and the rules guard {guarded[0]}")
        for job, name in _to_production(workflow)
        if not any(_guards(gate, name, project, view) for gate in rules)
    ]
    return _with(workflow, rows)


def _to_production(workflow: Resource) -> Iterator[tuple[dict[str, Any], str]]:
    for job in workflow.attributes.get("jobs") or ():
        for name in job.get("environments") or [job.get("environment")]:
            if isinstance(name, str) and "$" not in name and is_production(name):
                yield job, name


def _guards(gate: Gate, name: str, project: Resource, view: View) -> bool:
    """Tell whether a rule guards an environment: a project's by its name, a group's by its tier."""
    if gate.resource == project.ref:
        return any(matches(pattern, name) for pattern in gate.patterns)
    there = view.inside(project.ref, Kind.ENVIRONMENT)
    tiers = [each.attributes.get("tier") for each in there if each.attributes.get("environment") == name]
    return (tiers[0] if tiers else "production") == gate.name


def need_rules(workflow: Resource, view: View) -> None:
    """Raise Missing where a job deploys to production and the rules over environments were not read."""
    project = _project(workflow, view)
    if project is None or not any(_to_production(workflow)):
        return
    gap = view.gap(project.ref, GitLabFacet.PROTECTED_ENVIRONMENTS)
    if gap is not None and gap.cause is not Cause.PLAN:
        view.need(project.ref, GitLabFacet.PROTECTED_ENVIRONMENTS)


# --- variables --------------------------------------------------------------------------------------


def overridable(workflow: Resource, view: View) -> Resource:
    """Return a file with what the project says of who may set variables at the start of a pipeline.

    https://docs.gitlab.com/api/projects/ (ci_pipeline_variables_minimum_override_role, restrict_user_defined_variables)
    """
    project = _project(workflow, view)
    if project is None:
        return workflow
    role = project.attributes.get("ci_pipeline_variables_minimum_override_role")
    open_to_all = role == "developer" or project.attributes.get("restrict_user_defined_variables") is False
    if open_to_all:
        jobs = list(workflow.attributes.get("jobs") or ())
        says = "whoever may run its pipelines can set any variable of them"
        return _with(
            workflow,
            [_row(OVERRIDE, {"line": jobs[0].get("line"), "column": jobs[0].get("column")}, says)] if jobs else [],
        )
    rows = [row for row in workflow.attributes.get("weaknesses") or () if row["check"] != OVERRIDE]
    if role in HIGHER:
        mine = [row for row in workflow.attributes.get("weaknesses") or () if row["check"] == OVERRIDE]
        rows += [{**row, "gate": HIGHER[role]} for row in mine]
    elif role != NOBODY:
        return workflow
    return replace(workflow, attributes={**workflow.attributes, "weaknesses": rows})
