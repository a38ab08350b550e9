"""What a week changes: only effective access is reported, row shuffles are not."""

from pipewarden.access.changes import diff
from pipewarden.model.access import Level
from tests.access.estate import Estate


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
