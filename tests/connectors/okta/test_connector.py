"""What is read of an Okta organization, and what becomes of it."""

import pytest

from pipewarden.access.view import View
from pipewarden.model.access import Capability
from pipewarden.model.facts import Account, Gap, Machine
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.systems import System
from tests.connectors.okta.reading import HOST, collected


@pytest.fixture(scope="module")
def view() -> View:
    return View(collected()[0])


def named(view: View, kind: Kind, name: str) -> Ref:
    [found] = [each.ref for each in view.entities(kind) if each.name == name]
    return found


def person(view: View, name: str) -> Account:
    found = view.find(named(view, Kind.ACCOUNT, f"{name}@acme.example"))
    assert isinstance(found, Account)
    return found


def test_all_of_acme_is_read_and_nothing_is_missing(view: View) -> None:
    assert list(view.snapshot.records(Gap)) == []
    assert view.snapshot.systems == (System.OKTA,)
    assert len(list(view.entities(Kind.ACCOUNT))) == 38
    assert view.snapshot.instances == (HOST,)


def test_people_are_as_they_are(view: View) -> None:
    carol, dave = person(view, "carol"), person(view, "dave")
    assert carol.attributes["status"] == "DEPROVISIONED"
    assert carol.attributes["statusChanged"].startswith("2026-03-03")
    assert carol.last_used_at is not None
    assert dave.attributes["mfa"] == {
        "enrolled": True,
        "methods": ["sms"],
        "phishing_resistant": False,
        "weak_only": True,
    }
    assert person(view, "alice").attributes["mfa"]["phishing_resistant"] is True
    assert dave.attributes["verified_emails"] == ["dave@acme.example"]
    assert "mobilePhone" not in dave.attributes["profile"]


def test_whoever_is_suspended_is_in_no_group_and_is_remembered_there(view: View) -> None:
    release = named(view, Kind.GROUP, "release")
    assert {each.name for each in view.members(release)} == {"bob@acme.example", "heidi@acme.example"}
    entity = view.find(release)
    assert entity is not None
    assert entity.attributes["dormant_members"] == [person(view, "jonas").ref.key]


def test_erin_may_add_anybody_to_release_and_to_no_other_group(view: View) -> None:
    erin = person(view, "erin").ref
    can = {group.name for group in view.entities(Kind.GROUP) if view.why(erin, group.ref, Capability.MANAGE_ACCESS)}
    assert can == {"release"}
    [access] = view.why(erin, named(view, Kind.GROUP, "release"), Capability.MANAGE_ACCESS)
    assert view.engine.words(access.paths[0]).startswith("erin@acme.example (group administrator, directly")


def test_a_service_app_has_no_more_of_its_role_than_its_scopes_name(view: View) -> None:
    deploybot = named(view, Kind.SERVICE_ACCOUNT, "deploybot")
    assert view.why(deploybot, named(view, Kind.GROUP, "release"), Capability.MANAGE_ACCESS)
    # the role would let it reset people's factors; its scopes do not
    assert not view.why(deploybot, person(view, "bob").ref, Capability.ASSUME_ROLE)


def test_an_api_token_acts_as_its_owner(view: View) -> None:
    [token] = [each for each in view.entities(Kind.ACCESS_TOKEN) if "terraform" in each.name]
    assert isinstance(token, Machine)
    assert token.owner == person(view, "alice").ref
    assert view.why(token.ref, named(view, Kind.GROUP, "it-admins"), Capability.MANAGE_ACCESS)
    [reports] = [each for each in view.entities(Kind.ACCESS_TOKEN) if "reports" in each.name]
    assert not view.why(reports.ref, named(view, Kind.GROUP, "release"), Capability.MANAGE_ACCESS)


def test_no_value_of_a_secret_is_kept(view: View) -> None:
    bodies = b"".join(view.snapshot.body)
    assert b"not-to-be-kept" not in bodies
    assert b"nor-this" not in bodies
    [secret] = list(view.entities(Kind.CLIENT_SECRET))
    assert secret.attributes["status"] == "ACTIVE"


def test_a_rule_that_takes_a_whole_group_nests_it(view: View) -> None:
    platform, engineering = named(view, Kind.GROUP, "platform"), named(view, Kind.GROUP, "engineering")
    assert [(m.group, m.role) for m in view.groups_of(platform)] == [(engineering, "rule")]
