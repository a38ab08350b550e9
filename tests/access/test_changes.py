"""What a week changes: only effective access is reported, row shuffles are not."""

from typing import Any

import pytest

from pipewarden.access.capability_changes import MOST_THINGS
from pipewarden.access.changes import diff
from pipewarden.model.access import Level
from pipewarden.model.ids import Kind
from tests.access.estate import Estate, ref


def test_a_membership_added_to_a_nested_team_shows_as_access_to_the_parents_repository() -> None:
    before, after = Estate(), Estate()
    for acme in (before, after):
        bob = acme.member("bob")
        acme.member("alice")
        parent = acme.team("engineering")
        child = acme.team("platform", parent=parent)
        web = acme.repo("web")
        acme.grant(parent, web, "write")
        acme.repo("infra")
    after.join(bob, child)
    changes = diff(before.engine(), after.engine())
    (change,) = changes.access
    assert (change.principal, change.repository) == (bob, web)
    assert (change.before, change.after) == (Level.NONE, Level.WRITE)
    assert changes.repositories == 1


def test_a_direct_grant_replaced_by_the_same_role_through_a_team_changes_nothing() -> None:
    before, after = Estate(), Estate()
    bob = before.member("bob")
    web = before.repo("web")
    before.grant(bob, web, "write")
    after.member("bob")
    after.repo("web")
    after.grant(after.team("platform", bob), web, "write")
    changes = diff(before.engine(), after.engine())
    assert changes.access == ()
    assert [(e.what, e.name) for e in changes.entities] == [("added", "acme/platform")]


def test_a_new_base_permission_touches_every_repository_and_only_raises_who_had_less() -> None:
    before, after = Estate(base="read"), Estate(base="write")
    for acme in (before, after):
        bob, dave = acme.member("bob"), acme.outsider("dave")
        web, infra = acme.repo("web"), acme.repo("infra")
        acme.grant(bob, web, "admin")
        acme.grant(dave, web, "read")
    changes = diff(before.engine(), after.engine())
    assert [(c.principal, c.repository, c.before, c.after) for c in changes.access] == [
        (bob, infra, Level.READ, Level.WRITE)
    ]
    assert diff(before.engine(), after.engine(), everything=True).access == changes.access


def test_someone_who_left_is_named_although_the_later_snapshot_does_not_know_them() -> None:
    before, after = Estate(), Estate()
    carol = before.member("carol")
    web = before.repo("web")
    before.grant(carol, web, "write")
    after.repo("web")
    changes = diff(before.engine(), after.engine())
    assert [(c.principal, c.after) for c in changes.access] == [(carol, Level.NONE)]
    assert ("removed", "carol") in [(e.what, e.name) for e in changes.entities]


def test_a_team_that_was_deleted_takes_its_members_access_with_it() -> None:
    before, after = Estate(), Estate()
    bob, web = before.member("bob"), before.repo("web")
    before.grant(before.team("platform", bob), web, "write")
    after.member("bob")
    after.repo("web")
    changes = diff(before.engine(), after.engine())
    assert [(c.principal, c.before, c.after) for c in changes.access] == [(bob, Level.WRITE, Level.NONE)]
    assert ("removed", "acme/platform") in [(e.what, e.name) for e in changes.entities]


def test_a_weakened_setting_is_named_with_both_values() -> None:
    before, after = Estate(), Estate()
    before.repo("web", visibility="private")
    after.repo("web", visibility="public")
    fields = {(e.field, e.before, e.after) for e in diff(before.engine(), after.engine()).entities if e.field}
    assert ("visibility", "private", "public") in fields


def test_a_rule_that_was_weakened_is_told_at_its_place_and_with_what_it_guards() -> None:
    before, after = Estate(), Estate()
    for acme, reviews, extra in ((before, 2, ["alice"]), (after, 1, ["alice", "bob"])):
        web = acme.repo("web", topics=extra)
        acme.classic(web, requiredApprovingReviewCount=reviews, requiresApprovingReviews=True)
    told = [(e.name, e.field, e.before, e.after) for e in diff(before.engine(), after.engine()).entities]
    assert ("main of acme/web", "rules.requiredApprovingReviewCount", "2", "1") in told
    assert ("acme/web", "topics", "[]", "['bob']") in told
    assert len(told) == 2


WEB = ref(Kind.REPOSITORY, "web")
ALICE: dict[str, Any] = {"required_reviewers": [{"type": "User", "id": "alice"}], "can_admins_bypass": True}


