"""Checks about GitLab groups, their members, and the instance that the company runs."""

from collections.abc import Iterator

from pipewarden.access.gitlab.levels import ADMINISTRATOR, MAINTAINER, OWNER, level_named
from pipewarden.access.view import Missing, NotApplicable, View
from pipewarden.access.words import day
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.gitlab_reading import DOCS, PEOPLE, ours, people_at, setting
from pipewarden.checks.reading import listed, many
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Account, Cause, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind
from pipewarden.model.limits import Limits

ADMIN = "Admin > Settings > General"
GROUP = (GitLabFacet.GROUPS,)
SHARES_DOC = f"{DOCS}/user/project/members/sharing_projects_groups/"
LONGEST_GRACE_HOURS = 7 * 24


@check(
    id="gl.inst.mfa",
    title="The instance requires a second factor",
    severity=Severity.HIGH,
    subject=Kind.TENANT,
    needs=(GitLabFacet.INSTANCE_SETTINGS,),
    remedy=(
        f"Turn on “Enforce two-factor authentication” with a grace period of days: {ADMIN} > Sign-in restrictions.",
    ),
    source=f"{DOCS}/security/two_factor_authentication/",
    **clauses(PEOPLE, "C1.3.5 O2"),
)
def instance_mfa(tenant: Resource, view: View) -> Iterator[Hit]:
    """A password alone is phished, guessed and reused; whoever has it is in the pipeline."""
    if setting(view, tenant, "require_two_factor_authentication") is False:
        yield Hit(says=f"{tenant.name} does not require a second factor")
    elif setting(view, tenant, "two_factor_grace_period") > LONGEST_GRACE_HOURS:
        yield Hit(says=f"{tenant.name} lets people in for more than a week without the second factor that it requires")


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
    ours(group)
    if group.parent is not None and group.parent.kind is Kind.ORGANIZATION:
        raise NotApplicable("the setting of the top group is judged")
    if setting(view, group, "require_two_factor_authentication", facet=GitLabFacet.GROUP_SETTINGS) is False:
        yield Hit(says=f"the group {group.name} does not require a second factor")


def _factor(account: Account, view: View) -> bool:
    if account.attributes.get("state") != "active" or account.attributes.get("bot") is True:
        raise NotApplicable(f"{account.name} does not sign in")
    told = view.given(account, "two_factor_enabled", facet=GitLabFacet.USERS)
    return bool(told)


@check(
    id="gl.user.mfa_off",
    title="Everybody has a second factor",
    severity=Severity.HIGH,
    subject=Kind.ACCOUNT,
    remedy=("Require it for the instance or the group, so that the person sets it up at the next sign-in.",),
    source=f"{DOCS}/api/users/ (two_factor_enabled: administrators alone are told)",
    **clauses(PEOPLE, "C1.3.4 O2"),
)
def user_mfa(account: Account, view: View) -> Iterator[Hit]:
    """A local password works beside single sign-on: without a second factor it is the way around it."""
    if not _factor(account, view):
        identities = account.attributes.get("identities")
        local = " and no single sign-on" if identities == [] else ""
        yield Hit(says=f"{account.name} has no second factor in GitLab{local}")


@check(
    id="gl.user.external_mfa",
    title="External people have a second factor",
    severity=Severity.HIGH,
    subject=Kind.ACCOUNT,
    remedy=("Require it for the group that the person works in.",),
    source=f"{DOCS}/administration/external_users/",
    **clauses(PEOPLE, "C1.3.4 O2"),
)
def external_mfa(account: Account, view: View) -> Iterator[Hit]:
    """Nobody at the company manages the laptop or the password of a contractor."""
    if view.given(account, "external", facet=GitLabFacet.USERS) is True and not _factor(account, view):
        yield Hit(says=f"{account.name} is external and has no second factor in GitLab")


def _administrators(view: View, tenant: Resource) -> list[Account]:
    grants = [grant for grant in view.grants_on(tenant.ref) if grant.role == ADMINISTRATOR]
    return [account for grant in grants if isinstance(account := view.find(grant.principal), Account)]


