"""The second factor of one account: what is enrolled, whether a sign-in must show it, and by which policy of whom.

Where single sign-on is the only way in, the identity provider's fact is the account's; where it is one way of several,
the account answers for itself.
"""

from collections.abc import Iterable

from msgspec import Struct

from pipewarden.access.accounts import PROVIDERS, known, mfa_words
from pipewarden.access.entra import mfa as entra
from pipewarden.access.okta.applies import Applied, applied
from pipewarden.access.okta.directory import DASHBOARD, policies
from pipewarden.access.okta.factors import said
from pipewarden.access.okta.policies import own_app, policy_of
from pipewarden.access.sent import MICROSOFT, host
from pipewarden.access.view import Missing, View
from pipewarden.model.access import Answer
from pipewarden.model.facets import Facet
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facets_okta import OktaFacet
from pipewarden.model.facts import Account, Cause, Resource
from pipewarden.model.ids import Kind, Ref, members_of, outsiders_of
from pipewarden.model.systems import System

NEVER_HERE = "not applicable"


class SecondFactor(Struct, frozen=True, kw_only=True):
    """What is known of an account's second factor."""

    enrolled: str
    """In words: `phishing-resistant`, `enabled`, `weak`, `none`, `unknown`, `not applicable`."""
    methods: str = ""
    required: Answer
    """Whether a sign-in must show one, where it is enforced."""
    by: tuple[str, ...] = ()
    """Which policies ask for it, or why they do not, in words."""
    inherited: Ref | None = None
    """The account at the identity provider whose fact this is, where single sign-on is the only way in."""
    local: bool = False
    """Whether it signs in without the identity provider."""


def second_factor(view: View, account: Account) -> SecondFactor:
    """Return what is known of an account's second factor."""
    match view.system_of(account.ref):
        case System.OKTA:
            return _okta(view, account)
        case System.ENTRA:
            return _entra(view, account)
        case System.GITHUB:
            return _github(view, account)
        case System.GITLAB:
            return _gitlab(view, account)
        case System.VAULT:
            return _vault(view, account)
        case System.JENKINS:
            return _jenkins(view, account)
    local = known(account, view.system_of(account.ref)).local is True
    return _own(account, Answer.UNKNOWN, ("whether it is asked for here was not read",), local=local)


def enrolled(view: View, account: Account) -> str:
    """Return what is enrolled alone, in the words of `SecondFactor`: at a provider no policy decides that."""
    return _enrolled(account) if view.system_of(account.ref) in PROVIDERS else second_factor(view, account).enrolled


def _enrolled(account: Account) -> str:
    told = account.attributes.get("mfa")
    return "weak" if told == "insecure" else "none" if told == "disabled" else mfa_words(told)


def _own(account: Account, required: Answer, by: Iterable[str], *, local: bool = False) -> SecondFactor:
    told = account.attributes.get("mfa")
    methods = told.get("methods") if isinstance(told, dict) else ()
    return SecondFactor(
        enrolled=_enrolled(account), methods=said(map(str, methods or ())), required=required, by=tuple(by), local=local
    )


# --- identity providers -------------------------------------------------------------------------------------------


def _okta(view: View, account: Account, into: str = "") -> SecondFactor:
    """Ask the global session policy and the app's: either suffices, for both are passed on the way in.

    The app is the dashboard; for a sign-in to another system (`into`) it is the app that says it signs in there.
    """
    tenant = view.find(Ref(account.ref.instance, Kind.TENANT, "organization"))
    if not isinstance(tenant, Resource) or view.gap(tenant.ref, OktaFacet.POLICIES):
        return _own(account, Answer.UNKNOWN, ("the policies of sign-in were not read",))
    session = list(applied(view, account.ref, policies(view, tenant, "OKTA_SIGN_ON")))
    asked = [_together(session)]
    told = [_told(session, "the session")]
    try:
        app = _app_into(view, tenant, into) if into else own_app(view, tenant, DASHBOARD)
        decides = list(applied(view, account.ref, [policy_of(view, tenant, app)]))
    except Missing as gap:
        asked.append(Answer.UNKNOWN)
        told.append(gap.detail)
    else:
        asked.append(_together(decides))
        told.append(_told(decides, app.name if into else "the dashboard"))
    return _own(account, _either(asked), told)


