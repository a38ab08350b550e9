"""What may go wrong on the other side, by switch."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

Paths = frozenset[str]


@dataclass
class Variant:
    """How the server misbehaves; all off by default. Sets name patterns of paths without /v1.0 (`/groups/*/members`)."""

    forbidden: Paths = frozenset()
    missing: Paths = frozenset()
    unlicensed: Paths = frozenset()
    """Refused as a tenant without the licence is."""
    unlicensed_fields: Paths = frozenset()
    """Fields that a `$select` may not name without the licence."""
    html: Paths = frozenset()
    truncated: Paths = frozenset()
    nulls: Paths = frozenset()
    """Every field but id is null."""
    unknown_words: Paths = frozenset()
    """Every text that is one of few words is one that nobody has heard of."""
    long_names: Paths = frozenset()
    endless: Paths = frozenset()
    foreign: Paths = frozenset()
    duplicated: Paths = frozenset()
    """Pages begin with what the page before ended with."""
    no_list: Paths = frozenset()
    throttle_every: int = 0
    throttle_retry_after: int | None = 1
    failures: int = 0
    """So many requests at the start fail with 502."""
    failure_every: int = 0
    unauthorized_after: int = 0
    stop_after: int = 0
    """From then on every answer is 503."""
    largest_page: int = 0


def named(paths: Paths, path: str) -> bool:
    """Tell whether a path is among some patterns."""
    return any(fnmatchcase(path, pattern) for pattern in paths)
