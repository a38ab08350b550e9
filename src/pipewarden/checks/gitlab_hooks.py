"""Checks about webhooks of GitLab."""

from collections.abc import Iterator

from pipewarden.access.view import View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.gitlab_reading import DOCS, PROJECTS, setting
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind


@check(
    id="gl.hook.ssl",
    title="Webhooks check certificates",
    severity=Severity.LOW,
    subject=Kind.WEBHOOK,
    remedy=("Give the hook an https:// address and turn on “Enable SSL verification”: Settings > Webhooks.",),
    source=f"{DOCS}/user/project/integrations/webhooks/",
    **clauses(PROJECTS, "C1.4.4"),
)
def hook_ssl(hook: Resource, view: View) -> Iterator[Hit]:
    """What it sends is otherwise read, and its answers given, by whoever is in between."""
    plain = str(view.given(hook, "url")).startswith("http://")
    if plain or view.given(hook, "enable_ssl_verification") is False:
        yield Hit(
            says=f"{hook.name} sends to {hook.attributes['url']} "
            + ("unencrypted" if plain else "without checking the certificate")
        )


@check(
    id="gl.hook.no_token",
    title="Webhooks do not reach the network that the instance stands in",
    severity=Severity.MEDIUM,
    subject=Kind.TENANT,
    needs=(GitLabFacet.INSTANCE_SETTINGS,),
    remedy=(
        "Turn off “Allow requests to the local network from webhooks and integrations”: Admin > Settings > Network.",
    ),
    source=f"{DOCS}/security/webhooks/",
    **clauses(PROJECTS, "C1.4.4"),
)
def hook_local(tenant: Resource, view: View) -> Iterator[Hit]:
    """Whoever makes a webhook sends requests from inside. Whether a hook has a secret token is told by no answer of the API."""
    if setting(view, tenant, "allow_local_requests_from_web_hooks_and_services") is True:
        yield Hit(says=f"webhooks of {tenant.name} may send to addresses of its own network")
