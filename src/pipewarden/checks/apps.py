"""Checks about installed apps: what they may do, where, and who stands behind them."""

from collections.abc import Collection, Iterator

from pipewarden.access.view import View
from pipewarden.access.words import day
from pipewarden.checks.base import Hit, check
from pipewarden.checks.bypass import bypassing
from pipewarden.checks.clauses import MACHINES, clauses
from pipewarden.checks.reading import (
    Doubts,
    flat_permissions,
    last_seen,
    listed,
    living,
    moment,
    need_inside,
    quoted,
    silence,
    writes,
)
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Machine, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind
from pipewarden.model.limits import Limits

APPS_DOC = "https://docs.github.com/en/apps/using-github-apps/reviewing-and-modifying-installed-github-apps"
PERMISSIONS_DOC = "https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps"
CONFIGURE = "Settings > GitHub Apps > the app > Configure"

ADMINISTRATIVE = (
    "administration",
    "organization_administration",
    "members",
    "organization_custom_roles",
    "organization_custom_org_roles",
    "organization_secrets",
    "organization_self_hosted_runners",
    "organization_hooks",
)
"""App permissions whose write access is an administrator's."""

SECRETS = ("secrets", "environments", "organization_secrets", "dependabot_secrets", "organization_dependabot_secrets")
"""App permissions whose write access replaces the secrets that pipelines use."""


def _apps(view: View, organization: Resource) -> Iterator[Machine]:
    """Yield the installed apps that are not suspended: a suspended one can do nothing."""
    for app in view.inside(organization.ref, Kind.APP):
        if not app.attributes.get("suspended_at"):
            yield app


def _where(view: View, app: Machine, organization: Resource) -> str:
    """Return in words which repositories an app reaches."""
    selection = view.attribute(app, "repository_selection", default=None)
    if selection == "all":
        return f"every repository of {organization.name}"
    grants = [grant for grant in view.grants_of(app.ref) if grant.resource.kind is Kind.REPOSITORY]
    names = sorted(view.name(grant.resource) for grant in grants)
    return listed(names, 3) if names else f"the repositories selected in {organization.name}"


def _writing(organization: Resource, view: View, among: Collection[str], within: str) -> Iterator[Hit]:
    """Yield the apps that can write what some permissions are for."""
    doubts = Doubts()
    for app in _apps(view, organization):
        with doubts:
            held = [name for name in writes(flat_permissions(app, view, Facet.ORG_APPS)) if name in among]
            if held:
                yield Hit(
                    says=f"app {app.name} can write {listed(held)} {within} {_where(view, app, organization)}",
                    about=app,
                    on=organization,
                    because=(app,),
                    weight=len(held),
                )
    doubts.settle()


@check(
    id="gh.app.all_repos",
    title="Apps reach only the repositories they work on",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_APPS,),
    remedy=(f"{CONFIGURE} > Repository access > Only select repositories, and name those it works on.",),
    source="GET /orgs/{org}/installations (repository_selection)",
    **clauses(MACHINES, "C1.4.3 O8 AC-6"),
)
def all_repos(organization: Resource, view: View) -> Iterator[Hit]:
    """An app on all repositories also gets those of tomorrow; its stolen key then opens the whole organization.

    An app that may only read is told with low severity.
    """
    count = sum(1 for _ in view.repositories(organization.ref))
    doubts = Doubts()
    for app in _apps(view, organization):
        with doubts:
            if view.given(app, "repository_selection", facet=Facet.ORG_APPS) == "all":
                can = writes(flat_permissions(app, view, Facet.ORG_APPS))
                what = f"can write {listed(can, 3)}" if can else "can read"
                yield Hit(
                    says=f"app {app.name} is installed on every repository of {organization.name} and {what}",
                    about=app,
                    on=organization,
                    because=(app,),
                    severity=None if can else Severity.LOW,
                    weight=count,
                )
    doubts.settle()


@check(
    id="gh.app.admin_perm",
    title="No app administers",
    severity=Severity.HIGH,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_APPS,),
    remedy=(
        "Ask its maker for a version with narrower permissions, or replace the app.",
        f"{CONFIGURE} > Uninstall where it is not needed.",
    ),
    source=PERMISSIONS_DOC,
    **clauses(MACHINES, "C1.4.3 O8 AC-6(5)"),
)
def admin_perm(organization: Resource, view: View) -> Iterator[Hit]:
    """An app with administrative permissions adds people, replaces secrets and lifts protection, no person acting."""
    return _writing(organization, view, ADMINISTRATIVE, "on")


