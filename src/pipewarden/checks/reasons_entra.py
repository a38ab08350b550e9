"""Checks of the catalogue about Entra ID that are not built, and why."""

from pipewarden.checks.reasons import NotBuilt

NOT_BUILT: tuple[NotBuilt, ...] = (
    NotBuilt("en.app.unused_perms", "needs the activity log of Microsoft Graph, which is not collected"),
    NotBuilt("en.log", "diagnostic settings are read through Azure Resource Manager, which is not collected"),
)
"""Each with the reason in words; the tests hold that every id of this section is either built or here."""
