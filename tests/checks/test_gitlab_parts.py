"""Checks of GitLab that judge all of their row: each part with its near miss, and what was not read is no pass."""

import pytest

from pipewarden.checks.base import Verdicts
from pipewarden.demo.gitlab.kinds import GitLabEstate, branch_rule
from pipewarden.demo.gitlab.variant import Variant
from pipewarden.model.findings import Severity
from tests.access.gitlab.small import personal, small
from tests.checks.test_gitlab_settings import says, verdicts


def forbidden(*templates: str) -> Variant:
    return Variant(forbidden=frozenset(templates))


def unknown(found: Verdicts) -> int:
    assert not found.findings
    return found.tallies[0].unknown


# --- invitations ----------------------------------------------------------------------------------------


class TestInvitations:
    CHECK = "gl.share.no_expiry"

    def inviting(self, ends: str | None, **top: object) -> GitLabEstate:
        made = small()
        made.answers["/groups/10"].update({"prevent_sharing_groups_outside_hierarchy": True, **top})
        made.share("groups/acme/platform", "outer", 30, "2027-01-01")
        made.share("projects/acme/web", "outer/guests", 30, ends)
        return made

    def test_one_into_a_project_ends_too(self) -> None:
        told = ["the invitation of the group outer/guests into acme/web never ends"]
        assert says(self.CHECK, self.inviting(None)) == told
        assert says(self.CHECK, self.inviting("2027-01-01")) == []

    def test_a_lock_took_away_what_was_shared(self) -> None:
        assert says(self.CHECK, self.inviting(None, share_with_group_lock=True)) == []

    def test_groups_from_outside_are_kept_out_of_the_outermost_group(self) -> None:
        told = ["groups from outside may be invited into acme and all its projects"]
        made = self.inviting("2027-01-01", prevent_sharing_groups_outside_hierarchy=False)
        assert says(self.CHECK, made) == told

    def test_projects_that_were_not_read_are_no_pass(self) -> None:
        found = verdicts(self.CHECK, self.inviting(None), variant=forbidden("/groups/{id}/projects"))
        assert unknown(found) == 2

    def test_whether_outsiders_may_be_invited_is_told_to_owners_alone(self) -> None:
        made = self.inviting("2027-01-01")
        del made.answers["/groups/10"]["prevent_sharing_groups_outside_hierarchy"]
        assert unknown(verdicts(self.CHECK, made)) == 1


# --- personal tokens ------------------------------------------------------------------------------------


class TestPersonalTokens:
    CHECK = "gl.tok.pat_no_expiry"

    def estate(self, *, ends: bool = True, required: bool = True) -> GitLabEstate:
        made = small()
        made.answers["/application/settings"] = {"require_personal_access_token_expiry": required}
        made.answers["/personal_access_tokens"] = []
        personal(made, "bob", 701, "api", **({} if ends else {"expires_at": None}))
        return made

    def test_each_that_never_ends_is_told(self) -> None:
        assert says(self.CHECK, self.estate(ends=False)) == ["the token “pat701” of bob never ends (api)"]
        assert says(self.CHECK, self.estate()) == []

    def test_the_instance_makes_new_ones_end(self) -> None:
        told = ["gitlab:gitlab.acme.example lets people make tokens that never end"]
        assert says(self.CHECK, self.estate(required=False)) == told

    @pytest.mark.parametrize("template", ["/personal_access_tokens", "/application/settings"])
    def test_what_an_administrator_alone_is_told_is_unknown_to_others(self, template: str) -> None:
        assert unknown(verdicts(self.CHECK, self.estate(), variant=forbidden(template))) == 1
        assert unknown(verdicts(self.CHECK, self.estate(), owner=True)) == 1

    def test_of_people_on_gitlab_com_it_is_unknown(self) -> None:
        made = self.estate()
        made.host = "gitlab.com"
        made.service_account(
            "acme", 950, "deployer", {"id": 9, "name": "old", "scopes": ["read_api"], "expires_at": None}
        )
        found = verdicts(self.CHECK, made)
        assert [each.says for each in found.findings] == ["the token “old” of deployer never ends (read_api)"]
        assert "gitlab.com tells the owners" in found.not_assessed[0].detail


