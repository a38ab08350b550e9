"""What the clients of all systems have in common: a budget of requests."""

from pipewarden.errors import BudgetSpent
from pipewarden.http.client import Http


class Spending:
    """Sends no more requests than it may. A budget of 0 is none."""

    def __init__(self, http: Http, budget: int) -> None:
        self.http = http
        self._budget = budget

    def spent(self) -> int:
        """Return how many requests count so far."""
        return self.http.counters.total

    def out_of_budget(self) -> bool:
        """Tell whether this run may send no more requests."""
        return bool(self._budget) and self.spent() >= self._budget

    def _spend(self, endpoint: str = "") -> None:
        if self.out_of_budget():
            raise BudgetSpent(
                f"the budget of {self._budget} requests is spent",
                hint="The next run goes on with what is left; raise `budget` to read more at once.",
                endpoint=endpoint,
            )
