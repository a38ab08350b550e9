"""How a loopback GitLab misbehaves, by switch; by default it does not."""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase


@dataclass
class Variant:
    """Names are patterns of templates, such as `/projects/{id}/variables`."""

    forbidden: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    html: frozenset[str] = frozenset()
    truncated: frozenset[str] = frozenset()
    nulls: frozenset[str] = frozenset()
    unknown_words: frozenset[str] = frozenset()
    huge: frozenset[str] = frozenset()
    """Answers with more than any page may hold."""
    long_names: frozenset[str] = frozenset()
    """The first row's name has ten million letters."""
    endless: frozenset[str] = frozenset()
    """Each page leads to another one, always the same."""
    circle: frozenset[str] = frozenset()
    """The next page is this one."""
    foreign: frozenset[str] = frozenset()
    """The next page is on another host."""
    repeated: frozenset[str] = frozenset()
    """Each page repeats the last row of the one before."""
    older: bool = False
    """Its GraphQL knows the older fields alone."""
    unseen: frozenset[str] = frozenset()
    """Fields of GraphQL that are null, as for a token that does not see them: `Group.runners`."""
    lacks: frozenset[str] = frozenset()
    """Fields of a runner that its GraphQL does not know: `accessLevel`."""
    failures: int = 0
    """The first so many requests fail."""
    failure_status: int = 502
    limited_every: int = 0
    """Every so many requests one is told to wait."""
    retry_after: int | None = 1
    reset_after: int | None = None
    """Seconds until RateLimit-Reset, where that is told and Retry-After is not."""
    unauthorized_after: int = 0
    stop_after: int = 0
    page: int = 100
    """The most rows of a page."""
    totals: bool = True
    """Whether X-Total is told; GitLab leaves it out of large lists."""
    seen: dict[str, int] = field(default_factory=dict)


def names(patterns: frozenset[str], template: str) -> bool:
    """Tell whether a switch is on for a template."""
    return any(fnmatchcase(template, pattern.replace("[", "[[]")) for pattern in patterns)
