"""All weaknesses of one workflow file, in the order of the file."""

from collections.abc import Callable, Iterator
from typing import Literal

from pipewarden.pipelines.definition import Weakness
from pipewarden.pipelines.gates import gates_of
from pipewarden.pipelines.github.weak import permissions, secrets, supply, tainted, triggers
from pipewarden.pipelines.github.weak.scene import Scene
from pipewarden.pipelines.hazards import holds_of
from pipewarden.pipelines.parts import Workflow

RULES: tuple[Callable[[Scene], Iterator[Weakness]], ...] = (
    triggers.dangerous_trigger,
    triggers.weak_gate,
    triggers.dispatched,
    triggers.identity_for_strangers,
    triggers.agent,
    tainted.environment_file,
    tainted.across_jobs,
    tainted.computed_code,
    tainted.unpacked_over,
    permissions.silent,
    permissions.broad,
    permissions.excess,
    permissions.persisted,
    permissions.app_token,
    permissions.personal_token,
    secrets.unredacted,
    secrets.outside_environment,
    secrets.sent_away,
    secrets.debugged,
    supply.images,
    supply.remote_script,
    supply.insecure_commands,
    supply.the_machine,
    supply.long_lived,
)
"""Each is given one job."""

MOST = 300
"""Weaknesses told of one file."""


def github_weaknesses(
    workflow: Workflow, text: str, *, owner: str = "", default: Literal["read", "write"] | None = None
) -> tuple[Weakness, ...]:
    """Return the weaknesses of a workflow beside its hazards. `text` is the file's, for what only comments tell."""
    gates = gates_of(workflow)
    found: list[Weakness] = []
    for job in workflow.jobs:
        scene = Scene(workflow, job, gates[job.id], holds_of(workflow, job, default), default, owner.lower())
        for rule in RULES:
            found += rule(scene)
        found += supply.not_limited(scene, text)
    found += permissions.undocumented(workflow, text)
    found += supply.unsigned(workflow, text)
    found.sort(key=lambda each: (each.position, each.check))
    return tuple(found[:MOST])
