"""Rules about code that whoever starts a run chooses: a commit or branch from an input or a payload, with what the job holds."""

from collections.abc import Iterator

from pipewarden.pipelines.commands import short
from pipewarden.pipelines.definition import Weakness
from pipewarden.pipelines.expressions import find
from pipewarden.pipelines.github.weak.scene import Scene
from pipewarden.pipelines.parts import Step
from pipewarden.pipelines.workspace import run_after


def chosen(scene: Scene) -> Iterator[Weakness]:
    """A run takes the branch or commit that its starter names, and runs it with secrets of the environment or repository.

    "Any event you want to create … `client_payload` … JSON payload with extra information": what it names is checked by nobody.
    https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#repository_dispatch
    """
    prize = tuple(code for code in scene.holds if code.startswith("secret:") or code == "oidc")
    events = scene.workflow.events
    if not prize or not events & {"repository_dispatch", "workflow_dispatch"}:
        return
    for step in scene.job.steps:
        name = _named_by_starter(step, scene)
        if not name or run_after(scene.job, step) is None:
            continue
        yield scene.tell(
            "wf.trigger.dispatch_env_input",
            step.uses_position,
            f"{scene.name} checks out and runs what {short(name, 50)} names, with {scene.held}",
            reaches=prize,
            by="writer",
            severity="" if name.startswith("github.event.client_payload") and scene.releases else "low",
        )
        return


def _named_by_starter(step: Step, scene: Scene) -> str:
    """Return the input or payload that names what a checkout takes; empty where none does.

    A dispatch by hand names its branch anyway, unless an environment takes only certain branches.
    """
    if step.uses is None or step.uses.action != "actions/checkout":
        return ""
    events = scene.workflow.events
    for key in ("ref", "repository"):
        value = step.with_.get(key, "")
        for placed in find(value) if "${{" in value else ():
            for flow in placed.expression.flows:
                dotted = flow.dotted
                if dotted.startswith("github.event.client_payload") and "repository_dispatch" in events:
                    return dotted
                by_hand = dotted.startswith(("inputs.", "github.event.inputs.")) and "workflow_dispatch" in events
                if by_hand and scene.job.environment is not None and _is_free(dotted, scene):
                    return dotted
    return ""


def _is_free(dotted: str, scene: Scene) -> bool:
    name = dotted.rpartition(".")[2]
    trigger = scene.workflow.trigger("workflow_dispatch")
    given = next((each for each in trigger.inputs if each.name.lower() == name), None) if trigger is not None else None
    return given is not None and given.is_free_text
