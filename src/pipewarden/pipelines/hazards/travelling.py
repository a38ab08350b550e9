"""Text of strangers that travels into the environment of later steps."""

import re
from collections.abc import Iterator

from pipewarden.pipelines.carried.flows import Flows
from pipewarden.pipelines.gates import Gate
from pipewarden.pipelines.hazards.kinds import Hazard, HazardKind, inside, job_id
from pipewarden.pipelines.hazards.standing import inside_events, open_events, side_of, step_gate
from pipewarden.pipelines.parts import Job, Step, Workflow
from pipewarden.pipelines.untrusted import PRIVILEGED_EVENTS

_FILES = ("GITHUB_ENV", "GITHUB_PATH")
_NO_LINES = re.compile(
    r"github\.head_ref|\.head\.(?:ref|label)$|\.head_branch$|\.title$|^the (?:branch|title) of the pull request$",
    re.IGNORECASE,
)


def environment_injections(
    workflow: Workflow, flows: Flows, job: Job, gate: Gate, holds: tuple[str, ...]
) -> Iterator[Hazard]:
    """Yield a stranger's text that is written into the environment of later steps: a line more sets what they load.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-an-environment-variable
    """
    if not (open_events(workflow, PRIVILEGED_EVENTS, gate) or inside_events(workflow, gate)):
        return
    for step in job.steps:
        for file in _FILES:
            source = _written(flows, step, job, file) if step.run is not None and file in step.run else ""
            if not source:
                continue
            own = step_gate(workflow, job, step, gate)
            strange = open_events(workflow, PRIVILEGED_EVENTS, own)
            events = strange or inside_events(workflow, own)
            if events and flows.turns:
                events = tuple(event for event in events if _written(flows.on(event), step, job, file))
            if events:
                found = Hazard(
                    kind=HazardKind.ENVIRONMENT_INJECTION,
                    position=step.run_position,
                    job=job.id,
                    step=step.index,
                    says=f"job {job_id(job)} writes {source[:60]} into {file}: who writes it sets what later steps load",
                    events=events,
                    reaches=holds,
                    gate=own.words,
                    side=side_of(events, own),
                )
                yield found if strange else inside(found)
                break


def _written(flows: Flows, step: Step, job: Job, file: str) -> str:
    """Return the stranger's text that a step writes into a file of the runner's; empty where it can set nothing more."""
    for name, held in flows.written(step, job, file):
        # under a fixed name a title or a branch's name, which has no second line, sets no other
        if held.text and not (file == "GITHUB_ENV" and name and _NO_LINES.search(held.text)):
            return held.text
    return ""
