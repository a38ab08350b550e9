"""Puts workflows together through their calls: each job as it runs, with what its callers give it and take from it.

https://docs.github.com/en/actions/reference/workflows-and-actions/reusing-workflow-configurations
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from msgspec.structs import replace

from pipewarden.model.jobs import Circle, EffectiveJob, LooseEnd, Spot, TakenSecret
from pipewarden.pipelines.gates import Gate, tighter
from pipewarden.pipelines.github import making
from pipewarden.pipelines.github.across import across
from pipewarden.pipelines.github.called_gates import gate_of_call
from pipewarden.pipelines.github.frames import Frame, Shelf
from pipewarden.pipelines.github.opened import OpenJob, OpenWorkflow
from pipewarden.pipelines.github.passing import passed_to, put
from pipewarden.pipelines.github.places import idle_called
from pipewarden.pipelines.github.starts import starts_of
from pipewarden.pipelines.github.stored import open_reads, stored_secrets
from pipewarden.pipelines.parts import SecretForm, SecretUse
from pipewarden.pipelines.token import Unknown, levels_of
from pipewarden.pipelines.uses import UsesKind

MAX_LEVELS = 10
""""You can connect up to ten levels of workflows": the caller and nine below it.
https://docs.github.com/en/actions/reference/workflows-and-actions/reusing-workflow-configurations#limitations-of-reusable-workflows"""

_Once = tuple[str, str, str, int, int | None, str, tuple[str, ...], tuple[str, ...]]
"""By what a secret is known again that is taken twice on one line: name, form, file, line, step, and the name as written."""

MAX_FOLLOWED = 3
"""Levels of workflows that follow each other's runs."""
MAX_JOBS = 2_000
"""Jobs that one workflow can come to through its calls; GitHub's limits stop far below."""


def compose(shelf: Shelf) -> tuple[EffectiveJob, ...]:
    """Return every job of a repository as it runs, in the order of paths; a job that only calls becomes the jobs it calls.

    A workflow that nothing but calls start is told too, with who calls it: what it can reach depends on them.
    """
    before = _circles(shelf)
    found: list[EffectiveJob] = []
    callers: dict[str, list[str]] = {}
    for path in sorted(shelf.workflows):
        workflow = shelf.workflows[path]
        for number, job in enumerate(_walk(shelf, Frame(workflow=workflow), before)):
            if number >= MAX_JOBS:
                says = f"it comes to more than {MAX_JOBS:,} jobs; the rest was not followed"
                last = found[-1]
                found[-1] = replace(
                    last, open_ends=(*last.open_ends, LooseEnd(says=says, spot=Spot(path, 1, column=1)))
                )
                break
            found.append(job)
            if job.chain and not workflow.only_called:
                for spot in (*job.chain[1:], job.at):
                    if not spot.project:
                        callers.setdefault(spot.path, []).append(f"{path}#{job.id}")
    found = [_called_by(job, callers) for job in found]
    return across(found, shelf)


def _called_by(job: EffectiveJob, callers: Mapping[str, Iterable[str]]) -> EffectiveJob:
    return replace(job, callers=tuple(dict.fromkeys(callers.get(job.path, ())))) if job.callable else job


def _circles(shelf: Shelf) -> dict[str, frozenset[Circle]]:
    """Return who can start each workflow, by its name (its path where it has none).

    One that follows others is started by whoever starts those. "You can't use `workflow_run` to chain together more than
    three levels of workflows."
    https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#workflow_run
    """
    found = _circles_after(shelf, {})
    follows = any(trigger.workflows for each in shelf.workflows.values() for trigger in each.triggers)
    for _ in range(MAX_FOLLOWED if follows else 0):
        again = _circles_after(shelf, found)
        if again == found:
            break
        found = again
    return found


def _circles_after(shelf: Shelf, before: dict[str, frozenset[Circle]]) -> dict[str, frozenset[Circle]]:
    """Return who can start each workflow, those that follow others by what is known of these `before`."""
    found: dict[str, frozenset[Circle]] = {}
    for path, workflow in sorted(shelf.workflows.items()):
        name = workflow.name or path
        starts = starts_of(workflow.triggers, _widest(workflow), before)
        found[name] = found.get(name, frozenset()) | {start.by for start in starts}
    return found


def _widest(workflow: OpenWorkflow) -> Gate:
    """Return what stands before all jobs of a workflow: each of its runs counts that has one job."""
    jobs = [job for job in workflow.jobs if not job.never] or workflow.jobs
    shut, no_bot = ([frozenset(getattr(job, field)) for job in jobs] for field in ("shut", "no_bot"))
    return Gate(
        open=frozenset(event for job in workflow.jobs for event in job.open_to),
        shut=frozenset.intersection(*shut) if shut else frozenset(),
        no_bot=frozenset.intersection(*no_bot) if no_bot else frozenset(),
    )