def week() -> Estate:
    """A week in which alice administers web and bob pushes to it."""
    acme = Estate()
    acme.branch(acme.repo("web"))
    acme.grant(acme.member("alice"), WEB, "admin")
    acme.grant(acme.member("bob"), WEB, "write")
    return acme


def gained(before: Estate, after: Estate) -> set[tuple[str, str, str, str]]:
    """Return who can do what inside GitHub's repositories that they could not, or the other way round."""
    old, new = before.engine(), after.engine()
    return {
        (new.name(each.principal), each.capability, each.before, each.after) for each in diff(old, new).capabilities
    }


def test_a_reviewer_who_is_asked_no_more_makes_pushers_deployers() -> None:
    before, after = week(), week()
    before.environment(WEB, **ALICE)
    after.environment(WEB)
    assert gained(before, after) == {("bob", "deploy", "with approval", "yes")}
    assert diff(before.engine(), after.engine()).access == (), "no role changed"
    assert gained(after, before) == {("bob", "deploy", "yes", "with approval")}
    assert gained(after, after) == set()


def test_a_new_role_tells_who_deploys_now_and_asks_no_other_repository() -> None:
    before, after = week(), week()
    for acme in (before, after):
        acme.environment(WEB)
        acme.environment(acme.repo("infra"), "plan")
        acme.member("dave")
    after.grant(ref(Kind.ACCOUNT, "dave"), WEB, "write")
    assert gained(before, after) == {("dave", "deploy", "no", "yes")}


def test_a_gate_that_fell_tells_who_edits_pipelines_now() -> None:
    weeks = Estate(), Estate()
    for acme in weeks:
        web = acme.repo("web", branches=["main", "release"])
        acme.grant(acme.member("bob"), web, "write")
    before, after = weeks
    before.ruleset(WEB, "nobody pushes", "creation", "update", patterns=("~ALL",))
    assert gained(before, after) == {("bob", "edit_pipeline", "no", "yes")}


@pytest.mark.parametrize(
    ("setting", "lost"),
    [
        ({"archived": True}, {"deploy", "edit_pipeline"}),
        ({"actions_permissions": {"enabled": False}}, {"deploy"}),
        ({"description": "the shop"}, set[str]()),
    ],
)
def test_where_nothing_runs_any_more_nobody_deploys(setting: dict[str, Any], lost: set[str]) -> None:
    before, after = Estate(), Estate()
    for acme in (before, after):
        web = acme.repo("web", **(setting if acme is after else {}))
        acme.grant(acme.member("bob"), web, "write")
        acme.environment(web)
    assert gained(before, after) == {("bob", each, "yes", "no") for each in lost}
    assert gained(after, before) == {("bob", each, "no", "yes") for each in lost}


def test_who_joins_a_team_of_reviewers_needs_nobody_else_any_more() -> None:
    before, after = week(), week()
    for acme in (before, after):
        acme.environment(WEB, required_reviewers=[{"type": "Team", "id": "release"}])
        acme.join(ref(Kind.ACCOUNT, "alice"), acme.team("release"))
    after.join(ref(Kind.ACCOUNT, "bob"), ref(Kind.GROUP, "release"))
    assert diff(before.engine(), after.engine()).access == (), "no role changed"
    assert gained(before, after) == {("bob", "deploy", "with approval", "yes")}
    assert gained(after, before) == {("bob", "deploy", "yes", "with approval")}


def test_who_joins_a_team_that_a_rule_lets_through_edits_pipelines_now() -> None:
    before, after = week(), week()
    for acme in (before, after):
        release = acme.team("release")
        let = ({"actor_type": "Team", "actor_id": release.key, "bypass_mode": "always"},)
        acme.ruleset(WEB, "nobody pushes", "creation", "update", patterns=("~ALL",), bypass=let)
        acme.team("another")
    inner = after.team("night shift", ref(Kind.ACCOUNT, "bob"))
    after.join(inner, ref(Kind.GROUP, "release"), "child")
    assert gained(before, after) == {("bob", "edit_pipeline", "unknown", "yes")}, (
        "main is the only branch that is known"
    )
    near = week()
    near.join(ref(Kind.ACCOUNT, "bob"), near.team("another"))
    assert gained(week(), near) == set()


def test_of_more_environments_than_are_compared_it_is_said() -> None:
    before, after = week(), week()
    for number in range(MOST_THINGS + 2):
        before.environment(WEB, f"preview-{number}", **ALICE)
        after.environment(WEB, f"preview-{number}")
    changes = diff(before.engine(), after.engine())
    assert len(changes.capabilities) == MOST_THINGS
    assert "who holds 2 further environments of GitHub: more than 2,000" in changes.uncompared
