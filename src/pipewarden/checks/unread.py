"""What judgements over several systems lean on: facets whose gaps may hide somebody's access, machines or account elsewhere."""

from collections.abc import Iterable

from pipewarden.access import hiding
from pipewarden.access.view import Missing, View
from pipewarden.checks.once import once
from pipewarden.model.facets import Facet
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facets_jenkins import JenkinsFacet
from pipewarden.model.facets_okta import OktaFacet
from pipewarden.model.facets_vault import VaultFacet
from pipewarden.model.facts import Cause, Gap
from pipewarden.model.ids import Kind

JOBS = frozenset({Facet.REPO_WORKFLOWS, GitLabFacet.FILES})
VAULT = frozenset(
    {
        VaultFacet.AUTH,
        VaultFacet.ROLES,
        VaultFacet.POLICIES,
        VaultFacet.ENTITIES,
        VaultFacet.GROUPS,
        VaultFacet.TOKENS,
        VaultFacet.MOUNTS,
    }
)
"""All that decides who may do what in a vault."""

OWNED = (
    hiding.MACHINES
    | frozenset(
        {
            Facet.SOURCE,
            Facet.REPO_SETTINGS,
            Facet.REPO_KEYS,
            GitLabFacet.GROUPS,
            GitLabFacet.PROJECTS,
            JenkinsFacet.API_TOKENS,
            OktaFacet.API_TOKENS,
            VaultFacet.TOKENS,
            VaultFacet.ENTITIES,
            EntraFacet.APPLICATION_OWNERS,
            EntraFacet.SERVICE_OWNERS,
        }
    )
) - JOBS
"""Facets in which the machines are found that somebody owns."""

HELD = hiding.PEOPLE | OWNED | VAULT | frozenset({JenkinsFacet.GROUP_MEMBERS})
"""Facets in which it is found what somebody holds, by themselves or by a machine of theirs."""

GIVEN = frozenset(
    {
        JenkinsFacet.AUTHORIZATION,
        JenkinsFacet.ITEM_AUTHORIZATION,
        JenkinsFacet.JOBS,
        JenkinsFacet.JOB_CONFIG,
    }
)
"""Facets of Jenkins in which permissions are found that name somebody."""

SIGN_IN = frozenset({GitLabFacet.USERS, JenkinsFacet.CONFIGURATION, VaultFacet.AUTH, VaultFacet.ENTITIES})
"""Facets that tell which accounts sign in without an identity provider."""

WHO = frozenset({OktaFacet.USERS, EntraFacet.USERS})
"""Facets that tell who is with the company."""

JOINED = frozenset({Facet.ORG_SAML, Facet.ORG_SCIM, Facet.ORG_MEMBERS, GitLabFacet.USERS, VaultFacet.ENTITIES, *WHO})
"""Facets that tell whose account one is."""

LISTED = {
    "machine": OWNED
    | frozenset(
        {
            Facet.ORG_APPS,
            OktaFacet.APPS,
            OktaFacet.APP_SECRETS,
            EntraFacet.APPLICATIONS,
            EntraFacet.SERVICE_PRINCIPALS,
            VaultFacet.AUTH,
            VaultFacet.ROLES,
            VaultFacet.MOUNTS,
        }
    ),
    "job": JOBS | {Facet.SOURCE, Facet.REPO_SETTINGS, GitLabFacet.GROUPS, GitLabFacet.PROJECTS},
    "owner": JOINED
    | frozenset(
        {
            Facet.SOURCE,
            Facet.ORG_TEAMS,
            GitLabFacet.GROUPS,
            GitLabFacet.GROUP_MEMBERS,
            OktaFacet.GROUPS,
            EntraFacet.GROUPS,
            VaultFacet.GROUPS,
        }
    ),
}
"""Facets in which it would have been found what a row of a roster names, by what it is."""

