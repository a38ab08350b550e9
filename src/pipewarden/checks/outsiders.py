"""Checks about people outside the organization: outside collaborators, enterprise-wide readers, forks."""

from collections.abc import Iterator

from pipewarden.access.view import View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import OUTSIDERS, clauses
from pipewarden.checks.grants import level_by, role_word
from pipewarden.checks.reading import (
    Doubts,
    enterprise_of,
    last_seen,
    listed,
    living,
    many,
    not_for_managed_users,
    private_repositories,
    routes,
    silence,
)
from pipewarden.model.access import Level
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Grant, GrantKind, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind, members_of, outsiders_of
from pipewarden.model.limits import Limits

OUTSIDE_DOC = (
    "https://docs.github.com/en/organizations/managing-user-access-to-your-organizations-repositories/"
    "managing-outside-collaborators/adding-outside-collaborators-to-repositories-in-your-organization"
)
REMOVE = "Remove them where the work is done: DELETE /repos/{owner}/{repo}/collaborators/{username}."


@check(
    id="gh.ext.outside_any",
    title="Outside collaborators are known",
    severity=Severity.INFO,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_OUTSIDERS,),
    remedy=(
        "Remove those whose work is done: People > Outside collaborators (DELETE /orgs/{org}/outside_collaborators/{username}).",
        "Write down for each of the others a purpose and an end.",
    ),
    source="GET /orgs/{org}/outside_collaborators",
    **clauses(OUTSIDERS, "O2"),
)
def outside_any(organization: Resource, view: View) -> Iterator[Hit]:
    """People outside the organization escape its single sign-on and its joining and leaving: keep the list short."""
    outsiders = view.outsiders(organization.ref)
    if outsiders:
        yield Hit(
            says=f"{organization.name} has {many(len(outsiders), 'outside collaborator')}: "
            f"{listed((account.name for account in outsiders), 8)}",
            because=tuple(outsiders[:20]),
            weight=len(outsiders),
        )


def _outside_grants(view: View, repository: Resource) -> Iterator[tuple[Grant, Level]]:
    """Yield the direct grants on a repository that outside collaborators hold."""
    organization = view.organization_of(repository)
    if organization is None:
        return
    outside = outsiders_of(organization.ref)
    for grant in view.grants_on(repository.ref):
        if grant.kind is GrantKind.DIRECT and view.is_in(grant.principal, outside):
            yield grant, level_by(grant, view)


@check(
    id="gh.ext.outside_write",
    title="Outside collaborators do not write",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=(Facet.ORG_OUTSIDERS, Facet.REPO_COLLABORATORS),
    remedy=("Lower the role to read or triage: repository Settings > Collaborators and teams.", REMOVE),
    source=OUTSIDE_DOC,
    **clauses(OUTSIDERS, "C1.3.8 O2 AC-6"),
)
def outside_write(repository: Resource, view: View) -> Iterator[Hit]:
    """Whoever may write can push a branch whose workflow prints the repository's secrets.

    For somebody outside the organization that is a decision to take knowingly.
    """
    living(view, repository)
    for grant, level in _outside_grants(view, repository):
        if Level.WRITE <= level < Level.ADMIN:
            yield Hit(
                says=f"{view.name(grant.principal)} is an outside collaborator and holds {role_word(grant, view)} "
                f"on {repository.name}",
                about=view.find(grant.principal),
                on=repository,
                because=routes(view, grant.principal, repository) or (grant,),
            )


@check(
    id="gh.ext.outside_admin",
    title="Outside collaborators do not administer",
    severity=Severity.HIGH,
    subject=Kind.REPOSITORY,
    needs=(Facet.ORG_OUTSIDERS, Facet.REPO_COLLABORATORS),
    remedy=("Lower the role to write at most: repository Settings > Collaborators and teams.", REMOVE),
    source=OUTSIDE_DOC,
    **clauses(OUTSIDERS, "O2 AC-6(5)"),
)
def outside_admin(repository: Resource, view: View) -> Iterator[Hit]:
    """An administrator from outside can switch off protection, add deploy keys and invite further people."""
    for grant, level in _outside_grants(view, repository):
        if level is Level.ADMIN:
            yield Hit(
                says=f"{view.name(grant.principal)} is an outside collaborator and administers {repository.name}",
                about=view.find(grant.principal),
                on=repository,
                because=routes(view, grant.principal, repository) or (grant,),
            )


@check(
    id="gh.ext.outside_no_mfa",
    title="Every outside collaborator has a second factor",
    severity=Severity.HIGH,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_OUTSIDERS, Facet.ORG_OUTSIDERS_MFA),
    remedy=(
        "Ask them to enable two-factor authentication, or remove them until they have done so.",
        "Require it for all: Settings > Authentication security (it binds outside collaborators too).",
    ),
    source="GET /orgs/{org}/outside_collaborators?filter=2fa_disabled",
    **clauses(OUTSIDERS, "C1.3.4 O2 IA-2"),
)
def outside_no_mfa(organization: Resource, view: View) -> Iterator[Hit]:
    """Somebody else's password policy guards your repositories; a second factor is what you can ask for."""
    not_for_managed_users(view, organization)
    doubts = Doubts()
    for account in view.outsiders(organization.ref):
        with doubts:
            if view.given(account, "mfa", facet=Facet.ORG_OUTSIDERS_MFA) == "disabled":
                yield Hit(
                    says=f"{account.name} is an outside collaborator of {organization.name} and has no second factor",
                    about=account,
                    on=organization,
                    because=(account,),
                )
    doubts.settle()


