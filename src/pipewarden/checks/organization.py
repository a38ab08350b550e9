"""Checks about what an organization lets its members do."""

from collections.abc import Iterator

from pipewarden.access.view import Missing, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import PEOPLE, SETTINGS, clauses
from pipewarden.checks.reading import Doubts, is_managed, listed, many, private_repositories
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Account, Cause, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind

PRIVILEGES = "Settings > Member privileges"
ORG_API = "https://docs.github.com/en/rest/orgs/orgs#get-an-organization"
BASE_DOC = (
    "https://docs.github.com/en/organizations/managing-user-access-to-your-organizations-repositories/"
    "managing-repository-roles/setting-base-permissions-for-an-organization"
)


def _members_may(view: View, organization: Resource, field: str) -> bool:
    """Return one of the organization's settings for members; null, which only owners escape, is not known."""
    return bool(view.given(organization, field, facet=Facet.ORG_SETTINGS))


def _base(view: View, organization: Resource) -> str:
    return str(view.given(organization, "default_repository_permission", facet=Facet.ORG_SETTINGS))


@check(
    id="gh.org.base_permission",
    title="Membership alone opens no repository",
    severity=Severity.HIGH,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_SETTINGS,),
    remedy=(
        "Give teams the repositories they work on.",
        f"{PRIVILEGES} > Base permissions > No permission (PATCH /orgs/{{org}}, default_repository_permission=none).",
    ),
    source=BASE_DOC,
    **clauses(SETTINGS, "C1.3.8 O2 AC-6"),
)
def base_permission(organization: Resource, view: View) -> Iterator[Hit]:
    """What every member gets on every repository is what one phished member loses.

    Reading alone is told with medium severity: it shows code and history, and changes nothing.
    """
    base = _base(view, organization)
    if base != "none":
        doubts = Doubts()
        repositories = sum(1 for _ in private_repositories(view, organization, doubts))
        yield Hit(
            says=f"{_everybody(view, organization)} can {_verb(base)} every repository by membership alone "
            f"({many(repositories, 'private repository')})",
            severity=Severity.MEDIUM if base == "read" else None,
            weight=repositories,
        )
        doubts.settle()


def _everybody(view: View, organization: Resource) -> str:
    """Return the members in words, with their number where they were read."""
    count = len(view.people(organization.ref))
    return f"every member of {organization.name}" + (f" ({many(count, 'person', 'people')})" if count else "")


def _verb(base: str) -> str:
    return {"read": "read", "write": "push to", "admin": "administer"}.get(base, base)


@check(
    id="gh.org.base_permission_write",
    title="Membership alone lets nobody push",
    severity=Severity.CRITICAL,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_SETTINGS,),
    remedy=(
        "Give write to the teams that work on each repository, before you change the base.",
        f"{PRIVILEGES} > Base permissions > Read or No permission.",
    ),
    source=BASE_DOC,
    **clauses(SETTINGS, "C1.3.8 O2"),
)
def base_permission_write(organization: Resource, view: View) -> Iterator[Hit]:
    """Where everybody may push, everybody may push a workflow, and a workflow prints the secrets it is given."""
    base = _base(view, organization)
    if base in {"write", "admin"}:
        repositories = sum(1 for _ in view.repositories(organization.ref))
        yield Hit(
            says=f"{_everybody(view, organization)} can {_verb(base)} all its "
            f"{many(repositories, 'repository')} by membership alone",
            weight=repositories,
        )


@check(
    id="gh.org.repo_create_public",
    title="Members cannot create public repositories",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_SETTINGS,),
    remedy=(f"{PRIVILEGES} > Repository creation > clear Public.",),
    source="https://docs.github.com/en/organizations/managing-organization-settings/"
    "restricting-repository-creation-in-your-organization",
    **clauses(SETTINGS, "C1.2.2"),
)
def repo_create_public(organization: Resource, view: View) -> Iterator[Hit]:
    """One wrong choice in a form publishes the company's code, and search engines copy it within minutes.

    With managed users nobody can create a public repository at all.
    """
    if is_managed(view, organization):
        return
    if _members_may(view, organization, "members_can_create_public_repositories"):
        yield Hit(says=f"every member of {organization.name} can create public repositories")


