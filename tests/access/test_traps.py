"""The traps in which tools of this field were caught, each as a story about acme."""

import pytest

from pipewarden.access.github.protection import protection_of
from pipewarden.access.view import Missing
from pipewarden.model.access import Answer, Capability, Level
from pipewarden.model.facets import Facet
from pipewarden.model.facts import GrantKind
from pipewarden.model.ids import Kind
from tests.access.estate import Estate, can

REVIEWED = {"requiresApprovingReviews": True, "requiredApprovingReviewCount": 1}


def test_trap_01_removing_a_direct_triage_changes_nothing_while_a_team_gives_maintain() -> None:
    acme = Estate(base="read")
    bob = acme.member("bob")
    web = acme.repo("web")
    acme.grant(acme.team("platform", bob), web, "maintain")
    acme.grant(bob, web, "triage")
    engine = acme.engine()
    assert engine.level(bob, web) is Level.MAINTAIN
    paths = engine.grants_between(bob, web)
    assert sorted(
        path.links[-1].role if path.links[-1].grant is not None else path.links[-2].role for path in paths
    ) == [
        "base:read",
        "maintain",
        "triage",
    ]
    (direct,) = engine.grant_rows_of(bob)
    assert engine.without((direct,)).level(bob, web) is Level.MAINTAIN


def test_trap_02_a_child_team_inherits_its_parents_repositories_and_not_the_other_way_round() -> None:
    acme = Estate()
    bob, alice = acme.member("bob"), acme.member("alice")
    parent = acme.team("engineering", alice)
    child = acme.team("platform", bob, parent=parent)
    web, infra = acme.repo("web"), acme.repo("infra")
    acme.grant(parent, web, "write")
    acme.grant(child, infra, "admin")
    engine = acme.engine()
    assert engine.level(bob, web) is Level.WRITE
    assert engine.level(alice, infra) is Level.NONE
    access = can(engine, bob, Capability.PUSH, web)
    assert access is not None
    assert engine.words(access.paths[0]) == "bob → team acme/platform → team acme/engineering (write) → acme/web"


def test_trap_03_an_outside_collaborator_has_no_base_permission_and_sees_no_internal_repository() -> None:
    acme = Estate(base="write")
    dave = acme.outsider("dave")
    web, api = acme.repo("web"), acme.repo("api", "internal")
    engine = acme.engine()
    assert engine.level(dave, web) is Level.NONE
    assert engine.level(dave, api) is Level.NONE


def test_trap_04_a_custom_role_with_base_read_does_not_lower_a_base_permission_of_write() -> None:
    acme = Estate(base="write")
    bob, web = acme.member("bob"), acme.repo("web")
    acme.grant(bob, web, acme.role("custom_repo:7", "release manager", "read"))
    engine = acme.engine()
    assert engine.level(bob, web) is Level.WRITE
    assert len(engine.grants_between(bob, web)) == 2


def test_trap_05_with_administrators_included_a_merge_allowance_is_void_and_a_push_allowance_works() -> None:
    acme = Estate()
    alice, bob, carol = acme.member("alice"), acme.member("bob"), acme.member("carol")
    web, infra = acme.repo("web"), acme.repo("infra")
    for repository in (web, infra):
        acme.grant(alice, repository, "admin")
        acme.grant(bob, repository, "write")
        acme.grant(carol, repository, "write")
    allowed = [{"type": "User", "id": "alice", "name": "alice"}]
    acme.classic(web, **REVIEWED, isAdminEnforced=True, bypassPullRequestAllowances=allowed)
    acme.classic(infra, restrictsPushes=True, isAdminEnforced=True, pushAllowances=[{"type": "User", "id": "bob"}])
    engine = acme.engine()
    branch = engine.rulings.github.branches.on
    at_web = engine.rulings.repository(engine.snapshot.ordinal(web) or 0)
    at_infra = engine.rulings.repository(engine.snapshot.ordinal(infra) or 0)
    pushers = {engine.snapshot.name_of(o) for c in branch(Capability.PUSH, at_web, "main") for o in c.holders}
    assert pushers == set()
    pushers = {engine.snapshot.name_of(o) for c in branch(Capability.PUSH, at_infra, "main") for o in c.holders}
    assert pushers == {"alice", "bob"}, "carol may write but is not among the pushers"


def test_trap_06_only_active_rulesets_count_and_the_most_restrictive_wins() -> None:
    acme = Estate()
    web = acme.repo("web")
    one = ("pull_request", {"required_approving_review_count": 1})
    acme.ruleset(web, "one", one)
    acme.ruleset(web, "two", ("pull_request", {"required_approving_review_count": 2}))
    acme.ruleset(web, "tried", ("pull_request", {"required_approving_review_count": 5}), enforcement="evaluate")
    acme.ruleset(web, "off", "required_signatures", enforcement="disabled")
    view = acme.view()
    (repository,) = view.repositories()
    guard = view.protection(repository)
    assert guard.required_reviews == 2
    assert not guard.signatures


def test_trap_07_an_invisible_bypass_list_makes_the_answer_unknown() -> None:
    acme = Estate()
    bob, web = acme.member("bob"), acme.repo("web")
    acme.grant(bob, web, "write")
    acme.ruleset(web, "main is guarded", ("pull_request", {"required_approving_review_count": 1}), bypass=None)
    engine = acme.engine()
    access = can(engine, bob, Capability.BYPASS_PROTECTION, web)
    assert access is not None
    assert access.answer is Answer.UNKNOWN
    assert "bypass list" in access.unknown[0]