@check(
    id="gh.ext.outside_stale",
    title="Outside collaborators are active",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_OUTSIDERS,),
    limits=("outsider_stale_days",),
    remedy=(
        "Remove them everywhere: DELETE /orgs/{org}/outside_collaborators/{username}.",
        "Keep them only where whoever invited them says that the work goes on.",
    ),
    source="https://docs.github.com/en/enterprise-cloud@latest/rest/orgs/orgs#get-the-audit-log-for-an-organization",
    **clauses(OUTSIDERS, "C1.3.1 AC-2(3)"),
)
def outside_stale(organization: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """People from outside come for a task; a long silence means that it is over and the access is not."""
    doubts = Doubts()
    for account in view.outsiders(organization.ref):
        with doubts:
            if view.older(last_seen(view, account, organization), limits.outsider_stale_days):
                yield Hit(
                    says=f"{account.name} is an outside collaborator of {organization.name} and has not been seen "
                    f"{silence(view, account)}",
                    about=account,
                    on=organization,
                    because=(account,),
                )
    doubts.settle()


@check(
    id="gh.ext.members_may_invite",
    title="Only owners invite outside collaborators",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_SETTINGS,),
    remedy=(
        "Settings > Member privileges > Outside collaborators > clear Allow members to invite outside collaborators.",
    ),
    source="https://docs.github.com/en/organizations/managing-organization-settings/"
    "setting-permissions-for-adding-outside-collaborators",
    **clauses(OUTSIDERS, "O2 AC-2"),
)
def members_may_invite(organization: Resource, view: View) -> Iterator[Hit]:
    """Where every administrator of a repository may let strangers in, nobody knows who is in."""
    if view.given(organization, "members_can_invite_outside_collaborators", facet=Facet.ORG_SETTINGS):
        yield Hit(
            says=f"every administrator of a repository of {organization.name} can invite outside collaborators",
            weight=len(view.outsiders(organization.ref)),
        )


@check(
    id="gh.ext.internal_via_enterprise",
    title="Internal repositories are meant for the whole enterprise",
    severity=Severity.INFO,
    subject=Kind.REPOSITORY,
    needs=(Facet.REPO_SETTINGS,),
    remedy=("Where it is not meant for all, make it private: repository Settings > General > Change visibility.",),
    source="https://docs.github.com/en/enterprise-cloud@latest/repositories/creating-and-managing-repositories/"
    "about-repositories#about-internal-repositories",
    **clauses(OUTSIDERS, "AC-3"),
)
def internal_via_enterprise(repository: Resource, view: View) -> Iterator[Hit]:
    """An internal repository is read by members of every organization of the enterprise, not only of its own."""
    if view.given(repository, "visibility", facet=Facet.REPO_SETTINGS) != "internal":
        return
    organization = view.organization_of(repository)
    enterprise = enterprise_of(view, organization) if organization else None
    if organization is None or enterprise is None:
        yield Hit(says=f"{repository.name} is internal: every member of its enterprise can read it")
        return
    readers = len(view.engine.accounts_in(members_of(enterprise.ref)))
    yield Hit(
        says=f"{repository.name} is internal: every member of enterprise {enterprise.name} can read it"
        + (f" ({many(readers, 'account')} that were read)" if readers else ""),
        on=enterprise,
        because=(repository,),
        weight=readers,
    )


@check(
    id="gh.ext.forker_access",
    title="Private repositories cannot be forked away",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_SETTINGS,),
    remedy=(
        "Settings > Member privileges > Repository forking > clear Allow forking of private repositories.",
        "Or for one repository: Settings > General > Features > clear Allow forking.",
    ),
    source="https://docs.github.com/en/organizations/managing-organization-settings/"
    "managing-the-forking-policy-for-your-organization",
    **clauses(OUTSIDERS, "C1.2.5 O2"),
)
def forker_access(organization: Resource, view: View) -> Iterator[Hit]:
    """A fork carries private code into an account whose settings, keys and apps the organization does not control."""
    if not view.given(organization, "members_can_fork_private_repositories", facet=Facet.ORG_SETTINGS):
        return
    doubts = Doubts()
    private = list(private_repositories(view, organization, doubts))
    forkable = [repo for repo in private if repo.attributes.get("allow_forking") is True]
    names = f", among them {listed((repo.name for repo in forkable), 3)}" if forkable else ""
    yield Hit(
        says=f"members of {organization.name} can fork private repositories{names}",
        because=(organization, *forkable[:5]),
        weight=len(forkable),
    )
    doubts.settle()
