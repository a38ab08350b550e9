"""What an API token may read of a Jenkins controller: one question for each part."""

from functools import partial

from pipewarden.connectors.jenkins.client import Jenkins
from pipewarden.connectors.jenkins.permissions import PERMISSIONS
from pipewarden.connectors.probing import Question, Refused, refused
from pipewarden.model.facets_jenkins import JenkinsFacet

ASKED: tuple[tuple[JenkinsFacet, str, str], ...] = (
    (JenkinsFacet.CONTROLLER, "api/json", "mode"),
    (JenkinsFacet.AGENTS, "computer/api/json", "computer[displayName]"),
    (JenkinsFacet.PLUGINS, "pluginManager/api/json", "plugins[shortName]"),
    (JenkinsFacet.CREDENTIALS, "credentials/store/system/api/json", "domains[urlName]"),
)
"""Facet, path, and the tree of fields that is asked for."""


async def probe(jenkins: Jenkins, name: str) -> list[Refused]:
    """Return what the token may not read. Raises CredentialError or Unreachable."""
    del name

    async def ask(path: str, tree: str) -> None:
        await jenkins.json(path, template=f"GET /{path}", tree=tree)

    async def exported() -> None:
        path = "configuration-as-code/export"
        await jenkins.body(path, template=f"POST /{path}", method="POST")

    try:
        questions = [Question(facet, partial(ask, path, tree)) for facet, path, tree in ASKED]
        questions.append(Question(JenkinsFacet.CONFIGURATION, exported))
        return await refused(questions, PERMISSIONS, "Jenkins")
    finally:
        await jenkins.http.close()
