"""Checks about what a GitLab project is connected with: integrations that keep credentials, mirrors that bring code in."""

from collections.abc import Iterator

from pipewarden.access.view import View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.gitlab_reading import DOCS, PROJECTS, living, setting
from pipewarden.checks.reading import listed
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind

BUILDING = frozenset(
    {
        "apple-app-store",
        "bamboo",
        "buildkite",
        "drone-ci",
        "google-cloud-platform-artifact-registry",
        "google-play",
        "harbor",
        "jenkins",
        "packagist",
        "teamcity",
    }
)
"""Integrations whose credential builds or publishes. https://docs.gitlab.com/api/project_integrations/"""

PLAIN = frozenset(
    {
        "bugzilla",
        "clickup",
        "confluence",
        "custom-issue-tracker",
        "emails-on-push",
        "ewm",
        "external-wiki",
        "phorge",
        "pipelines-email",
        "redmine",
        "youtrack",
    }
)
"""Integrations that are an address or a list of recipients and keep no credential."""


@check(
    id="gl.int.creds",
    title="Projects keep no credentials of other systems, and run nothing that a mirror brings in",
    severity=Severity.HIGH,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS,),
    remedy=(
        "Switch off “Trigger pipelines for mirror updates”: Settings > Repository > Mirroring repositories.",
        "Replace the integration by a job that takes a short-lived credential, or narrow the credential to this project.",
    ),
    source=f"{DOCS}/user/project/integrations/",
    **clauses(PROJECTS, "O6 O3"),
)
def connected(project: Resource, view: View) -> Iterator[Hit]:
    """What the upstream of a mirror pushes runs here with this project's variables and runners, whoever wrote it.

    A credential of an integration is used by whoever may change its settings, and outlives who entered it. Of those that
    neither build nor publish, such as chats and trackers, it weighs little.
    """
    living(view, project)
    brought = _brought(project, view)
    if brought:
        yield Hit(says=f"{project.name} runs pipelines on whatever comes from the repository that it mirrors", weight=1)
    view.need(project.ref, GitLabFacet.INTEGRATIONS)
    given = setting(view, project, "integrations", facet=GitLabFacet.INTEGRATIONS)
    on = [str(each.get("slug") or "one of no name") for each in given if each.get("active") is not False]
    keeping = sorted({slug for slug in on if slug not in PLAIN})
    if keeping and not brought:
        yield Hit(
            says=f"{project.name} keeps credentials of other systems in its integrations: {listed(keeping)}",
            severity=None if BUILDING & set(keeping) else Severity.LOW,
        )
    elif keeping:
        yield Hit(
            says=f"{project.name} runs pipelines on what its mirror brings in, and keeps credentials for {listed(keeping)}",
            weight=2,
        )


def _brought(project: Resource, view: View) -> bool:
    """Tell whether pipelines start by themselves on what a pull mirror brings in.

    https://docs.gitlab.com/user/project/repository/mirror/pull/#trigger-pipelines-for-mirror-updates
    """
    if setting(view, project, "mirror", facet=GitLabFacet.PROJECTS) is not True:
        return False
    return setting(view, project, "mirror_trigger_builds", facet=GitLabFacet.PROJECTS) is True
