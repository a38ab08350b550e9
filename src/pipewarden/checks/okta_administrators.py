"""Checks about the administrators of an Okta organization: how many, how they prove who they are, what they can give themselves."""

from collections.abc import Iterator

from pipewarden.access.okta.directory import administrators
from pipewarden.access.okta.roles import SUPER
from pipewarden.access.view import View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import Section, clauses
from pipewarden.checks.reading import listed, many
from pipewarden.model.facets_okta import OktaFacet
from pipewarden.model.facts import Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind
from pipewarden.model.limits import Limits

OKTA = Section(("AC-2", "AC-6", "IA-2", "IA-5"), ("CC6.1", "CC6.2"))
HELP = "https://help.okta.com/oie/en-us/content/topics/security"


@check(
    id="ok.adm.super_many",
    title="Few people are super administrators",
    severity=Severity.HIGH,
    subject=Kind.TENANT,
    needs=(OktaFacet.ROLES, OktaFacet.MEMBERS),
    limits=("owners_max",),
    remedy=(
        "Give those who need less a standard or custom role: Security > Administrators > Edit > Roles.",
        "Take the super administrator role from them, and from groups that hold it.",
    ),
    source=f"{HELP}/administrators-admin-comparison.htm",
    **clauses(OKTA, "O2 AC-6(5)"),
)
def super_many(tenant: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """A super administrator may make anybody anything, in every system that trusts Okta; each one more can be phished.

    Counted are people, those who hold the role through a group among them.
    """
    people = administrators(view, tenant, SUPER)
    if len(people) > limits.owners_max:
        yield Hit(
            says=f"{tenant.name} has {many(len(people), 'super administrator')}: {listed(each.name for each in people)}",
            because=tuple(people),
            weight=len(people),
        )
