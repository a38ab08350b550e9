"""Who used or changed a machine last owns it, where nothing firmer names anybody: GitHub's audit log, GitLab's schedules, builds of Jenkins."""

from datetime import timedelta
from typing import Any

import pytest

from pipewarden.access.machine_owners import machine_owners
from pipewarden.access.owned_machines import answering
from pipewarden.model.facets import Facet
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facets_jenkins import JenkinsFacet
from pipewarden.model.facts import Account, AnyFact, Cause, Machine, Resource, Use
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.jobs import ATTRIBUTE
from pipewarden.model.owners import Ground
from pipewarden.model.systems import System, source
from tests.checks.test_identities import ACME, GITHUB, NOW, SEEN, WEB, account
from tests.checks.test_machine_owners import (
    BOB,
    DEPLOY,
    LAB,
    PEOPLE,
    app,
    declared,
    gap,
    here,
    job,
    owned,
    says,
    unknown,
    view,
    web,
)

CI = ".github/workflows/ci.yml"
RUN = {"action": "workflows.created_workflow_run", "repo": "acme/web", "name": "release"}
LATER = "2026-11-30T00:00:00+00:00"
PAUSE = {"action": "integration_installation.suspend", "name": "deploybot"}


def log(*events: dict[str, Any]) -> Resource:
    """Return the organization with the acts that its audit log told."""
    rows = [{"at": "2026-11-20T10:00:00+00:00", **event} for event in events]
    return Resource(ref=ACME, name="acme", attributes={"last_acts": rows}, origin=SEEN)


def workflow(name: str = "release", path: str = CI) -> Resource:
    ref = Ref(GITHUB, Kind.WORKFLOW, f"web:{path}")
    return Resource(ref=ref, name=f"acme/web/{path}", parent=WEB, attributes={"path": path, "name": name}, origin=SEEN)


def started(*events: dict[str, Any]) -> list[AnyFact]:
    """Return acme with a repository that has one workflow with one job, which its log says who started."""
    return [*PEOPLE, web(), workflow(), job("release", path=CI, secrets=[{"name": "NPM_TOKEN"}]), log(*events)]


# --- GitHub -------------------------------------------------------------------------------------------


def test_who_started_a_workflow_by_hand_last_owns_its_jobs() -> None:
    facts = started({**RUN, "actor": "bob"})
    whole = view(*facts)
    [mine] = [machine_owners(whole).of(each) for each in whole.entities(Kind.JOB)]
    assert [(each.name, each.ground, each.says, each.here) for each in mine.owners] == [
        ("bob", Ground.USED, "started it by hand last, on 2026-11-20", True)
    ]
    assert says(*facts) == []
    [bob] = [each for each in whole.joined.people if each.name == "Bob"]
    assert [(each.ground, each.place) for each in answering(whole.engine, bob)] == [(Ground.USED, "acme/web")]


@pytest.mark.parametrize(
    "event",
    [
        {**RUN, "actor": "bob", "name": "another"},
        {**RUN, "actor": "bob", "repo": "acme/api"},
        {"action": "integration_installation.suspend", "name": "release", "actor": "bob"},
    ],
)
def test_an_act_on_something_else_makes_nobody_an_owner(event: dict[str, Any]) -> None:
    assert says(*started(event)) == ["nobody is known to own 1 job of acme/web that holds something"]


def test_a_name_that_two_workflows_have_tells_of_neither() -> None:
    twin = workflow(path=".github/workflows/other.yml")
    assert len(says(*started({**RUN, "actor": "bob"}), twin)) == 1


def test_a_workflow_without_a_name_is_called_by_its_path() -> None:
    facts = [*PEOPLE, web(), workflow(""), job("release", path=CI, oidc=True), log({**RUN, "name": CI, "actor": "bob"})]
    assert says(*facts) == []


