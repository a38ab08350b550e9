"""Checks about people: members, their second factor, their tie to the company."""

from collections.abc import Iterator

from pipewarden.access.view import Missing, NotApplicable, View
from pipewarden.access.words import day
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import PEOPLE, clauses
from pipewarden.checks.limits import LIMITS
from pipewarden.checks.reading import (
    Doubts,
    company_domains,
    enterprise_of,
    is_bot,
    is_foreign,
    is_linked,
    is_managed,
    listed,
    many,
    moment,
    need_inside,
    not_for_managed_users,
    only_on_enterprise,
    silence,
    single_sign_on,
    words_of,
)
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Account, Cause, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind, Ref

MFA_DOC = (
    "https://docs.github.com/en/organizations/keeping-your-organization-secure/"
    "managing-two-factor-authentication-for-your-organization/"
    "requiring-two-factor-authentication-in-your-organization"
)
SAML_DOC = (
    "https://docs.github.com/en/enterprise-cloud@latest/organizations/"
    "managing-saml-single-sign-on-for-your-organization/"
    "viewing-and-managing-a-members-saml-access-to-your-organization"
)
SCIM_DOC = "https://docs.github.com/en/enterprise-cloud@latest/rest/scim/scim"


def _ordinary(view: View, organization: Resource) -> list[Account]:
    """Return the members who are not owners: owners have checks of their own."""
    owners = {account.ref for account in view.owners(organization.ref)}
    return [account for account in view.people(organization.ref) if account.ref not in owners]


@check(
    id="gh.org.mfa_required",
    title="The organization requires a second factor",
    severity=Severity.CRITICAL,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_SETTINGS,),
    remedy=(
        "See who would lose access: People > Two-factor authentication: disabled.",
        "Settings > Authentication security > Require two-factor authentication for everyone in the organization.",
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

    The enterprise's setting can be read, an organization's own cannot: there a member who still uses text messages
    proves that it is off, and nobody doing so proves nothing.
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
    for account in _ordinary(view, organization):
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
                    says=f"{account.name} is a member of {organization.name} and gets the second factor by text",
                    about=account,
                    on=organization,
                    because=(account,),
                )
    doubts.settle()


@check(
    id="gh.org.sso_enforced",
    title="Single sign-on is set up and enforced",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_SAML, Facet.ORG_MEMBERS),
    remedy=(
        "Settings > Authentication security > Enable SAML authentication, with your identity provider's values.",
        "Once everybody has linked their identity, choose Require SAML SSO authentication for all members.",
    ),
    source="https://docs.github.com/en/enterprise-cloud@latest/organizations/"
    "managing-saml-single-sign-on-for-your-organization/enforcing-saml-single-sign-on-for-your-organization",
    **clauses(PEOPLE, "O2 IA-2(12) IA-8"),
)
def sso_enforced(organization: Resource, view: View) -> Iterator[Hit]:
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
            if not is_linked(view, account, provider) and not is_bot(account):
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
    remedy=(
        "Check the person in the identity provider; where they are no employee, make them an outside collaborator.",
        "Otherwise correct the identity: People > the member > SAML identity linked > Revoke, then sign in again.",
    ),
    source=SAML_DOC,
    **clauses(PEOPLE, "C1.3.6 O2"),
)
def saml_email_foreign(organization: Resource, view: View) -> Iterator[Hit]:
    """An identity under a foreign mail address is a guest, or a colleague's private address, with a member's rights."""
    if single_sign_on(view, organization) is None:
        raise NotApplicable(f"{organization.name} has no single sign-on")
    domains = company_domains(view, organization)
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


def _identities(view: View) -> dict[Ref, bool | None]:
    """Return whether the person behind each account is active, by account; raises NotApplicable without any source."""
    identities = view.identities()
    if not identities:
        raise NotApplicable("no identity provider and no roster was read beside the code host")
    return {account: identity.active for identity in identities for account in identity.accounts}


@check(
    id="gh.member.not_in_idp",
    title="Every member belongs to a known person",
    severity=Severity.HIGH,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_MEMBERS,),
    remedy=(
        "Find out who the person is; link the account through single sign-on or the mapping file.",
        "Remove an account that belongs to nobody: DELETE /orgs/{org}/memberships/{username}.",
    ),
    source=SAML_DOC,
    **clauses(PEOPLE, "C1.3.6 O2 AC-2"),
)
def not_in_idp(organization: Resource, view: View) -> Iterator[Hit]:
    """An account that the identity provider does not know is never switched off when its person leaves."""
    known = _identities(view)
    for account in view.people(organization.ref):
        if account.ref not in known and not is_bot(account):
            yield Hit(
                says=f"{account.name} is a member of {organization.name} and matches nobody in the identity provider",
                about=account,
                on=organization,
                because=(account,),
            )


@check(
    id="gh.member.left_company",
    title="Nobody who left the company still has access",
    severity=Severity.CRITICAL,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_MEMBERS, Facet.ORG_OUTSIDERS),
    remedy=(
        "Remove a member: DELETE /orgs/{org}/memberships/{username}.",
        "Remove an outside collaborator: DELETE /orgs/{org}/outside_collaborators/{username}.",
        "Look for deploy keys and secrets that the person knew, and rotate them.",
    ),
    source="https://docs.github.com/en/organizations/managing-membership-in-your-organization/"
    "removing-a-member-from-your-organization",
    **clauses(PEOPLE, "C1.3.1 O2 AC-2(3) PS-4 CC6.3"),
)
def left_company(organization: Resource, view: View) -> Iterator[Hit]:
    """Access that outlives employment is the oldest way in: nobody watches it, and its holder may bear a grudge."""
    active = _identities(view)
    for word, accounts in (
        ("a member", view.people(organization.ref)),
        ("an outside collaborator", view.outsiders(organization.ref)),
    ):
        for account in accounts:
            if active.get(account.ref) is False:
                yield Hit(
                    says=f"{account.name} left the company and is still {word} of {organization.name}",
                    about=account,
                    on=organization,
                    because=(account,),
                )