# --- service accounts -----------------------------------------------------------------------------------


class TestServiceAccounts:
    CHECK = "gl.tok.service_account"

    def estate(self, branch: str, *scopes: str) -> GitLabEstate:
        made = small()
        token = {"id": 9, "name": "ci", "scopes": list(scopes), "expires_at": "2027-01-01", "active": True}
        made.service_account("acme", 950, "deployer", token)
        made.member("projects/acme/web", "deployer", 40)
        made.member("projects/acme/web", "bob", 30)
        rule = branch_rule(1, "main", [{"access_level": 40}], [{"access_level": 40}])
        made.project_put("acme/web", "protected_branches", rule)
        owner = {"id": 950, "username": "deployer", "state": "active"}
        row = {"id": 6, "ref": f"refs/heads/{branch}", "cron": "0 2 * * *", "active": True, "owner": owner}
        made.project_put("acme/web", "pipeline_schedules", row)
        return made

    def test_a_schedule_that_developers_may_change_lends_its_rights(self) -> None:
        told = ["bob may change what the schedule of acme/web for nightly runs as deployer"]
        assert says(self.CHECK, self.estate("nightly", "read_api")) == told
        assert says(self.CHECK, self.estate("main", "read_api")) == []

    def test_where_a_token_that_writes_is_kept_no_api_tells(self) -> None:
        found = verdicts(self.CHECK, self.estate("main", "api"))
        assert unknown(found) == 1
        assert "no API tells where a value is kept" in found.not_assessed[0].detail

    def test_schedules_that_were_not_read_are_no_pass(self) -> None:
        refused = forbidden("/projects/{id}/pipeline_schedules")
        assert unknown(verdicts(self.CHECK, self.estate("nightly", "read_api"), variant=refused)) == 1


# --- branches -------------------------------------------------------------------------------------------


class TestMadeByMerging:
    CHECK = "gl.pb.branch_create"

    def ruled(self, *rules: dict[str, object]) -> GitLabEstate:
        made = small()
        made.project_put("acme/web", "protected_branches", *rules)
        return made

    def test_developers_who_may_merge_make_branches_where_nobody_may_push(self) -> None:
        made = self.ruled(branch_rule(1, "release/*", [{"access_level": 0}], [{"access_level": 30}]))
        told = ["Developers may make branches under release/* of acme/web, where nobody may push"]
        assert says(self.CHECK, made) == told

    def test_whom_a_rule_names_too(self) -> None:
        made = self.ruled(branch_rule(1, "release/*", [{"access_level": 0}], [{"user_id": 2}]))
        told = ["those whom a rule names may make branches under release/* of acme/web, where nobody may push"]
        assert says(self.CHECK, made) == told

    @pytest.mark.parametrize(
        ("name", "push", "merge"), [("release/*", 0, 40), ("main", 0, 30), ("release/*", 40, 30), ("release/*", 0, 0)]
    )
    def test_maintainers_a_branch_that_is_there_and_one_that_is_pushed_to_are_other_matters(
        self, name: str, push: int, merge: int
    ) -> None:
        rule = branch_rule(1, name, [{"access_level": push}], [{"access_level": merge}])
        assert says(self.CHECK, self.ruled(rule)) == []

    def test_a_wider_rule_that_lets_people_merge_decides_too(self) -> None:
        made = self.ruled(
            branch_rule(1, "release/*", [{"access_level": 0}], [{"access_level": 40}]),
            branch_rule(2, "re*", [{"access_level": 0}], [{"access_level": 30}]),
        )
        told = ["Developers may make branches under re* and release/* of acme/web, where nobody may push"]
        assert says(self.CHECK, made) == told

    def test_rules_that_were_not_read_are_no_pass(self) -> None:
        made = self.ruled(branch_rule(1, "release/*", [{"access_level": 0}], [{"access_level": 30}]))
        assert unknown(verdicts(self.CHECK, made, variant=forbidden("/projects/{id}/protected_branches"))) == 1
        odd = self.ruled(branch_rule(1, "release/*", [{"access_level": 0}], [{"access_level": None}]))
        assert unknown(verdicts(self.CHECK, odd)) == 1


