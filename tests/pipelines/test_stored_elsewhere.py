"""What Jenkins and Azure read from a vault is told by the same address as by any other system."""

import pytest

from pipewarden.model.jobs import TakenSecret
from pipewarden.pipelines.azure import read_azure
from pipewarden.pipelines.effective import effective_jobs
from tests.pipelines.jenkins.reading import declarative, stage
from tests.pipelines.jenkins.reading import read as jenkins


def of_jenkins(path: str) -> TakenSecret:
    inside = f"withVault([vaultSecrets: [[path: {path}, secretValues: [[envVar: 'P', vaultKey: 'p']]]]]) {{ sh 'x' }}"
    [job] = effective_jobs(jenkins(declarative(stage(inside))), ())
    [taken] = job.secrets
    return taken


@pytest.mark.parametrize(
    ("path", "name", "certain"),
    [("'secret/prod/db'", "vault:secret/prod/db", True), ("pathOf(STAGE)", "vault:*", False)],
)
def test_a_stage_of_jenkins_reads_a_path_of_a_vault(path, name, certain):
    taken = of_jenkins(path)
    assert (taken.name, taken.store, taken.kind, taken.form) == (name, "vault", "store", "named")
    assert taken.certain is certain


@pytest.mark.parametrize(
    ("vault", "wanted", "names"),
    [
        ("acme-kv", "'npm, db'", ["azure:acme-kv/npm", "azure:acme-kv/db"]),
        ("acme-kv", "'*'", ["azure:acme-kv/*"]),
        ("$(vault)", "npm", ["azure:*"]),
    ],
)
def test_the_task_of_azure_reads_secrets_of_a_key_vault(vault, wanted, names):
    text = f"pool: {{vmImage: a}}\nsteps:\n- task: AzureKeyVault@2\n  inputs: {{KeyVaultName: {vault}, SecretsFilter: {wanted}}}\n"
    [job] = effective_jobs(read_azure("azure-pipelines.yml", text), ())
    found = [each for each in job.secrets if each.store]
    assert [each.name for each in found] == names
    assert {each.certain for each in found} == {"*" not in names[0]}


def test_a_credential_of_jenkins_is_in_no_store_outside():
    inside = "withCredentials([string(credentialsId: 'secret/prod/db', variable: 'T')]) { sh 'x' }"
    [job] = effective_jobs(jenkins(declarative(stage(inside))), ())
    assert [(each.name, each.store) for each in job.secrets] == [("secret/prod/db", "")]
