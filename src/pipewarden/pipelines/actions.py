"""Reading the metadata of an action (`action.yml`): how it runs, what it takes, what its own steps use.

https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax
"""

from collections.abc import Iterator

from msgspec import Struct

from pipewarden.pipelines.parts import Input, Mention, Step
from pipewarden.pipelines.reading import Source, position, text_of
from pipewarden.pipelines.steps import read_steps
from pipewarden.pipelines.triggers import read_inputs
from pipewarden.pipelines.uses import Pin, Uses, UsesKind, image_pin, pin_of, read_uses
from pipewarden.pipelines.yaml_tree import Fault, Mapping, Position, parse

__all__ = ["Action", "Pin", "Uses", "UsesKind", "image_pin", "pin_of", "read_action", "read_uses"]


class Action(Struct, frozen=True, kw_only=True):
    """An action: `using` is `composite`, `docker` or the version of node; `complete` as for a workflow.

    `main`, `pre`, `post` are the programs of a JavaScript action, or the entry points of a docker one.
    """

    path: str
    name: str = ""
    using: str = ""
    inputs: tuple[Input, ...] = ()
    outputs: tuple[str, ...] = ()
    values: dict[str, str] = {}
    """What the outputs of a composite action are made of, by name in lower case."""
    steps: tuple[Step, ...] = ()
    main: str = ""
    pre: str = ""
    post: str = ""
    image: str = ""
    image_position: Position = Position(0, 0)
    image_pin: Pin | None = None
    """None where the action has no image, or builds one from its own folder."""
    mentions: tuple[Mention, ...] = ()
    """Expressions outside the steps: outputs, defaults of inputs, arguments."""
    faults: tuple[Fault, ...] = ()
    complete: bool = True


def _values(outputs: Mapping) -> Iterator[tuple[str, str]]:
    for key, node in outputs.pairs:
        if isinstance(node, Mapping):
            yield key.value.lower(), text_of(node.get("value"))


def read_action(path: str, text: str) -> Action:
    """Read the metadata of an action; never raises."""
    tree = parse(text)
    root = tree.root
    if not tree.complete:
        return Action(path=path, faults=tree.faults, complete=False)
    if not isinstance(root, Mapping):
        return Action(path=path, faults=(*tree.faults, Fault(1, 1, "the metadata of an action must be a mapping")))
    source = Source(text)
    runs = source.mapping(root.get("runs"), "runs")
    if runs is None:
        source.fault(root, "the action has no runs")
        runs = Mapping((), root.line, root.column)
    using = text_of(runs.get("using"))
    steps = read_steps(source, runs.get("steps"))
    image_node = runs.get("image")
    image = text_of(image_node)
    outputs = source.mapping(root.get("outputs"), "outputs")
    mentions = [
        mention for key, value in root.pairs if key.value != "runs" for mention in source.mentions(value, key.value)
    ]
    mentions += [
        mention for key, value in runs.pairs if key.value != "steps" for mention in source.mentions(value, key.value)
    ]
    return Action(
        path=path,
        name=text_of(root.get("name")),
        using=using,
        inputs=read_inputs(source, root.get("inputs")),
        outputs=tuple(key.value for key, _ in outputs.pairs) if outputs else (),
        values=dict(_values(outputs)) if outputs else {},
        steps=steps,
        main=text_of(runs.get("main")) or text_of(runs.get("entrypoint")),
        pre=text_of(runs.get("pre")) or text_of(runs.get("pre-entrypoint")),
        post=text_of(runs.get("post")) or text_of(runs.get("post-entrypoint")),
        image=image,
        image_position=position(image_node) if image_node is not None else Position(0, 0),
        image_pin=image_pin(image.removeprefix("docker://")) if image.startswith("docker://") else None,
        mentions=tuple(mentions),
        faults=(*tree.faults, *source.faults),
    )
