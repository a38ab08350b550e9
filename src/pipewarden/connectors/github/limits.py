"""GitHub's rate limits: which answers are one, and for how long to wait.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

from pipewarden.http.client import Http, Reply, shown
from pipewarden.http.limit import retry_after, until

PATIENCE_SECONDS = 3_900.0
"""The longest wait for a limit: the primary limit's window is an hour."""

SECONDARY_SECONDS = 60.0
"""Without Retry-After, wait at least a minute, and longer each time."""


def limited(http: Http, reply: Reply, refusals: int) -> bool:
    """Note how long to wait where a limit was met, and tell whether to ask again.

    Obey Retry-After; else the reset time where nothing remains; else at least a minute, longer each time. Raises
    RateLimited where waiting does not help.
    """
    if reply.status not in {403, 429}:
        return False
    now = http.clock.now()
    asked = retry_after(reply.headers, now)
    text = reply.body[:2000].decode("utf-8", "replace").lower()
    if asked is None and reply.headers.get("x-ratelimit-remaining") == "0":
        asked = until(reply.headers.get("x-ratelimit-reset", ""), now)
    if asked is None and not (reply.status == 429 or "secondary rate limit" in text or "abuse detection" in text):
        return False
    wait(http, reply, asked, refusals)
    return True


def wait(http: Http, reply: Reply, asked: float | None, refusals: int) -> None:
    """Note how long all requests wait. Raises RateLimited where waiting does not help."""
    http.limit.refused(
        reply.window,
        asked,
        blind=SECONDARY_SECONDS,
        patience=PATIENCE_SECONDS,
        refusals=refusals,
        who="GitHub",
        endpoint=shown(reply.url),
    )
