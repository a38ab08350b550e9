"""Checks about applications and groups of an Entra tenant: what they hold, who owns them, how long their secrets live."""

import re
from collections.abc import Iterator

from pipewarden.access.entra import mfa
from pipewarden.access.entra.powers import Power, actions_of, is_privileged, power_of
from pipewarden.access.view import View
from pipewarden.access.words import day
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.entra_reading import AZURE, need_all
from pipewarden.checks.reading import Doubts, listed, quoted
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facts import Grant, Group, Machine, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind
from pipewarden.model.limits import Limits

READ = (EntraFacet.APPLICATIONS, EntraFacet.SERVICE_PRINCIPALS, EntraFacet.PERMISSIONS, EntraFacet.ASSIGNMENTS)
OWNERS = "https://learn.microsoft.com/en-us/entra/identity/enterprise-apps/overview-assign-app-owners"
SECRETS = "https://learn.microsoft.com/en-us/entra/identity-platform/security-best-practices-for-app-registration"
TIER_0 = Power.ALL | Power.ROLES | Power.RESET_ANY | Power.APPLICATIONS


def strong(view: View, tenant: Resource) -> dict[str, list[Grant]]:
    """Return what service principals hold that leads to the whole tenant, by the service principal's key."""
    found: dict[str, list[Grant]] = {}
    for grant in view.grants_on(tenant.ref):
        if grant.principal.kind is not Kind.SERVICE_ACCOUNT:
            continue
        actions = actions_of(view.role(tenant.ref.instance, grant.role))
        if power_of(grant.role, actions) & TIER_0 or is_privileged(grant.role, actions):
            found.setdefault(grant.principal.key, []).append(grant)
    return found


def _services(view: View, tenant: Resource) -> Iterator[Machine]:
    for each in view.entities(Kind.SERVICE_ACCOUNT, within=tenant.ref):
        if each.attributes.get("accountEnabled") is not False:
            yield each


def _what(view: View, grants: list[Grant]) -> str:
    names = []
    for each in grants:
        role = view.role(each.resource.instance, each.role)
        names.append(role.name if role else each.role.partition(":")[2])
    return listed(sorted(set(names)), 3)


@check(
    id="en.app.perms",
    title="No application holds what leads to the whole tenant",
    severity=Severity.CRITICAL,
    subject=Kind.TENANT,
    needs=READ,
    remedy=("Take the permission from the application, and give it the one that its task needs.",),
    source="https://learn.microsoft.com/en-us/graph/permissions-reference",
    **clauses(AZURE, "AC-6"),
)
def permissions(tenant: Resource, view: View) -> Iterator[Hit]:
    """With one of a few permissions an application makes itself, or anybody, administrator of everything."""
    held = strong(view, tenant)
    for service in _services(view, tenant):
        grants = [each for each in held.get(service.ref.key, ()) if each.role.startswith("graph:")]
        if grants:
            severe = any(power_of(each.role) & TIER_0 for each in grants)
            yield Hit(
                says=f"the application {service.name} holds {_what(view, grants)} without a user",
                about=service,
                because=tuple(grants),
                severity=None if severe else Severity.HIGH,
            )


@check(
    id="en.app.sp_owner",
    title="Nobody owns an application that holds strong roles",
    severity=Severity.CRITICAL,
    subject=Kind.TENANT,
    needs=(*READ, EntraFacet.APPLICATION_OWNERS, EntraFacet.SERVICE_OWNERS),
    remedy=("Remove the owners of the application and of its service principal; administrators manage it.",),
    source=OWNERS,
    **clauses(AZURE, "AC-6(1)"),
)
def owned(tenant: Resource, view: View) -> Iterator[Hit]:
    """An owner adds a secret, signs in as the application, and has what it holds: administrator by another name."""
    held = strong(view, tenant)
    for service in _services(view, tenant):
        if service.ref.key not in held:
            continue
        places = [service.ref, *([service.parent] if service.parent and service.parent != tenant.ref else [])]
        owners = [each for ref in places for each in view.grants_on(ref) if each.role.startswith("owner of")]
        names = sorted({view.name(each.principal) for each in owners})
        if names:
            verb = "owns" if len(names) == 1 else "own"
            yield Hit(
                says=f"{listed(names, 3)} {verb} {service.name} and can act as it, with {_what(view, held[service.ref.key])}",
                about=service,
                because=(*owners, *held[service.ref.key]),
            )
    need_all(view, tenant, EntraFacet.APPLICATION_OWNERS, EntraFacet.SERVICE_OWNERS)


