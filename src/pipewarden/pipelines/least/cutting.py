"""The edit that cuts a job in two: lines between two of its steps, by which what follows is a job of its own."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from pipewarden.pipelines.least.pins import Pins
from pipewarden.pipelines.least.places import CannotEditError, JobText, job_text, line_start, step_start, steps_of
from pipewarden.pipelines.yaml_tree import Mapping, parse

_COPIED = ("runs-on", "permissions")
_LEFT = frozenset({"name", "if", "needs", "steps", "timeout-minutes", "outputs", *_COPIED})
"""The keys of a job that can be split: what it copies, and what the first half alone needs."""


class Cut(NamedTuple):
    """Where a job is cut: the first step of the new job, the folder that is carried over, the condition of all that follows."""

    step: int
    folder: str
    condition: str
    name: str
    """The id of the new job."""
    scripts: bool = False
    """Whether scripts are among the steps that follow."""


def artifact_of(job: str, cut: Cut) -> str:
    """Return the name of the artifact that carries the folder of a job."""
    return f"{job}-{cut.folder.rpartition('/')[2]}"


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
    root = parse(found.text).root
    if cut.scripts and isinstance(root, Mapping) and root.get("defaults") is not None:
        raise CannotEditError("the workflow sets the folder or the shell of its scripts")
    steps = steps_of(found)
    start = step_start(found.text, steps[cut.step])
    dash = len(found.text[start:]) - len(found.text[start:].lstrip(" "))
    at = _above_comments(found.text, start, dash)
    before = found.text[:at]
    if not before.endswith("\n"):
        raise CannotEditError("the steps do not stand in lines of their own")
    is_apart = re.search(r"\n[ \t\r]*\n$", before) is not None
    lines = list(_lines(found, cut, pins, dash))
    if is_apart:
        # an empty line stood before the step: with an artifact one stands behind it too, without it is there already
        lines = [*lines, found.end] if pins is not None else lines[1:]
    return found.mark + before + "".join(lines) + found.text[at:]


def sketch_of(text: str, job: str, name: str, steps: tuple[int, int] | None) -> str:
    """Return a second job as it is to be written by hand, with what is not known in capital letters.

    `steps` are the first and last of the steps that go there, counted from 0; None: those that take the secrets. Empty where
    the job is written in a form of which nothing can be taken.
    """
    try:
        found = job_text(text, job)
        copied = "".join(_copied(found)).replace("\r\n", "\n")
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


def _above_comments(text: str, start: int, dash: int) -> int:
    """Return where the comment begins that stands right above a step, as far in as its dash."""
    while start > 0:
        above = line_start(text, start - 1)
        line = text[above:start]
        if not line.lstrip().startswith("#") or len(line) - len(line.lstrip(" ")) != dash:
            break
        start = above
    return start


def _lines(found: JobText, cut: Cut, pins: Pins | None, dash: int) -> Iterator[str]:
    """Yield the lines that end one job and begin the next."""
    end, item = found.end, " " * dash
    artifact = artifact_of(found.key.value, cut)
    if pins is not None:
        yield f"{item}- uses: {pins.upload}{end}"
        if cut.condition:
            yield f"{item}  if: {_plain(cut.condition)}{end}"
        yield f"{item}  with:{end}"
        for row in (
            f"name: {artifact}",
            f"path: {cut.folder}/",
            "if-no-files-found: error",
            "include-hidden-files: true",
        ):
            yield f"{item}    {row}{end}"
    yield end
    yield f"{' ' * (found.key.column - 1)}{cut.name}:{end}"
    yield f"{found.pad}needs: {found.key.value}{end}"
    if cut.condition:
        yield f"{found.pad}if: {_plain(cut.condition)}{end}"
    yield from _copied(found)
    yield f"{found.pad}steps:{end}"
    if pins is not None:
        yield f"{item}- uses: {pins.download}{end}"
        yield f"{item}  with:{end}"
        yield f"{item}    name: {artifact}{end}"
        yield f"{item}    path: {cut.folder}/{end}"


def _copied(found: JobText) -> Iterator[str]:
    """Yield the lines of the keys that the new job has as the old one has them."""
    pairs = found.body.pairs
    for place, (key, _) in enumerate(pairs):
        if key.value not in _COPIED:
            continue
        start = line_start(found.text, key.start)
        if place + 1 == len(pairs):
            raise CannotEditError("its steps are not the last thing it says")
        after = pairs[place + 1][0]
        stop = _above_comments(found.text, line_start(found.text, after.start), found.body.column - 1)
        lines = found.text[start:stop].rstrip()
        if found.text[start : key.start].strip():
            raise CannotEditError("the job is written in a form that is not edited")
        yield lines + found.end


def _plain(condition: str) -> str:
    """Return a condition as it can stand behind `if:`, quoted where YAML would read it as something else."""
    begins = re.match(r"\$\{\{|[\w(]", condition) and not condition.startswith(("true", "false", "null"))
    if begins and not re.search(r": |\s#", condition):
        return condition
    return "'" + condition.replace("'", "''") + "'"
