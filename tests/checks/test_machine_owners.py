"""Whose each machine is, by which ground, and which are nobody's: over the systems of one snapshot."""

from datetime import timedelta
from typing import Any

import pytest

from pipewarden.access.engine import Engine
from pipewarden.access.machine_owners import Owned, machine_owners, owner_cell
from pipewarden.access.owned_machines import answering
from pipewarden.access.view import View
from pipewarden.checks import identities
from pipewarden.checks import machine_owners as theme
from pipewarden.checks.base import Verdicts, every, judge
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facets import Facet
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facets_okta import OktaFacet
from pipewarden.model.facets_roster import RosterFacet
from pipewarden.model.facets_vault import VaultFacet
from pipewarden.model.facts import (
    Account,
    AnyFact,
    Cause,
    Gap,
    Grant,
    GrantKind,
    Group,
    Identity,
    Machine,
    Membership,
    Resource,
)
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.jobs import ATTRIBUTE
from pipewarden.model.owners import Ground
from pipewarden.model.systems import System, source
from tests.checks.test_identities import ACME, GITHUB, HR, NOW, SEEN, WEB, account, key, person

CHECK = "x.machine_owner_gone"
TENANT = "11111111-2222-3333-4444-555555555555"
OKTA = "acme.okta.example"
ROSTER = Ref(HR, Kind.TENANT, HR)
PLATFORM = Ref(GITHUB, Kind.GROUP, "platform")
BOB, CAROL = "bob@acme.example", "carol@acme.example"


def here(name: str, *accounts: str, left: str = "") -> Identity:
    """Return somebody of the roster, with an address."""
    fact = person(name, *accounts, left=left)
    return Identity(
        ref=fact.ref,
        name=f"{name.lower()}@acme.example",
        emails=(f"{name.lower()}@acme.example",),
        active=fact.active,
        attributes=fact.attributes,
        origin=SEEN,
    )


PEOPLE: tuple[AnyFact, ...] = (
    account(GITHUB, "bob"),
    account(GITHUB, "carol"),
    here("Bob", "github:bob"),
    here("Carol", "github:carol", left="2026-03-03"),
)


def declared(*rows: tuple[str, str], file: str = "owners.yaml") -> Resource:
    """Return a list of machines' owners."""
    told = [
        {"machine": machine, "owners": [owner], "because": "it is so", "line": line}
        for line, (machine, owner) in enumerate(rows, 1)
    ]
    return Resource(ref=ROSTER, name="roster:hr", attributes={"machines": told, "file": file}, origin=SEEN)


def app(slug: str = "deploybot", **more: Any) -> Machine:
    ref = Ref(GITHUB, Kind.APP, slug)
    return Machine(ref=ref, name=slug, parent=ACME, attributes={"app_slug": slug}, origin=SEEN, **more)


def team(*logins: str) -> list[AnyFact]:
    group = Group(ref=PLATFORM, name="acme/platform", parent=ACME, origin=SEEN)
    members = [Membership(member=Ref(GITHUB, Kind.ACCOUNT, login), group=PLATFORM, origin=SEEN) for login in logins]
    return [group, *members]


def gap(scope: Ref, facet: str, cause: Cause = Cause.FORBIDDEN) -> Gap:
    return Gap(scope=scope, facet=facet, cause=cause, permission="a permission", origin=SEEN)


def web(*rules: tuple[str, str], name: str = "acme/web", ref: Ref = WEB) -> Resource:
    rows = [{"pattern": pattern, "owners": owners.split(), "line": 1} for pattern, owners in rules]
    given = {"default_branch": "main", "codeowners": {"path": "CODEOWNERS"}, "codeowners_rules": rows}
    return Resource(ref=ref, name=name, parent=ACME, attributes=given, origin=SEEN)


def view(*facts: AnyFact, roster: bool = True) -> View:
    builder = SnapshotBuilder()
    builder.add(source(GITHUB, System.GITHUB, SEEN), Resource(ref=ACME, name="acme", origin=SEEN))
    if roster:
        builder.add(source(HR, System.ROSTER, SEEN))
    builder.add(*facts)
    return View(builder.finish(SnapshotInfo(sources=("x",), started=NOW, ended=NOW)))


