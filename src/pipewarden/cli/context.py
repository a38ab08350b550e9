"""The options that stand before any command, as every command is given them."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What was said before the command."""

    demo: bool = False
    """Run against the simulated estate acme, with nothing set up."""
    config: Path | None = None
    store: str | None = None
    """Path or URL of the state store."""
    snapshot: str = "latest"
    """Which snapshot questions are asked of: `latest` or the beginning of an id."""
    quiet: bool = False
    color: bool | None = None
    debug: bool = False
    processes: int = 0
    """How many may read the files of a checkout at once; 0: one for each core."""
