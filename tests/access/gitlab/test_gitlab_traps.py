"""The traps of GitLab's rules, each in the smallest estate that holds it."""

import pytest

from pipewarden.access import address
from pipewarden.access.engine import Engine
from pipewarden.access.gitlab.levels import as_level
from pipewarden.access.gitlab.protected import code_owners_asked, matching
from pipewarden.demo.estate.story import ACME_NOW
from pipewarden.demo.gitlab.kinds import GitLabEstate, branch_rule
from pipewarden.model.access import Capability, Level
from pipewarden.model.facts import Gate
from pipewarden.model.ids import Kind
from tests.connectors.gitlab.collecting import collected


def estate() -> GitLabEstate:
    """Return two groups, of which `guests` has a parent and a subgroup, and a project."""
    made = GitLabEstate(now=ACME_NOW, host="gitlab.acme.example")
    for number, name in enumerate(("alice", "bob", "carol", "dave"), 1):
        made.person(number, name)
    made.group(10, "acme")
    made.group(20, "outer")
    made.group(21, "outer/guests")
    made.group(22, "outer/guests/inner")
    made.project(101, "acme/web")
    made.member("groups/outer", "alice", 50)
    made.member("groups/outer/guests", "bob", 40)
    made.member("groups/outer/guests/inner", "carol", 40)
    return made


def levels(made: GitLabEstate) -> dict[str, Level]:
    """Return the level on acme/web of everybody who has one."""
    snapshot, _ = collected(made)
    engine = Engine(snapshot)
    web = address.resource(snapshot, "acme/web")
    people = [snapshot.ref(ordinal) for ordinal in snapshot.ordinals(Kind.ACCOUNT)]
    found = {snapshot.find(who).name: engine.level(who, web) for who in people}
    return {name: level for name, level in found.items() if level is not Level.NONE}


def test_trap_10_a_group_invited_into_a_project_brings_inherited_members_and_none_of_its_subgroups() -> None:
    made = estate()
    made.share("projects/acme/web", "outer/guests", 30)
    assert levels(made) == {"alice": Level.WRITE, "bob": Level.WRITE}


def test_trap_10_a_group_invited_into_a_group_brings_its_direct_members_alone() -> None:
    made = estate()
    made.share("groups/acme", "outer/guests", 30)
    assert levels(made) == {"bob": Level.WRITE}


def test_an_invitation_that_ended_gives_nothing() -> None:
    made = estate()
    made.share("projects/acme/web", "outer/guests", 30, expires_at="2026-11-01")
    assert levels(made) == {}


def test_trap_11_of_two_wildcards_the_most_permissive_lets_push_and_code_owners_are_asked_if_any_rule_says_so() -> None:
    made = estate()
    made.member("projects/acme/web", "dave", 30)
    strict = branch_rule(1, "rel*", [{"access_level": 40}], [{"access_level": 40}], code_owner_approval_required=True)
    wide = branch_rule(2, "release", [{"access_level": 30}], [{"access_level": 30}])
    made.project_put("acme/web", "protected_branches", strict, wide)
    snapshot, _ = collected(made)
    engine = Engine(snapshot)
    release = address.resource(snapshot, "branch:acme/web/release")
    assert [snapshot.find(a.principal).name for a in engine.who_can(Capability.PUSH, release)] == ["dave"]
    gates = matching(snapshot.records(Gate, snapshot.ordinal(address.resource(snapshot, "acme/web"))), "release")
    assert len(gates) == 2
    assert code_owners_asked(gates)


def test_a_custom_role_counts_as_its_base_and_its_ability_only_where_it_is_the_highest() -> None:
    made = estate()
    keeper = {"id": 7, "name": "variable keeper", "base_access_level": 20, "admin_cicd_variables": True}
    made.member("groups/acme", "bob", 20, member_role=keeper)
    made.member("groups/acme", "dave", 20, member_role=keeper)
    made.member("projects/acme/web", "dave", 30)
    snapshot, _ = collected(made)
    engine = Engine(snapshot)
    web = address.resource(snapshot, "acme/web")
    keepers = {snapshot.find(a.principal).name for a in engine.who_can(Capability.MANAGE_SECRET, web)}
    assert keepers == {"bob"}
    assert engine.level(address.principal(snapshot, "bob"), web) is Level.TRIAGE


@pytest.mark.parametrize(
    ("level", "step"),
    [
        (0, "none"),
        (5, "none"),
        (10, "read"),
        (15, "read"),
        (25, "triage"),
        (35, "write"),
        (40, "maintain"),
        (50, "admin"),
    ],
)
def test_a_level_that_nobody_has_heard_of_counts_as_the_one_below(level: int, step: str) -> None:
    assert as_level(level).word == step