def _app_into(view: View, tenant: Resource, instance: str) -> Resource:
    """Return the app that says that it signs in to an instance. Raises Missing where none or several do."""
    known = view.memo["apps of Okta by where they sign in"]  # asked for each account
    if tenant.ref not in known:
        known[tenant.ref] = {}
        for app in view.entities(Kind.APPLICATION, within=tenant.ref):
            if isinstance(app, Resource):
                known[tenant.ref].setdefault(host((app.attributes.get("saml") or {}).get("acs")), []).append(app)
    found: list[Resource] = known[tenant.ref].get(instance, [])
    if len(found) != 1:
        raise Missing(tenant.ref, OktaFacet.APPS, Cause.MISSING_FIELD, f"which app signs in to {instance} was not told")
    return found[0]


def _together(rules: list[Applied]) -> Answer:
    """Return whether every rule that may decide asks for it."""
    asks = {rule.factor for rule in rules}
    if not rules or None in asks or len(asks) > 1:
        return Answer.UNKNOWN
    return Answer.YES if True in asks else Answer.NO


def _either(answers: list[Answer]) -> Answer:
    if Answer.YES in answers:
        return Answer.YES
    return Answer.UNKNOWN if Answer.UNKNOWN in answers else Answer.NO


def _told(rules: list[Applied], where: str) -> str:
    if not rules:
        return f"no rule that was read decides {where}"
    words = {True: "asks for it", False: "does not ask for it", None: "asks in words that are not known"}
    parts = [
        f"{each.rule} of {each.policy.name} {words[each.factor]}" + ("" if each.sure else " at some sign-ins")
        for each in rules
    ]
    return f"{where}: {'; '.join(dict.fromkeys(parts))}"


def _entra(view: View, account: Account) -> SecondFactor:
    """Ask conditional access: a policy that binds at every sign-in, one that does at some, or none."""
    if account.parent is None or view.gap(account.parent, EntraFacet.CONDITIONAL_ACCESS):
        return _own(account, Answer.UNKNOWN, ("the policies of conditional access were not read",))
    tenant = view.find(account.parent)
    if isinstance(tenant, Resource) and tenant.attributes.get("security_defaults") is True:
        return _own(account, Answer.UNKNOWN, ("security defaults ask for it where Microsoft finds it necessary",))
    every = entra.asked(view, account)
    told = [f"policy {each.policy.name}" + (f": {each.spared}" if each.spared else " asks for it") for each in every]
    if any(each.binds for each in every):
        return _own(account, Answer.YES, told)
    at_some = [each for each in every if each.spared not in OFF]
    return _own(account, Answer.UNKNOWN if at_some else Answer.NO, told or ("no policy names it",))


OFF = frozenset({"excluded", "report only", "switched off"})


# --- the others ---------------------------------------------------------------------------------------------------


def _inherited(view: View, account: Account, why: str, issuers: frozenset[str] = frozenset()) -> SecondFactor | None:
    """Return the identity provider's fact of the person whose account this is, where there is one account there.

    Where it is known whose tokens are believed (`issuers`), only an account there counts.
    """
    person = view.person_of(account.ref)
    mine = [j.account for j in person.accounts if view.system_of(j.account) in PROVIDERS] if person else []
    if issuers:
        entra_too = bool(issuers & MICROSOFT)
        mine = [r for r in mine if r.instance in issuers or (entra_too and view.system_of(r) is System.ENTRA)]
    found = [each for ref in mine if isinstance(each := view.find(ref), Account)]
    if len(found) != 1:
        return None
    at_okta = view.system_of(found[0].ref) is System.OKTA
    theirs = _okta(view, found[0], account.ref.instance) if at_okta else second_factor(view, found[0])
    return SecondFactor(
        enrolled=theirs.enrolled, methods=theirs.methods, required=theirs.required, by=(why, *theirs.by),
        inherited=found[0].ref,
    )  # fmt: skip


def _by_provider(view: View, account: Account, why: str, issuers: frozenset[str] = frozenset()) -> SecondFactor:
    """Return the identity provider's fact; that it is not known whose it is, where several or none answer to it."""
    told = f"{why}; which account there is theirs was not read, or there are several"
    found = _inherited(view, account, why, issuers)
    return found or SecondFactor(enrolled="unknown", required=Answer.UNKNOWN, by=(told,))


