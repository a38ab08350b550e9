"""Who can do everything in acme, and by which role."""

from typing import Any

from pipewarden.checks import administrators, roles
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause
from pipewarden.model.findings import Severity
from tests.checks.builder import Estate, days_ago

SAML = {"issuer": "https://idp.acme.example"}


def owned_by(*logins: str, **attributes: Any) -> Estate:
    return Estate().org("acme", base="none", **attributes).members(*logins, owner=True)


class TestOwners:
    def test_four_are_too_many(self) -> None:
        estate = owned_by("alice", "bob", "carol", "dave")
        assert estate.says(administrators.owners_too_many) == [
            "acme has 4 owners, more than 3: alice, bob, carol and dave"
        ]

    def test_three_are_fine(self) -> None:
        estate = owned_by("alice", "bob", "carol")
        assert estate.verdict(administrators.owners_too_many) == "1 passed"
        assert estate.verdict(administrators.owners_too_few) == "1 passed"

    def test_one_is_too_few(self) -> None:
        assert owned_by("alice").says(administrators.owners_too_few) == ["only alice owns acme: nobody can stand in"]

    def test_a_machine_cannot_stand_in(self) -> None:
        assert len(owned_by("alice", "deploybot").says(administrators.owners_too_few)) == 1

    def test_two_are_enough(self) -> None:
        assert owned_by("alice", "bob").verdict(administrators.owners_too_few) == "1 passed"

    def test_none_read_is_not_none(self) -> None:
        estate = Estate().org("acme").member("bob")
        assert estate.verdict(administrators.owners_too_few) == "1 unknown"
        assert estate.verdict(administrators.owners_too_many) == "1 unknown"

    def test_alice_owns_without_a_second_factor(self) -> None:
        estate = owned_by("alice").set("alice", mfa="disabled").member("bob", mfa="disabled")
        assert estate.says(administrators.owner_mfa_disabled) == ["alice owns acme and has no second factor"]

    def test_alice_has_one(self) -> None:
        estate = owned_by("alice").set("alice", mfa="enabled").member("bob", mfa="disabled")
        assert estate.verdict(administrators.owner_mfa_disabled) == "1 passed"

    def test_an_owner_of_managed_users(self) -> None:
        estate = owned_by("alice", emu=True).set("alice", mfa="disabled")
        assert estate.verdict(administrators.owner_mfa_disabled) == "1 not applicable"

    def test_deploybot_owns(self) -> None:
        estate = owned_by("alice", "deploybot", samlIdentityProvider=None)
        assert estate.says(administrators.owner_is_outsider) == ["deploybot is the account of a machine and owns acme"]

    def test_alice_is_not_linked(self) -> None:
        estate = owned_by("alice", samlIdentityProvider=SAML)
        assert estate.says(administrators.owner_is_outsider) == [
            "alice owns acme and is linked to no identity of its single sign-on"
        ]

    def test_alice_is_linked(self) -> None:
        estate = owned_by("alice", samlIdentityProvider=SAML).set("alice", saml={"nameId": "alice@acme.example"})
        assert estate.verdict(administrators.owner_is_outsider) == "1 passed"

    def test_a_machine_is_told_even_where_single_sign_on_was_not_read(self) -> None:
        estate = owned_by("alice", "deploybot").gap("acme", Facet.ORG_SAML)
        assert estate.verdict(administrators.owner_is_outsider) == "1 failed, 1 unknown"

    def test_alice_was_not_seen_for_half_a_year(self) -> None:
        estate = owned_by("alice").account("alice", last_used=days_ago(181))
        assert estate.says(administrators.owner_stale) == [
            "alice owns acme and has not been seen since 2026-03-04, 181 days ago"
        ]

    def test_180_days_are_still_fine_and_nothing_read_is_unknown(self) -> None:
        assert (
            owned_by("alice").account("alice", last_used=days_ago(180)).verdict(administrators.owner_stale)
            == "1 passed"
        )
        assert owned_by("alice").verdict(administrators.owner_stale) == "1 unknown"