def judged(*facts: AnyFact, roster: bool = True) -> Verdicts:
    return judge([*every(theme), identities.identity_unclear], view(*facts, roster=roster))


def says(*facts: AnyFact, check: str = CHECK, roster: bool = True) -> list[str]:
    return [each.says for each in judged(*facts, roster=roster).findings if each.check == check]


def unknown(*facts: AnyFact, check: str = CHECK) -> set[str]:
    return {each.facet for each in judged(*facts).not_assessed if each.check == check}


def owned(machine: Machine, *facts: AnyFact) -> Owned:
    return machine_owners(view(machine, *facts)).of(machine)


# --- who made it --------------------------------------------------------------------------------------


def test_carol_left_and_nobody_else_owns_her_key() -> None:
    assert says(*PEOPLE, web(), *key("carol")) == [
        "Carol left on 2026-03-03 and is the only owner known of the deploy key carol-laptop of acme/web"
    ]
    assert says(*PEOPLE, web(), *key("bob")) == []


def test_a_key_that_ended_is_nobodys_to_own() -> None:
    assert says(*PEOPLE, web(), *key("carol", expires_at=NOW - timedelta(days=1))) == []


def test_who_added_a_key_and_has_no_account_any_more_is_not_here() -> None:
    mine = Machine(
        ref=Ref(GITHUB, Kind.DEPLOY_KEY, "1"), name="old", parent=WEB, attributes={"added_by": "zed"}, origin=SEEN
    )
    assert says(*PEOPLE, web(("*", "@bob")), mine) == [
        "zed is not here any more and is the only owner known of the deploy key old of acme/web"
    ]


def test_an_account_that_nothing_joins_to_anybody_leaves_it_unknown_and_one_that_is_suspended_does_not() -> None:
    assert unknown(account(GITHUB, "zed"), here("Bob"), web(), *key("zed")) == {"identity.people"}
    assert says(account(GITHUB, "zed", suspended=True), here("Bob"), web(), *key("zed")) == [
        "zed is not here any more and is the only owner known of the deploy key zed-laptop of acme/web"
    ]


def test_where_nobody_says_who_is_here_a_maker_is_enough() -> None:
    found = judged(account(GITHUB, "bob"), web(), *key("bob"), roster=False)
    assert found.findings == ()
    assert found.not_assessed == ()


def test_an_identity_provider_that_was_not_read_may_say_that_the_owner_left() -> None:
    okta = (source(OKTA, System.OKTA, SEEN), gap(Ref(OKTA, Kind.TENANT, "acme"), OktaFacet.USERS))
    linked = Identity(
        ref=Ref(GITHUB, Kind.IDENTITY, "g"),
        name="bob",
        active=True,
        accounts=(Ref(GITHUB, Kind.ACCOUNT, "bob"),),
        origin=SEEN,
    )
    assert unknown(account(GITHUB, "bob"), linked, web(), *key("bob"), *okta) == {OktaFacet.USERS}
    assert unknown(*PEOPLE, web(), *key("bob"), *okta) == {OktaFacet.USERS}, "a roster is not always the newest word"
    assert len(says(*PEOPLE, web(), *key("carol"), *okta)) == 1


# --- nobody -------------------------------------------------------------------------------------------


def test_an_app_of_which_nothing_names_an_owner_is_told_with_what_it_holds_and_how_one_is_named() -> None:
    [found] = judged(*PEOPLE, app()).findings
    assert found.says == "nobody is known to own the app deploybot of acme"
    assert found.severity is Severity.MEDIUM
    assert found.remedy[0] == "Write into a roster who owns it: `machine: github:deploybot`, `owner: …`, `because: …`."
    holding = Grant(principal=app().ref, resource=ACME, role="owner", kind=GrantKind.APP, origin=SEEN)
    [graver] = judged(*PEOPLE, app(), holding).findings
    assert graver.severity is Severity.HIGH
    assert graver.says.startswith("nobody is known to own the app deploybot of acme, which holds administer and ")


