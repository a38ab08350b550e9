"""What may go wrong on the other side, by switch."""

from dataclasses import dataclass, field

Templates = frozenset[str]


@dataclass
class Variant:
    """How the server misbehaves; all off by default. Sets name templates of paths, `/api/v1/users/{userId}/factors`."""

    limited_every: int = 0
    """Every so many requests one is refused with 429."""
    limit_told: str = "reset"
    """What a 429 says of when to come back: `reset`, `retry-after`, or nothing."""
    failures: int = 0
    """So many requests at the start fail with `failure_status`."""
    failure_every: int = 0
    failure_status: int = 502
    forbidden: Templates = frozenset()
    missing: Templates = frozenset()
    broken: Templates = frozenset()
    """Templates that answer 500 each time."""
    html: Templates = frozenset()
    truncated: Templates = frozenset()
    endless: Templates = frozenset()
    foreign: Templates = frozenset()
    """Templates whose next-link leads to another host."""
    duplicated: Templates = frozenset()
    """Templates whose pages begin with what the page before ended with, as lists do that change while they are read."""
    circular: Templates = frozenset()
    """Templates whose next-link leads back to the first page."""
    nulls: Templates = frozenset()
    """Templates whose objects have null in every field but the id."""
    unheard: Templates = frozenset()
    """Templates whose words nobody has heard of."""
    long_names: Templates = frozenset()
    """Templates whose first name has ten million letters."""
    proves: bool = False
    """The service app requires DPoP: tokens are bound to a key, and each request proves it."""
    unauthorized_after: int = 0
    """After so many requests every credential is refused; 0 for never."""
    stop_after: int = 0
    """After so many requests the server answers no more; 0 for never."""
    page: int = 0
    """Pages are no longer than this, whatever was asked for; 0 for what was asked."""
    seen: dict[str, int] = field(default_factory=dict)