def _walk(shelf: Shelf, frame: Frame, before: dict[str, frozenset[Circle]]) -> Iterator[EffectiveJob]:
    """Yield the jobs of a workflow, those it calls in the place of the calling job. Depth is bounded by MAX_LEVELS."""
    for job in frame.workflow.jobs:
        if job.uses is None:
            yield _made(shelf, frame, job, before)
            continue
        called, why = _callee(shelf, frame, job)
        if called is None:
            end = LooseEnd(says=why, spot=frame.spot(job.uses_position))
            yield _made(shelf, frame, job, before, end)
            continue
        yield from _walk(shelf, called, before)


def _callee(shelf: Shelf, frame: Frame, job: OpenJob) -> tuple[Frame | None, str]:
    """Return the called workflow with what it is given, or why it was not followed."""
    uses = job.uses
    if uses is None or uses.kind not in {UsesKind.LOCAL, UsesKind.REPOSITORY}:
        return None, "what it calls is not a workflow that GitHub takes"
    project, ref, path = frame.project, frame.ref, uses.path.removeprefix("./").removeprefix("/")
    if uses.kind is UsesKind.REPOSITORY:
        project, ref = f"{uses.owner}/{uses.repo}", uses.ref
    text = uses.text[:120]
    if frame.passes_through(project, path):
        # "Loops in the workflow tree are not permitted."
        return None, f"the workflow calls itself through {text}, which GitHub refuses"
    if frame.level >= MAX_LEVELS:
        return None, f"{text} is called more than {MAX_LEVELS} levels deep, which GitHub refuses"
    # "./" of a called workflow is a file of its own repository at its own commit
    workflow = shelf.workflows.get(path) if not project else shelf.elsewhere(project, path, ref)
    if workflow is None:
        where = "is not in this checkout" if not project else "was not read: it is not at hand at that version"
        return None, f"the called workflow {text} {where}"
    if not workflow.complete:
        return None, f"the called workflow {text} could not be read"
    if not workflow.callable:
        return None, f"{text} cannot be called: it has no workflow_call, and GitHub refuses the call"
    return (
        Frame(
            workflow=workflow,
            project=project,
            ref=ref,
            caller=frame,
            call=job,
            token=_token(shelf, frame, job),
            oidc=_oidc(frame, job),
            gate=_gate(frame, job),
            level=frame.level + 1,
        ),
        "",
    )


def _token(shelf: Shelf, frame: Frame, job: OpenJob) -> Mapping[str, str] | Unknown:
    """Return what a job's token may do: "permissions can only be maintained or reduced—not elevated—throughout the chain".

    https://docs.github.com/en/actions/reference/workflows-and-actions/reusing-workflow-configurations#access-and-permissions-for-nested-workflows
    """
    only_called = frame.workflow.only_called and frame.caller is None
    if only_called and job.stated is not None and job.stated.valid:
        return levels_of(job.stated, shelf.default)
    return levels_of(job.stated, shelf.default, only_called=only_called, caller=frame.token)


def _oidc(frame: Frame, job: OpenJob) -> bool:
    """Tell whether a job may ask for an OIDC token: a block gives it, and every caller has it.

    https://docs.github.com/en/actions/reference/security/oidc : `id-token` is never given by default.
    """
    own = None
    if job.stated is not None:
        own = job.stated.shorthand == "write-all" or job.stated.levels.get("id-token") == "write"
    if frame.caller is None:
        return bool(own)
    return frame.oidc if own is None else own and frame.oidc


def _gate(frame: Frame, job: OpenJob) -> Gate:
    """Return what stands before a job: its own conditions and those of its callers."""
    own = Gate(
        frozenset(job.open_to), job.gate, job.never, frozenset(job.shut), frozenset(job.no_bot), frozenset(job.no_own)
    )
    if frame.caller is None:
        return own
    if job.asks:
        own = tighter(own, gate_of_call(job.asks, frame.root.triggers, put, partial(passed_to, frame)))
    both = tighter(frame.gate, own)
    # what is called has the event of who calls it
    return (
        replace(both, never=True)
        if both.shut and both.shut.issuperset(each.event for each in frame.root.triggers)
        else both
    )