def test_who_installed_an_app_is_in_the_audit_log() -> None:
    def organization(*events: dict[str, Any]) -> Resource:
        return Resource(ref=ACME, name="acme", attributes={"audit_events": list(events)}, origin=SEEN)

    event = {"action": "integration_installation.create", "at": "2026-09-14T11:02:00+00:00", "actor": "bob"}
    mine = owned(app(), *PEOPLE, organization({**event, "name": "deploybot"}))
    assert (mine.names, mine.says, mine.here) == ("bob", "installed it on 2026-09-14", True)
    assert says(*PEOPLE, app(), organization({**event, "name": "another"})) != []
    new, old = app(created_at=NOW - timedelta(days=20)), app(created_at=NOW - timedelta(days=900))
    assert unknown(*PEOPLE, new, gap(ACME, Facet.ORG_AUDIT_LOG)) == {Facet.ORG_AUDIT_LOG}
    left = declared(("github:deploybot", CAROL))
    assert unknown(*PEOPLE, new, left, gap(ACME, Facet.ORG_AUDIT_LOG)) == {Facet.ORG_AUDIT_LOG}
    assert unknown(*PEOPLE, old, left, gap(ACME, Facet.ORG_AUDIT_LOG)) == set(), "the log does not go back so far"
    assert unknown(*PEOPLE, new, gap(ACME, Facet.ORG_AUDIT_LOG, Cause.PLAN)) == set()


# --- whom a list names ---------------------------------------------------------------------------------


def test_a_declared_owner_counts_before_everything_else() -> None:
    row = declared(("github:deploybot", BOB))
    mine = owned(app(), *PEOPLE, row)
    assert [(each.ground, each.says) for each in mine.owners] == [
        (Ground.DECLARED, "declared in owners.yaml: it is so")
    ]
    assert says(*PEOPLE, app(), row) == []
    assert says(*PEOPLE, web(), *key("carol"), declared(("key:acme/web/carol-laptop", BOB))) == []


def test_a_declared_owner_who_left_is_none() -> None:
    assert says(*PEOPLE, app(), declared(("github:deploybot", CAROL))) == [
        "Carol left on 2026-03-03 and is the only owner known of the app deploybot"
    ]


def test_a_team_owns_as_long_as_somebody_of_it_is_here() -> None:
    row = declared(("github:deploybot", "team:acme/platform"))
    assert says(*PEOPLE, app(), row, *team("bob", "carol")) == []
    for members in (("carol",), ()):
        assert says(*PEOPLE, app(), row, *team(*members)) == [
            "nobody in acme/platform is here, the only owner known of the app deploybot"
        ]
    assert unknown(*PEOPLE, app(), row, *team("carol"), gap(ACME, Facet.ORG_TEAMS)) == {"identity.people"}


def test_what_is_said_of_a_repository_holds_for_all_in_it_and_the_nearest_counts() -> None:
    rows = declared(("acme/web", BOB), ("key:acme/web/carol-laptop", CAROL))
    [hers, his] = [key("carol")[0], key("bob")[0]]
    assert isinstance(hers, Machine)
    assert isinstance(his, Machine)
    assert owned(hers, *PEOPLE, web(), rows).names == "Carol"
    assert owned(his, *PEOPLE, web(), rows).says == "declared in owners.yaml: it is so"


@pytest.mark.parametrize(
    ("row", "says_it", "near"),
    [
        (("github:deploybt", BOB), "owners.yaml:1 names the machine github:deploybt, and it was not seen", "deploybot"),
        (
            ("github:deploybot", "bop@acme.example"),
            "owners.yaml:1 names the owner bop@acme.example, and nothing that was read knows them",
            BOB,
        ),
        (
            ("github:deploybot", "Robert"),
            "owners.yaml:1 names the owner Robert, and nothing that was read knows them",
            "",
        ),
    ],
)
def test_a_row_that_leads_nowhere_is_told_with_what_may_be_meant(row: tuple[str, str], says_it: str, near: str) -> None:
    [found] = [each for each in judged(*PEOPLE, app(), declared(row)).findings if each.check == "x.identity_unclear"]
    assert found.says == says_it
    assert near in found.remedy[0]
    assert len(says(*PEOPLE, app(), declared(row))) == 1, "the machine has no owner by it"


