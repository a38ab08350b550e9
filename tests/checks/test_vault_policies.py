"""Checks about a vault's policies."""

from pipewarden.checks import vault_policies
from tests.checks.builder import Estate
from tests.checks.vault_estate import Vault


def vault() -> Vault:
    made = Vault(Estate())
    made.mount("secret", "kv", kv_version=2)
    return made


class TestWildcard:
    def test_a_policy_over_a_whole_mount(self) -> None:
        made = vault()
        made.entity("carol", made.policy("prod-admin", ("secret/*", "create read"), ("secret/data/prod/x", "read")))
        [says] = made.estate.says(vault_policies.wildcard)
        assert says == "policy prod-admin gives everything below secret/*, to 1 holder"

    def test_over_everything_and_over_the_data_of_any_mount(self) -> None:
        made = vault()
        made.policy("all", ("*", "read"))
        made.policy("any", ("+/data/*", "read"))
        assert len(made.estate.says(vault_policies.wildcard)) == 2

    def test_sudo_below_a_path(self) -> None:
        made = vault()
        made.policy("operator", ("sys/*", "read sudo"))
        assert made.estate.says(vault_policies.wildcard) == ["policy operator gives sudo below sys/*"]

    def test_a_folder_a_listing_and_a_denial_are_no_finding(self) -> None:
        made = vault()
        made.policy("team", ("secret/data/team/*", "read"))
        made.policy("lister", ("secret/metadata/*", "list"))
        made.policy("shut", ("secret/*", "deny"))
        assert made.estate.says(vault_policies.wildcard) == []


class TestSelfWrite:
    def said(self, *rules: tuple[str, str]) -> list[str]:
        made = vault()
        for path, kind in (("auth/approle", "approle"), ("auth/jwt", "jwt")):
            made.mount(path, kind)
        made.entity("heidi", made.policy("keeper", *rules))
        return made.estate.says(vault_policies.self_write)

    def test_each_way_to_give_oneself_rights_is_named(self) -> None:
        for path, words, what in (
            ("sys/policies/acl/*", "update", "policies"),
            ("auth/jwt/role/*", "create", "roles that log in"),
            ("auth/token/roles/*", "update", "token roles"),
            ("auth/token/create", "update sudo", "tokens of any policy"),
            ("auth/approle/role/+/secret-id", "update", "secret ids of any role"),
        ):
            [says] = self.said((path, words))
            assert says == f"policy keeper lets 1 holder write {what}, and so give themselves any right"

    def test_what_leads_nowhere_is_no_finding(self) -> None:
        for path, words in (
            ("auth/token/create", "update"),  # a subset of one's own policies
            ("auth/token/create", "sudo"),
            ("auth/approle/role/reader/secret-id", "update"),  # one role, which is granted by name
            ("auth/jwt/role/mine", "update read"),
            ("sys/policies/acl/*", "read list"),
        ):
            assert self.said((path, words)) == []
