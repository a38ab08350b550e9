"""When a workflow of CircleCI runs: its condition weighed for a push, a schedule and a start over the API.

https://circleci.com/docs/reference/configuration-reference/#logic-statements
"""

import re
from typing import Any, NamedTuple

from pipewarden.pipelines.definition import UNSAID, Occasion
from pipewarden.pipelines.merging import flat, text, value
from pipewarden.pipelines.reading import text_of
from pipewarden.pipelines.yaml_tree import Mapping, Node, Scalar, Sequence

MAX_DEEP = 20
MAX_PATTERN = 200
_ONLY = re.compile(r"\s*<<\s*(pipeline\.[\w.-]+)\s*>>\s*")
_BRANCH = re.compile(r"pipeline\.git\.branch\s*==\s*\"?([\w./-]+)\"?")
_ANY_BRANCH = "a-branch-of-somebody"
"""Stands for a branch that no condition means."""
_SOURCES = {Occasion.PUSH: "webhook", Occasion.SCHEDULE: "scheduled_pipeline", Occasion.API: "api"}


class When(NamedTuple):
    """What starts a workflow: surely or perhaps, and the branches whose pushes do."""

    occasions: tuple[Occasion, ...]
    doubtful: tuple[Occasion, ...] = ()
    branches: tuple[str, ...] = ()


class _Scene(NamedTuple):
    """What is known of one start."""

    occasion: Occasion
    branch: str | None
    defaults: dict[str, str]

    def known(self, name: str) -> str | None:
        """Return a value of the pipeline; None where it is not known."""
        if name == "pipeline.trigger_source":
            return _SOURCES.get(self.occasion)
        if name == "pipeline.schedule.name":
            return None if self.occasion is Occasion.SCHEDULE else ""
        if name == "pipeline.git.branch":
            return self.branch
        if name == "pipeline.git.tag" and self.occasion is Occasion.PUSH:
            return ""
        if name.startswith("pipeline.parameters.") and self.occasion is not Occasion.API:
            return self.defaults.get(name.removeprefix("pipeline.parameters."))
        return None


def when_of(workflow: Mapping, parameters: Node | None) -> When:
    """Return when a workflow runs. A schedule of its own (the older `triggers`) is the only thing that starts it."""
    if value(workflow, "triggers") is not None:
        return When((Occasion.SCHEDULE, Occasion.API))
    when, unless = value(workflow, "when"), value(workflow, "unless")
    if when is None and unless is None:
        return When((Occasion.PUSH, Occasion.API))
    defaults = {name: text_of(value(given, "default")) for name, (_, given) in flat(parameters).items()}

    def holds(occasion: Occasion, branch: str | None) -> bool | None:
        scene = _Scene(occasion, branch, defaults)
        first = True if when is None else _holds(when, scene, 0)
        return _and([first, _not(False if unless is None else _holds(unless, scene, 0))])

    weighed = {occasion: holds(occasion, None) for occasion in _SOURCES}
    occasions = tuple(occasion for occasion, each in weighed.items() if each is not False)
    anywhere = holds(Occasion.PUSH, _ANY_BRANCH)
    branches: tuple[str, ...] = ()
    if Occasion.PUSH in occasions and anywhere is False:
        branches = _branches(when) or (UNSAID,)
    doubtful = (Occasion.PUSH,) if Occasion.PUSH in occasions and anywhere is None else ()
    return When(occasions or (Occasion.API,), doubtful, branches)


def _holds(node: Node, scene: _Scene, depth: int) -> bool | None:
    """Weigh a condition: true, false, or None where the file does not settle it."""
    if depth > MAX_DEEP:
        return None
    if isinstance(node, Scalar):
        return _truth(_text(node, scene))
    if isinstance(node, Sequence):
        return None
    results: list[bool | None] = []
    for key, (_, inner) in flat(node).items():
        items = inner.items if isinstance(inner, Sequence) else (inner,)
        match key:
            case "and":
                results.append(_and([_holds(item, scene, depth + 1) for item in items]))
            case "or":
                results.append(_not(_and([_not(_holds(item, scene, depth + 1)) for item in items])))
            case "not":
                results.append(_not(_holds(inner, scene, depth + 1)))
            case "equal":
                results.append(_equal([_text(item, scene) for item in items]))
            case "matches":
                results.append(_matches(inner, scene))
            case _:
                results.append(None)
    return _and(results) if results else None


def _text(node: Node, scene: _Scene) -> str | None:
    """Return the text of a value with what is known put in; None where it is not."""
    if not isinstance(node, Scalar):
        return None
    only = _ONLY.fullmatch(node.value)
    if only:
        return scene.known(only.group(1))
    return None if "<<" in node.value or "pipeline." in node.value else node.value


def _truth(known: str | None) -> bool | None:
    return None if known is None else known.lower() not in {"", "false", "0", "null", "~"}


def _equal(texts: list[str | None]) -> bool | None:
    told = [each for each in texts if each is not None]
    if len(set(told)) > 1:
        return False
    return True if len(told) == len(texts) else None


def _matches(node: Node, scene: _Scene) -> bool | None:
    """Weigh a pattern. Only for the branch that stands for any: a pattern that takes it takes everything."""
    given = value(node, "value")
    known = _text(given, scene) if given is not None else None
    pattern = text(node, "pattern")
    if known is None or len(pattern) > MAX_PATTERN or not pattern:
        return None
    return pattern.strip("^$/ ") in {".*", ".+", "(.*)", _ANY_BRANCH}


def _not(known: bool | None) -> bool | None:
    return None if known is None else not known


def _and(known: list[bool | None]) -> bool | None:
    if any(each is False for each in known):
        return False
    return None if any(each is None for each in known) else True


def _branches(node: Node | None, depth: int = 0) -> tuple[str, ...]:
    """Return the branches that a condition names."""
    found: list[str] = []
    if node is None or depth > MAX_DEEP:
        return ()
    if isinstance(node, Scalar):
        return tuple(_BRANCH.findall(node.value))
    if isinstance(node, Sequence):
        return tuple(name for item in node.items for name in _branches(item, depth + 1))
    for key, (_, inner) in flat(node).items():
        about: Any = [text_of(item) for item in inner.items] if isinstance(inner, Sequence) else []
        if key == "equal" and any("pipeline.git.branch" in each for each in about):
            found += [each for each in about if each and "<<" not in each]
        elif key == "matches" and "pipeline.git.branch" in text(inner, "value"):
            found.append(f"/{text(inner, 'pattern')[:MAX_PATTERN]}/")
        elif key in {"and", "or"}:
            found += _branches(inner, depth + 1)
    return tuple(dict.fromkeys(found))