def test_several_rows_that_lead_nowhere_are_one_finding_with_all_of_them() -> None:
    rows = declared(("github:deploybt", BOB), ("github:nothing", "nobody@elsewhere.example"))
    [found] = [each for each in judged(*PEOPLE, app(), rows).findings if each.check == "x.identity_unclear"]
    assert found.says == "owners.yaml:1 names the machine github:deploybt, and it was not seen (and 2 more)"
    assert [each.text for each in found.evidence][1:] == [
        "owners.yaml:1 names the machine github:deploybt, and it was not seen; deploybot may be meant",
        "owners.yaml:2 names the machine github:nothing, and it was not seen",
        "owners.yaml:2 names the owner nobody@elsewhere.example, and nothing that was read knows them",
    ]


def test_a_row_that_leads_nowhere_where_something_was_not_read_is_not_known() -> None:
    facts = (*PEOPLE, app(), declared(("github:ansible", BOB)), gap(WEB, Facet.REPO_KEYS))
    assert says(*facts, check="x.identity_unclear") == []
    assert unknown(*facts, check="x.identity_unclear") == {Facet.REPO_KEYS}
    assert len(says(*facts)) == 1, "the app was read, and the row does not name it"
    okta = (
        source(OKTA, System.OKTA, SEEN),
        Resource(ref=Ref(OKTA, Kind.TENANT, "acme"), name="okta:acme", origin=SEEN),
    )
    elsewhere = (*PEOPLE, app(), declared(("okta:ansible", BOB)), gap(WEB, Facet.REPO_KEYS))
    assert len(says(*elsewhere, *okta, check="x.identity_unclear")) == 1, "GitHub's refusal hides nothing of Okta"
    assert unknown(*elsewhere, check="x.identity_unclear") == {"identity.people"}, "nothing of Okta was read"


def test_an_owner_who_may_be_in_a_list_that_was_not_read_is_not_known() -> None:
    facts = (*PEOPLE, app(), declared(("github:deploybot", "team:acme/release")), gap(ACME, Facet.ORG_TEAMS))
    assert unknown(*facts) == {Facet.ORG_TEAMS}
    assert unknown(*facts, check="x.identity_unclear") == {Facet.ORG_TEAMS}
    assert len(unknown(*facts[:-1])) == 0


def test_of_teams_of_one_name_that_of_the_machines_own_system_is_meant() -> None:
    other = Group(ref=Ref("gitlab.acme.example", Kind.GROUP, "1"), name="acme/platform", origin=SEEN)
    lab = source("gitlab.acme.example", System.GITLAB, SEEN)
    row = declared(("github:deploybot", "team:acme/platform"))
    assert owned(app(), *PEOPLE, row, *team("bob"), other, lab).here is True


def test_a_name_that_several_have_names_none() -> None:
    other = Machine(ref=Ref(GITHUB, Kind.APP, "2"), name="deploybot", parent=ACME, origin=SEEN)
    rows = declared(("github:deploybot", BOB))
    [found] = [each for each in judged(*PEOPLE, app(), other, rows).findings if each.check == "x.identity_unclear"]
    assert found.says == "owners.yaml:1 names the machine github:deploybot, and 2 things are called so"
    assert "github.com:app:2 or github.com:app:deploybot" in found.remedy[0]
    by_id = declared(("github.com:app:deploybot", BOB), ("github.com:app:2", BOB))
    assert says(*PEOPLE, app(), other, by_id) == []


def test_a_row_that_could_not_be_read_may_have_named_any_machine() -> None:
    assert unknown(*PEOPLE, app(), gap(ROSTER, RosterFacet.MACHINES, Cause.UNREADABLE)) == {RosterFacet.MACHINES}
    named = declared(("github:deploybot", BOB))
    assert unknown(*PEOPLE, app(), named, gap(ROSTER, RosterFacet.MACHINES, Cause.UNREADABLE)) == set()


def test_a_list_of_machines_alone_says_of_nobody_that_they_are_here() -> None:
    found = judged(account(GITHUB, "bob"), web(), *key("bob"), declared(("github:nothing", "github:bob")))
    assert [each.check for each in found.findings] == ["x.identity_unclear"]
    assert found.not_assessed == ()


