"""Checks of the catalogue about people, administrators, machines and settings that are not built, and why."""

from pipewarden.checks.reasons import NotBuilt

NOT_BUILT: tuple[NotBuilt, ...] = (
    NotBuilt("gh.org.ssh_ca", "no API gives SSH certificate authorities; only the settings page and the audit log do"),
    NotBuilt("gh.org.owner_daily_use", "needs who authored commits and pull requests, which is not collected"),
    NotBuilt("gh.org.role_custom_drift", "needs a stated policy of what custom roles should hold, to compare with"),
    NotBuilt("gh.org.billing_manager_external", "no API lists the billing managers and moderators of an organization"),
    NotBuilt(
        "gh.ext.outside_no_expiry", "GitHub keeps no end and no owner of outside access; needs a policy file that does"
    ),
    NotBuilt("gh.app.perm_grew", "needs two snapshots to compare; a check sees one"),
    NotBuilt("gh.app.auth_unrestricted", "no API tells whether members may authorise apps without approval"),
    NotBuilt(
        "gh.oauth.policy_disabled",
        "no API tells whether OAuth app access is restricted; gh.log.risky_event tells when it was switched off",
    ),
    NotBuilt("gh.org.projects_base", "the organization's answer holds no default permission for projects"),
    NotBuilt("ghes.auth.builtin", "needs the management API of GitHub Enterprise Server, which is not collected"),
)
"""Each with the reason in words; the tests hold that every id of the catalogue is either built or here."""
