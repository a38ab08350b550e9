"""One limit for all requests of a host: twenty refusals of one window are one refusal."""

import asyncio

import pytest

from pipewarden.errors import RateLimited
from pipewarden.http.limit import MOST_REFUSALS, MOST_STRIKES, Limit, retry_after, until


class Ticking:
    """A clock that moves by what is waited for."""

    def __init__(self) -> None:
        self.time = 1_000.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds


def refused(limit: Limit, sent: int, asked: float | None, *, refusals: int = 1, patience: float = 3_600.0) -> None:
    limit.refused(sent, asked, blind=10.0, patience=patience, refusals=refusals, who="The host", endpoint="/x")


def waited(limit: Limit, clock: Ticking) -> float:
    before = clock.now()
    asyncio.run(limit.pause())
    return clock.now() - before


def test_refusals_of_requests_that_were_in_flight_together_are_one_refusal() -> None:
    limit = Limit(clock := Ticking())
    for _ in range(10 * MOST_STRIKES):
        refused(limit, 0, 60.0)
    assert limit.window == 1
    assert waited(limit, clock) == 60.0
    assert limit.waited_seconds == 60.0


def test_a_late_refusal_without_a_time_does_not_lengthen_the_wait() -> None:
    limit = Limit(clock := Ticking())
    refused(limit, 0, None)
    refused(limit, 0, None)
    assert waited(limit, clock) == 10.0
    refused(limit, 1, None)
    assert waited(limit, clock) == 20.0, "the wait did not help: twice as long"


def test_a_late_refusal_with_a_longer_time_is_obeyed() -> None:
    limit = Limit(clock := Ticking())
    refused(limit, 0, 5.0)
    refused(limit, 0, 30.0)
    assert waited(limit, clock) == 30.0


def test_waits_in_a_row_that_do_not_help_come_to_an_end_and_one_that_helped_begins_anew() -> None:
    limit = Limit(clock := Ticking())
    for window in range(MOST_STRIKES):
        refused(limit, window, 1.0)
        waited(limit, clock)
    limit.passed()
    for window in range(MOST_STRIKES, 2 * MOST_STRIKES):
        refused(limit, window, 1.0)
        waited(limit, clock)
    with pytest.raises(RateLimited, match="The host's rate limit does not end"):
        refused(limit, limit.window, 1.0)


def test_one_request_that_is_always_refused_ends_though_others_get_through() -> None:
    limit = Limit(Ticking())
    refused(limit, 0, 1.0, refusals=MOST_REFUSALS)
    with pytest.raises(RateLimited):
        refused(limit, 0, 1.0, refusals=MOST_REFUSALS + 1)


def test_a_wait_beyond_all_patience_is_refused() -> None:
    with pytest.raises(RateLimited) as told:
        refused(Limit(Ticking()), 0, 3_601.0)
    assert told.value.retry_after == 3_601.0


def test_several_that_wait_at_once_wait_once() -> None:
    limit = Limit(Ticking())

    async def all_wait() -> None:
        refused(limit, 0, 60.0)
        await asyncio.gather(*(limit.pause() for _ in range(20)))

    asyncio.run(all_wait())
    assert limit.waited_seconds == 60.0


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("120", 120.0),
        ("Thu, 01 Jan 1970 00:17:40 GMT", 60.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("²", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(told: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": told} if told else {}, 1_000.0) == seconds


def test_a_reset_time_is_waited_for_and_a_second_more() -> None:
    assert until("1060", 1_000.0) == 61.0
    assert until("900", 1_000.0) == 1.0
    assert until("", 1_000.0) is None
    assert until("²", 1_000.0) is None
