"""Checks about the applications of an Entra tenant through which people sign in to the delivery pipeline."""

from collections.abc import Iterator

from pipewarden.access.entra import mfa
from pipewarden.access.pipeline_apps import part_named
from pipewarden.access.view import Missing, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.entra_reading import AZURE, licensed
from pipewarden.checks.reading import quoted
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facts import Cause, Gate, Machine, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind

AZURE_DEVOPS = "499b84ac-1321-427f-aa17-267ca6975798"
"""The application id of Azure DevOps, the same in every tenant.

https://learn.microsoft.com/en-us/azure/devops/integrate/get-started/authentication/service-principal-managed-identity
"""


@check(
    id="en.ca.cicd_apps",
    title="Conditional access asks for a second factor at the code host and the CI server",
    severity=Severity.HIGH,
    subject=Kind.TENANT,
    needs=(EntraFacet.CONDITIONAL_ACCESS, EntraFacet.SERVICE_PRINCIPALS),
    remedy=(
        "Require a second factor of all users for the application, better one that resists phishing.",
        "Take the application out of the policy's exclusions.",
    ),
    source="https://learn.microsoft.com/en-us/entra/identity/conditional-access/concept-conditional-access-cloud-apps",
    **clauses(AZURE, "IA-2"),
)
def pipeline_applications(tenant: Resource, view: View) -> Iterator[Hit]:
    """Code host and CI server trust what Entra says of a sign-in: whoever has a password then pushes and deploys with it.

    Applications are taken for a part of the pipeline by their name; those that nobody signs in to are left out.
    """
    if tenant.attributes.get("security_defaults") is True:
        return
    licensed(view, tenant, EntraFacet.CONDITIONAL_ACCESS)
    policies = [each for each in mfa.policies(view, tenant.ref) if each.active and mfa.asks_factor(each)]
    doubt = None
    for app in view.entities(Kind.SERVICE_ACCOUNT, within=tenant.ref):
        what = _part(app, tenant) if isinstance(app, Machine) else ""
        if not what or any(_covers(each, app) for each in policies):
            continue
        filtered = next((each for each in policies if mfa.part(each, "applications").get("applicationFilter")), None)
        if filtered is not None:
            detail = f"which applications the filter of {filtered.name} names was not read"
            doubt = Missing(app.ref, EntraFacet.CONDITIONAL_ACCESS, Cause.MISSING_FIELD, detail)
            continue
        says = f"no policy of {tenant.name} asks everybody for a second factor at {quoted(app.name)} ({what})"
        yield Hit(says=says, about=app, because=tuple(policies)[:5] or (tenant,))
    if doubt:
        raise doubt


def _part(app: Machine, tenant: Resource) -> str:
    """Return which part of the pipeline people sign in to through an application.

    One registered here for no sign-on of people is a machine of the tenant's own.
    """
    given = app.attributes
    if given.get("accountEnabled") is False:
        return ""
    if given.get("appId") == AZURE_DEVOPS:
        return "Azure DevOps"
    from_elsewhere = given.get("appOwnerOrganizationId") not in {None, tenant.ref.key}
    return part_named(app.name) if from_elsewhere or given.get("preferredSingleSignOnMode") else ""


def _covers(policy: Gate, app: Machine) -> bool:
    """Tell whether a policy asks everybody at an application, wherever they come from."""
    key = str(app.attributes.get("appId"))
    included = {"All", key} & set(mfa.listed(policy, "applications", "includeApplications"))
    excluded = key in mfa.listed(policy, "applications", "excludeApplications")
    everybody = "All" in mfa.listed(policy, "users", "includeUsers")
    return bool(included) and not excluded and everybody and not mfa.narrowed(policy)
