"""What a token may read of a group of GitLab and of the instance: one question for each part that needs a higher role."""

from functools import partial
from urllib.parse import quote

from pipewarden.connectors.gitlab.client import GitLab
from pipewarden.connectors.gitlab.permissions import PERMISSIONS
from pipewarden.connectors.probing import EXPIRED, Question, Refused, first, refused
from pipewarden.errors import AccessDenied, CredentialError, NotFound, UnknownName
from pipewarden.model.facets_gitlab import GitLabFacet

ASKED: tuple[tuple[GitLabFacet, str], ...] = (
    (GitLabFacet.GROUP_MEMBERS, "/groups/{id}/members"),
    (GitLabFacet.GROUP_TOKENS, "/groups/{id}/access_tokens"),
    (GitLabFacet.GROUP_DEPLOY_TOKENS, "/groups/{id}/deploy_tokens"),
    (GitLabFacet.GROUP_VARIABLES, "/groups/{id}/variables"),
    (GitLabFacet.GROUP_RUNNERS, "/groups/{id}/runners"),
    (GitLabFacet.PROJECTS, "/groups/{id}/projects"),
)
"""Facet and template; what a plan may lack is not asked."""


async def probe(gitlab: GitLab, name: str) -> list[Refused]:
    """Return what the token may not read. Raises CredentialError, UnknownName or Unreachable."""
    try:
        try:
            group = await gitlab.object(f"/groups/{quote(name, safe='')}", template="/groups/{id}")
        except NotFound:
            raise UnknownName(f"there is no group {name} that this token sees", hint="Check its full path.") from None
        except AccessDenied as refusal:
            raise CredentialError(f"GitLab does not accept the token: {refusal}", hint=EXPIRED) from None

        async def ask(template: str) -> None:
            await first(gitlab.pages(template.replace("{id}", str(group["id"])), template=template))

        return await refused([Question(facet, partial(ask, path)) for facet, path in ASKED], PERMISSIONS, "GitLab")
    finally:
        await gitlab.http.close()
