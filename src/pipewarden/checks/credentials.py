"""Checks about classic tokens and SSH keys that people authorized for single sign-on."""

from collections.abc import Iterator

from pipewarden.access.github.roles import CLASSIC_SCOPES
from pipewarden.access.view import Missing, View
from pipewarden.access.words import day
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import MACHINES, clauses
from pipewarden.checks.reading import (
    Doubts,
    listed,
    many,
    only_on_enterprise,
    owner_of,
    silence,
)
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Machine, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind
from pipewarden.model.limits import Limits

CREDENTIALS_DOC = (
    "https://docs.github.com/en/enterprise-cloud@latest/rest/orgs/orgs#list-saml-sso-authorizations-for-an-organization"
)


REVOKE_CREDENTIAL = "Take its authorization away: DELETE /orgs/{org}/credential-authorizations/{credential_id}."


def _classic(view: View, organization: Resource) -> Iterator[Machine]:
    """Yield the living classic tokens authorized for an organization; NotApplicable where nobody can list them.

    Only single sign-on makes people authorize their tokens, and only then can they be listed.
    """
    only_on_enterprise(view, organization, "the list of authorized credentials")
    for token in view.inside(organization.ref, Kind.CLASSIC_TOKEN):
        if token.expires_at is None or token.expires_at > view.as_of:
            yield token


def _scopes(view: View, token: Machine) -> list[str]:
    return [str(scope) for scope in view.given(token, "scopes", facet=Facet.ORG_CREDENTIALS)]


def _classic_words(view: View, token: Machine) -> str:
    """Return a classic token in words, with the note its owner gave it."""
    note = token.attributes.get("note")
    return f"{owner_of(view, token)}'s classic token" + (f" “{note}”" if note else "")


POWERFUL = ("admin:org", "admin:enterprise", "repo", "workflow", "delete_repo", "admin:org_hook", "admin:repo_hook")
"""Classic scopes that reach code, pipelines or administration.

https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
"""


@check(
    id="gh.pat.classic_allowed",
    title="Classic tokens are refused",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_CREDENTIALS,),
    limits=("classic_proof_days",),
    remedy=(
        "Move what uses classic tokens to apps or fine-grained tokens.",
        "Settings > Personal access tokens > Settings > Tokens (classic) > Do not allow access.",
    ),
    source="https://docs.github.com/en/organizations/managing-programmatic-access-to-your-organization/"
    "setting-a-personal-access-token-policy-for-your-organization",
    **clauses(MACHINES, "O6 AC-6"),
)
def classic_allowed(organization: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """A classic token reaches everything its owner reaches and needs nobody's approval.

    No API shows the policy: a classic token that worked lately proves that they are let in; none proves nothing.
    """
    working = [
        token
        for token in _classic(view, organization)
        if token.last_used_at and not view.older(token.last_used_at, limits.classic_proof_days)
    ]
    if not working:
        raise Missing(
            organization.ref,
            Facet.ORG_CREDENTIALS,
            Cause.MISSING_FIELD,
            "no API shows whether classic tokens are let in",
        )
    yield Hit(
        says=f"{organization.name} lets classic tokens in: {many(len(working), 'token')} of "
        f"{listed(sorted({owner_of(view, token) for token in working}))} worked in the last "
        f"{limits.classic_proof_days} days",
        because=tuple(working[:10]),
        weight=len(working),
    )


@check(
    id="gh.pat.classic_seen",
    title="No classic token is authorized",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_CREDENTIALS,),
    remedy=("Ask the owner to move to a fine-grained token or an app.", REVOKE_CREDENTIAL),
    source=CREDENTIALS_DOC,
    **clauses(MACHINES, "O6 IA-5"),
)
def classic_seen(organization: Resource, view: View) -> Iterator[Hit]:
    """A classic token cannot be limited to repositories: its scopes hold everywhere its owner may go."""
    for token in _classic(view, organization):
        scopes = token.attributes.get("scopes") or []
        yield Hit(
            says=f"{_classic_words(view, token)} is authorized for {organization.name}"
            + (f" with {listed(map(str, scopes))}" if scopes else ""),
            about=token,
            on=organization,
            because=(token,),
            weight=len(scopes),
        )


