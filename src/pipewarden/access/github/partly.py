"""What guards a branch while one rule of it is not understood: what is asked stands, what is not asked is not known."""

from typing import Any

from msgspec import structs

from pipewarden.access.github.protection import Protection

ASKED = frozenset(
    {
        "requires_pull_request", "required_reviews", "dismisses_stale", "last_push_approval", "code_owner_review",
        "conversation_resolution", "signatures", "linear_history", "status_checks", "strict_checks", "blocks_force_push",
        "blocks_deletion", "blocks_creation", "restricts_push", "locked", "dismissal_restricted", "merge_queue",
        "required_workflows",
    }
)  # fmt: skip
"""What rules ask for: a rule more can only ask for more of it."""


class Partly(Protection, frozen=True, kw_only=True):
    """Protection of which a rule is not understood. To read that nothing asks for something raises why it is not known.

    "If multiple rulesets target the same branch or tag, the rules in each of these rulesets are aggregated"; the most
    restrictive applies, so a rule that nobody understands takes nothing back of what the others ask.
    https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/about-rulesets
    """

    missing: Exception

    def __getattribute__(self, name: str) -> Any:
        """Return what is known. Raises what is missing where that is nothing."""
        value = super().__getattribute__(name)
        if name in ASKED and not value:
            raise super().__getattribute__("missing")
        return value

    def settled(self) -> None:
        """Raise what is missing: the rules may ask for more."""
        raise self.missing


def partly(found: Protection, missing: Exception) -> Partly:
    """Return protection that may ask for more than what is known of it."""
    return Partly(**structs.asdict(found), missing=missing)
