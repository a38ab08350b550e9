"""The facts by which somebody owns a machine: whom its system lists, who made it, whom CODEOWNERS names for its place."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from msgspec import Struct

from pipewarden.access.view import View
from pipewarden.model.facets import Facet
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Cause, Gap, GrantKind, Machine, Resource
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.jobs import ATTRIBUTE
from pipewarden.model.owners import Ground
from pipewarden.model.systems import System

EVERYTHING = frozenset({"*", "**", "/**", "/**/*", "**/*"})
"""Patterns of CODEOWNERS that stand for all of a repository."""

MICROSOFT = frozenset({"f8cdef31-a31e-4b4a-93e4-5f571e91255a", "72f988bf-86f1-41af-91ab-2d7cd011db47"})
"""The tenants that own Microsoft's own services, which stand in every tenant.

https://learn.microsoft.com/en-us/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in
"""

LOG_DAYS = 180
"""How far back GitHub's audit log goes."""


class Named(Struct, frozen=True, kw_only=True):
    """Somebody whom a fact names as the owner of a machine: an account or group, or a name that leads to none."""

    ref: Ref | None = None
    name: str = ""
    ground: Ground
    says: str
    gone: bool = False
    """Whether the system says that there is no such account any more."""


class Nobody(Exception):
    """What would tell an owner was not read."""

    def __init__(self, detail: str, gap: Gap | None) -> None:
        super().__init__(detail)
        self.gap = gap


# --- whom the system lists ----------------------------------------------------------------------------


def listed(view: View, machine: Machine) -> Iterator[Named]:
    """Yield whom Entra lists as owners of a service principal, of its application, or of what a secret is of.

    https://learn.microsoft.com/en-us/entra/identity/enterprise-apps/overview-assign-app-owners
    """
    for place in _applications(view, machine):
        for grant in view.grants_on(place):
            if grant.kind is GrantKind.OWNERSHIP and grant.principal.kind is Kind.ACCOUNT:
                what = "the application" if place.kind is Kind.APPLICATION else "the service principal"
                yield Named(ref=grant.principal, ground=Ground.DECLARED, says=f"listed as an owner of {what}")


def _applications(view: View, machine: Machine) -> list[Ref]:
    """Return what of Entra can have owners: a service principal and its application."""
    if view.system_of(machine.ref) is not System.ENTRA:
        return []
    found = [machine.ref, *([machine.parent] if machine.parent is not None else [])]
    places = [each for each in found if each.kind in {Kind.SERVICE_ACCOUNT, Kind.APPLICATION}]
    for each in list(places):  # a secret of a service principal has the owners of its application, too
        places += [outer for outer in view.around(each)[:1] if outer.kind is Kind.APPLICATION]
        places += [inner.ref for inner in view.inside(each, Kind.SERVICE_ACCOUNT)]
    return list(dict.fromkeys(places))


# --- who made it --------------------------------------------------------------------------------------


def maker(view: View, machine: Machine) -> Iterator[Named]:
    """Yield who made a machine, or as whom it acts, where its system tells."""
    kind, system = machine.ref.kind, view.system_of(machine.ref)
    if machine.owner is not None:
        words = (
            "added it"
            if kind is Kind.DEPLOY_KEY
            else "it is a login of theirs"
            if system is System.VAULT
            else "made it"
        )
        yield Named(ref=machine.owner, ground=Ground.MADE, says=words)
        return
    by = machine.attributes.get("made_by")
    if isinstance(by, dict) and by.get("id") is not None:
        ref = Ref(machine.ref.instance, Kind.ACCOUNT, str(by["id"]))
        yield Named(ref=ref, name=str(by.get("username") or by["id"]), ground=Ground.MADE, says="made it")
        return
    added, login = machine.attributes.get("added_by"), machine.attributes.get("login")
    if kind is Kind.DEPLOY_KEY and isinstance(added, str) and added:
        # the connector looks up everybody whom a key names: one who is not found is no more
        yield Named(name=added, ground=Ground.MADE, says="added it", gone=True)
    elif kind in {Kind.CLASSIC_TOKEN, Kind.SSH_KEY} and isinstance(login, str) and login:
        yield Named(name=login, ground=Ground.MADE, says="made it")


def untold(view: View, machine: Machine) -> bool:
    """Tell whether GitHub left out who added a key, which older servers do; a null says that it knows nobody."""
    is_key = machine.ref.kind is Kind.DEPLOY_KEY and view.system_of(machine.ref) is System.GITHUB
    return is_key and "added_by" not in machine.attributes