def test_a_machine_in_a_persons_row_is_theirs() -> None:
    token = Machine(ref=Ref(GITHUB, Kind.CLASSIC_TOKEN, "7"), name="old token", parent=ACME, origin=SEEN)
    carol = here("Carol", "github:carol", "github:old token", left="2026-03-03")
    facts = (account(GITHUB, "carol"), carol, token)
    assert owned(token, *facts).says == "declared in the list hr: the list"
    assert says(*facts, token) == [
        "Carol left on 2026-03-03 and is the only owner known of the classic token old token"
    ]
    assert says(*facts, token, check="x.identity_unclear") == []
    whole = view(*facts, token)
    assert [each.name for each in Engine(whole.snapshot).machines_by_owner[Ref(GITHUB, Kind.ACCOUNT, "carol")]] == [
        "old token"
    ]


# --- whom Entra lists ----------------------------------------------------------------------------------


def in_entra(*owners: str, elsewhere: bool = False) -> list[AnyFact]:
    tenant, application = Ref(TENANT, Kind.TENANT, TENANT), Ref(TENANT, Kind.APPLICATION, "app")
    service, secret = Ref(TENANT, Kind.SERVICE_ACCOUNT, "sp"), Ref(TENANT, Kind.CLIENT_SECRET, "app:1")
    microsoft = {"appOwnerOrganizationId": "f8cdef31-a31e-4b4a-93e4-5f571e91255a"}
    people = [
        Account(ref=Ref(TENANT, Kind.ACCOUNT, name), name=f"{name}@acme.example", parent=tenant,
                attributes={"accountEnabled": name != "carol", "mail": f"{name}@acme.example"}, origin=SEEN)
        for name in ("bob", "carol")
    ]  # fmt: skip
    return [
        source(TENANT, System.ENTRA, SEEN),
        Resource(ref=tenant, name="entra:acme", origin=SEEN),
        Resource(ref=application, name="planner", parent=tenant, origin=SEEN),
        Machine(
            ref=service, name="planner", parent=application, attributes=microsoft if elsewhere else {}, origin=SEEN
        ),
        Machine(ref=secret, name="secret one of planner", parent=application, origin=SEEN),
        *people,
        *(
            Grant(
                principal=Ref(TENANT, Kind.ACCOUNT, name),
                resource=application,
                role="owner of the application",
                kind=GrantKind.OWNERSHIP,
                origin=SEEN,
            )
            for name in owners
        ),
    ]


def test_whom_entra_lists_owns_the_application_with_its_secrets() -> None:
    assert says(*in_entra("bob")) == []
    assert says(*in_entra("carol", "bob")) == []
    assert says(*in_entra("carol")) == [
        "carol@acme.example left and is the only owner known of the service account planner"
    ]
    [nobody] = judged(*in_entra()).findings
    assert nobody.says == "nobody is known to own the service account planner of entra:acme"
    assert {each.kind for each in nobody.judged} == {Kind.SERVICE_ACCOUNT, Kind.CLIENT_SECRET}, "one finding for both"
    assert nobody.remedy[0].startswith("Add an owner who is here: Entra admin center")


def test_owners_whom_entra_refused_to_list_leave_it_unknown() -> None:
    application = Ref(TENANT, Kind.APPLICATION, "app")
    assert unknown(*in_entra(), gap(application, EntraFacet.APPLICATION_OWNERS)) == {EntraFacet.APPLICATION_OWNERS}
    assert unknown(*in_entra("bob"), gap(Ref(TENANT, Kind.SERVICE_ACCOUNT, "sp"), EntraFacet.SERVICE_OWNERS)) == set()


def test_a_declaration_for_the_service_principal_holds_for_its_secrets() -> None:
    assert says(*in_entra(), here("Bob"), declared(("entra:planner", BOB))) == []


def test_microsofts_own_services_are_nobodys_to_own() -> None:
    facts = [each for each in in_entra(elsewhere=True) if getattr(each, "name", "") != "secret one of planner"]
    assert says(*facts) == []
    whole = view(*facts)
    [graph] = [each for each in whole.entities(Kind.SERVICE_ACCOUNT) if each.name == "planner"]
    assert owner_cell(machine_owners(whole).of(graph)) == "Microsoft"


