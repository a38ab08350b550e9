"""What is said where a folder holds no pipeline file: no answer about pipelines is one then, and which root to name instead."""

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

from pipewarden.cli.context import Options
from pipewarden.cli.show import echo_json, echo_table, note, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipewarden.model.snapshot import Snapshot

NOT_THERE = "no pipeline file is there"
NONE_READ = f"Nothing was read: {NOT_THERE}."


def tells_none_read(
    options: Options,
    snapshot: "Snapshot",
    folder: Path,
    command: str,
    form: str,
    *,
    names: "Sequence[str]",
    empty: "Mapping[str, Any]",
) -> bool:
    """Tell whether a folder holds no pipeline file, and say so in the place of an answer.

    `command` is what was asked, up to the folder; `names` are the columns of its table, `empty` its JSON without anything.
    """
    from pipewarden.access.job_answers import holds_no_pipelines

    if not holds_no_pipelines(snapshot):
        return False
    if form == "json":
        echo_json({**empty, "not_read": [NOT_THERE]})
    elif form == "table":
        say(NONE_READ)
    else:
        echo_table(names, (), form)
        note(options, NONE_READ)
    tell_root(options, folder, command)
    return True


def tell_root(options: Options, folder: Path, command: str) -> None:
    """Say which root to name where a folder lies within a checkout; `command` is what was asked, up to the folder."""
    from pipewarden.connectors.clones import root_above

    if root := root_above(folder):
        note(
            options,
            f"{folder} lies within the checkout {root}: name its root, `pipewarden {command} {quote(str(root))}`",
        )
