"""Checks about standing administrative access: owners, and administrators of repositories."""

from collections.abc import Iterator

from pyroaring import BitMap

from pipewarden.access.view import Missing, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import ADMINISTRATORS, PEOPLE, clauses
from pipewarden.checks.grants import level_by
from pipewarden.checks.reading import (
    Doubts,
    accounts_at,
    is_bot,
    is_foreign,
    is_linked,
    last_seen,
    listed,
    living,
    named,
    need_where_offered,
    not_for_managed_users,
    silence,
    single_sign_on,
)
from pipewarden.model.access import Level
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Account, Cause, GrantKind, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind, Ref, members_of, outsiders_of, owners_of
from pipewarden.model.limits import Limits

ROLES_DOC = (
    "https://docs.github.com/en/organizations/managing-peoples-access-to-your-organization-with-roles/"
    "roles-in-an-organization"
)
CONTINUITY_DOC = (
    "https://docs.github.com/en/organizations/managing-peoples-access-to-your-organization-with-roles/"
    "maintaining-ownership-continuity-for-your-organization"
)
DEMOTE = (
    "Make the owner a member: People > the owner > Change role (PUT /orgs/{org}/memberships/{username}, role=member).",
)


def _owners(view: View, organization: Resource) -> list[Account]:
    """Return the owners; raises Missing where none was read, for every organization has one."""
    owners = view.owners(organization.ref)
    if not owners:
        raise Missing(organization.ref, Facet.ORG_MEMBERS, Cause.MISSING_FIELD, "no owner was read")
    return owners


@check(
    id="gh.owner.mfa_disabled",
    title="Every owner has a second factor",
    severity=Severity.CRITICAL,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_MEMBERS, Facet.ORG_MFA),
    remedy=(
        "Have the owner enable two-factor authentication today: Settings > Password and authentication.",
        "Until then, make the owner a member: People > the owner > Change role.",
    ),
    source="GET /orgs/{org}/members?filter=2fa_disabled",
    **clauses(PEOPLE, "C1.3.4 C1.3.5 IA-2(1)"),
)
def owner_mfa_disabled(organization: Resource, view: View) -> Iterator[Hit]:
    """An owner's password alone opens every repository, secret and setting of the organization."""
    not_for_managed_users(view, organization)
    doubts = Doubts()
    for account in _owners(view, organization):
        with doubts:
            if view.given(account, "mfa", facet=Facet.ORG_MFA) == "disabled":
                yield Hit(
                    says=f"{account.name} owns {organization.name} and has no second factor",
                    about=account,
                    on=organization,
                    because=(account,),
                )
    doubts.settle()


