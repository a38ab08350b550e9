"""Checks of workflows that the jobs of a whole repository decide: who starts, edits and reaches what."""

from collections.abc import Iterator

from pipewarden.access.jobs import Job, every_job, ranked
from pipewarden.access.view import View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.files import LONGEST, name_of_file, reached
from pipewarden.checks.once import once
from pipewarden.checks.reading import many
from pipewarden.checks.workflow_rows import PIPELINES, readable
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Resource
from pipewarden.model.findings import Evidence, Severity
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.jobs import Circle


@once
def _jobs_by_workflow(view: View) -> dict[Ref, list[Job]]:
    found: dict[Ref, list[Job]] = {}
    for job in every_job(view.snapshot):
        if not job.job.callers:
            found.setdefault(job.workflow, []).append(job)
    return found


def jobs_of(workflow: Resource, view: View) -> list[Job]:
    """Return the jobs that a workflow starts, in the order of their ids: what each weighs takes working out who starts it."""
    return _jobs_by_workflow(view).get(workflow.ref, [])


def codes_of(job: Job) -> tuple[str, ...]:
    """Return what a job holds at most, in the words that weaknesses have."""
    held = job.held()
    codes = [f"secret:{each.taken.name or '*'}" for each in held.secrets]
    codes += [f"token:{scope}" for scope in held.writes]
    codes += ["oidc"] if held.oidc else []
    codes += ["runner"] if held.runner else []
    codes += [f"environment:{name}" for name in held.environments]
    return tuple(dict.fromkeys(codes))


_WHO = (
    (Circle.OUTSIDER, "anyone"),
    (Circle.FORK, "anyone who proposes a change"),
    (Circle.DEVELOPER, "whoever may write"),
    (Circle.BOT, "a bot"),
    (Circle.WORKFLOW, "another workflow"),
    (Circle.SCHEDULE, "the clock"),
)


@check(
    id="wf.access.summary",
    title="It is known what a workflow reaches, who starts it and who decides what it runs",
    severity=Severity.INFO,
    subject=Kind.WORKFLOW,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=("Take from each job what it does not need: `pipewarden pipelines` shows them, `pipewarden fix plan` how.",),
    source="https://docs.github.com/en/actions/concepts/security/github_token",
    **clauses(PIPELINES, "O5 AC-6"),
)
def summary(workflow: Resource, view: View) -> Iterator[Hit]:
    """Whoever starts a job with code of their own, or edits a file it runs, has what it holds.

    Told of workflows that hold secrets, an identity, a machine or an environment.
    """
    readable(workflow)
    codes_by_job = {job: codes_of(job) for job in jobs_of(workflow, view) if job.may_hold_more}
    those = [job for job, codes in codes_by_job.items() if any(not code.startswith("token:") for code in codes)]
    if not those:
        return
    holding = [(job, codes_by_job[job]) for job in ranked(those)]
    codes = tuple(dict.fromkeys(code for _, each in holding for code in each))
    circles = {start.by for job, _ in holding for start in job.job.starts if not start.edited}
    who = next((words for circle, words in _WHO if circle in circles), "nobody known")
    files = dict.fromkeys(path for job, _ in holding for path in job.job.files)
    what = " and ".join(each.partition(" (")[0] for each in reached(codes)[:2])
    head = f"{name_of_file(workflow)}: {who} starts what reaches {what}"
    tail = f"; {many(len(files), 'file')} decide what runs" if len(files) > 1 else ""
    if len(head) > LONGEST:
        head = head[: LONGEST - 1].rpartition(" ")[0] + "…"
    yield Hit(
        says=head + tail if len(head) + len(tail) <= LONGEST else head,
        because=(workflow,),
        reach=reached(codes),
        weight=max(job.weight for job, _ in holding),
        file=str(workflow.attributes.get("path", "")),
        line=holding[0][0].job.line,
        column=holding[0][0].job.column,
        also=tuple(Evidence(text=f"job {job.job.id} reaches {', '.join(reached(each))}") for job, each in holding[:20]),
    )