class TestOrganizationRoles:
    def roles(self) -> Estate:
        estate = owned_by("alice").member("bob").team("acme/platform", "bob", "dave")
        estate.role("org_role:1", "all_repo_write", level="write").role("org_role:2", "all_repo_triage", level="triage")
        return estate

    def test_a_team_writes_everywhere(self) -> None:
        estate = self.roles().org_role("acme/platform", "org_role:1")
        assert estate.says(roles.role_all_repo) == [
            "team acme/platform (2 people) holds the organization role “all_repo_write”: write on every repository of acme"
        ]

    def test_triage_everywhere_writes_nothing(self) -> None:
        assert self.roles().org_role("bob", "org_role:2").verdict(roles.role_all_repo) == "1 passed"

    def test_a_role_that_was_not_described_is_unknown(self) -> None:
        assert self.roles().org_role("bob", "org_role:99").verdict(roles.role_all_repo) == "1 unknown"

    def test_bob_runs_the_pipelines_of_all(self) -> None:
        estate = self.roles().role("org_role:3", "CI/CD Admin").org_role("bob", "org_role:3")
        assert estate.says(roles.role_cicd_admin) == [
            "bob can change Actions policies, runners and secrets of all acme by the organization role “CI/CD Admin”"
        ]

    def test_another_role_does_not_run_them(self) -> None:
        assert self.roles().org_role("bob", "org_role:2").verdict(roles.role_cicd_admin) == "1 passed"

    def test_bob_can_rewrite_his_own_role(self) -> None:
        estate = self.roles().role("org_role:4", "Keeper", permissions={"write_organization_custom_org_role": "write"})
        verdicts = estate.org_role("bob", "org_role:4").judge(roles.role_escalation)
        assert [finding.says for finding in verdicts.findings] == [
            "the organization role “Keeper” of acme can rewrite organization roles; it is held by bob"
        ]
        assert verdicts.findings[0].severity is Severity.CRITICAL

    def test_nobody_holds_it_yet(self) -> None:
        estate = self.roles().role("org_role:4", "Keeper", permissions={"write_organization_custom_repo_role": "write"})
        finding = estate.judge(roles.role_escalation).findings[0]
        assert (
            finding.says == "the organization role “Keeper” of acme can rewrite repository roles; nobody holds it yet"
        )
        assert finding.severity is Severity.MEDIUM

    def test_a_role_that_only_reads_roles(self) -> None:
        estate = self.roles().role("org_role:4", "Reader", permissions={"read_organization_custom_org_role": "read"})
        assert estate.verdict(roles.role_escalation) == "1 passed"

    def test_nobody_watches(self) -> None:
        assert self.roles().says(roles.security_manager) == [
            "nobody is a security manager of acme: only its owners see all alerts"
        ]

    def test_a_team_watches(self) -> None:
        estate = (
            self.roles().role("org_role:5", "security_manager", level="read").org_role("acme/platform", "org_role:5")
        )
        assert estate.verdict(roles.security_manager) == "1 passed"

    def test_a_crowd_watches(self) -> None:
        estate = self.roles().team("acme/everyone", *(f"u{number}" for number in range(16)))
        estate.org_role("acme/everyone", "org_role:security_manager").role(
            "org_role:security_manager", "Security manager"
        )
        assert estate.says(roles.security_manager) == [
            "team acme/everyone (16 people) is security manager of acme: more than 15 people read every repository and alert"
        ]

    def test_fifteen_are_a_team(self) -> None:
        estate = self.roles().team("acme/everyone", *(f"u{number}" for number in range(15)))
        assert (
            estate.org_role("acme/everyone", "org_role:security_manager").verdict(roles.security_manager) == "1 passed"
        )

    def test_nobody_found_and_roles_not_read_is_unknown(self) -> None:
        assert self.roles().gap("acme", Facet.ORG_ROLES).verdict(roles.security_manager) == "1 unknown"


