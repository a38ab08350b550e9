"""The time of the story, for the connectors that read it."""

import asyncio
from datetime import datetime


class StoryClock:
    """The time of the story, which stands still: what is read is dated with it, so that every demo is the same."""

    def __init__(self, moment: datetime) -> None:
        self._now = moment.timestamp()

    def now(self) -> float:
        """Return seconds since 1970 (UTC)."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Wait for real: the server on the other side is."""
        await asyncio.sleep(seconds)