# --- GitLab -------------------------------------------------------------------------------------------

LAB = "gitlab.acme.example"
DEPLOY = Ref(LAB, Kind.REPOSITORY, "101")


def in_gitlab(
    kind: Kind, *, told: dict[str, Any] | None = None, parent: Ref | None = DEPLOY, **given: Any
) -> list[AnyFact]:
    """Return a project with a machine in it, and whom its CODEOWNERS names; nothing where it was not read."""
    tenant = Ref(LAB, Kind.TENANT, LAB)
    project = {} if told is None else {"code_owners": told}
    machine = Machine(ref=Ref(LAB, kind, "bot:900"), name="deploybot", parent=parent, attributes=given, origin=SEEN)
    platform = Group(ref=Ref(LAB, Kind.GROUP, "11"), name="acme/platform", parent=tenant, origin=SEEN)
    bob = Account(ref=Ref(LAB, Kind.ACCOUNT, "2"), name="bob", parent=tenant, origin=SEEN)
    return [
        source(LAB, System.GITLAB, SEEN),
        Resource(ref=tenant, name="gitlab:acme", origin=SEEN),
        Resource(ref=DEPLOY, name="acme/deploy", parent=tenant, attributes=project, origin=SEEN),
        platform,
        bob,
        Membership(member=bob.ref, group=platform.ref, origin=SEEN),
        here("Bob", "gitlab:bob"),
        machine,
    ]


def test_who_made_a_projects_token_owns_it() -> None:
    facts = in_gitlab(Kind.ACCESS_TOKEN, told={"all": [], "pipeline": []}, made_by={"id": 2, "username": "bob"})
    assert says(*facts) == []
    gone = in_gitlab(Kind.ACCESS_TOKEN, told={"all": ["@bob"]}, made_by={"id": 3, "username": "carol"})
    assert unknown(*gone) == {"identity.people"}, (
        "nothing tells who that is, and a code owner does not take their place"
    )


def test_code_owners_of_a_project_own_its_deploy_token() -> None:
    for names in (["@bob"], ["@acme/platform"], ["bob@acme.example"]):
        assert says(*in_gitlab(Kind.DEPLOY_TOKEN, told={"all": names, "pipeline": []})) == []
    assert len(says(*in_gitlab(Kind.DEPLOY_TOKEN, told={"all": [], "pipeline": ["@bob"]}))) == 1, (
        "of the pipeline alone"
    )


def test_a_token_of_a_group_is_of_no_projects_code_owners() -> None:
    facts = in_gitlab(Kind.DEPLOY_TOKEN, told={"all": ["@bob"]}, parent=Ref(LAB, Kind.TENANT, LAB))
    assert len(says(*facts)) == 1


def test_what_gitlab_refused_leaves_it_unknown() -> None:
    facts = in_gitlab(Kind.DEPLOY_TOKEN)
    assert unknown(*facts, gap(DEPLOY, GitLabFacet.CODE_OWNERS)) == {GitLabFacet.CODE_OWNERS}
    assert unknown(*facts, gap(DEPLOY, GitLabFacet.CODE_OWNERS, Cause.PLAN)) == set(), "the plan has no code owners"
    token = in_gitlab(Kind.ACCESS_TOKEN, told={"all": ["@bob"]})
    assert unknown(*token, gap(DEPLOY, GitLabFacet.MEMBERS)) == {GitLabFacet.MEMBERS}, "they tell who made it"


# --- a vault's tokens ----------------------------------------------------------------------------------

VAULT = "vault.acme.example"
JENKINS = "vault:acme/auth/approle/jenkins"


