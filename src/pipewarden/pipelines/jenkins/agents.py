"""The machine that a stage asks for: any, by label, a container, a pod.

https://www.jenkins.io/doc/book/pipeline/syntax/#agent
"""

import re

from pipewarden.pipelines.definition import SecretKind
from pipewarden.pipelines.jenkins.calls import Call, Node, named
from pipewarden.pipelines.jenkins.settings import calls_in
from pipewarden.pipelines.jenkins.stage import File, Stage, short
from pipewarden.pipelines.parts import Image, Runner, RunnerKind
from pipewarden.pipelines.uses import Pin, image_pin
from pipewarden.pipelines.yaml_tree import Position

_IMAGE_OF_POD = re.compile(r"^[ \t-]*image:[ \t]*['\"]?([^\s'\"#]+)", re.MULTILINE)
POD = "kubernetes"


def image_of(name: str, image: str, position: Position) -> Image:
    """Return a container's image with how firmly its name is tied to its content."""
    pin = Pin.DYNAMIC if "$" in image else image_pin(image)
    return Image(name, image, pin, position)


def agent(file: File, call: Call, stage: Stage) -> Runner:
    """Read `agent …` into a runner; its images and credentials go to a stage."""
    source = file.source
    position = source.position(call.at)
    word = source.between(call.low, call.high).strip() if call.body is None else ""
    if word in {"any", "none"}:
        return Runner(RunnerKind.SELF_HOSTED if word == "any" else RunnerKind.NONE, position=position)
    for each in [node for node in (call.body or call.inner) if isinstance(node, Call)]:
        match each.name:
            case "label":
                return _labelled(file, each, position)
            case "node":
                inner = [node for node in calls_in(each.body or []) if node.name == "label"]
                return (
                    _labelled(file, inner[0], position) if inner else Runner(RunnerKind.SELF_HOSTED, position=position)
                )
            case "docker" | "dockerfile":
                return _container(file, each, stage, source.position(each.at))
            case "kubernetes" | "kubernetesPod":
                return _pod(file, each, stage, source.position(each.at))
    if not word and not call.body and not call.inner:
        return Runner(RunnerKind.NONE)
    # another plugin's agent: `agent { ecs { … } }`
    return Runner(RunnerKind.CUSTOM, group=short(word or "of a plugin", 40), position=position)


def node(file: File, call: Call) -> Runner:
    """Read `node('label')` of a scripted pipeline."""
    position = file.source.position(call.at)
    if call.low >= call.high:
        return Runner(RunnerKind.SELF_HOSTED, position=position)
    return _labelled(file, call, position)


def _labelled(file: File, call: Call, position: Position) -> Runner:
    low, high = next(iter(named(file.source, call).values()), (call.low, call.high))
    label = file.text(low, high)
    at = file.source.position(low) if low < high else position
    if label is None:
        written = short(file.source.between(low, high), 60)
        return Runner(RunnerKind.DYNAMIC, labels=(written,) if written else (), position=at, dynamic=True)
    return Runner(RunnerKind.SELF_HOSTED, labels=(label,) if label else (), position=at)


def _setting(file: File, call: Call, name: str) -> tuple[int, int] | None:
    """Return the tokens of a setting, whether it is an argument (`image: 'x'`) or a line of a block (`image 'x'`)."""
    given = named(file.source, call).get(name)
    if given:
        return given
    for each in call.body or []:
        if isinstance(each, Call) and each.name == name:
            return each.low, each.high
    return None


def _container(file: File, call: Call, stage: Stage, position: Position) -> Runner:
    place = _setting(file, call, "image") or named(file.source, call).get("")
    if place and call.name == "docker":
        written = file.text(*place) or file.source.between(*place).strip("\"'")
        stage.images.append(image_of("agent", short(written, 200), file.source.position(place[0])))
    elif call.name == "dockerfile":
        stage.images.append(Image("agent", "a Dockerfile of this repository", Pin.LOCAL, position))
    credential(file, call, stage)
    label = _setting(file, call, "label")
    text = file.text(*label) if label else None
    return Runner(RunnerKind.CUSTOM, labels=(text,) if text else (), group=call.name, position=position)


def _pod(file: File, call: Call, stage: Stage, position: Position) -> Runner:
    yaml = _setting(file, call, "yaml")
    if yaml:
        images_of_pod(file, yaml, stage)
    return Runner(RunnerKind.CUSTOM, group=POD, position=position)


def images_of_pod(file: File, place: tuple[int, int], stage: Stage) -> None:
    """Note the images that a pod's YAML names."""
    text = file.source.between(*place)
    for found in _IMAGE_OF_POD.finditer(text):
        where = file.source.place(file.source.starts[place[0]] + found.start(1))
        stage.images.append(image_of("pod", short(found[1], 200), where))


def credential(file: File, call: Call, stage: Stage) -> None:
    """Note the credential with which an image is pulled."""
    place = _setting(file, call, "registryCredentialsId")
    if place:
        name = file.text(*place)
        stage.take(name or "", SecretKind.CREDENTIAL, file.source.position(place[0]), "agent", whole=True)


def block(nodes: list[Node], name: str) -> Call | None:
    """Return the section of a block with a name, or None."""
    return next((each for each in nodes if isinstance(each, Call) and each.name == name), None)
