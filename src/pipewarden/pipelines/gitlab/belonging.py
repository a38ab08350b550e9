"""Which files are told with the root file: those that it includes, and those of the pipelines that its jobs start."""

from collections.abc import Iterator
from functools import lru_cache

from pipewarden.pipelines.gitlab.includes import ROOT, Loaded, parsed
from pipewarden.pipelines.library import Library
from pipewarden.pipelines.reading import texts_of
from pipewarden.pipelines.yaml_tree import Mapping, Node

MOST_CHILDREN = 100
"""Pipelines that one pipeline starts, over all levels; GitLab takes 1,000.
https://docs.gitlab.com/administration/instance_limits/#limit-pipeline-hierarchy-size"""
MOST_LEVELS = 2
"""Levels of pipelines that pipelines of the same project start.
https://docs.gitlab.com/ci/pipelines/downstream_pipelines/#nested-child-pipelines"""


def part_of(path: str, library: Library) -> str:
    """Return the root file, where it includes this one or starts it: its jobs are told with the root's."""
    if path == ROOT:
        return ""
    text = library.local(ROOT)
    if text is None or "include" not in text:
        return ""
    return ROOT if path in _closure(library, text) else ""


@lru_cache(maxsize=4)
def _closure(library: Library, text: str) -> frozenset[str]:
    """Return the files of this repository that belong to the root file, over any number of steps."""
    loaded = Loaded(ROOT, library)
    tree = parsed(text, "")
    root = loaded.body(tree, None, is_root=True) if tree.complete else None
    level = [] if root is None else [loaded.take(root, "", "", (ROOT,))]
    left = MOST_CHILDREN
    for _ in range(MOST_LEVELS):
        below = []
        for start in [each for whole in level for each in _starts(whole)][:left]:
            below.append(loaded.child().take(start, "", "", ()))
            left -= 1
        level = below
    return frozenset(name for name in loaded.texts if ":" not in name)


def _starts(whole: Mapping) -> Iterator[Mapping]:
    """Yield the pipelines that jobs start, and templates that jobs extend."""
    extended = {
        name for _, value in whole.pairs if isinstance(value, Mapping) for name in texts_of(value.get("extends"))
    }
    for key, value in whole.pairs:
        if key.value.startswith(".") and key.value not in extended:
            continue
        start = started_by(value.get("trigger")) if isinstance(value, Mapping) else None
        if start is not None:
            yield start


def started_by(trigger: Node | None) -> Mapping | None:
    """Return the configuration of the pipeline of the same project that a job starts; None where it starts none.

    https://docs.gitlab.com/ci/yaml/#triggerinclude
    """
    if not isinstance(trigger, Mapping) or trigger.get("project") is not None:
        return None
    pairs = tuple(pair for pair in trigger.pairs if pair[0].value == "include")
    return Mapping(pairs, trigger.line, trigger.column, "", trigger.file) if pairs else None