WITHOUT_APPLICATION = frozenset({"ManagedIdentity", "Legacy", "SocialIdp"})
"""Service principals behind which no application is registered in any tenant.

https://learn.microsoft.com/en-us/graph/api/resources/serviceprincipal (servicePrincipalType, appOwnerOrganizationId)
"""


def is_anybodys(view: View, machine: Machine) -> bool:
    """Tell whether it was not told which company registered the application behind a service principal: it may be Microsoft's."""
    if machine.ref.kind is not Kind.SERVICE_ACCOUNT or view.system_of(machine.ref) is not System.ENTRA:
        return False
    told = machine.attributes
    applies = told.get("servicePrincipalType") not in WITHOUT_APPLICATION
    return applies and told.get("appOwnerOrganizationId", "") is None


def installer(view: View, machine: Machine) -> Iterator[Named]:
    """Yield who installed an app, as the organization's audit log tells it.

    https://docs.github.com/en/enterprise-cloud@latest/organizations/keeping-your-organization-secure/managing-security-settings-for-your-organization/audit-log-events-for-your-organization#integration_installation
    """
    organization = view.organization_of(machine) if machine.ref.kind is Kind.APP else None
    events = organization.attributes.get("audit_events") if organization is not None else None
    for event in events if isinstance(events, list) else ():
        if (
            isinstance(event, dict)
            and event.get("action") == "integration_installation.create"
            and event.get("name") == machine.attributes.get("app_slug")
        ):
            actor, number = event.get("actor"), event.get("actor_id")
            ref = Ref(machine.ref.instance, Kind.ACCOUNT, str(number)) if number is not None else None
            ref = ref if ref is not None and view.find(ref) is not None else _by_login(view, machine, str(actor or ""))
            yield Named(
                ref=ref, name=str(actor or ""), ground=Ground.MADE, says=f"installed it on {str(event.get('at'))[:10]}"
            )
            return


def _by_login(view: View, machine: Machine, login: str) -> Ref | None:
    """Return the account that has a login where a machine is."""
    known, place = view.memo["logins of installers"], machine.ref.instance
    if place not in known:
        accounts = (each for each in view.entities(Kind.ACCOUNT) if each.ref.instance == place)
        known[place] = {each.name.lower(): each.ref for each in accounts}
    found: dict[str, Ref] = known[place]
    return found.get(login.lower())


# --- what was not read ---------------------------------------------------------------------------------


def firm_gaps(view: View, machine: Machine) -> Iterator[Gap]:
    """Yield the gaps in which it would have been found who was declared or who made a machine."""
    found: list[Gap | None] = []
    for place in _applications(view, machine):
        facets = EntraFacet.APPLICATION_OWNERS if place.kind is Kind.APPLICATION else EntraFacet.SERVICE_OWNERS
        found.append(view.gap(place, facets))
    if view.system_of(machine.ref) is System.ENTRA:
        found.append(view.gap(machine.ref, EntraFacet.APPLICATIONS))
    organization = view.organization_of(machine) if machine.ref.kind is Kind.APP else None
    if organization is not None and _in_log(view, machine.created_at):
        found.append(view.gap(organization.ref, Facet.ORG_AUDIT_LOG))
        if {"", "integration_installation.create"} & (organization.attributes.get("audit_events_untold") or {}).keys():
            found.append(view.gap(organization.ref, Facet.ORG_AUDIT_EVENTS))
    if view.system_of(machine.ref) is System.GITLAB and "made_by" not in machine.attributes:
        lists = _MADE_IN.get(machine.ref.kind, ())
        held = (
            (grant.resource for grant in view.grants_of(machine.ref)) if machine.ref.kind is Kind.ACCESS_TOKEN else ()
        )
        places = dict.fromkeys((machine.ref, machine.parent, *held))
        found += [view.gap(place, facet) for place in places if place for facet in lists]
    yield from (gap for gap in found if gap is not None and gap.cause is not Cause.PLAN)


_MADE_IN: dict[Kind, tuple[str, ...]] = {
    Kind.ACCESS_TOKEN: (
        GitLabFacet.MEMBERS,
        GitLabFacet.GROUP_MEMBERS,
        GitLabFacet.TOKENS,
        GitLabFacet.GROUP_TOKENS,
        GitLabFacet.USERS,
    ),
    Kind.SERVICE_ACCOUNT: (GitLabFacet.USERS,),
}
"""Facets of GitLab that tell who made a token's bot or a service account."""


