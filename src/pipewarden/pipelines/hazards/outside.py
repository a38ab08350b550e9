"""What an outsider can have a privileged run do: their code, their text in a program, their files."""

from collections.abc import Iterator

from pipewarden.pipelines.carried.flows import Flows
from pipewarden.pipelines.carried.held import Held
from pipewarden.pipelines.choices import input_name
from pipewarden.pipelines.gates import GIVEN, Gate
from pipewarden.pipelines.hazards.kinds import WHO, Hazard, HazardKind, either, inside, job_id, named, plain_name
from pipewarden.pipelines.hazards.standing import inside_events, open_events, side_of, step_gate
from pipewarden.pipelines.injections import Inputs, goes_in, injections, may_be_there
from pipewarden.pipelines.parts import Job, Step, Workflow
from pipewarden.pipelines.untrusted import ANYONE_EVENTS, PRIVILEGED_EVENTS, Author
from pipewarden.pipelines.uses import UsesKind
from pipewarden.pipelines.workspace import next_runs, run_after, takes


def outside_code(
    workflow: Workflow, flows: Flows, job: Job, gate: Gate, holds: tuple[str, ...], *, latent: bool = False
) -> Iterator[Hazard]:
    """Yield checkouts of an outsider's code in a privileged run, and whether it is then run.

    Where the name of what is taken could not be followed, the hazard is not certain. `latent`: also where a caller names it.
    https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/
    """
    if not (open_events(workflow, PRIVILEGED_EVENTS, gate) or inside_events(workflow, gate)):
        return
    for step, taken in takes(flows, job):
        own = step_gate(workflow, job, step, gate)
        for each in _outside(flows, job, step, own, taken, holds, inside_events(workflow, own), latent=latent):
            yield inside(each)
        events = open_events(workflow, PRIVILEGED_EVENTS, own)
        yield from _outside(flows, job, step, own, taken, holds, events, latent=latent)


def _outside(
    flows: Flows,
    job: Job,
    step: Step,
    own: Gate,
    taken: Held,
    holds: tuple[str, ...],
    events: tuple[str, ...],
    *,
    latent: bool,
) -> Iterator[Hazard]:
    """Yield the one hazard of a step that takes code, under some events."""
    held = taken
    if events and flows.turns:
        events, held = _turned(flows, job, step, events, held)
    by_caller = latent and not held.code and bool(held.inputs)
    if not events or not (held.code or by_caller or (held.open_code and holds)):
        return
    run = run_after(job, step)
    certain = bool(held.code) or by_caller
    if run is None and not held.code:
        return
    what, fixed = _taken(step, held)
    if run is None:
        kind, tail = HazardKind.OUTSIDE_CHECKOUT, "nothing after it is seen to run that code"
    else:
        kind, tail = HazardKind.PWN_REQUEST, f"{run.words}{named(run)} runs it"
    which = "which anyone can write" if certain else "which anyone may have written"
    yield Hazard(
        kind=kind,
        position=step.position,
        job=job.id,
        step=step.index,
        says=f"job {job_id(job)} on {either(events)} {what}, {which}, and {tail}",
        by=Author.CALLER if by_caller else Author.ANYONE,
        events=events,
        reaches=holds,
        gate=own.words if fixed else own.words.replace(GIVEN, f"{GIVEN}, with what is pushed until it is checked out"),
        input=held.inputs[0] if by_caller else "",
        certain=certain,
        side=side_of(events, own),
        how="local" if _is_local(run) else "" if fixed else "moving",
    )


def _turned(flows: Flows, job: Job, step: Step, events: tuple[str, ...], held: Held) -> tuple[tuple[str, ...], Held]:
    """Return under which events a step takes an outsider's code, with what: the worst where they differ."""
    found = {event: flows.on(event).taken(step, job) for event in events}
    for bears in (_has_code, _has_inputs, _has_open_code):
        those = tuple(event for event, each in found.items() if bears(each))
        if those:
            return those, found[those[0]]
    return (), held


def _has_code(held: Held) -> bool:
    return bool(held.code)


def _has_inputs(held: Held) -> bool:
    return bool(held.inputs)


def _has_open_code(held: Held) -> bool:
    return bool(held.open_code)


def _taken(step: Step, held: Held) -> tuple[str, bool]:
    """Say what a step takes, and tell whether that is a commit: the event's, which nothing pushed later changes."""
    if step.run is not None:
        what = "takes the code of a pull request with git" if held.code else f"takes code by {held.open_code}"
        return what, _is_fixed(held.code)
    if step.uses is not None and step.uses.action != "actions/checkout":
        return f"uses {held.open_code}", False
    written = (step.with_.get("ref", "") or step.with_.get("repository", "")).strip()[:120]
    # what an API answers is the newest commit by then
    fixed = _is_fixed(held.code or written)
    source = held.code or held.open_code
    return f"checks out {written}{f' ({source})' if source and source not in written.lower() else ''}", fixed


def _is_local(run: Step | None) -> bool:
    return run is not None and run.uses is not None and run.uses.kind is UsesKind.LOCAL


def _is_fixed(what: str) -> bool:
    """Tell whether a checkout names a commit: that of the event, which nothing pushed later changes."""
    return "sha" in what.lower() or "commit.id" in what.lower()