@check(
    id="gh.app.workflows_write",
    title="No app can change pipelines",
    severity=Severity.HIGH,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_APPS,),
    remedy=(
        "Limit it to the repositories where it updates workflows: " + CONFIGURE + " > Repository access.",
        "Require review of .github/workflows through CODEOWNERS and a ruleset without a bypass for the app.",
    ),
    source=PERMISSIONS_DOC,
    **clauses(MACHINES, "O4 O5 C1.4.3"),
)
def workflows_write(organization: Resource, view: View) -> Iterator[Hit]:
    """Whoever can write a workflow decides what runs with the repository's secrets.

    `workflows: write` edits the files; `contents: write` with `actions: write` pushes code and starts its run.
    """
    doubts = Doubts()
    for app in _apps(view, organization):
        with doubts:
            can = set(writes(flat_permissions(app, view, Facet.ORG_APPS)))
            if "workflows" in can or {"actions", "contents"} <= can:
                act = "change the workflows of" if "workflows" in can else "push code and start its workflows in"
                yield Hit(
                    says=f"app {app.name} can {act} {_where(view, app, organization)}",
                    about=app,
                    on=organization,
                    because=(app,),
                    weight=len(view.grants_of(app.ref)),
                )
    doubts.settle()


@check(
    id="gh.app.secrets_perm",
    title="No app can replace secrets",
    severity=Severity.HIGH,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_APPS,),
    remedy=(
        "Keep the app only where secrets are synchronised from a vault on purpose, on those repositories alone: "
        + CONFIGURE
        + ".",
        "Otherwise uninstall it.",
    ),
    source=PERMISSIONS_DOC,
    **clauses(MACHINES, "O6"),
)
def secrets_perm(organization: Resource, view: View) -> Iterator[Hit]:
    """An app that writes secrets or environments can plant its own credentials and lift an environment's reviewers."""
    return _writing(organization, view, SECRETS, "of")


@check(
    id="gh.app.stale",
    title="Installed apps are in use",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_APPS,),
    limits=("app_stale_days",),
    remedy=("Suspend it for two weeks, and uninstall it if nobody misses it: " + CONFIGURE + " > Suspend, Uninstall.",),
    source="GET /orgs/{org}/audit-log (programmatic_access_type), GET /orgs/{org}/insights/api",
    **clauses(MACHINES, "C1.4.2 O8 AC-2(3)"),
)
def app_stale(organization: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """A forgotten app keeps its permissions, and its maker's next break-in becomes yours.

    Judged by calls seen; the date of the last change of the installation says nothing about use.
    """
    doubts = Doubts()
    for app in _apps(view, organization):
        with doubts:
            if view.older(last_seen(view, app, organization), limits.app_stale_days):
                yield Hit(
                    says=f"app {app.name} is installed on {_where(view, app, organization)} and has not been used "
                    f"{silence(view, app)}",
                    about=app,
                    on=organization,
                    because=(app,),
                )
    doubts.settle()


@check(
    id="gh.app.suspended_present",
    title="Suspended apps are uninstalled",
    severity=Severity.LOW,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_APPS,),
    remedy=(CONFIGURE + " > Uninstall, once nobody missed it.",),
    source="GET /orgs/{org}/installations (suspended_at)",
    **clauses(MACHINES, "C1.4.2"),
)
def suspended_present(organization: Resource, view: View) -> Iterator[Hit]:
    """A suspended app can do nothing, but one click gives all its permissions back."""
    doubts = Doubts()
    for app in view.inside(organization.ref, Kind.APP):
        with doubts:
            since = view.attribute(app, "suspended_at", facet=Facet.ORG_APPS)
            if since:
                when = day(moment(since))
                yield Hit(
                    says=f"app {app.name} has been suspended in {organization.name} since {when} and is still installed",
                    about=app,
                    on=organization,
                    because=(app,),
                )
    doubts.settle()


