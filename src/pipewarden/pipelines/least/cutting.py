"""The edit that cuts a job in two: lines between two of its steps, by which what follows is a job of its own.

What follows keeps its lines. Beside them only this changes: an environment goes along, values that go over are named on both
sides, and jobs that waited for the one job wait for both.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from pipewarden.pipelines.least.handed import Handed, swapped
from pipewarden.pipelines.least.pins import Pins
from pipewarden.pipelines.least.places import (
    CannotEditError,
    JobText,
    job_text,
    line_start,
    line_stop,
    step_start,
    steps_of,
)
from pipewarden.pipelines.yaml_tree import Mapping, Node, Scalar, Sequence, parse

_COPIED = ("runs-on", "permissions", "env", "defaults", "container", "timeout-minutes")
_MOVED = "environment"
_LEFT = frozenset({"name", "if", "needs", "steps", "outputs", "services", _MOVED, *_COPIED})
"""The keys of a job that can be split: what it copies, what goes along, and what the first half alone needs."""


class Cut(NamedTuple):
    """Where a job is cut, and what goes over."""

    step: int
    """The first step of the new job."""
    name: str
    """The id of the new job."""
    paths: tuple[str, ...] = ()
    """What is carried over as an artifact."""
    root: str = ""
    """The folder that the artifact has for its root, `.` for the workspace."""
    condition: str = ""
    """Of the new job."""
    carries_if: str = ""
    """Under which condition files are carried over."""
    checkout: int | None = None
    """The step of the first half that checks out the code, where what follows works with that."""
    needs: tuple[str, ...] = ()
    """Further jobs of which the new one reads something."""
    handed: Handed = Handed()
    drops_ifs: bool = False
    """Whether the steps lose their condition, which asks how the first job went and is now the new job's."""
    moves_environment: bool = False
    waiting: tuple[str, ...] = ()
    """Jobs that wait for both halves."""
    scripts: bool = False
    """Whether scripts are among the steps that follow."""


def artifact_of(job: str, cut: Cut) -> str:
    """Return the name of the artifact that carries the files of a job."""
    last = cut.paths[0].rpartition("/")[2] if len(cut.paths) == 1 else ""
    return f"{job}-{last}" if re.fullmatch(r"[\w-]+", last) else f"{job}-files"


def with_split(text: str, job: str, cut: Cut, pins: Pins | None) -> str:
    """Return the text with lines added before a step, by which it and what follows are a job of their own.

    Raises CannotEditError.
    """
    found = job_text(text, job)
    odd = [key.value for key, _ in found.body.pairs if key.value not in _LEFT]
    if odd:
        raise CannotEditError(f"the job has `{odd[0]}`, which may be meant for the steps that follow")
    if found.body.pairs[-1][0].value != "steps":
        raise CannotEditError("its steps are not the last thing it says")
    if cut.scripts and _has_defaults(found):
        raise CannotEditError("the workflow sets the folder or the shell of its scripts")
    steps = steps_of(found)
    start = step_start(found.text, steps[cut.step])
    dash = len(found.text[start:]) - len(found.text[start:].lstrip(" "))
    at = _above_comments(found.text, start, dash)
    before = found.text[:at]
    if not before.endswith("\n"):
        raise CannotEditError("the steps do not stand in lines of their own")
    lines = list(_lines(found, cut, pins, dash, steps))
    if re.search(r"\n[ \t\r]*\n$", before) is not None:
        # an empty line stood before the step: where lines end the first job one stands behind them too
        lines = [*lines, found.end] if lines[0].strip() else lines[1:]
    end = line_stop(found.text, max(_end_of(steps[-1]) - 1, start))
    rest = _rest(found, cut, steps, at, end)
    out = _first_half(found, cut, before) + "".join(lines) + rest + found.text[end:]
    for each in cut.waiting:
        out = _waits(out, each, job, cut.name)
    return found.mark + out


