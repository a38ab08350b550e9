"""Edits of a workflow's text that state the permissions of one job and leave every other character as it was."""

from collections.abc import Mapping as Table

from pipewarden.pipelines.least.places import CannotEditError, JobText, job_text, line_start
from pipewarden.pipelines.yaml_tree import Mapping, Node, Scalar

__all__ = ["CannotEditError", "with_environment", "with_permissions"]


def with_permissions(text: str, job: str, levels: Table[str, str], *, notes: Table[str, str] | None = None) -> str:
    """Return the text with `permissions:` of one job stating these scopes: an empty table states that it has none.

    `notes` are comments for scopes whose lines are new. Comments and the form of what stands there stay. Raises
    CannotEditError where the job is written in one line, through an alias, or in another way in which an edit would
    not be small.
    """
    found = job_text(text, job)
    at = next((place for place, (name, _) in enumerate(found.body.pairs) if name.value == "permissions"), None)
    rows = _Rows(levels, found.end, notes or {})
    return found.mark + (_inserted(found, rows) if at is None else _replaced(found.text, found.body.pairs[at], rows))


def with_environment(text: str, job: str, name: str) -> str:
    """Return the text with `environment:` of one job, which has none: behind `runs-on` where that ends in its line.

    Raises CannotEditError.
    """
    found = job_text(text, job)
    line = f"{found.pad}environment: {name}{found.end}"
    for key, value in found.body.pairs:
        if key.value == "runs-on" and isinstance(value, Scalar) and value.line == key.line and value.end > value.start:
            stop = found.text.find("\n", value.end)
            if stop >= 0 and "\n" not in found.text[key.start : value.end]:
                return found.mark + found.text[: stop + 1] + line + found.text[stop + 1 :]
    return found.mark + _put(found.text, found.body, line)


class _Rows:
    """The lines of a block: its scopes with their levels and comments."""

    def __init__(self, levels: Table[str, str], end: str, notes: Table[str, str]) -> None:
        self.levels = levels
        self.end = end
        self.notes = notes

    def row(self, scope: str, pad: str) -> str:
        """Return the line of one scope."""
        note = f" # {self.notes[scope]}" if scope in self.notes else ""
        return f"{pad}{scope}: {self.levels[scope]}{note}"


def _inserted(found: JobText, rows: _Rows) -> str:
    """Put a block before the first key of the job."""
    step = " " * max(found.body.column - found.key.column, 2)
    return _put(found.text, found.body, _block(rows, found.pad, step))


def _put(text: str, body: Mapping, block: str) -> str:
    """Put lines before the first key of a job, and before the comment that stands right above it."""
    first = body.pairs[0][0]
    start = line_start(text, first.start)
    if text[start : first.start].strip():
        raise CannotEditError("something stands before the first key of the job")
    while (above := line_start(text, start - 1)) < start and text[above:start].lstrip().startswith("#"):
        start = above
    return text[:start] + block + text[start:]


def _block(rows: _Rows, pad: str, step: str) -> str:
    if not rows.levels:
        return f"{pad}permissions: {{}}{rows.end}"
    lines = [rows.row(scope, pad + step) + rows.end for scope in sorted(rows.levels)]
    return f"{pad}permissions:{rows.end}" + "".join(lines)


def _replaced(text: str, pair: tuple[Scalar, Node], rows: _Rows) -> str:
    """Change a block that is there: scope by scope where it is a list of them, else its value."""
    key, value = pair
    if isinstance(value, Mapping) and value.pairs and value.pairs[0][0].line > key.line:
        return _scopes(text, value, rows)
    return _value(text, key, value, rows)


def _scopes(text: str, block: Mapping, rows: _Rows) -> str:
    """Change levels where they stand, take out lines of scopes that are not needed, add those that are missing."""
    levels, end = rows.levels, rows.end
    stated = {name.value: level for name, level in block.pairs if isinstance(level, Scalar)}
    if len(stated) != len(block.pairs) or any(name.line != stated[name.value].line for name, _ in block.pairs):
        raise CannotEditError("a scope is given twice, or its level stands in another line")
    # the line that takes what is missing; the first one where nothing of the block stays
    keep = next((name for name, _ in block.pairs if name.value in levels), block.pairs[0][0])
    pad = " " * (block.column - 1)
    missing = [rows.row(scope, pad) + end for scope in sorted(levels) if scope not in stated]
    out = text
    for name, _ in reversed(block.pairs):
        level = stated[name.value]
        start = out.rfind("\n", 0, name.start) + 1
        stop = out.find("\n", level.end)
        stop = len(out) if stop < 0 else stop + 1
        extra = "".join(missing) if name is keep else ""
        if name.value in levels:
            line = out[start : level.start] + levels[name.value] + out[level.end : stop]
            if extra and not line.endswith("\n"):
                line += end
            out = out[:start] + line + extra + out[stop:]
        elif levels or name is not keep:
            out = out[:start] + extra + out[stop:]
        else:
            # an empty block has to be written in one line
            head = out.rfind("permissions", 0, start)
            out = out[:head] + f"permissions: {{}}{end}" + out[stop:]
    return out


def _value(text: str, key: Scalar, value: Node, rows: _Rows) -> str:
    """Replace `read-all`, `write-all` or a block in one line, keeping a comment behind it."""
    stop = text.find("\n", key.end)
    stop = len(text) if stop < 0 else stop
    line = text[key.start : stop]
    if isinstance(value, Scalar) and not value.is_null:
        if value.line != key.line:
            raise CannotEditError("the permissions stand in a line of their own")
        tail = text[value.end : stop]
    elif isinstance(value, Mapping) and "{" in line and "}" in line:
        tail = line[line.rindex("}") + 1 :]
    else:
        raise CannotEditError("the permissions are written in a form that is not edited")
    tail = tail.rstrip("\r")
    if tail.strip() and not tail.strip().startswith("#"):
        raise CannotEditError("something stands behind the permissions")
    pad = " " * (key.column - 1)
    if not rows.levels:
        new = "permissions: {}" + tail
    else:
        lines = [rows.end + rows.row(scope, f"{pad}  ") for scope in sorted(rows.levels)]
        new = f"permissions:{tail}" + "".join(lines)
    rest = text[stop:]
    return text[: key.start] + new + ("\r" if line.endswith("\r") else "") + rest
