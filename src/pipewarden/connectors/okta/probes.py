"""What a credential may read of an Okta organization: one question for each part."""

from functools import partial

from pipewarden.connectors.okta.client import Okta
from pipewarden.connectors.okta.permissions import PERMISSIONS
from pipewarden.connectors.probing import Question, Refused, first, refused
from pipewarden.model.facets_okta import OktaFacet

ASKED: tuple[tuple[OktaFacet, str, str, dict[str, str]], ...] = (
    (OktaFacet.ORG, "/api/v1/org", "", {}),
    (OktaFacet.USERS, "/api/v1/users", "list", {}),
    (OktaFacet.GROUPS, "/api/v1/groups", "list", {}),
    (OktaFacet.GROUP_RULES, "/api/v1/groups/rules", "list", {}),
    (OktaFacet.ROLES, "/api/v1/iam/assignees/users", "value", {}),
    (OktaFacet.CUSTOM_ROLES, "/api/v1/iam/roles", "roles", {}),
    (OktaFacet.APPS, "/api/v1/apps", "list", {}),
    (OktaFacet.API_TOKENS, "/api/v1/api-tokens", "list", {}),
    (OktaFacet.POLICIES, "/api/v1/policies", "list", {"type": "ACCESS_POLICY"}),
    (OktaFacet.AUTHENTICATORS, "/api/v1/authenticators", "list", {}),
    (OktaFacet.ZONES, "/api/v1/zones", "list", {}),
    (OktaFacet.IDENTITY_PROVIDERS, "/api/v1/idps", "list", {}),
    (OktaFacet.LOG_STREAMS, "/api/v1/logStreams", "list", {}),
    (OktaFacet.THREAT_INSIGHT, "/api/v1/threats/configuration", "", {}),
)
"""Facet, path, how its rows stand in the answer, parameters."""


async def probe(okta: Okta, name: str) -> list[Refused]:
    """Return what the credential may not read. Raises CredentialError or Unreachable."""
    del name

    async def ask(path: str, how: str, params: dict[str, str]) -> None:
        if not how:
            await okta.get(path, template=path)
            return
        items = "" if how == "list" else how
        await first(okta.pages(path, template=path, items=items, params=params, limit=0))

    try:
        questions = [Question(facet, partial(ask, path, how, params)) for facet, path, how, params in ASKED]
        return await refused(questions, PERMISSIONS, "Okta")
    finally:
        await okta.http.close()
