"""Checks about who administers an Entra tenant: how many, how they sign in, for how long."""

from collections.abc import Iterator

from pipewarden.access.entra.powers import GLOBAL_ADMINISTRATOR, Power, power_of
from pipewarden.access.view import View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.entra_reading import (
    AZURE,
    HOLDERS,
    ROLES,
    admins,
    break_glass,
    held_roles,
    licensed,
    maybe_break_glass,
    need_all,
    need_holders,
    role_name,
)
from pipewarden.checks.reading import Doubts, listed, many, need_where_offered
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facts import GrantKind, Resource, Role
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind
from pipewarden.model.limits import Limits

ENDED = frozenset({"completed", "applied", "autoreviewed"})
"""States of a review that asks nobody any more, where it does not come again."""


@check(
    id="en.adm.count",
    title="A tenant has two to four Global Administrators",
    severity=Severity.HIGH,
    subject=Kind.TENANT,
    needs=HOLDERS,
    limits=("global_admins_min", "global_admins_max"),
    remedy=("Give the role Global Administrator to two to four people, and smaller roles to all others.",),
    source=ROLES,
    **clauses(AZURE, "AC-6(5)"),
)
def count(tenant: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """Each Global Administrator can do everything; one alone may be locked out. Those eligible count too."""
    need_all(view, tenant, EntraFacet.MEMBERS)
    licensed_or_none = view.gap(tenant.ref, EntraFacet.ELIGIBLE)
    found = [each for each in held_roles(view, tenant) if each.grant.role == f"role:{GLOBAL_ADMINISTRATOR}"]
    people = list({each.account.ref: each.account for each in found}.values())
    proof = tuple(each.grant for each in found)[:9]
    names = listed(sorted(each.name for each in people))
    if len(people) > limits.global_admins_max:
        told = f"{many(len(people), 'account')} may be Global Administrator of {tenant.name}: {names}"
        yield Hit(says=told, because=proof, weight=len(people))
    elif len(people) < limits.global_admins_min and licensed_or_none is None:
        told = f"{tenant.name} has {many(len(people), 'Global Administrator')}: a second could let the first in again"
        yield Hit(says=told, because=proof)


@check(
    id="en.adm.mfa",
    title="Administrators sign in with what resists phishing",
    severity=Severity.CRITICAL,
    subject=Kind.TENANT,
    needs=(*HOLDERS, EntraFacet.REGISTRATION),
    remedy=(
        "Register a passkey, a security key or Windows Hello for each of them.",
        "Require the strength Phishing-resistant MFA for their roles in conditional access.",
    ),
    source="https://learn.microsoft.com/en-us/entra/identity/conditional-access/policy-admin-phish-resistant-mfa",
    **clauses(AZURE, "IA-2(1)"),
)
def second_factor(tenant: Resource, view: View) -> Iterator[Hit]:
    """An administrator's password or code, passed on by a false page, is the whole tenant."""
    doubts = Doubts()
    for held in admins(view, tenant).values():
        account, role = held[0].account, role_name(view, held[0].grant)
        with doubts:
            enrolled = view.given(account, "mfa", "enrolled", facet=EntraFacet.REGISTRATION)
            if not enrolled:
                says = f"{account.name} may be {role} and has no second factor"
                yield Hit(says=says, about=account, because=(held[0].grant, account))
            elif not view.given(account, "mfa", "phishing_resistant", facet=EntraFacet.REGISTRATION):
                methods = listed(view.given(account, "mfa", "methods", facet=EntraFacet.REGISTRATION))
                says = f"{account.name} may be {role} and signs in with {methods}, which a false page can pass on"
                yield Hit(says=says, about=account, because=(held[0].grant, account), severity=Severity.HIGH)
    doubts.settle()
    need_holders(view, tenant)


@check(
    id="en.adm.cloud_only",
    title="Administrators are accounts of the cloud alone",
    severity=Severity.MEDIUM,
    subject=Kind.TENANT,
    needs=HOLDERS,
    remedy=("Make a cloud account for the role, give it the role, and take the role from the synchronised account.",),
    source=f"{ROLES}#9-use-cloud-native-accounts-for-microsoft-entra-roles",
    **clauses(AZURE, "AC-2"),
)
def cloud_only(tenant: Resource, view: View) -> Iterator[Hit]:
    """Whoever takes over the directory on the company's premises takes over accounts that come from there."""
    for held in admins(view, tenant).values():
        account = held[0].account
        if account.attributes.get("onPremisesSyncEnabled") is True:
            role = role_name(view, held[0].grant)
            says = f"{account.name} may be {role} and is synchronised from the company's own directory"
            yield Hit(says=says, about=account, because=(held[0].grant, account))
    need_holders(view, tenant)


@check(
    id="en.adm.permanent",
    title="Strong roles are activated for a time, and by two people",
    severity=Severity.HIGH,
    subject=Kind.TENANT,
    needs=HOLDERS,
    remedy=(
        "Make the assignment eligible instead of active, for all but the accounts for emergencies.",
        "Require approval for the activation of roles that lead to Global Administrator.",
    ),
    source="https://learn.microsoft.com/en-us/entra/id-governance/privileged-identity-management/pim-deployment-plan",
    **clauses(AZURE, "AC-2(5) AC-6"),
)
def permanent(tenant: Resource, view: View) -> Iterator[Hit]:
    """A role that is there day and night is there for whoever takes over the account at night."""
    licensed(view, tenant, EntraFacet.SCHEDULES)
    spared = {account.ref for account in break_glass(view, tenant)} | maybe_break_glass(view, tenant)
    for account, held in admins(view, tenant).items():
        lasting = [each for each in held if each.grant.kind is GrantKind.DIRECT and each.grant.expires is None]
        if lasting and account not in spared:
            roles = listed(sorted({role_name(view, each.grant) for each in lasting}))
            says = f"{lasting[0].account.name} is {roles} for good, not for the time of a task"
            yield Hit(says=says, about=lasting[0].account, because=tuple(each.grant for each in lasting))
    need_where_offered(view, tenant.ref, EntraFacet.CONDITIONAL_ACCESS)
    need_holders(view, tenant)
    licensed(view, tenant, EntraFacet.ELIGIBLE)
    view.need(tenant.ref, EntraFacet.ROLE_POLICIES)
    eligible = {each.grant.role for each in held_roles(view, tenant) if each.grant.kind is GrantKind.POTENTIAL}
    for key in sorted(eligible):
        role = view.role(tenant.ref.instance, key)
        leads = power_of(key) & (Power.ALL | Power.ROLES | Power.RESET_ANY | Power.APPLICATIONS)
        if isinstance(role, Role) and leads and (role.attributes.get("activation") or {}).get("approval") is False:
            says = f"whoever is eligible for {role.name} activates it without anybody's approval"
            yield Hit(says=says, about=role, because=(role,), severity=Severity.MEDIUM)


@check(
    id="en.adm.breakglass",
    title="A tenant has accounts for emergencies that no policy locks out",
    severity=Severity.MEDIUM,
    subject=Kind.TENANT,
    needs=(*HOLDERS, EntraFacet.CONDITIONAL_ACCESS, EntraFacet.REGISTRATION),
    remedy=(
        "Make two cloud accounts Global Administrators for good, with security keys that lie in two safes.",
        "Exclude them from every policy of conditional access, and have their sign-ins alert somebody.",
    ),
    source="https://learn.microsoft.com/en-us/entra/identity/role-based-access-control/security-emergency-access",
    **clauses(AZURE, "AC-2"),
)
def emergency(tenant: Resource, view: View) -> Iterator[Hit]:
    """A mistake in a policy, or an outage of the second factor, must not lock out the last administrator."""
    found = break_glass(view, tenant)
    if not found and any(held_roles(view, tenant)):
        says = f"no Global Administrator of {tenant.name} is left out of its policies for emergencies"
        yield Hit(says=says)
    doubts = Doubts()
    for account in found:
        with doubts:
            if not view.given(account, "mfa", "phishing_resistant", facet=EntraFacet.REGISTRATION):
                says = f"{account.name} is for emergencies, outside all policies, and has no key that resists phishing"
                yield Hit(says=says, about=account, because=(account,))
    doubts.settle()


@check(
    id="en.adm.reviews",
    title="Somebody reviews who holds strong roles, and the guests",
    severity=Severity.MEDIUM,
    subject=Kind.TENANT,
    needs=HOLDERS,
    remedy=(
        "Identity Governance > Privileged Identity Management > Microsoft Entra roles > Access reviews: one for each strong role, monthly.",
        "Identity Governance > Access reviews: guests of all groups, quarterly, and take away what nobody confirms.",
    ),
    source="https://learn.microsoft.com/en-us/entra/id-governance/privileged-identity-management/pim-create-roles-and-resource-roles-review",
    **clauses(AZURE, "AC-2 CC6.2"),
)
def reviews(tenant: Resource, view: View) -> Iterator[Hit]:
    """What was given for a task stays until somebody asks. A review that ended and does not come again asks nobody.

    Reviews kept elsewhere, such as those of Pipewarden itself, are not seen by this check.
    """
    licensed(view, tenant, EntraFacet.REVIEWS)
    listed_ = view.given(tenant, "access_reviews", facet=EntraFacet.REVIEWS)
    going = [each for each in listed_ if each.get("recurs") or str(each.get("status")).lower() not in ENDED]
    covered = {f"role:{role}" for each in going for role in each.get("roles") or ()}
    roles = {each.grant.role: each for held in admins(view, tenant).values() for each in held}
    missing = sorted(role_name(view, each.grant) for key, each in roles.items() if key.lower() not in covered)
    people = view.entities(Kind.ACCOUNT, within=tenant.ref)
    guests = sum(
        1 for each in people if each.attributes.get("userType") == "Guest" and each.attributes.get("accountEnabled")
    )
    told = [f"who holds {listed(missing, 2)}"] if missing else []
    if guests and not any(each.get("guests") for each in going):
        told.append(f"about its {many(guests, 'guest')}")
    if told:
        yield Hit(says=f"no access review of {tenant.name} asks {', or '.join(told)}")
    need_holders(view, tenant)
