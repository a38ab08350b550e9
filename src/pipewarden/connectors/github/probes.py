"""What a credential may read of an organization on GitHub: one cheap question for each part."""

from functools import partial
from typing import Any

from pipewarden.connectors.base import CredentialRefused
from pipewarden.connectors.github.client import GitHub
from pipewarden.connectors.github.permissions import PERMISSIONS
from pipewarden.connectors.probing import EXPIRED, Question, Refused, refused
from pipewarden.errors import CredentialError, NotFound, UnknownName

PROBES: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("organization.settings", "/orgs/{org}/actions/permissions", "any", {}),
    ("organization.mfa", "/orgs/{org}/members", "owner", {"filter": "2fa_disabled", "per_page": 1}),
    ("organization.outside_collaborators", "/orgs/{org}/outside_collaborators", "any", {"per_page": 1}),
    ("organization.apps", "/orgs/{org}/installations", "any", {"per_page": 1}),
    ("organization.fine_grained_tokens", "/orgs/{org}/personal-access-tokens", "app", {"per_page": 1}),
    ("organization.credential_authorizations", "/orgs/{org}/credential-authorizations", "any", {"per_page": 1}),
    ("organization.roles", "/orgs/{org}/organization-roles", "any", {}),
    ("organization.custom_repository_roles", "/orgs/{org}/custom-repository-roles", "any", {}),
    ("repository.rulesets", "/orgs/{org}/rulesets", "owner", {"per_page": 1}),
    ("organization.runner_groups", "/orgs/{org}/actions/runner-groups", "any", {"per_page": 1}),
    ("organization.secrets", "/orgs/{org}/actions/secrets", "any", {"per_page": 1}),
    ("organization.variables", "/orgs/{org}/actions/variables", "any", {"per_page": 1}),
    ("organization.webhooks", "/orgs/{org}/hooks", "any", {"per_page": 1}),
)
"""One cheap question per facet: facet, path, which credential, parameters."""


async def probe(github: GitHub, name: str) -> list[Refused]:
    """Return what the credential may not read. Raises CredentialError, UnknownName or Unreachable."""
    try:
        try:
            await github.get(f"/orgs/{name}", template="/orgs/{org}")
        except NotFound:
            raise UnknownName(
                f"there is no organization {name} that this credential sees",
                hint="Check the name and the token's organization access.",
            ) from None
        except CredentialRefused:
            raise CredentialError("GitHub does not accept the credential", hint=EXPIRED) from None

        async def ask(template: str, needs: Any, params: dict[str, Any]) -> None:
            await github.get(template.replace("{org}", name), template=template, params=params, needs=needs)

        questions = [Question(facet, partial(ask, path, needs, params)) for facet, path, needs, params in PROBES]
        return await refused(questions, PERMISSIONS, "GitHub")
    finally:
        await github.http.close()
