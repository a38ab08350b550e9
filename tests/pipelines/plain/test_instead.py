"""How the same repository's pipelines get secrets already, with the line that shows it."""

import pytest

from pipewarden.pipelines.plain import instead_of
from tests.pipelines.plain import tokens

VAULT = """jobs:
  deploy:
    steps:
      - uses: hashicorp/vault-action@v3
        with:
          url: https://vault.acme.example
          secrets: |
            secret/data/ci/deploy token | DEPLOY_TOKEN ;
            secret/data/ci/registry password | REGISTRY_PASSWORD
"""


def test_paths_of_the_vault_action_are_known_with_their_lines():
    found = [(way.how, way.name, way.line) for way in instead_of("w.yml", VAULT)]
    assert found == [("vault", "secret/data/ci/deploy", 8), ("vault", "secret/data/ci/registry", 9)]


@pytest.mark.parametrize(
    ("text", "how", "name"),
    [
        ("role-to-assume: arn:aws:iam::123456789012:role/deploy", "aws", "arn:aws:iam::123456789012:role/deploy"),
        ("role: 'arn:aws-cn:iam::123456789012:role/ci/web'", "aws", "arn:aws-cn:iam::123456789012:role/ci/web"),
        (
            "workload_identity_provider: projects/1/locations/global/workloadIdentityPools/ci/providers/github",
            "gcp",
            "projects/1/locations/global/workloadIdentityPools/ci/providers/github",
        ),
        ("secrets: {DB: {vault: prod/db/password@kv}}", "vault", "prod/db/password@kv"),
        ("  inputs:\n    KeyVaultName: acme-prod", "azure", "acme-prod"),
        ("withVault([vaultSecrets: [[path: 'secret/ci/web', secretValues: []]]])", "vault", "secret/ci/web"),
    ],
)
def test_each_system_shows_it_in_its_own_words(text, how, name):
    (found,) = instead_of("x", text)
    assert (found.how, found.name, found.path, found.line) == (
        how,
        name,
        "x",
        text.count("\n", 0, text.index(name)) + 1,
    )


def test_a_path_without_a_vault_is_no_vault_path():
    assert instead_of("x", "secrets: |\n    a/b c | D\n") == []


def test_a_secret_in_the_place_of_a_path_is_not_repeated():
    token = tokens.classic("gh" + "p_")
    assert instead_of("x", f"secrets: {{A: {{vault: {token}/x@kv}}}}") == []
