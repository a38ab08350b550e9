"""What GitHub noticed itself, and what stays of a run: each with its near miss, and unknown where it was not told."""

from typing import Any

import pytest

from pipewarden.checks import github_further as further
from pipewarden.model.facets import Facet
from pipewarden.model.ids import Kind
from tests.checks.builder import Estate, days_ago


def web(*alerts: dict[str, Any], visibility: str = "private") -> Estate:
    """Return acme/web, which bob reads, with alerts about secrets."""
    estate = (
        Estate().org("acme").member("bob").repo("acme/web", visibility=visibility).direct("bob", "acme/web", "read")
    )
    for each in alerts:
        estate.item(Kind.ALERT, "acme/web", "1", **{"secret_type": "aws_access_key_id", "validity": "unknown", **each})
    return estate


def test_an_open_alert_tells_its_kind_and_who_may_read_the_secret() -> None:
    told = "2 secrets found in acme/web (aws_access_key_id and 1 more) still open, 1 of them known to work; 1 account may read it"
    assert web({"validity": "active"}, {"secret_type": "slack_api_token"}).says(further.secret_alert_open) == [told]
    assert web({}, visibility="public").says(further.secret_alert_open) == [
        "1 secret found in acme/web (aws_access_key_id) still open; anybody may read it"
    ]


def test_an_alert_about_a_secret_that_is_known_to_be_dead_is_none() -> None:
    assert web({"validity": "inactive"}).verdict(further.secret_alert_open) == "1 passed"
    assert web().verdict(further.secret_alert_open) == "1 passed"


def test_where_alerts_were_refused_it_is_unknown() -> None:
    assert web().gap("acme", Facet.REPO_ALERTS).verdict(further.secret_alert_open) == "1 unknown"


def bypassed(*pushes: dict[str, Any]) -> Estate:
    estate = Estate().org("acme").member("heidi").repo("acme/infra")
    number = estate.ref("acme/infra").key
    rows = [
        {"id": n, "actor_name": "heidi", "repository_id": int(number) if number.isdigit() else number,
         "repository_name": "infra", "ref": "refs/heads/main", "pushed_at": days_ago(3).isoformat(), **each}
        for n, each in enumerate(pushes)
    ]  # fmt: skip
    return estate.set("acme", Kind.ORGANIZATION, rule_bypasses=rows)


def test_a_push_past_the_rules_is_told_once_for_each_person_and_branch() -> None:
    assert bypassed({}, {"pushed_at": days_ago(9).isoformat()}).says(further.bypass_used) == [
        "heidi pushed past the rules to main of acme/infra 2 times, last on 2026-08-29"
    ]
    found = bypassed({}, {"ref": "refs/heads/release"}).judge(further.bypass_used).findings
    assert {each.object_name for each in found} == {"acme/infra"}
    assert {each.subject_name for each in found} == {"heidi"}


def test_a_push_of_long_ago_and_one_to_a_repository_that_was_not_read_is_not_told() -> None:
    assert bypassed({"pushed_at": days_ago(60).isoformat()}).verdict(further.bypass_used) == "1 passed"
    assert bypassed({"repository_id": 0}).verdict(further.bypass_used) == "1 passed"
    assert bypassed().verdict(further.bypass_used) == "1 passed"


def test_where_suites_were_refused_it_is_unknown() -> None:
    assert bypassed().gap("acme", Facet.ORG_RULE_SUITES).verdict(further.bypass_used) == "1 unknown"
    assert Estate().org("acme").verdict(further.bypass_used) == "1 unknown"


@pytest.mark.parametrize(
    ("level", "told"),
    [
        ("organization", ["every repository of the organization may use what private acme/ci holds for Actions"]),
        ("enterprise", ["every repository of the enterprise may use what private acme/ci holds for Actions"]),
        ("none", []),
        ("user", []),
    ],
)
def test_what_a_private_repository_shares_with_many_is_told(level: str, told: list[str]) -> None:
    estate = Estate().org("acme").repo("acme/ci", visibility="private", actions_access={"access_level": level})
    assert estate.says(further.access_outside) == told


def test_of_a_repository_that_holds_nothing_for_others_it_does_not_matter() -> None:
    estate = Estate().org("acme").repo("acme/ci", visibility="private")
    assert estate.verdict(further.access_outside) == "1 not applicable"
    public = Estate().org("acme").repo("acme/ci", visibility="public", actions_access={"access_level": "enterprise"})
    assert public.verdict(further.access_outside) == "1 not applicable"
    assert estate.gap("acme/ci", Facet.REPO_ACTIONS_ACCESS).verdict(further.access_outside) == "1 unknown"


def test_artifacts_that_are_kept_for_longer_than_usual_are_told() -> None:
    estate = Estate().org("acme", actions_retention={"days": 400, "maximum_allowed_days": 400})
    assert estate.says(further.retention) == ["acme keeps artifacts and logs of workflows for 400 days"]
    assert Estate().org("acme", actions_retention={"days": 90}).verdict(further.retention) == "1 passed"
    assert Estate().org("acme").verdict(further.retention) == "1 unknown"


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ("none", ["acme leaves it to each repository whether its releases can be changed"]),
        ("selected", ["acme makes releases immutable in some repositories alone"]),
        ("all", []),
    ],
)
def test_who_does_not_make_releases_immutable_is_told(policy: str, told: list[str]) -> None:
    estate = Estate().org("acme", immutable_releases={"enforced_repositories": policy})
    assert estate.says(further.immutable_release) == told
    assert Estate().org("acme").verdict(further.immutable_release) == "1 unknown"