def program_injections(
    workflow: Workflow,
    flows: Flows,
    inputs: Inputs,
    job: Job,
    gate: Gate,
    holds: tuple[str, ...],
    *,
    latent: bool = False,
) -> Iterator[Hazard]:
    """Yield injections, with who can use them in which runs."""
    # a run for a fork's pull request holds nothing: what travels inside it is not followed
    followed = flows if open_events(workflow, PRIVILEGED_EVENTS, gate) else None
    told: set[str] = set()
    for found in injections(workflow, job, inputs, followed):
        step, by = found.step, found.by
        own = step_gate(workflow, job, step, gate, asked=followed is not None)
        events = open_events(workflow, ANYONE_EVENTS, own) if by is Author.ANYONE else ()
        if events and flows.turns:
            events = tuple(event for event in events if goes_in(found, flows.on(event), job, workflow.asked_as(event)))
            if not events:
                continue
        if by is Author.ANYONE and not events:
            if found.through or not workflow.events & ANYONE_EVENTS:
                # the context is empty in the runs this workflow has
                continue
            by = Author.WRITER
        if by is not Author.ANYONE and not may_be_there(found, workflow, job, own.shut):
            continue
        privileged = by is not Author.ANYONE or any(event in PRIVILEGED_EVENTS for event in events)
        if (not found.certain and not (privileged and holds)) or (found.input and found.through and not latent):
            continue
        written = (
            f"{found.source[:80]} ({plain_name(found.context.dotted)[:60]})"
            if found.through
            else found.context.dotted[:120]
        )
        says = (
            f"job {job_id(job)} writes {written} into the program of {step.words}"
            f"{named(step)}: {WHO[by]} can choose it and so run commands"
        )
        if not found.certain:
            into = f"the program of {step.words}"
            says = f"job {job_id(job)} writes {found.source[:80]} into {into}, and whose text it is was not seen"
        # an action hands its inputs on to many scripts: of those who may call or write anyway, one of each is enough
        once = says if by is Author.ANYONE else written
        if step.within and once in told:
            continue
        told.add(once)
        yield Hazard(
            kind=HazardKind.SCRIPT_INJECTION,
            position=found.mention.position if found.mention is not None else step.run_position,
            job=job.id,
            step=step.index,
            says=says,
            by=by,
            events=events,
            # a run for a fork's pull request has no secrets and cannot write
            reaches=holds if privileged else tuple(item for item in holds if item == "runner"),
            gate=own.words,
            input=found.input or input_name(found.context) or "",
            certain=found.certain,
            side=side_of(events, own) if events else "",
            how="across" if found.across else "",
        )


def secrets_out(job: Job, taken: list[Hazard]) -> Iterator[Hazard]:
    """Yield the secrets of a job that an outsider can take over, once per job."""
    open_to = [
        hazard
        for hazard in taken
        if hazard.by is Author.ANYONE
        and hazard.certain
        and hazard.kind in {HazardKind.PWN_REQUEST, HazardKind.SCRIPT_INJECTION}
    ]
    for hazard in open_to:
        names = [item.removeprefix("secret:") for item in hazard.reaches if item.startswith("secret:")]
        if not names:
            continue
        first = next(use for use in job.secrets if use.name != "GITHUB_TOKEN")
        shown = ", ".join("all secrets" if name == "*" else name for name in names[:8])
        more = f" and {len(names) - 8} more" if len(names) > 8 else ""
        says = f"anyone can take over job {job_id(job)} on {either(hazard.events)} and read {shown}{more}"
        yield Hazard(
            kind=HazardKind.SECRET_TO_OUTSIDER,
            position=first.position,
            job=job.id,
            step=first.step,
            says=says,
            events=hazard.events,
            reaches=tuple(item for item in hazard.reaches if item.startswith("secret:")),
            gate=hazard.gate,
        )
        return


def foreign_artifacts(workflow: Workflow, job: Job, gate: Gate, holds: tuple[str, ...]) -> Iterator[Hazard]:
    """Yield artifacts of the triggering run that a privileged run takes.

    https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#workflow_run
    """
    if not (open_events(workflow, _AFTER, gate) or "workflow_run" in inside_events(workflow, gate)):
        return
    taken = [each for each in job.transfers if each.what == "artifact_download" and each.other_run]
    if not taken:
        return
    steps = {step.index: step for step in job.steps}
    runs = next_runs(job)
    for transfer in taken:
        own = step_gate(workflow, job, steps[transfer.step], gate, asked=False)
        strange = bool(open_events(workflow, _AFTER, own))
        if not strange and "workflow_run" not in inside_events(workflow, own):
            continue
        says = f"job {job_id(job)} on workflow_run takes an artifact of the run before it, which anyone can have filled"
        found = Hazard(
            kind=HazardKind.FOREIGN_ARTIFACT,
            position=transfer.position,
            job=job.id,
            step=transfer.step,
            says=says,
            events=("workflow_run",),
            reaches=holds,
            gate=own.words,
            side=side_of(("workflow_run",), own),
            how="runs" if transfer.step in runs and _over_code(steps[transfer.step]) else "",
        )
        yield found if strange else inside(found)


_AFTER = frozenset({"workflow_run"})


def _over_code(step: Step) -> bool:
    """Tell whether a download may lie among what later steps run: not where it has a folder of its own."""
    return step.with_.get("path", "").strip().rstrip("/") in {"", ".", "${{ github.workspace }}"}
