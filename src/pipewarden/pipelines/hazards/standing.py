"""What stands before the jobs of a workflow, and what they hold."""

from collections.abc import Mapping as Table
from typing import Literal, NamedTuple

from pipewarden.pipelines.asked import WORDS, asks
from pipewarden.pipelines.carried.flows import Flows
from pipewarden.pipelines.expanding import expanded
from pipewarden.pipelines.gates import OPEN, Gate, gate_of, gates_of, tighter
from pipewarden.pipelines.parts import Job, RunnerKind, SecretForm, Step, Workflow
from pipewarden.pipelines.token import Unknown, effective_permissions
from pipewarden.pipelines.untrusted import PRIVILEGED_EVENTS


class Standing(NamedTuple):
    """What stands before each job of a workflow and what it holds, by the job's id: worked out once for all who ask."""

    gates: Table[str, Gate]
    holds: Table[str, tuple[str, ...]]
    flows: Flows
    """What its values may hold, each followed once for all who ask."""


def standing_of(
    workflow: Workflow,
    default: Literal["read", "write"] | None = None,
    *,
    gates: Table[str, Gate] | None = None,
    flows: Flows | None = None,
) -> Standing:
    """Return where the jobs of a workflow stand; `gates` and `flows` where they are known already."""
    holds = {job.id: holds_of(workflow, job, default) for job in workflow.jobs}
    return Standing(gates_of(workflow) if gates is None else gates, holds, flows or Flows(workflow))


def holds_of(workflow: Workflow, job: Job, default: Literal["read", "write"] | None) -> tuple[str, ...]:
    """Return what somebody gets who takes over the job in a privileged run."""
    out = []
    for use in job.secrets:
        if use.form is not SecretForm.NAMED:
            out.append("secret:*")
        elif use.name != "GITHUB_TOKEN":
            out.append(f"secret:{use.name}")
    levels: Table[str, str] | Unknown = effective_permissions(workflow, job, default)
    if isinstance(levels, Unknown):
        out.append("token:?")
    else:
        out += [f"token:{scope}" for scope, level in levels.items() if level == "write" and scope != "id-token"]
    if job.oidc:
        out.append("oidc")
    if job.runner.kind is RunnerKind.SELF_HOSTED:
        out.append("runner")
    return tuple(dict.fromkeys(out))


def open_events(workflow: Workflow, among: frozenset[str], gate: Gate) -> tuple[str, ...]:
    """Return the events among some that start a workflow and that an outsider can pass the gate with."""
    if workflow.events.isdisjoint(among):
        return ()
    passed = gate.open
    found = [trigger.event for trigger in workflow.triggers if trigger.event in among and trigger.event in passed]
    return tuple(dict.fromkeys(found)) if found else ()


def inside_events(workflow: Workflow, gate: Gate) -> tuple[str, ...]:
    """Return the privileged events that let whoever may write pass a gate from a branch of the repository, and no outsider.

    The branches of `workflow_run` are those of the run before it: one that is named there may be guarded.
    https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#limiting-your-workflow-to-run-based-on-branches
    """
    if gate is OPEN or workflow.events.isdisjoint(PRIVILEGED_EVENTS):
        return ()
    shut = PRIVILEGED_EVENTS - gate.open - gate.no_own - gate.shut
    if workflow.events.isdisjoint(shut):
        return ()
    return tuple(
        dict.fromkeys(
            trigger.event
            for trigger in workflow.triggers
            if trigger.event in shut and not (trigger.event == "workflow_run" and trigger.branches)
        )
    )


def side_of(events: tuple[str, ...], gate: Gate) -> str:
    """Tell whether only what comes from a fork passes a gate under some events."""
    return "outside" if gate.no_own.issuperset(events) else ""


def step_gate(workflow: Workflow, job: Job, step: Step, gate: Gate, *, asked: bool = True) -> Gate:
    """Return the gate before a step: its job's, its own condition, and a check of who asks among the steps before it."""
    own = gate
    if step.condition:
        text = step.condition
        carried = "env." in text or "needs." in text
        own = tighter(gate, gate_of(expanded(text, workflow, job, step) if carried else text, workflow.asked))
    return tighter(own, Gate(words=WORDS)) if asked and step.index and asks(job, step.index) else own
