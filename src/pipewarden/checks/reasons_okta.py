"""Checks of the catalogue about Okta that are not built, and why."""

from pipewarden.checks.reasons import NotBuilt

NOT_BUILT: tuple[NotBuilt, ...] = ()
"""Each with the reason in words; the tests hold that every id of the section is either built or here."""