def test_trap_07_near_miss_an_empty_bypass_list_that_was_seen_is_a_no() -> None:
    acme = Estate()
    bob, web = acme.member("bob"), acme.repo("web")
    acme.grant(bob, web, "write")
    acme.ruleset(web, "main is guarded", ("pull_request", {"required_approving_review_count": 1}), bypass=())
    assert can(acme.engine(), bob, Capability.BYPASS_PROTECTION, web) is None


def test_trap_08_protected_branches_only_accepts_every_branch_where_none_is_protected() -> None:
    acme = Estate()
    bob, web = acme.member("bob"), acme.repo("web")
    acme.grant(bob, web, "write")
    production = acme.environment(web, branch_policy={"protected_branches": True, "custom_branch_policies": False})
    access = can(acme.engine(), bob, Capability.DEPLOY, production)
    assert access is not None
    assert access.paths[0].conditions == ()


def test_trap_08_near_miss_one_protected_branch_makes_it_need_an_approval() -> None:
    acme = Estate()
    bob, web = acme.member("bob"), acme.repo("web")
    acme.grant(bob, web, "write")
    acme.classic(web, **REVIEWED, isAdminEnforced=True)
    production = acme.environment(web, branch_policy={"protected_branches": True, "custom_branch_policies": False})
    access = can(acme.engine(), bob, Capability.DEPLOY, production)
    assert access is not None
    assert not access.paths[0].alone


def test_trap_09_without_self_review_one_reviewer_cannot_deploy_alone_and_two_people_can() -> None:
    acme = Estate()
    bob, alice, web = acme.member("bob"), acme.member("alice"), acme.repo("web")
    acme.grant(bob, web, "write")
    acme.grant(alice, web, "read")
    reviewers = [{"type": "User", "id": "bob", "name": "bob"}, {"type": "User", "id": "alice", "name": "alice"}]
    strict = acme.environment(web, "strict", required_reviewers=reviewers, prevent_self_review=True)
    loose = acme.environment(web, "loose", required_reviewers=reviewers, prevent_self_review=False)
    engine = acme.engine()
    access = can(engine, bob, Capability.DEPLOY, strict)
    assert access is not None
    assert not any(path.alone for path in access.paths)
    assert access.paths[0].conditions[-1].says == "another reviewer approves (user bob, user alice)"
    access = can(engine, bob, Capability.DEPLOY, loose)
    assert access is not None
    assert access.paths[0].alone
    assert can(engine, alice, Capability.DEPLOY, loose) is None, "who only reads cannot start a job"


def test_trap_15_unread_gates_make_a_push_unknown_and_name_the_permission() -> None:
    acme = Estate()
    bob, web = acme.member("bob"), acme.repo("web")
    acme.grant(bob, web, "write")
    acme.gap(web, Facet.REPO_PROTECTION, permission="administration: read")
    access = can(acme.engine(), bob, Capability.MERGE, web)
    assert access is not None
    assert access.answer is Answer.UNKNOWN
    assert "administration: read" in access.unknown[0]


def test_trap_16_a_deploy_key_outlives_who_added_it() -> None:
    acme = Estate()
    carol, web = acme.account("carol"), acme.repo("web")
    key = acme.machine(Kind.DEPLOY_KEY, "carol-laptop", owner=carol)
    acme.grant(key, web, "deploy_key:write", GrantKind.KEY)
    engine = acme.engine()
    access = can(engine, carol, Capability.PUSH, web)
    assert access is not None
    assert engine.words(access.paths[0]) == (
        "carol (is presumed to hold, having added it) → deploy key carol-laptop (key with write) → acme/web"
    )
    assert can(engine, carol, Capability.MANAGE_SECRET, web) is None, "a key speaks git, not the API"


def test_a_token_can_do_no_more_than_its_owner_and_no_more_than_its_permissions() -> None:
    acme = Estate()
    bob, web, infra = acme.member("bob"), acme.repo("web"), acme.repo("infra")
    acme.grant(bob, web, "admin")
    token = acme.machine(Kind.FINE_GRAINED_TOKEN, "bob's token", owner=bob)
    role = acme.role("token:1", contents="write", administration="write")
    acme.grant(token, acme.org, role, GrantKind.TOKEN)
    engine = acme.engine()
    assert can(engine, token, Capability.PUSH, web) is not None
    assert can(engine, token, Capability.EDIT_PIPELINE, web) is None, "no workflows permission"
    assert can(engine, token, Capability.PUSH, infra) is None, "its owner has nothing there"


def test_protection_of_a_branch_without_any_rule_is_none_at_all() -> None:
    assert not protection_of([], "main", "main").exists


def test_a_ruleset_that_picks_repositories_by_property_makes_the_answer_unknown() -> None:
    acme = Estate()
    bob, web = acme.member("bob"), acme.repo("web")
    acme.grant(bob, web, "write")
    body = {"conditions": {"repository_property": {"include": [{"name": "tier", "property_values": ["1"]}]}}}
    acme.ruleset(acme.org, "tier one", ("pull_request", {"required_approving_review_count": 1}), body=body)
    access = can(acme.engine(), bob, Capability.MERGE, web)
    assert access is not None
    assert access.answer is Answer.UNKNOWN
    assert "tier one" in access.unknown[0]
    view = acme.view()
    (repository,) = view.repositories()
    with pytest.raises(Missing):
        view.protection(repository)
