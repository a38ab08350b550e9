"""Checks about fine-grained tokens: how long they live, what they may do, whose they are."""

from collections.abc import Iterator

from pipewarden.access.view import Missing, View
from pipewarden.access.words import day
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import MACHINES, clauses
from pipewarden.checks.reading import (
    Doubts,
    flat_permissions,
    is_inside,
    listed,
    many,
    moment,
    owner_of,
    silence,
    writes,
)
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Account, Cause, Machine, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.limits import Limits

FINE_DOC = "https://docs.github.com/en/rest/orgs/personal-access-tokens"
REVOKE_FINE = (
    "Revoke it: Settings > Personal access tokens > Active tokens "
    "(POST /orgs/{org}/personal-access-tokens/{pat_id} with action=revoke)."
)


def _fine(view: View, organization: Resource) -> Iterator[Machine]:
    """Yield the living fine-grained tokens that reach an organization."""
    for token in view.inside(organization.ref, Kind.FINE_GRAINED_TOKEN):
        if token.expires_at is None or token.expires_at > view.as_of:
            yield token


def _token(view: View, token: Machine) -> str:
    """Return a fine-grained token in words: `bob's fine-grained token release`."""
    return f"{owner_of(view, token)}'s fine-grained token {token.attributes.get('token_name') or token.ref.key}"


@check(
    id="gh.pat.fg_no_expiry",
    title="Fine-grained tokens expire",
    severity=Severity.HIGH,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_TOKENS,),
    limits=("token_lifetime_days",),
    remedy=(
        "Settings > Personal access tokens > Settings > set a maximum lifetime for fine-grained tokens.",
        "Ask the owner to make a new token with an end, then revoke the old one.",
    ),
    source=FINE_DOC,
    **clauses(MACHINES, "O6 IA-5"),
)
def fine_no_expiry(organization: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """A token without an end works for whoever finds it, in a log, a laptop or a backup, in any later year.

    GitHub gives a null for the end of a token that never expires.
    """
    for token in _fine(view, organization):
        born = token.created_at
        if token.expires_at is None:
            says = f"{_token(view, token)} never expires and reaches {organization.name}"
        elif born and (token.expires_at - born).days > limits.token_lifetime_days:
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
    limits=("token_stale_days",),
    remedy=(REVOKE_FINE,),
    source=f"{FINE_DOC} (token_last_used_at)",
    **clauses(MACHINES, "O6 AC-2(3)"),
)
def fine_stale(organization: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """A token that nobody uses is missed by nobody: neither when it is revoked nor when it is stolen."""
    doubts = Doubts()
    for token in _fine(view, organization):
        with doubts:
            if token.last_used_at is None:
                raise Missing(token.ref, Facet.ORG_TOKENS, Cause.MISSING_FIELD, "the last use was not given")
            if view.older(token.last_used_at, limits.token_stale_days):
                yield Hit(
                    says=f"{_token(view, token)} reaches {organization.name} and has not been used {silence(view, token)}",
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
                    f"{organization.name} that {owner_of(view, token)} reaches",
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
    doubts = Doubts()
    for token in _fine(view, organization):
        with doubts:
            if token.owner is None:
                raise Missing(token.ref, Facet.ORG_TOKENS, Cause.MISSING_FIELD, "the owner was not given")
            why = _left(view, token.owner, organization, view.ended)
            if why:
                yield Hit(
                    says=f"{owner_of(view, token)} {why}, and the fine-grained token "
                    f"{token.attributes.get('token_name') or token.ref.key} is still approved for it",
                    about=token,
                    on=organization,
                    because=(token,),
                )
    doubts.settle()


def _left(view: View, account: Ref, organization: Resource, gone: frozenset[Ref]) -> str:
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
    limits=("token_request_days",),
    remedy=(
        "Answer it: Settings > Personal access tokens > Pending requests.",
        "Or by the API: POST /orgs/{org}/personal-access-token-requests/{pat_request_id}.",
    ),
    source="https://docs.github.com/en/organizations/managing-programmatic-access-to-your-organization/"
    "managing-requests-for-personal-access-tokens-in-your-organization",
    **clauses(MACHINES, "O6"),
)
def fine_requests(organization: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """Where requests lie about, approval is a formality: the next owner approves them all.

    Whether approval is required at all is shown by no API.
    """
    doubts = Doubts()
    for request in view.inside(organization.ref, Kind.TOKEN_REQUEST):
        with doubts:
            asked = moment(view.given(request, "created_at", facet=Facet.ORG_TOKEN_REQUESTS))
            if view.older(asked, limits.token_request_days):
                owner = view.attribute(request, "owner", default=None)
                who = owner.get("login") if isinstance(owner, dict) else owner
                yield Hit(
                    says=f"the request of {who or 'somebody'} for a fine-grained token over {organization.name} has been "
                    f"waiting since {day(asked)}",
                    about=request,
                    on=organization,
                    because=(request,),
                )
    doubts.settle()
