"""An engineer points Pipewarden at acme's GitLab: who is in what, and who can push where, with the way they can."""

import pytest

from pipewarden.access import address
from pipewarden.access.engine import Engine
from pipewarden.errors import UnknownName
from pipewarden.model.access import Capability, Level
from pipewarden.model.facts import Gap
from tests.connectors.gitlab.collecting import collected


@pytest.fixture(scope="module")
def engine() -> Engine:
    snapshot, _ = collected()
    return Engine(snapshot)


def who(engine: Engine, capability: Capability, name: str) -> set[str]:
    resource = address.resource(engine.snapshot, name)
    return {engine.snapshot.find(access.principal).name for access in engine.who_can(capability, resource)}


def test_nothing_of_acme_is_left_unread(engine: Engine) -> None:
    assert [gap.facet for gap in engine.snapshot.records(Gap)] == []


def test_members_inherit_through_parents_and_never_through_subgroups(engine: Engine) -> None:
    assert who(engine, Capability.PUSH, "acme/platform/api") == {"alice", "bob", "ivan"}
    assert who(engine, Capability.ADMINISTER, "acme/platform/api") == {"alice"}


def test_the_path_tells_by_which_group(engine: Engine) -> None:
    snapshot = engine.snapshot
    bob, api = address.principal(snapshot, "bob"), address.resource(snapshot, "acme/platform/api")
    [access] = engine.why(bob, api, Capability.PUSH)
    told = [engine.words(path) for path in access.paths]
    assert told == ["bob → maintainers of acme/platform (Maintainer (maintain)) → acme/platform → acme/platform/api"]


def test_a_group_invited_into_a_project_gets_the_lower_of_both_levels(engine: Engine) -> None:
    judy, deploy = (
        address.principal(engine.snapshot, "judy"),
        address.resource(engine.snapshot, "acme/platform/deploy"),
    )
    assert engine.level(judy, deploy) is Level.WRITE
    assert "judy" in who(engine, Capability.PUSH, "acme/platform/deploy")


def test_a_group_invited_into_a_group_reaches_what_that_contains(engine: Engine) -> None:
    assert "mallory" in who(engine, Capability.PUSH, "acme/mobile/app")
    assert "mallory" not in who(engine, Capability.MANAGE_ACCESS, "acme/mobile/app")


def test_access_that_ends_is_there_until_it_ends(engine: Engine) -> None:
    assert "dave" in who(engine, Capability.PUSH, "acme/web-mirror")


def test_a_name_may_say_its_system(engine: Engine) -> None:
    plain = address.resource(engine.snapshot, "acme/platform/deploy")
    assert address.resource(engine.snapshot, "gitlab:acme/platform/deploy") == plain
    assert address.principal(engine.snapshot, "gitlab:bob") == address.principal(engine.snapshot, "bob")
    with pytest.raises(UnknownName):
        address.resource(engine.snapshot, "okta:acme/platform/deploy")
