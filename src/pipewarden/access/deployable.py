"""Why nobody deploys to a thing: no environment is in it, or what is in it was not read."""

from pipewarden.access.engine import Engine
from pipewarden.model.access import Capability
from pipewarden.model.facets import Facet
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.systems import System

DEPLOYING = frozenset({Capability.DEPLOY, Capability.APPROVE_DEPLOYMENT})
CODE_HOSTS = frozenset({System.GITHUB, System.GITLAB})
LISTS = frozenset({Facet.REPO_ENVIRONMENTS, GitLabFacet.ENVIRONMENTS, Facet.SOURCE})
NO_ENVIRONMENT = "no environment is known in"
UNREAD = "it is not known what is deployed to, for not all environments were read in"


def without_environments(engine: Engine, capability: Capability, resource: Ref) -> str:
    """Say why nobody deploys to a repository or group: no environment is in it; empty where one is, or it is asked otherwise.

    To deploy is to run a job in an environment. A job may name a new one, which is made then: whoever edits the pipeline can.
    https://docs.gitlab.com/ci/environments/#create-a-dynamic-environment
    https://docs.github.com/en/actions/how-tos/deploy/configure-and-manage-deployments/manage-environments
    """
    snapshot = engine.snapshot
    at = snapshot.ordinal(resource)
    if capability not in DEPLOYING or at is None:
        return ""
    if resource.kind not in {Kind.REPOSITORY, Kind.ORGANIZATION}:
        return ""
    if snapshot.systems[int(snapshot.instance[at])] not in CODE_HOSTS:
        return ""
    todo, unread = [at], False
    while todo:
        here = todo.pop()
        if snapshot.children(here, Kind.ENVIRONMENT):
            return ""
        unread = unread or any(snapshot.gap_at(here, facet) is not None for facet in LISTS)
        todo += snapshot.children(here, Kind.REPOSITORY, Kind.ORGANIZATION)
    return f"{UNREAD if unread else NO_ENVIRONMENT} {engine.name(resource)}"
