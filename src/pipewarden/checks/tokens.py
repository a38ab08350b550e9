"""Checks about people's tokens and SSH keys: how long they live, what they may do, whether anyone uses them."""

from collections.abc import Callable, Iterator

from pipewarden.access.view import Missing, View
from pipewarden.access.words import day
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import MACHINES, clauses
from pipewarden.checks.limits import LIMITS
from pipewarden.checks.reading import (
    Doubts,
    flat_permissions,
    is_inside,
    listed,
    many,
    moment,
    only_on_enterprise,
    silence,
    writes,
)
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Account, Cause, Machine, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind, Ref

FINE_DOC = "https://docs.github.com/en/rest/orgs/personal-access-tokens"
CREDENTIALS_DOC = (
    "https://docs.github.com/en/enterprise-cloud@latest/rest/orgs/orgs#list-saml-sso-authorizations-for-an-organization"
)
REVOKE_FINE = (
    "Revoke it: Settings > Personal access tokens > Active tokens "
    "(POST /orgs/{org}/personal-access-tokens/{pat_id} with action=revoke)."
)
REVOKE_CREDENTIAL = "Take its authorization away: DELETE /orgs/{org}/credential-authorizations/{credential_id}."

POWERFUL = ("admin:org", "admin:enterprise", "repo", "workflow", "delete_repo", "admin:org_hook", "admin:repo_hook")
"""Classic scopes that reach code, pipelines or administration.

https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
"""


def _owner(view: View, machine: Machine) -> str:
    """Return the login of a credential's owner in words."""
    return view.name(machine.owner) if machine.owner else "somebody"


# --- fine-grained tokens --------------------------------------------------------------------------


def _fine(view: View, organization: Resource) -> Iterator[Machine]:
    """Yield the living fine-grained tokens that reach an organization."""
    for token in view.inside(organization.ref, Kind.FINE_GRAINED_TOKEN):
        if token.expires_at is None or token.expires_at > view.as_of:
            yield token


def _token(view: View, token: Machine) -> str:
    """Return a fine-grained token in words: `bob's fine-grained token release`."""
    return f"{_owner(view, token)}'s fine-grained token {token.attributes.get('token_name') or token.ref.key}"


@check(
    id="gh.pat.fg_no_expiry",
    title="Fine-grained tokens expire",
    severity=Severity.HIGH,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_TOKENS,),
    remedy=(
        "Settings > Personal access tokens > Settings > set a maximum lifetime for fine-grained tokens.",
        "Ask the owner to make a new token with an end, then revoke the old one.",
    ),
    source=FINE_DOC,
    **clauses(MACHINES, "O6 IA-5"),
)
def fine_no_expiry(organization: Resource, view: View) -> Iterator[Hit]:
    """A token without an end works for whoever finds it, in a log, a laptop or a backup, in any later year.

    GitHub gives a null for the end of a token that never expires.
    """
    for token in _fine(view, organization):
        born = token.created_at
        if token.expires_at is None:
            says = f"{_token(view, token)} never expires and reaches {organization.name}"
        elif born and (token.expires_at - born).days > LIMITS.token_lifetime_days:
            span = many((token.expires_at - born).days, "day")
            says = f"{_token(view, token)} lives until {day(token.expires_at)}, {span} in all"
        else:
            continue
        yield Hit(says=says, about=token, on=organization, because=(token,))


@check(
    id="gh.pat.fg_stale",
    title="Fine-grained tokens are in use",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_TOKENS,),
    remedy=(REVOKE_FINE,),
    source=f"{FINE_DOC} (token_last_used_at)",
    **clauses(MACHINES, "O6 AC-2(3)"),
)
def fine_stale(organization: Resource, view: View) -> Iterator[Hit]:
    """A token that nobody uses is missed by nobody: neither when it is revoked nor when it is stolen."""
    yield from _stale(view, organization, _fine(view, organization), Facet.ORG_TOKENS, _token)


