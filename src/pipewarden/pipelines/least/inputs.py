"""Edits of the inputs of one step: some taken away, others set in their place, every other character as it was."""

from collections.abc import Collection, Sequence

from pipewarden.pipelines.least.places import (
    CannotEditError,
    Line,
    job_text,
    line_start,
    line_stop,
    lines_of,
    steps_of,
    tail_of,
)
from pipewarden.pipelines.yaml_tree import Mapping


def with_inputs(
    text: str, job: str, step: int, drop: Collection[str], put: Sequence[tuple[str, str]], *, block: str = "with"
) -> str:
    """Return the text with inputs of a step taken away (names in lower case) and others set where the first of them stood.

    `block` is the key that holds them: `with` or `env`. Raises CannotEditError where an edit would not be small, or would
    take a comment away.
    """
    found = job_text(text, job)
    steps = steps_of(found)
    pair = next((pair for pair in steps[step].pairs if pair[0].value == block), None) if step < len(steps) else None
    if (
        pair is None
        or not isinstance(pair[1], Mapping)
        or not pair[1].pairs
        or pair[1].pairs[0][0].line == pair[0].line
    ):
        raise CannotEditError(f"the step's `{block}` is written in one line or through an alias")
    lines = lines_of(found.text, pair[1])
    gone = [line for line in lines if line.key.value.lower() in drop]
    if not gone:
        raise CannotEditError("nothing of it is to be taken away")
    if any(line.stop < 0 for line in gone):
        raise CannotEditError("the key is written over several lines")
    if any(tail_of(found.text, line) for line in gone[1 if put else 0 :]):
        raise CannotEditError("a comment stands beside what would be taken away")
    out = found.text
    for line in reversed(gone):
        out = (
            out[: line.start] + (_rows(found.text, line, put, found.end) if line is gone[0] else "") + out[line.stop :]
        )
    if len(gone) == len(lines) and not put:
        out = _without_head(out, found.text, pair[0].start)
    return found.mark + out


def _rows(text: str, line: Line, put: Sequence[tuple[str, str]], end: str) -> str:
    """Return the lines that take the place of one, the comment of which stays with the first of them."""
    if not put:
        return ""
    pad = text[line.start : line.key.start]
    note = tail_of(text, line)
    last = "" if line.stop == len(text) and not text.endswith("\n") else end
    rows = [f"{pad}{name}: {value}" for name, value in put]
    rows[0] += f" {note}" if note else ""
    return end.join(rows) + last


def _without_head(out: str, text: str, at: int) -> str:
    """Take the line of the emptied block away, too."""
    start, stop = line_start(text, at), line_stop(text, at)
    if text[start:at].strip() or text[at:stop].strip().rstrip(":") not in {"with", "env"}:
        raise CannotEditError("the emptied block does not stand in a line of its own")
    return out[:start] + out[stop:]
