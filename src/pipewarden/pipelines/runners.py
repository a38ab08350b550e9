"""Reading `runs-on:`: which machines a job asks for.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idruns-on
"""

import re
from collections.abc import Iterable
from functools import lru_cache

import msgspec

from pipewarden.pipelines.choices import MAX_CHOICES, MAX_LENGTH, Known, choices_of
from pipewarden.pipelines.conditions import tree_of
from pipewarden.pipelines.expressions import find
from pipewarden.pipelines.parts import Runner, RunnerKind
from pipewarden.pipelines.reading import position, text_of
from pipewarden.pipelines.yaml_tree import Mapping, Node, Position, Scalar, Sequence

_HOSTED = re.compile(
    r"(?:ubuntu-(?:latest|slim|\d\d\.\d\d)|windows-(?:latest|\d{4}(?:-vs\d{4})?|11)|macos-(?:latest|\d\d(?:\.\d\d)?))"
    r"(?:-(?:arm|xlarge|large|intel))?",
    re.IGNORECASE,
)
"""https://docs.github.com/en/actions/reference/runners/github-hosted-runners#supported-runners-and-hardware-resources"""

_JSON = re.compile(r"\bfromJSON\(\s*+('(?:[^']|'')*+'|[\w.-]++)\s*+\)", re.IGNORECASE)
"""https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#fromjson"""

_WIDEST = (RunnerKind.SELF_HOSTED, RunnerKind.DYNAMIC, RunnerKind.GROUP, RunnerKind.CUSTOM, RunnerKind.HOSTED)


def read_runner(node: Node | None, known: Known) -> Runner:
    """Read `runs-on` in its forms: label, list of labels, group with labels."""
    if node is None or (isinstance(node, Scalar) and node.is_null):
        return Runner(RunnerKind.NONE)
    if isinstance(node, Scalar) and "${{" not in node.value and len(node.value) <= MAX_LENGTH:
        kind, fixed = _fixed(node.value)  # as most are
        return Runner(kind, fixed, "", position(node))
    group = ""
    labels_node: Node | None = node
    if isinstance(node, Mapping):
        group = text_of(node.get("group"))
        labels_node = node.get("labels")
    written = tuple(_JSON.sub(r"\1", label) if "${{" in label else label for label in _labels(labels_node))
    kind, labels, dynamic = asked_for(written, group, known)
    asked = written if "${{" in "".join(written) else ()
    return Runner(kind, labels, group, _place(node), dynamic, asked)


def asked_for(written: Iterable[str], group: str, known: Known) -> tuple[RunnerKind, tuple[str, ...], bool]:
    """Return what labels as written ask for: the widest kind, the labels, and whether others are possible."""
    labels: list[str] = []
    dynamic = "${{" in group
    for label in written:
        if len(labels) > MAX_CHOICES:
            dynamic = True
            break
        chosen = choices_of(_without_json(label) if "fromjson" in label.lower() else label, known)
        labels.extend(each for text in chosen.texts for each in labels_in(text))
        dynamic |= chosen.dynamic
    return widest(labels, group=group, dynamic=dynamic), tuple(dict.fromkeys(labels)), dynamic


def _without_json(label: str) -> str:
    """Return a label whose whole text `fromJSON` reads as that text, which is read where it begins as JSON does."""
    placed = find(label)
    if len(placed) != 1 or placed[0].start or placed[0].end != len(label):
        return label
    tree = tree_of(placed[0].expression.text)
    if tree is None or tree.kind != "call" or tree.value != "fromjson" or len(tree.parts) != 1:
        return label
    inner = tree.parts[0]
    return f"${{{{ {placed[0].expression.text[inner.start : inner.end]} }}}}"


def _place(node: Node) -> Position:
    """Return where the group stands, else the first label."""
    if isinstance(node, Mapping):
        node = node.get("group") or node.get("labels") or node
    return position(node.items[0] if isinstance(node, Sequence) and node.items else node)


@lru_cache(maxsize=1024)
def _fixed(label: str) -> tuple[RunnerKind, tuple[str, ...]]:
    """Return what a single label asks for that no expression chooses."""
    labels = labels_in(label)
    return widest(labels), tuple(dict.fromkeys(labels))


def labels_in(text: str) -> tuple[str, ...]:
    """Return the labels of a text that `fromJSON` may have read: one, or a list of them as JSON."""
    if not text.startswith(("[", "{", '"')):
        return (text,) if text else ()
    try:
        read = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return (text,)
    read = read.get("labels") if isinstance(read, dict) else read
    return tuple(each for each in (read if isinstance(read, list) else [read]) if isinstance(each, str) and each)


def widest(labels: Iterable[str], *, group: str = "", dynamic: bool = False) -> RunnerKind:
    """Return the widest kind of machine that some labels ask for."""
    kinds = {_kind(label) for label in labels}
    if group:
        kinds.add(RunnerKind.GROUP)
    if dynamic:
        kinds.add(RunnerKind.DYNAMIC)
    return next((kind for kind in _WIDEST if kind in kinds), RunnerKind.NONE)


def _labels(node: Node | None) -> tuple[str, ...]:
    if isinstance(node, Sequence):
        return tuple(item.value for item in node.items if isinstance(item, Scalar))
    return (node.value,) if isinstance(node, Scalar) and not node.is_null else ()


def _kind(label: str) -> RunnerKind:
    """Tell what one label asks for. `self-hosted` is given to every self-hosted runner.

    https://docs.github.com/en/actions/how-tos/manage-runners/self-hosted-runners/use-in-a-workflow
    """
    plain = label.strip().lower()
    if plain == "self-hosted":
        return RunnerKind.SELF_HOSTED
    return RunnerKind.HOSTED if _HOSTED.fullmatch(plain) else RunnerKind.CUSTOM
