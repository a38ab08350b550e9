"""Checks of the catalogue about Jenkins that are not built, and why."""

from pipewarden.checks.reasons import NotBuilt

NOT_BUILT: tuple[NotBuilt, ...] = (
    NotBuilt(
        "jk.user.api_token",
        "Jenkins exports no API tokens: its property of a user has no exported field, and only each user's own page shows them",
    ),
    NotBuilt(
        "jk.ctl.plugins",
        "needs the security warnings of Jenkins' update centre, which is not read; the API tells only of newer versions",
    ),
    NotBuilt("jk.cred.user_store", "no API shows that a build used a credential of a user's own store"),
)
"""Each with the reason in words; the tests hold that every id of the section is either built or here."""