def sketch_of(text: str, job: str, name: str, steps: tuple[int, int] | None) -> str:
    """Return a second job as it is to be written by hand, with what is not known in capital letters.

    `steps` are the first and last of the steps that go there, counted from 0; None: those that take the secrets. Empty where
    the job is written in a form of which nothing can be taken.
    """
    try:
        found = job_text(text, job)
        copied = "".join(_copied(found, ("runs-on", "permissions"))).replace("\r\n", "\n")
    except CannotEditError:
        return ""
    if "matrix." in copied:
        return ""  # each leg would need an artifact of its own
    which = "the steps that take the secrets" if steps is None else f"steps {steps[0] + 1} to {steps[1] + 1}"
    step = " " * max(found.body.column - found.key.column, 2)
    key, pad = " " * (found.key.column - 1), found.pad
    return (
        f"{pad}{step}# at the end of job {job}\n"
        f"{pad}{step}- uses: actions/upload-artifact@VERSION\n"
        f"{pad}{step}  with:\n"
        f"{pad}{step}    name: {job}-output\n"
        f"{pad}{step}    path: FOLDER\n"
        f"{key}{name}:\n"
        f"{pad}needs: {job}\n"
        f"{copied}"
        f"{pad}steps:\n"
        f"{pad}{step}- uses: actions/checkout@VERSION # where they need the code\n"
        f"{pad}{step}- uses: actions/download-artifact@VERSION\n"
        f"{pad}{step}  with:\n"
        f"{pad}{step}    name: {job}-output\n"
        f"{pad}{step}    path: FOLDER\n"
        f"{pad}{step}# {which} of job {job}\n"
    )


def _has_defaults(found: JobText) -> bool:
    root = parse(found.text).root
    return found.body.get("defaults") is not None or (isinstance(root, Mapping) and root.get("defaults") is not None)


def _end_of(node: Node) -> int:
    """Return where the last text of a node ends."""
    if isinstance(node, Scalar):
        return node.end
    if isinstance(node, Sequence):
        return max(map(_end_of, node.items), default=0)
    return max((max(key.end, _end_of(value)) for key, value in node.pairs), default=0)


def _above_comments(text: str, start: int, dash: int) -> int:
    """Return where the comment begins that stands right above a step, as far in as its dash."""
    while start > 0:
        above = line_start(text, start - 1)
        line = text[above:start]
        if not line.lstrip().startswith("#") or len(line) - len(line.lstrip(" ")) != dash:
            break
        start = above
    return start


def _lines(found: JobText, cut: Cut, pins: Pins | None, dash: int, steps: tuple[Mapping, ...]) -> Iterator[str]:
    """Yield the lines that end one job and begin the next."""
    end, item = found.end, " " * dash
    artifact = artifact_of(found.key.value, cut)
    if pins is not None:
        yield f"{item}- uses: {pins.upload}{end}"
        if cut.carries_if:
            yield f"{item}  if: {_plain(cut.carries_if)}{end}"
        yield f"{item}  with:{end}"
        for row in (f"name: {artifact}", *_path_rows(cut), "if-no-files-found: error", "include-hidden-files: true"):
            yield f"{item}    {row}{end}"
    yield end
    yield f"{' ' * (found.key.column - 1)}{cut.name}:{end}"
    needs = ", ".join((found.key.value, *cut.needs))
    yield f"{found.pad}needs: {f'[{needs}]' if cut.needs else needs}{end}"
    if cut.condition:
        yield f"{found.pad}if: {_plain(cut.condition)}{end}"
    yield from _copied(found, (*_COPIED, _MOVED) if cut.moves_environment else _COPIED, cut)
    yield f"{found.pad}steps:{end}"
    if cut.checkout is not None:
        yield _step_lines(found, steps, cut.checkout, dash)
    if pins is not None:
        yield f"{item}- uses: {pins.download}{end}"
        if cut.carries_if and cut.carries_if != cut.condition:
            yield f"{item}  if: {_plain(cut.carries_if)}{end}"
        yield f"{item}  with:{end}"
        yield f"{item}    name: {artifact}{end}"
        if cut.root != ".":
            yield f"{item}    path: {cut.root}/{end}"