# --- how much people hold -------------------------------------------------------------------------------


class TestMaintainers:
    CHECK = "gl.proj.owners"

    def estate(self, count: int) -> GitLabEstate:
        made = small()
        made.member("groups/acme", "alice", 50)
        for name in ("bob", "carol", "dave", "erin")[:count]:
            made.member("groups/outer", name, 40)
        made.share("projects/acme/web", "outer", 40)
        return made

    def test_many_maintainers_by_whatever_way_are_told_owners_of_the_group_left_out(self) -> None:
        told = ["4 people are Maintainers of acme/web or more: bob, carol, dave and erin"]
        assert says(self.CHECK, self.estate(4)) == told
        assert says(self.CHECK, self.estate(3)) == []

    def test_an_invited_group_that_was_not_read_is_no_pass(self) -> None:
        made = self.estate(3)
        made.answers["/groups/20/members"] = [{"id": 1, "username": "x"}]
        assert unknown(verdicts(self.CHECK, made)) == 1


class TestMinimalAccess:
    CHECK = "gl.member.minimal_access"

    def estate(self, *, invited: bool) -> GitLabEstate:
        made = small()
        made.member("groups/acme", "erin", 5)
        made.member("projects/acme/web", "erin", 30)
        made.member("groups/outer", "erin" if invited else "bob", 30)
        made.share("groups/acme/platform", "outer", 30)
        return made

    def test_an_invited_group_raises_it(self) -> None:
        told = ["erin has Minimal Access to acme, and an invited group makes them Developer of acme/platform"]
        assert says(self.CHECK, self.estate(invited=True)) == told

    def test_a_role_that_was_given_directly_is_what_it_is_for(self) -> None:
        assert says(self.CHECK, self.estate(invited=False)) == []

    def test_an_invited_group_that_was_not_read_is_no_pass(self) -> None:
        made = self.estate(invited=False)
        made.answers["/groups/20/members"] = [{"id": 1, "username": "x"}]
        assert unknown(verdicts(self.CHECK, made)) == 1


# --- integrations and mirrors -----------------------------------------------------------------------------


class TestConnections:
    CHECK = "gl.int.creds"

    def test_a_mirror_that_starts_pipelines_is_told(self) -> None:
        told = ["acme/web runs pipelines on whatever comes from the repository that it mirrors"]
        assert says(self.CHECK, small(mirror=True, mirror_trigger_builds=True)) == told
        assert says(self.CHECK, small(mirror=True, mirror_trigger_builds=False)) == []
        assert unknown(verdicts(self.CHECK, small(mirror=True))) == 1

    def test_both_are_one_finding(self) -> None:
        made = small(mirror=True, mirror_trigger_builds=True)
        made.project_put("acme/web", "integrations", {"id": 1, "slug": "jenkins", "active": True})
        told = ["acme/web runs pipelines on what its mirror brings in, and keeps credentials for jenkins"]
        assert says(self.CHECK, made) == told

    @pytest.mark.parametrize(
        ("slugs", "severity"),
        [(("jenkins", "jira"), Severity.HIGH), (("slack",), Severity.LOW), (("external-wiki",), None), ((), None)],
    )
    def test_an_integration_that_keeps_a_credential_is_told(
        self, slugs: tuple[str, ...], severity: Severity | None
    ) -> None:
        made = small()
        rows = [{"id": n, "slug": slug, "active": True, "title": slug} for n, slug in enumerate(slugs)]
        off = {"id": 9, "slug": "harbor", "active": False}
        made.project_put("acme/web", "integrations", *rows, off)
        found = verdicts(self.CHECK, made).findings
        assert [each.severity for each in found] == ([] if severity is None else [severity])

    def test_integrations_that_were_not_read_are_no_pass(self) -> None:
        assert unknown(verdicts(self.CHECK, small(), variant=forbidden("/projects/{id}/integrations"))) == 1
