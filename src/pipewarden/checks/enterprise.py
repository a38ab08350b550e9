"""Checks about an enterprise: the rules it sets for all its organizations, and its special accounts."""

from collections.abc import Iterator

from pipewarden.access.view import Missing, NotApplicable, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import ADMINISTRATORS, SETTINGS, clauses
from pipewarden.checks.reading import listed, many, quoted
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Group, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind

POLICY_DOC = (
    "https://docs.github.com/en/enterprise-cloud@latest/admin/enforcing-policies/"
    "enforcing-policies-for-your-enterprise/enforcing-repository-management-policies-in-your-enterprise"
)

POLICIES = {
    "twoFactorRequiredSetting": "a second factor",
    "defaultRepositoryPermissionSetting": "the base permission",
    "membersCanCreateRepositoriesSetting": "who creates repositories",
    "membersCanDeleteRepositoriesSetting": "who deletes repositories",
    "membersCanChangeRepositoryVisibilitySetting": "who changes visibility",
    "membersCanInviteCollaboratorsSetting": "who invites outside collaborators",
    "allowPrivateRepositoryForkingSetting": "forks of private repositories",
}
"""Settings of an enterprise that bind its organizations, in words (GraphQL EnterpriseOwnerInfo)."""


def _is_managed(view: View, enterprise: Resource) -> bool:
    """Tell whether an organization of the enterprise is known to have managed users: then all have."""
    return any(
        organization.attributes.get("emu") is True
        for organization in view.organizations
        if organization.parent == enterprise.ref
    )


@check(
    id="gh.ent.policies_unset",
    title="The enterprise decides what its organizations may not",
    severity=Severity.MEDIUM,
    subject=Kind.ENTERPRISE,
    needs=(Facet.ENT_SETTINGS,),
    remedy=(
        "Enterprise > Policies > Member privileges, and Settings > Authentication security: choose a value for each.",
    ),
    source=POLICY_DOC,
    **clauses(SETTINGS, "AC-3"),
)
def policies_unset(enterprise: Resource, view: View) -> Iterator[Hit]:
    """Without a rule of the enterprise each organization's owners decide, and the weakest of them decides for all."""
    names = dict(POLICIES)
    if _is_managed(view, enterprise):
        del names["twoFactorRequiredSetting"]
    unset, unknown = [], []
    for field, word in names.items():
        value = view.attribute(enterprise, "owner_info", field, default=None)
        if value is None:
            unknown.append(field)
        elif value == "NO_POLICY":
            unset.append(word)
    if unset:
        count = sum(1 for organization in view.organizations if organization.parent == enterprise.ref)
        yield Hit(
            says=f"enterprise {enterprise.name} leaves {many(len(unset), 'decision')} to its organizations: {listed(unset, 3)}",
            weight=len(unset) * max(count, 1),
        )
    if unknown:
        raise Missing(enterprise.ref, Facet.ENT_SETTINGS, Cause.MISSING_FIELD, f"{', '.join(unknown)} not given")


@check(
    id="gh.ent.deploykey_policy",
    title="The enterprise switches deploy keys off",
    severity=Severity.LOW,
    subject=Kind.ENTERPRISE,
    needs=(Facet.ENT_SETTINGS,),
    remedy=("Enterprise > Policies > Repository > Deploy keys > Disabled, once organizations use apps instead.",),
    source=POLICY_DOC,
    **clauses(SETTINGS, "O6"),
)
def deploy_key_policy(enterprise: Resource, view: View) -> Iterator[Hit]:
    """Deploy keys never expire and outlive who added them; one setting ends them in every organization."""
    value = view.given(enterprise, "owner_info", "repositoryDeployKeySetting", facet=Facet.ENT_SETTINGS)
    if value != "DISABLED":
        how = "allows deploy keys" if value == "ENABLED" else "leaves deploy keys to its organizations"
        yield Hit(says=f"enterprise {enterprise.name} {how}")


@check(
    id="gh.ent.emu_misuse",
    title="The setup user of managed users is left alone",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_SETTINGS, Facet.ORG_MEMBERS),
    remedy=(
        "Give the person who uses it an account from the identity provider, and make that one the owner.",
        "Remove the setup user from the organization: People > Remove from organization.",
        "Keep its password and recovery codes in the safe, for the day the identity provider fails.",
    ),
    source="https://docs.github.com/en/enterprise-cloud@latest/admin/managing-iam/"
    "understanding-iam-for-enterprises/getting-started-with-enterprise-managed-users",
    **clauses(SETTINGS, "AC-2"),
)
def emu_misuse(organization: Resource, view: View) -> Iterator[Hit]:
    """The setup user (SHORTCODE_admin) signs in past the identity provider: nobody's single sign-on watches it.

    It sets the enterprise up and waits for emergencies; as a member of an organization it is somebody's daily account.
    """
    if not view.given(organization, "emu", facet=Facet.ORG_SETTINGS):
        raise NotApplicable(f"{organization.name} has no managed users")
    owners = {account.ref for account in view.owners(organization.ref)}
    for account in view.people(organization.ref):
        if account.name.lower().endswith("_admin") and not account.attributes.get("saml"):
            yield Hit(
                says=f"{account.name} is the setup user of the enterprise and "
                f"{'owns' if account.ref in owners else 'is a member of'} {organization.name}",
                about=account,
                on=organization,
                because=(account,),
            )


@check(
    id="gh.ent.role_assignments",
    title="Nobody changes the enterprise by a role of its own",
    severity=Severity.HIGH,
    subject=Kind.ENTERPRISE,
    needs=(Facet.ENT_ROLES, Facet.ENT_TEAMS),
    remedy=(
        "Take the role away: Enterprise > People > Enterprise roles > Role assignments.",
        "Leave what changes all organizations to the owners of the enterprise, of whom there are few.",
    ),
    source="https://docs.github.com/en/enterprise-cloud@latest/rest/enterprise-admin/enterprise-roles",
    **clauses(ADMINISTRATORS, "AC-6"),
)
def role_assignments(enterprise: Resource, view: View) -> Iterator[Hit]:
    """A role of the enterprise holds in all of its organizations, and none of their lists of administrators shows it."""
    for grant in view.grants_on(enterprise.ref):
        role = view.role(grant.principal.instance, grant.role)
        if not grant.role.startswith("ent_role:") or role is None:
            continue
        changing = sorted(name for name in role.permissions if not name.startswith("read_"))
        if not changing:
            continue
        holder = view.find(grant.principal)
        who, count = view.name(grant.principal), 1
        if isinstance(holder, Group):
            count = len(view.engine.accounts_in(grant.principal))
            who = f"team {who} ({many(count, 'person', 'people')})"
        yield Hit(
            says=f"{who} can change all organizations of {enterprise.name} by its role {quoted(role.name)}",
            about=holder,
            on=enterprise,
            because=(grant, role),
            weight=count,
        )