def _github(view: View, account: Account) -> SecondFactor:
    """Ask the organizations somebody is in; managed users have no second factor of GitHub's at all.

    https://docs.github.com/en/enterprise-cloud@latest/admin/managing-iam/understanding-iam-for-enterprises/about-enterprise-managed-users
    """
    mine = [o for o in view.organizations if _is_in(view, account.ref, o.ref)]
    if mine and all(o.attributes.get("emu") is True for o in mine):
        found = _inherited(view, account, "managed users sign in through the identity provider alone")
        return found or SecondFactor(
            enrolled=NEVER_HERE, required=Answer.UNKNOWN, by=("managed users sign in through the identity provider",)
        )
    asks, told = [], []
    for each in mine:
        value = each.attributes.get("two_factor_requirement_enabled")
        seen = isinstance(value, bool) and view.gap(each.ref, Facet.ORG_SETTINGS) is None
        asks.append((Answer.YES if value else Answer.NO) if seen else Answer.UNKNOWN)
        words = {Answer.YES: "requires it", Answer.NO: "does not require it", Answer.UNKNOWN: "was not read"}
        told.append(f"{each.name} {words[asks[-1]]}")
        if asks[-1] is Answer.NO and (beside := _beside(view, account, each)):
            asks[-1] = beside[0]
            told.append(beside[1])
    return _own(account, _either(asks) if asks else Answer.UNKNOWN, told)


def _beside(view: View, account: Account, organization: Resource) -> tuple[Answer, str] | None:
    """Say what single sign-on of an organization asks for beside GitHub's own sign-in; None where there surely is none.

    Members prove themselves to the provider before they see the organization's resources, in a browser and with every
    token, where it is enforced; which no API tells.
    https://docs.github.com/en/enterprise-cloud@latest/authentication/authenticating-with-single-sign-on/about-authentication-with-single-sign-on
    """
    gap = view.gap(organization.ref, Facet.ORG_SAML)
    if gap is not None and gap.cause is not Cause.PLAN:
        return Answer.UNKNOWN, f"whether {organization.name} has single sign-on was not read"
    above = view.find(organization.parent)
    own = above.attributes.get("owner_info") if isinstance(above, Resource) else None
    outer = own.get("samlIdentityProvider") if isinstance(own, dict) else None
    if not organization.attributes.get("samlIdentityProvider") and not outer:
        return None
    theirs = _inherited(view, account, "")
    if theirs is not None and theirs.required is Answer.NO:
        return Answer.NO, "nor does the identity provider of its single sign-on"
    asks = "which asks for it" if theirs is not None and theirs.required is Answer.YES else "which may ask for it"
    return Answer.UNKNOWN, f"{organization.name} has single sign-on, {asks}; whether that is enforced no API tells"


def _jenkins(view: View, account: Account) -> SecondFactor:
    """Ask the realm: a controller that signs people in through SAML or OpenID Connect has no other way in.

    “Security Realm: … where users are stored and how they authenticate”; there is one of a controller.
    https://www.jenkins.io/doc/book/security/managing-security/#access-control
    """
    if known(account, System.JENKINS).local is True:
        return _own(account, Answer.UNKNOWN, ("whether it is asked for here was not read",), local=True)
    tenant = _tenant(view, account)
    configuration = tenant.attributes.get("configuration") if tenant is not None else None
    realm = str(configuration.get("realm") or "") if isinstance(configuration, dict) else ""
    if realm in SIGN_ON:
        return _by_provider(view, account, "the controller signs in through the identity provider alone")
    why = f"the realm {realm} asks, and whether for it was not read" if realm else "the controller's realm was not read"
    return _own(account, Answer.UNKNOWN, (why,))


SIGN_ON = frozenset({"saml", "oic", "azure"})
"""Realms of Jenkins, as the export names them, that leave the sign-in to an identity provider.

https://plugins.jenkins.io/saml/ https://plugins.jenkins.io/oic-auth/ https://plugins.jenkins.io/azure-ad/
"""


