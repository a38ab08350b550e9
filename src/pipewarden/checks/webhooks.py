"""Checks about webhooks: where events go, over what, and whether anybody listens."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from pipewarden.access.view import Missing, NotApplicable, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.reading import company_domains
from pipewarden.checks.sections import SECRETS
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind
from pipewarden.model.limits import Limits

HOOK = "Settings > Webhooks > the webhook"
API = "https://docs.github.com/en/rest/repos/webhooks"
DOC = "https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks"
REFUSED = 400
"""The first HTTP status that means that a delivery was refused."""


def _url(hook: Resource, view: View) -> str:
    return str(view.given(hook, "config", "url", facet=Facet.ORG_WEBHOOKS))


def _sends(hook: Resource, view: View) -> str:
    """Return a webhook in words: what it tells, and to whom."""
    holder = view.name(hook.parent) if hook.parent else hook.name
    return f"the webhook of {holder} to {urlsplit(_url(hook, view)).hostname or _url(hook, view)}"


def _active(hook: Resource, view: View) -> None:
    if not view.given(hook, "active", facet=Facet.ORG_WEBHOOKS):
        raise NotApplicable(f"{hook.name} is switched off")


@check(
    id="gh.hook.http",
    title="Webhooks are encrypted and verified",
    severity=Severity.MEDIUM,
    subject=Kind.WEBHOOK,
    remedy=(f"{HOOK}: an https address, and SSL verification enabled.",),
    source=f"{API} (config.url, config.insecure_ssl)",
    **clauses(SECRETS, "C1.4.4 C2.1.10 SC-8"),
)
def unencrypted(hook: Resource, view: View) -> Iterator[Hit]:
    """Whoever sits on the way reads code and names in the events, and sends events of their own."""
    _active(hook, view)
    if urlsplit(_url(hook, view)).scheme.lower() != "https":
        yield Hit(says=f"{_sends(hook, view)} sends without encryption")
    elif str(view.given(hook, "config", "insecure_ssl", facet=Facet.ORG_WEBHOOKS)) == "1":
        yield Hit(says=f"{_sends(hook, view)} does not verify the receiver's certificate")


@check(
    id="gh.hook.no_secret",
    title="Webhooks are signed",
    severity=Severity.MEDIUM,
    subject=Kind.WEBHOOK,
    remedy=(f"{HOOK} > Secret: a long random value, and let the receiver compare X-Hub-Signature-256.",),
    source="https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries",
    **clauses(SECRETS, "C1.4.4"),
)
def unsigned(hook: Resource, view: View) -> Iterator[Hit]:
    """The receiver cannot tell GitHub's events from anybody's: whoever knows the address starts builds."""
    _active(hook, view)
    if not view.given(hook, "config", "has_secret", facet=Facet.ORG_WEBHOOKS):
        yield Hit(says=f"{_sends(hook, view)} is not signed")


@check(
    id="gh.hook.external",
    title="Webhooks go to one's own hosts",
    severity=Severity.MEDIUM,
    subject=Kind.WEBHOOK,
    limits=("hook_hosts", "company_domains"),
    remedy=("Delete the webhook where nobody can say who runs the receiver and what it needs.",),
    source=DOC,
    **clauses(SECRETS, "C1.4.4 O8"),
)
def external(hook: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """Every push, comment and name in the chosen events leaves the company at once.

    One's own hosts are those under the company's domains, and those set as receivers.
    """
    _active(hook, view)
    organization = view.organization_of(hook)
    if organization is None:
        raise NotApplicable(f"{hook.name} belongs to no organization that was read")
    own = limits.hook_hosts
    try:
        own += company_domains(view, organization, limits)
    except NotApplicable:
        if not own:
            raise
    host = (urlsplit(_url(hook, view)).hostname or "").lower()
    if not any(host == domain or host.endswith(f".{domain}") for domain in own):
        yield Hit(says=f"{_sends(hook, view)} leaves the domains of {organization.name}")


@check(
    id="gh.hook.dead",
    title="Somebody listens to every webhook",
    severity=Severity.LOW,
    subject=Kind.WEBHOOK,
    remedy=(f"{HOOK} > Delete, or put the receiver in order.",),
    source=f"{API} (active, last_response)",
    **clauses(SECRETS, "C1.4.4"),
)
def dead(hook: Resource, view: View) -> Iterator[Hit]:
    """An address whose owner has gone can be taken by somebody else, who then receives the events."""
    if not view.given(hook, "active", facet=Facet.ORG_WEBHOOKS):
        yield Hit(says=f"{_sends(hook, view)} is switched off")
        return
    if "last_response" not in hook.attributes:  # https://docs.github.com/en/rest/orgs/webhooks has no such field
        told = "GitHub tells the last delivery of webhooks of repositories alone"
        raise Missing(hook.ref, Facet.ORG_WEBHOOKS, Cause.MISSING_FIELD, told)
    code = view.attribute(hook, "last_response", "code", facet=Facet.ORG_WEBHOOKS)
    status = str(view.attribute(hook, "last_response", "status", default="") or "")
    if (isinstance(code, int) and code >= REFUSED) or status in {"connection_error", "timeout"}:
        yield Hit(says=f"{_sends(hook, view)} was not accepted the last time ({code or status.replace('_', ' ')})")
