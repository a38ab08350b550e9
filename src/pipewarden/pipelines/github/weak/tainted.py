"""Rules about text that a stranger writes and that travels: into the environment, other jobs, images; files over the workspace."""

import re
from collections.abc import Iterator

from pipewarden.pipelines import untrusted
from pipewarden.pipelines.commands import short
from pipewarden.pipelines.definition import Weakness
from pipewarden.pipelines.expressions import find
from pipewarden.pipelines.github.weak.scene import Scene, named, step_place
from pipewarden.pipelines.parts import Job, Step, Workflow
from pipewarden.pipelines.untrusted import Author
from pipewarden.pipelines.uses import Pin

_WRITES = re.compile(r"^.*(?:>>?|\btee\s+-a)\s*[\"']?\$\{?(?P<file>GITHUB_(?:ENV|PATH))\b.*$", re.MULTILINE)
_VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w*)")
_OUTPUT = re.compile(r"(?P<name>[A-Za-z_][\w-]*)=(?P<value>[^\n]*?)[\"']?\s*>>\s*[\"']?\$\{?GITHUB_OUTPUT\b")
_NO_LINES = re.compile(r"github\.head_ref|\.head\.(?:ref|label)$|\.head_branch$|\.title$", re.IGNORECASE)


def environment_file(scene: Scene) -> Iterator[Weakness]:
    """A stranger's text is written into the environment of all later steps: a line more sets what they load.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-an-environment-variable
    """
    if not scene.strange:
        return
    for step in scene.job.steps:
        script = step.run
        if script is None or "GITHUB_" not in script:
            continue
        texts = _strange_variables(step, scene.job, scene.workflow)
        for found in _WRITES.finditer(script):
            source = next((texts[name] for name in _VARIABLE.findall(found.group()) if name in texts), "")
            if not source or (found["file"] == "GITHUB_ENV" and _NO_LINES.search(source)):
                continue  # a title or a branch's name has no second line
            yield scene.tell(
                "wf.inject.github_env",
                step.run_position,
                f"{scene.name} writes {short(source, 50)} into {found['file']}: who writes it sets what later steps load",
                by="anyone",
            )
            break


def _strange_variables(step: Step, job: Job, workflow: Workflow) -> dict[str, str]:
    """Return the variables of a step whose text anyone can choose, with its context."""
    found: dict[str, str] = {}
    for table in (workflow.env, job.env, step.env):
        for name, value in table.items():
            source = _anyones(value)
            if source:
                found[name] = source
    return found


def _anyones(value: str) -> str:
    """Return the context of a value that anyone can choose; empty where there is none."""
    if "${{" not in value:
        return ""
    for placed in find(value):
        for flow in placed.expression.flows:
            if untrusted.author_of(flow) is Author.ANYONE:
                return flow.dotted
    return ""


def across_jobs(scene: Scene) -> Iterator[Weakness]:
    """An output that carries a stranger's text is put into the program of another job.

    https://docs.github.com/en/actions/concepts/security/script-injections
    """
    if not scene.job.needs or not scene.outside:
        return
    before = {job.id: job for job in scene.workflow.jobs if job.id in scene.job.needs}
    for step in scene.job.steps:
        for mention in step.mentions:
            if mention.where != "run" and not mention.where.endswith("with.script"):
                continue
            for flow in mention.expression.flows:
                parts = flow.parts
                if flow.context != "needs" or len(parts) != 4 or parts[1] not in before:
                    continue
                source = _output(before[parts[1]], parts[3], scene.workflow)
                if source:
                    yield scene.tell(
                        "wf.inject.cross_job",
                        mention.position,
                        f"{scene.name} runs the output {short(parts[3], 30)} of job {short(parts[1], 30)} as commands: it is "
                        f"{short(source, 40)}",
                        reaches=scene.holds if scene.strange else (),
                        by="anyone",
                        severity="" if scene.strange else "low",
                    )
                    return


def _output(job: Job, name: str, workflow: Workflow) -> str:
    """Return whose text an output of a job is, where anyone can choose it."""
    for mention in job.mentions:
        if mention.where != f"outputs.{name}":
            continue
        for flow in mention.expression.flows:
            if untrusted.author_of(flow) is Author.ANYONE:
                return flow.dotted
            parts = flow.parts
            if flow.context == "steps" and len(parts) == 4:
                step = next((each for each in job.steps if each.id == parts[1]), None)
                source = _set_by(step, parts[3], job, workflow) if step is not None else ""
                if source:
                    return source
    return ""


def _set_by(step: Step, name: str, job: Job, workflow: Workflow) -> str:
    if step.run is None or "GITHUB_OUTPUT" not in step.run:
        return ""
    texts = _strange_variables(step, job, workflow)
    for found in _OUTPUT.finditer(step.run):
        if found["name"] == name:
            source = _anyones(found["value"])
            return source or next((texts[v] for v in _VARIABLE.findall(found["value"]) if v in texts), "")
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
        source = _anyones(image.image)
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
