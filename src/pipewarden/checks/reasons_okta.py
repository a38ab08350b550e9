"""Checks of the catalogue about Okta that are not built, and why."""

from pipewarden.checks.reasons import NotBuilt

NOT_BUILT: tuple[NotBuilt, ...] = (
    NotBuilt("ok.threat", "the settings of ThreatInsight are not collected yet: they need a scope of their own"),
)
"""Each with the reason in words; the tests hold that every id of the section is either built or here."""
