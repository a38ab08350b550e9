"""Checks about users and guests of an Entra tenant, and about what its policies ask of their sign-in."""

from collections.abc import Iterator

from pipewarden.access.entra import mfa
from pipewarden.access.view import View
from pipewarden.access.words import day
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.entra_reading import (
    AZURE,
    HOLDERS,
    admins,
    break_glass,
    licensed,
    maybe_break_glass,
    need_holders,
    role_name,
)
from pipewarden.checks.reading import Doubts, listed, many, quoted
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facts import Account, Gate, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.limits import Limits

POLICIES = "https://learn.microsoft.com/en-us/entra/identity/conditional-access"


def enabled(view: View, tenant: Resource) -> Iterator[Account]:
    """Yield the accounts that can sign in."""
    for account in view.inside(tenant.ref, Kind.ACCOUNT):
        if account.attributes.get("accountEnabled") is True:
            yield account


@check(
    id="en.usr.mfa",
    title="Every user can show a second factor",
    severity=Severity.HIGH,
    subject=Kind.TENANT,
    needs=(EntraFacet.USERS, EntraFacet.REGISTRATION),
    remedy=("Have each of them register a passkey or an authenticator, or disable the account.",),
    source="https://learn.microsoft.com/en-us/graph/api/resources/userregistrationdetails",
    **clauses(AZURE, "IA-2(2)"),
)
def second_factor(tenant: Resource, view: View) -> Iterator[Hit]:
    """A user without a second factor is a password away from whoever guessed it; who signs in first registers theirs."""
    told = set(admins(view, tenant)) | maybe_break_glass(view, tenant)
    doubts = Doubts()
    for account in enabled(view, tenant):
        if account.ref in told:
            continue
        with doubts:
            if view.given(account, "mfa", "capable", facet=EntraFacet.REGISTRATION) is False:
                yield Hit(
                    says=f"{account.name} has no second factor to sign in with", about=account, because=(account,)
                )
    doubts.settle()
    need_holders(view, tenant)  # administrators are told by a check of their own


