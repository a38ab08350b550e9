"""Checks of the catalogue about GitLab that are not built, and why."""

from pipewarden.checks.reasons import NotBuilt

NOT_BUILT: tuple[NotBuilt, ...] = (
    NotBuilt(
        "gl.group.saml_default_role",
        "no API tells it: the one about SAML lists identities and group links, and GraphQL has no field for its settings",
    ),
)
"""Each with the reason in words; the tests hold that every id of these sections is either built or here."""
