"""Time as the network code sees it: handed in, so that tests wait for nothing."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """What may be asked about time."""

    def now(self) -> float:
        """Return seconds since 1970 (UTC)."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        """Return seconds since 1970 (UTC)."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)
