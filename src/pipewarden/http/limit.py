"""The limit of one host, shared by all requests in flight: how long to wait, and when waiting has become pointless.

Many requests are on their way when a limit is met, and each of them is refused. That is one refusal, not twenty: only a
request that was sent after the last wait tells that waiting did not help.
"""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from pipewarden.errors import RateLimited
from pipewarden.http.clock import Clock

MOST_STRIKES = 8
"""Waits in a row that did not help, after which what was asked for is left for another time."""

MOST_REFUSALS = 100
"""Refusals of one request, after which it is left for another time, though others got through between them."""


class Limit:
    """Waits for the limit of one host, and knows when to stop waiting."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._paused_until = 0.0
        self._counted_until = 0.0
        self._strikes = 0
        self.window = 0
        """How many waits there were: a request remembers which of them it was sent after."""
        self.waited_seconds = 0.0
        """For how long in all; a time in which several requests waited counts once."""

    async def pause(self) -> None:
        """Wait until the limit is over."""
        if (wait := self._paused_until - self._clock.now()) > 0:
            await self.wait(wait)

    async def wait(self, seconds: float) -> None:
        """Wait, and count it."""
        now = self._clock.now()
        self.waited_seconds += max(0.0, now + seconds - max(now, self._counted_until))
        self._counted_until = max(self._counted_until, now + seconds)
        await self._clock.sleep(seconds)

    def passed(self) -> None:
        """Note that a request got through."""
        self._strikes = 0

    def hold(self, seconds: float) -> None:
        """Send nothing for so long: the last request of this window is spent."""
        self._paused_until = max(self._paused_until, self._clock.now() + seconds)

    def refused(
        self,
        sent: int,
        asked: float | None,
        *,
        blind: float,
        patience: float,
        refusals: int,
        who: str,
        endpoint: str,
        hint: str = "Run it again later; it goes on where it stopped.",
    ) -> None:
        """Note how long all wait, in seconds: as `asked`, else `blind`, and twice as long each time it did not help.

        `sent` is the window in which the request was sent, `refusals` how often this very request was refused. Raises
        RateLimited where the wait is longer than `patience`, or waiting does not help.
        """
        if sent == self.window:
            wait = blind * 2.0**self._strikes if asked is None else asked
            self._strikes += 1
            self.window += 1
        elif asked is None:
            wait = 0.0  # what was sent before the last wait says nothing of the next one
        else:
            wait = asked
        if wait > patience or self._strikes > MOST_STRIKES or refusals > MOST_REFUSALS:
            raise RateLimited(f"{who}'s rate limit does not end", retry_after=wait, hint=hint, endpoint=endpoint)
        self.hold(wait)


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds that Retry-After asks for, None where it says nothing: a number, or a date.

    https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
    """
    told = headers.get("retry-after", "").strip()
    if told.isascii() and told.isdigit():
        return float(told)
    try:
        return max(0.0, parsedate_to_datetime(told).timestamp() - now)
    except (ValueError, OverflowError):
        return None


def until(reset: str, now: float) -> float | None:
    """Return the seconds until a time told in seconds since 1970, and one more; None where none is told."""
    return max(1.0, float(reset) - now + 1) if reset.isascii() and reset.isdigit() else None