def _stale(
    view: View, organization: Resource, tokens: Iterator[Machine], facet: str, words: Callable[[View, Machine], str]
) -> Iterator[Hit]:
    doubts = Doubts()
    for token in tokens:
        with doubts:
            if token.last_used_at is None:
                raise Missing(token.ref, facet, Cause.MISSING_FIELD, "the last use was not given")
            if view.older(token.last_used_at, LIMITS.token_stale_days):
                yield Hit(
                    says=f"{words(view, token)} reaches {organization.name} and was not used {silence(view, token)}",
                    about=token,
                    on=organization,
                    because=(token,),
                )
    doubts.settle()


@check(
    id="gh.pat.fg_overscoped",
    title="Fine-grained tokens that write name their repositories",
    severity=Severity.HIGH,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_TOKENS,),
    remedy=(
        "Ask the owner for a token over the repositories it works on: Only select repositories.",
        REVOKE_FINE,
    ),
    source=f"{FINE_DOC} (repository_selection, permissions)",
    **clauses(MACHINES, "O6 AC-6"),
)
def fine_overscoped(organization: Resource, view: View) -> Iterator[Hit]:
    """A writing token over all repositories makes one leaked line an incident of the whole organization."""
    doubts = Doubts()
    count = sum(1 for _ in view.repositories(organization.ref))
    for token in _fine(view, organization):
        with doubts:
            if view.given(token, "repository_selection", facet=Facet.ORG_TOKENS) != "all":
                continue
            held = writes(flat_permissions(token, view, Facet.ORG_TOKENS))
            if held:
                yield Hit(
                    says=f"{_token(view, token)} can write {listed(held, 3)} on every repository of "
                    f"{organization.name} that {_owner(view, token)} reaches",
                    about=token,
                    on=organization,
                    because=(token,),
                    weight=count,
                )
    doubts.settle()


@check(
    id="gh.pat.fg_owner_left",
    title="No token of somebody who left still works",
    severity=Severity.CRITICAL,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_TOKENS, Facet.ORG_MEMBERS),
    remedy=(REVOKE_FINE, "Look in the audit log for what the token did since its owner left."),
    source=FINE_DOC,
    **clauses(MACHINES, "O2 O6 AC-2(3)"),
)
def fine_owner_left(organization: Resource, view: View) -> Iterator[Hit]:
    """A token in the hands of somebody who left is access that nobody gave, outside every review of people."""
    gone = {ref for identity in view.identities() if identity.active is False for ref in identity.accounts}
    doubts = Doubts()
    for token in _fine(view, organization):
        with doubts:
            if token.owner is None:
                raise Missing(token.ref, Facet.ORG_TOKENS, Cause.MISSING_FIELD, "the owner was not given")
            why = _left(view, token.owner, organization, gone)
            if why:
                yield Hit(
                    says=f"{_owner(view, token)} {why}, and the fine-grained token "
                    f"{token.attributes.get('token_name') or token.ref.key} still reaches it",
                    about=token,
                    on=organization,
                    because=(token,),
                )
    doubts.settle()


def _left(view: View, account: Ref, organization: Resource, gone: set[Ref]) -> str:
    """Return in words that an account is not in an organization any more, "" where it is."""
    if account in gone:
        return f"left the company that owns {organization.name}"
    known = view.find(account)
    if isinstance(known, Account) and known.attributes.get("suspended") is True:
        return f"is suspended in {organization.name}"
    return "" if is_inside(view, account, organization) else f"left {organization.name}"


@check(
    id="gh.pat.fg_approval_off",
    title="Requests for fine-grained tokens are answered",
    severity=Severity.LOW,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_TOKEN_REQUESTS,),
    remedy=(
        "Answer it: Settings > Personal access tokens > Pending requests.",
        "Or by the API: POST /orgs/{org}/personal-access-token-requests/{pat_request_id}.",
    ),
    source="https://docs.github.com/en/organizations/managing-programmatic-access-to-your-organization/"
    "managing-requests-for-personal-access-tokens-in-your-organization",
    **clauses(MACHINES, "O6"),
)
def fine_requests(organization: Resource, view: View) -> Iterator[Hit]:
    """Where requests lie about, approval is a formality: the next owner approves them all.

    Whether approval is required at all is shown by no API.
    """
    doubts = Doubts()
    for request in view.inside(organization.ref, Kind.TOKEN_REQUEST):
        with doubts:
            asked = moment(view.given(request, "created_at", facet=Facet.ORG_TOKEN_REQUESTS))
            if view.older(asked, LIMITS.token_request_days):
                owner = view.attribute(request, "owner", default=None)
                who = owner.get("login") if isinstance(owner, dict) else owner
                yield Hit(
                    says=f"the request of {who or 'somebody'} for a fine-grained token over {organization.name} waits "
                    f"since {day(asked)}",
                    about=request,
                    on=organization,
                    because=(request,),
                )
    doubts.settle()