@check(
    id="gh.org.repo_create_any",
    title="Members cannot create repositories at will",
    severity=Severity.LOW,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_SETTINGS,),
    remedy=(
        f"{PRIVILEGES} > Repository creation > clear Private and Internal.",
        "Limit organization secrets and runner groups to selected repositories, so that a new one gets none.",
    ),
    source="https://docs.github.com/en/organizations/managing-organization-settings/"
    "restricting-repository-creation-in-your-organization",
    **clauses(SETTINGS, "C1.2.2 O5"),
)
def repo_create_any(organization: Resource, view: View) -> Iterator[Hit]:
    """The creator of a repository administers it, and a new repository gets the secrets and runners meant for all."""
    private = _members_may(view, organization, "members_can_create_private_repositories")
    internal = view.attribute(organization, "members_can_create_internal_repositories", default=None)
    kinds = [word for word, may in (("private", private), ("internal", internal)) if may]
    if kinds:
        yield Hit(says=f"every member of {organization.name} can create {' and '.join(kinds)} repositories")


@check(
    id="gh.org.repo_delete",
    title="Administrators of a repository cannot delete or transfer it",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_SETTINGS,),
    remedy=(f"{PRIVILEGES} > Admin repository permissions > clear Allow members to delete or transfer repositories.",),
    source=ORG_API + " (members_can_delete_repositories)",
    **clauses(SETTINGS, "C1.2.3"),
)
def repo_delete(organization: Resource, view: View) -> Iterator[Hit]:
    """Deleting ends history and evidence; a transfer carries both to an account of the attacker's choice."""
    if _members_may(view, organization, "members_can_delete_repositories"):
        yield Hit(says=f"every administrator of a repository of {organization.name} can delete or transfer it")


@check(
    id="gh.org.visibility_change",
    title="Administrators of a repository cannot publish it",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_SETTINGS,),
    remedy=(f"{PRIVILEGES} > Admin repository permissions > clear Allow members to change repository visibilities.",),
    source="https://docs.github.com/en/organizations/managing-organization-settings/"
    "restricting-repository-visibility-changes-in-your-organization",
    **clauses(SETTINGS, "C1.2.6"),
)
def visibility_change(organization: Resource, view: View) -> Iterator[Hit]:
    """Publishing a repository publishes every secret that was ever committed to it, in all its history."""
    if _members_may(view, organization, "members_can_change_repo_visibility"):
        yield Hit(says=f"every administrator of a repository of {organization.name} can make it public")


@check(
    id="gh.org.issue_delete",
    title="Administrators of a repository cannot delete issues",
    severity=Severity.LOW,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_SETTINGS,),
    remedy=(f"{PRIVILEGES} > Admin repository permissions > clear Allow repository administrators to delete issues.",),
    source="https://docs.github.com/en/organizations/managing-organization-settings/"
    "allowing-people-to-delete-issues-in-your-organization",
    **clauses(SETTINGS, "C1.2.4"),
)
def issue_delete(organization: Resource, view: View) -> Iterator[Hit]:
    """A deleted issue takes the record of a decision or a report with it, and nothing brings it back."""
    if _members_may(view, organization, "members_can_delete_issues"):
        yield Hit(says=f"every administrator of a repository of {organization.name} can delete issues")


@check(
    id="gh.org.web_signoff",
    title="Commits made on the web are signed off",
    severity=Severity.INFO,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_SETTINGS,),
    remedy=("Settings > Repository > Repository defaults > Commit signoff > All repositories.",),
    source="https://docs.github.com/en/organizations/managing-organization-settings/"
    "managing-the-commit-signoff-policy-for-your-organization",
    **clauses(SETTINGS, "C1.1.12"),
)
def web_signoff(organization: Resource, view: View) -> Iterator[Hit]:
    """A sign-off is the author's word that they may contribute; the web editor asks for it only if told to."""
    if not view.given(organization, "web_commit_signoff_required", facet=Facet.ORG_SETTINGS):
        yield Hit(says=f"{organization.name} does not ask for a sign-off on commits made on the web")


