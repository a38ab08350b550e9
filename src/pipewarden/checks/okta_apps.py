"""Checks about apps, rules and settings of Okta by which people come to access, and about its log."""

from collections.abc import Iterator

from pipewarden.access.okta.directory import apps, assigned_groups, feeds, settings
from pipewarden.access.okta.rules import SELF_EDITED
from pipewarden.access.view import Missing, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.okta_words import OKTA, OPENED, whole
from pipewarden.checks.reading import Doubts, listed, quoted
from pipewarden.model.facets_okta import OktaFacet
from pipewarden.model.facts import Cause, Group, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind, Ref

APPS = "https://help.okta.com/oie/en-us/content/topics/apps"

GROUP_TYPES = frozenset({"BUILT_IN", "OKTA_GROUP", "APP_GROUP"})
SHARED = {
    "SHARED_USERNAME_AND_PASSWORD": "one password that all share",
    "ADMIN_SETS_CREDENTIALS": "passwords set by an administrator",
}
PASSWORD_MODES = frozenset({"AUTO_LOGIN", "BROWSER_PLUGIN", "BASIC_AUTH", "SECURE_PASSWORD_STORE"})
"""Ways to sign in that hand a password to the app."""
OTHER_MODES = frozenset({"SAML_2_0", "SAML_1_1", "OPENID_CONNECT", "WS_FEDERATION", "BOOKMARK"})


@check(
    id="ok.app.swa",
    title="Apps do not share passwords",
    severity=Severity.MEDIUM,
    subject=Kind.TENANT,
    needs=(OktaFacet.APPS,),
    remedy=(
        "Move the app to SAML or OpenID Connect.",
        "Where it knows neither, give each person a login of their own there.",
    ),
    source=f"{APPS}/apps-about-swa.htm",
    **clauses(OKTA, "O2 AC-2(9)"),
)
@whole(OktaFacet.APPS)
def shared_password(tenant: Resource, view: View) -> Iterator[Hit]:
    """A password that is filled in can be read by whom it is filled in for, and works without Okta when they have left."""
    doubts = Doubts()
    for app in apps(view, tenant):
        with doubts:
            mode = view.given(app, "signOnMode", facet=OktaFacet.APPS)
            if mode not in PASSWORD_MODES | OTHER_MODES:
                raise Missing(
                    app.ref, OktaFacet.APPS, Cause.UNEXPECTED, f"how people sign in to {app.name} is not known"
                )
            if mode in PASSWORD_MODES:
                how = SHARED.get(str(app.attributes.get("scheme")), "a password that Okta fills in")
                severity = Severity.HIGH if feeds(app) else None
                yield Hit(says=f"{quoted(app.name)} is entered with {how}", about=app, severity=severity)
    doubts.settle()


@check(
    id="ok.app.everyone",
    title="Apps of the pipeline are not assigned to everybody",
    severity=Severity.HIGH,
    subject=Kind.TENANT,
    needs=(OktaFacet.APPS, OktaFacet.APP_ASSIGNMENTS, OktaFacet.GROUPS),
    remedy=("Assign the app to the groups that work with it, and take the group Everyone off.",),
    source=f"{APPS}/apps-assign-applications.htm",
    **clauses(OKTA, "AC-6"),
)
@whole(*OPENED)
def everyone(tenant: Resource, view: View) -> Iterator[Hit]:
    """The group Everyone holds contractors, guests and whoever is hired next; each of them gets an account there."""
    for app in apps(view, tenant):
        what = feeds(app)
        every = [group for group in assigned_groups(view, app) if group.attributes.get("type") == "BUILT_IN"]
        odd = next((g for g in assigned_groups(view, app) if g.attributes.get("type") not in GROUP_TYPES), None)
        if what and odd:
            raise Missing(
                odd.ref, OktaFacet.GROUPS, Cause.UNEXPECTED, f"what kind of group {odd.name} is was not given"
            )
        if what and every:
            yield Hit(
                says=f"{quoted(app.name)} ({what}) is assigned to the group {every[0].name}", about=app, on=every[0]
            )


@check(
    id="ok.app.unprovisioned",
    title="Apps of the pipeline learn of it when somebody leaves",
    severity=Severity.MEDIUM,
    subject=Kind.TENANT,
    needs=(OktaFacet.APPS,),
    remedy=("Applications > the app > Provisioning: connect it by SCIM and switch on `Deactivate Users`.",),
    source="https://help.okta.com/oie/en-us/content/topics/provisioning/lcm/con-okta-prov.htm",
    **clauses(OKTA, "AC-2(3)"),
)
@whole(OktaFacet.APPS)
def unprovisioned(tenant: Resource, view: View) -> Iterator[Hit]:
    """Okta shuts its own door; tokens, keys and local passwords in the app live on until somebody closes the account there.

    Asked of apps that look like a part of the pipeline. An app that makes accounts at each sign-in needs none of it:
    Okta does not tell which those are.
    """
    doubts = Doubts()
    for app in apps(view, tenant):
        what = feeds(app)
        if not what or app.attributes.get("application_type") == "service":
            continue
        with doubts:
            features = view.given(app, "features", facet=OktaFacet.APPS)
            if "PUSH_USER_DEACTIVATION" not in features:
                yield Hit(says=f"{quoted(app.name)} ({what}) is not told when somebody is deactivated", about=app)
    doubts.settle()


