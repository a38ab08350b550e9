"""Puts the steps of a repository's own composite actions in the place of those that use them, their inputs bound.

What runs in such an action runs in the job: with its token, its secrets, and the texts that it is given.
https://docs.github.com/en/actions/tutorials/create-actions/create-a-composite-action
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from msgspec.structs import replace

from pipewarden.pipelines.actions import Action, read_action
from pipewarden.pipelines.expressions import find, parse
from pipewarden.pipelines.library import Library
from pipewarden.pipelines.parts import Job, Mention, Step, Workflow
from pipewarden.pipelines.steps import checkouts_of, transfers_of
from pipewarden.pipelines.uses import UsesKind
from pipewarden.pipelines.yaml_tree import Fault, Position

MOST_LEVELS = 10
"""Composite actions can be nested up to ten deep.
https://docs.github.com/en/actions/concepts/workflows-and-actions/reusing-workflow-configurations"""
MOST_STEPS = 1_000
"""Of the actions of one job; the rest is told to be left out."""

_NAMES = ("action.yml", "action.yaml")
_PART = re.compile(
    r"'(?:[^']|'')*+'"
    r"|(?<![\w.-])(?P<context>inputs|steps)\s*+(?:\.\s*+(?P<name>[A-Za-z_][\w-]*+)|\[\s*+'(?P<quoted>[^']+)'\s*+\])",
    re.IGNORECASE,
)


def uses_own(workflow: Workflow) -> bool:
    """Tell whether a step of a workflow uses an action of its own repository: most workflows do not."""
    for job in workflow.jobs:
        for step in job.steps:
            if step.uses is not None and step.uses.kind is UsesKind.LOCAL:
                return True
    return False


def spliced(workflow: Workflow, library: Library) -> Workflow:
    """Return a workflow with the steps of its own composite actions behind the steps that use them."""
    if not uses_own(workflow):
        return workflow
    faults: list[Fault] = []
    jobs = tuple(_job(job, library, faults) for job in workflow.jobs)
    return replace(workflow, jobs=jobs, faults=(*workflow.faults, *faults))


def folder_of(path: str) -> str:
    """Return the folder of an action as a shelf names it: `./.github/actions/build/` and the root `./`."""
    parts = [part for part in path.replace("\\", "/").split("/") if part not in {"", "."}]
    return "/".join(parts)


def _job(job: Job, library: Library, faults: list[Fault]) -> Job:
    if not any(step.uses is not None and step.uses.kind is UsesKind.LOCAL for step in job.steps):
        return job
    every: list[Step] = []
    place: dict[int | None, int | None] = {None: None}
    for step in job.steps:
        place[step.index] = len(every)
        _put(every, step, library, ())
    if len(every) == len(job.steps):
        return job
    if len(every) >= MOST_STEPS:
        says = f"only the first {MOST_STEPS:,} steps of the job {job.id[:40]} and its actions are judged"
        faults.append(Fault(job.position.line, job.position.column, says))
    steps = tuple(every)
    return replace(
        job,
        steps=steps,
        secrets=tuple(replace(use, step=place[use.step]) for use in job.secrets),
        variables=tuple(replace(use, step=place[use.step]) for use in job.variables),
        checkouts=checkouts_of(steps),
        transfers=transfers_of(steps),
    )


def _put(every: list[Step], step: Step, library: Library, inside: tuple[str, ...]) -> None:
    """Add a step, and after it those of the action that it uses."""
    if len(every) >= MOST_STEPS:
        return
    at = len(every)
    every.append(replace(step, index=at, number=step.index if step.number is None else step.number))
    if step.uses is None or step.uses.kind is not UsesKind.LOCAL:
        return
    folder = folder_of(step.uses.path)
    if folder in inside or len(inside) >= MOST_LEVELS or ".." in folder.split("/"):
        return
    action = _action(library, folder)
    if action is None or not action.steps:
        return
    given = {each.name.lower(): each.default or "" for each in action.inputs}
    bound = _Bound(given | dict(step.with_), f"own{at}__")
    every[at] = replace(every[at], gives={name: bound.value(value) for name, value in action.values.items()})
    for inner in action.steps:
        _put(every, bound.step(inner, step, action.path, folder.rpartition("/")[2]), library, (*inside, folder))


def _action(library: Library, folder: str) -> Action | None:
    for name in _NAMES:
        path = f"{folder}/{name}" if folder else name
        text = library.local(path)
        if text is not None:
            return read_own(path, text)
    return None


