"""What the audit log tells that somebody did in acme, lately."""

from typing import Any

import pytest

from pipewarden.checks import happened
from pipewarden.connectors.github.activity import SENSITIVE
from pipewarden.model.facets import Facet
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind
from tests.checks.builder import Estate, days_ago


def log(*events: dict[str, Any], back: float = 180) -> Estate:
    """Return acme with a log, newest first, that was read so many days back."""
    estate = Estate().org("acme").member("heidi").member("ivan", owner=True).repo("acme/site").repo("acme/web")
    return estate.set("acme", Kind.ORGANIZATION, audit_events=list(events), activity_since=days_ago(back).isoformat())


def event(action: str, actor: str = "heidi", ago: float = 3, **given: Any) -> dict[str, Any]:
    """Return one event as it is kept."""
    return {"at": days_ago(ago).isoformat(), "action": action, "actor": actor, **given}


def test_a_repository_was_made_public() -> None:
    estate = log(event("repo.access", repo="acme/site", visibility="public"))
    assert estate.says(happened.risky_event) == ["heidi made acme/site public on 2026-08-29"]
    finding = estate.judge(happened.risky_event).findings[0]
    assert (finding.subject_name, finding.object_name, finding.severity) == ("acme/site", "heidi", Severity.HIGH)
    assert log(event("repo.access", repo="acme/site", visibility="private")).verdict(happened.risky_event) == "1 passed"


def test_somebody_was_made_an_owner() -> None:
    made = event("org.update_member", user="heidi", actor="ivan", permission="admin")
    assert log(made).says(happened.risky_event) == ["ivan made heidi an owner of acme on 2026-08-29"]
    assert log(made | {"permission": "read"}).verdict(happened.risky_event) == "1 passed"
    assert log(event("org.add_member", user="zoe")).verdict(happened.risky_event) == "1 passed", "nobody is accused"


def test_an_entry_that_does_not_say_what_it_must_leaves_open_what_it_could_have_decided() -> None:
    def untold(action: str, ago: float = 3) -> Estate:
        mine = log(event("hook.create", actor="ivan"))
        return mine.set("acme", Kind.ORGANIZATION, audit_events_untold={action: days_ago(ago).isoformat()})

    assert untold("repo.access").verdict(happened.risky_event) == "1 failed, 1 unknown", "what is told stands"
    assert untold("repo.access").verdict(happened.visibility_history) == "1 unknown"
    assert untold("repo.access").verdict(happened.history_change) == "1 passed"
    assert untold("repo.access", ago=40).verdict(happened.risky_event) == "1 failed", "it is older than what is judged"
    assert untold("repository_ruleset.update").verdict(happened.history_change) == "1 unknown"
    for check in (happened.risky_event, happened.visibility_history, happened.history_change):
        assert untold("").verdict(check).endswith("1 unknown"), "it may have been any"
    assert untold("").judge(happened.risky_event).not_assessed[0].facet == Facet.ORG_AUDIT_EVENTS


def test_several_changes_by_one_person_at_one_place_are_one_finding_that_tells_the_gravest() -> None:
    estate = log(
        event("hook.create", repo="acme/web", ago=1),
        event("repo.access", repo="acme/web", visibility="public", ago=2),
        event("repo.add_member", repo="acme/web", user="dave", ago=3),
        event("hook.create", repo="acme/web", actor="ivan", ago=4),
        event("org.disable_saml", ago=5),
    )
    assert estate.says(happened.risky_event) == [
        "heidi made acme/web public on 2026-08-30, beside 2 lesser changes",
        "ivan added a webhook to acme/web on 2026-08-28",
        "heidi switched off single sign-on of acme on 2026-08-27",
    ]


def test_where_more_events_came_than_are_kept_silence_about_the_older_ones_is_no_pass() -> None:
    noise = event("hook.create", actor="ivan", repo="acme/web", ago=2)
    estate = log(noise).set("acme", Kind.ORGANIZATION, audit_events_since=days_ago(2).isoformat())
    for check in (happened.risky_event, happened.visibility_history):
        assert estate.verdict(check).endswith("1 unknown"), check
    estate.set("acme", Kind.ORGANIZATION, audit_events_since=days_ago(40).isoformat())
    assert estate.verdict(happened.risky_event) == "1 failed"


def test_a_change_is_told_for_a_month() -> None:
    assert log(event("org.disable_saml", ago=30)).verdict(happened.risky_event) == "1 failed"
    assert log(event("org.disable_saml", ago=32)).verdict(happened.risky_event) == "1 passed"


def test_a_log_that_was_read_for_a_day_says_nothing_about_the_month() -> None:
    short = log(event("org.disable_saml", ago=0.5), back=1)
    assert short.verdict(happened.risky_event) == "1 failed, 1 unknown"
    assert log(back=1).verdict(happened.risky_event) == "1 unknown"
    assert (
        log(back=1).judge(happened.risky_event).not_assessed[0].detail
        == "the audit log was read back to 2026-08-31 only"
    )
    assert log().gap("acme", Facet.ORG_AUDIT_LOG).verdict(happened.risky_event) == "1 unknown"


def test_who_did_it_is_found_by_id_where_there_is_one() -> None:
    estate = log()
    number = int(estate.ref("ivan").key)
    estate.set("acme", Kind.ORGANIZATION, audit_events=[event("hook.create", actor="renamed-since", actor_id=number)])
    assert estate.says(happened.risky_event) == ["ivan added a webhook to acme on 2026-08-29"]
    stranger = log(event("hook.create", actor="heidi", actor_id=7))
    assert stranger.judge(happened.risky_event).findings[0].object is None, "a recycled name inherits nothing"


def test_a_rule_was_changed() -> None:
    estate = log(
        event("repository_ruleset.update", repo="acme/web", ago=1),
        event("protected_branch.destroy", repo="acme/site", actor="ivan", ago=2),
    )
    assert estate.says(happened.history_change) == [
        "heidi changed a ruleset of acme/web on 2026-08-31",
        "ivan removed the protection of a branch of acme/site on 2026-08-30",
    ]
    assert estate.verdict(happened.risky_event) == "1 passed", "it is told once"


def test_a_repository_was_opened_and_closed_again() -> None:
    def seen(*visibilities: str) -> Estate:
        return log(*(
            event("repo.access", repo="acme/site", visibility=each, ago=number + 100)
            for number, each in enumerate(reversed(visibilities))
        ))  # fmt: skip

    assert seen("private", "public", "private").says(happened.visibility_history) == [
        "acme/site changed its visibility 3 times since 2026-05-22: private, public and private"
    ]
    assert seen("public", "private").verdict(happened.visibility_history) == "1 failed"
    assert seen("private", "public").verdict(happened.visibility_history) == "1 passed", (
        "it is public, and others say so"
    )
    assert seen("public").verdict(happened.visibility_history) == "1 passed"


@pytest.mark.parametrize("action", sorted({*happened.RISKY, *happened.WEAKENED}))
def test_every_action_that_is_told_is_one_that_is_kept(action: str) -> None:
    assert action in SENSITIVE
    field, value = happened.ONLY.get(action, ("user", "dave"))
    check = happened.risky_event if action in happened.RISKY else happened.history_change
    (told,) = log(event(action, **{field: value})).says(check)
    assert told.startswith("heidi ")
    assert "{" not in told


def test_every_kept_event_is_told() -> None:
    assert {*happened.RISKY, *happened.WEAKENED} == SENSITIVE
