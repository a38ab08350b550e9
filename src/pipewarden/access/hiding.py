"""Facets whose gaps may hide somebody who has something, apart from the engine: checks of files name them and never ask it."""

from pipewarden.model.facets import Facet
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facets_jenkins import JenkinsFacet
from pipewarden.model.facets_okta import OktaFacet
from pipewarden.model.facets_vault import VaultFacet

PEOPLE = frozenset(
    {
        Facet.SOURCE,
        Facet.ENT_OWNERS,
        Facet.ORG_MEMBERS,
        Facet.ORG_TEAMS,
        Facet.ORG_ROLES,
        Facet.ORG_REPO_ROLES,
        Facet.ORG_APPS,
        Facet.ORG_RUNNER_GROUPS,
        Facet.REPO_SETTINGS,
        Facet.REPO_COLLABORATORS,
        Facet.REPO_TEAMS,
        Facet.REPO_KEYS,
        Facet.REPO_ENVIRONMENTS,
        GitLabFacet.USERS,
        GitLabFacet.GROUPS,
        GitLabFacet.GROUP_MEMBERS,
        GitLabFacet.PROJECTS,
        GitLabFacet.MEMBERS,
        GitLabFacet.ENVIRONMENTS,
        JenkinsFacet.AUTHORIZATION,
        JenkinsFacet.CONFIGURATION,
        JenkinsFacet.ITEM_AUTHORIZATION,
        JenkinsFacet.PEOPLE,
        JenkinsFacet.JOBS,
        JenkinsFacet.JOB_CONFIG,
        OktaFacet.USERS,
        OktaFacet.GROUPS,
        OktaFacet.MEMBERS,
        OktaFacet.ROLES,
        OktaFacet.CUSTOM_ROLES,
        EntraFacet.USERS,
        EntraFacet.GROUPS,
        EntraFacet.MEMBERS,
        EntraFacet.ROLES,
        EntraFacet.ASSIGNMENTS,
        EntraFacet.ELIGIBLE,
        EntraFacet.GROUP_ELIGIBLE,
        VaultFacet.AUTH,
        VaultFacet.MOUNTS,
    }
)
"""Facets in which people are found who may have something, or the things through which they have it."""

MACHINES = frozenset(
    {
        Facet.ORG_TOKENS,
        Facet.ORG_CREDENTIALS,
        Facet.REPO_WORKFLOWS,
        GitLabFacet.USER_TOKENS,
        GitLabFacet.GROUP_TOKENS,
        GitLabFacet.TOKENS,
        GitLabFacet.DEPLOY_KEYS,
        GitLabFacet.DEPLOY_TOKENS,
        GitLabFacet.GROUP_DEPLOY_TOKENS,
        GitLabFacet.SERVICE_ACCOUNTS,
        GitLabFacet.FILES,
    }
)
"""Facets in which machines alone are found: tokens and keys, whose owners are found elsewhere, and jobs."""