def test_a_machine_user_is_no_owner() -> None:
    machine = account(GITHUB, "deploybot", type="Bot")
    facts = [*started({**RUN, "actor": "deploybot", "actor_id": "deploybot"}), machine]
    assert says(*facts) == ["nobody is known to own 1 job of acme/web that holds something"]


def test_who_left_is_no_living_owner_and_is_named() -> None:
    assert says(*started({**RUN, "actor": "carol"})) == [
        "Carol left on 2026-03-03, was the last to start 1 job of acme/web, and nobody else is known to own any"
    ]
    assert says(*PEOPLE, app(), log({**PAUSE, "actor": "carol"})) == [
        "Carol left on 2026-03-03, was the last to use or change the app deploybot, and nobody else is known to own it"
    ]


def test_a_login_that_another_account_has_by_now_names_nobody_who_is_here() -> None:
    facts = started({**RUN, "actor": "bob", "actor_id": 999})
    assert says(*facts) == []
    assert unknown(*facts) == {"identity.people"}


def test_the_last_act_is_asked_only_where_nothing_firmer_names_anybody() -> None:
    event = {**RUN, "actor": "bob"}
    owners = job("release", "@carol", path=CI, oidc=True)
    assert says(*PEOPLE, web(), workflow(), owners, log(event)) == [
        "Carol left on 2026-03-03 and is the only owner of 1 job of acme/web in CODEOWNERS"
    ]
    left = declared(("github:deploybot", "carol@acme.example"))
    assert len(says(*PEOPLE, app(), left, log({**PAUSE, "actor": "bob"}))) == 1
    stays = owned(app(), *PEOPLE, declared(("github:deploybot", BOB)), log({**PAUSE, "actor": "carol"}))
    assert [each.ground for each in stays.owners] == [Ground.DECLARED]


def test_who_changed_an_app_last_owns_it() -> None:
    mine = owned(app(), *PEOPLE, log({**PAUSE, "actor": "bob"}))
    assert (mine.names, mine.says) == ("bob", "changed it last, on 2026-11-20")
    assert says(*PEOPLE, app(), log({**PAUSE, "actor": "bob", "name": "another"})) != []


def test_a_log_that_was_refused_leaves_it_unknown_and_one_that_the_plan_does_not_have_does_not() -> None:
    held = job("release", path=CI, oidc=True)
    facts = (*PEOPLE, web(), workflow(), held)
    assert unknown(*facts, gap(ACME, Facet.ORG_AUDIT_LOG)) == {Facet.ORG_AUDIT_LOG}
    assert says(*facts, gap(ACME, Facet.ORG_AUDIT_LOG)) == []
    assert len(says(*facts, gap(ACME, Facet.ORG_AUDIT_LOG, Cause.PLAN))) == 1
    old = app(created_at=NOW - timedelta(days=900))
    assert unknown(*PEOPLE, old, gap(ACME, Facet.ORG_AUDIT_LOG)) == {Facet.ORG_AUDIT_LOG}
    broken = Resource(ref=ACME, name="acme", attributes=log({**RUN, "actor": "bob"}).attributes, origin=SEEN)
    assert unknown(*facts, broken, gap(ACME, Facet.ORG_AUDIT_LOG)) == set(), (
        "what came before it broke off is the newest"
    )


def test_events_that_do_not_say_what_they_are_about_leave_it_unknown() -> None:
    facts = (*PEOPLE, web(), workflow(), job("release", path=CI, oidc=True), app())
    for untold, without_owner in (("run", "app"), ("app", "1 job")):
        told = Resource(
            ref=ACME, name="acme", attributes={"last_acts": [], "last_acts_untold": {untold: LATER}}, origin=SEEN
        )
        [found] = says(*facts, told)
        assert without_owner in found
        assert unknown(*facts, told) == {"identity.people"}
    mine: dict[str, Any] = {
        "last_acts": [{**RUN, "actor": "bob", "at": "2026-11-20T00:00:00+00:00"}],
        "last_acts_untold": {"run": LATER},
    }
    newer = Resource(ref=ACME, name="acme", attributes=mine, origin=SEEN)
    assert unknown(*facts[:-1], newer) == {"identity.people"}, "whoever it was did it after bob"
    mine["last_acts_untold"] = {"run": "2026-01-01T00:00:00+00:00"}
    assert says(*facts[:-1], Resource(ref=ACME, name="acme", attributes=mine, origin=SEEN)) == []


