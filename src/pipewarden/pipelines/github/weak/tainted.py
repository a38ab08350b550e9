"""Rules about what a stranger writes or makes and that travels: into the names of images, over the workspace."""

import re
from collections.abc import Iterator

from pipewarden.pipelines import untrusted
from pipewarden.pipelines.commands import short
from pipewarden.pipelines.definition import Weakness
from pipewarden.pipelines.expressions import find, parse
from pipewarden.pipelines.github.weak.scene import Scene, named, step_place
from pipewarden.pipelines.turning import under
from pipewarden.pipelines.untrusted import Author
from pipewarden.pipelines.uses import Pin
from pipewarden.pipelines.worlds import Who


def _anyones(value: str, scene: Scene) -> str:
    """Return the context of a value that anyone can choose, under an event that has it; empty where there is none."""
    if "${{" not in value:
        return ""
    for placed in find(value):
        for flow in placed.expression.flows:
            if untrusted.author_of(flow) is Author.ANYONE and any(
                flow in parse(under(placed.expression.text, asked, Who.WHOEVER)).flows for asked in scene.workflow.asked
            ):
                return flow.dotted
    return ""


def computed_code(scene: Scene) -> Iterator[Weakness]:
    """What runs is chosen by an expression: an image by whoever starts the run; an action's name GitHub refuses.

    https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#context-availability (not in `uses`)
    """
    places = [(step.uses, step_place(step)) for step in scene.job.steps] + [(scene.job.uses, scene.job.uses_position)]
    for uses, place in places:
        if uses is not None and uses.pin is Pin.DYNAMIC:
            yield scene.tell(
                "wf.inject.action_ref",
                place,
                f"{scene.name} computes which code it uses ({short(uses.text, 50)}): GitHub refuses the file",
                reaches=(),
                severity="info",
            )
    for image in scene.job.images:
        if image.pin is not Pin.DYNAMIC:
            continue
        source = _anyones(image.image, scene)
        dispatch = (
            not source
            and re.search(r"\binputs\.|event\.inputs\.", image.image)
            and scene.workflow.trigger("workflow_dispatch")
        )
        if not source and not (dispatch and scene.holds):
            continue
        who = "anyone" if source else "whoever starts it by hand"
        yield scene.tell(
            "wf.inject.action_ref",
            image.position,
            f"{who} chooses the image that {scene.name} runs in: {short(image.image, 50)}",
            by="anyone" if source else "writer",
            severity="" if source and scene.strange else "low",
        )


_UNPACKS = re.compile(r"\b(?:unzip|tar\s+-?\w*x\w*)\b(?![^\n;&|]*\s-(?:d|C)\s)")
_OUT = re.compile(r"runner\.temp|RUNNER_TEMP|/tmp\b")


def unpacked_over(scene: Scene) -> Iterator[Weakness]:
    """Files of a stranger's run are unpacked over the checked-out code: they replace what later steps use.

    https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/
    """
    if "workflow_run" not in scene.strange or not scene.job.checkouts:
        return
    first = scene.job.checkouts[0].step
    for transfer in scene.job.transfers:
        if transfer.what != "artifact_download" or not transfer.other_run or transfer.step < first:
            continue
        step = next(each for each in scene.job.steps if each.index == transfer.step)
        where = step.with_.get("path", "").strip().rstrip("/")
        script = step.run or step.with_.get("script", "")
        aside = _OUT.search(where) or (script and (_OUT.search(script) or not _UNPACKS.search(script)))
        if aside or where not in {"", ".", "${{ github.workspace }}"}:
            continue
        yield scene.tell(
            "wf.artifact.unsafe_unzip",
            step_place(step),
            f"{named(step)} of {scene.name} unpacks a stranger's artifact over the checked-out code",
            by="anyone",
            severity="" if scene.valuable else "low",
        )
