"""Whose GitLab's machines are: who made a token's bot, and whom a project's CODEOWNERS names."""

import pytest

from pipewarden.access.machine_owners import machine_owners
from pipewarden.access.view import View
from pipewarden.demo.gitlab.kinds import GitLabEstate
from pipewarden.demo.gitlab.story import acme_gitlab
from pipewarden.model.facts import Machine
from pipewarden.model.ids import Kind
from pipewarden.model.snapshot import Snapshot
from tests.connectors.gitlab.collecting import collected

BOT = "token:acme/platform/deploy/deploybot"
DEPLOY = "acme/platform/deploy"
BOB = {"id": 2, "username": "bob"}


def machine(snapshot: Snapshot, name: str) -> Machine:
    [found] = [each for each in snapshot.entities(*Kind) if isinstance(each, Machine) and each.name == name]
    return found


def owners(snapshot: Snapshot, name: str) -> tuple[str, str]:
    found = machine_owners(View(snapshot)).of(machine(snapshot, name))
    return found.names, found.says


def code_owners(estate: GitLabEstate) -> object:
    snapshot, _ = collected(estate)
    [project] = [each for each in snapshot.entities(Kind.REPOSITORY) if each.name == DEPLOY]
    return project.attributes["code_owners"]


def without_file() -> GitLabEstate:
    estate = acme_gitlab()
    del estate.answers["/projects/101/repository/files/CODEOWNERS/raw"]
    return estate


def test_an_administrator_is_told_who_made_a_tokens_bot() -> None:
    assert owners(collected()[0], BOT) == ("bob", "made it")


def test_others_are_told_who_added_it_to_its_project() -> None:
    estate = acme_gitlab()
    row = next(row for row in estate.answers["/projects/101/members"] if row["id"] == 900)
    row["created_by"] = {**BOB, "name": "Bob", "state": "active"}
    snapshot, _ = collected(estate, owner=True)
    assert machine(snapshot, BOT).attributes["made_by"] == BOB
    assert owners(snapshot, BOT) == ("bob", "made it")


def test_who_adds_a_service_account_to_a_project_need_not_have_made_it() -> None:
    estate = acme_gitlab()
    estate.service_account("acme", 950, "service_account_group_10_ab")
    estate.member(f"projects/{DEPLOY}", "service_account_group_10_ab", 30, created_by=BOB)
    assert "made_by" not in machine(collected(estate)[0], "service_account_group_10_ab").attributes
    estate.people["service_account_group_10_ab"]["created_by"] = BOB
    assert owners(collected(estate)[0], "service_account_group_10_ab") == ("bob", "made it")


@pytest.mark.parametrize("place", ["docs/CODEOWNERS", ".gitlab/CODEOWNERS"])
def test_code_owners_are_read_where_they_stand(place: str) -> None:
    estate = without_file()
    estate.file(DEPLOY, place, "* @bob\n[CI]\n/.gitlab-ci.yml @ivan\n")
    assert code_owners(estate) == {"path": place, "all": ["@bob"], "pipeline": ["@bob", "@ivan"]}
    assert owners(collected(estate)[0], "deploy_token:acme/platform/deploy/gitlab-deploy-token") == (
        "bob",
        f"CODEOWNERS of {DEPLOY}",
    )


def test_the_first_place_counts_and_no_file_is_no_owner() -> None:
    estate = acme_gitlab()
    estate.file(DEPLOY, "docs/CODEOWNERS", "* @mallory\n")
    told = code_owners(estate)
    assert isinstance(told, dict)
    assert told["path"] == "CODEOWNERS"
    assert code_owners(without_file()) is None
    assert owners(collected(without_file())[0], "carol-laptop") == ("", "")


def test_whose_schedule_starts_a_job_owns_it_where_code_owners_name_nobody() -> None:
    snapshot, _ = collected(without_file())
    view = View(snapshot)
    told = {each.name: machine_owners(view).of(each).says for each in view.entities(Kind.JOB)}
    assert "its schedule runs as them" in told.values()
    whole = View(collected()[0])
    assert {machine_owners(whole).of(each).says for each in whole.entities(Kind.JOB)} == {f"CODEOWNERS of {DEPLOY}"}
