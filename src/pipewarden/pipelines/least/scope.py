"""The scope with which a job may ask for its own identity, added to what the job has: nothing of that is lost."""

from collections.abc import Iterator

from pipewarden.pipelines.gates import may_run_on
from pipewarden.pipelines.least.advice import runs_others, step_in_words
from pipewarden.pipelines.least.blocks import with_permissions
from pipewarden.pipelines.least.kinds import Around
from pipewarden.pipelines.least.needs import needs_of
from pipewarden.pipelines.least.places import CannotEditError
from pipewarden.pipelines.least.said import read
from pipewarden.pipelines.parts import Job, Step, Workflow
from pipewarden.pipelines.token import Unknown, effective_permissions

_PULLS = ("pull_request", "pull_request_target", "pull_request_review", "issue_comment", "issues")


def why_no_identity(workflow: Workflow, job: Job, *, callable_: bool = True) -> str:
    """Say why a job is not given an identity by an edit; empty where it may be. `callable_`: one works in a called workflow."""
    if "workflow_call" in workflow.events:
        return (
            "its callers would have to give it `id-token: write`"
            if callable_
            else "trusted publishing does not work in a workflow that is called"
        )
    pulls = next((event for event in _PULLS if may_run_on(workflow, job, event)), "")
    return f"the job also runs on {pulls}, whose runs would act as the same role: split it first" if pulls else ""


def with_identity(text: str, workflow: Workflow, job: Job, around: Around, what_for: str) -> str:
    """Return the text with `id-token: write` among the scopes of the job, and all that it had. Raises CannotEditError."""
    now = read(workflow.path, text).job(job.id)
    stated = (now.permissions if now is not None else None) or job.permissions or workflow.permissions
    if stated is not None and not stated.valid:
        raise CannotEditError("its permissions are not valid")
    if stated is not None and (stated.shorthand == "write-all" or stated.levels.get("id-token") == "write"):
        return text
    if stated is not None and not stated.shorthand:
        levels, why = dict(stated.levels), "as the whole workflow has it"
    else:
        levels, why = _needed(workflow, job, around, reading=stated is not None), "which its steps need"
    notes = {scope: why for scope, level in levels.items() if level == "write"}
    notes["id-token"] = what_for
    return with_permissions(text, job.id, {**levels, "id-token": "write"}, notes=notes)


def _needed(workflow: Workflow, job: Job, around: Around, *, reading: bool) -> dict[str, str]:
    """Return the scopes that a job needs, where no block lists those it has. Raises CannotEditError where that is not known."""
    needs = needs_of(workflow, job, around.actions)
    if needs.unknown and not reading and around.default == "read":
        has = effective_permissions(workflow, job, around.default)
        if not isinstance(has, Unknown):
            # what the repository gives where a file is silent: nothing is lost by listing it
            return {scope: level for scope, level in has.items() if scope != "metadata"}
    if needs.unknown:
        raise CannotEditError(
            f"a block with `id-token` takes away every scope that it does not name, and {needs.unknown[0]}"
        )
    scopes = {scope: level for scope, level in needs.scopes.items() if scope != "id-token"}
    if (reading or around.default == "read") and "write" in scopes.values():
        raise CannotEditError("its steps seem to need more than it has")
    return scopes


def only_gains_identity(before: Workflow, after: Workflow, job: str) -> bool:
    """Tell whether a job has its identity after an edit, and every scope that was listed as it was."""
    old, new = before.job(job), after.job(job)
    if old is None or new is None or new.oidc is not True:
        return False
    had, has = old.permissions or before.permissions, new.permissions
    if had is None or had.shorthand or has is None:
        return True
    return {**had.levels, "id-token": "write"} == has.levels


def code_of_others_before(job: Job, step: Step) -> Iterator[str]:
    """Yield what is to be minded where code of others runs in the same job: an identity is the whole job's."""
    before = next((each for each in job.steps[: step.index] if runs_others(each)), None)
    if before is not None:
        yield (
            f"Mind that code of others runs in the job before ({step_in_words(before)}): it could ask for the same identity. "
            "Better split the job first."
        )
