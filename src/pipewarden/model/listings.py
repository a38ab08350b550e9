"""Which facets list the things of each kind: where one of them was not read, that a thing is absent proves nothing."""

from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Gap
from pipewarden.model.ids import Kind

_FILES = (Facet.REPO_WORKFLOWS, Facet.REPO_FILES)

LISTED_BY: dict[Kind, tuple[Facet, ...]] = {
    Kind.ACCOUNT: (
        Facet.ORG_MEMBERS,
        Facet.ORG_OUTSIDERS,
        Facet.REPO_COLLABORATORS,
        Facet.ENT_OWNERS,
        Facet.ENT_MEMBERS,
    ),
    Kind.GROUP: (Facet.ORG_TEAMS, Facet.ORG_EXTERNAL_GROUPS, Facet.ENT_TEAMS),
    Kind.APP: (Facet.ORG_APPS,),
    Kind.FINE_GRAINED_TOKEN: (Facet.ORG_TOKENS,),
    Kind.CLASSIC_TOKEN: (Facet.ORG_CREDENTIALS,),
    Kind.SSH_KEY: (Facet.ORG_CREDENTIALS,),
    Kind.DEPLOY_KEY: (Facet.REPO_KEYS,),
    Kind.JOB: _FILES,
    Kind.REPOSITORY: (Facet.REPO_SETTINGS,),
    Kind.BRANCH: (Facet.REPO_SETTINGS, Facet.REPO_PROTECTION, Facet.REPO_BRANCHES),
    Kind.ENVIRONMENT: (Facet.REPO_ENVIRONMENTS,),
    Kind.SECRET: (
        Facet.ORG_SECRETS,
        Facet.ORG_DEPENDABOT_SECRETS,
        Facet.ORG_CODESPACES_SECRETS,
        Facet.REPO_SECRETS,
        Facet.REPO_ENVIRONMENT_SECRETS,
        Facet.REPO_ENVIRONMENTS,
    ),
    Kind.VARIABLE: (Facet.ORG_VARIABLES, Facet.REPO_VARIABLES),
    Kind.RUNNER_GROUP: (Facet.ORG_RUNNER_GROUPS, Facet.ENT_RUNNER_GROUPS),
    Kind.RUNNER: (Facet.ORG_RUNNERS, Facet.REPO_RUNNERS),
    Kind.WEBHOOK: (Facet.ORG_WEBHOOKS, Facet.REPO_WEBHOOKS),
    Kind.WORKFLOW: _FILES,
    Kind.ACTION: (Facet.REPO_USED_ACTIONS, *_FILES),
    Kind.INVITATION: (Facet.ORG_INVITATIONS, Facet.REPO_INVITATIONS),
    Kind.TOKEN_REQUEST: (Facet.ORG_TOKEN_REQUESTS,),
    Kind.ALERT: (Facet.REPO_ALERTS,),
    Kind.CLOUD_ROLE: (Facet.REPO_TRUSTS, Facet.REPO_FILES),
    Kind.ACCESS_TOKEN: (),
    Kind.DEPLOY_TOKEN: (),
    Kind.CLIENT_SECRET: (),
    Kind.SERVICE_ACCOUNT: (),
    Kind.FOLDER: (),
    Kind.PIPELINE: (),
    Kind.APPLICATION: (),
    Kind.MOUNT: (),
    Kind.PLAIN_SECRET: (Facet.REPO_PLAIN_TEXT, *_FILES),
    Kind.ROLE: (Facet.ORG_ROLES, Facet.ORG_REPO_ROLES, Facet.ENT_ROLES, *_FILES),
    Kind.GATE: (Facet.REPO_PROTECTION, Facet.REPO_RULESETS, Facet.ORG_RULESETS, Facet.REPO_ENVIRONMENTS),
    Kind.TRUST: (Facet.REPO_TRUSTS, Facet.REPO_FILES),
    Kind.IDENTITY: (Facet.ORG_SAML, Facet.ORG_SCIM, Facet.ENT_IDENTITIES, Facet.ENT_SCIM),
}
"""The facets of GitHub that list a kind, beside `source`, which lists everything."""

_KNOWN = frozenset(Facet)

UNLISTED = frozenset({Kind.SOURCE, Kind.ENTERPRISE, Kind.ORGANIZATION, Kind.TENANT})
"""Kinds that are read because somebody named them: that they are absent only says that they were not named this time."""


def hides(gap: Gap, kind: Kind) -> bool:
    """Tell whether a gap may be why something of a kind, inside the gap's scope, was not seen.

    A plan without a feature holds nothing of it, and that is known. Files of systems that are recognised and not read
    are no workflows. A gap of another system may hide anything inside its scope: a finding there stays until it is closed.
    """
    if gap.cause is Cause.PLAN or (gap.facet == Facet.REPO_FILES and gap.cause is Cause.NOT_COLLECTED):
        return False
    return gap.facet == Facet.SOURCE or gap.facet not in _KNOWN or gap.facet in LISTED_BY.get(kind, ())
