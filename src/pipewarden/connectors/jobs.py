"""Jobs as facts: each a machine that holds its token's rights, with all that is known of what it reaches and who starts it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from pipewarden.connectors.unfollowed import first_ends, machine_of, open_ends_of
from pipewarden.model.facets import Facet
from pipewarden.model.facts import AnyFact, Cause, Gap, Grant, GrantKind, Machine, Origin, Resource, Role, Use
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.jobs import ATTRIBUTE, POISONED, EffectiveJob, Takeover
from pipewarden.pipelines.codeowners import Codeowners
from pipewarden.pipelines.definition import System, Weakness
from pipewarden.pipelines.github.weak.across import poisoned
from pipewarden.pipelines.hazards.kinds import HazardKind
from pipewarden.pipelines.untrusted import Author

MOST_USES = 2_000
"""Of one job; more of them say nothing new."""


def job_facts(job: EffectiveJob, *, repository: Ref, repository_name: str, origin: Origin) -> Iterator[AnyFact]:
    """Yield a job as a machine, with its token's permissions on its own repository, and what it uses through calls.

    https://docs.github.com/en/actions/reference/github_token-reference
    """
    workflow = Ref(repository.instance, Kind.WORKFLOW, f"{repository.key}:{job.path}")
    key = f"{workflow.key}:{job.id}"
    machine = Ref(repository.instance, Kind.JOB, key)
    name = f"{repository_name}/{job.path}#{job.id}"
    kept = {ATTRIBUTE: job.encoded()}
    yield Machine(ref=machine, name=name, parent=repository, attributes=kept, origin=origin)
    if job.token is not None:
        role = Ref(repository.instance, Kind.ROLE, f"job:{key}")
        says = f"token of job {job.id}"
        yield Role(ref=role, name=says, parent=repository, permissions=job.token, origin=origin)
        yield Grant(principal=machine, resource=repository, role=role.key, kind=GrantKind.WORKFLOW, origin=origin)
    elif job.token_unknown:
        yield Gap(
            scope=machine,
            facet=Facet.REPO_ACTIONS_WORKFLOW,
            cause=Cause.MISSING_FIELD,
            detail=job.token_unknown,
            origin=origin,
        )
    if job.chain and job.system == System.GITHUB:  # what others use is told with their definition
        yield from _uses(job, workflow, origin)


def _uses(job: EffectiveJob, by: Ref, origin: Origin) -> Iterator[Use]:
    """Yield what a job takes in a file that is called: told of the workflow that calls, at its call."""
    place = job.environments[0] if len(job.environments) == 1 else None
    through = str(job.at)

    def use(what: str, name: str, **more: Any) -> Use:
        attributes = {"job": job.id, "through": through, **more}
        return Use(by=by, what=what, name=name, line=job.line, column=job.column, attributes=attributes, origin=origin)

    for taken in job.secrets[:MOST_USES]:
        if taken.store:
            continue  # no secret of the settings
        yield use("secret", taken.name or f"({taken.form})", form=taken.form, environment=place)
    for name in job.variables:
        yield use("variable", name)
    for name in job.environments:
        yield use("environment", name, dynamic=job.environment_open, choices=list(job.environments))
    if job.runner not in {"", "none"}:
        yield use("runner", job.runner_group or ", ".join(job.labels) or job.runner, kind=job.runner)
    if job.oidc:
        yield use("oidc", "id-token", environment=place)


def row_of(weakness: Weakness) -> dict[str, Any]:
    """Return a weakness as a workflow keeps it."""
    through = weakness.through
    return {
        "check": weakness.check,
        "file": weakness.position.file or None,
        "line": weakness.position.line,
        "column": weakness.position.column,
        "job": weakness.job,
        "says": weakness.says,
        "by": weakness.by,
        "reaches": list(weakness.reaches),
        "gate": weakness.gate,
        "severity": weakness.severity,
        **({"through": {"line": through.line, "column": through.column}} if through is not None else {}),
    }


def owned(job: EffectiveJob, rules: Codeowners) -> EffectiveJob:
    """Return a job with the code owners of the files that decide what it runs."""
    owners = tuple(dict.fromkeys(owner for path in job.files for owner in rules.owners_of(path)))
    return replace(job, owners=owners) if owners else job


def codes(job: EffectiveJob) -> list[str]:
    """Return what somebody gets who takes a job over, in the words that hazards have: `secret:NAME`, `token:SCOPE`."""
    out = [f"secret:{taken.name or '*'}" for taken in job.secrets]
    if job.token is None:
        out.append("token:?")
    else:
        out += [f"token:{scope}" for scope, level in job.token.items() if level == "write" and scope != "id-token"]
    out += ["oidc"] if job.oidc else []
    out += ["runner"] if job.runner == "self_hosted" else []
    return list(dict.fromkeys(out))


def _is_left_to_callers(taken: Takeover) -> bool:
    """Tell whether only a caller that is not here can make an outsider's code of what is taken: told where it is called."""
    return taken.kind == HazardKind.PWN_REQUEST and taken.by == Author.CALLER and not taken.events


def with_jobs(workflow: Resource, jobs: Iterable[EffectiveJob], *, public: bool | None) -> Resource:
    """Return a workflow with the weaknesses of the jobs it calls: what a stranger does there, a stranger does here."""
    found: list[dict[str, Any]] = []
    weak: list[dict[str, Any]] = []
    untrusted = workflow.attributes.get("untrusted_code")
    ends: list[dict[str, Any]] = []
    for job in jobs:
        ends += open_ends_of(job)
        found += machine_of(job)
        weak += [row_of(each) for each in poisoned(job, codes(job))] if job.handovers else []
        for taken in job.takeovers if job.chain else ():
            if not taken.certain or taken.kind == POISONED or taken.side == "inside" or _is_left_to_callers(taken):
                continue
            says = f"{taken.says} (in {taken.spot.path.rpartition('/')[2]}:{taken.spot.line})"
            reaches = codes(job)
            told = {"kind": taken.kind, "line": job.line, "column": job.column, "job": job.id}
            told |= {"says": says, "by": taken.by}
            more = {"reaches": reaches, "gate": taken.gate, "events": list(taken.events), "through": True}
            found.append(told | more)
            strange = taken.by == "anyone" and not taken.gate and taken.kind in {"pwn_request", "script_injection"}
            untrusted = untrusted or (public if strange else untrusted)
    attributes: dict[str, Any] = {**workflow.attributes, "untrusted_code": untrusted, "open_ends": first_ends(ends)}
    attributes["hazards"] = [*(workflow.attributes.get("hazards") or ()), *found]
    attributes["weaknesses"] = [*(workflow.attributes.get("weaknesses") or ()), *weak]
    return replace(workflow, attributes=attributes)


def by_path(jobs: Iterable[EffectiveJob]) -> Mapping[str, list[EffectiveJob]]:
    """Return jobs by the file that starts them."""
    found: dict[str, list[EffectiveJob]] = {}
    for job in jobs:
        found.setdefault(job.path, []).append(job)
    return found