@check(
    id="gh.org.owners_too_many",
    title="The organization has few owners",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_MEMBERS,),
    limits=("owners_max",),
    remedy=(
        *DEMOTE,
        "Keep those who must be able to do everything at any hour; three people cover holidays.",
        "Give what they still need as a role: Settings > Organization roles > Role assignments.",
    ),
    source=CONTINUITY_DOC,
    **clauses(ADMINISTRATORS, "C1.3.3 O2 AC-6(5)"),
)
def owners_too_many(organization: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """Every owner can read every secret, switch off every rule and remove every other owner."""
    owners = _owners(view, organization)
    if len(owners) > limits.owners_max:
        yield Hit(
            says=f"{organization.name} has {len(owners)} owners, more than {limits.owners_max}: "
            f"{listed((account.name for account in owners), 8)}",
            because=tuple(owners[:20]),
            weight=len(owners),
        )


@check(
    id="gh.org.owners_too_few",
    title="The organization has a second owner",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_MEMBERS,),
    limits=("owners_min", "bot_words"),
    remedy=("Make a second trusted person an owner: People > the member > Change role > Owner.",),
    source=CONTINUITY_DOC,
    **clauses(ADMINISTRATORS, "C1.3.3 CP-2"),
)
def owners_too_few(organization: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """Where the only owner is lost, ill or locked out, nobody can administer the organization or stop an attacker."""
    owners = [account for account in _owners(view, organization) if not is_bot(account, limits)]
    if len(owners) < limits.owners_min:
        names = listed(account.name for account in owners)
        says = f"no person owns {organization.name}: nobody can stand in"
        if len(owners) == 1:
            says = f"only {names} owns {organization.name}: nobody can stand in"
        elif owners:
            says = f"only {names} own {organization.name}, fewer than {limits.owners_min}"
        yield Hit(says=says, because=tuple(owners) or (organization,))


@check(
    id="gh.org.owner_is_outsider",
    title="Every owner is a person the identity provider knows",
    severity=Severity.HIGH,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_MEMBERS,),
    limits=("bot_words",),
    remedy=(
        "Have the owner sign in through https://github.com/orgs/ORG/sso, which links the account.",
        "Replace a machine that owns by an app with the permissions it needs.",
        *DEMOTE,
    ),
    source=ROLES_DOC,
    **clauses(ADMINISTRATORS, "O2 AC-2"),
)
def owner_is_outsider(organization: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """An owner outside the identity provider keeps the whole organization after the person has left the company.

    A machine as an owner has a password or token that several people know.
    """
    doubts = Doubts()
    for account in _owners(view, organization):
        with doubts:
            if is_bot(account, limits):
                yield Hit(
                    says=f"{account.name} is the account of a machine and owns {organization.name}",
                    about=account,
                    on=organization,
                    because=(account,),
                )
                continue
            view.need(organization.ref, Facet.ORG_SAML)
            provider = single_sign_on(view, organization)
            if provider is not None and not is_linked(view, account, provider):
                yield Hit(
                    says=f"{account.name} owns {organization.name} and is linked to no identity of its single sign-on",
                    about=account,
                    on=organization,
                    because=(account, provider),
                )
    doubts.settle()


@check(
    id="gh.org.owner_stale",
    title="Owners are active",
    severity=Severity.HIGH,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_MEMBERS,),
    limits=("owner_stale_days",),
    remedy=(*DEMOTE, "Keep the role only where the owner says what it is needed for."),
    source="https://docs.github.com/en/enterprise-cloud@latest/rest/orgs/orgs#get-the-audit-log-for-an-organization",
    **clauses(ADMINISTRATORS, "C1.3.1 AC-2(3)"),
)
def owner_stale(organization: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """An owner who has not been seen for long is an open door that nobody watches.

    What counts is the newest sign of activity that could be read, and it is named; none read means unknown.
    """
    doubts = Doubts()
    for account in _owners(view, organization):
        with doubts:
            if view.older(last_seen(view, account, organization), limits.owner_stale_days):
                yield Hit(
                    says=f"{account.name} owns {organization.name} and has not been seen {silence(view, account)}",
                    about=account,
                    on=organization,
                    because=(account,),
                )
    doubts.settle()


@check(
    id="gh.repo.admins_too_many",
    title="The repository has few administrators",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=(Facet.ORG_SETTINGS, Facet.ORG_MEMBERS, Facet.ORG_TEAMS, Facet.REPO_COLLABORATORS, Facet.REPO_TEAMS),
    limits=("repository_admins_max",),
    remedy=(
        "Keep admin for one team of two or three: repository Settings > Collaborators and teams.",
        "Give the others maintain or write (PUT /repos/{owner}/{repo}/collaborators/{username}).",
    ),
    source="https://docs.github.com/en/organizations/managing-user-access-to-your-organizations-repositories/"
    "managing-repository-roles/repository-roles-for-an-organization",
    **clauses(ADMINISTRATORS, "C1.3.7 O2 AC-6"),
)
def admins_too_many(repository: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """An administrator can switch off protection rules, add keys and webhooks, and delete the repository.

    Owners of the organization are left out here: they have a check of their own.
    """
    living(view, repository)
    need_where_offered(view, repository.ref, Facet.ORG_ROLES)
    admins = accounts_at(view, repository, Level.ADMIN) - _owner_ordinals(view, repository)
    if len(admins) > limits.repository_admins_max:
        yield Hit(
            says=f"{repository.name} has {len(admins)} administrators beside the owners, more than "
            f"{limits.repository_admins_max}: {named(view, admins)}",
            weight=len(admins),
        )


def _owner_ordinals(view: View, repository: Resource) -> BitMap:
    organization = view.organization_of(repository)
    ordinal = None if organization is None else view.snapshot.ordinal(owners_of(organization.ref))
    return BitMap() if ordinal is None else view.engine.graph.members(ordinal)


@check(
    id="gh.repo.admins_too_few",
    title="Two people can administer the repository",
    severity=Severity.LOW,
    subject=Kind.REPOSITORY,
    needs=(Facet.ORG_SETTINGS, Facet.ORG_MEMBERS, Facet.ORG_TEAMS, Facet.REPO_COLLABORATORS, Facet.REPO_TEAMS),
    limits=("repository_admins_min",),
    remedy=("Give a second person or a team admin: repository Settings > Collaborators and teams > Add people.",),
    source=CONTINUITY_DOC,
    **clauses(ADMINISTRATORS, "C1.3.7 CP-2"),
)
def admins_too_few(repository: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """With one administrator, owners counted, nobody can rotate keys or close access while that person is away."""
    living(view, repository)
    need_where_offered(view, repository.ref, Facet.ORG_ROLES)
    admins = accounts_at(view, repository, Level.ADMIN)
    if not admins:
        raise Missing(repository.ref, Facet.ORG_MEMBERS, Cause.MISSING_FIELD, "no owner was read")
    if len(admins) < limits.repository_admins_min:
        yield Hit(says=f"only {named(view, admins)} can administer {repository.name}")


@check(
    id="gh.repo.admin_user_direct",
    title="Administration is held by teams",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=(Facet.REPO_COLLABORATORS,),
    remedy=(
        "Give admin to a team and add the person to it: repository Settings > Collaborators and teams.",
        "Remove the direct role: DELETE /repos/{owner}/{repo}/collaborators/{username}.",
    ),
    source="https://docs.github.com/en/graphql/reference/objects#repositorycollaboratoredge (permissionSources)",
    **clauses(ADMINISTRATORS, "AC-6"),
)
def admin_user_direct(repository: Resource, view: View) -> Iterator[Hit]:
    """Who creates a repository becomes its administrator by name and stays it for good, whatever team they join."""
    living(view, repository)
    organization = view.organization_of(repository)
    doubts = Doubts()
    for grant in view.grants_on(repository.ref):
        if grant.kind is not GrantKind.DIRECT or level_by(grant, view) is not Level.ADMIN:
            continue
        outside: bool | None = None
        with doubts:
            outside = organization is not None and _is_outside(view, grant.principal, organization)
        if outside is not False:
            continue  # they cannot be in a team; gh.ext.outside_admin tells of them
        owner = organization is not None and view.is_in(grant.principal, owners_of(organization.ref))
        more = " (taking it away changes nothing while they own the organization)" if owner else ""
        yield Hit(
            says=f"{view.name(grant.principal)} holds admin on {repository.name} directly, not through a team{more}",
            about=view.find(grant.principal),
            on=repository,
            because=(grant,),
            severity=Severity.LOW if owner else None,
        )
    doubts.settle()


def _is_outside(view: View, principal: Ref, organization: Resource) -> bool:
    """Tell whether somebody is an outside collaborator; raises Missing where those were not read and no member it is."""
    if view.is_in(principal, outsiders_of(organization.ref)):
        return True
    if not view.is_in(principal, members_of(organization.ref)) and principal.kind is Kind.ACCOUNT:
        view.need(organization.ref, Facet.ORG_OUTSIDERS)
    return False


def _verified_domains(view: View, enterprise: Resource) -> tuple[str, ...]:
    """Return the domains that any organization of an enterprise has verified, as far as they were read."""
    return tuple(
        str(domain["domain"]).lower()
        for organization in view.organizations
        if organization.parent == enterprise.ref
        for domain in organization.attributes.get("domains") or ()
        if domain.get("isVerified")
    )


@check(
    id="gh.ent.owners_excess",
    title="The enterprise has few owners, all of the company",
    severity=Severity.HIGH,
    subject=Kind.ENTERPRISE,
    needs=(Facet.ENT_OWNERS,),
    limits=("enterprise_owners_max", "company_domains"),
    remedy=(
        "Remove the owner: enterprise People > Administrators > Remove as owner.",
        "Keep a handful: an enterprise owner is needed for policies and billing only.",
    ),
    source="https://docs.github.com/en/enterprise-cloud@latest/admin/managing-accounts-and-repositories/"
    "managing-users-in-your-enterprise/abilities-of-roles-in-an-enterprise",
    **clauses(ADMINISTRATORS, "C1.3.3 AC-6(5)"),
)
def enterprise_owners_excess(enterprise: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """An enterprise owner may make themselves owner of any organization at any moment, and set the rules of all."""
    owners = view.owners(enterprise.ref)
    if not owners:
        raise Missing(enterprise.ref, Facet.ENT_OWNERS, Cause.MISSING_FIELD, "no owner was read")
    if len(owners) > limits.enterprise_owners_max:
        yield Hit(
            says=f"enterprise {enterprise.name} has {len(owners)} owners, more than {limits.enterprise_owners_max}: "
            f"{listed((account.name for account in owners), 8)}",
            because=tuple(owners[:20]),
            weight=len(owners),
        )
    domains = limits.company_domains or _verified_domains(view, enterprise)
    for account in owners:
        address = str((account.attributes.get("saml") or {}).get("nameId") or "")
        if domains and "@" in address and is_foreign(address, domains):
            yield Hit(
                says=f"{account.name} owns enterprise {enterprise.name} under an identity of "
                f"{address.rpartition('@')[2]}",
                about=account,
                on=enterprise,
                because=(account,),
            )
