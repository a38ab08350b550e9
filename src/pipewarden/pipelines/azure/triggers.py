"""What starts an Azure pipeline, and which branches it is limited to.

https://learn.microsoft.com/en-us/azure/devops/pipelines/build/triggers
"""

import re

from pipewarden.pipelines.definition import Occasion
from pipewarden.pipelines.reading import position, text_of
from pipewarden.pipelines.yaml_tree import Mapping, Node, Position, Scalar

_BRANCH = re.compile(
    r"(eq|startsWith|in)\(\s*variables(?:\['build\.sourcebranch(?:name)?'\]|\.build\.sourcebranch(?:name)?)\s*,"
    r"((?:\s*'[^']{1,200}'\s*,?)+)\)",
    re.IGNORECASE,
)
_INNER = {
    ("trigger", "tags"): Occasion.TAG,
    ("resources", "pipelines"): Occasion.PARENT,
    ("resources", "webhooks"): Occasion.API,
}
_NEGATED = re.compile(r"\b(?:not|or)\s*\(", re.IGNORECASE)
_TEXT = re.compile(r"'([^']*)'")


def occasions_of(root: Mapping) -> tuple[Occasion, ...]:
    """Return what starts a pipeline. Without `trigger` every push does; without `pr` pull requests may.

    `pr` is for repositories on GitHub and Bitbucket; in Azure Repos a branch policy starts pull requests instead, and
    no file tells of it. Fork builds are named with the others: whether they run is a setting.
    """
    found: list[Occasion] = []
    trigger = root.get("trigger")
    if not _is_none(trigger):
        found.append(Occasion.PUSH)
        if isinstance(trigger, Mapping) and trigger.get("tags") is not None:
            found.append(Occasion.TAG)
    if not _is_none(root.get("pr")):
        found += [Occasion.MERGE_REQUEST, Occasion.FORK]
    if root.get("schedules") is not None:
        found.append(Occasion.SCHEDULE)
    resources = root.get("resources")
    if isinstance(resources, Mapping):
        if resources.get("pipelines") is not None:
            found.append(Occasion.PARENT)
        if resources.get("webhooks") is not None:
            found.append(Occasion.API)
    found.append(Occasion.MANUAL)
    return tuple(found)


def start_places_of(root: Mapping) -> dict[str, Position]:
    """Return where a pipeline says what starts it; what it leaves unsaid has no place."""
    found: dict[str, Position] = {}
    for key, value in root.pairs:
        named = {
            "trigger": (Occasion.PUSH,),
            "pr": (Occasion.MERGE_REQUEST, Occasion.FORK),
            "schedules": (Occasion.SCHEDULE,),
        }
        found |= dict.fromkeys(named.get(key.value, ()), position(key))
        for inner, _ in value.pairs if isinstance(value, Mapping) else ():
            occasion = _INNER.get((key.value, inner.value))
            if occasion is not None:
                found[occasion] = position(inner)
    return found


def explicit_pull_requests(root: Mapping) -> bool:
    """Tell whether the file itself asks for builds of pull requests."""
    node = root.get("pr")
    return node is not None and not _is_none(node) and not (isinstance(node, Scalar) and node.is_null)


def branches_of(condition: str) -> tuple[str, ...]:
    """Return the branches that a condition limits to; empty where it does not, or turns it round."""
    if _NEGATED.search(condition) or "sourcebranch" not in condition.lower():
        return ()
    names = tuple(
        text.removeprefix("refs/heads/") + ("*" if found[1].lower() == "startswith" else "")
        for found in _BRANCH.finditer(condition)
        for text in _TEXT.findall(found[2])
    )
    return tuple(name for name in names if name not in {"", "*"})


def _is_none(node: Node | None) -> bool:
    return isinstance(node, Scalar) and text_of(node).lower() in {"none", "false"}