@check(
    id="gh.app.unknown_owner",
    title="Apps come from makers the team chose",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_APPS,),
    limits=("trusted_app_owners",),
    remedy=(
        "Uninstall the app: " + CONFIGURE + " > Uninstall.",
        "Where you trust its maker, set the login in `checks.limits.trusted_app_owners` instead.",
    ),
    source="GET /apps/{app_slug} (owner)",
    **clauses(MACHINES, "C1.4.1 O8"),
)
def unknown_owner(organization: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """Whoever owns an app holds its key, and with it all that the app may do here.

    Trusted are the organization's own apps, those of its enterprise, and the owners set as trusted.
    """
    enterprise = view.find(organization.parent)
    trusted = {name.lower() for name in (*limits.trusted_app_owners, organization.name)}
    trusted |= {
        other.name.lower() for other in view.organizations if other.parent and other.parent == organization.parent
    }
    trusted |= {enterprise.name.lower()} if enterprise else set()
    doubts = Doubts()
    for app in _apps(view, organization):
        with doubts:
            owner = str(view.given(app, "app_owner", "login", facet=Facet.ORG_APPS))
            if owner.lower() not in trusted:
                can = writes(flat_permissions(app, view, Facet.ORG_APPS))
                yield Hit(
                    says=f"app {app.name} in {organization.name} belongs to {owner}, who is not a trusted maker"
                    + (f", and can write {listed(can, 3)}" if can else ""),
                    about=app,
                    on=organization,
                    because=(app,),
                    severity=None if can else Severity.LOW,
                    weight=len(can),
                )
    doubts.settle()


def _names_app_key(name: str) -> bool:
    """Tell whether a secret's name says that it holds an app's private key: `APP_PRIVATE_KEY`, `GH_APP_PEM`."""
    words = [word for word in name.upper().replace("-", "_").split("_") if word]
    if not any(word in {"APP", "GHAPP", "GITHUBAPP"} for word in words):
        return False
    return "PEM" in words or "PRIVATEKEY" in words or ("KEY" in words and not {"API", "PUBLIC"} & set(words))


@check(
    id="gh.app.key_in_secret",
    title="No app's private key lies where every branch can use it",
    severity=Severity.HIGH,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_SECRETS,),
    remedy=(
        "Move the key into an environment with a branch policy and reviewers, or into a vault read through OIDC.",
        "Generate a new key: the app's settings > Private keys, and delete the old one.",
    ),
    source="https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/"
    "managing-private-keys-for-github-apps",
    **clauses(MACHINES, "O6 IA-5"),
)
def key_in_secret(organization: Resource, view: View) -> Iterator[Hit]:
    """A private key is the app itself: whoever prints it from a workflow acts as the app wherever it is installed.

    Judged by the secret's name, for values cannot be read. A secret of an environment that accepts only some
    branches is well kept.
    """
    doubts = Doubts()
    for secret in view.entities(Kind.SECRET, within=organization.ref):
        with doubts:
            if not _names_app_key(str(view.given(secret, "name", facet=Facet.ORG_SECRETS))):
                continue
            outer = view.find(secret.parent)
            if outer is None:
                continue
            if outer.ref.kind is Kind.ENVIRONMENT and view.attribute(
                outer, "deployment_branch_policy", facet=Facet.REPO_ENVIRONMENTS
            ):
                continue
            everywhere = outer.ref.kind is Kind.ORGANIZATION
            yield Hit(
                says=f"the secret {secret.name.removeprefix('secret:')} is named like an app's private key and open to any "
                "branch" + (" of any repository it is for" if everywhere else ""),
                about=secret,
                on=outer,
                because=(secret,),
            )
    with doubts:
        need_inside(view, organization.ref, Facet.REPO_SECRETS, Facet.REPO_ENVIRONMENT_SECRETS)
    doubts.settle()


@check(
    id="gh.app.in_bypass",
    title="No app is let through protection",
    severity=Severity.HIGH,
    subject=Kind.REPOSITORY,
    needs=(Facet.REPO_SETTINGS, Facet.REPO_PROTECTION, Facet.REPO_RULESETS),
    remedy=(
        "Remove the app: Settings > Rules > Rulesets > the ruleset > Bypass list, or in the branch rule.",
        "Where a release robot needs it, let it bypass for pull requests only.",
    ),
    source="https://docs.github.com/en/rest/repos/rules (bypass_actors, actor_type Integration)",
    **clauses(MACHINES, "C1.1.3 O1 O5"),
)
def in_bypass(repository: Resource, view: View) -> Iterator[Hit]:
    """A rule with an exception for an app holds only as long as nobody else uses the app's key or its workflow."""
    living(view, repository)
    doubts = Doubts()
    for gate, actor in bypassing(view, repository, doubts):
        if actor.kind not in {"Integration", "App"}:
            continue
        app = next((app for app in view.entities(Kind.APP) if str(app.attributes.get("app_id")) == actor.id), None)
        guarded = view.find(gate.resource) or repository
        label = app.name if app else actor.name or actor.id
        mode = " for pull requests" if actor.mode == "pull_request" or actor.what == "pull_request" else ""
        yield Hit(
            says=f"app {label} is let through the rule {quoted(actor.gate)} of {guarded.name}{mode}",
            about=app or guarded,
            on=guarded,
            because=(gate, *((app,) if app else ())),
        )
    doubts.settle()