@lru_cache(maxsize=256)
def read_own(path: str, text: str) -> Action:
    """Read an action that many jobs use, once."""
    return read_action(path, text)


class _Bound:
    """An action as one step uses it: `values` are its inputs, `prefix` keeps the ids of its steps apart from others."""

    def __init__(self, values: Mapping[str, str], prefix: str) -> None:
        self._values = values
        self._prefix = prefix

    def step(self, step: Step, caller: Step, path: str, within: str) -> Step:
        """Return a step of the action as it runs in the job of its caller."""
        return replace(
            step,
            number=step.index,
            within=within or "the action",
            position=_at(step.position, path),
            uses_position=_at(step.uses_position, path),
            run_position=_at(step.run_position, path),
            run_first=_at(step.run_first, path) if step.run_first is not None else None,
            id=f"{self._prefix}{step.id}" if step.id else "",
            run=self.value(step.run) if step.run is not None else None,
            working_directory=self.value(step.working_directory),
            with_={name: self.value(value) for name, value in step.with_.items()},
            env={**caller.env, **{name: self.value(value) for name, value in step.env.items()}},
            condition=_both(caller.condition, self.condition(step.condition)),
            places={name: _at(place, path) for name, place in step.places.items()},
            mentions=tuple(each for mention in step.mentions for each in self._mentions(mention, path)),
        )

    def value(self, text: str) -> str:
        """Return a text of the action with what its inputs are."""
        if "${{" not in text:
            return text
        out, last = [], 0
        for placed in find(text):
            out += [text[last : placed.start], self._placed(placed.expression.text, text[placed.start : placed.end])]
            last = placed.end
        return "".join([*out, text[last:]])

    def condition(self, text: str) -> str:
        """Return a condition, which may stand without braces."""
        return self.value(text) if "${{" in text else self.expression(text)

    def expression(self, text: str) -> str:
        """Return an expression with what the inputs in it are."""
        return _PART.sub(self._part, text)

    def _placed(self, expression: str, written: str) -> str:
        found = _PART.fullmatch(expression)
        if found is not None and (found["context"] or "").lower() == "inputs":
            return self._values.get((found["name"] or found["quoted"]).lower(), "")
        made = self.expression(expression)
        return written if made == expression else f"${{{{ {made} }}}}"

    def _part(self, found: re.Match[str]) -> str:
        if found["context"] is None:
            return found[0]
        name = found["name"] or found["quoted"]
        if found["context"].lower() == "steps":
            return f"steps.{self._prefix}{name}"
        return _inside(self._values.get(name.lower(), ""))

    def _mentions(self, mention: Mention, path: str) -> Iterator[Mention]:
        at, text = _at(mention.position, path), mention.expression.text
        if mention.where == "if":
            yield Mention(parse(self.expression(text)), at, mention.where)
            return
        written = f"${{{{ {text} }}}}"
        for placed in find(self._placed(text, written)):
            yield Mention(placed.expression, at, mention.where)


def _at(position: Position, path: str) -> Position:
    return Position(position.line, position.column, path)


def _inside(value: str) -> str:
    """Write a value of an input as a part of an expression."""
    if "${{" not in value:
        return _quoted(value)
    placed = list(find(value))
    if len(placed) == 1 and value[: placed[0].start].strip() == "" == value[placed[0].end :].strip():
        return f"({placed[0].expression.text})"
    parts, last = [], 0
    for number, each in enumerate(placed):
        parts += [value[last : each.start].replace("{", "{{").replace("}", "}}"), f"{{{number}}}"]
        last = each.end
    shape = "".join([*parts, value[last:].replace("{", "{{").replace("}", "}}")])
    return f"format({', '.join([_quoted(shape), *(f'({each.expression.text})' for each in placed)])})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _both(outer: str, inner: str) -> str:
    """Return the condition of a step inside an action, with that of the step that uses the action."""
    if not outer.strip() or not inner.strip():
        return outer if outer.strip() else inner
    return f"({_bare(outer)}) && ({_bare(inner)})"


def _bare(condition: str) -> str:
    text = condition.strip()
    placed = list(find(text)) if "${{" in text else []
    whole = len(placed) == 1 and placed[0].start == 0 and placed[0].end == len(text)
    return placed[0].expression.text if whole else text
