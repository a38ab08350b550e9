"""What is worked out of a snapshot once, however many checks ask for it."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from pipewarden.access.view import View

T = TypeVar("T")


def once(work: Callable[[View], T]) -> Callable[[View], T]:
    """Have a function of a view answer from `View.memo` from the second time on."""

    @wraps(work)
    def kept(view: View) -> T:
        known = view.memo["once"]
        if work not in known:
            known[work] = work(view)
        found: T = known[work]
        return found

    return kept
