"""Checks about the organization's outer edge: verified domains, where mail goes, from which networks it is reached."""

from collections.abc import Iterator

from pipewarden.access.view import NotApplicable, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import PEOPLE, clauses
from pipewarden.checks.reading import enterprise_of, only_on_enterprise
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind

ALLOW_LIST_DOC = (
    "https://docs.github.com/en/enterprise-cloud@latest/organizations/keeping-your-organization-secure/"
    "managing-security-settings-for-your-organization/managing-allowed-ip-addresses-for-your-organization"
)


def _enabled(view: View, organization: Resource, field: str) -> bool:
    """Return a switch of the organization; its enterprise's, where one was seen, holds for the organization too."""
    enterprise = enterprise_of(view, organization)
    if enterprise is not None and view.attribute(enterprise, "owner_info", field, default=None) == "ENABLED":
        return True
    return bool(view.given(organization, field, facet=Facet.ORG_SECURITY_SETTINGS) == "ENABLED")


@check(
    id="gh.org.verified_domain",
    title="The organization has verified its domain",
    severity=Severity.LOW,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_SETTINGS,),
    remedy=(
        "Settings > Verified and approved domains > Add a domain.",
        "Put the TXT record it shows into the domain's DNS and press Verify.",
    ),
    source="https://docs.github.com/en/organizations/managing-organization-settings/"
    "verifying-or-approving-a-domain-for-your-organization",
    **clauses(PEOPLE, "C1.3.9"),
)
def verified_domain(organization: Resource, view: View) -> Iterator[Hit]:
    """The badge tells contributors that this is the company, and not somebody who registered a similar name.

    It is also what member mail addresses and notifications are checked against.
    """
    value = view.attribute(organization, "is_verified", default=None)
    if value is None:
        value = view.given(organization, "isVerified", facet=Facet.ORG_SECURITY_SETTINGS)
    if not value:
        yield Hit(says=f"{organization.name} has verified no domain")


@check(
    id="gh.org.notif_restricted",
    title="Notifications go to the company's mailboxes only",
    severity=Severity.LOW,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_SECURITY_SETTINGS,),
    remedy=(
        "Verify a domain first: Settings > Verified and approved domains.",
        "Then select Restrict email notifications to only approved or verified domains on the same page.",
    ),
    source="https://docs.github.com/en/enterprise-cloud@latest/organizations/keeping-your-organization-secure/"
    "managing-security-settings-for-your-organization/restricting-email-notifications-for-your-organization",
    **clauses(PEOPLE, "C1.3.10"),
)
def notifications_restricted(organization: Resource, view: View) -> Iterator[Hit]:
    """Notifications quote code, reviews and alerts; a private mailbox keeps them after the person has left."""
    only_on_enterprise(view, organization, "restricting notifications")
    if not _enabled(view, organization, "notificationDeliveryRestrictionEnabledSetting"):
        yield Hit(says=f"{organization.name} sends notifications about its code to whatever mailbox a member chooses")


@check(
    id="gh.org.ip_allowlist",
    title="The organization is reached from known networks only",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_SECURITY_SETTINGS,),
    remedy=(
        "Settings > Authentication security > IP allow list > add the networks people, runners and servers come from.",
        "Then select Enable IP allow list.",
    ),
    source=ALLOW_LIST_DOC,
    **clauses(PEOPLE, "C1.3.12 SC-7 AC-17"),
)
def ip_allow_list(organization: Resource, view: View) -> Iterator[Hit]:
    """A stolen token or session works from anywhere unless the organization accepts only the networks it knows."""
    only_on_enterprise(view, organization, "the IP allow list")
    if not _enabled(view, organization, "ipAllowListEnabledSetting"):
        yield Hit(says=f"{organization.name} can be reached from any network with a valid credential")


@check(
    id="gh.org.ip_allowlist_apps",
    title="Installed apps bring their networks into the allow list",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_SECURITY_SETTINGS,),
    remedy=("Settings > Authentication security > Enable IP allow list configuration for installed GitHub Apps.",),
    source=ALLOW_LIST_DOC,
    **clauses(PEOPLE, "C1.3.12"),
)
def ip_allow_list_apps(organization: Resource, view: View) -> Iterator[Hit]:
    """Where apps do not bring their own addresses, they break, or tempt somebody to open the list to the world."""
    only_on_enterprise(view, organization, "the IP allow list")
    if not _enabled(view, organization, "ipAllowListEnabledSetting"):
        raise NotApplicable(f"{organization.name} has no IP allow list")
    if not _enabled(view, organization, "ipAllowListForInstalledAppsEnabledSetting"):
        yield Hit(says=f"{organization.name} has an IP allow list that does not take in the addresses of its apps")