@check(
    id="gh.org.pages_public",
    title="Members cannot publish public Pages",
    severity=Severity.LOW,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_SETTINGS,),
    remedy=(f"{PRIVILEGES} > Pages creation > clear Public.",),
    source="https://docs.github.com/en/organizations/managing-organization-settings/"
    "managing-the-publication-of-github-pages-sites-for-your-organization",
    **clauses(SETTINGS, "AC-22"),
)
def pages_public(organization: Resource, view: View) -> Iterator[Hit]:
    """A page built from a private repository is public on the internet, whatever the repository's visibility."""
    if _members_may(view, organization, "members_can_create_public_pages"):
        yield Hit(
            says=f"every member of {organization.name} who administers a repository can publish it as a public page"
        )


DEFAULTS = {
    "secret_scanning_enabled_for_new_repositories": "secret scanning",
    "secret_scanning_push_protection_enabled_for_new_repositories": "push protection for secrets",
    "dependabot_alerts_enabled_for_new_repositories": "Dependabot alerts",
    "dependency_graph_enabled_for_new_repositories": "the dependency graph",
}
"""What a new repository should start with, by the organization's field for it."""


@check(
    id="gh.org.ghas_defaults",
    title="New repositories start with their alarms on",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_SETTINGS,),
    remedy=(
        "Settings > Advanced Security > Configurations > New configuration, with all of these enabled.",
        "Apply it to all repositories and make it the default for new ones.",
    ),
    source="https://docs.github.com/en/rest/code-security/configurations",
    **clauses(SETTINGS, "C1.5.1"),
)
def new_repository_defaults(organization: Resource, view: View) -> Iterator[Hit]:
    """A repository made in a hurry is the one where a secret gets committed: its alarms should not wait."""
    unknown: list[str] = []
    off = []
    for field, word in DEFAULTS.items():
        value = view.attribute(organization, field, default=None)
        if value is None:
            unknown.append(field)
        elif value is False:
            off.append(word)
    if off:
        yield Hit(says=f"new repositories of {organization.name} start without {listed(off)}", weight=len(off))
    if unknown:
        detail = f"{', '.join(unknown)} {'was' if len(unknown) == 1 else 'were'} not given"
        raise Missing(organization.ref, Facet.ORG_SETTINGS, Cause.MISSING_FIELD, detail)


@check(
    id="gh.org.public_membership_owner",
    title="Owners do not show that they own",
    severity=Severity.INFO,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_MEMBERS,),
    remedy=(
        "Let the owner hide it: People > the owner > Make private (DELETE /orgs/{org}/public_members/{username}).",
    ),
    source="GET /orgs/{org}/public_members",
    **clauses(PEOPLE),
)
def public_membership_owner(organization: Resource, view: View) -> Iterator[Hit]:
    """Who attacks a company looks for its owners first; the public list of members is where they look."""
    owners = view.owners(organization.ref)
    shown: list[Account] = [account for account in owners if account.attributes.get("publicMember") is True]
    if shown:
        yield Hit(
            says=f"{listed(account.name for account in shown)} {'owns' if len(shown) == 1 else 'own'} "
            f"{organization.name} and can be seen as a member by everybody",
            because=tuple(shown),
            weight=len(shown),
        )
    silent = [account for account in owners if account.attributes.get("publicMember") is None]
    if silent or not owners:
        names = listed(account.name for account in silent) if silent else "any owner"
        raise Missing(
            organization.ref,
            Facet.ORG_MEMBERS,
            Cause.MISSING_FIELD,
            f"it was not given whether {names} can be seen as a member",
        )
