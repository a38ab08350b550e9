"""Checks about GitLab groups: who owns them, and what their settings allow."""

from collections.abc import Iterator

from pipewarden.access.gitlab.levels import MAINTAINER, OWNER, level_named
from pipewarden.access.view import Missing, NotApplicable, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.gitlab_reading import DOCS, PEOPLE, ours, people_at, setting
from pipewarden.checks.reading import listed, many
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Cause, Resource, Role
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind
from pipewarden.model.limits import Limits

GROUP = (GitLabFacet.GROUPS,)


@check(
    id="gl.group.mfa",
    title="Groups require a second factor",
    severity=Severity.HIGH,
    subject=Kind.ORGANIZATION,
    needs=GROUP,
    remedy=(
        "Turn on “All users in this group must set up two-factor authentication”: Settings > General > Permissions.",
    ),
    source=f"{DOCS}/security/two_factor_authentication/#enforce-2fa-for-all-users-in-a-group",
    **clauses(PEOPLE, "C1.3.5 O2"),
)
def group_mfa(group: Resource, view: View) -> Iterator[Hit]:
    """A password alone is phished, guessed and reused; the top group's setting holds for all below it."""
    ours(view, group)
    if group.parent is not None and group.parent.kind is Kind.ORGANIZATION:
        raise NotApplicable("the setting of the top group is judged")
    if setting(view, group, "require_two_factor_authentication", facet=GitLabFacet.GROUP_SETTINGS) is False:
        yield Hit(says=f"the group {group.name} does not require a second factor")


@check(
    id="gl.group.owners_few",
    title="A group has two owners at least",
    severity=Severity.LOW,
    subject=Kind.ORGANIZATION,
    needs=(*GROUP, GitLabFacet.GROUP_MEMBERS),
    limits=("owners_min",),
    remedy=("Make a second person an Owner: Manage > Members.",),
    source=f"{DOCS}/user/permissions/",
    **clauses(PEOPLE, "C1.3.7"),
)
def owners_few(group: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """When the only owner is away or locked out, nobody can take access away."""
    ours(view, group)
    if group.parent is not None and group.parent.kind is Kind.ORGANIZATION:
        raise NotApplicable("owners of the parent group own it too")
    found = people_at(view, group, OWNER)
    if len(found) < limits.owners_min:
        whom = found[0].name if found else "nobody"
        yield Hit(says=f"the group {group.name} is owned by {whom}{' alone' if found else ''}")


@check(
    id="gl.group.owners_many",
    title="A group has few owners",
    severity=Severity.LOW,
    subject=Kind.ORGANIZATION,
    needs=(*GROUP, GitLabFacet.GROUP_MEMBERS),
    limits=("owners_max",),
    remedy=("Make those Maintainers who need not manage access: Manage > Members.",),
    source=f"{DOCS}/user/permissions/",
    **clauses(PEOPLE, "C1.3.3 AC-6"),
)
def owners_many(group: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """An owner gives and takes access to everything below the group, and reads its variables."""
    ours(view, group)
    found = people_at(view, group, OWNER)
    if len(found) > limits.owners_max:
        yield Hit(
            says=f"{many(len(found), 'person', 'people')} own the group {group.name}: {listed(a.name for a in found)}"
        )


@check(
    id="gl.group.fork_outside",
    title="Projects are not forked out of the group",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=GROUP,
    remedy=("Turn on “Prevent project forking outside current group”: Settings > General > Permissions.",),
    source=f"{DOCS}/user/group/access_and_permissions/#prevent-project-forking-outside-group",
    **clauses(PEOPLE, "C1.2.5"),
)
def fork_outside(group: Resource, view: View) -> Iterator[Hit]:
    """A fork elsewhere keeps the code, and none of the group's rules."""
    ours(view, group)
    if group.parent is not None and group.parent.kind is Kind.ORGANIZATION:
        raise NotApplicable("the setting of the top group is judged")
    if setting(view, group, "prevent_forking_outside_group", facet=GitLabFacet.GROUP_SETTINGS) is False:
        yield Hit(says=f"projects of {group.name} may be forked out of the group")


@check(
    id="gl.group.project_creation",
    title="Not everybody makes projects in the group",
    severity=Severity.LOW,
    subject=Kind.ORGANIZATION,
    needs=GROUP,
    remedy=("Let Maintainers alone create projects: Settings > General > Permissions.",),
    source=f"{DOCS}/user/group/#specify-who-can-add-projects-to-a-group",
    **clauses(PEOPLE, "C1.2.2"),
)
def project_creation(group: Resource, view: View) -> Iterator[Hit]:
    """A new project has the group's variables and runners, and none of the rules that others were given."""
    ours(view, group)
    if setting(view, group, "project_creation_level", facet=GitLabFacet.GROUP_SETTINGS) == "developer":
        yield Hit(says=f"every Developer of {group.name} may make projects, which get the group's variables")


@check(
    id="gl.group.ip",
    title="A group is reached from known addresses alone",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=GROUP,
    remedy=("Restrict access by IP address, or members by mail domain: Settings > General > Permissions.",),
    source=f"{DOCS}/user/group/access_and_permissions/#restrict-group-access-by-ip-address",
    **clauses(PEOPLE, "C1.3.12 C1.3.6"),
)
def addresses(group: Resource, view: View) -> Iterator[Hit]:
    """A stolen token then works from anywhere, and members may use whatever mail address."""
    ours(view, group)
    if group.parent is not None and group.parent.kind is Kind.ORGANIZATION:
        raise NotApplicable("the setting of the top group is judged")
    keys = ("ip_restriction_ranges", "allowed_email_domains_list")
    if not any(view.attribute(group, key, facet=GitLabFacet.GROUP_SETTINGS) for key in keys):
        yield Hit(says=f"the group {group.name} restricts neither addresses nor mail domains")


_STRONG = {
    "admin_cicd_variables": "read and change variables",
    "admin_group_member": "add and remove members",
    "admin_protected_branch": "change protected branches",
    "admin_protected_environments": "change protected environments",
    "admin_runners": "manage runners",
    "manage_deploy_tokens": "make deploy tokens",
    "manage_group_access_tokens": "make group access tokens",
    "manage_project_access_tokens": "make project access tokens",
}
"""https://docs.gitlab.com/user/custom_roles/abilities/"""


@check(
    id="gl.group.custom_role",
    title="Custom roles do not administer under another name",
    severity=Severity.MEDIUM,
    subject=Kind.ROLE,
    remedy=("Take the permission out of the role, or base it on Maintainer: Settings > Roles and permissions.",),
    source=f"{DOCS}/user/custom_roles/abilities/",
    **clauses(PEOPLE, "AC-6"),
)
def custom_role(role: Role, view: View) -> Iterator[Hit]:
    """A list of members shows a Guest or Developer; what the role adds stands in another place that nobody looks at."""
    del view
    base = role.attributes.get("base_access_level")
    found = [words for ability, words in _STRONG.items() if ability in role.permissions]
    if not role.ref.key.startswith("custom:") or not found:
        return
    if not isinstance(base, int):
        raise Missing(role.ref, GitLabFacet.MEMBER_ROLES, Cause.MISSING_FIELD, f"the base of {role.name} was not told")
    if base < MAINTAINER:
        yield Hit(
            says=f"the custom role “{role.name}”, based on {level_named(base)}, may {listed(found)}", because=(role,)
        )
