"""What acme's repositories still hold, and what watches over them."""

from pipewarden.checks import logs, repositories
from pipewarden.checks.base import judge
from pipewarden.model.limits import Limits
from tests.checks.builder import Estate, days_ago


def acme() -> Estate:
    return Estate().org("acme").member("alice", owner=True).repo("acme/web")


class TestLeftovers:
    def test_nobody_has_pushed_for_a_year(self) -> None:
        estate = acme().set("acme/web", pushed_at=days_ago(366).isoformat())
        assert estate.verdict(repositories.stale) == "1 passed"
        estate.secret("acme/web", "KEY").deploy_key("acme/web").environment("acme/web")
        estate.secret("env:acme/web/production", "KEY")
        assert estate.says(repositories.stale) == [
            "nobody has pushed to acme/web since 2025-08-31, 366 days ago; it still holds 2 secrets and 1 deploy key"
        ]

    def test_somebody_has_or_it_was_not_told(self) -> None:
        estate = acme().set("acme/web", pushed_at=days_ago(365).isoformat()).secret("acme/web", "KEY")
        assert estate.verdict(repositories.stale) == "1 passed"
        assert acme().verdict(repositories.stale) == "1 unknown"

    def test_it_is_archived(self) -> None:
        estate = acme().set("acme/web", archived=True)
        assert estate.verdict(repositories.archived) == "1 passed"
        assert estate.secret("acme/web", "KEY").webhook("acme/web").says(repositories.archived) == [
            "acme/web is archived and still holds 1 secret and 1 webhook"
        ]
        assert acme().secret("acme/web", "KEY").verdict(repositories.archived) == "1 not applicable"


class TestScanning:
    def test_push_protection_is_off(self) -> None:
        given = {"secret_scanning": {"status": "enabled"}, "secret_scanning_push_protection": {"status": "disabled"}}
        assert acme().set("acme/web", security_and_analysis=given).says(repositories.secret_scanning) == [
            "push protection is off in acme/web"
        ]
        given = {key: {"status": "enabled"} for key in given}
        assert acme().set("acme/web", security_and_analysis=given).verdict(repositories.secret_scanning) == "1 passed"
        assert acme().set("acme/web", security_and_analysis=None).verdict(repositories.secret_scanning) == "1 unknown"


class TestMerging:
    def test_changes_merge_unseen(self) -> None:
        estate = acme().set("acme/web", allow_auto_merge=True)
        assert estate.says(repositories.automerge) == [
            "auto-merge of acme/web merges changes to main that nobody reviewed"
        ]
        estate.protect("acme/web", requiresApprovingReviews=True, requiredApprovingReviewCount=1)
        assert estate.verdict(repositories.automerge) == "1 passed"
        assert acme().set("acme/web", allow_auto_merge=False).verdict(repositories.automerge) == "1 not applicable"


class TestLogs:
    def test_the_audit_log_is_not_streamed(self) -> None:
        assert Estate().enterprise(audit_log_streams=[]).says(logs.stream_off) == [
            "the audit log of acme-corp is streamed nowhere"
        ]
        estate = Estate().enterprise(audit_log_streams=[{"stream_type": "Splunk", "enabled": True}])
        assert estate.verdict(logs.stream_off) == "1 passed"
        assert Estate().enterprise().verdict(logs.stream_off) == "1 unknown"


def test_a_repository_is_public_that_nobody_put_on_the_list() -> None:
    estate = Estate().org("acme").repo("acme/site", visibility="public").repo("acme/docs", visibility="public")
    estate.repo("acme/web", visibility="private")
    check = repositories.public_unexpected
    assert estate.verdict(check) == "3 not applicable", "without a list nothing is known of what is meant"
    listed = Limits(public_repositories=("Acme/Site",))
    finding = judge([check], estate.view(), listed).findings[0]
    assert finding.says == "acme/docs is public and not on the list of those that are meant to be"
    everything = Limits(public_repositories=("acme/site", "acme/docs"))
    assert judge([check], estate.view(), everything).tallies[0].passed == 3
    estate.unset("acme/web", "visibility")
    assert judge([check], estate.view(), everything).tallies[0].unknown == 1
