"""Rows of a roster that say whose a machine is: the machine, its owner, and why."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from pipewarden.errors import UsageError

MACHINE_COLUMNS = ("machine", "owner", "because")
"""What such a row may say; all three are needed. Several owners stand behind `;`."""

MOST_MACHINES = 50_000
"""Rows about machines that one list may hold."""

SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Owners of machines, as a roster in YAML or JSON holds them",
    "type": "array",
    "items": {
        "type": "object",
        "required": ["machine", "owner", "because"],
        "properties": {
            "machine": {
                "type": "string",
                "minLength": 1,
                "description": "The machine by its id, or by its name with its system: `github:deploybot`, "
                "`vault:acme/auth/approle/backup`. What holds machines, such as `acme/web`, stands for all in it.",
            },
            "owner": {
                "description": "Who answers for it: an address, an account such as `github:bob`, or a team such as "
                "`team:acme/platform`.",
                "anyOf": [
                    {"type": "string", "minLength": 1},
                    {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}},
                ],
            },
            "because": {
                "type": "string",
                "minLength": 1,
                "description": "Why: the finding and the reader are told it.",
            },
        },
    },
}
"""What a list of machines' owners looks like; published as docs/owners.schema.json."""


class Declared(dict[str, Any]):
    """What a row says: `machine`, `owners`, `because`, `line`."""


def declared(machine: str, owners: list[str], because: str, line: int) -> Declared | str:
    """Return what a row about a machine says, or what is wrong with it."""
    if not owners:
        return f"line {line} names no owner of the machine {machine[:80]}"
    if not because:
        return f"line {line} gives no reason for the owner of the machine {machine[:80]}"
    return Declared(machine=machine, owners=owners, because=because, line=line)


def yaml_rows(text: str, path: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the rows of a list in YAML, each with its line. Raises UsageError where it is none."""
    where = path
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if not isinstance(node, yaml.SequenceNode):
            raise UsageError(f"{path} is not a list", hint="It should be a list of `machine`, `owner` and `because`.")
        for item in node.value:
            where = f"{path}:{item.start_mark.line + 1}"
            row = yaml.SafeLoader("").construct_object(item, deep=True)
            told = {str(key).strip().lower(): value for key, value in row.items()} if isinstance(row, dict) else {}
            yield item.start_mark.line + 1, told
    except yaml.YAMLError as broken:
        mark = getattr(broken, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else where
        problem = getattr(broken, "problem", None) or "is not YAML"
        raise UsageError(f"{where}: {problem}", hint="YAML wants even indentation and `key: value`.") from None
    except (RecursionError, ValueError, TypeError) as broken:
        says = "is nested too deeply" if isinstance(broken, RecursionError) else f"a value that is none: {broken}"
        raise UsageError(f"{where}: {says}", hint="A date is written as 2026-03-03.") from None
