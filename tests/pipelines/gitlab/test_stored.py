"""What `secrets:` reads from stores outside, by the address that each store knows it under."""

import pytest

from pipewarden.pipelines.effective import effective_jobs
from tests.pipelines.gitlab.story import job, read

IDENTITY = "id_tokens: {T: {aud: https://vault.acme.example}}, "


def named(secret: str, before: str = "") -> list[tuple[str, str, bool]]:
    """Return what a job reads by one entry of `secrets:`: name, store, and whether it is sure."""
    found = job(f"{before}deploy: {{script: make, secrets: {{DB: {secret}}}}}\n").secrets
    return [(each.name, each.store, each.certain) for each in found]


@pytest.mark.parametrize(
    ("secret", "name"),
    [
        ("{vault: prod/db/password@secret}", "vault:secret/prod/db"),
        ("{vault: prod/db/password@team/secret}", "vault:team/secret/prod/db"),
        ("{vault: prod/db/password}", "vault:kv-v2/prod/db"),
        ("{vault: {engine: {name: kv-v2, path: secret}, path: prod/db, field: password}}", "vault:secret/prod/db"),
        ("{aws_secrets_manager: prod/db#password}", "aws:prod/db"),
        ("{aws_secrets_manager: {secret_id: prod/db, field: password}}", "aws:prod/db"),
        (
            "{aws_secrets_manager: {secret_id: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db'}}",
            "aws:prod/db",
        ),
        ("{gcp_secret_manager: {name: projects/acme-prod/secrets/db/versions/3}}", "gcp:acme-prod/db"),
    ],
)
def test_a_secret_is_called_as_its_store_calls_it(secret, name):
    assert named(secret) == [(name, name.partition(":")[0], True)]


def test_variables_of_the_file_tell_which_vault_or_project_is_meant():
    azure = "{azure_key_vault: {name: db}}"
    server = "variables: {AZURE_KEY_VAULT_SERVER_URL: 'https://acme-kv.vault.azure.net'}\n"
    assert named(azure, server) == [("azure:acme-kv/db", "azure", True)]
    assert named(azure) == [("azure:*/db", "azure", False)]
    google = "{gcp_secret_manager: {name: db, version: 1}}"
    assert named(google, "variables: {GCP_PROJECT_NUMBER: '42'}\n") == [("gcp:42/db", "gcp", True)]
    assert named(google) == [("gcp:*/db", "gcp", False)]
    vault = "{vault: $STAGE/db/password@secret}"
    assert named(vault, "variables: {STAGE: prod}\n") == [("vault:secret/prod/db", "vault", True)]
    assert named(vault) == [("vault:secret/*/db", "vault", False)]
    assert named("{vault: $WHICH}") == [("vault:*", "vault", False)]
    space = "variables: {VAULT_NAMESPACE: team}\n"
    assert named("{vault: prod/db/password@secret}", space) == [("vault:team/secret/prod/db", "vault", True)]


def test_each_value_of_a_matrix_is_a_secret():
    text = "deploy: {script: make, parallel: {matrix: [{STAGE: [dev, prod]}]}, secrets: {DB: {vault: $STAGE/db/p@secret}}}\n"
    assert [each.name for each in job(text).secrets] == ["vault:secret/dev/db", "vault:secret/prod/db"]


def test_what_gitlab_keeps_itself_is_in_no_store_outside():
    assert named("{gitlab_secrets_manager: {name: db}}") == [("db", "", True)]
    assert named("{akeyless: {name: /prod/db}}") == [("/prod/db", "", True)]


def test_a_job_tells_the_store_and_where_it_is():
    text = (
        "variables: {VAULT_SERVER_URL: 'https://vault.acme.example'}\n"
        f"deploy: {{script: make, {IDENTITY}secrets: {{DB: {{vault: prod/db/password@secret, token: $T}}}}}}\n"
    )
    [deploy] = effective_jobs(read(text), ())
    [taken] = deploy.secrets
    assert (taken.name, taken.kind, taken.store, taken.address, taken.by_identity) == (
        "vault:secret/prod/db",
        "store",
        "vault",
        "https://vault.acme.example",
        True,
    )
    [without] = effective_jobs(read("deploy: {script: make, secrets: {DB: {vault: prod/db/password@secret}}}\n"), ())
    assert (without.secrets[0].address, without.secrets[0].by_identity) == ("", False)
