"""Who is a member, and of what: blocked people, service accounts of any name, groups above the one that is read, sign-on ids."""

import asyncio

import pytest

from pipewarden.access import address
from pipewarden.access.accounts import known
from pipewarden.access.engine import Engine
from pipewarden.connectors.gitlab.client import GitLab
from pipewarden.connectors.gitlab.connector import GitLabConnector
from pipewarden.demo.gitlab.kinds import GitLabEstate
from pipewarden.demo.gitlab.server import API, GitLabServer
from pipewarden.demo.gitlab.story import acme_gitlab
from pipewarden.http.client import Http
from pipewarden.http.secrets import FixedSecret
from pipewarden.model.access import Capability
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Account, Gap
from pipewarden.model.ids import Kind
from pipewarden.model.snapshot import Snapshot
from pipewarden.model.systems import System
from tests.connectors.gitlab.collecting import collected


def holders(snapshot: Snapshot, capability: Capability, what: str) -> set[str]:
    found = Engine(snapshot).who_can(capability, address.resource(snapshot, what))
    return {snapshot.name_of(snapshot.ordinal(each.principal)) for each in found}


def of_subgroup(name: str, estate: GitLabEstate | None = None) -> Snapshot:
    estate = estate or acme_gitlab()
    with GitLabServer(estate, clock=estate.now.timestamp) as server:
        secret = FixedSecret(server.admin_token)
        connector = GitLabConnector(lambda: GitLab(Http(f"{server.url}{API}"), secret), name, instance=estate.host)
        builder = SnapshotBuilder()
        asyncio.run(connector.collect(builder, lambda *_: None))
    return builder.finish(SnapshotInfo(sources=(f"gitlab:{name}",), started=estate.now, ended=estate.now))


@pytest.mark.parametrize("told", [{"state": "blocked"}, {"state": "banned"}, {"state": "ldap_blocked"}])
def test_a_member_who_is_blocked_holds_nothing_and_is_told_of_still(told: dict[str, str]) -> None:
    estate = acme_gitlab()
    estate.person(20, "zed", **told)
    estate.member("groups/acme/platform", "zed", 40)
    snapshot, _ = collected(estate)
    assert "zed" not in holders(snapshot, Capability.PUSH, "acme/platform/api")
    assert "zed" in {account.name for account in snapshot.entities(Kind.ACCOUNT)}


def test_a_member_who_waits_for_an_approval_holds_nothing_and_who_was_deactivated_comes_back_by_signing_in() -> None:
    estate = acme_gitlab()
    estate.person(20, "zoe")
    estate.member("groups/acme/platform", "zoe", 40, membership_state="awaiting")
    estate.person(21, "zac", state="deactivated")
    estate.member("projects/acme/platform/api", "zac", 40)
    estate.person(22, "zed", state="blocked")
    estate.member("projects/acme/platform/api", "zed", 40)
    found = holders(collected(estate)[0], Capability.PUSH, "acme/platform/api")
    assert found & {"zoe", "zac", "zed"} == {"zac"}


def test_a_service_account_of_a_chosen_name_is_one_with_its_token() -> None:
    estate = acme_gitlab()
    estate.person(950, "release-robot", bot=False, identities=[], email="release-robot@noreply.acme.example")
    estate.member("groups/acme/platform", "release-robot", 40)
    estate.put("/groups/10/service_accounts", {"id": 950, "username": "release-robot", "name": "Release robot"})
    estate.answers["/groups/10/service_accounts/950/personal_access_tokens"] = [
        {"id": 990, "name": "ci", "revoked": False, "active": True, "created_at": "2026-01-10T08:00:00Z",
         "scopes": ["api"], "user_id": 950, "last_used_at": None, "expires_at": None}
    ]  # fmt: skip
    snapshot, _ = collected(estate)
    assert {"release-robot", "token:950/ci"} <= holders(snapshot, Capability.PUSH, "acme/platform/api")
    assert "release-robot" not in {account.name for account in snapshot.entities(Kind.ACCOUNT)}


def test_a_subgroup_as_the_source_has_the_members_of_the_groups_it_is_inside_of() -> None:
    whole, part = collected()[0], of_subgroup("acme/platform")
    for capability in (Capability.ADMINISTER, Capability.PUSH, Capability.MERGE):
        assert holders(part, capability, "acme/platform/api") == holders(whole, capability, "acme/platform/api")
    assert {g.facet for g in part.records(Gap)} == {g.facet for g in whole.records(Gap)}


def test_a_group_invited_into_the_one_above_comes_along() -> None:
    estate = acme_gitlab()
    estate.person(30, "yan")
    estate.group(21, "visitors")
    estate.member("groups/visitors", "yan", 40)
    estate.share("groups/acme", "visitors", 30)
    part = of_subgroup("acme/platform", estate=estate)
    assert "yan" in holders(part, Capability.RUN_PIPELINE, "acme/platform/api")


def test_groups_above_that_are_not_shown_leave_the_members_unknown() -> None:
    estate = acme_gitlab()
    top = next(path for path in estate.answers if path == f"/groups/{estate.paths['groups/acme']}")
    del estate.answers[top]
    part = of_subgroup("acme/platform", estate)
    [gap] = [each for each in part.records(Gap) if "inside of" in each.detail]
    assert gap.facet == GitLabFacet.GROUP_MEMBERS
    engine = Engine(part)
    assert engine.unseen(address.resource(part, "acme/platform/api"))


def test_ids_that_a_groups_own_sign_on_gave_join_where_an_owner_is_told_no_more() -> None:
    snapshot, _ = collected(owner=True)
    [alice] = [each for each in snapshot.entities(Kind.ACCOUNT) if each.name == "alice"]
    assert alice.attributes.get("identities") is None
    assert isinstance(alice, Account)
    told = known(alice, System.GITLAB)
    assert told.external_ids == ("alice@acme.example",)
    assert told.local is False


def test_an_id_of_a_directory_is_not_one_of_the_identity_provider() -> None:
    estate = acme_gitlab()
    for row in estate.answers["/users"]:
        if row["username"] == "mallory":
            row["identities"] = [{"provider": "ldapmain", "extern_uid": "alice@acme.example"}]
    [mallory] = [each for each in collected(estate)[0].entities(Kind.ACCOUNT) if each.name == "mallory"]
    assert isinstance(mallory, Account)
    assert known(mallory, System.GITLAB).external_ids == ()
    assert known(mallory, System.GITLAB).local is False