@check(
    id="gl.user.admin_many",
    title="Few people administer the instance",
    severity=Severity.MEDIUM,
    subject=Kind.TENANT,
    needs=(GitLabFacet.USERS,),
    limits=("owners_max",),
    remedy=("Take the administrator flag from those who do not need it every week: Admin > Users > Edit.",),
    source=f"{DOCS}/administration/",
    **clauses(PEOPLE, "C1.3.3 AC-6(5)"),
)
def administrators_many(tenant: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """An administrator reads every project and every variable, and may act as anybody."""
    found = _administrators(view, tenant)
    if len(found) > limits.owners_max:
        yield Hit(
            says=f"{many(len(found), 'person', 'people')} administer {tenant.name}: {listed(a.name for a in found)}"
        )


@check(
    id="gl.user.admin_stale",
    title="Administrators are active",
    severity=Severity.MEDIUM,
    subject=Kind.TENANT,
    needs=(GitLabFacet.USERS,),
    limits=("owner_stale_days",),
    remedy=("Take the administrator flag away, or block the account: Admin > Users.",),
    source=f"{DOCS}/api/users/ (last_activity_on)",
    **clauses(PEOPLE, "C1.3.1 AC-2(3)"),
)
def administrator_stale(tenant: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """Power that nobody uses is missed by nobody when it is stolen."""
    unseen = None
    for account in _administrators(view, tenant):
        if account.last_used_at is None:
            unseen = account
        elif view.older(account.last_used_at, limits.owner_stale_days):
            yield Hit(
                says=f"{account.name} administers {tenant.name} and was last seen on {day(account.last_used_at)}",
                about=account,
                on=tenant,
                because=(account,),
            )
    if unseen is not None:
        raise Missing(unseen.ref, GitLabFacet.USERS, Cause.MISSING_FIELD, f"no activity of {unseen.name} was told")


@check(
    id="gl.user.no_email_confirm",
    title="Nobody makes an account without the company's consent",
    severity=Severity.HIGH,
    subject=Kind.TENANT,
    needs=(GitLabFacet.INSTANCE_SETTINGS,),
    remedy=(f"Turn off “Sign-up enabled”, or ask for an administrator's approval: {ADMIN} > Sign-up restrictions.",),
    source=f"{DOCS}/administration/settings/sign_up_restrictions/",
    **clauses(PEOPLE, "O2 IA-4"),
)
def sign_up(tenant: Resource, view: View) -> Iterator[Hit]:
    """Whoever reaches the page gets an account, sees what is internal, and waits to be invited by mistake."""
    if setting(view, tenant, "signup_enabled") is not True:
        return
    if setting(view, tenant, "require_admin_approval_after_user_signup") is False:
        yield Hit(says=f"anybody may make an account on {tenant.name}, and no administrator approves it")
    elif setting(view, tenant, "email_confirmation_setting") == "off":
        yield Hit(says=f"{tenant.name} does not confirm the mail address of who makes an account")


@check(
    id="gl.user.password_git",
    title="Passwords do not open the instance",
    severity=Severity.LOW,
    subject=Kind.TENANT,
    needs=(GitLabFacet.INSTANCE_SETTINGS,),
    remedy=(f"Turn off password authentication for the web and for Git: {ADMIN} > Sign-in restrictions.",),
    source=f"{DOCS}/administration/settings/sign_in_restrictions/",
    **clauses(PEOPLE, "O2"),
)
def passwords(tenant: Resource, view: View) -> Iterator[Hit]:
    """A password works beside single sign-on, and around its policies."""
    named = {"password_authentication_enabled_for_web": "the web", "password_authentication_enabled_for_git": "Git"}
    found = [word for key, word in named.items() if setting(view, tenant, key) is True]
    if found:
        yield Hit(says=f"passwords open {tenant.name} for {listed(found)}")


@check(
    id="gl.inst.visibility",
    title="Nothing is public by default",
    severity=Severity.HIGH,
    subject=Kind.TENANT,
    needs=(GitLabFacet.INSTANCE_SETTINGS,),
    remedy=(f"Set the default visibility to private: {ADMIN} > Visibility and access controls.",),
    source=f"{DOCS}/administration/settings/visibility_and_access_controls/",
    **clauses(PEOPLE, "C1.2.6"),
)
def visibility(tenant: Resource, view: View) -> Iterator[Hit]:
    """What somebody makes without thinking is then open to everybody."""
    kinds = ("project", "group", "snippet")
    found = [f"{kind}s" for kind in kinds if setting(view, tenant, f"default_{kind}_visibility") == "public"]
    if found:
        yield Hit(says=f"new {listed(found)} of {tenant.name} are public by default")


@check(
    id="gl.tok.runner_reg",
    title="Runners are made by people, not by a shared token",
    severity=Severity.MEDIUM,
    subject=Kind.TENANT,
    needs=(GitLabFacet.INSTANCE_SETTINGS,),
    remedy=("Turn off “Allow runner registration token”: Admin > Settings > CI/CD > Runners.",),
    source=f"{DOCS}/ci/runners/new_creation_workflow/",
    **clauses(PEOPLE, "O7"),
)
def registration(tenant: Resource, view: View) -> Iterator[Hit]:
    """Whoever has the shared token adds a machine that is given everybody's jobs and variables."""
    if setting(view, tenant, "allow_runner_registration_token") is True:
        yield Hit(says=f"whoever holds a registration token adds runners to {tenant.name}")


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
    ours(group)
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
    ours(group)
    found = people_at(view, group, OWNER)
    if len(found) > limits.owners_max:
        yield Hit(
            says=f"{many(len(found), 'person', 'people')} own the group {group.name}: {listed(a.name for a in found)}"
        )


def _shares(thing: Resource, view: View, facet: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = setting(view, thing, "shared_with_groups", facet=facet)
    return found


def _guest(row: dict[str, object]) -> str:
    return str(row.get("group_full_path") or row.get("group_id"))


@check(
    id="gl.share.group_to_project",
    title="No project is given to a whole group as Maintainer",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS,),
    remedy=("Invite the group as Developer: Manage > Members > Groups.",),
    source=SHARES_DOC,
    **clauses(PEOPLE, "AC-6"),
)
def shared_project(project: Resource, view: View) -> Iterator[Hit]:
    """Whoever is added to that group, or to one that it lies in, by somebody else gets it."""
    for row in _shares(project, view, GitLabFacet.PROJECTS):
        level = row.get("group_access_level")
        if isinstance(level, int) and level >= MAINTAINER:
            yield Hit(says=f"the group {_guest(row)} is invited into {project.name} as {level_named(level)}")


@check(
    id="gl.share.group_to_group",
    title="No group is given to another group",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=GROUP,
    remedy=("Invite the group into the projects that it needs instead: Manage > Members > Groups.",),
    source=SHARES_DOC,
    **clauses(PEOPLE, "AC-6"),
)
def shared_group(group: Resource, view: View) -> Iterator[Hit]:
    """All that the group holds and ever will is given to whoever the other group's owners add."""
    ours(group)
    for row in _shares(group, view, GitLabFacet.GROUPS):
        level = row.get("group_access_level")
        as_what = f" as {level_named(level)}" if isinstance(level, int) else ""
        yield Hit(says=f"the group {_guest(row)} is invited into the group {group.name}{as_what}")


@check(
    id="gl.share.no_expiry",
    title="Invitations of groups end",
    severity=Severity.LOW,
    subject=Kind.ORGANIZATION,
    needs=GROUP,
    remedy=("Set the day on which the invitation ends: Manage > Members > Groups.",),
    source=SHARES_DOC,
    **clauses(PEOPLE, "AC-3"),
)
def share_forever(group: Resource, view: View) -> Iterator[Hit]:
    """An invitation without an end is looked at by nobody again."""
    ours(group)
    for row in _shares(group, view, GitLabFacet.GROUPS):
        if row.get("expires_at") is None:
            yield Hit(says=f"the invitation of the group {_guest(row)} into the group {group.name} never ends")


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
    ours(group)
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
    ours(group)
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
    ours(group)
    if group.parent is not None and group.parent.kind is Kind.ORGANIZATION:
        raise NotApplicable("the setting of the top group is judged")
    keys = ("ip_restriction_ranges", "allowed_email_domains_list")
    if not any(view.attribute(group, key, facet=GitLabFacet.GROUP_SETTINGS) for key in keys):
        yield Hit(says=f"the group {group.name} restricts neither addresses nor mail domains")
