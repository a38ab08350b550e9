"""Checks about who holds what on a Jenkins controller: administrators, everyone signed in, patterns of roles."""

from collections.abc import Iterator
from typing import Any

from pipewarden.access.jenkins.permissions import AGENT, AS_ADMINISTER, CODE, STORE, closed
from pipewarden.access.view import Missing, NotApplicable, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import JENKINS, clauses
from pipewarden.checks.identities import WHO_KNOWS
from pipewarden.checks.reading import listed, quoted
from pipewarden.checks.unread import GIVEN, need_among
from pipewarden.model.facets_jenkins import JenkinsFacet
from pipewarden.model.facts import Account, Cause, Certainty, Grant, Resource, Role
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind, Ref, everyone
from pipewarden.model.limits import Limits

BOOK = "https://www.jenkins.io/doc/book/security/access-control"
DANGEROUS = AS_ADMINISTER | CODE | AGENT | {"Job/Create"}
CREDENTIALS = "Credentials/"


def crowds(tenant: Resource) -> tuple[Ref, Ref]:
    """Return the two groups that nobody is taken into: anybody at all, and everyone signed in."""
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
    for crowd in crowds(tenant):
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


@check(
    id="jk.adm.many",
    title="Few people administer the controller",
    severity=Severity.HIGH,
    subject=Kind.TENANT,
    needs=(JenkinsFacet.AUTHORIZATION,),
    limits=("owners_max",),
    remedy=(
        "Take Overall/Administer from those who do not run the controller.",
        "Give Overall/Manage or the permissions of a folder instead.",
    ),
    source=f"{BOOK}/permissions/",
    **clauses(JENKINS, "C2.1.11 O2 AC-6(5)"),
)
def many_administrators(tenant: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """An administrator runs any code in the controller and reads every credential: everything, without limits."""
    grants = [g for g in view.grants_on(tenant.ref) if permissions(view, g) & AS_ADMINISTER]
    people = view.engine.graph.expand(view.snapshot.ordinal(g.principal) or 0 for g in grants)
    if len(people) > limits.owners_max:
        names = [view.snapshot.name_of(ordinal) for ordinal in people]
        yield Hit(
            says=f"{len(people)} administer {tenant.name}, {limits.owners_max} may: {listed(names)}",
            because=tuple(grants),
            weight=len(people),
        )


@check(
    id="jk.adm.ambiguous_sid",
    title="Permissions say whether they are a user's or a group's",
    severity=Severity.MEDIUM,
    subject=Kind.TENANT,
    needs=(JenkinsFacet.AUTHORIZATION,),
    remedy=(
        "Migrate the entry to a user or to a group where the permissions are set.",
        "Remove the ambiguous entry.",
    ),
    source="https://plugins.jenkins.io/matrix-auth/",
    **clauses(JENKINS, "AC-3"),
)
def ambiguous(tenant: Resource, view: View) -> Iterator[Hit]:
    """An entry without a type is a user or a group of that name: who can name a group takes a user's permissions."""
    seen = set()
    for grant in _granted(view, tenant):
        if grant.origin.certainty is Certainty.PRESUMED and (grant.principal, grant.resource) not in seen:
            seen.add((grant.principal, grant.resource))
            yield Hit(
                says=f"the entry {view.name(grant.principal)} on {view.name(grant.resource)} may be a user or a group",
                about=view.find(grant.principal),
                on=view.find(grant.resource),
                because=(grant,),
            )


def _granted(view: View, tenant: Resource) -> Iterator[Grant]:
    """Yield the grants on a controller and on everything inside it."""
    yield from view.grants_on(tenant.ref)
    for item in view.entities(Kind.FOLDER, Kind.PIPELINE, Kind.RUNNER, within=tenant.ref):
        yield from view.grants_on(item.ref)


def _broad(tenant: Resource, view: View, wanted: frozenset[str], means: str) -> Iterator[Hit]:
    """Yield who holds some permissions on the whole controller without administering it, crowds left out."""
    for grant in view.grants_on(tenant.ref):
        mine = permissions(view, grant)
        held = sorted(mine & wanted)
        if held and not mine & AS_ADMINISTER and grant.principal not in crowds(tenant):
            yield Hit(
                says=f"{view.name(grant.principal)} holds {listed(held, 2)} on all of {tenant.name}: {means}",
                about=view.find(grant.principal),
                on=tenant,
                because=(grant,),
                weight=len(held),
            )


@check(
    id="jk.perm.configure",
    title="Jobs are configured by those who work in their folder",
    severity=Severity.HIGH,
    subject=Kind.TENANT,
    needs=(JenkinsFacet.AUTHORIZATION,),
    remedy=("Give Job/Configure in the folders where it is needed, and take it from the whole controller.",),
    source=f"{BOOK}/permissions/",
    **clauses(JENKINS, "O4 O5"),
)
def configure_everywhere(tenant: Resource, view: View) -> Iterator[Hit]:
    """To configure or replay a job is to run code of one's own with the credentials that the job can see."""
    yield from _broad(tenant, view, CODE | {"Job/Create"}, "every job's credentials are within reach")


@check(
    id="jk.perm.agent",
    title="Only administrators bring machines under builds",
    severity=Severity.HIGH,
    subject=Kind.TENANT,
    needs=(JenkinsFacet.AUTHORIZATION,),
    remedy=("Take Agent/Configure, Agent/Create, Agent/Connect and Agent/Disconnect away.",),
    source=f"{BOOK}/permissions/",
    **clauses(JENKINS, "O7"),
)
def agents_everywhere(tenant: Resource, view: View) -> Iterator[Hit]:
    """Whoever has root on the machine under a build has all that the build uses, credentials included."""
    yield from _broad(tenant, view, AGENT | {"Agent/Disconnect"}, "builds could run on a machine of theirs")


@check(
    id="jk.perm.cred",
    title="Credentials are managed by few",
    severity=Severity.HIGH,
    subject=Kind.TENANT,
    needs=(JenkinsFacet.AUTHORIZATION,),
    remedy=("Give permissions on credentials in the folders that own them, and take them from the whole controller.",),
    source="https://github.com/jenkinsci/credentials-plugin/blob/master/docs/user.adoc",
    **clauses(JENKINS, "O6"),
)
def credentials_everywhere(tenant: Resource, view: View) -> Iterator[Hit]:
    """Who may change a credential everybody uses decides as whom all pipelines act."""
    yield from _broad(tenant, view, STORE | {"Credentials/UseItem"}, "they reach all credentials there")


@check(
    id="jk.perm.role_pattern",
    title="The pattern of a role names what it means",
    severity=Severity.MEDIUM,
    subject=Kind.ROLE,
    needs=(JenkinsFacet.AUTHORIZATION,),
    remedy=("Write the pattern of one folder and what is in it: web(/.*)?.",),
    source="https://plugins.jenkins.io/role-strategy/",
    **clauses(JENKINS, "AC-6"),
)
def wide_pattern(role: Role, view: View) -> Iterator[Hit]:
    """A pattern that ends in .* without a slash before it matches every folder that begins alike, made by whomever."""
    pattern = role.attributes.get("pattern")
    if role.attributes.get("type") != "projectRoles" or not isinstance(pattern, str):
        raise NotApplicable("not a role with a pattern")
    del view
    if pattern in {".*", "^.*$", ".+"}:
        yield Hit(says=f"{role.name} is meant for items by pattern and matches every one", because=(role,))
    elif pattern.rstrip("$").endswith(".*") and not pattern.rstrip("$").endswith(("/.*", "|.*")):
        yield Hit(
            says=f"{role.name} matches everything that begins like {quoted(pattern)}, not one folder", because=(role,)
        )


@check(
    id="jk.perm.folder_inherit",
    title="A folder's own permissions are not crossed out by inherited ones",
    severity=Severity.MEDIUM,
    subject=Kind.FOLDER,
    needs=(JenkinsFacet.ITEM_AUTHORIZATION, JenkinsFacet.AUTHORIZATION),
    remedy=("Let the folder inherit nothing, and name in it who works there.",),
    source="https://plugins.jenkins.io/matrix-auth/",
    **clauses(JENKINS, "AC-6"),
)
def inherits_wide(folder: Resource, view: View) -> Iterator[Hit]:
    """Permissions add up: where everyone may configure above, the list in the folder keeps nobody out."""
    own = view.grants_on(folder.ref)
    if not own or view.attribute(folder, "inheritance", default=None) not in {"parent", "global"}:
        return
    instance = folder.ref.instance
    for crowd in (everyone(instance), Ref(instance, Kind.GROUP, "authenticated")):
        for grant in view.grants_of(crowd):
            wide = permissions(view, grant) & (CODE | AS_ADMINISTER)
            if wide and grant.resource in view.around(folder.ref):
                yield Hit(
                    says=f"{folder.name} lists who may do what, and {view.name(crowd)} inherits {listed(sorted(wide))}",
                    on=view.find(crowd),
                    because=(grant, own[0]),
                )


@check(
    id="jk.perm.stale_sid",
    title="Whoever permissions name is still here",
    severity=Severity.HIGH,
    subject=Kind.ACCOUNT,
    needs=(JenkinsFacet.AUTHORIZATION,),
    remedy=(
        "Take the name out of the matrix or role, in every folder that has it.",
        "Give permissions to groups of the identity provider, which end with the account there.",
    ),
    source="https://plugins.jenkins.io/matrix-auth/",
    **clauses(JENKINS, "AC-2(3)"),
)
def stale_name(account: Account, view: View) -> Iterator[Hit]:
    """A permission names a word: it waits for whoever has the account of that name, or makes one."""
    granted = view.grants_of(account.ref)
    if not granted:
        need_among(view, GIVEN, [account.ref.instance])
        raise NotApplicable("holds nothing by name")
    login, where = account.ref.key, view.name(granted[0].resource)
    configuration = _configuration(account, view)
    if configuration.get("realm") == "local":
        users = configuration.get("local_users")
        if users is None:
            raise Missing(account.ref, JenkinsFacet.CONFIGURATION, Cause.MISSING_FIELD, "users of the local database")
        if login.lower() not in {str(each).lower() for each in users}:
            says = f"permissions on {where} name {login}, whom the controller's user database does not have"
            yield Hit(says=says, because=tuple(granted))
        return
    if not WHO_KNOWS & set(view.snapshot.systems):
        raise NotApplicable("no identity provider and no roster was read: nobody says who left")
    person = view.person_of(account.ref)
    if person is None or (person.active is None and not person.left_says):
        detail = "nothing joins it to a person whom an identity provider or a roster knows"
        raise Missing(account.ref, "identity.people", Cause.NOT_COLLECTED, detail)
    if person.active is False or person.left_says:
        yield Hit(says=f"{person.name} left, and permissions on {where} still name {login}", because=tuple(granted))


def _configuration(account: Account, view: View) -> dict[str, Any]:
    tenant = next((each for each in view.entities(Kind.TENANT) if each.ref == account.parent), None)
    told = tenant.attributes.get("configuration") if tenant else None
    return told if isinstance(told, dict) else {}
