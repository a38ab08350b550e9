"""The secrets and variables of acme."""

import pytest

from pipewarden.checks import secrets, variables
from pipewarden.checks.names import cloud_of, is_personal_token, is_production
from pipewarden.model.facets import Facet
from tests.checks.builder import Estate, days_ago

CI = "acme/web/.github/workflows/ci.yml"


def acme() -> Estate:
    estate = Estate().org("acme").member("alice", owner=True).member("bob")
    return estate.repo("acme/web").repo("acme/site", visibility="public").direct("bob", "acme/web", "write")


class TestSharing:
    def test_every_repository_gets_it(self) -> None:
        assert acme().secret("acme", "NPM_TOKEN", visibility="all").says(secrets.shared_with_all) == [
            "the secret acme/NPM_TOKEN is given to the jobs of every repository of acme (2 now)"
        ]
        assert acme().secret("acme", "NPM_TOKEN", visibility="private").says(secrets.shared_with_all) == [
            "the secret acme/NPM_TOKEN is given to the jobs of every private repository of acme (1 now)"
        ]
        assert acme().secret("acme", "NPM_TOKEN", visibility="selected").verdict(secrets.shared_with_all) == "1 passed"
        assert acme().secret("acme", "NPM_TOKEN").verdict(secrets.shared_with_all) == "1 unknown"

    def test_a_public_repository_is_on_the_list(self) -> None:
        for repo, verdict in (("acme/site", "1 failed"), ("acme/web", "1 passed")):
            estate = acme()
            estate.secret("acme", "NPM_TOKEN", visibility="selected", selected_repositories=[estate.ref(repo).key])
            assert estate.verdict(secrets.public_selected) == verdict
            if repo == "acme/site":
                assert estate.says(secrets.public_selected) == [
                    "the secret acme/NPM_TOKEN is given to 1 public repository (acme/site)"
                ]

    def test_without_the_list_of_repositories_it_is_not_known(self) -> None:
        estate = acme().secret("acme", "NPM_TOKEN", visibility="selected", selected_repositories=[])
        assert estate.gap("acme", Facet.REPO_SETTINGS).verdict(secrets.public_selected) == "1 unknown"

    def test_codespaces_get_it_everywhere(self) -> None:
        estate = acme().secret("acme", "REGISTRY", store="codespaces", visibility="all")
        assert estate.says(secrets.codespaces_broad) == [
            "the secret acme/REGISTRY is given to codespaces of every repository of acme"
        ]
        estate = acme().secret("acme", "REGISTRY", store="codespaces", visibility="selected")
        assert estate.verdict(secrets.codespaces_broad) == "1 passed"
        estate = acme().secret("acme", "REGISTRY", visibility="all")
        assert estate.verdict(secrets.codespaces_broad) == "1 passed", "those for jobs are another store"

    def test_dependabot_gets_it_everywhere(self) -> None:
        estate = acme().secret("acme", "REGISTRY", store="dependabot", visibility="all")
        assert estate.says(secrets.dependabot_broad) == [
            "the secret acme/REGISTRY is given to Dependabot in every repository of acme"
        ]
        estate = acme().secret("acme", "REGISTRY", store="dependabot", visibility="selected")
        assert estate.verdict(secrets.dependabot_broad) == "1 passed"


class TestAge:
    def test_written_366_days_ago(self) -> None:
        estate = acme().secret("acme/web", "KEY", updated_at=days_ago(366).isoformat())
        assert estate.says(secrets.stale) == ["the secret acme/web/KEY was last written on 2025-08-31, 366 days ago"]

    def test_written_a_year_ago_or_never_told(self) -> None:
        estate = acme().secret("acme/web", "KEY", updated_at=days_ago(365).isoformat())
        assert estate.verdict(secrets.stale) == "1 passed"
        assert acme().secret("acme/web", "KEY").verdict(secrets.stale) == "1 unknown"
        estate = acme().secret("acme/web", "KEY", updated_at=days_ago(900).isoformat()).set("acme/web", archived=True)
        assert estate.verdict(secrets.stale) == "1 not applicable"


class TestUse:
    def test_nothing_asks_for_it(self) -> None:
        assert acme().secret("acme/web", "KEY").says(secrets.unused) == ["no workflow asks for the secret acme/web/KEY"]

    def test_a_workflow_asks_for_it_in_other_letters(self) -> None:
        estate = acme().secret("acme/web", "KEY").workflow("acme/web").uses(CI, "secret", "key")
        assert estate.verdict(secrets.unused) == "1 passed"

    def test_a_workflow_takes_all_or_was_not_read(self) -> None:
        estate = acme().secret("acme/web", "KEY").workflow("acme/web").uses(CI, "secret", "(inherit)")
        assert estate.verdict(secrets.unused) == "1 unknown"
        assert (
            acme().secret("acme/web", "KEY").gap("acme/web", Facet.REPO_WORKFLOWS).verdict(secrets.unused)
            == "1 unknown"
        )
        estate = acme().secret("acme", "KEY", visibility="all").gap("acme/web", Facet.REPO_WORKFLOWS)
        assert estate.verdict(secrets.unused) == "1 unknown"

    def test_a_repository_that_was_not_listed_may_use_it(self) -> None:
        for scope, facet in (("acme", Facet.REPO_SETTINGS), ("acme/web", Facet.SOURCE)):
            estate = acme().secret("acme", "KEY", visibility="all").gap(scope, facet)
            assert estate.verdict(secrets.unused) == "1 unknown"


