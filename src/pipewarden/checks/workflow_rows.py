"""Which check tells which weakness of a workflow, and how grave each is by what it reaches."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pipewarden.access.own_machines import UNTRUSTED_MACHINE, registered
from pipewarden.access.view import Missing, NotApplicable, View
from pipewarden.checks.base import Hit
from pipewarden.checks.clauses import Section
from pipewarden.checks.files import Row, gathered
from pipewarden.checks.once import once
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Entity, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind, Ref
from pipewarden.pipelines.hazards.kinds import check_of_checkout

PIPELINES = Section(nist=("CM-3", "SI-10", "SA-15"), soc2=("CC8.1",))

_POWERFUL = frozenset(
    {
        "token:contents",
        "token:packages",
        "token:actions",
        "token:deployments",
        "token:pages",
        "token:attestations",
        "oidc",
        "runner",
    }
)


def told(workflow: Resource, view: View, check: str, worst: Severity) -> Iterable[Hit]:
    """Return what a workflow's file says of one check. A file that could not be read says nothing: a gap tells of it.

    Raises NotApplicable for what is no workflow that GitHub can read, and Missing where nothing was found and something that
    decides it could not be followed: that is not a pass.
    """
    readable(workflow)
    found = _rows_of(workflow, view).get(check) or []
    ends = [end for end in workflow.attributes.get("open_ends") or () if check in (end.get("bears") or ())]
    if ends and check == UNTRUSTED_MACHINE:
        found = [*found, *_on_own_machines(workflow, view, ends)]
    end = next(iter(ends), None)
    if end is None or any(not row.get("engine") for row in found):
        return gathered(workflow, found, worst) if found else ()
    return _and_open(workflow, found, worst, end)


def _on_own_machines(workflow: Resource, view: View, ends: list[Mapping[str, Any]]) -> Iterator[Row]:
    """Yield the jobs whose label or group leads to a machine of one's own, by the runners that were read."""
    repository = view.repository_of(workflow)
    ordinal = view.snapshot.ordinal(repository.ref) if repository is not None else None
    for end in ends:
        name = registered(
            end.get("labels") or (), str(end.get("group") or ""), view.snapshot, -1 if ordinal is None else ordinal
        )
        if name:
            says = f"job {str(end['job'])[:60]} runs code of pull requests on the self-hosted runner {name[:40]}, where later jobs run too"
            yield {"says": says, "line": end["line"], "column": end["column"]} | {
                "job": end["job"], "reaches": ["runner"], "gate": "",
            }  # fmt: skip


def _and_open(workflow: Resource, found: list[Row], worst: Severity, end: Mapping[str, Any]) -> Iterator[Hit]:
    """Yield what another program told of a check, then say that it is no verdict."""
    yield from gathered(workflow, found, worst)
    detail = f"{workflow.attributes.get('path')}:{end['line']}: {end['message']}"
    raise Missing(workflow.ref, Facet.REPO_WORKFLOWS, Cause.NOT_FOLLOWED, detail)


def _rows_of(workflow: Resource, view: View) -> dict[str, list[Row]]:
    """Return what a workflow's file says, by check: sorted out once, for forty checks ask."""
    known = view.memo["workflow rows"]
    rows: dict[str, list[Row]] | None = known.get(workflow.ref)
    if rows is None:
        rows = known[workflow.ref] = _sorted_out(workflow)
    return rows


@once
def _spoken_of(view: View) -> dict[str, set[Ref]]:
    """Return the workflows of whose files something is said, by check; by "" those that no check of files applies to."""
    said: dict[str, set[Ref]] = {"": set()}
    for workflow in view.entities(Kind.WORKFLOW):
        apart = workflow.attributes.get("system", "github") != "github" or workflow.attributes.get("complete") is False
        for each in ("",) if apart else (*_rows_of(workflow, view), *_borne(workflow)):
            said.setdefault(each, set()).add(workflow.ref)
    return said


def _borne(workflow: Entity) -> Iterator[str]:
    """Yield the checks that an open end of a file keeps from a verdict."""
    for end in workflow.attributes.get("open_ends") or ():
        yield from end.get("bears") or ()


