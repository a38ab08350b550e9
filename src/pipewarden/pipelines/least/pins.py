"""Which versions of the two actions that carry files from job to job a repository already uses."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from pipewarden.pipelines.least.places import CannotEditError
from pipewarden.pipelines.parts import Workflow
from pipewarden.pipelines.uses import Pin

UPLOAD, DOWNLOAD = "actions/upload-artifact", "actions/download-artifact"
_SINCE = 4
"""Version 4 keeps artifacts in another store than those before: what one of both wrote, the other cannot read.
https://github.com/actions/upload-artifact#v4---whats-new"""
_CURRENT = {UPLOAD: "v4", DOWNLOAD: "v8"}
"""What the READMEs of both name, as of 25 November 2026; 4 and later read what 4 and later wrote."""
_TAG = re.compile(r"v(?P<major>\d+)(?:\.\d+)*")


class Pins(NamedTuple):
    """How both are written behind `uses:`."""

    upload: str
    download: str


def pins_of(workflows: Iterable[Workflow], own: Workflow) -> Pins:
    """Return both as the repository writes them, where it uses them, else as its own style has it.

    A repository that pins the actions of GitHub to commits is not given a tag. Raises CannotEditError.
    """
    ordered = [own, *(each for each in workflows if each.path != own.path)]
    return Pins(_pin(ordered, UPLOAD), _pin(ordered, DOWNLOAD))


def _pin(workflows: list[Workflow], action: str) -> str:
    style: set[Pin] = set()
    for workflow in workflows:
        for job in workflow.jobs:
            for step in job.steps:
                if step.uses is None or step.uses.owner.lower() != "actions":
                    continue
                style.add(step.uses.pin)
                tag = _TAG.fullmatch(step.uses.ref)
                if step.uses.action == action and tag is not None and int(tag["major"]) >= _SINCE:
                    return step.uses.text
    if Pin.SHA in style or not style:
        raise CannotEditError(f"it takes {action}, and which commit of it to pin is yours to choose")
    return f"{action}@{_CURRENT[action]}"
