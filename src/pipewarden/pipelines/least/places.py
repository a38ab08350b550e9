"""Places in a workflow's text that edits need: a job as it is written, its steps, the lines of one key."""

from typing import NamedTuple

from pipewarden.pipelines.yaml_tree import Mapping, Node, Scalar, Sequence, parse


class CannotEditError(ValueError):
    """The text is written in a way that is not edited; the message says which."""


class JobText(NamedTuple):
    """A job as it stands in a text, which is without its byte order mark (`mark`)."""

    mark: str
    text: str
    key: Scalar
    body: Mapping
    end: str
    """How its lines end."""

    @property
    def pad(self) -> str:
        """What stands before each key of the job."""
        return " " * (self.body.column - 1)


class Line(NamedTuple):
    """The lines of one key with its value: from `start` to `stop`, the end of its last line included."""

    key: Scalar
    value: Node
    start: int
    stop: int


def job_text(text: str, job: str) -> JobText:
    """Return a job as it stands in a text. Raises CannotEditError where an edit of it would not be small."""
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    plain = text.removeprefix("\ufeff")
    root = parse(plain).root
    jobs = root.get("jobs") if isinstance(root, Mapping) else None
    pairs = [pair for pair in jobs.pairs if pair[0].value == job] if isinstance(jobs, Mapping) else []
    if len(pairs) > 1:
        raise CannotEditError(f"job {job} is given twice")
    for key, body in pairs:
        if not isinstance(body, Mapping) or not body.pairs:
            break
        first = body.pairs[0][0]
        if first.line <= key.line or first.column <= key.column or _char(plain, body) in {"{", "&", "*", "!"}:
            raise CannotEditError(f"job {job} is written in one line or through an alias")
        if any(name.column != first.column for name, _ in body.pairs):
            raise CannotEditError(f"job {job} takes parts from elsewhere")
        return JobText(mark, plain, key, body, "\r\n" if "\r\n" in plain else "\n")
    raise CannotEditError(f"there is no job {job} with a body of its own")


def steps_of(found: JobText) -> tuple[Mapping, ...]:
    """Return the steps of a job as they are written, one below the other. Raises CannotEditError."""
    steps = found.body.get("steps")
    items = steps.items if isinstance(steps, Sequence) else ()
    blocks = tuple(item for item in items if isinstance(item, Mapping) and item.pairs)
    if len(blocks) != len(items) or any(_char(found.text, item) in {"{", "&", "*", "!"} for item in blocks):
        raise CannotEditError("its steps are written in one line or through an alias")
    return blocks


def step_start(text: str, step: Mapping) -> int:
    """Return where the line with the dash of a step begins. Raises CannotEditError where something stands before it."""
    before = text[: step.pairs[0][0].start].rstrip(" \t\r\n")
    start = line_start(text, len(before))
    if not before.endswith("-") or text[start : len(before) - 1].strip():
        raise CannotEditError("a step is written in a form that is not edited")
    return start


def lines_of(text: str, block: Mapping) -> tuple[Line, ...]:
    """Return the lines of each key of a block, of which every value ends in the line of its key.

    Raises CannotEditError where one does not, or where the block is written in one line.
    """
    found = []
    for key, value in block.pairs:
        start, stop = line_start(text, key.start), line_stop(text, key.end)
        if text[start : key.start].strip(" -"):
            raise CannotEditError("what is to be changed is written in one line")
        if not isinstance(value, Scalar) or value.line != key.line or value.end > stop:
            stop = -1  # written over several lines: can stay, cannot be changed
        found.append(Line(key, value, start, stop))
    return tuple(found)


def line_start(text: str, at: int) -> int:
    """Return where the line begins that holds a place."""
    return text.rfind("\n", 0, at) + 1


def line_stop(text: str, at: int) -> int:
    """Return where the line after a place begins; the end of the text where there is none."""
    stop = text.find("\n", at)
    return len(text) if stop < 0 else stop + 1


def tail_of(text: str, line: Line) -> str:
    """Return what stands behind the value of a line: a comment, or nothing."""
    value = line.value
    return text[value.end : line.stop].strip() if isinstance(value, Scalar) else ""


def _char(text: str, node: Node) -> str:
    """Return the character at which a node begins."""
    lines = text.split("\n", node.line)
    line = lines[node.line - 1] if len(lines) >= node.line else ""
    return line[node.column - 1 : node.column]