def in_vault(path: str, meta: dict[str, str] | None, *, roles: bool = True) -> list[AnyFact]:
    """Return a vault with the role of Jenkins, the user heidi, and a token that came about by some path."""
    tenant = Ref(VAULT, Kind.TENANT, "root")
    given = {"path": path, "meta": meta}
    heidi = Account(ref=Ref(VAULT, Kind.ACCOUNT, "u:heidi"), name="vault:acme/auth/userpass/heidi", origin=SEEN)
    return [
        source(VAULT, System.VAULT, SEEN),
        Resource(ref=tenant, name="vault:acme", origin=SEEN),
        Machine(
            ref=Ref(VAULT, Kind.ACCESS_TOKEN, "a"), name="bob-laptop (a…)", parent=tenant, attributes=given, origin=SEEN
        ),
        *([Machine(ref=Ref(VAULT, Kind.SERVICE_ACCOUNT, "r"), name=JENKINS, origin=SEEN)] if roles else []),
        heidi,
        here("Heidi", "vault:heidi", f"{VAULT}:account:u:heidi"),
        here("Bob"),
    ]


def owner_of_token(*facts: AnyFact) -> Owned:
    whole = view(*facts)
    [token] = whole.entities(Kind.ACCESS_TOKEN)
    return machine_owners(whole).of(token)


def test_a_token_is_whose_the_role_is_by_which_it_was_given() -> None:
    facts = (*in_vault("auth/approle/login", {"role_name": "jenkins"}), declared((JENKINS, BOB)))
    assert owner_of_token(*facts).names == "Bob"
    unread = (*in_vault("auth/approle/login", {"role_name": "jenkins"}, roles=False), declared((JENKINS, BOB)))
    mount = gap(Ref(VAULT, Kind.MOUNT, "approle"), VaultFacet.ROLES)
    assert owner_of_token(*unread, mount).gap == mount


def test_a_token_is_of_who_logged_in_for_it() -> None:
    found = owner_of_token(*in_vault("auth/userpass/login/heidi", {"username": "heidi"}))
    assert [(each.name, each.says, each.here) for each in found.owners] == [
        ("vault:acme/auth/userpass/heidi", "they logged in for it", True)
    ]


def test_what_a_token_that_was_made_by_hand_says_of_itself_is_no_proof() -> None:
    found = owner_of_token(
        *in_vault("auth/token/create", {"made_by": "bob", "username": "bob", "role_name": "jenkins"})
    )
    assert (found.owners, found.here) == ((), False)


# --- CODEOWNERS ----------------------------------------------------------------------------------------


def lone_key(*places: Ref) -> list[AnyFact]:
    """Return a key that says of nobody that they added it, enabled in some repositories."""
    ref = Ref(GITHUB, Kind.DEPLOY_KEY, "9")
    grants = [
        Grant(principal=ref, resource=place, role="deploy_key:write", kind=GrantKind.KEY, origin=SEEN)
        for place in places
    ]
    return [Machine(ref=ref, name="lone", attributes={"added_by": None}, origin=SEEN), *grants]


def test_a_key_of_which_github_does_not_tell_who_added_it_is_not_known() -> None:
    mine = Machine(ref=Ref(GITHUB, Kind.DEPLOY_KEY, "9"), name="lone", parent=WEB, attributes={}, origin=SEEN)
    assert unknown(*PEOPLE, web(("*", "@bob")), mine) == {"identity.people"}


def test_a_key_of_one_repository_is_of_its_code_owners() -> None:
    facts = [*PEOPLE, web(("*", "@acme/platform"), ("/docs/", "@carol")), *team("bob"), *lone_key(WEB)]
    mine = machine_owners(view(*facts)).of(lone_key(WEB)[0])  # type: ignore[arg-type]
    assert (mine.names, mine.says) == ("acme/platform", "CODEOWNERS of acme/web")
    assert says(*facts) == []
    api = Ref(GITHUB, Kind.REPOSITORY, "api")
    both = [*facts[:-2], web(("*", "@bob"), name="acme/api", ref=api), *lone_key(WEB, api)]
    assert says(*both) == [
        "nobody is known to own the deploy key lone, which holds read_secret and deploy on acme/api and 1 more"
    ]


def test_code_owners_do_not_take_the_place_of_who_left() -> None:
    assert len(says(*PEOPLE, web(("*", "@bob")), *key("carol"))) == 1


def test_a_line_for_part_of_a_repository_owns_no_key_of_it() -> None:
    assert len(says(*PEOPLE, web(("/docs/", "@bob")), *lone_key(WEB))) == 1