def _path_rows(cut: Cut) -> Iterator[str]:
    """Yield the lines that say which files go over."""
    folders = [f"{path}/" if path == cut.root else path for path in cut.paths]
    if len(folders) == 1:
        yield f"path: {_text(folders[0])}"
        return
    yield "path: |"
    yield from (f"  {path}" for path in folders)


def _text(path: str) -> str:
    return f"'{path}'" if path.startswith("*") else path


def _step_lines(found: JobText, steps: tuple[Mapping, ...], index: int, dash: int) -> str:
    """Return the lines of one step, without comments and empty lines behind it."""
    start = step_start(found.text, steps[index])
    if len(found.text[start:]) - len(found.text[start:].lstrip(" ")) != dash:
        raise CannotEditError("the steps do not stand below each other")
    stop = step_start(found.text, steps[index + 1])
    lines = found.text[start:stop].splitlines(keepends=True)
    while lines and (not lines[-1].strip() or (lines[-1].lstrip().startswith("#") and len(lines) > 1)):
        lines.pop()
    return "".join(lines)


def _copied(found: JobText, names: tuple[str, ...], cut: Cut | None = None) -> Iterator[str]:
    """Yield the lines of the keys that the new job has as the old one has them, and the variables that it is handed."""
    pairs = found.body.pairs
    variables = cut.handed.env if cut is not None else ()
    rows = [f"{name}: ${{{{ needs.{found.key.value}.outputs.{name} }}}}" for name in variables]
    for place, (key, value) in enumerate(pairs):
        if key.value not in names:
            continue
        if place + 1 == len(pairs):
            raise CannotEditError("its steps are not the last thing it says")
        start, stop = _span(found, place)
        lines = found.text[start:stop].rstrip()
        if found.text[start : key.start].strip():
            raise CannotEditError("the job is written in a form that is not edited")
        if key.value == _MOVED and cut is not None:
            lines = swapped(lines, cut.handed.swaps)
        yield lines + found.end
        if key.value == "env" and rows:
            if not isinstance(value, Mapping) or not value.pairs or value.pairs[0][0].line == key.line:
                raise CannotEditError("its `env` is written in one line")
            yield from (f"{' ' * (value.column - 1)}{row}{found.end}" for row in rows)
            rows = []
    if rows and "env" in names:
        step = " " * max(found.body.column - found.key.column, 2)
        yield f"{found.pad}env:{found.end}"
        yield from (f"{found.pad}{step}{row}{found.end}" for row in rows)


def _span(found: JobText, place: int) -> tuple[int, int]:
    """Return where the lines of a key of the job begin and end, without the comments that belong to the next."""
    start = line_start(found.text, found.body.pairs[place][0].start)
    after = found.body.pairs[place + 1][0]
    return start, _above_comments(found.text, line_start(found.text, after.start), found.body.column - 1)


