"""Checks about the second factor: is it required, who has none, whose is weak."""

from collections.abc import Iterator

from pipewarden.access.view import Missing, NotApplicable, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import PEOPLE, clauses
from pipewarden.checks.reading import (
    Doubts,
    enterprise_of,
    listed,
    not_for_managed_users,
    ordinary_members,
)
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind

MFA_DOC = (
    "https://docs.github.com/en/organizations/keeping-your-organization-secure/"
    "managing-two-factor-authentication-for-your-organization/"
    "requiring-two-factor-authentication-in-your-organization"
)


@check(
    id="gh.org.mfa_required",
    title="The organization requires a second factor",
    severity=Severity.CRITICAL,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_SETTINGS,),
    remedy=(
        "Require a second factor: Settings > Authentication security > Require two-factor authentication for everyone.",
        "Tell those whom it would shut out beforehand: People > Two-factor authentication: disabled.",
    ),
    source=MFA_DOC,
    **clauses(PEOPLE, "C1.3.5 O2 IA-2(1)"),
)
def mfa_required(organization: Resource, view: View) -> Iterator[Hit]:
    """One guessed or phished password of one member is enough to push code where no second factor is asked for.

    The requirement also binds outside collaborators. With managed users the identity provider decides instead.
    """
    not_for_managed_users(view, organization)
    if not view.given(organization, "two_factor_requirement_enabled", facet=Facet.ORG_SETTINGS):
        yield Hit(
            says=f"{organization.name} does not require a second factor of its members and outside collaborators",
            weight=len(view.people(organization.ref)),
        )


@check(
    id="gh.org.mfa_secure_methods",
    title="Text messages are not accepted as a second factor",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_SETTINGS, Facet.ORG_MEMBERS, Facet.ORG_MFA_METHODS),
    remedy=(
        "Tell the people named to set up an authenticator app, security key or passkey.",
        "Settings > Authentication security > Only allow secure two-factor methods.",
    ),
    source=MFA_DOC,
    **clauses(PEOPLE, "C1.3.5 O2 IA-2(2)"),
)
def mfa_secure_methods(organization: Resource, view: View) -> Iterator[Hit]:
    """A code by text message falls to a swapped SIM card; GitHub can refuse the method for a whole organization.

    The enterprise's setting can be read, an organization's own cannot. There a member who still uses text messages
    proves that it is off; that nobody does proves nothing.
    """
    not_for_managed_users(view, organization)
    if not view.given(organization, "two_factor_requirement_enabled", facet=Facet.ORG_SETTINGS):
        raise NotApplicable(f"{organization.name} requires no second factor at all")
    enterprise = enterprise_of(view, organization)
    if enterprise is not None:
        setting = view.attribute(enterprise, "owner_info", "twoFactorDisallowedMethodsSetting", default=None)
        if setting == "INSECURE":
            return
    weak = [account for account in view.people(organization.ref) if account.attributes.get("mfa") == "insecure"]
    if not weak:
        raise Missing(
            organization.ref,
            Facet.ORG_MFA_METHODS,
            Cause.MISSING_FIELD,
            "no member uses text messages now, and no API tells whether they would be refused",
        )
    yield Hit(
        says=f"{organization.name} accepts text messages as a second factor: "
        f"{listed(account.name for account in weak)} {'uses' if len(weak) == 1 else 'use'} them",
        because=(organization, *weak[:10]),
        weight=len(weak),
    )


@check(
    id="gh.member.mfa_disabled",
    title="Every member has a second factor",
    severity=Severity.HIGH,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_MEMBERS, Facet.ORG_MFA),
    remedy=(
        "Ask the member to enable two-factor authentication: Settings > Password and authentication.",
        "Require it for all: organization Settings > Authentication security.",
    ),
    source="GET /orgs/{org}/members?filter=2fa_disabled",
    **clauses(PEOPLE, "C1.3.4 O2 IA-2(1)"),
)
def member_mfa_disabled(organization: Resource, view: View) -> Iterator[Hit]:
    """Who signs in with a password alone lends their access to whoever learns that password."""
    not_for_managed_users(view, organization)
    doubts = Doubts()
    for account in ordinary_members(view, organization):
        with doubts:
            if view.given(account, "mfa", facet=Facet.ORG_MFA) == "disabled":
                yield Hit(
                    says=f"{account.name} is a member of {organization.name} and has no second factor",
                    about=account,
                    on=organization,
                    because=(account,),
                )
    doubts.settle()


@check(
    id="gh.member.mfa_insecure",
    title="No member relies on text messages as a second factor",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_MEMBERS, Facet.ORG_MFA_METHODS),
    remedy=(
        "Ask the member to add an authenticator app, security key or passkey: Settings > Password and authentication.",
        "Then remove the phone number there.",
    ),
    source="GET /orgs/{org}/members?filter=2fa_insecure",
    **clauses(PEOPLE, "O2 IA-2(2)"),
)
def member_mfa_insecure(organization: Resource, view: View) -> Iterator[Hit]:
    """A phone number can be moved to another SIM card by persuading a shop; an authenticator cannot."""
    not_for_managed_users(view, organization)
    doubts = Doubts()
    for account in view.people(organization.ref):
        with doubts:
            if view.given(account, "mfa", facet=Facet.ORG_MFA_METHODS) == "insecure":
                yield Hit(
                    says=f"{account.name} is a member of {organization.name} and gets the second factor by text message",
                    about=account,
                    on=organization,
                    because=(account,),
                )
    doubts.settle()
