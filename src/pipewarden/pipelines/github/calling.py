"""The code that a job runs from elsewhere: actions, images, called workflows, and what own actions use in turn."""

from collections.abc import Iterator

from pipewarden.model.jobs import (
    Called,
    LooseEnd,
    Spot,
)
from pipewarden.pipelines.github.frames import Frame, Shelf
from pipewarden.pipelines.github.opened import OpenAction, OpenJob
from pipewarden.pipelines.github.splicing import folder_of
from pipewarden.pipelines.uses import Uses, UsesKind

MAX_ACTIONS = 10
"""Composite actions can be nested up to ten deep.
https://docs.github.com/en/actions/concepts/workflows-and-actions/reusing-workflow-configurations"""
MAX_CALLS = 500
"""Of one job; more of them say nothing new."""


def calls_of(
    shelf: Shelf, frame: Frame, job: OpenJob
) -> tuple[tuple[Called, ...], tuple[str, ...], tuple[LooseEnd, ...]]:
    """Return the code that a job runs, the local actions among it, and what of those was not at hand."""
    found: list[Called] = []
    files: list[str] = []
    ends: list[LooseEnd] = []
    up: list[tuple[Uses, Spot]] = []
    at: Frame | None = frame
    while at is not None and at.call is not None and at.call.uses is not None and at.caller is not None:
        up.append((at.call.uses, at.caller.spot(at.call.uses_position)))
        at = at.caller
    found += [_called(uses, spot, followed=True) for uses, spot in reversed(up)]
    if job.uses is not None:
        found.append(_called(job.uses, frame.spot(job.uses_position)))
    for step in job.steps:
        if step.uses is not None:
            spot = Spot(frame.workflow.path, step.line, frame.project, step.column)
            found.append(_called(step.uses, spot, step.index))
            if step.uses.kind is UsesKind.LOCAL:
                if frame.project and frame.project.lower() != shelf.name.lower():
                    if job.brings or not _is_callers(shelf, step.uses):
                        ends += _of_another(step.uses, frame, spot)
                        continue
                    ends += _left_of(shelf, step.uses, frame, spot)
                inner, own, open_ends = _action(shelf, step.uses, spot, step.index, ())
                found += inner
                files += own
                ends += open_ends
    found += [
        Called(
            text=name,
            kind="docker",
            pin=pin,
            fixed=pin == "docker_digest",
            spot=Spot(frame.workflow.path, line, frame.project, column),
        )
        for name, pin, line, column in job.images
    ]
    return tuple(found[:MAX_CALLS]), tuple(dict.fromkeys(files)), tuple(dict.fromkeys(ends))


def _is_callers(shelf: Shelf, uses: Uses) -> bool:
    """Tell whether an action that a called workflow takes from the workspace is one that was read of its caller's repository."""
    action = shelf.actions.get(folder_of(uses.path))
    return not uses.text.startswith("$/") and action is not None and action.complete


def _left_of(shelf: Shelf, uses: Uses, frame: Frame, spot: Spot) -> Iterator[LooseEnd]:
    """Yield that scripts of such an action were judged without what the called workflow hands to it."""
    action = shelf.actions[folder_of(uses.path)]
    if action.scripts:
        says = f"the scripts of {action.path[:80]} were judged without what {frame.project[:60]} hands to the action"
        yield LooseEnd(says=says, spot=spot)


def _of_another(uses: Uses, frame: Frame, spot: Spot) -> Iterator[LooseEnd]:
    """Yield that an own action of a called workflow in another repository is not judged: `./` is a path of the workspace.

    Into that its caller's repository is checked out. `$/` is of its own, and judged with it.
    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsuses
    """
    if not uses.text.startswith("$/"):
        whose = f"{frame.project[:60]} takes it from the checkout of whoever calls its workflow"
        yield LooseEnd(says=f"the action {uses.text[:80]} was not judged: {whose}", spot=spot)


def _called(uses: Uses, spot: Spot, step: int | None = None, *, through: str = "", followed: bool = False) -> Called:
    return Called(
        text=uses.text[:200],
        kind=uses.kind,
        pin=uses.pin,
        spot=spot,
        step=step,
        through=through,
        fixed=uses.pin.is_fixed,
        followed=followed,
    )


def _action(
    shelf: Shelf, uses: Uses, spot: Spot, step: int, inside: tuple[str, ...]
) -> tuple[list[Called], list[str], list[LooseEnd]]:
    """Follow a local action: what its own steps use. It is taken from the workspace, so from the repository that runs."""
    folder = folder_of(uses.path)
    if folder in inside or len(inside) >= MAX_ACTIONS or ".." in folder.split("/"):
        return (
            [],
            [],
            [LooseEnd(says=f"the action {uses.text[:80]} leads back to itself or out of the checkout", spot=spot)],
        )
    action = shelf.actions.get(folder)
    if action is None or not action.complete:
        if not (shelf.actions_read or folder in shelf.looked_for):
            says = f"the action {uses.text[:80]} of this repository was not read"
            return [], [], [LooseEnd(says=says, spot=spot, unread=True)]
        # it may be made, or checked out from elsewhere, while the job runs
        why = "could not be read" if action else "is not in the repository: the job itself brings it"
        return [], [], [LooseEnd(says=f"the action {uses.text[:80]} {why}", spot=spot, unread=action is not None)]
    return _inner(shelf, action, step, (*inside, folder))


def _inner(
    shelf: Shelf, action: OpenAction, step: int, inside: tuple[str, ...]
) -> tuple[list[Called], list[str], list[LooseEnd]]:
    found: list[Called] = []
    files = [action.path]
    ends: list[LooseEnd] = []
    if action.image_pin:
        fixed = action.image_pin == "docker_digest"
        found.append(
            Called(
                text=action.image,
                kind="docker",
                pin=action.image_pin,
                fixed=fixed,
                spot=Spot(action.path, action.image_line or 1, column=action.image_column),
                step=step,
                through=action.path,
            )
        )
    for each in action.steps:
        if each.uses is None:
            continue
        spot = Spot(action.path, each.line, column=each.column)
        found.append(_called(each.uses, spot, step, through=action.path))
        if each.uses.kind is UsesKind.LOCAL and len(found) < MAX_CALLS:
            inner, own, open_ends = _action(shelf, each.uses, spot, step, inside)
            found += inner
            files += own
            ends += open_ends
    return found, files, ends