def _made(
    shelf: Shelf, frame: Frame, job: OpenJob, before: dict[str, frozenset[Circle]], *ends: LooseEnd
) -> EffectiveJob:
    """Put one job together."""
    gate = _gate(frame, job)
    if gate.never:
        return making.switched_off(frame, job)
    token = _token(shelf, frame, job)
    starts = starts_of(frame.root.triggers, gate, before)
    if job.stated is not None:
        # "read-only permissions by default": a block can raise the token of a run that Dependabot starts
        starts = tuple(replace(s, reads_only=False) if s.by is Circle.BOT else s for s in starts)
    oidc = _oidc(frame, job)
    stored = tuple(stored_secrets(frame, job, oidc=oidc)) if job.reads else ()
    return making.made(
        shelf,
        frame,
        job,
        starts=starts,
        token=token,
        oidc=oidc,
        secrets=(*_secrets(frame, job), *stored),
        gate=gate,
        ends=(*ends, *open_reads(stored)),
    )


def _secrets(frame: Frame, job: OpenJob) -> Iterator[TakenSecret]:
    """Yield the secrets that a job takes, by the names the settings hold them under."""
    names = {step.index: making.step_words(step) for step in job.steps}
    seen: set[_Once] = set()
    for number, use in enumerate(job.secrets):
        if use.name == "GITHUB_TOKEN":
            continue
        idle = job.idle_of(number)
        if frame.caller is not None and job.conditions and job.conditions[number]:
            idle = tuple(dict.fromkeys((*idle, *idle_called(frame, job.conditions[number]))))
        if use.from_workflow and use.step is None and frame.caller is None and job.uses is None:
            for once, taken in _of_all(frame, use, idle):
                if once not in seen:
                    seen.add(once)
                    yield taken
            continue
        by = names.get(use.step, f"step {use.step + 1}") if use.step is not None else _whole(job, use)
        spot = frame.spot(use.position)
        # what is passed on to a workflow that was not followed is chosen before it runs
        passed = idle if job.uses is not None else ()
        for name, form, absent in sorted(set(_resolved(frame, use, passed))):
            taken = TakenSecret(
                name=name,
                form=form.value,
                spot=spot,
                step=use.step,
                by=by,
                known_as=use.name if name and use.name not in {"", name} else "",
                idle=idle if not passed else (),
                absent=absent,
            )
            # twice on one line is once
            once = (name, form.value, spot.path, spot.line, use.step, use.name, idle, absent)
            if once not in seen:
                seen.add(once)
                yield taken
        # "If you include environment in the reusable workflow at the job level, the environment secret will be used"
        if frame.caller and job.environment and use.name and not frame.inherits:
            yield TakenSecret(name=use.name, spot=spot, step=use.step, by=by, only_environment=True, idle=idle)


def _of_all(frame: Frame, use: SecretUse, idle: tuple[str, ...]) -> tuple[tuple[_Once, TakenSecret], ...]:
    """Return what every job of a workflow takes that an event starts, by its `env`: the same for all with the same idle starts."""
    known = frame.of_all.get((use, idle))
    if known is None:
        spot = frame.spot(use.position)
        taken = TakenSecret(name=use.name, form=use.form.value, spot=spot, step=use.step, by="every step", idle=idle)
        once = (use.name, use.form.value, spot.path, spot.line, use.step, use.name, idle, ())
        known = frame.of_all[use, idle] = ((once, taken),)
    return known


def _whole(job: OpenJob, use: SecretUse) -> str:
    if job.uses is not None:
        return f"the called workflow {job.uses.text[:80]}"
    return "every step" if use.where.startswith("env") or use.from_workflow else "the job"


def _resolved(
    frame: Frame, use: SecretUse, absent: tuple[str, ...] = ()
) -> Iterator[tuple[str, SecretForm, tuple[str, ...]]]:
    """Yield what a secret of a called workflow is to those who call it: passed by name, or inherited; and when it is not passed.

    "Workflows that call reusable workflows in the same organization or enterprise can use the inherit keyword to
    implicitly pass the secrets"; what is not passed is empty.
    https://docs.github.com/en/actions/how-tos/reuse-automations/reuse-workflows#passing-inputs-and-secrets-to-a-reusable-workflow
    """
    if frame.caller is None or frame.call is None:
        yield use.name, use.form, absent
        return
    if frame.inherits:
        yield from _resolved(frame.caller, use, absent)
        return
    named = use.form is SecretForm.NAMED
    for number, passed in (
        frame.passed.get(use.name, ()) if named else (each for some in frame.passed.values() for each in some)
    ):
        starts = tuple(dict.fromkeys((*absent, *frame.call.idle_of(number))))
        yield from _resolved(frame.caller, passed, starts)


__all__ = ["MAX_LEVELS", "Frame", "Shelf", "compose"]