def _tenant(view: View, account: Account) -> Resource | None:
    """Return what stands for all of an account's system: looked up once for all its accounts."""
    known = view.memo["what stands for a system"]
    if "all" not in known:
        known["all"] = {each.ref.instance: each for each in reversed(list(view.entities(Kind.TENANT)))}
    found: Resource | None = known["all"].get(account.ref.instance)
    return found


def _is_in(view: View, account: Ref, organization: Ref) -> bool:
    return view.is_in(account, members_of(organization)) or view.is_in(account, outsiders_of(organization))


def _gitlab(view: View, account: Account) -> SecondFactor:
    """Ask the instance and the groups; where passwords are off, who is linked comes through the provider alone.

    https://docs.gitlab.com/security/two_factor_authentication/
    """
    told = known(account, System.GITLAB)
    instance = _tenant(view, account)
    given = instance.attributes if instance is not None else {}
    if told.local is False and given.get("password_authentication_enabled_for_web") is False:
        return _by_provider(view, account, "passwords are off: single sign-on is the only way in")
    asks, words = [], []
    value = given.get("require_two_factor_authentication")
    asks.append(Answer.UNKNOWN if not isinstance(value, bool) else Answer.YES if value else Answer.NO)
    words.append(
        {Answer.YES: "the instance requires it", Answer.NO: "the instance does not require it"}.get(asks[0], "")
    )
    ordinal = view.snapshot.ordinal(account.ref)
    for each in () if ordinal is None else view.engine.graph.outer(ordinal)[1:]:
        group = view.snapshot.entity(each)
        outer = view.find(group.parent) if group.parent and not group.attributes.get("implicit") else None
        if isinstance(outer, Resource) and outer.attributes.get("require_two_factor_authentication") is True:
            asks.append(Answer.YES)
            words.append(f"{outer.name} requires it")
    local = told.local is True
    return _own(account, _either(asks), [each for each in words if each] or ["its setting was not read"], local=local)


def _vault(view: View, account: Account) -> SecondFactor:
    """Ask the login: through a provider the second factor is the provider's, with a password the vault's own login MFA.

    https://openbao.org/docs/auth/login-mfa/
    """
    told = known(account, System.VAULT)
    aliases = [each for each in account.attributes.get("aliases") or () if isinstance(each, dict)]
    ways = {str(each.get("mount_type")) for each in aliases}
    if ways and ways <= {"oidc", "saml"}:
        doors = [view.find(each.group) for each in view.groups_of(account.ref)]
        issuers = frozenset(host(each.attributes.get("issuer")) for each in doors if each is not None) - {""}
        return _by_provider(view, account, "it logs in through the identity provider alone", issuers)
    local = told.local is True or account.attributes.get("local") is True
    tenant = _tenant(view, account)
    rules = tenant.attributes.get("login_mfa") if tenant is not None else None
    if not isinstance(rules, list):
        return _own(account, Answer.UNKNOWN, ("the vault's login MFA was not read",), local=local)
    accessors = {str(each.get("mount_accessor")) for each in aliases} | {str(account.attributes.get("mount"))}
    types = ways | {str(account.attributes.get("method"))}
    ordinal = view.snapshot.ordinal(account.ref)
    groups = {view.snapshot.ref(each).key for each in (() if ordinal is None else view.engine.graph.outer(ordinal)[1:])}
    by = [
        str(rule.get("name"))
        for rule in rules
        if isinstance(rule, dict)
        and (_names(rule, account, accessors, types) or _has(rule, "identity_group_ids", groups))
    ]
    if by:
        return _own(account, Answer.YES, [f"login MFA {each} asks for it" for each in by], local=local)
    return _own(account, Answer.NO, ("no login MFA of the vault names it",), local=local)


def _names(rule: dict[str, object], account: Account, accessors: set[str], types: set[str]) -> bool:
    return (
        _has(rule, "auth_method_accessors", accessors)
        or _has(rule, "auth_method_types", types)
        or _has(rule, "identity_entity_ids", {account.ref.key})
    )


def _has(rule: dict[str, object], field: str, wanted: set[str]) -> bool:
    value = rule.get(field)
    return isinstance(value, list) and bool(wanted & {str(each) for each in value})
