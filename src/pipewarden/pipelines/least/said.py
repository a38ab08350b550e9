"""What a workflow says beside its places in the file: two texts that say the same but one thing differ in that thing."""

from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Any

import msgspec

from pipewarden.pipelines.parts import Workflow
from pipewarden.pipelines.workflow import read_workflow


@lru_cache(maxsize=8)  # each kind of edit asks for the same file, and for what it would be
def read(path: str, text: str) -> Workflow:
    """Read a workflow file, once for all who ask for it one after the other."""
    return read_workflow(path, text)


def says_else(workflow: Workflow, jobs: Collection[str], parts: Collection[str]) -> list[Any]:
    """Return all that a workflow says but places, without some parts of some jobs: what an edit of these must leave."""
    return list(_said(workflow, jobs, frozenset(parts)))


def _said(workflow: Workflow, jobs: Collection[str], parts: Collection[str]) -> Iterator[Any]:
    for each in workflow.jobs:
        told = msgspec.to_builtins(each)
        if each.id in jobs:
            told = {name: value for name, value in told.items() if name not in parts}
        yield placeless(told)
    yield beside_jobs(workflow)


def beside_jobs(workflow: Workflow) -> Any:
    """Return all that a workflow says beside its jobs, but places."""
    rest = {name: getattr(workflow, name) for name in workflow.__struct_fields__ if name not in {"jobs", "faults"}}
    return placeless(msgspec.to_builtins(rest))


def differing(before: Workflow, after: Workflow, jobs: Collection[str], parts: Collection[str]) -> set[str]:
    """Return the jobs of which two workflows do not say the same, without some parts of some; an empty name for all else of them."""
    one, other = says_else(before, jobs, parts), says_else(after, jobs, parts)
    names = [job.id for job in before.jobs]
    if names != [job.id for job in after.jobs] or len(set(names)) < len(names):
        return set() if one == other else {""}
    return {name for name, was, now in zip((*names, ""), one, other, strict=True) if was != now}


def placeless(value: Any) -> Any:
    """Return a value as plain tables and lists, without the places in the file."""
    if isinstance(value, msgspec.Struct):
        value = msgspec.to_builtins(value)
    if isinstance(value, dict):
        return {name: placeless(each) for name, each in value.items() if not name.endswith(("position", "positions"))}
    if isinstance(value, list | tuple):
        return [placeless(each) for each in value]
    return value


def is_sound(before: Workflow, after: Workflow) -> bool:
    """Tell whether an edited file could be read, with no more faults than it had."""
    return after.complete and len(after.faults) <= len(before.faults)