# --- GitLab -------------------------------------------------------------------------------------------


def nightly(*schedules: dict[str, Any], by: str = "schedule", **project: Any) -> list[AnyFact]:
    """Return a project of GitLab with a job and its schedules, and who is there."""
    tenant = Ref(LAB, Kind.TENANT, LAB)
    given = {"default_branch": "main", "code_owners": {"all": [], "pipeline": []}, "schedules": list(schedules)}
    told = {"id": "nightly", "starts": [{"event": by, "by": by}], "oidc": True}
    return [
        source(LAB, System.GITLAB, SEEN),
        Resource(ref=tenant, name="gitlab:acme", origin=SEEN),
        Resource(ref=DEPLOY, name="acme/deploy", parent=tenant, attributes=given | project, origin=SEEN),
        Account(ref=Ref(LAB, Kind.ACCOUNT, "2"), name="bob", parent=tenant, origin=SEEN),
        here("Bob", "gitlab:bob"),
        Machine(ref=Ref(LAB, Kind.JOB, "j"), name="nightly", parent=DEPLOY, attributes={ATTRIBUTE: told}, origin=SEEN),
    ]


BOBS = {"id": 6, "ref": "refs/heads/main", "active": True, "owner": {"id": 2, "username": "bob"}}
NOBODYS = ["nobody is known to own 1 job of acme/deploy that holds something"]


def test_whose_schedule_starts_a_job_owns_it() -> None:
    whole = view(*nightly(BOBS))
    [mine] = [machine_owners(whole).of(each) for each in whole.entities(Kind.JOB)]
    assert (mine.names, mine.says, mine.here) == ("bob", "its schedule runs as them", True)
    assert says(*nightly(BOBS)) == []


@pytest.mark.parametrize("changed", [{"active": False}, {"ref": "refs/heads/try-out"}, {"owner": None}])
def test_a_schedule_that_does_not_run_it_makes_nobody_an_owner(changed: dict[str, Any]) -> None:
    assert says(*nightly({**BOBS, **changed})) == NOBODYS


def test_the_clock_makes_nobody_an_owner_of_a_job_that_it_does_not_start() -> None:
    assert says(*nightly(BOBS, by="developer")) == NOBODYS


def test_a_schedule_of_a_machine_makes_nobody_an_owner() -> None:
    bot = Machine(ref=Ref(LAB, Kind.ACCESS_TOKEN, "bot:2"), name="nightly-bot", parent=DEPLOY, origin=SEEN)
    facts = [each for each in nightly(BOBS) if not isinstance(each, Account)]
    assert NOBODYS[0] in says(*facts, bot)


def test_schedules_that_were_not_read_leave_it_unknown() -> None:
    assert unknown(*nightly(), gap(DEPLOY, GitLabFacet.SCHEDULES)) == {GitLabFacet.SCHEDULES}
    assert unknown(*nightly(schedules=None)) == {"identity.people"}
    assert unknown(*nightly({**BOBS, "active": None})) == {"identity.people"}
    assert unknown(*nightly()) == set()


# --- Jenkins ------------------------------------------------------------------------------------------

CI_HOST = "jenkins.acme.example"
CONTROLLER = Ref(CI_HOST, Kind.TENANT, CI_HOST)


