"""What to say of a word that leads nowhere: the near ones of those that there are, else all of them; or what it is instead."""

import shlex
from collections.abc import Iterable
from typing import TYPE_CHECKING

from pipewarden.cli.context import Options
from pipewarden.cli.show import typed
from pipewarden.errors import UsageError

if TYPE_CHECKING:
    from pipewarden.access.engine import Engine


def near(word: str, known: Iterable[str]) -> str:
    """Return a hint: which known word was probably meant, or which there are; empty where there are none."""
    from difflib import get_close_matches

    words = {each.lower(): each for each in known}
    found = [words[each] for each in get_close_matches(word.lower(), list(words), 3, 0.6)]
    if found:
        return f"Did you mean {' or '.join(found)}?"
    return f"Known: {', '.join(words.values())}." if words else ""


def refuse_machine(options: Options, engine: "Engine", text: str) -> None:
    """Raise UsageError where a machine is called so, and no person."""
    from pipewarden.access.machine_names import MachineNames
    from pipewarden.model.ids import MACHINES, Kind

    meant = [each for each in MachineNames(engine.snapshot).find(text) if each.kind in {*MACHINES, Kind.APPLICATION}]
    if meant:
        name = shlex.quote(engine.snapshot.name_of(engine.snapshot.ordinal(meant[0]) or 0))
        ask = typed(options, f"list machines --match {name}")
        raise UsageError(f"{text} is a machine, and no person", hint=f"{ask} tells what it may do and who owns it.")
