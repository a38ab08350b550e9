"""What the clients of all systems have in common: a budget of requests, and waiting as long as the other side asks."""

from typing import ClassVar

from pipewarden.errors import BudgetSpent, RateLimited
from pipewarden.http.client import Http, Reply, shown


class Paced:
    """Spends no more requests than it may, and pauses all of them where one met a limit."""

    patience: ClassVar[float]
    """The longest wait that is obeyed, in seconds."""
    most_strikes: ClassVar[int] = 6
    """Refusals in a row for the limit, after which the rest is left for another time."""
    too_long: ClassVar[str]
    """What is said where the other side asks for more than that."""
    later: ClassVar[str] = "Run it again later; it goes on where it stopped."
    more: ClassVar[str] = "The next run goes on with what is left; raise `budget` to read more at once."

    def __init__(self, http: Http, budget: int) -> None:
        self.http = http
        self._budget = budget
        self._paused_until = 0.0
        self._strikes = 0

    def spent(self) -> int:
        """Return how many requests count so far."""
        return self.http.counters.total

    def out_of_budget(self) -> bool:
        """Tell whether this run may send no more requests."""
        return bool(self._budget) and self.spent() >= self._budget

    def _spend(self, endpoint: str = "") -> None:
        if self.out_of_budget():
            raise BudgetSpent(f"the budget of {self._budget} requests is spent", hint=self.more, endpoint=endpoint)

    async def _pause(self) -> None:
        wait = self._paused_until - self.http.clock.now()
        if wait > 0:
            self.http.counters.waited_seconds += wait
            await self.http.clock.sleep(wait)

    def _wait(self, seconds: float, reply: Reply) -> None:
        """Have all requests wait. Raises RateLimited where that takes too long, or was asked for too often."""
        self._strikes += 1
        if seconds > self.patience or self._strikes > self.most_strikes:
            raise RateLimited(self.too_long, retry_after=seconds, hint=self.later, endpoint=shown(reply.url))
        self._paused_until = max(self._paused_until, self.http.clock.now() + seconds)