def item(
    name: str, by: list[str] | None, *, at: str = "2026-11-20", kind: Kind = Kind.PIPELINE, **more: Any
) -> Resource:
    """Return a job of Jenkins with its last build, which users started; None: it is not told who did."""
    last = {"at": f"{at}T10:00:00+00:00", **({} if by is None else {"by": by})}
    given = {"full_name": name, "definition": "scm", "script_path": "Jenkinsfile", "branches": ["*/main"]}
    place = more.pop("parent", CONTROLLER)
    attributes = {**given, "last_build": last, **more}
    return Resource(
        ref=Ref(CI_HOST, kind, name), name=f"jenkins:acme/{name}", parent=place, attributes=attributes, origin=SEEN
    )


def jenkins(*items: Resource, system: str = "jenkins") -> list[AnyFact]:
    """Return acme/web with a Jenkinsfile, and jobs of Jenkins that run it."""
    told = {"id": "deploy", "path": "Jenkinsfile", "system": system, "secrets": [{"name": "NPM_TOKEN"}], "owners": []}
    return [
        *PEOPLE,
        here("Heidi", "jenkins:heidi"),
        source(CI_HOST, System.JENKINS, SEEN),
        Resource(ref=CONTROLLER, name="jenkins:acme", origin=SEEN),
        Account(ref=Ref(CI_HOST, Kind.ACCOUNT, "heidi"), name="heidi", parent=CONTROLLER, origin=SEEN),
        web(),
        Machine(ref=Ref(GITHUB, Kind.JOB, "d"), name="deploy", parent=WEB, attributes={ATTRIBUTE: told}, origin=SEEN),
        *items,
        *(
            Use(by=each.ref, what="repository", name="github.com/acme/web", origin=SEEN)
            for each in items
            if each.attributes["definition"] != "branch"
        ),
    ]


UNOWNED = ["nobody is known to own 1 job of acme/web that holds something"]


def test_who_started_the_last_build_owns_the_jobs_of_the_jenkinsfile() -> None:
    whole = view(*jenkins(item("deploy-web", ["heidi"])))
    [mine] = [machine_owners(whole).of(each) for each in whole.entities(Kind.JOB)]
    assert (mine.names, mine.says, mine.here) == (
        "heidi",
        "started it last in jenkins:acme/deploy-web, on 2026-11-20",
        True,
    )
    assert says(*jenkins(item("deploy-web", ["heidi"]))) == []


def test_the_newest_build_that_a_person_started_counts() -> None:
    items = (
        item("deploy-web", ["heidi"]),
        item("hotfix", ["zed"], at="2026-11-01"),
        item("nightly", [], at="2026-11-22"),
    )
    whole = view(*jenkins(*items))
    [mine] = [machine_owners(whole).of(each) for each in whole.entities(Kind.JOB)]
    assert mine.names == "heidi"


@pytest.mark.parametrize(
    "near",
    [
        item("deploy-web", []),
        item("deploy-web", ["heidi"], script_path="ci/Jenkinsfile"),
        item("deploy-web", ["heidi"], branches=["*/try-out"]),
    ],
)
def test_a_timer_another_file_and_another_branch_make_nobody_an_owner(near: Resource) -> None:
    assert says(*jenkins(near)) == UNOWNED


def test_of_a_multibranch_project_the_default_branch_counts() -> None:
    project = item("web", [], kind=Kind.FOLDER, contains=True, definition="multibranch")
    main = item("web/main", ["heidi"], parent=project.ref, definition="branch")
    other = item("web/PR-7", ["heidi"], parent=project.ref, definition="branch")
    assert says(*jenkins(project, main)) == []
    assert says(*jenkins(project, other)) == UNOWNED


def test_builds_that_were_not_told_of_leave_it_unknown() -> None:
    assert unknown(*jenkins(item("deploy-web", None))) == {"identity.people"}
    assert unknown(*jenkins(), gap(CONTROLLER, JenkinsFacet.JOBS)) == {JenkinsFacet.JOBS}
    assert unknown(*jenkins(item("deploy-web", ["nobody-we-know"]))) == {"identity.people"}
    assert says(*jenkins()) == UNOWNED
