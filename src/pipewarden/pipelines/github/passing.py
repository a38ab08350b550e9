"""What callers pass to the inputs of a workflow, and what texts made of inputs then are."""

from collections.abc import Mapping

from msgspec.structs import replace

from pipewarden.pipelines.carried.held import joined
from pipewarden.pipelines.choices import Choices, Known, choices_of
from pipewarden.pipelines.github.frames import Frame
from pipewarden.pipelines.parts import Input, Passed
from pipewarden.pipelines.untrusted import Author
from pipewarden.pipelines.yaml_tree import Position

_NOWHERE = Position(0, 0)


def passed_to(frame: Frame) -> dict[str, Passed]:
    """Return what the inputs of a called workflow are given, by name in lower case; forwarded ones are settled."""
    if frame.caller is None or frame.call is None:
        return {}
    outer = passed_to(frame.caller)
    return {given.name: settled(given, outer) if given.template and outer else given for given in frame.call.passes}


def known_of(given: Mapping[str, Passed]) -> Known:
    """Return the inputs of a called workflow as values: what callers pass is all they can be."""
    inputs = {name: Input(name, _NOWHERE, type="choice", options=passed.texts) for name, passed in given.items()}
    return Known(inputs)


def settled(forwarded: Passed, outer: Mapping[str, Passed]) -> Passed:
    """Return what an input is given that is made of inputs of the calling workflow."""
    chosen = chosen_from(forwarded.template, outer)
    held = replace(forwarded.held, inputs=())
    held = joined((held, *(outer[name].held for name in forwarded.held.inputs if name in outer)))
    return replace(forwarded, texts=chosen.texts, dynamic=chosen.dynamic, by=chosen.by, template="", held=held)


def chosen_from(template: str, given: Mapping[str, Passed]) -> Choices:
    """Return the values of a text under what callers pass; open where what they pass is."""
    chosen = choices_of(template, known_of(given))
    named = [passed for name, passed in given.items() if f"inputs.{name}" in template.lower()]
    by = next((author for author in Author if author in {passed.by for passed in named}), chosen.by)
    return replace(chosen, dynamic=chosen.dynamic or any(passed.dynamic for passed in named), by=by)
