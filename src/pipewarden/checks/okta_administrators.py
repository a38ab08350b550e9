"""Checks about the administrators of an Okta organization: how many, how they prove who they are, what they can give themselves."""

from collections.abc import Iterator
from datetime import UTC, datetime

from pipewarden.access.okta.directory import ADMIN_CONSOLE, administrators, apps, assigned_groups, feeds, role_grants
from pipewarden.access.okta.places import Place, place_ref, tenant_ref
from pipewarden.access.okta.policies import asks, own_app, policy_of, undecided
from pipewarden.access.okta.roles import SUPER
from pipewarden.access.view import Missing, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.okta_words import HELP, HOLDERS, OKTA, OPENED, factors_of, rule_words, whole
from pipewarden.checks.reading import Doubts, listed, many, quoted
from pipewarden.model.access import Access, Capability
from pipewarden.model.facets_okta import OktaFacet
from pipewarden.model.facts import Account, Cause, Entity, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.limits import Limits


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
@whole(*HOLDERS)
def super_many(tenant: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """A super administrator may make anybody anything, in every system that trusts Okta; each one more can be phished.

    Counted are people, those who hold the role through a group among them.
    """
    doubts, people = Doubts(), []
    for each in administrators(view, tenant, SUPER):
        with doubts:
            view.given(each, "status", facet=OktaFacet.USERS)
            people.append(each)
    if len(people) > limits.owners_max:
        yield Hit(
            says=f"{tenant.name} has {many(len(people), 'super administrator')}: {listed(each.name for each in people)}",
            because=tuple(people),
            weight=len(people),
        )
    doubts.settle()


@check(
    id="ok.adm.no_mfa",
    title="Every administrator has enrolled a second factor",
    severity=Severity.CRITICAL,
    subject=Kind.TENANT,
    needs=(OktaFacet.ROLES, OktaFacet.MEMBERS),
    remedy=(
        "Have them enroll a passkey or FastPass now: Security > Authenticators > Enrollment.",
        "Require it in the authenticator enrollment policy for the group of administrators.",
    ),
    source=f"{HELP}/mfa/mfa-factors.htm",
    **clauses(OKTA, "O2 IA-2(1)"),
)
@whole(*HOLDERS)
def no_mfa(tenant: Resource, view: View) -> Iterator[Hit]:
    """One guessed password of an administrator opens every system behind Okta; a role held through a group is no less."""
    doubts = Doubts()
    for person in administrators(view, tenant):
        with doubts:
            mfa = factors_of(view, person)
            if not mfa.get("enrolled"):
                yield Hit(
                    says=f"{person.name} administers {tenant.name} and has enrolled no second factor", about=person
                )
    doubts.settle()


@check(
    id="ok.adm.phish_resistant",
    title="The admin console asks for a factor that cannot be phished",
    severity=Severity.HIGH,
    subject=Kind.TENANT,
    needs=(OktaFacet.APPS, OktaFacet.POLICIES),
    remedy=(
        "Security > Authentication policies > Okta Admin Console: require phishing-resistant possession in every rule.",
        "See that each administrator has a passkey or FastPass before.",
    ),
    source="https://help.okta.com/oie/en-us/content/topics/identity-engine/policies/add-app-sign-on-policy-rule.htm",
    **clauses(OKTA, "IA-2(8)"),
)
@whole(OktaFacet.APPS, OktaFacet.POLICIES)
def phish_resistant(tenant: Resource, view: View) -> Iterator[Hit]:
    """A copied sign-in page passes pushes and codes on; a passkey or FastPass gives nothing to the wrong address."""
    app = own_app(view, tenant, ADMIN_CONSOLE)
    gate = policy_of(view, tenant, app)
    loose = []
    doubt = None
    for ask in asks(gate):
        if ask.resistant is None:
            doubt = undecided(app, ask)
        elif not ask.resistant:
            loose.append(ask.name)
    if loose:
        yield Hit(
            says=f"the admin console of {tenant.name} accepts factors that can be phished: {rule_words(loose)}",
            because=(gate,),
        )
    if doubt:
        raise doubt


@check(
    id="ok.adm.stale",
    title="Administrators use their accounts, which are in order",
    severity=Severity.HIGH,
    subject=Kind.TENANT,
    needs=(OktaFacet.USERS, OktaFacet.ROLES, OktaFacet.MEMBERS),
    limits=("member_stale_days", "secret_days"),
    remedy=(
        "Take the role from those who no longer need it.",
        "Suspend accounts that nobody uses, and find out why one is locked or in recovery.",
        "Have an old password changed, or replaced by a passkey.",
    ),
    source="https://developer.okta.com/docs/concepts/user-lifecycle/",
    **clauses(OKTA, "AC-2(3)"),
)
@whole(*HOLDERS)
def stale(tenant: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """A role that nobody uses is missed by nobody when somebody else does. Use is the last sign-in to Okta.

    An account that is locked, in recovery or suspended keeps the role for the day on which somebody lets it in again. A
    password counts from when it was last changed; who has none at Okta is not told of.
    """
    doubts = Doubts()
    for person in administrators(view, tenant, suspended=True):
        with doubts:
            status = view.given(person, "status", facet=OktaFacet.USERS)
            odd = ODD.get(status)
            if status not in ODD and status != "ACTIVE":
                raise Missing(person.ref, OktaFacet.USERS, Cause.UNEXPECTED, f"the status {status} is not known")
            found = [odd] if odd else []
            found += [each for each in (_unused(view, person, limits), _old_password(view, person, limits)) if each]
            if found:
                says = f"{person.name} administers {tenant.name} and {listed(found)}"
                yield Hit(
                    says=says, about=person, severity=None if odd or _unused(view, person, limits) else Severity.LOW
                )
    doubts.settle()


ODD = {
    "LOCKED_OUT": "is locked out",
    "RECOVERY": "is in recovery",
    "PASSWORD_EXPIRED": "has an expired password",
    "PROVISIONED": "was never activated",
    "SUSPENDED": "is suspended",
}
"""States of an account in which no administrator should be for long."""


def _unused(view: View, person: Account, limits: Limits) -> str:
    age = view.age(person.last_used_at)
    if age is None and view.attribute(person, "lastLogin", facet=OktaFacet.USERS) is None:
        return "has never signed in"
    return f"has not signed in for {many(age.days, 'day')}" if age and age.days > limits.member_stale_days else ""


def _old_password(view: View, person: Account, limits: Limits) -> str:
    """Say how old a password is; a time that is null means that there is none at Okta."""
    told = view.attribute(person, "passwordChanged", facet=OktaFacet.USERS)
    age = view.age(_moment(told))
    if told is not None and age is None:
        raise Missing(person.ref, OktaFacet.USERS, Cause.UNEXPECTED, "passwordChanged is no time")
    return f"has had the same password for {many(age.days, 'day')}" if age and age.days > limits.secret_days else ""


def _moment(told: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(told)) if told is not None else None
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found


@check(
    id="ok.adm.group_escalation",
    title="Nobody but super administrators can add themselves to a group that opens the pipeline",
    severity=Severity.CRITICAL,
    subject=Kind.TENANT,
    needs=(OktaFacet.ROLES, OktaFacet.CUSTOM_ROLES, OktaFacet.APPS, OktaFacet.APP_ASSIGNMENTS),
    remedy=(
        "Take the group out of the role's targets, or give the role to super administrators alone.",
        "Let requests with an approval fill the group in place of an administrator.",
    ),
    source="https://help.okta.com/en/prod/Content/Topics/Security/admin-role-groupadmin.htm",
    **clauses(OKTA, "AC-6(1)"),
)
@whole(*HOLDERS, *OPENED, OktaFacet.APP_GRANTS)
def group_escalation(tenant: Resource, view: View) -> Iterator[Hit]:
    """Who fills a group has what the group has, in the code host, the CI server and the vault that follow Okta's groups.

    Asked are groups that are assigned to apps which look like a part of the pipeline, the group of everybody left out.
    Who may assign such an app to anybody is told too.
    """
    view.need(tenant.ref, OktaFacet.GROUPS)
    supers = {each.ref for each in administrators(view, tenant, SUPER)}
    opened: dict[Ref, set[str]] = {}
    for app in apps(view, tenant):
        if what := feeds(app):
            opened.setdefault(app.ref, set()).add(what)
            for group in assigned_groups(view, app):
                if group.attributes.get("type") != "BUILT_IN":
                    opened.setdefault(group.ref, set()).add(what)
    told: dict[Ref, list[tuple[Entity, Access, set[str]]]] = {}
    for ref, systems in opened.items():
        thing = view.find(ref)
        for access in view.who_can(Capability.MANAGE_ACCESS, ref):
            if access.principal not in supers and access.principal.kind is not Kind.ACCESS_TOKEN and thing is not None:
                told.setdefault(access.principal, []).append((thing, access, systems))
    for principal, found in told.items():
        holder = view.find(principal)
        what = listed(sorted(set().union(*(systems for _, _, systems in found))))
        names = listed(sorted(quoted(thing.name) for thing, _, _ in found), 2)
        yield Hit(
            says=f"{view.name(principal)} can let anybody into {names}, and so into {what}",
            about=holder,
            because=tuple(access.paths[0] for _, access, _ in found[:5]),
            weight=len(found),
        )


@check(
    id="ok.adm.helpdesk_reset",
    title="The help desk cannot reset the factors of people who can deploy",
    severity=Severity.HIGH,
    subject=Kind.TENANT,
    needs=(OktaFacet.ROLES, OktaFacet.CUSTOM_ROLES, OktaFacet.APPS, OktaFacet.APP_ASSIGNMENTS, OktaFacet.MEMBERS),
    remedy=(
        "Narrow the role to groups without people who deploy: Security > Administrators > Edit > Groups.",
        "Have a second person confirm each reset, and alert on resets that a sign-in from a new place follows.",
    ),
    source=f"{HELP}/administrators-admin-comparison.htm",
    **clauses(OKTA, "AC-5"),
)
@whole(*HOLDERS, *OPENED)
def helpdesk_reset(tenant: Resource, view: View) -> Iterator[Hit]:
    """Whoever resets password and factors of somebody can sign in as them. The help desk is who attackers call first.

    Asked are people in groups assigned to apps that look like a part of the pipeline; super administrators are out of its reach.
    """
    members: dict[Ref, Account] = {}
    for app in apps(view, tenant):
        if feeds(app):
            for group in assigned_groups(view, app):
                if group.attributes.get("type") != "BUILT_IN":
                    members |= {each.ref: each for each in view.all_members(group.ref)}
    reached: dict[Ref, set[Ref]] = {}
    for grant, _ in role_grants(view, tenant, "HELP_DESK_ADMIN", "CUSTOM"):
        role = view.role(tenant.ref.instance, grant.role)
        if role is None or Capability.ASSUME_ROLE not in role.permissions:
            continue
        within = {ref for ref, person in members.items() if _reaches(view, grant.resource, person)}
        reached.setdefault(grant.principal, set()).update(within - {grant.principal})
    for helper, people in reached.items():
        if not people:
            continue
        word = "person" if len(people) == 1 else "people"
        yield Hit(
            says=f"{view.name(helper)} can reset the factors of {len(people)} {word} in the pipeline's groups, and sign in as them",
            about=view.find(helper),
            weight=len(people),
        )


def _reaches(view: View, resource: Ref, person: Account) -> bool:
    """Tell whether a role over something reaches a person: over all people, over a group of theirs, over themselves.

    Super administrators stand apart from the other people, and no group reaches them.
    """
    outer = view.around(person.ref)
    if resource.kind is Kind.GROUP:
        return place_ref(tenant_ref(resource.instance), Place.USERS) in outer and view.is_in(person.ref, resource)
    return resource in {person.ref, *outer}
