"""What callers pass to the inputs of a workflow, and what texts made of inputs then are."""

import re
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from pipewarden.pipelines.carried.held import joined
from pipewarden.pipelines.choices import Choices, Known, choices_of
from pipewarden.pipelines.conditions import holds, results, tree_of
from pipewarden.pipelines.gates import expression_of
from pipewarden.pipelines.github.frames import Frame
from pipewarden.pipelines.github.opened import OpenJob, is_name
from pipewarden.pipelines.parts import Input, Passed
from pipewarden.pipelines.turning import folded
from pipewarden.pipelines.untrusted import Author
from pipewarden.pipelines.worlds import NOWHERE, World
from pipewarden.pipelines.yaml_tree import Position

_NOWHERE = Position(0, 0)


def passed_to(frame: Frame, run: World = NOWHERE) -> dict[str, Passed]:
    """Return what the inputs of a called workflow are given, by name in lower case; forwarded ones are settled.

    One that its caller does not pass is what the called file says: its default, or empty. What an expression makes of the
    event is what it makes of it in a run.
    """
    if frame.caller is None or frame.call is None:
        return {}
    outer = passed_to(frame.caller, run)
    declared = (
        each for trigger in frame.workflow.triggers if trigger.event == "workflow_call" for each in trigger.inputs
    )
    types = {each.name.lower(): each.type for each in declared} if frame.call.passes else {}
    found = {each.name: each for each in frame.workflow.unpassed}
    for given in frame.call.passes:
        type_ = types.get(given.name, "")
        known = given
        if given.template and outer:
            known = settled(given, outer, run)
        elif given.turning and run is not NOWHERE:
            known = _in_run(given, type_, run)
        found[given.name] = replace(known, type=type_)
    return found


def turns_on(frame: Frame) -> bool:
    """Tell whether something that callers pass may be another one under another event."""
    if frame.caller is None or frame.call is None:
        return False
    return any(each.turning for each in frame.call.passes) or turns_on(frame.caller)


def _in_run(given: Passed, type_: str, run: World) -> Passed:
    """Return what an input is given in a run, as far as its event settles it."""
    if type_ == "boolean":
        truth = _truth(given.turning, run)
        return given if truth is None else replace(given, texts=("true" if truth else "false",), dynamic=False)
    chosen = choices_of(folded(given.turning, str, run), Known())
    if (chosen.dynamic and (not given.dynamic or "matrix" in given.turning.lower())) or not all(
        map(is_name, chosen.texts)
    ):
        return given
    return replace(given, texts=chosen.texts, dynamic=chosen.dynamic)


def _truth(value: str, run: World) -> bool | None:
    """Tell what a value is that an input takes for true or false; None where that is open, or a text says it."""
    tree = tree_of(expression_of(value) or "")
    found = holds(tree, run)
    if tree is None or (found and any(each.kind not in {"compare", "not"} for each in results(tree, run))):
        return None
    return found


def asks_callers(job: OpenJob) -> bool:
    """Tell whether a job's machine or environment is made of inputs."""
    written = (*job.runner.asked, *((job.environment.name,) if job.environment is not None else ()))
    return any("inputs" in text.lower() for text in written)


def known_of(given: Mapping[str, Passed]) -> Known:
    """Return the inputs of a called workflow as values: what callers pass is all they can be."""
    inputs = {name: Input(name, _NOWHERE, type="choice", options=passed.texts) for name, passed in given.items()}
    return Known(inputs)


def settled(forwarded: Passed, outer: Mapping[str, Passed], run: World = NOWHERE) -> Passed:
    """Return what an input is given that is made of inputs of the calling workflow."""
    chosen = chosen_from(forwarded.template, outer, run)
    held = replace(forwarded.held, inputs=())
    held = joined((held, *(outer[name].held for name in forwarded.held.inputs if name in outer)))
    return replace(forwarded, texts=chosen.texts, dynamic=chosen.dynamic, by=chosen.by, template="", held=held)


def chosen_from(template: str, given: Mapping[str, Passed], run: World = NOWHERE) -> Choices:
    """Return the values of a text under what callers pass; open where what they pass is."""
    if "event.inputs" in template.lower():
        # those of a dispatch, which have the defaults of its own
        given = {name: each for name, each in given.items() if each.passed}
    known = known_of(given)
    left = _put(template, given, run)
    chosen = choices_of(left, known)
    named = [given[name] for name in _names(template) if name in given]
    open_ = any(given[name].dynamic for name in _names(left) if name in given)
    by = next((author for author in Author if author in {passed.by for passed in named}), chosen.by)
    return replace(chosen, dynamic=chosen.dynamic or open_, by=by)


_TAKEN = re.compile(r"'(?:[^']|'')*+'|(?<![\w.-])inputs\.(?P<name>[a-z_][\w-]*+)(?![\w.\[(-])", re.IGNORECASE)
_NAME = re.compile(r"inputs\.([a-z_][\w-]*+)", re.IGNORECASE)


def _names(template: str) -> Iterable[str]:
    """Return the inputs that a text names, in lower case."""
    return dict.fromkeys(name.lower() for name in _NAME.findall(template))


def _put(template: str, given: Mapping[str, Passed], run: World) -> str:
    """Return a text with the inputs put in that are one value, and no more of each expression than it then results in."""
    if "||" not in template and "&&" not in template and "case(" not in template:
        return template
    return folded(template, lambda text: put(text, given), run)


def put(expression: str, given: Mapping[str, Passed]) -> str:
    """Return an expression with the inputs put in that are one value."""

    def value(found: re.Match[str]) -> str:
        passed = given.get(found["name"].lower()) if found["name"] else None
        if passed is None or passed.dynamic or len(passed.texts) != 1:
            return found[0]
        [text] = passed.texts
        if passed.type == "boolean":
            return text if text in {"true", "false"} else found[0]
        return "'" + text.replace("'", "''") + "'" if passed.type == "string" else found[0]

    return _TAKEN.sub(value, expression)
