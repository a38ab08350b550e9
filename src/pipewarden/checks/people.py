"""Checks about people: their tie to the company, whether they are still there, who was invited."""

from collections.abc import Iterator

from pipewarden.access.view import NotApplicable, View
from pipewarden.access.words import day
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import PEOPLE, clauses
from pipewarden.checks.reading import (
    Doubts,
    is_bot,
    last_seen,
    moment,
    need_inside,
    need_where_offered,
    ordinary_members,
    silence,
    verified_domains,
    words_of,
)
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.limits import Limits

SAML_DOC = (
    "https://docs.github.com/en/enterprise-cloud@latest/organizations/"
    "managing-saml-single-sign-on-for-your-organization/"
    "viewing-and-managing-a-members-saml-access-to-your-organization"
)


def _identities(view: View, organization: Resource) -> dict[Ref, bool | None]:
    """Return whether the person behind each account is active, by account.

    Raises NotApplicable without any source, Missing where the only one was not read.
    """
    identities = view.identities()
    if not identities:
        need_where_offered(view, organization.ref, Facet.ORG_SAML)
        raise NotApplicable("no identity provider and no roster was read beside the code host")
    return {account: identity.active for identity in identities for account in identity.accounts}


@check(
    id="gh.member.not_in_idp",
    title="Every member belongs to a known person",
    severity=Severity.HIGH,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_MEMBERS,),
    limits=("bot_words",),
    remedy=(
        "Link the account to its person, through single sign-on or the mapping file.",
        "Remove an account that belongs to nobody: DELETE /orgs/{org}/memberships/{username}.",
    ),
    source=SAML_DOC,
    **clauses(PEOPLE, "C1.3.6 O2 AC-2"),
)
def not_in_idp(organization: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """An account that the identity provider does not know is never switched off when its person leaves."""
    known = _identities(view, organization)
    need_where_offered(view, organization.ref, Facet.ORG_SAML)
    for account in view.people(organization.ref):
        if account.ref not in known and not is_bot(account, limits):
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
    active = _identities(view, organization)
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
    # those who are known to have left are told in any case
    need_where_offered(view, organization.ref, Facet.ORG_SAML, Facet.ORG_SCIM)


@check(
    id="gh.member.personal_email",
    title="Every member has verified a mail address of the company",
    severity=Severity.LOW,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_MEMBERS, Facet.ORG_SECURITY_SETTINGS),
    limits=("bot_words",),
    remedy=("Ask the member to add the work address: Settings > Emails, and to confirm the mail that GitHub sends.",),
    source="https://docs.github.com/en/graphql/reference/objects#user (organizationVerifiedDomainEmails)",
    **clauses(PEOPLE, "C1.3.6 O2"),
)
def personal_email(organization: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """A verified work address is the plainest proof that an account belongs to an employee.

    It is also what notifications may be restricted to.
    """
    verified_domains(view, organization)
    doubts = Doubts()
    for account in view.people(organization.ref):
        with doubts:
            given = view.given(account, "verified_domain_emails", facet=Facet.ORG_SECURITY_SETTINGS)
            if not given and not is_bot(account, limits):
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
    limits=("member_stale_days",),
    remedy=(
        "Remove the member, unless they or their manager need the access: People > the member > Remove from organization.",
        "An invitation brings it back within the same day.",
    ),
    source="https://docs.github.com/en/enterprise-cloud@latest/rest/orgs/orgs#get-the-audit-log-for-an-organization",
    **clauses(PEOPLE, "C1.3.1 O2 AC-2(3) CC6.2"),
)
def member_stale(organization: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """Access that nobody uses is missed by nobody when it is stolen, and is the cheapest to take away.

    GitHub has no last-use of a person below the enterprise: what counts is the newest sign that could be read,
    and it is named. Nothing read means unknown, not idle.
    """
    doubts = Doubts()
    for account in ordinary_members(view, organization):
        with doubts:
            if view.older(last_seen(view, account, organization), limits.member_stale_days):
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
    limits=("shared_words", "bot_words"),
    remedy=(
        "Give each person who signs in with it an account of their own, and remove this one.",
        "Where a machine uses it, replace it by an app.",
    ),
    source="https://docs.github.com/en/site-policy/github-terms/github-terms-of-service#3-account-requirements "
    "(a login may be used by one person only)",
    **clauses(PEOPLE, "O2 AC-2(9) IA-4"),
)
def shared_identity(organization: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """What a shared account did, nobody did: no log can tell who, and its password is known to people who left.

    Judged by the words of the login, so that a person may be named by chance: waive it with that reason.
    """
    for account in view.people(organization.ref):
        word = next((word for word in words_of(account.name) if word in limits.shared_words), None)
        if word and not is_bot(account, limits):
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
    limits=("invitation_days",),
    remedy=(
        "Withdraw it: People > Invitations > Cancel (DELETE /orgs/{org}/invitations/{invitation_id}).",
        "On a repository: DELETE /repos/{owner}/{repo}/invitations/{invitation_id}.",
    ),
    source="GET /orgs/{org}/invitations, GET /orgs/{org}/failed_invitations, GET /repos/{owner}/{repo}/invitations",
    **clauses(PEOPLE, "O2 AC-2"),
)
def pending_invites_old(organization: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """An open invitation is access waiting for whoever reads that mailbox; a failed one is a list nobody keeps."""
    doubts = Doubts()
    for invitation in view.entities(Kind.INVITATION, within=organization.ref):
        with doubts:
            where = view.find(invitation.parent) or organization
            who = view.attribute(invitation, "login", default=None) or "somebody known by mail alone"
            given = view.attribute(invitation, "role", default=None) or view.attribute(
                invitation, "permissions", default=None
            )
            role = f" {_as(str(given))}" if given else ""
            if view.attribute(invitation, "failed_at", default=None):
                yield Hit(
                    says=f"the invitation of {who} to {where.name}{role} failed and is still in the list",
                    about=invitation,
                    on=where,
                    because=(invitation,),
                )
                continue
            sent = moment(view.given(invitation, "created_at", facet=Facet.ORG_INVITATIONS))
            if view.older(sent, limits.invitation_days):
                yield Hit(
                    says=f"{who} was invited to {where.name}{role} on {day(sent)} and has not answered",
                    about=invitation,
                    on=where,
                    because=(invitation,),
                )
    with doubts:
        need_inside(view, organization.ref, Facet.REPO_INVITATIONS)
    doubts.settle()


def _as(role: str) -> str:
    """Say as what somebody is invited: to an organization (`direct_member`) or to a repository (`write`)."""
    words = {"direct_member": "as a member", "admin": "as an owner", "billing_manager": "as a billing manager"}
    return words.get(role, f"with {role}")