ADMINISTERS = (
    JOINED
    | VAULT
    | frozenset(
        {
            Facet.SOURCE,
            Facet.ENT_OWNERS,
            Facet.ORG_ROLES,
            GitLabFacet.GROUPS,
            GitLabFacet.GROUP_MEMBERS,
            JenkinsFacet.AUTHORIZATION,
            JenkinsFacet.CONFIGURATION,
            OktaFacet.GROUPS,
            OktaFacet.MEMBERS,
            OktaFacet.ROLES,
            OktaFacet.CUSTOM_ROLES,
            EntraFacet.GROUPS,
            EntraFacet.MEMBERS,
            EntraFacet.ROLES,
            EntraFacet.ASSIGNMENTS,
            EntraFacet.ELIGIBLE,
        }
    )
)
"""Facets that tell who administers the whole of something; and who is in a group of Jenkins, where the group does."""

GROUPS = frozenset(
    {OktaFacet.GROUPS, OktaFacet.GROUP_PUSH, OktaFacet.APPS, OktaFacet.APP_ASSIGNMENTS, EntraFacet.GROUPS}
)
"""Facets of a provider that tell which groups it has, and what it sends of them to whom."""

PLACES = GROUPS | frozenset({OktaFacet.USERS, OktaFacet.MEMBERS, EntraFacet.USERS, EntraFacet.MEMBERS})
"""Facets of a provider that tell who is in its groups."""

FOLLOWS = frozenset(
    {
        Facet.ORG_TEAMS,
        Facet.ORG_EXTERNAL_GROUPS,
        GitLabFacet.GROUPS,
        GitLabFacet.GROUP_MEMBERS,
        GitLabFacet.SAML_LINKS,
        VaultFacet.AUTH,
        VaultFacet.ROLES,
        VaultFacet.GROUPS,
    }
)
"""Facets that tell which groups follow one of a provider, and who is in them."""

ENVIRONMENTS = frozenset({Facet.REPO_ENVIRONMENTS, GitLabFacet.ENVIRONMENTS, Facet.REPO_SETTINGS, GitLabFacet.PROJECTS})
"""Facets that tell which environments there are."""

OPENED = (hiding.PEOPLE | VAULT | FOLLOWS | ENVIRONMENTS) | frozenset(
    {
        Facet.REPO_RULESETS,
        Facet.REPO_PROTECTION,
        Facet.REPO_BRANCHES,
        Facet.REPO_SECRETS,
        Facet.REPO_ENVIRONMENT_SECRETS,
        Facet.ORG_SECRETS,
        GitLabFacet.PROTECTED_BRANCHES,
        GitLabFacet.PROTECTED_ENVIRONMENTS,
        GitLabFacet.GROUP_ENVIRONMENTS,
        GitLabFacet.VARIABLES,
        GitLabFacet.GROUP_VARIABLES,
        GitLabFacet.INSTANCE_VARIABLES,
        EntraFacet.FEDERATED,
        VaultFacet.SECRETS,
    }
)
"""Facets that tell what of production a place in a group opens."""


def gap_among(view: View, facets: frozenset[str], instances: Iterable[str] | None = None) -> Gap | None:
    """Return the first gap over any of some facets, of some instances or of all; a plan that lacks a thing hides nothing."""
    first = _first(view)
    for instance in view.snapshot.instances if instances is None else dict.fromkeys(instances):
        here = first.get(instance, {})
        if missed := facets & here.keys():
            return here[min(missed)]
    return None


@once
def _first(view: View) -> dict[str, dict[str, Gap]]:
    """Return the first gap of each instance over each facet."""
    found: dict[str, dict[str, Gap]] = {}
    for gap in view.gaps:
        if gap.cause is not Cause.PLAN:
            found.setdefault(gap.scope.instance, {}).setdefault(gap.facet, gap)
    return found


def need_among(view: View, facets: frozenset[str], instances: Iterable[str] | None = None) -> None:
    """Go on only where nothing of some facets was missed anywhere, or in some instances; raises Missing."""
    gap = gap_among(view, facets, instances)
    if gap is not None:
        raise Missing(gap.scope, gap.facet, gap.cause, gap.detail, gap.permission)


def administrators_unread(view: View, instance: str) -> bool:
    """Tell whether something was not read by which somebody may administer the whole of an instance."""
    if gap_among(view, ADMINISTERS, [instance]) is not None:
        return True
    groups = {view.snapshot.ref(each) for each in view.engine.administered}
    return any(
        gap.scope in groups and gap.facet == JenkinsFacet.GROUP_MEMBERS and gap.scope.kind is Kind.GROUP
        for gap in view.gaps
        if gap.scope.instance == instance
    )
