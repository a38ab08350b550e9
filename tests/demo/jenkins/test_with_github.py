"""acme's GitHub and Jenkins in one picture: who pushes there takes credentials here."""

import pytest

from pipewarden.access import address
from pipewarden.access.engine import Engine
from pipewarden.access.reach import reach
from pipewarden.access.view import View
from pipewarden.checks import jenkins_permissions
from pipewarden.checks.base import judge
from pipewarden.demo.estate import acme
from pipewarden.demo.stage import collected
from pipewarden.model.access import Capability
from pipewarden.model.snapshot import Snapshot


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return collected(acme())


def test_who_pushes_to_web_on_github_takes_the_credentials_of_the_folder_web_in_jenkins(snapshot: Snapshot) -> None:
    engine = Engine(snapshot)
    secret = address.resource(snapshot, "jenkins:acme/web/prod-kubeconfig")
    crossing = [
        engine.words(path)
        for access in engine.who_can(Capability.READ_SECRET, secret)
        if access.principal.instance == "github.com"
        for path in access.paths
    ]
    assert crossing
    assert all("holds the pipeline file of) → jenkins:acme/web/" in text for text in crossing), crossing[:3]


def test_a_name_typed_alone_is_still_githubs(snapshot: Snapshot) -> None:
    assert address.principal(snapshot, "bob").instance == "github.com"
    assert address.principal(snapshot, "jenkins:bob").instance == "jenkins.acme.example"


def test_reach_goes_on_from_the_code_host_into_jenkins(snapshot: Snapshot) -> None:
    engine = Engine(snapshot)
    bob = address.principal(snapshot, "bob")
    reached = {snapshot.name_of(snapshot.ordinal(each.access.resource)) for each in reach(engine, bob)}
    assert "secret:jenkins:acme/web/prod-kubeconfig" in reached
    assert "secret:jenkins:acme/agent-launch" not in reached


def test_reach_of_a_user_of_jenkins(snapshot: Snapshot) -> None:
    carol = address.principal(snapshot, "jenkins:carol")
    told = [
        (e.access.capability, snapshot.name_of(snapshot.ordinal(e.access.resource)))
        for e in reach(Engine(snapshot), carol)
    ]
    assert (Capability.READ_SECRET, "secret:jenkins:acme/mobile/store-signing") in told
    assert (Capability.EDIT_PIPELINE, "jenkins:acme/mobile/release-app") in told
    assert not any(capability is Capability.ADMINISTER for capability, _ in told)


def test_carol_left_and_permissions_in_jenkins_still_name_her(snapshot: Snapshot) -> None:
    verdicts = judge([jenkins_permissions.stale_name], View(snapshot))
    assert [each.says for each in verdicts.findings] == [
        "Carol left, and permissions on jenkins:acme/mobile still name carol"
    ]