class TestPlace:
    def test_its_name_says_production(self) -> None:
        assert acme().secret("acme/web", "PROD_DB_PASSWORD").says(secrets.not_in_environment) == [
            "the secret acme/web/PROD_DB_PASSWORD is given to every job of acme/web: its name says that it is for production"
        ]
        estate = acme().environment("acme/web").secret("env:acme/web/production", "PROD_DB_PASSWORD")
        assert estate.verdict(secrets.not_in_environment) == "1 not applicable"
        assert acme().secret("acme/web", "STAGING_KEY").verdict(secrets.not_in_environment) == "1 passed"

    def test_a_job_deploys_to_production_with_it(self) -> None:
        estate = acme().secret("acme/web", "KEY").workflow("acme/web").environment("acme/web")
        estate.uses(CI, "secret", "KEY", environment="production")
        assert estate.says(secrets.not_in_environment) == [
            "the secret acme/web/KEY is given to every job of acme/web: jobs that deploy to production take it"
        ]
        estate.secret("env:acme/web/production", "KEY")
        assert estate.verdict(secrets.not_in_environment) == "1 passed, 1 not applicable"

    def test_bob_reads_it_alone(self) -> None:
        estate = acme().secret("acme/web", "KEY")
        assert estate.says(secrets.readers) == [
            "2 people can read 1 secret of acme/web without anybody else: alice and bob"
        ]
        assert acme().verdict(secrets.readers) == "2 not applicable"


class TestNames:
    def test_keys_of_clouds(self) -> None:
        assert acme().secret("acme/web", "AWS_SECRET_ACCESS_KEY").says(secrets.cloud_key) == [
            "the secret acme/web/AWS_SECRET_ACCESS_KEY is named like a long-lived key for AWS"
        ]
        assert acme().secret("acme/web", "AWS_REGION").verdict(secrets.cloud_key) == "1 passed"

    def test_tokens_of_people(self) -> None:
        assert acme().secret("acme/web", "RELEASE_PAT").says(secrets.personal_token) == [
            "the secret acme/web/RELEASE_PAT is named like a personal token or an app's key"
        ]
        assert acme().secret("acme/web", "PATH_PREFIX").verdict(secrets.personal_token) == "1 passed"

    @pytest.mark.parametrize("name", ["DEV_AWS_ACCESS_KEY_ID", "GCP_SA_KEY", "AZURE_CREDENTIALS", "ARM_CLIENT_SECRET"])
    def test_a_cloud_is_told(self, name: str) -> None:
        assert cloud_of(name)

    @pytest.mark.parametrize("name", ["AWS_ROLE_ARN", "GCP_PROJECT", "AZURE_CLIENT_ID", "DRAWS_ACCESS_KEY"])
    def test_none_is(self, name: str) -> None:
        assert not cloud_of(name)

    def test_words_count_not_letters(self) -> None:
        assert is_production("Prod-EU")
        assert not is_production("product")
        assert not is_production("pre-prod")
        assert is_personal_token("GH_TOKEN")
        assert not is_personal_token("PATCH_KEY")


class TestVariables:
    def test_a_value_looks_like_a_secret(self) -> None:
        assert acme().variable("acme/web", "API", looks_secret=True).says(variables.secretlike) == [
            "the value of the variable acme/web/API looks like a secret, and whoever can write can read it"
        ]
        assert acme().variable("acme/web", "API").verdict(variables.secretlike) == "1 passed"
        assert acme().variable("acme/web", "API").unset("var:acme/web/API", "looks_secret").verdict(
            variables.secretlike
        ) == ("1 unknown")

    def test_a_deployment_follows_a_variable(self) -> None:
        jobs = [{"id": "deploy", "environment": "production"}, {"id": "test", "environment": None}]
        for job, verdict in (("deploy", "1 failed"), ("test", "1 passed")):
            estate = acme().variable("acme/web", "CLUSTER").workflow("acme/web", jobs=jobs)
            estate.uses(CI, "variable", "CLUSTER", line=8, job=job)
            assert estate.verdict(variables.tamper) == verdict
            if job == "deploy":
                assert estate.says(variables.tamper) == [
                    f"whoever can write to acme/web can change 1 variable that {CI} deploys to production with (CLUSTER)"
                ]
        assert acme().workflow("acme/web", jobs=[]).verdict(variables.tamper) == "1 not applicable"