@check(
    id="gh.member.personal_email",
    title="Every member has verified a mail address of the company",
    severity=Severity.LOW,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_MEMBERS, Facet.ORG_SECURITY_SETTINGS),
    remedy=("Ask the member to add the work address: Settings > Emails, and to confirm the mail that GitHub sends.",),
    source="https://docs.github.com/en/graphql/reference/objects#user (organizationVerifiedDomainEmails)",
    **clauses(PEOPLE, "C1.3.6 O2"),
)
def personal_email(organization: Resource, view: View) -> Iterator[Hit]:
    """A verified work address is the plainest proof that an account belongs to an employee.

    It is also what notifications may be restricted to.
    """
    company_domains(view, organization)
    doubts = Doubts()
    for account in view.people(organization.ref):
        with doubts:
            given = view.given(account, "verified_domain_emails", facet=Facet.ORG_SECURITY_SETTINGS)
            if not given and not is_bot(account):
                yield Hit(
                    says=f"{account.name} is a member of {organization.name} and has verified no mail address of "
                    "its domains",
                    about=account,
                    on=organization,
                    because=(account,),
                )
    doubts.settle()


@check(
    id="gh.member.stale",
    title="Members are active",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_MEMBERS,),
    remedy=(
        "Ask the member or their manager whether the access is still needed.",
        "Otherwise remove it: People > the member > Remove from organization; an invitation brings it back.",
    ),
    source="https://docs.github.com/en/enterprise-cloud@latest/rest/orgs/orgs#get-the-audit-log-for-an-organization",
    **clauses(PEOPLE, "C1.3.1 O2 AC-2(3) CC6.2"),
)
def member_stale(organization: Resource, view: View) -> Iterator[Hit]:
    """Access that nobody uses is missed by nobody when it is stolen, and is the cheapest to take away.

    GitHub has no last-use of a person below the enterprise: what counts is the newest sign that could be read,
    and it is named. Nothing read means unknown, not idle.
    """
    doubts = Doubts()
    for account in _ordinary(view, organization):
        with doubts:
            if account.last_used_at is None:
                raise Missing(
                    account.ref, Facet.ORG_AUDIT_LOG, Cause.MISSING_FIELD, "no sign of activity could be read"
                )
            if view.older(account.last_used_at, LIMITS.member_stale_days):
                yield Hit(
                    says=f"{account.name} is a member of {organization.name} and has not been seen "
                    f"{silence(view, account)}",
                    about=account,
                    on=organization,
                    because=(account,),
                )
    doubts.settle()


@check(
    id="gh.member.shared_identity",
    title="No account looks shared by several people",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_MEMBERS,),
    remedy=(
        "Find out who signs in with the account and give each of them an account of their own.",
        "Where a machine uses it, replace it by an app, or else remove it from the organization.",
    ),
    source="https://docs.github.com/en/site-policy/github-terms/github-terms-of-service#3-account-requirements "
    "(a login may be used by one person only)",
    **clauses(PEOPLE, "O2 AC-2(9) IA-4"),
)
def shared_identity(organization: Resource, view: View) -> Iterator[Hit]:
    """What a shared account did, nobody did: no log can tell who, and its password is known to people who left.

    Judged by the words of the login, so that a person may be named by chance: waive it with that reason.
    """
    for account in view.people(organization.ref):
        word = next((word for word in words_of(account.name) if word in LIMITS.shared_words), None)
        if word and not is_bot(account):
            yield Hit(
                says=f"{account.name} is a member of {organization.name} and shared, to judge by its name ({word})",
                about=account,
                on=organization,
                because=(account,),
            )


@check(
    id="gh.org.pending_invites_old",
    title="Invitations are answered or withdrawn",
    severity=Severity.LOW,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_INVITATIONS,),
    remedy=(
        "Withdraw it: People > Invitations > Cancel (DELETE /orgs/{org}/invitations/{invitation_id}).",
        "On a repository: DELETE /repos/{owner}/{repo}/invitations/{invitation_id}.",
    ),
    source="GET /orgs/{org}/invitations, GET /orgs/{org}/failed_invitations, GET /repos/{owner}/{repo}/invitations",
    **clauses(PEOPLE, "O2 AC-2"),
)
def pending_invites_old(organization: Resource, view: View) -> Iterator[Hit]:
    """An open invitation is access waiting for whoever reads that mailbox; a failed one is a list nobody keeps."""
    doubts = Doubts()
    for invitation in view.entities(Kind.INVITATION, within=organization.ref):
        with doubts:
            where = view.find(invitation.parent) or organization
            who = view.attribute(invitation, "login", default=None) or "somebody known by mail alone"
            given = view.attribute(invitation, "role", default=None) or view.attribute(
                invitation, "permissions", default=None
            )
            role = f" as {given}" if given else ""
            if view.attribute(invitation, "failed_at", default=None):
                yield Hit(
                    says=f"the invitation of {who} to {where.name}{role} failed and still stands in the list",
                    about=invitation,
                    on=where,
                    because=(invitation,),
                )
                continue
            sent = moment(view.given(invitation, "created_at", facet=Facet.ORG_INVITATIONS))
            if view.older(sent, LIMITS.invitation_days):
                yield Hit(
                    says=f"{who} was invited to {where.name}{role} on {day(sent)} and has not answered",
                    about=invitation,
                    on=where,
                    because=(invitation,),
                )
    with doubts:
        need_inside(view, organization.ref, Facet.REPO_INVITATIONS)
    doubts.settle()
