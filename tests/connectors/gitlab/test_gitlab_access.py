"""An engineer points Pipewarden at acme's GitLab: who is in what, and who can push where, with the way they can."""

import pytest

from pipewarden.access import address
from pipewarden.access.engine import Engine
from pipewarden.errors import UnknownName
from pipewarden.model.access import Capability, Level
from pipewarden.model.facts import Gap
from pipewarden.model.ids import Kind
from tests.connectors.gitlab.collecting import collected

ADMINISTRATORS = ("grace", "heidi")


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
    assert who(engine, Capability.PUSH, "acme/platform/api") == {"alice", "bob", "ivan", *ADMINISTRATORS}
    assert who(engine, Capability.ADMINISTER, "acme/platform/api") == {"alice", *ADMINISTRATORS}


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


def test_the_most_permissive_of_several_rules_wins(engine: Engine) -> None:
    """`main` is merged into by maintainers and pushed to by nobody; `re*` opens what `release/*` closed."""
    assert who(engine, Capability.PUSH, "branch:acme/platform/deploy/main") == set()
    assert "ivan" not in who(engine, Capability.MERGE, "branch:acme/platform/deploy/main")
    bob = address.principal(engine.snapshot, "bob")
    main = address.resource(engine.snapshot, "branch:acme/platform/deploy/main")
    [access] = engine.why(bob, main, Capability.MERGE)
    assert [c.says for c in access.paths[0].conditions] == ["1 other approves"]


def test_a_protected_variable_is_reached_through_any_protected_ref(engine: Engine) -> None:
    name = "secret:acme/platform/deploy/DB_PASSWORD"
    assert "ivan" in who(engine, Capability.READ_SECRET, name), "a developer may push to re*, and create the tag v*"
    assert "dave" not in who(engine, Capability.READ_SECRET, name)


def test_a_variable_of_a_group_is_reached_through_every_project_in_it(engine: Engine) -> None:
    found = who(engine, Capability.READ_SECRET, "secret:acme/NPM_TOKEN")
    assert {"bob", "ivan"} <= found, "by the protected refs of acme/platform/deploy"
    assert "mallory" not in found, "no ref of acme/mobile/app is protected: its jobs are not given it"
    assert "dave" not in found, "he may push to no protected ref"


def test_a_variable_of_a_protected_environment_is_for_its_deployers(engine: Engine) -> None:
    name = "secret:acme/platform/deploy/KUBE_CONFIG@production"
    assert "bob" in who(engine, Capability.USE_SECRET, name)
    assert "ivan" not in who(engine, Capability.USE_SECRET, name)
    assert "ivan" in who(engine, Capability.DEPLOY, "env:acme/platform/deploy/staging")
    assert "ivan" not in who(engine, Capability.DEPLOY, "env:acme/platform/deploy/production")


def test_a_deploy_key_pushes_where_no_rule_stands(engine: Engine) -> None:
    assert "carol-laptop" in who(engine, Capability.PUSH, "acme/platform/deploy")
    assert "carol-laptop" not in who(engine, Capability.PUSH, "branch:acme/platform/deploy/main")


def test_no_value_of_a_variable_and_no_token_is_kept(engine: Engine) -> None:
    for column in (engine.snapshot.body,):
        text = b"".join(column)
        assert b"value-of-" not in text
        assert b"not-to-be-kept" not in text
        assert b"key=1" not in text


def test_jobs_of_the_pipeline_file_and_of_what_it_includes_are_known(engine: Engine) -> None:
    jobs = [engine.snapshot.name_of(o) for o in engine.snapshot.ordinals(Kind.JOB)]
    assert jobs == [f"acme/platform/deploy/.gitlab-ci.yml#{name}" for name in ("build", "ship")]
