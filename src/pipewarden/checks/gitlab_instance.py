"""Checks about the GitLab instance that the company runs, and the accounts on it."""

from collections.abc import Iterator

from pipewarden.access.gitlab.levels import ADMINISTRATOR, MAINTAINER, level_named
from pipewarden.access.view import Missing, NotApplicable, View
from pipewarden.access.words import day
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.gitlab_reading import DOCS, PEOPLE, setting
from pipewarden.checks.reading import listed, many
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Account, Cause, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind
from pipewarden.model.limits import Limits

ADMIN = "Admin > Settings > General"

LONGEST_GRACE_HOURS = 7 * 24


def _factor(account: Account, view: View) -> bool:
    """Tell whether somebody who signs in has a second factor. Only administrators are told who is a bot."""
    active = view.given(account, "state", facet=GitLabFacet.USERS) == "active"
    if not active or account.attributes.get("bot") is True:
        raise NotApplicable(f"{account.name} does not sign in")
    told = view.given(account, "two_factor_enabled", facet=GitLabFacet.USERS)
    if not told and {"bot", "is_admin"} & account.attributes.keys():
        view.given(account, "bot", facet=GitLabFacet.USERS)
    return bool(told)


def _administrators(view: View, tenant: Resource) -> list[Account]:
    grants = [grant for grant in view.grants_on(tenant.ref) if grant.role == ADMINISTRATOR]
    return [account for grant in grants if isinstance(account := view.find(grant.principal), Account)]


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
    id="gl.inst.default_branch_prot",
    title="New projects begin with a protected default branch",
    severity=Severity.HIGH,
    subject=Kind.TENANT,
    needs=(GitLabFacet.INSTANCE_SETTINGS,),
    remedy=("Set the default branch protection to “Fully protected”: Admin > Settings > Repository > Default branch.",),
    source=f"{DOCS}/user/project/repository/branches/default/#protect-initial-default-branches",
    **clauses(PEOPLE, "C1.1.20"),
)
def default_protection(tenant: Resource, view: View) -> Iterator[Hit]:
    """What nobody sets for a project is what the instance gives it: there Developers then push, or rewrite, unseen."""
    told = setting(view, tenant, "default_branch_protection_defaults")
    levels = [row["access_level"] for row in told.get("allowed_to_push") or () if row.get("access_level")]
    if not told:
        yield Hit(says=f"new projects of {tenant.name} begin with a default branch that nothing protects")
    elif levels and min(levels) < MAINTAINER:
        yield Hit(says=f"new projects of {tenant.name} let {level_named(min(levels))}s push to their default branch")
    elif told and setting(view, tenant, "default_branch_protection_defaults", "allow_force_push") is True:
        yield Hit(says=f"new projects of {tenant.name} let their default branch be force-pushed")
