"""acme's Jenkins through the real connector: who can do what, on the day of the story."""

import pytest

from pipewarden.access import address
from pipewarden.access.engine import Engine
from pipewarden.audit import collect, judged
from pipewarden.demo.estate import acme
from pipewarden.demo.jenkins.staged import staged
from pipewarden.model.access import Answer, Capability
from pipewarden.model.snapshot import Snapshot


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    estate = acme()
    with staged(estate) as connectors:
        return collect(connectors, clock=lambda: estate.now, as_of=estate.now)


def who(snapshot: Snapshot, capability: Capability, name: str) -> set[str]:
    holders = Engine(snapshot).who_can(capability, address.resource(snapshot, name))
    assert all(access.answer is Answer.YES for access in holders)
    return {snapshot.name_of(snapshot.ordinal(access.principal)).removeprefix("jenkins:") for access in holders}


EVERYBODY = {"alice", "bob", "carol", "dave", "grace", "heidi", "pipewarden"}


def test_everyone_signed_in_edits_the_deployment_because_authenticated_may_configure(snapshot: Snapshot) -> None:
    assert who(snapshot, Capability.EDIT_PIPELINE, "jenkins:acme/web/deploy-web") == EVERYBODY


def test_a_folder_that_inherits_nothing_is_left_to_administrators_and_to_carol_who_left(snapshot: Snapshot) -> None:
    able = {"alice", "grace", "heidi", "carol"}
    assert who(snapshot, Capability.EDIT_PIPELINE, "jenkins:acme/mobile/release-app") == able
    assert who(snapshot, Capability.READ_SECRET, "jenkins:acme/mobile/store-signing") == able


def test_a_credential_of_system_scope_is_the_administrators_alone(snapshot: Snapshot) -> None:
    assert who(snapshot, Capability.READ_SECRET, "jenkins:acme/agent-launch") == {"alice", "grace", "heidi"}


def test_the_wide_grant_is_a_finding(snapshot: Snapshot) -> None:
    told = [f.says for f in judged(snapshot).findings if f.check == "jk.adm.authenticated_group"]
    assert told == ["everyone signed in to jenkins:acme holds Job/Configure on jenkins:acme"]
