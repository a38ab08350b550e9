"""All weaknesses of one workflow file, in the order of the file."""

from collections.abc import Callable, Iterator
from typing import Literal

from pipewarden.pipelines.definition import Weakness
from pipewarden.pipelines.github.weak import agents, permissions, refs, secrets, supply, tainted, triggers
from pipewarden.pipelines.github.weak.scene import Scene
from pipewarden.pipelines.hazards.standing import Standing, standing_of
from pipewarden.pipelines.parts import Workflow

Rule = Callable[[Scene], Iterator[Weakness]]

RULES: tuple[Rule, ...] = (
    triggers.weak_gate,
    triggers.dispatched,
    refs.chosen,
    triggers.identity_for_strangers,
    tainted.computed_code,
    permissions.silent,
    permissions.broad,
    secrets.outside_environment,
    supply.images,
    supply.insecure_commands,
    supply.the_machine,
)
"""Each is given one job."""

OF_STRANGERS: tuple[Rule, ...] = (
    triggers.dangerous_trigger,
    agents.agent,
    agents.commanded,
    tainted.unpacked_over,
)
"""Each is given one job that an outsider can start."""

OF_STEPS: tuple[Rule, ...] = (
    permissions.excess,
    permissions.persisted,
    permissions.app_token,
    permissions.personal_token,
    secrets.debugged,
    secrets.shell_back,
    supply.remote_script,
)
"""Each is given one job that has steps of its own."""

OF_SECRETS: tuple[Rule, ...] = (secrets.unredacted, secrets.sent_away, supply.long_lived)
"""Each is given one job that takes secrets."""

MOST = 300
"""Weaknesses told of one file."""


def github_weaknesses(
    workflow: Workflow,
    text: str,
    *,
    owner: str = "",
    default: Literal["read", "write"] | None = None,
    standing: Standing | None = None,
    most: int | None = MOST,
) -> tuple[Weakness, ...]:
    """Return the weaknesses of a workflow beside its hazards, `most` of them. `text` is the file's, for what only comments tell."""
    standing = standing or standing_of(workflow, default)
    found: list[Weakness] = []
    for job in workflow.jobs:
        if standing.gates[job.id].never:
            continue
        scene = Scene(
            workflow, job, standing.gates[job.id], standing.holds[job.id], default, owner.lower(), standing.flows
        )
        rules = RULES
        rules += OF_STRANGERS if scene.outside or scene.strange else ()
        rules += OF_STEPS if job.steps else ()
        rules += OF_SECRETS if job.secrets else ()
        for rule in rules:
            found += rule(scene)
        found += supply.not_limited(scene, text)
    found += permissions.undocumented(workflow, text)
    found += supply.unsigned(workflow, text)
    found.sort(key=lambda each: (each.position, each.check))
    return tuple(found[:most])
