"""Checks about what acts in Okta without a person: API tokens and service apps."""

from collections.abc import Iterator

from pipewarden.access.okta.directory import administrators, is_on, role_grants
from pipewarden.access.okta.roles import POWERFUL, SCOPES, SUPER
from pipewarden.access.view import Missing, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.okta_words import HOLDERS, OKTA, whole
from pipewarden.checks.reading import Doubts, listed, many
from pipewarden.model.facets_okta import OktaFacet
from pipewarden.model.facts import Cause, Machine, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind
from pipewarden.model.limits import Limits

TOKENS = "https://help.okta.com/oie/en-us/content/topics/security/api.htm"
SERVICE = "https://developer.okta.com/docs/guides/implement-oauth-for-okta-serviceapp/main/"


def _tokens(view: View, tenant: Resource) -> list[Machine]:
    return list(view.entities(Kind.ACCESS_TOKEN, within=tenant.ref))


@check(
    id="ok.tok.super",
    title="No API token acts as a super administrator",
    severity=Severity.HIGH,
    subject=Kind.TENANT,
    needs=(OktaFacet.API_TOKENS, OktaFacet.ROLES, OktaFacet.MEMBERS),
    remedy=(
        "Replace it with a service app that has the scopes it needs and a private key.",
        "Until then let an account with a narrow custom role make the token.",
    ),
    source=TOKENS,
    **clauses(OKTA, "O6 AC-6"),
)
@whole(OktaFacet.API_TOKENS, *HOLDERS)
def token_super(tenant: Resource, view: View) -> Iterator[Hit]:
    """A token can do what its owner can, without any factor. This one can make anybody an administrator."""
    supers = {each.ref: each for each in administrators(view, tenant, SUPER)}
    doubts = Doubts()
    for token in _tokens(view, tenant):
        if token.owner is not None and (owner := supers.get(token.owner)):
            with doubts:
                view.given(owner, "status", facet=OktaFacet.USERS)
                yield Hit(says=f"{token.name} acts as a super administrator of {tenant.name}", about=token)
    doubts.settle()


@check(
    id="ok.tok.zone",
    title="API tokens work from known networks only",
    severity=Severity.MEDIUM,
    subject=Kind.TENANT,
    needs=(OktaFacet.API_TOKENS,),
    remedy=("Security > API > Tokens > the token > Edit: let it be used from a network zone of your own only.",),
    source=TOKENS,
    **clauses(OKTA, "O6"),
)
@whole(OktaFacet.API_TOKENS)
def token_zone(tenant: Resource, view: View) -> Iterator[Hit]:
    """A token that leaked works from wherever it was carried to, unless it is bound to the networks it is used in."""
    doubts = Doubts()
    for token in _tokens(view, tenant):
        with doubts:
            connection = view.given(token, "network", "connection", facet=OktaFacet.API_TOKENS)
            if connection not in {"ANYWHERE", "ZONE"}:
                raise Missing(
                    token.ref, OktaFacet.API_TOKENS, Cause.UNEXPECTED, f"{token.name}: an unknown kind of network"
                )
            if connection == "ANYWHERE":
                yield Hit(says=f"{token.name} works from any network", about=token)
    doubts.settle()


@check(
    id="ok.tok.stale",
    title="API tokens are renewed",
    severity=Severity.MEDIUM,
    subject=Kind.TENANT,
    needs=(OktaFacet.API_TOKENS,),
    limits=("secret_days", "token_stale_days"),
    remedy=("Make a new token, move what uses the old one, and revoke that.",),
    source=TOKENS,
    **clauses(OKTA, "IA-5"),
)
@whole(OktaFacet.API_TOKENS)
def token_stale(tenant: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """A token lives on for as long as somebody uses it once in 30 days, its thief included: only renewal ends that."""
    doubts = Doubts()
    for token in _tokens(view, tenant):
        with doubts:
            age = view.age(token.created_at)
            silent = view.age(token.last_used_at)
            if age is None:
                view.given(token, "created_at", facet=OktaFacet.API_TOKENS)
            elif age.days > limits.secret_days:
                yield Hit(says=f"{token.name} is {many(age.days, 'day')} old and was never renewed", about=token)
            elif silent is not None and silent.days > limits.token_stale_days:
                yield Hit(says=f"{token.name} was not used for {many(silent.days, 'day')}", about=token)
    doubts.settle()


@check(
    id="ok.app.service",
    title="Service apps hold little, and prove themselves by a key",
    severity=Severity.HIGH,
    subject=Kind.TENANT,
    needs=(OktaFacet.APPS, OktaFacet.APP_GRANTS, OktaFacet.ROLES),
    remedy=(
        "Take the scopes that end in `.manage` away where reading is enough: Applications > the app > Okta API Scopes.",
        "Give it a custom role over what it works on, and a public key in place of the secret.",
    ),
    source=SERVICE,
    **clauses(OKTA, "O8"),
)
@whole(OktaFacet.APPS, OktaFacet.APP_GRANTS, OktaFacet.ROLES)
def service(tenant: Resource, view: View) -> Iterator[Hit]:
    """A service app needs a role and a scope. With both it changes who may do what, and a secret is all that proves it."""
    doubts = Doubts()
    roles = {grant.principal: kind for grant, kind in role_grants(view, tenant) if kind in POWERFUL or kind == "CUSTOM"}
    for app in view.entities(Kind.SERVICE_ACCOUNT, within=tenant.ref):
        with doubts:
            view.need(app.ref, OktaFacet.APP_GRANTS)
            if not is_on(view.given(app, "status", facet=OktaFacet.APPS)):
                continue
            scopes = sorted(set(view.given(app, "scopes", facet=OktaFacet.APP_GRANTS)) & SCOPES.keys())
            by = view.given(app, "token_endpoint_auth_method", facet=OktaFacet.APPS)
            if app.ref in roles and scopes:
                how = "" if by == "private_key_jwt" else ", and a secret is all that proves it"
                yield Hit(says=f"the service app {app.name} may use {listed(scopes, 2)} with its role{how}", about=app)
            elif by != "private_key_jwt":
                yield Hit(
                    says=f"the service app {app.name} proves itself by a secret and not by a key",
                    about=app,
                    severity=Severity.LOW,
                )
    doubts.settle()
