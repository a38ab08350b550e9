"""What is asked of an action's use, read out of a snapshot without the rest: of nothing else does a checkout have as much."""

from typing import Any

import msgspec
from msgspec import Struct, field


class _More(Struct):
    """Of a use's attributes, those that are asked for."""

    job: Any = ""
    of: Any = ""
    version: Any = ""


class NamedUse(Struct):
    """A use as a file names it: what it is, where it stands, and in which job or action."""

    what: str
    name: str
    line: int = 0
    column: int = 0
    attributes: _More = field(default_factory=_More)

    @property
    def job(self) -> str:
        """The job that uses it."""
        return str(self.attributes.job or "")

    @property
    def of(self) -> str:
        """The action of the repository's own that uses it; empty where a job does."""
        return str(self.attributes.of or "")

    @property
    def version(self) -> str:
        """The version that a comment beside a pinned commit names."""
        return str(self.attributes.version or "")


_DECODER = msgspec.json.Decoder(NamedUse)


def named_use(body: bytes) -> NamedUse:
    """Read the JSON of a `Use`, as a snapshot keeps it."""
    return _DECODER.decode(body)
