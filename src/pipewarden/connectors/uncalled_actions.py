"""A repository's own actions that none of its workflows use, as facts: pipeline files without jobs of their own."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pipewarden.connectors.jobs import row_of
from pipewarden.connectors.pipelines import Named, Told
from pipewarden.connectors.unfollowed import first_ends
from pipewarden.pipelines.actions import read_action
from pipewarden.pipelines.github.opened import OpenAction, OpenStep, OpenWorkflow
from pipewarden.pipelines.github.splicing import folder_of
from pipewarden.pipelines.github.uncalled import Judged, judged, name_of, uncalled
from pipewarden.pipelines.library import Library
from pipewarden.pipelines.uses import UsesKind
from pipewarden.pipelines.versions import Versions
from pipewarden.pipelines.yaml_tree import Position

ACTION = "action"
"""Under this name such a file says that it is an action: nothing starts it but who uses it."""


def without_callers(
    actions: Mapping[str, OpenAction], workflows: Iterable[OpenWorkflow], besides: Iterable[str] = ()
) -> list[str]:
    """Return the folders of composite actions that no workflow uses, and of those that could not be read.

    `besides` are folders that are known to be used.
    """
    used = [*besides]
    used += [folder for workflow in workflows for job in workflow.jobs for folder in folders_of(job.steps)]
    found = uncalled({folder: tuple(folders_of(action.steps)) for folder, action in actions.items()}, used)
    return [each for each in found if actions[each].using == "composite" or not actions[each].complete]


def folders_of(steps: Iterable[OpenStep]) -> Iterator[str]:
    """Yield the folders of own actions that steps use."""
    for step in steps:
        if step.uses is not None and step.uses.kind is UsesKind.LOCAL:
            yield folder_of(step.uses.path)


def told_of_action(path: str, text: str, owner: str, library: Library) -> Told:
    """Read and judge an action that nothing here uses."""
    action = read_action(path, text)
    name = name_of(path, action)
    found = judged(action, library, name=name, owner=owner, text=text) if action.complete else None
    first = action.faults[0] if action.faults else None
    trouble = "" if action.complete else f"{path}:{first.line}: {first.message}" if first else path
    attributes: dict[str, Any] = {
        "path": path,
        "name": action.name,
        ACTION: True,
        "triggers": [],
        "complete": action.complete,
        "faults": [{"line": f.line, "column": f.column, "message": f.message} for f in action.faults[:20]],
        "permissions": None,
        "jobs": [],
        "hazards": [],
        "weaknesses": [row_of(each) for each in found.weaknesses] if found else [],
        "open_ends": first_ends([_end(check, at, says) for check, at, says in found.ends]) if found else [],
    }
    return Told(
        attributes=attributes,
        open_to_all=False,
        trouble=trouble,
        uses=tuple(_uses(found, text, name)) if found else (),
        opened=OpenWorkflow(path=path),
    )


def _end(check: str, at: Position, says: str) -> dict[str, Any]:
    inside = f" (in {at.file}:{at.line})" if at.file else ""
    line, column = (1, 1) if at.file else (at.line, at.column or 1)
    return {"line": line, "column": column, "message": f"{says}{inside}", "bears": [check]}


def _uses(found: Judged, text: str, name: str) -> Iterator[Named]:
    versions = Versions(text)
    for step in found.workflow.jobs[0].steps:
        if step.uses is not None and not step.within:
            more = {"job": "", "of": name, "pin": step.uses.pin.value, "kind": step.uses.kind.value}
            at = step.uses_position
            yield "action", step.uses.text, at.line, at.column, {**more, **versions.beside(step.uses, at.line)}