def _opening(view: View, tenant: Resource) -> dict[Ref, str]:
    """Return the groups that open a part of the pipeline, or that hold administrator roles, with what they open."""
    found: dict[Ref, str] = {}
    for app in apps(view, tenant):
        for group in assigned_groups(view, app) if feeds(app) else ():
            found.setdefault(group.ref, feeds(app))
    for group in view.entities(Kind.GROUP, within=tenant.ref):
        if group.attributes.get("has_admin_privilege") is True:
            found[group.ref] = "administration"
    return found


@check(
    id="ok.idp.trust",
    title="Other identity providers cannot put people into groups that open the pipeline",
    severity=Severity.HIGH,
    subject=Kind.TENANT,
    needs=(OktaFacet.IDENTITY_PROVIDERS, OktaFacet.GROUPS, OktaFacet.APPS, OktaFacet.APP_ASSIGNMENTS),
    remedy=(
        "Security > Identity Providers > the provider > JIT settings: assign no such group, and limit which are taken over.",
        "Let accounts from there wait for an approval.",
    ),
    source="https://help.okta.com/oie/en-us/content/topics/security/identity_providers.htm",
    **clauses(OKTA, "AC-2"),
)
@whole(OktaFacet.IDENTITY_PROVIDERS, *OPENED)
def trusted_provider(tenant: Resource, view: View) -> Iterator[Hit]:
    """Whoever runs the other provider decides who comes in; just-in-time groups let them decide what these may do too."""
    opening = _opening(view, tenant)
    doubts = Doubts()
    for each in settings(view, tenant, "identity provider"):
        if not each.active:
            continue
        with doubts:
            action = each.rules.get("provisioning.groups")
            if "provisioning.groups" not in each.rules:
                raise Missing(
                    tenant.ref, OktaFacet.IDENTITY_PROVIDERS, Cause.MISSING_FIELD, f"{each.name}: what it assigns"
                )
            named = each.rules.get("assignments" if action == "ASSIGN" else "filter") or ()
            refs = [Ref(tenant.ref.instance, Kind.GROUP, str(key)) for key in named]
            reached = [ref for ref in refs if ref in opening] if action not in {None, "NONE"} else []
            if reached:
                groups = listed(view.name(ref) for ref in reached)
                says = f"the identity provider {quoted(each.name)} puts people into {groups}, which opens {opening[reached[0]]}"
                yield Hit(says=says, because=(each,), on=view.find(reached[0]))
            elif action in {"APPEND", "SYNC"} and not named:
                yield Hit(
                    says=f"the identity provider {quoted(each.name)} may put people into any group", because=(each,)
                )
    doubts.settle()


@check(
    id="ok.push.grp",
    title="Nobody gets into a group of the pipeline by editing their own profile",
    severity=Severity.HIGH,
    subject=Kind.TENANT,
    needs=(OktaFacet.GROUP_RULES, OktaFacet.GROUPS, OktaFacet.APPS, OktaFacet.APP_ASSIGNMENTS),
    remedy=(
        "Let the rule read an attribute that comes from HR: department, cost centre, employee number.",
        "Directory > Profile Editor: make the attribute read-only for the person.",
    ),
    source="https://help.okta.com/oie/en-us/content/topics/users-groups-profiles/usgp-about-group-rules.htm",
    **clauses(OKTA, "AC-6"),
)
@whole(OktaFacet.GROUP_RULES, *OPENED)
def own_profile(tenant: Resource, view: View) -> Iterator[Hit]:
    """A rule looks at profiles again whenever they change: who may edit the attribute it reads chooses their own groups.

    Attributes are taken for self-edited as Okta is delivered; the schema that may say otherwise is not read.
    """
    for ref, what in _opening(view, tenant).items():
        group = view.find(ref)
        for rule in (group.attributes.get("rules") or ()) if isinstance(group, Group) else ():
            edited = sorted(set(rule.get("attributes") or ()) & SELF_EDITED)
            if edited and rule.get("status") != "INACTIVE":
                says = f"whoever edits their own {listed(edited)} gets into {view.name(ref)}, which opens {what}"
                yield Hit(says=says, about=group)


@check(
    id="ok.log.stream",
    title="The system log is streamed to another place",
    severity=Severity.MEDIUM,
    subject=Kind.TENANT,
    needs=(OktaFacet.LOG_STREAMS,),
    remedy=(
        "Reports > Log Streaming: send the log to your own store. Pollers and event hooks are not seen by this check.",
    ),
    source="https://help.okta.com/oie/en-us/content/topics/reports/log-streaming/about-log-streams.htm",
    **clauses(OKTA, "AU-6"),
)
def log_stream(tenant: Resource, view: View) -> Iterator[Hit]:
    """Okta keeps its log for 90 days. What is found later than that can only be understood from a copy."""
    if not any(each.active for each in settings(view, tenant, "log stream")):
        yield Hit(says=f"{tenant.name} streams its log nowhere: after 90 days it is gone")
