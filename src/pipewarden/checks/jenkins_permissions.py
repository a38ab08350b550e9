"""Checks about who holds what on a Jenkins controller: administrators, everyone signed in, patterns of roles."""

from collections.abc import Iterator

from pipewarden.access.jenkins.permissions import AGENT, AS_ADMINISTER, CODE, closed
from pipewarden.access.view import View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import JENKINS, clauses
from pipewarden.model.facets_jenkins import JenkinsFacet
from pipewarden.model.facts import Grant, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind, Ref, everyone

BOOK = "https://www.jenkins.io/doc/book/security/access-control"
DANGEROUS = AS_ADMINISTER | CODE | AGENT | {"Job/Create"}
CREDENTIALS = "Credentials/"


def _crowds(tenant: Resource) -> tuple[Ref, Ref]:
    instance = tenant.ref.instance
    return everyone(instance), Ref(instance, Kind.GROUP, "authenticated")


def permissions(view: View, grant: Grant) -> frozenset[str]:
    """Return the permissions that a grant gives by its own words, nothing implied."""
    role = view.role(grant.resource.instance, grant.role)
    return frozenset(role.permissions) if role else frozenset()


@check(
    id="jk.adm.authenticated_group",
    title="Everyone signed in cannot configure jobs, agents or credentials",
    severity=Severity.CRITICAL,
    subject=Kind.TENANT,
    needs=(JenkinsFacet.AUTHORIZATION,),
    remedy=(
        "Take the permission from authenticated and anonymous, and give it to a group of those who need it.",
        "Give it in the folder where they work, not on the whole controller.",
    ),
    source=f"{BOOK}/permissions/",
    **clauses(JENKINS, "O2 AC-6"),
)
def given_to_everyone(tenant: Resource, view: View) -> Iterator[Hit]:
    """Whoever can configure one job runs code of their own with every credential that the job can see.

    `authenticated` is everyone who can sign in, contractors and people who sign up included; `anonymous` is anybody.
    """
    for crowd in _crowds(tenant):
        grants = [g for g in view.grants_of(crowd) if _is_on(view, g.resource, tenant.ref)]
        for grant in grants:
            mine = permissions(view, grant)
            held = sorted(p for p in closed(mine) if p in mine and (p in DANGEROUS or p.startswith(CREDENTIALS)))
            if held:
                on = view.find(grant.resource)
                yield Hit(
                    says=f"{view.name(crowd)} holds {', '.join(held[:3])} on {view.name(grant.resource)}",
                    about=view.find(crowd),
                    on=on,
                    because=(grant,),
                    weight=len(held),
                )


def _is_on(view: View, resource: Ref, tenant: Ref) -> bool:
    return resource == tenant or tenant in view.around(resource)
