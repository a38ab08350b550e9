"""What may go wrong on the other side, by switch."""

from dataclasses import dataclass, field


@dataclass
class Variant:
    """How the server misbehaves; all off by default."""

    secondary_every: int = 0
    """Every so many requests one is refused with a secondary limit."""
    secondary_status: int = 403
    secondary_retry_after: int | None = 1
    """Seconds in Retry-After, None to leave the header out."""
    primary_left: int = 0
    """The primary limit's size; 0 for a large one."""
    failures: int = 0
    """So many requests at the start fail with `failure_status`."""
    failure_status: int = 502
    largest_page: int = 0
    """GraphQL connections asked for more than this are given up with 502; 0 for any."""
    truncated: frozenset[str] = frozenset()
    """Templates whose JSON is cut in the middle."""
    html: frozenset[str] = frozenset()
    """Templates answered with a sign-in page."""
    forbidden: frozenset[str] = frozenset()
    """Templates refused with 403."""
    missing: frozenset[str] = frozenset()
    """Templates that answer 404."""
    gone: frozenset[str] = frozenset()
    """Templates that answer 410."""
    endless: frozenset[str] = frozenset()
    """Templates whose next-link never ends."""
    foreign: frozenset[str] = frozenset()
    """Templates whose next-link leads to another host."""
    huge: frozenset[str] = frozenset()
    """Templates answered with more bytes than anybody should read."""
    nulls: frozenset[str] = frozenset()
    """Templates whose objects have null in every field but the id."""
    unauthorized_after: int = 0
    """After so many requests every credential is refused; 0 for never."""
    stop_after: int = 0
    """After so many requests the server answers no more; 0 for never."""
    seen: dict[str, int] = field(default_factory=dict)
