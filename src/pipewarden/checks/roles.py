"""Checks about organization roles: who holds which, and what a role may do."""

from collections.abc import Iterator

from pipewarden.access.github.roles import CICD_ADMIN
from pipewarden.access.view import Missing, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import ADMINISTRATORS, clauses
from pipewarden.checks.grants import level_by
from pipewarden.checks.reading import (
    listed,
    many,
    quoted,
)
from pipewarden.model.access import Level
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Grant, GrantKind, Group, Resource, Role
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.limits import Limits

PREDEFINED_DOC = (
    "https://docs.github.com/en/organizations/managing-peoples-access-to-your-organization-with-roles/"
    "permissions-of-predefined-organization-roles"
)


def _assignments(view: View, organization: Resource) -> Iterator[tuple[Grant, Role]]:
    """Yield who holds which organization role; raises Missing where a role was assigned and not described."""
    for grant in view.grants_on(organization.ref):
        if grant.kind is GrantKind.ORG_ROLE:
            role = view.role(organization.ref.instance, grant.role)
            if role is None:
                raise Missing(organization.ref, Facet.ORG_ROLES, Cause.MISSING_FIELD, f"{grant.role} was not described")
            yield grant, role


def _holder(view: View, principal: Ref) -> tuple[str, int]:
    """Return a holder in words and how many people that is."""
    if isinstance(view.find(principal), Group):
        count = len(view.engine.accounts_in(principal))
        return f"team {view.name(principal)} ({many(count, 'person', 'people')})", count
    return view.name(principal), 1


UNASSIGN = (
    (
        "Take the role away: Settings > Organization roles > Role assignments "
        "(DELETE /orgs/{org}/organization-roles/users/{username}/{role_id}, or /teams/…)."
    ),
)


@check(
    id="gh.org.role_all_repo",
    title="Nobody can write to every repository by an organization role",
    severity=Severity.HIGH,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_ROLES, Facet.ORG_TEAMS),
    remedy=(*UNASSIGN, "Give write on the repositories the person or team works on."),
    source=PREDEFINED_DOC,
    **clauses(ADMINISTRATORS, "O2 O5 AC-6"),
)
def role_all_repo(organization: Resource, view: View) -> Iterator[Hit]:
    """An organization role with write, maintain or admin reaches all repositories, those of tomorrow included."""
    for grant, role in _assignments(view, organization):
        level = level_by(grant, view)
        if level >= Level.WRITE:
            who, count = _holder(view, grant.principal)
            yield Hit(
                says=f"{who} holds the organization role {quoted(role.name)}: {level.word} on every repository of "
                f"{organization.name}",
                about=view.find(grant.principal),
                on=organization,
                because=(grant, role),
                weight=count,
            )


@check(
    id="gh.org.role_cicd_admin",
    title="Holders of the CI/CD admin role are known",
    severity=Severity.HIGH,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_ROLES, Facet.ORG_TEAMS),
    remedy=(*UNASSIGN, "Leave it to those who run the pipelines for everybody."),
    source=PREDEFINED_DOC,
    **clauses(ADMINISTRATORS, "O5 AC-6(5)"),
)
def role_cicd_admin(organization: Resource, view: View) -> Iterator[Hit]:
    """The predefined role over Actions policies, runners and secrets decides what every pipeline runs with."""
    for grant, role in _assignments(view, organization):
        plain = "".join(char for char in role.name.lower() if char.isalnum())
        if CICD_ADMIN in {role.name, grant.role.partition(":")[2]} or plain == "cicdadmin":
            who, count = _holder(view, grant.principal)
            yield Hit(
                says=f"{who} can change Actions policies, runners and secrets of all {organization.name} "
                f"by the organization role {quoted(role.name)}",
                about=view.find(grant.principal),
                on=organization,
                because=(grant, role),
                weight=count,
            )


ESCALATING = {
    "write_organization_custom_org_role": "organization roles",
    "write_organization_custom_repo_role": "repository roles",
}
"""Permissions by which the holder of a custom role changes what roles allow, in words."""


@check(
    id="gh.org.role_escalation",
    title="No custom role can rewrite roles",
    severity=Severity.CRITICAL,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_ROLES, Facet.ORG_TEAMS),
    remedy=(
        "Remove the permission from the role: Settings > Organization roles > Role management > Edit.",
        *UNASSIGN,
    ),
    source="https://docs.github.com/en/enterprise-cloud@latest/organizations/"
    "managing-peoples-access-to-your-organization-with-roles/permissions-of-custom-organization-roles",
    **clauses(ADMINISTRATORS, "AC-6(1)"),
)
def role_escalation(organization: Resource, view: View) -> Iterator[Hit]:
    """Whoever may rewrite the roles that they hold can give themselves anything: an owner in all but name.

    A role that nobody holds is told as a medium finding: the next assignment makes it a critical one.
    """
    holders: dict[str, list[Grant]] = {}
    for grant, _ in _assignments(view, organization):
        holders.setdefault(grant.role, []).append(grant)
    for role in view.inside(organization.ref, Kind.ROLE):
        held = set(role.permissions) | set(role.attributes.get("permissions") or ())
        powers = [word for name, word in ESCALATING.items() if name in held]
        if not powers or not role.ref.key.startswith("org_role:"):
            continue
        grants = holders.get(role.ref.key, [])
        names = listed(_holder(view, grant.principal)[0] for grant in grants)
        held_by = f"it is held by {names}" if grants else "nobody holds it yet"
        what = " and ".join(powers)
        yield Hit(
            says=f"the organization role {quoted(role.name)} of {organization.name} can rewrite {what}; {held_by}",
            about=role,
            on=organization,
            because=(role, *grants[:10]),
            severity=None if grants else Severity.MEDIUM,
            weight=len(grants),
        )


@check(
    id="gh.org.security_manager",
    title="A small team is security manager",
    severity=Severity.LOW,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_TEAMS,),
    limits=("security_managers_max",),
    remedy=(
        "Give the security team the role: Settings > Organization roles > Role assignments > Security manager.",
        "Where the team is too large, make a smaller one that watches alerts.",
    ),
    source="https://docs.github.com/en/organizations/managing-peoples-access-to-your-organization-with-roles/"
    "managing-security-managers-in-your-organization",
    **clauses(ADMINISTRATORS, "AC-5"),
)
def security_manager(organization: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """Security managers see every alert without being owners; where nobody has the role, owners do the watching."""
    found = False
    for grant in view.grants_on(organization.ref):
        role = view.role(organization.ref.instance, grant.role)
        if grant.kind is not GrantKind.ORG_ROLE or "security_manager" not in {
            grant.role.partition(":")[2],
            role.name.lower().replace(" ", "_") if role else "",
        }:
            continue
        found = True
        who, count = _holder(view, grant.principal)
        if count > limits.security_managers_max:
            yield Hit(
                says=f"{who} is security manager of {organization.name}: more than "
                f"{many(limits.security_managers_max, 'person', 'people')} read every repository and alert",
                about=view.find(grant.principal),
                on=organization,
                because=(grant,),
                weight=count,
            )
    if not found:
        view.need(organization.ref, Facet.ORG_ROLES, Facet.ORG_SECURITY_MANAGERS)
        yield Hit(says=f"nobody is a security manager of {organization.name}: only its owners see all alerts")
