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
