"""Wiring: a roster of the configuration becomes the connector that reads its file."""

from pathlib import Path
from typing import TYPE_CHECKING

from pipewarden.errors import ConfigError

if TYPE_CHECKING:
    from pipewarden.connectors.base import Keeper
    from pipewarden.connectors.roster import Roster
    from pipewarden.settings.config import SourceConfig


def roster(source: "SourceConfig", keeper: "Keeper | None") -> "Roster":
    """Build the connector of a roster: `roster: hr` with `file: people.csv`, or `roster:people.csv` on the command line."""
    from pipewarden.connectors.roster import Roster

    del keeper
    file = source.options.get("file") or source.name
    path = Path(file).expanduser()
    if not path.suffix:
        raise ConfigError(f"roster {source.name} names no file", hint="Add `file: people.csv` to it.")
    return Roster(source.name if source.options.get("file") else path.stem, path)