class TestRepositories:
    def web(self, *admins: str) -> Estate:
        estate = owned_by("alice").repo("acme/web").team("acme/platform", *admins)
        return estate.team_on("acme/platform", "acme/web", "admin")

    def test_four_administrators_beside_the_owners(self) -> None:
        estate = self.web("bob", "carol", "dave", "mallory")
        assert estate.says(administrators.admins_too_many) == [
            "acme/web has 4 administrators beside the owners, more than 3: bob, carol, dave and mallory"
        ]

    def test_three_beside_the_owner(self) -> None:
        assert self.web("alice", "bob", "carol", "dave").verdict(administrators.admins_too_many) == "1 passed"

    def test_only_the_owner(self) -> None:
        assert self.web().says(administrators.admins_too_few) == ["only alice can administer acme/web"]

    def test_the_owner_and_bob(self) -> None:
        assert self.web("bob").verdict(administrators.admins_too_few) == "1 passed"

    def test_nobody_read_is_unknown(self) -> None:
        assert Estate().org("acme", base="none").repo("acme/web").verdict(administrators.admins_too_few) == "1 unknown"

    def test_organization_roles_that_were_refused_may_administer_too(self) -> None:
        assert self.web("bob").gap("acme", Facet.ORG_ROLES).verdict(administrators.admins_too_few) == "1 unknown"
        assert self.web("bob").gap("acme", Facet.ORG_ROLES).verdict(administrators.admins_too_many) == "1 unknown"

    def test_a_plan_without_organization_roles_has_none(self) -> None:
        estate = self.web("bob").gap("acme", Facet.ORG_ROLES, Cause.PLAN)
        assert estate.verdict(administrators.admins_too_few) == "1 passed"

    def test_bob_administers_by_name(self) -> None:
        estate = self.web().direct("bob", "acme/web", "admin").direct("carol", "acme/web", "maintain")
        assert estate.says(administrators.admin_user_direct) == [
            "bob holds admin on acme/web directly, not through a team"
        ]

    def test_an_owner_loses_nothing(self) -> None:
        finding = self.web().direct("alice", "acme/web", "admin").judge(administrators.admin_user_direct).findings[0]
        assert finding.severity is Severity.LOW
        assert finding.says.endswith("(taking it away changes nothing while they own the organization)")

    def test_an_outside_collaborator_is_told_by_another_check(self) -> None:
        estate = self.web().outsider("dave").direct("dave", "acme/web", "admin")
        assert estate.verdict(administrators.admin_user_direct) == "1 passed"

    def test_a_team_administers(self) -> None:
        assert self.web("bob").verdict(administrators.admin_user_direct) == "1 passed"


class TestEnterprise:
    def corp(self, count: int) -> Estate:
        estate = Estate().enterprise()
        for number in range(count):
            estate.enterprise_owner(f"u{number}")
        return estate

    def test_six_owners(self) -> None:
        assert self.corp(6).says(administrators.enterprise_owners_excess) == [
            "enterprise acme-corp has 6 owners, more than 5: u0, u1, u2, u3, u4 and u5"
        ]

    def test_five_owners(self) -> None:
        assert self.corp(5).verdict(administrators.enterprise_owners_excess) == "1 passed"

    def test_mallory_owns_under_a_foreign_identity(self) -> None:
        estate = self.corp(2).enterprise_owner("mallory", saml={"nameId": "mallory@evil.example"})
        estate.enterprise_owner("alice", saml={"nameId": "alice@acme.example"})
        assert estate.verdict(administrators.enterprise_owners_excess) == "1 passed"
        estate.org("acme", domains=[{"domain": "acme.example", "isVerified": True}])
        assert estate.says(administrators.enterprise_owners_excess) == [
            "mallory owns enterprise acme-corp under an identity of evil.example"
        ]

    def test_none_read(self) -> None:
        assert self.corp(0).verdict(administrators.enterprise_owners_excess) == "1 unknown"
