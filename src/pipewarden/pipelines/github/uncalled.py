"""A repository's own actions that none of its workflows use: judged as what whoever uses one may hand to it, and run it with.

What stands in the action's own text is a weakness wherever it runs. What its user decides (inputs, the event, what the job holds)
is open: it is neither told as a weakness nor passed.
"""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from pipewarden.pipelines.actions import Action
from pipewarden.pipelines.definition import Weakness
from pipewarden.pipelines.github.splicing import folder_of, spliced
from pipewarden.pipelines.github.weak.judge import github_weaknesses
from pipewarden.pipelines.hazards import all_hazards
from pipewarden.pipelines.hazards.kinds import Hazard, HazardKind, check_of_checkout, either
from pipewarden.pipelines.hazards.standing import standing_of
from pipewarden.pipelines.library import Library
from pipewarden.pipelines.parts import Job, Step, Trigger, Workflow
from pipewarden.pipelines.steps import checkouts_of, transfers_of
from pipewarden.pipelines.untrusted import ANYONE_EVENTS, Author
from pipewarden.pipelines.uses import UsesKind
from pipewarden.pipelines.yaml_tree import Position

_FIRST_PARTY = frozenset({"actions", "github"})
_KEPT = frozenset({"wf.run.remote_script", "wf.run.insecure_commands"})
"""Weaknesses of a job that stand in the text of its steps, whatever the job holds."""
_TOLD = {HazardKind.SCRIPT_INJECTION: "wf.inject.template", HazardKind.ENVIRONMENT_INJECTION: "wf.inject.github_env"}
MOST = 100
"""Weaknesses, and open ends, of one action that are told."""


class Judged(Struct, frozen=True):
    """What was seen of an action: its weaknesses, and what its user decides, each with its place."""

    workflow: Workflow
    """The action as a workflow that calls nothing but its steps."""
    weaknesses: tuple[Weakness, ...] = ()
    ends: tuple[tuple[str, Position, str], ...] = ()
    """What is open: the check that it keeps from a verdict, where, and in words."""


def uncalled(actions: Mapping[str, tuple[str, ...]], used: Iterable[str]) -> list[str]:
    """Return the folders of actions that nothing uses, given the folders that each uses and those that workflows use.

    One that only another of them uses is judged with that one; of a ring of them all are returned.
    """
    inner = {folder: {each for each in uses if each in actions} - {folder} for folder, uses in actions.items()}
    reached = _reached(inner, used)
    left = [folder for folder in sorted(actions) if folder not in reached]
    called = {each for folder in left for each in inner[folder]}
    first = [folder for folder in left if folder not in called]
    seen = _reached(inner, first)
    return sorted([*first, *(folder for folder in left if folder not in seen)])


def _reached(inner: Mapping[str, set[str]], start: Iterable[str]) -> set[str]:
    found: set[str] = set()
    todo = list(start)
    while todo:
        folder = todo.pop()
        if folder not in found:
            found.add(folder)
            todo += inner.get(folder, ())
    return found


def judged(action: Action, library: Library, *, name: str, owner: str = "", text: str = "") -> Judged:
    """Judge the steps of an action under every event, for whoever may use it. `name` is what sentences call it."""
    workflow = spliced(_as_workflow(action, name), library)
    standing = standing_of(workflow)
    found: list[Weakness] = []
    ends: dict[tuple[str, Position], str] = {}
    for hazard in all_hazards(workflow, owner=owner, standing=standing, latent=True):
        if hazard.side == "inside":
            continue
        told = _told(hazard)
        if told is not None:
            found.append(_weakness(told, hazard.position, _said(hazard.says, name), "medium"))
        else:
            check = _open_for(hazard)
            if check:
                ends.setdefault((check, hazard.position), _left_open(hazard, name))
    for each in github_weaknesses(workflow, text, owner=owner, standing=standing):
        if each.check in _KEPT:
            found.append(replace(each, says=_said(each.says, name), severity="low", reaches=(), gate=""))
    found += _unpinned(workflow.jobs[0].steps, owner.lower(), name)
    found.sort(key=lambda each: (each.position, each.check))
    open_ends = tuple((check, at, says) for (check, at), says in ends.items())
    return Judged(workflow, tuple(found[:MOST]), open_ends[:MOST])


def _as_workflow(action: Action, name: str) -> Workflow:
    """Return an action as a workflow whose one job has its steps, that can be called with its inputs and start by any event."""
    at = Position(1, 1)
    job = Job(
        id=name,
        position=at,
        steps=action.steps,
        checkouts=checkouts_of(action.steps),
        transfers=transfers_of(action.steps),
    )
    others = tuple(Trigger(event, at) for event in sorted(ANYONE_EVENTS))
    return Workflow(
        path=action.path, triggers=(Trigger("workflow_call", at, inputs=action.inputs), *others), jobs=(job,)
    )


def _told(hazard: Hazard) -> str | None:
    """Return the check that tells of what stands in the action's own text: others' text in a program, or in the environment."""
    return _TOLD.get(hazard.kind) if hazard.by is Author.ANYONE and hazard.certain else None


def _open_for(hazard: Hazard) -> str:
    """Return the check that what an action's user decides keeps from a verdict; empty where there is none."""
    match hazard.kind:
        case HazardKind.SCRIPT_INJECTION if hazard.by in {Author.CALLER, Author.ANYONE}:
            return "wf.inject.template"
        case HazardKind.PWN_REQUEST:
            return check_of_checkout(hazard.events)
        case HazardKind.FOREIGN_ARTIFACT:
            return "wf.trigger.workflow_run_artifact"
        case _:
            return ""


def _left_open(hazard: Hazard, name: str) -> str:
    said = hazard.says.replace(f" on {either(hazard.events)}", "", 1) if hazard.events else hazard.says
    for told in (", which anyone can write", ", which anyone may have written"):
        said = said.replace(told, "", 1)
    said = _said(said, name).partition(": ")[0].partition(", and whose text")[0]
    who = "what its user hands to it" if hazard.by is Author.CALLER else "the run that uses it"
    return f"{said[:180]}: {who} decides, and no workflow here uses it"


def _said(says: str, name: str) -> str:
    """Return a sentence about a job as one about the action."""
    return says.replace(f"job {name}", f"the action {name}", 1).replace(
        "whoever calls this workflow", "whoever uses it"
    )


def _weakness(check: str, at: Position, says: str, severity: str) -> Weakness:
    return Weakness(check=check, position=at, says=says, by="anyone", severity=severity)


def _unpinned(steps: Iterable[Step], owner: str, name: str) -> Iterator[Weakness]:
    """Yield the code of others that an action runs and that they can change: whatever the job holds that uses it, they get."""
    for step in steps:
        uses = step.uses
        if uses is None or uses.pin.is_fixed or uses.kind in {UsesKind.UNREADABLE, UsesKind.LOCAL}:
            continue
        if uses.kind is UsesKind.REPOSITORY and uses.owner.lower() in _FIRST_PARTY | {owner}:
            continue
        says = f"the action {name} runs {uses.text[:80]}, which others can change, in the jobs of whoever uses it"
        yield Weakness(check="wf.uses.unpinned", position=step.uses_position, says=says, by="supplier", severity="low")


def name_of(path: str, action: Action) -> str:
    """Return what an action is called in sentences: its folder, or at the root its own name."""
    folder = folder_of(path.rpartition("/")[0])
    return (folder.rpartition("/")[2] or action.name or "of this repository")[:40]
