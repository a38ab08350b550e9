"""Edits of a workflow's text that state the permissions of one job and leave every other character as it was."""

from collections.abc import Mapping as Table

from pipewarden.pipelines.yaml_tree import Mapping, Node, Scalar, parse


class CannotEditError(ValueError):
    """The text is written in a way that is not edited; the message says which."""


def with_permissions(text: str, job: str, levels: Table[str, str]) -> str:
    """Return the text with `permissions:` of one job stating these scopes: an empty table states that it has none.

    Comments and the form of what stands there stay. Raises CannotEditError where the job is written in one line,
    through an alias, or in another way in which an edit would not be small.
    """
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    plain = text.removeprefix("\ufeff")
    key, body = _job(plain, job)
    end = "\r\n" if "\r\n" in plain else "\n"
    at = next((place for place, (name, _) in enumerate(body.pairs) if name.value == "permissions"), None)
    edited = _inserted(plain, key, body, levels, end) if at is None else _replaced(plain, body.pairs[at], levels, end)
    return mark + edited


def with_environment(text: str, job: str, name: str) -> str:
    """Return the text with `environment:` of one job, which has none. Raises CannotEditError."""
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    plain = text.removeprefix("\ufeff")
    _, body = _job(plain, job)
    end = "\r\n" if "\r\n" in plain else "\n"
    pad = " " * (body.column - 1)
    return mark + _put(plain, body, f"{pad}environment: {name}{end}")


def _job(text: str, job: str) -> tuple[Scalar, Mapping]:
    """Return the key and body of a job, both as they stand in the text."""
    root = parse(text).root
    jobs = root.get("jobs") if isinstance(root, Mapping) else None
    for key, body in jobs.pairs if isinstance(jobs, Mapping) else ():
        if key.value == job:
            if not isinstance(body, Mapping) or not body.pairs:
                break
            first = body.pairs[0][0]
            if first.line <= key.line or first.column <= key.column or _char(text, body) in {"{", "&", "*", "!"}:
                raise CannotEditError(f"job {job} is written in one line or through an alias")
            if any(name.column != first.column for name, _ in body.pairs):
                raise CannotEditError(f"job {job} takes parts from elsewhere")
            return key, body
    raise CannotEditError(f"there is no job {job} with a body of its own")


def _char(text: str, node: Node) -> str:
    """Return the character at which a node begins."""
    lines = text.split("\n", node.line)
    line = lines[node.line - 1] if len(lines) >= node.line else ""
    return line[node.column - 1 : node.column]


def _inserted(text: str, key: Scalar, body: Mapping, levels: Table[str, str], end: str) -> str:
    """Put a block before the first key of the job."""
    pad = " " * (body.column - 1)
    step = " " * max(body.column - key.column, 2)
    return _put(text, body, _block(levels, pad, step, end))


def _put(text: str, body: Mapping, block: str) -> str:
    """Put lines before the first key of a job."""
    first = body.pairs[0][0]
    start = text.rfind("\n", 0, first.start) + 1
    if text[start : first.start].strip():
        raise CannotEditError("something stands before the first key of the job")
    return text[:start] + block + text[start:]


def _block(levels: Table[str, str], pad: str, step: str, end: str) -> str:
    if not levels:
        return f"{pad}permissions: {{}}{end}"
    rows = [f"{pad}{step}{scope}: {level}{end}" for scope, level in sorted(levels.items())]
    return f"{pad}permissions:{end}" + "".join(rows)


def _replaced(text: str, pair: tuple[Scalar, Node], levels: Table[str, str], end: str) -> str:
    """Change a block that is there: scope by scope where it is a list of them, else its value."""
    key, value = pair
    if isinstance(value, Mapping) and value.pairs and value.pairs[0][0].line > key.line:
        return _scopes(text, value, levels, end)
    return _value(text, key, value, levels, end)


def _scopes(text: str, block: Mapping, levels: Table[str, str], end: str) -> str:
    """Change levels where they stand, take out lines of scopes that are not needed, add those that are missing."""
    stated = {name.value: level for name, level in block.pairs if isinstance(level, Scalar)}
    if len(stated) != len(block.pairs) or any(name.line != stated[name.value].line for name, _ in block.pairs):
        raise CannotEditError("a scope is given twice, or its level stands in another line")
    # the line that takes what is missing; the first one where nothing of the block stays
    keep = next((name for name, _ in block.pairs if name.value in levels), block.pairs[0][0])
    pad = " " * (block.column - 1)
    missing = [f"{pad}{scope}: {level}{end}" for scope, level in sorted(levels.items()) if scope not in stated]
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


def _value(text: str, key: Scalar, value: Node, levels: Table[str, str], end: str) -> str:
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
    if not levels:
        new = "permissions: {}" + tail
    else:
        rows = [f"{end}{pad}  {scope}: {level}" for scope, level in sorted(levels.items())]
        new = f"permissions:{tail}" + "".join(rows)
    rest = text[stop:]
    return text[: key.start] + new + ("\r" if line.endswith("\r") else "") + rest