def spoken_of(check: str, view: View, workflows: list[Entity]) -> list[Entity]:
    """Return the workflows whose files say something of a check, and those that a check does not apply to."""
    said = _spoken_of(view)
    wanted = said[""] | said.get(check, set())
    return [workflow for workflow in workflows if workflow.ref in wanted] if wanted else []


def asked_of_zizmor(workflow: Resource, view: View) -> None:
    """Raise NotApplicable where zizmor was not asked, and nothing says why: about what an older version read."""
    repository = view.repository_of(workflow)
    shown = repository.attributes if repository is not None else {}
    if not ("zizmor" in workflow.attributes or shown.get("checkout") or shown.get("files_from_checkout")):
        raise NotApplicable("zizmor was not asked about it")


def readable(workflow: Resource) -> None:
    """Raise NotApplicable for what is no workflow of GitHub Actions, or not YAML."""
    if workflow.attributes.get("system", "github") != "github":
        raise NotApplicable("not a workflow of GitHub Actions")
    if workflow.attributes.get("complete") is False:
        raise NotApplicable("the file is not YAML: GitHub runs nothing of it")


def _sorted_out(workflow: Resource) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = {}
    for hazard in workflow.attributes.get("hazards") or ():
        name, severity = placed(hazard)
        rows.setdefault(name, []).append({**hazard, "severity": severity})
    for weakness in workflow.attributes.get("weaknesses") or ():
        rows.setdefault(str(weakness["check"]), []).append(weakness)
    return rows


def placed(hazard: Mapping[str, Any]) -> tuple[str, str]:
    """Return the check that tells a hazard, and its severity where it is less than the check's.

    One place is one finding: of several checks that could tell it, the one that says most.
    """
    kind, reaches = str(hazard["kind"]), [str(code) for code in hazard.get("reaches") or ()]
    strong = any(code.startswith("secret:") or code in _POWERFUL for code in reaches)
    match kind:
        case "pwn_request" | "outside_checkout":
            return _checkout(hazard, kind, reaches)
        case "script_injection":
            across = hazard.get("through") or hazard.get("how") == "across"
            name = "wf.inject.cross_job" if across else "wf.inject.template"
            if hazard.get("by") != "anyone":
                # whoever may write or call already chooses what runs: what is got around is a review or a gate
                return name, "low" if reaches else "info"
            return name, "" if reaches else "info"
        case "foreign_artifact":
            severity = "" if hazard.get("how") == "runs" else "medium" if strong else "low"
            return "wf.trigger.workflow_run_artifact", severity
        case "unpinned_action":
            # where all it gets is the one secret that is meant for it, its owner has that anyway
            severity = "low" if hazard.get("how") in {"own", "tagged"} else "" if strong else "medium"
            return "wf.uses.unpinned", severity
        case "inherited_secrets":
            return "wf.secret.inherit", "info" if hazard.get("how") == "local" else ""
        case "always_true":
            return "wf.trigger.always_true", "" if strong else "low"
        case _:
            return _SIMPLE.get(kind, "wf.zizmor.other"), ""


_SIMPLE = {
    "secret_to_outsider": "",
    "environment_injection": "wf.inject.github_env",
    "self_hosted_for_outsider": "wf.runner.self_hosted_untrusted",
    "environment_by_input": "wf.trigger.dispatch_env_input",
    "all_secrets": "wf.secret.all",
}
"""`secret_to_outsider` says what the hazard beside it reaches: it is told with that one."""


def _checkout(hazard: Mapping[str, Any], kind: str, reaches: list[str]) -> tuple[str, str]:
    gate = str(hazard.get("gate") or "")
    if kind == "outside_checkout":
        severity = "medium" if reaches else "info"
    elif not reaches:
        severity = "medium"
    else:
        severity = "high" if gate else ""
    if hazard.get("how") == "local":
        return "wf.uses.local_after_checkout", severity
    if hazard.get("how") == "moving" and ("label" in gate or "author" in gate) and kind == "pwn_request":
        return "wf.trigger.toctou", severity
    return check_of_checkout(hazard.get("events") or ()), severity
