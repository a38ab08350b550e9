"""Why some checks over several systems are not built."""

from pipewarden.checks.reasons import NotBuilt

NOT_BUILT: tuple[NotBuilt, ...] = (
    NotBuilt(
        "x.unused_privilege",
        "needs what was done with each grant, which comes with usage; `identity` tells who was seen nowhere for long",
    ),
    NotBuilt("x.access_diff", "`diff` tells it; judging it needs an approved snapshot, which comes with reviews"),
    NotBuilt("x.policy_violation", "needs the policy kept as code, which comes later"),
    NotBuilt("x.review_overdue", "needs the reviews that access is decided in, which come later"),
    NotBuilt("x.emergency_used", "needs events with their tickets, which come with the watch"),
    NotBuilt("x.collector_blind", "every report ends with what was not assessed and which permission closes it"),
)
"""Each with the reason in words; the tests hold that every id of the section is either built or here."""
