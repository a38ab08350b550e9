"""acme's GitHub and Jenkins in one picture: who pushes there takes credentials here."""

import pytest

from pipewarden.access import address
from pipewarden.access.engine import Engine
from pipewarden.demo.estate import acme
from pipewarden.demo.stage import collected
from pipewarden.model.access import Capability
from pipewarden.model.columns import Snapshot


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
