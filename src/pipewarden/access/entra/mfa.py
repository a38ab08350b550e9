"""Which policies ask an account for a second factor at its sign-in, and what keeps them from doing so.

https://learn.microsoft.com/en-us/entra/identity/conditional-access/concept-conditional-access-policies
"""

from typing import Any, NamedTuple

from pipewarden.access.view import View
from pipewarden.model.facts import Account, Gate, GateKind, GrantKind
from pipewarden.model.ids import Kind, Ref

REPORT_ONLY = "enabledForReportingButNotEnforced"


class Asked(NamedTuple):
    """A policy that names an account, and why it does not bind it; empty: it does."""

    policy: Gate
    spared: str

    @property
    def binds(self) -> bool:
        """Whether the account must show a second factor, for every application."""
        return not self.spared


def policies(view: View, tenant: Ref) -> list[Gate]:
    """Return the policies of conditional access of a tenant."""
    known = view.memo["policies of Entra"]  # asked for each account
    if tenant not in known:
        known[tenant] = view.gates(tenant, GateKind.CONDITIONAL_ACCESS)
    return list(known[tenant])


def asks_factor(policy: Gate) -> bool:
    """Tell whether a policy asks for a second factor and takes nothing else instead, such as agreement to terms of use.

    https://learn.microsoft.com/en-us/graph/api/resources/conditionalaccessgrantcontrols
    """
    controls = policy.rules.get("controls") or {}
    built_in = [str(each) for each in controls.get("builtInControls") or ()]
    factor = "mfa" in built_in or bool(controls.get("strength"))
    ways = [*built_in, *(controls.get("termsOfUse") or ()), *(controls.get("customAuthenticationFactors") or ())]
    others = len(ways) - ("mfa" in built_in)
    return factor and (not others or str(controls.get("operator")).upper() == "AND")


def blocks(policy: Gate) -> bool:
    """Tell whether a policy lets nobody in."""
    return "block" in ((policy.rules.get("controls") or {}).get("builtInControls") or ())


def part(policy: Gate, name: str) -> dict[str, Any]:
    """Return one part of a policy's conditions."""
    found = (policy.rules.get("conditions") or {}).get(name)
    return found if isinstance(found, dict) else {}


def listed(policy: Gate, name: str, field: str) -> list[str]:
    """Return a list of a policy's conditions."""
    found = part(policy, name).get(field)
    return [str(each) for each in found] if isinstance(found, list) else []


def all_applications(policy: Gate) -> bool:
    """Tell whether a policy covers every application, none left out by its id or by a filter over attributes."""
    return (
        listed(policy, "applications", "includeApplications") == ["All"]
        and not listed(policy, "applications", "excludeApplications")
        and not part(policy, "applications").get("applicationFilter")
    )


def narrowed(policy: Gate) -> str:
    """Say by what a policy covers only some sign-ins; empty where it covers all.

    A condition that is set and names not all is a narrower policy, whether it includes some or excludes some.
    https://learn.microsoft.com/en-us/graph/api/resources/conditionalaccessconditionset
    """
    conditions = policy.rules.get("conditions") or {}
    clients = [str(each) for each in conditions.get("clientAppTypes") or ()]
    if clients and "all" not in clients:
        return f"only sign-ins by {', '.join(clients)}"
    for name in ("signInRiskLevels", "userRiskLevels", "insiderRiskLevels"):
        if conditions.get(name):
            return "only sign-ins that look risky"
    for name, field in (("locations", "excludeLocations"), ("platforms", "excludePlatforms")):
        if listed(policy, name, field):
            return f"not from some {name}"
        only = listed(policy, name, field.replace("exclude", "include"))
        if only and "all" not in {each.lower() for each in only}:
            return f"only from some {name}"
    if part(policy, "authenticationFlows").get("transferMethods"):
        return "only sign-ins that are handed from one device to another"
    if part(policy, "devices").get("deviceFilter"):
        return "only on some devices"
    return ""


def names(view: View, policy: Gate, account: Account, side: str) -> bool:
    """Tell whether a policy includes or excludes (`side`) an account: by itself, a group, a role, or as a guest."""
    users = listed(policy, "users", f"{side}Users")
    is_guest = account.attributes.get("userType") == "Guest"
    if account.ref.key in users or "All" in users:
        return True
    if is_guest and ("GuestsOrExternalUsers" in users or part(policy, "users").get(f"{side}GuestsOrExternalUsers")):
        return True
    groups = listed(policy, "users", f"{side}Groups")
    if any(view.is_in(account.ref, Ref(account.ref.instance, Kind.GROUP, each)) for each in groups):
        return True
    return bool(set(listed(policy, "users", f"{side}Roles")) & roles_of(view, account.ref))


def roles_of(view: View, account: Ref) -> set[str]:
    """Return the ids of the directory roles that an account holds over the tenant now, by itself or through a group.

    "Other role types aren't supported, including administrative unit-scoped roles and custom roles."
    https://learn.microsoft.com/en-us/entra/identity/conditional-access/concept-conditional-access-users-groups
    """
    ordinal = view.snapshot.ordinal(account)
    held = () if ordinal is None else view.engine.graph.outer(ordinal)
    grants = [grant for each in held for grant in view.grants_of(view.snapshot.ref(each))]
    over = [each for each in grants if each.resource.kind is Kind.TENANT and each.kind is GrantKind.DIRECT]
    return {each.role.removeprefix("role:") for each in over if each.role.startswith("role:")}


def asked(view: View, account: Account) -> list[Asked]:
    """Return every policy for a second factor that names an account, with what spares it, those that bind first."""
    found = []
    tenant = account.parent
    for policy in () if tenant is None else policies(view, tenant):
        if not asks_factor(policy) or not names(view, policy, account, "include"):
            continue
        spared = ""
        if names(view, policy, account, "exclude"):
            spared = "excluded"
        elif policy.rules.get("state") == REPORT_ONLY:
            spared = "report only"
        elif not policy.active:
            spared = "switched off"
        elif not all_applications(policy):
            spared = "not for every application"
        else:
            spared = narrowed(policy)
        found.append(Asked(policy, spared))
    return sorted(found, key=lambda each: (not each.binds, each.policy.name))