def _in_log(view: View, made: datetime | None) -> bool:
    """Tell whether the audit log, had it been read, could tell who installed an app: it goes back 180 days."""
    return made is None or not view.older(made, LOG_DAYS)


# --- CODEOWNERS ----------------------------------------------------------------------------------------


def home_of(view: View, machine: Machine) -> Ref | None:
    """Return the one repository that a machine belongs to: it lies in it, or is a key of it and of no other."""
    parent = view.find(machine.parent)
    if parent is not None:
        return parent.ref if parent.ref.kind is Kind.REPOSITORY else None
    if machine.ref.kind is not Kind.DEPLOY_KEY:
        return None
    places = {grant.resource for grant in view.grants_of(machine.ref)}
    only = next(iter(places)) if len(places) == 1 else None
    return only if only is not None and only.kind is Kind.REPOSITORY else None


def code_owners(view: View, machine: Machine) -> list[Named]:
    """Return whom CODEOWNERS names for a machine's place: a job's file, else all of the repository.

    Raises Nobody where the file of its repository was not read.
    https://docs.gitlab.com/user/project/codeowners/
    https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
    """
    home = view.find(home_of(view, machine))
    if not isinstance(home, Resource):
        return []
    key, facet = READ_AS.get(view.system_of(home.ref), ("", ""))
    if not key:
        return []
    gap = view.gap(home.ref, facet)
    if gap is not None and gap.cause is not Cause.PLAN:
        raise Nobody(gap.detail, gap)
    if key not in home.attributes and gap is None:
        raise Nobody(f"CODEOWNERS of {home.name} was not read", None)
    names = _of_project(machine, home) if key == "code_owners" else _of_repository(machine, home)
    says = f"CODEOWNERS of {home.name}"
    return [Named(ref=_code_owner(view, name, home), name=name, ground=Ground.CODEOWNERS, says=says) for name in names]


READ_AS: dict[System, tuple[str, str]] = {
    System.GITHUB: ("codeowners", Facet.REPO_CODEOWNERS),
    System.GITLAB: ("code_owners", GitLabFacet.CODE_OWNERS),
}
"""The attribute of a repository that holds what its CODEOWNERS says, and the facet in which it is read."""


def _of_project(machine: Machine, home: Resource) -> list[str]:
    """Return whom GitLab's file names: for the pipeline file, or for all that no other line speaks of."""
    told = home.attributes.get("code_owners")
    names = told.get("pipeline" if machine.ref.kind is Kind.JOB else "all") if isinstance(told, dict) else None
    return [str(name) for name in names] if isinstance(names, (list, tuple)) else []


def _of_repository(machine: Machine, home: Resource) -> list[str]:
    return _of_job(machine) if machine.ref.kind is Kind.JOB else _of_all(home.attributes.get("codeowners_rules"))


def _of_all(rules: Any) -> list[str]:
    """Return whom the line names that decides what no other line speaks of: the last one for everything."""
    told = [row for row in rules if isinstance(row, dict)] if isinstance(rules, list) else []
    last = next((row for row in reversed(told) if row.get("pattern") in EVERYTHING), {})
    return [str(name) for name in last.get("owners") or ()]


def _of_job(job: Machine) -> list[str]:
    """Return the owners of the files of its repository that decide what a job runs, the one it stands in first."""
    told = job.attributes.get(ATTRIBUTE)
    owners = told.get("owners") if isinstance(told, dict) else None
    return [str(name) for name in owners] if isinstance(owners, (list, tuple)) else []


def _code_owner(view: View, name: str, home: Resource) -> Ref | None:
    """Return the account or team that a line names: `@bob`, `@acme/platform`, or an address that an account has verified."""
    known = view.memo["code owners"]
    key = (home.ref.instance, name.lower())
    if key not in known:
        known[key] = _found_owner(view, *key)
    found: Ref | None = known[key]
    return found


def _found_owner(view: View, instance: str, name: str) -> Ref | None:
    if not name.startswith("@"):
        people = [p for p in view.joined.people if name in p.emails]
        accounts = [j.account for p in people for j in p.accounts if j.account.instance == instance]
        return accounts[0] if len(accounts) == 1 else None
    kinds = (Kind.GROUP,) if "/" in name else (Kind.ACCOUNT, Kind.GROUP)
    named = (view.snapshot.ref(o) for o in view.snapshot.named(name[1:]))
    return next((ref for ref in named if ref.instance == instance and ref.kind in kinds), None)
