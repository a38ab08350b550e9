"""Reading `on:`: which events start a workflow, with which filters and inputs.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#on
"""

from pipewarden.pipelines.parts import Input, Trigger
from pipewarden.pipelines.reading import Source, position, text_of, texts_of
from pipewarden.pipelines.yaml_tree import Mapping, Node, Scalar, Sequence

MAX_EVENTS = 100
"""GitHub has about 40 events."""


def read_triggers(source: Source, node: Node | None) -> tuple[Trigger, ...]:
    """Read `on:` in its three forms: one event, a list of events, events with filters."""
    if isinstance(node, Scalar):
        if not node.is_null:
            return (Trigger(node.value, position(node)),)
        source.fault(node, "on names no event")
        return ()
    found: list[Trigger] = []
    if isinstance(node, Sequence):
        found = [Trigger(item.value, position(item)) for item in node.items if isinstance(item, Scalar)]
    elif isinstance(node, Mapping):
        found = [_trigger(source, key, value) for key, value in node.pairs]
    # an event named twice counts once, as the last says
    once = tuple({trigger.event: trigger for trigger in found}.values())
    if node is not None and len(once) > MAX_EVENTS:
        source.fault(node, f"more than {MAX_EVENTS} events, of which GitHub has fewer")
    return once[:MAX_EVENTS]


def _trigger(source: Source, key: Scalar, node: Node) -> Trigger:
    """Read one event with its filters."""
    if key.value == "schedule":
        return Trigger("schedule", position(key), cron=_crons(node))
    parts = source.mapping(node, f"the event {key.value[:40]}")
    if parts is None:
        return Trigger(key.value, position(key))
    return Trigger(
        key.value,
        position(key),
        types=texts_of(parts.get("types")),
        branches=texts_of(parts.get("branches")),
        branches_ignore=texts_of(parts.get("branches-ignore")),
        tags=texts_of(parts.get("tags")),
        tags_ignore=texts_of(parts.get("tags-ignore")),
        paths=texts_of(parts.get("paths")),
        paths_ignore=texts_of(parts.get("paths-ignore")),
        workflows=texts_of(parts.get("workflows")),
        inputs=read_inputs(source, parts.get("inputs")),
        secrets=_names(source, parts.get("secrets")),
    )


def _crons(node: Node) -> tuple[str, ...]:
    """Return the times of a schedule."""
    items = node.items if isinstance(node, Sequence) else (node,)
    return tuple(cron for item in items if isinstance(item, Mapping) and (cron := text_of(item.get("cron"))))


def _names(source: Source, node: Node | None) -> tuple[str, ...]:
    """Return the keys of a mapping of secrets, as GitHub stores them."""
    parts = source.mapping(node, "secrets")
    return tuple(key.value.upper() for key, _ in parts.pairs) if parts else ()


def read_inputs(source: Source, node: Node | None) -> tuple[Input, ...]:
    """Read the inputs of a dispatch, a called workflow or an action."""
    parts = source.mapping(node, "inputs")
    if parts is None:
        return ()
    return tuple(_input(key, value) for key, value in parts.pairs)


def _input(key: Scalar, node: Node) -> Input:
    if not isinstance(node, Mapping):
        return Input(key.value, position(key))
    default = node.get("default")
    required = node.get("required")
    return Input(
        key.value,
        position(key),
        type=text_of(node.get("type")),
        required=isinstance(required, Scalar) and required.is_true,
        default=default.value if isinstance(default, Scalar) and not default.is_null else None,
        options=texts_of(node.get("options")),
    )
