"""Which versions of the two actions that carry files from job to job a repository already uses."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pipewarden.pipelines.least.places import CannotEditError
from pipewarden.pipelines.least.versions import is_since, version_of
from pipewarden.pipelines.parts import Step, Workflow
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


def pins_of(workflows: Iterable[Workflow], own: Workflow, texts: Mapping[str, str]) -> Pins:
    """Return both as the repository writes them, where it uses them, else as its own style has it.

    A repository that pins the actions of GitHub to commits is not given a tag: a commit that it uses already is taken, where the
    comment beside it (`texts` of the files, by path) tells its version. Raises CannotEditError.
    """
    ordered = [own, *(each for each in workflows if each.path != own.path)]
    return Pins(_pin(ordered, UPLOAD, texts), _pin(ordered, DOWNLOAD, texts))


def _pin(workflows: list[Workflow], action: str, texts: Mapping[str, str]) -> str:
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
                if step.uses.action == action and step.uses.pin is Pin.SHA:
                    pinned = _as_written(step, texts.get(workflow.path, ""))
                    if pinned:
                        return pinned
    if Pin.SHA in style or not style:
        raise CannotEditError(f"it takes {action}, and which commit of it to pin is yours to choose")
    return f"{action}@{_CURRENT[action]}"


def _as_written(step: Step, text: str) -> str:
    """Return a commit with the comment that tells its version, as they stand behind `uses:`; empty where none does."""
    if not text or step.uses is None or not is_since(version_of(step, text), (_SINCE,)):
        return ""
    line = text.split("\n")[step.uses_position.line - 1].rstrip()
    start = line.find(step.uses.text)
    written = line[start:] if start >= 0 else ""
    return written if re.fullmatch(r"[\w./@-]+\s+#[^'\"]*", written) else ""
