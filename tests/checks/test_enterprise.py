"""The enterprise that acme belongs to."""

from pipewarden.checks import enterprise
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, GrantKind
from pipewarden.model.ids import Kind
from tests.checks.builder import Estate

DECIDED = dict.fromkeys(enterprise.POLICIES, "DISABLED")


class TestPolicies:
    def test_two_are_left_open(self) -> None:
        open_ones = {"twoFactorRequiredSetting": "NO_POLICY", "membersCanDeleteRepositoriesSetting": "NO_POLICY"}
        estate = Estate().enterprise(owner_info=DECIDED | open_ones).org("acme")
        assert estate.says(enterprise.policies_unset) == [
            "enterprise acme-corp leaves 2 decisions to its organizations: a second factor and who deletes repositories"
        ]

    def test_all_are_decided(self) -> None:
        assert Estate().enterprise(owner_info=DECIDED).verdict(enterprise.policies_unset) == "1 passed"

    def test_one_was_not_told(self) -> None:
        told = {key: value for key, value in DECIDED.items() if key != "twoFactorRequiredSetting"}
        assert Estate().enterprise(owner_info=told).verdict(enterprise.policies_unset) == "1 unknown"

    def test_managed_users_have_no_second_factor_here(self) -> None:
        estate = Estate().enterprise(owner_info=DECIDED | {"twoFactorRequiredSetting": "NO_POLICY"})
        assert estate.org("acme", emu=True).verdict(enterprise.policies_unset) == "1 passed"


class TestDeployKeys:
    def test_left_to_the_organizations(self) -> None:
        estate = Estate().enterprise(owner_info={"repositoryDeployKeySetting": "NO_POLICY"})
        assert estate.says(enterprise.deploy_key_policy) == [
            "enterprise acme-corp leaves deploy keys to its organizations"
        ]
        estate = Estate().enterprise(owner_info={"repositoryDeployKeySetting": "ENABLED"})
        assert estate.says(enterprise.deploy_key_policy) == ["enterprise acme-corp allows deploy keys"]

    def test_switched_off_or_not_told(self) -> None:
        estate = Estate().enterprise(owner_info={"repositoryDeployKeySetting": "DISABLED"})
        assert estate.verdict(enterprise.deploy_key_policy) == "1 passed"
        assert Estate().enterprise().verdict(enterprise.deploy_key_policy) == "1 unknown"


class TestRoles:
    def governed(self, **permissions: str) -> Estate:
        estate = Estate().enterprise().org("acme").team("acme/auditors", "bob", "dave")
        estate.role("ent_role:7", "Enterprise Auditor", permissions=permissions)
        auditors, enterprise_ref = estate.ref("acme/auditors", Kind.GROUP), estate.ref("acme-corp", Kind.ENTERPRISE)
        estate._grant(auditors, enterprise_ref, "ent_role:7", GrantKind.ORG_ROLE)
        return estate

    def test_a_team_may_change_what_holds_for_all_organizations(self) -> None:
        estate = self.governed(write_enterprise_security_configuration="write", read_enterprise_audit_logs="write")
        assert estate.says(enterprise.role_assignments) == [
            "team acme/auditors (2 people) can change all organizations of acme-corp by its role “Enterprise Auditor”"
        ]

    def test_who_only_reads_changes_nothing(self) -> None:
        assert self.governed(read_enterprise_audit_logs="write").verdict(enterprise.role_assignments) == "1 passed"

    def test_what_was_not_read_is_not_nobody(self) -> None:
        for facet in (Facet.ENT_ROLES, Facet.ENT_TEAMS):
            estate = self.governed().gap("acme-corp", facet, Cause.FORBIDDEN)
            assert estate.verdict(enterprise.role_assignments) == "1 unknown"


class TestSetupUser:
    def test_it_owns_the_organization(self) -> None:
        estate = Estate().org("acme", emu=True).member("acme_admin", owner=True).member("bob_acme")
        assert estate.says(enterprise.emu_misuse) == ["acme_admin is the setup user of the enterprise and owns acme"]

    def test_it_is_left_alone(self) -> None:
        estate = Estate().org("acme", emu=True).member("alice_acme", owner=True)
        assert estate.verdict(enterprise.emu_misuse) == "1 passed"

    def test_without_managed_users_the_name_means_nothing(self) -> None:
        estate = Estate().org("acme", emu=False).member("bob_admin")
        assert estate.verdict(enterprise.emu_misuse) == "1 not applicable"
        assert Estate().org("acme").member("bob_admin").verdict(enterprise.emu_misuse) == "1 unknown"