@check(
    id="en.app.secret_tier0",
    title="Applications with strong roles have no secrets that can be copied",
    severity=Severity.CRITICAL,
    subject=Kind.TENANT,
    needs=READ,
    remedy=("Use a managed identity or a federated credential, and delete the secret.",),
    source=SECRETS,
    **clauses(AZURE, "IA-5"),
)
def strong_secret(tenant: Resource, view: View) -> Iterator[Hit]:
    """A client secret works from everywhere for whoever has read it once."""
    held = strong(view, tenant)
    for service in _services(view, tenant):
        if service.ref.key not in held:
            continue
        places = [service.ref, *([service.parent] if service.parent and service.parent != tenant.ref else [])]
        for each in (one for ref in places for one in view.inside(ref, Kind.CLIENT_SECRET)):
            ended = each.expires_at is not None and each.expires_at <= view.as_of
            if each.attributes.get("type") == "secret" and not ended:
                says = f"whoever has read the {each.name} acts as it, with {_what(view, held[service.ref.key])}"
                yield Hit(says=says, about=each, on=service, because=(each, *held[service.ref.key]))


@check(
    id="en.app.secret_old",
    title="Secrets of applications are short-lived, and gone once they ended",
    severity=Severity.MEDIUM,
    subject=Kind.TENANT,
    needs=(EntraFacet.APPLICATIONS, EntraFacet.SERVICE_PRINCIPALS),
    limits=("client_secret_days",),
    remedy=("Delete the secret, and use a federated credential or a certificate instead.",),
    source=SECRETS,
    **clauses(AZURE, "O6 IA-5"),
)
def old_secret(tenant: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """The longer a secret lives, the more people have seen it; one that ended hides which are in use."""
    doubts = Doubts()
    for each in view.entities(Kind.CLIENT_SECRET, within=tenant.ref):
        with doubts:
            view.given(each, "ends", facet=EntraFacet.APPLICATIONS)
            if each.expires_at is not None and each.expires_at <= view.as_of:
                yield Hit(says=f"the {each.name} ended on {day(each.expires_at)}", about=each, severity=Severity.LOW)
            elif each.attributes.get("type") == "secret" and view.older(each.created_at, limits.client_secret_days):
                says = f"the {each.name} has been in use since {day(each.created_at)}"
                yield Hit(says=says, about=each)
    doubts.settle()


@check(
    id="en.consent",
    title="Users do not let applications in or make tenants",
    severity=Severity.MEDIUM,
    subject=Kind.TENANT,
    needs=(EntraFacet.AUTHORIZATION,),
    remedy=(
        "Forbid users to register applications and to create tenants, in the user settings.",
        "Allow consent only to verified publishers, for permissions of low impact.",
    ),
    source="https://learn.microsoft.com/en-us/entra/identity/enterprise-apps/configure-user-consent",
    **clauses(AZURE, "AC-6"),
)
def consent(tenant: Resource, view: View) -> Iterator[Hit]:
    """One click on a false application's consent page gives it the mail and the files of whoever clicked."""
    policy = view.given(tenant, "authorization_policy", "defaultUserRolePermissions", facet=EntraFacet.AUTHORIZATION)
    granted = [str(each) for each in policy.get("permissionGrantPoliciesAssigned") or ()]
    can = []
    if any("microsoft-user-default-legacy" in each for each in granted):
        can.append("consent to any application")
    for field, told in (
        ("allowedToCreateApps", "register applications"),
        ("allowedToCreateTenants", "create tenants"),
        ("allowedToCreateSecurityGroups", "create security groups"),
    ):
        if policy.get(field) is True:
            can.append(told)
    if can:
        yield Hit(says=f"every user of {tenant.name} may {listed(can)}", weight=len(can))


@check(
    id="en.grp.owner_priv",
    title="Nobody owns a group through which roles are given",
    severity=Severity.HIGH,
    subject=Kind.TENANT,
    needs=(EntraFacet.GROUPS, EntraFacet.GROUP_OWNERS, EntraFacet.ASSIGNMENTS),
    remedy=("Remove the owners of the group; administrators of privileged roles manage its members.",),
    source="https://learn.microsoft.com/en-us/entra/identity/role-based-access-control/groups-concept",
    **clauses(AZURE, "AC-6(1)"),
)
def owned_group(tenant: Resource, view: View) -> Iterator[Hit]:
    """An owner adds themselves, and has the role, without anybody who gives roles."""
    roles: dict[str, list[Grant]] = {}
    for grant in view.grants_on(tenant.ref):
        if grant.principal.kind is Kind.GROUP:
            roles.setdefault(grant.principal.key, []).append(grant)
    for group in view.inside(tenant.ref, Kind.GROUP):
        held = roles.get(group.ref.key, [])
        if not held and group.attributes.get("isAssignableToRole") is not True:
            continue
        owners = [each for each in view.grants_on(group.ref) if each.role == "owner of the group"]
        names = listed(sorted(view.name(each.principal) for each in owners), 3)
        if owners:
            gives = f", and so be {_what(view, held)}" if held else ", through which roles can be given"
            says = f"{names} may add anybody to {quoted(group.name)}{gives}"
            yield Hit(says=says, about=group, because=(*owners, *held))
    need_all(view, tenant, EntraFacet.GROUP_OWNERS)


CHANGEABLE = re.compile(
    r"\buser\.(mobilePhone|businessPhones|otherMails|displayName|givenName|surname|mail|userPrincipalName|"
    r"streetAddress|city|postalCode|state|preferredLanguage|facsimileTelephoneNumber)\b",
    re.IGNORECASE,
)
"""Attributes that a user or guest, or whoever invites one, can set: what they write decides the membership.

https://learn.microsoft.com/en-us/entra/fundamentals/users-default-permissions
"""


@check(
    id="en.grp.dynamic",
    title="No group that matters fills itself by what its members can change",
    severity=Severity.HIGH,
    subject=Kind.TENANT,
    needs=(EntraFacet.GROUPS, EntraFacet.CONDITIONAL_ACCESS),
    remedy=("Write the rule with an attribute that only administrators set, such as a department from the HR system.",),
    source="https://learn.microsoft.com/en-us/entra/identity/users/groups-dynamic-membership",
    **clauses(AZURE, "AC-6"),
)
def dynamic(tenant: Resource, view: View) -> Iterator[Hit]:
    """Whoever changes their own phone number or name to fit the rule is in the group, without anybody's leave."""
    policies = mfa.policies(view, tenant.ref)
    for group in view.inside(tenant.ref, Kind.GROUP):
        rule = group.attributes.get("membershipRule")
        found = CHANGEABLE.search(rule) if isinstance(group, Group) and isinstance(rule, str) else None
        if found is None:
            continue
        spared = [each.name for each in policies if group.ref.key in mfa.listed(each, "users", "excludeGroups")]
        held = view.grants_of(group.ref)
        if spared or held:
            what = f"be left out of {quoted(spared[0])}" if spared else f"have {_what(view, held)}"
            says = f"whoever sets their own {found.group(1)} to fit gets into {quoted(group.name)}, to {what}"
            yield Hit(says=says, about=group, because=(group, *held))
