"""How the loopback Jenkins may misbehave, by switch."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Variant:
    """Switches; the default is a controller that behaves."""

    forbidden: tuple[str, ...] = ()
    """Beginnings of paths that are refused with 403."""
    missing: tuple[str, ...] = ()
    html: tuple[str, ...] = ()
    truncated: tuple[str, ...] = ()
    nulls: tuple[str, ...] = ()
    """Beginnings of paths whose answers have null for every value."""
    failures: int = 0
    """So many first answers are 503."""
    limited_every: int = 0
    retry_after: int | None = 0
    unauthorized_after: int = 0
    stop_after: int = 0
    endless: bool = False
    """Every range of a list is its first one."""
    ignores_ranges: bool = False
    twice: bool = False
    """Each list holds its first item twice."""
    long_names: int = 0
    old_sids: bool = False
    """Role Strategy's older answers: sids as plain words."""
    seen: dict[str, int] = field(default_factory=dict)
