"""Checks about single sign-on: is it there, who is linked to it, does leaving reach the code host."""

from collections.abc import Iterator

from pipewarden.access.view import Missing, NotApplicable, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import PEOPLE, clauses
from pipewarden.checks.reading import (
    Doubts,
    company_domains,
    is_bot,
    is_foreign,
    is_linked,
    is_managed,
    listed,
    many,
    only_on_enterprise,
    single_sign_on,
)
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind
from pipewarden.model.limits import Limits

SAML_DOC = (
    "https://docs.github.com/en/enterprise-cloud@latest/organizations/"
    "managing-saml-single-sign-on-for-your-organization/"
    "viewing-and-managing-a-members-saml-access-to-your-organization"
)


SCIM_DOC = "https://docs.github.com/en/enterprise-cloud@latest/rest/scim/scim"


@check(
    id="gh.org.sso_enforced",
    title="Single sign-on is set up and enforced",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_SAML, Facet.ORG_MEMBERS),
    limits=("bot_words",),
    remedy=(
        "Settings > Authentication security > Enable SAML authentication, with your identity provider's values.",
        "Once everybody has linked their identity, choose Require SAML SSO authentication for all members.",
    ),
    source="https://docs.github.com/en/enterprise-cloud@latest/organizations/"
    "managing-saml-single-sign-on-for-your-organization/enforcing-saml-single-sign-on-for-your-organization",
    **clauses(PEOPLE, "O2 IA-2(12) IA-8"),
)
def sso_enforced(organization: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """Without single sign-on an account here outlives the person's employment, for nobody switches it off elsewhere.

    No API tells whether sign-on is enforced, but enforcing removes every member who is not linked: members
    without a linked identity prove that it is not.
    """
    if is_managed(view, organization):
        return  # managed users have no other way in
    only_on_enterprise(view, organization, "single sign-on")
    provider = single_sign_on(view, organization)
    if provider is None:
        yield Hit(says=f"{organization.name} has no single sign-on", weight=len(view.people(organization.ref)))
        return
    doubts, loose = Doubts(), []
    for account in view.people(organization.ref):
        with doubts:
            if not is_linked(view, account, provider) and not is_bot(account, limits):
                loose.append(account)
    if loose:
        yield Hit(
            says=f"{organization.name} has single sign-on but does not enforce it: "
            f"{many(len(loose), 'member')} ({listed(a.name for a in loose)}) without a linked identity",
            because=(provider, *loose[:10]),
            weight=len(loose),
        )
    doubts.settle()


@check(
    id="gh.member.no_saml_identity",
    title="Every member is linked to an identity of the identity provider",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_MEMBERS, Facet.ORG_SAML),
    remedy=(
        "Ask the member to sign in once through https://github.com/orgs/ORG/sso, which links the accounts.",
        "Remove who does not belong to the company: People > the member > Remove from organization.",
    ),
    source=SAML_DOC,
    **clauses(PEOPLE, "O2 AC-2"),
)
def no_saml_identity(organization: Resource, view: View) -> Iterator[Hit]:
    """A member without a linked identity keeps access when the identity provider disables the person."""
    provider = single_sign_on(view, organization)
    if provider is None:
        raise NotApplicable(f"{organization.name} has no single sign-on")
    doubts = Doubts()
    for account in view.people(organization.ref):
        with doubts:
            if not is_linked(view, account, provider):
                yield Hit(
                    says=f"{account.name} is a member of {organization.name} and is linked to no identity "
                    "of its single sign-on",
                    about=account,
                    on=organization,
                    because=(account, provider),
                )
    doubts.settle()


@check(
    id="gh.member.saml_email_foreign",
    title="Linked identities carry the company's mail domain",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_MEMBERS, Facet.ORG_SAML, Facet.ORG_SECURITY_SETTINGS),
    limits=("company_domains",),
    remedy=(
        "Correct the identity: People > the member > SAML identity linked > Revoke, then let them sign in again.",
        "Make them an outside collaborator where the identity provider knows them as no employee.",
    ),
    source=SAML_DOC,
    **clauses(PEOPLE, "C1.3.6 O2"),
)
def saml_email_foreign(organization: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """An identity under a foreign mail address is a guest, or a colleague's private address, with a member's rights."""
    if single_sign_on(view, organization) is None:
        raise NotApplicable(f"{organization.name} has no single sign-on")
    domains = company_domains(view, organization, limits)
    for account in view.people(organization.ref):
        saml = account.attributes.get("saml") or {}
        scim = account.attributes.get("scim") or {}
        addresses = [saml.get("nameId"), scim.get("userName"), *(scim.get("emails") or ())]
        written = [str(address) for address in addresses if address and "@" in str(address)]
        if written and all(is_foreign(address, domains) for address in written):
            host = written[0].rpartition("@")[2]
            yield Hit(
                says=f"{account.name} is a member of {organization.name} under an identity of {host}, "
                f"not of {listed(domains)}",
                about=account,
                on=organization,
                because=(account,),
            )


@check(
    id="gh.member.scim_orphan",
    title="Nobody whom the identity provider deactivated is still a member",
    severity=Severity.HIGH,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_MEMBERS, Facet.ORG_SAML, Facet.ORG_SCIM),
    remedy=(
        "Remove the member: People > Remove from organization (DELETE /orgs/{org}/memberships/{username}).",
        "Find out in the identity provider's provisioning log why the removal did not arrive, and repair it.",
    ),
    source=SCIM_DOC,
    **clauses(PEOPLE, "O2 AC-2(3) CC6.3"),
)
def scim_orphan(organization: Resource, view: View) -> Iterator[Hit]:
    """Provisioning should remove whom the identity provider switches off; where it failed, the access lives on."""
    if single_sign_on(view, organization) is None:
        raise NotApplicable(f"{organization.name} has no single sign-on, and so no provisioning")
    people = view.people(organization.ref)
    known = [account for account in people if isinstance(account.attributes.get("scim"), dict)]
    if people and not known:
        raise Missing(organization.ref, Facet.ORG_SCIM, Cause.MISSING_FIELD, "no member has a provisioned identity")
    doubts = Doubts()
    for account in known:
        with doubts:
            if view.given(account, "scim", "active", facet=Facet.ORG_SCIM) is False:
                yield Hit(
                    says=f"{account.name} was deactivated in the identity provider and is still a member of "
                    f"{organization.name}",
                    about=account,
                    on=organization,
                    because=(account,),
                )
    doubts.settle()
