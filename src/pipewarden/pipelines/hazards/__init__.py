"""Facts about a workflow that decide who gets at its secrets and its token; not style, not lint."""

from typing import Literal

from pipewarden.pipelines.hazards.given import all_secrets, always_true, chosen_environment, self_hosted, unpinned
from pipewarden.pipelines.hazards.kinds import Hazard
from pipewarden.pipelines.hazards.outside import foreign_artifacts, outside_code, program_injections, secrets_out
from pipewarden.pipelines.hazards.standing import Standing, standing_of
from pipewarden.pipelines.hazards.travelling import environment_injections
from pipewarden.pipelines.injections import inputs_of
from pipewarden.pipelines.parts import Workflow


def hazards(
    workflow: Workflow,
    *,
    owner: str = "",
    default: Literal["read", "write"] | None = None,
    standing: Standing | None = None,
) -> tuple[Hazard, ...]:
    """Return the hazards of a workflow, in the order of the file.

    `owner` is the account the repository belongs to: its own actions are not a third party's. `default` is
    what a token may do where the file is silent (None: not known).
    """
    every = all_hazards(workflow, owner=owner, default=default, standing=standing)
    return tuple(hazard for hazard in every if hazard.certain and hazard.side != "inside")


def all_hazards(
    workflow: Workflow,
    *,
    owner: str = "",
    default: Literal["read", "write"] | None = None,
    standing: Standing | None = None,
    latent: bool = False,
) -> tuple[Hazard, ...]:
    """Return the hazards of a workflow together with those that are not certain, and those of whoever may write (`inside`).

    Not certain is one of which a value could not be followed.

    `latent`: also what is one only by what a caller passes.
    """
    standing = standing or standing_of(workflow, default)
    inputs, found = inputs_of(workflow), list[Hazard]()
    flows = standing.flows
    for job in workflow.jobs:
        gate, holds = standing.gates[job.id], standing.holds[job.id]
        if gate.never:
            continue
        taken = [
            *outside_code(workflow, flows, job, gate, holds, latent=latent),
            *program_injections(workflow, flows, inputs, job, gate, holds, latent=latent),
        ]
        found += taken
        found += environment_injections(workflow, flows, job, gate, holds)
        found += secrets_out(job, taken)
        found += foreign_artifacts(workflow, job, gate, holds)
        found += self_hosted(workflow, job, gate)
        found += chosen_environment(workflow, job, gate)
        found += unpinned(job, owner.lower(), holds)
        found += all_secrets(job)
        found += always_true(job, holds)
    found.sort(key=lambda hazard: hazard.position)
    return tuple(found)