def _first_half(found: JobText, cut: Cut, before: str) -> str:
    """Return the text up to the cut, with what the first job puts out and without the environment that goes along."""
    changes = []
    step = " " * max(found.body.column - found.key.column, 2)
    rows = [f"{name}: {value}" for name, value in cut.handed.outputs]
    for place, (key, value) in enumerate(found.body.pairs[:-1]):
        start, stop = _span(found, place)
        if key.value == _MOVED and cut.moves_environment:
            changes.append((start, stop, ""))
        if key.value == "outputs" and rows:
            if not isinstance(value, Mapping) or not value.pairs or value.pairs[0][0].line == key.line:
                raise CannotEditError("its `outputs` are written in one line")
            known = {name.value for name, _ in value.pairs}
            if known & {name for name, _ in cut.handed.outputs}:
                raise CannotEditError("it has an output of that name already")
            at = start + len(found.text[start:stop].rstrip())
            at = line_stop(found.text, at - 1)
            pad = " " * (value.column - 1)
            changes.append((at, at, "".join(f"{pad}{row}{found.end}" for row in rows)))
            rows = []
    if rows:
        at = line_start(found.text, found.body.pairs[-1][0].start)
        at = _above_comments(found.text, at, found.body.column - 1)
        block = f"{found.pad}outputs:{found.end}" + "".join(f"{found.pad}{step}{row}{found.end}" for row in rows)
        changes.append((at, at, block))
    for start, stop, new in sorted(changes, reverse=True):
        if stop > len(before):
            raise CannotEditError("its steps are not the last thing it says")
        before = before[:start] + new + before[stop:]
    return before


def _rest(found: JobText, cut: Cut, steps: tuple[Mapping, ...], at: int, end: int) -> str:
    """Return the lines of the steps that follow, as they are but for what is theirs no more."""
    text = found.text[at:end]
    if cut.drops_ifs:
        for step in reversed(steps[cut.step :]):
            start, stop = _lines_of_if(found.text, step)
            if start < at:
                raise CannotEditError("the condition of a step is written in a form that is not edited")
            text = text[: start - at] + text[stop - at :]
    return swapped(text, cut.handed.swaps)


def _lines_of_if(text: str, step: Mapping) -> tuple[int, int]:
    """Return where the condition of a step begins and ends: its line, or what stands between the dash and the next key."""
    place = next(place for place, pair in enumerate(step.pairs) if pair[0].value == "if")
    key, value = step.pairs[place]
    start, end = line_start(text, key.start), _end_of(value)
    written = isinstance(value, Scalar) and value.line == key.line and "\n" not in text[key.start : end]
    stop = line_stop(text, end - 1)
    if not written or "#" in text[end:stop]:
        raise CannotEditError("the condition of a step is written in a form that is not edited")
    if not text[start : key.start].strip():
        return start, stop
    after = step.pairs[place + 1][0] if place + 1 < len(step.pairs) else None
    if text[start : key.start].strip() != "-" or after is None or text[stop : after.start].strip():
        raise CannotEditError("the condition of a step is written in a form that is not edited")
    return key.start, after.start


def _waits(text: str, waiter: str, job: str, name: str) -> str:
    """Return the text in which one more job is waited for by a job that waits for another."""
    found = job_text(text, waiter)
    needs = found.body.get("needs")
    if isinstance(needs, Scalar) and text[needs.start : needs.end] == job:
        return text[: needs.start] + f"[{job}, {name}]" + text[needs.end :]
    if isinstance(needs, Sequence):
        item = next((each for each in needs.items if isinstance(each, Scalar) and each.value == job), None)
        if item is not None and text[item.start : item.end] == job:
            start, stop = line_start(text, item.start), line_stop(text, item.end)
            if text[start : item.start].strip() == "-":
                return text[:stop] + text[start : item.start] + name + found.end + text[stop:]
            if text[start : item.start].lstrip().startswith(("needs:", "[")) or "[" in text[start : item.start]:
                return text[: item.end] + f", {name}" + text[item.end :]
    raise CannotEditError(f"what job {waiter} waits for is written in a form that is not edited")


def _plain(condition: str) -> str:
    """Return a condition as it can stand behind `if:`, quoted where YAML would read it as something else."""
    begins = re.match(r"\$\{\{|[\w(]", condition) and not condition.startswith(("true", "false", "null"))
    if begins and not re.search(r": |\s#", condition):
        return condition
    if condition.startswith("!") and not re.search(r": |\s#", condition):
        return f"${{{{ {condition} }}}}"
    return "'" + condition.replace("'", "''") + "'"