@check(
    id="gh.pat.classic_admin_scope",
    title="No classic token administers or changes pipelines",
    severity=Severity.HIGH,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_CREDENTIALS,),
    remedy=(
        "Ask the owner for a fine-grained token with the permissions the work needs.",
        REVOKE_CREDENTIAL,
    ),
    source="https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps",
    **clauses(MACHINES, "O6 AC-6"),
)
def classic_admin_scope(organization: Resource, view: View) -> Iterator[Hit]:
    """With `repo`, `workflow`, `admin:org` or `delete_repo` a leaked token is its owner, wherever they may go."""
    doubts = Doubts()
    for token in _classic(view, organization):
        with doubts:
            scopes = _scopes(view, token)
            strong = [scope for scope in scopes if scope in POWERFUL]
            if not strong and (odd := sorted(set(scopes) - CLASSIC_SCOPES)):
                detail = f"what the scope {odd[0][:40]} allows is not known"
                raise Missing(token.ref, Facet.ORG_CREDENTIALS, Cause.UNEXPECTED, detail)
            if strong:
                yield Hit(
                    says=f"{_classic_words(view, token)} holds {listed(strong)} in {organization.name}",
                    about=token,
                    on=organization,
                    because=(token,),
                    weight=len(strong),
                )
    doubts.settle()


@check(
    id="gh.pat.classic_stale",
    title="Classic tokens are in use and expire",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_CREDENTIALS,),
    limits=("token_stale_days",),
    remedy=(REVOKE_CREDENTIAL, "Ask the owner to delete the token: Settings > Developer settings > Tokens (classic)."),
    source=f"{CREDENTIALS_DOC} (credential_accessed_at, authorized_credential_expires_at)",
    **clauses(MACHINES, "O6 AC-2(3)"),
)
def classic_stale(organization: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """A token that is not used, or that never ends, is only of use to whoever finds it."""
    doubts = Doubts()
    for token in _classic(view, organization):
        with doubts:
            if view.older(token.last_used_at, limits.token_stale_days):
                what = f"has not been used {silence(view, token)}"
            elif token.expires_at is None:
                view.attribute(token, "authorized_credential_expires_at", facet=Facet.ORG_CREDENTIALS)
                what = "never expires"
            elif token.last_used_at is None:
                raise Missing(token.ref, Facet.ORG_CREDENTIALS, Cause.MISSING_FIELD, "the last use was not given")
            else:
                continue
            yield Hit(
                says=f"{_classic_words(view, token)} is authorized for {organization.name} and {what}",
                about=token,
                on=organization,
                because=(token,),
            )
    doubts.settle()


@check(
    id="gh.key.ssh_seen",
    title="People's SSH keys are used and renewed",
    severity=Severity.LOW,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_CREDENTIALS,),
    limits=("token_stale_days", "ssh_key_days"),
    remedy=(
        REVOKE_CREDENTIAL,
        "Ask the owner to make a new key, or set up an SSH certificate authority: Settings > Authentication security.",
    ),
    source=CREDENTIALS_DOC,
    **clauses(MACHINES, "C1.3.11 O6"),
)
def ssh_seen(organization: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """An SSH key has no end: it works from every laptop and backup it ever lay on, until somebody deletes it."""
    only_on_enterprise(view, organization, "the list of authorized credentials")
    doubts = Doubts()
    for key in view.inside(organization.ref, Kind.SSH_KEY):
        with doubts:
            if view.older(key.last_used_at, limits.token_stale_days):
                what = f"has not been used {silence(view, key)}"
            elif key.created_at is None:
                raise Missing(
                    key.ref, Facet.ORG_CREDENTIALS, Cause.MISSING_FIELD, "the day of authorization was not given"
                )
            elif view.older(key.created_at, limits.ssh_key_days):
                what = f"was authorized on {day(key.created_at)}"
            elif key.last_used_at is None:
                raise Missing(key.ref, Facet.ORG_CREDENTIALS, Cause.MISSING_FIELD, "the last use was not given")
            else:
                continue
            title = key.attributes.get("title")
            label = f"{owner_of(view, key)}'s SSH key" + (f" “{title}”" if title else "")
            yield Hit(
                says=f"{label} reaches {organization.name} and {what}", about=key, on=organization, because=(key,)
            )
    doubts.settle()