# --- classic tokens and SSH keys ------------------------------------------------------------------


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
    return f"{_owner(view, token)}'s classic token" + (f" “{note}”" if note else "")


@check(
    id="gh.pat.classic_allowed",
    title="Classic tokens are refused",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_CREDENTIALS,),
    remedy=(
        "Move what uses classic tokens to apps or fine-grained tokens.",
        "Settings > Personal access tokens > Settings > Tokens (classic) > Do not allow access.",
    ),
    source="https://docs.github.com/en/organizations/managing-programmatic-access-to-your-organization/"
    "setting-a-personal-access-token-policy-for-your-organization",
    **clauses(MACHINES, "O6 AC-6"),
)
def classic_allowed(organization: Resource, view: View) -> Iterator[Hit]:
    """A classic token reaches everything its owner reaches and needs nobody's approval.

    No API shows the policy: a classic token that worked lately proves that they are let in; none proves nothing.
    """
    working = [
        token
        for token in _classic(view, organization)
        if token.last_used_at and not view.older(token.last_used_at, LIMITS.classic_proof_days)
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
        f"{listed(sorted({_owner(view, token) for token in working}))} worked in the last "
        f"{LIMITS.classic_proof_days} days",
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
            strong = [scope for scope in _scopes(view, token) if scope in POWERFUL]
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
    remedy=(REVOKE_CREDENTIAL, "Ask the owner to delete the token: Settings > Developer settings > Tokens (classic)."),
    source=f"{CREDENTIALS_DOC} (credential_accessed_at, authorized_credential_expires_at)",
    **clauses(MACHINES, "O6 AC-2(3)"),
)
def classic_stale(organization: Resource, view: View) -> Iterator[Hit]:
    """A token that is not used, or that never ends, is only of use to whoever finds it."""
    doubts = Doubts()
    for token in _classic(view, organization):
        with doubts:
            if view.older(token.last_used_at, LIMITS.token_stale_days):
                what = f"was not used {silence(view, token)}"
            elif token.expires_at is None:
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
    remedy=(
        REVOKE_CREDENTIAL,
        "Ask the owner to make a new key, or set up an SSH certificate authority: Settings > Authentication security.",
    ),
    source=CREDENTIALS_DOC,
    **clauses(MACHINES, "C1.3.11 O6"),
)
def ssh_seen(organization: Resource, view: View) -> Iterator[Hit]:
    """An SSH key has no end: it works from every laptop and backup it ever lay on, until somebody deletes it."""
    only_on_enterprise(view, organization, "the list of authorized credentials")
    doubts = Doubts()
    for key in view.inside(organization.ref, Kind.SSH_KEY):
        with doubts:
            if view.older(key.last_used_at, LIMITS.token_stale_days):
                what = f"was not used {silence(view, key)}"
            elif key.created_at is None:
                raise Missing(
                    key.ref, Facet.ORG_CREDENTIALS, Cause.MISSING_FIELD, "the day of authorization was not given"
                )
            elif view.older(key.created_at, LIMITS.ssh_key_days):
                what = f"was authorized on {day(key.created_at)}"
            elif key.last_used_at is None:
                raise Missing(key.ref, Facet.ORG_CREDENTIALS, Cause.MISSING_FIELD, "the last use was not given")
            else:
                continue
            title = key.attributes.get("title")
            label = f"{_owner(view, key)}'s SSH key" + (f" “{title}”" if title else "")
            yield Hit(
                says=f"{label} reaches {organization.name} and {what}", about=key, on=organization, because=(key,)
            )
    doubts.settle()