@pytest.mark.parametrize("owner", ["@carol", "@nobody"])
def test_a_code_owner_who_is_not_here_is_none(owner: str) -> None:
    facts = (*PEOPLE, web(("*", owner)), *lone_key(WEB))
    assert bool(says(*facts)) is (owner == "@carol")
    assert bool(unknown(*facts)) is (owner == "@nobody"), "nothing tells who that is"


def test_code_owners_that_were_not_read_leave_it_unknown() -> None:
    unread = Resource(ref=WEB, name="acme/web", parent=ACME, attributes={}, origin=SEEN)
    assert unknown(*PEOPLE, unread, *lone_key(WEB), gap(WEB, Facet.REPO_CODEOWNERS)) == {Facet.REPO_CODEOWNERS}
    assert unknown(*PEOPLE, unread, *lone_key(WEB)) == {"identity.people"}


# --- jobs ----------------------------------------------------------------------------------------------


def job(name: str, *owners: str, **holds: Any) -> Machine:
    told = {"id": name, "owners": list(owners), **(holds or {"secrets": [{"name": "NPM_TOKEN"}]})}
    path = ".github/workflows/ci.yml"
    return Machine(
        ref=Ref(GITHUB, Kind.JOB, f"web:{path}:{name}"),
        name=f"acme/web/{path}#{name}",
        parent=WEB,
        attributes={ATTRIBUTE: told},
        origin=SEEN,
    )


def test_the_jobs_of_a_repository_that_hold_something_are_judged_together() -> None:
    jobs = (job("build"), job("release", token={"contents": "write"}), job("lint", token={"contents": "read"}))
    assert says(*PEOPLE, web(), *jobs) == ["nobody is known to own 2 jobs of acme/web that hold something"]
    assert says(*PEOPLE, web(), job("lint", token={"contents": "read"})) == []
    assert says(*PEOPLE, web(), job("build", off=True, secrets=[{"name": "NPM_TOKEN"}])) == []


def test_code_owners_of_its_files_own_a_job() -> None:
    assert says(*PEOPLE, web(), job("build", "@bob")) == []
    assert says(*PEOPLE, web(), job("build", "@carol"), job("test", "@carol")) == [
        "Carol left on 2026-03-03 and is the only owner of 2 jobs of acme/web in CODEOWNERS"
    ]
    assert says(*PEOPLE, web(), job("build"), declared(("acme/web", BOB))) == []
    assert unknown(*PEOPLE, web(), job("build"), gap(WEB, Facet.REPO_CODEOWNERS)) == {Facet.REPO_CODEOWNERS}


# --- what somebody owns --------------------------------------------------------------------------------


def test_somebody_owns_by_every_ground_and_with_a_group() -> None:
    facts = [
        *PEOPLE, *team("bob"), web(), app(), *key("bob"), job("build", "@acme/platform"), job("test", "@acme/platform"),
        declared(("github:deploybot", BOB)),
    ]  # fmt: skip
    whole = view(*facts)
    [bob] = [each for each in whole.joined.people if each.name == "Bob"]
    told = [(each.ground, len(each.machines), each.says, each.through) for each in answering(whole.engine, bob)]
    assert told == [
        (Ground.DECLARED, 1, "declared in owners.yaml: it is so", ""),
        (Ground.MADE, 1, "added it", ""),
        (Ground.CODEOWNERS, 2, "CODEOWNERS of acme/web", "acme/platform"),
    ]


# --- sentences -----------------------------------------------------------------------------------------


def test_long_names_make_no_long_sentence() -> None:
    long = "x" * 300
    machines = [
        app(long),
        Machine(
            ref=Ref(GITHUB, Kind.DEPLOY_KEY, "5"), name=long, parent=WEB, attributes={"added_by": None}, origin=SEEN
        ),
    ]
    facts = [*PEOPLE, web(name=f"acme/{long}"), *machines, job("build"), declared((f"github:y{long}", long), file=long)]
    found = judged(*facts).findings
    assert len(found) == 4
    assert [each.says for each in found if len(each.says) > 160] == []
    assert [step for each in found for step in each.remedy if len(step) > 160] == []
