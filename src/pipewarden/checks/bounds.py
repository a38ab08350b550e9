"""The numbers that checks about pipelines compare with, each with the reason for its default."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Thresholds of the checks about branches, environments, runners and secrets. Days are whole days."""

    bypass_team_max: int = 5
    """A team that may pass rules should fit on one rota; more people is the rule's absence."""
    secret_days: int = 365
    """Yearly rotation of authenticators (NIST IA-5(1)); GitHub tells only when a secret was last written."""
    hook_silent_codes: int = 400
    """The first HTTP status that means that a delivery was refused."""
    stale_repository_days: int = 365
    """No push for a year: nobody looks after what it still holds (CIS 1.2.7)."""
    reviewers_min: int = 2
    """One reviewer on holiday stops deployments, or is asked to approve their own."""
    hook_hosts: tuple[str, ...] = ()
    """Hosts that webhooks may send to, beside those under the organization's verified domains."""


BOUNDS = Bounds()
"""The defaults."""