@check(
    id="en.usr.stale",
    title="Users who do not sign in any more are disabled",
    severity=Severity.MEDIUM,
    subject=Kind.TENANT,
    needs=(EntraFacet.USERS, EntraFacet.SIGN_INS),
    limits=("member_stale_days",),
    remedy=("Disable the account; delete it thirty days later.",),
    source="https://learn.microsoft.com/en-us/entra/identity/monitoring-health/howto-manage-inactive-user-accounts",
    **clauses(AZURE, "AC-2(3)"),
)
def stale(tenant: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """An account that nobody uses is one that nobody misses when somebody else does."""
    perhaps = maybe_break_glass(view, tenant)
    spared = {account.ref for account in break_glass(view, tenant)} | perhaps
    for account in enabled(view, tenant):
        if account.attributes.get("userType") == "Guest" or account.ref in spared:
            continue
        seen = account.last_used_at
        if view.older(seen or account.created_at, limits.member_stale_days):
            told = f"has not signed in since {day(seen)}" if seen else "has never signed in"
            yield Hit(says=f"{account.name} {told}", about=account, because=(account,))
    if perhaps:
        need_holders(view, tenant)
        view.need(tenant.ref, EntraFacet.CONDITIONAL_ACCESS)


@check(
    id="en.usr.guest",
    title="Guests are few, known and without strong roles",
    severity=Severity.HIGH,
    subject=Kind.TENANT,
    needs=(EntraFacet.USERS,),
    limits=("outsider_stale_days",),
    remedy=(
        "Take the role from the guest, or delete a guest who is not seen any more.",
        "Let only administrators and guest inviters invite guests.",
    ),
    source="https://learn.microsoft.com/en-us/entra/external-id/external-collaboration-settings-configure",
    **clauses(AZURE, "AC-2"),
)
def guests(tenant: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """A guest signs in elsewhere: whether they left, or how they prove who they are, is not known here."""
    view.need(tenant.ref, *HOLDERS)
    for held in admins(view, tenant).values():
        account, role = held[0].account, role_name(view, held[0].grant)
        if account.attributes.get("userType") == "Guest":
            says = f"the guest {account.name} may be {role}"
            yield Hit(says=says, about=account, on=tenant, because=(held[0].grant, account))
    need_holders(view, tenant)
    invites = view.given(tenant, "authorization_policy", "allowInvitesFrom", facet=EntraFacet.AUTHORIZATION)
    if invites in {"everyone", "adminsGuestInvitersAndAllMembers"}:
        who = "everybody, guests too," if invites == "everyone" else "every member"
        yield Hit(says=f"{who} may invite guests to {tenant.name}", severity=Severity.MEDIUM)
    view.need(tenant.ref, EntraFacet.SIGN_INS)
    for account in enabled(view, tenant):
        seen = account.last_used_at
        if account.attributes.get("userType") != "Guest":
            continue
        if view.older(seen or account.created_at, limits.outsider_stale_days):
            told = f"was last seen on {day(seen)}" if seen else "was never seen"
            yield Hit(
                says=f"the guest {account.name} {told} and can still sign in",
                about=account,
                because=(account,),
                severity=Severity.MEDIUM,
            )


ASKS = "asks all users for a second factor everywhere"


def _covers_all(policy: Gate) -> bool:
    return "All" in mfa.listed(policy, "users", "includeUsers") and mfa.all_applications(policy)


@check(
    id="en.ca.gaps",
    title="Conditional access asks everybody, everywhere",
    severity=Severity.HIGH,
    subject=Kind.TENANT,
    needs=(EntraFacet.CONDITIONAL_ACCESS, EntraFacet.GROUPS, EntraFacet.USERS),
    remedy=(
        "Require a second factor of all users for all resources, and exclude only the accounts for emergencies.",
        "Block legacy authentication and the device code flow.",
    ),
    source=f"{POLICIES}/plan-conditional-access",
    **clauses(AZURE, "IA-2 AC-3"),
)
def policy_gaps(tenant: Resource, view: View) -> Iterator[Hit]:
    """Whoever a policy leaves out, and every way of signing in that it leaves open, is where an attacker begins."""
    if tenant.attributes.get("security_defaults") is True:
        return
    licensed(view, tenant, EntraFacet.CONDITIONAL_ACCESS)
    policies = mfa.policies(view, tenant.ref)
    binding = [each for each in policies if each.active and mfa.asks_factor(each)]
    blocking = [each for each in policies if each.active and mfa.blocks(each)]
    lacks = []
    if not any(_covers_all(each) and not mfa.narrowed(each) for each in binding):
        lacks.append(ASKS)
    if not any(_legacy(each) for each in blocking):
        lacks.append("blocks legacy protocols")
    if not any("deviceCodeFlow" in str(mfa.part(each, "authenticationFlows")) for each in blocking):
        lacks.append("blocks the device code flow")
    if lacks:
        waiting = [each for each in policies if each.rules.get("state") == mfa.REPORT_ONLY and _covers_all(each)]
        more = f"; {many(len(waiting), 'policy')} only reporting" if waiting and ASKS in lacks else ""
        says = f"no policy of {tenant.name} {listed(lacks).replace(' and ', ' or ')}{more}"
        yield Hit(says=says, because=tuple(waiting or binding)[:5] or (tenant,), weight=len(lacks))
    perhaps = maybe_break_glass(view, tenant)
    spared = {account.ref for account in break_glass(view, tenant)} | perhaps
    for policy in binding:
        yield from _left_out(view, tenant, policy, spared)
    if perhaps:
        need_holders(view, tenant)


def _legacy(policy: Gate) -> bool:
    clients = {str(each) for each in (policy.rules.get("conditions") or {}).get("clientAppTypes") or ()}
    return {"exchangeActiveSync", "other"} <= clients and "All" in mfa.listed(policy, "users", "includeUsers")


def _left_out(view: View, tenant: Resource, policy: Gate, spared: set[Ref]) -> Iterator[Hit]:
    """Tell who a policy leaves out: accounts beside those for emergencies, and groups, also those that are gone."""
    name = quoted(policy.name)
    for kind, field in ((Kind.ACCOUNT, "excludeUsers"), (Kind.GROUP, "excludeGroups")):
        for key in mfa.listed(policy, "users", field):
            ref = Ref(tenant.ref.instance, kind, key)
            thing = view.find(ref)
            if ref in spared or key == "GuestsOrExternalUsers":
                continue
            if thing is None:
                about = Resource(ref=ref, name=key, parent=tenant.ref, origin=policy.origin)
                says = f"{name} leaves out the {kind} {key}, which is not there any more"
                yield Hit(says=says, on=about, because=(policy,), severity=Severity.LOW)
            elif kind is Kind.GROUP:
                count = many(len(view.all_members(ref)), "member")
                says = f"{name} leaves out the group {quoted(thing.name)}, with {count}"
                yield Hit(says=says, on=thing, because=(policy, thing))
            else:
                yield Hit(says=f"{name} leaves out {thing.name}", on=thing, because=(policy, thing))
