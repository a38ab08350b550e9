"""`who-can use_secret` over every system: by what jobs call it, what settings hand to jobs unasked, and who holds the rest."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipewarden.cli.main import main


def ask(*words: str) -> str:
    done = CliRunner().invoke(main, [*words], env={"COLUMNS": "160"})
    assert done.exit_code == 0, done.output
    return done.output


def jobs(secret: str) -> dict[str, str]:
    found = json.loads(CliRunner().invoke(main, ["--demo", "who-can", "use_secret", secret, "--format", "json"]).stdout)
    return {each["job"].rpartition("/")[2]: each["how"] for each in found["jobs"]}


@pytest.mark.parametrize("asked", ["secret:acme/platform/deploy/DEPLOY_TOKEN", "DEPLOY_TOKEN"])
def test_a_variable_of_gitlab_is_handed_to_jobs_that_do_not_name_it(asked: str) -> None:
    found = jobs(asked)
    assert found[".gitlab-ci.yml#ship"] == "by name, step 1"
    assert found[".gitlab-ci.yml#build"] == "handed by the settings"
    assert ("deploy.yml#deploy" in found) == (asked == "DEPLOY_TOKEN"), "an address names one secret, a name all"


def test_a_protected_variable_is_handed_on_protected_branches_and_one_of_an_environment_to_its_jobs() -> None:
    assert set(jobs("DB_PASSWORD").values()) == {"handed on protected branches"}
    assert jobs("KUBE_CONFIG") == {".gitlab-ci.yml#ship": "handed by the settings"}


@pytest.mark.parametrize("address", ["vault:acme/secret/prod/root-ca", "secret:jenkins:acme/web/prod-kubeconfig"])
def test_where_no_job_takes_it_by_name_those_who_hold_it_are_told(address: str) -> None:
    told = ask("--demo", "who-can", "use_secret", address)
    assert f"no job that was read takes {address} by name; these hold it" in told
    assert "Carol (left)" in told


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".gitlab-ci.yml", "deploy:\n  script: ./deploy.sh\n"),
        ("bitbucket-pipelines.yml", "pipelines:\n  default:\n    - step:\n        script: [./deploy.sh]\n"),
    ],
)
def test_a_checkout_says_that_the_settings_hand_jobs_what_was_not_read(tmp_path: Path, path: str, text: str) -> None:
    (tmp_path / path).write_text(text)
    told = " ".join(ask("pipelines", str(tmp_path)).split())
    assert "the variables of its settings" in told
    assert "no more than reading" not in told


def test_a_checkout_of_github_has_nothing_that_it_does_not_name(tmp_path: Path) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "ci.yml").write_text(
        "on: push\npermissions: {}\njobs: {t: {runs-on: ubuntu-latest, steps: [{run: make}]}}\n"
    )
    assert "the variables of its settings" not in ask("pipelines", str(tmp_path))


def test_a_job_that_reads_a_secret_of_the_vault_is_told_by_its_address() -> None:
    found = jobs("vault:acme/secret/prod/db")
    assert found == {"nightly.yml#copy": "by name, step 2 (hashicorp/vault-action)"}
    told = " ".join(ask("--demo", "who-can", "read_secret", "vault:acme/secret/prod/db").split())
    assert "1 job of pipelines can read it too, the first acme/api/.github/workflows/nightly.yml#copy" in told


def test_secrets_of_the_same_name_that_no_job_takes_are_named_with_the_command() -> None:
    told = " ".join(ask("--demo", "who-can", "use_secret", "NPM_TOKEN").split())
    assert "2 other secrets are called so, which no job that was read is known to take; who holds them:" in told
    assert "`pipewarden --demo who-can use_secret secret:acme/NPM_TOKEN`" in told
    assert "called so" not in ask("--demo", "who-can", "use_secret", "NETLIFY_TOKEN")
    answer = CliRunner().invoke(main, ["--demo", "who-can", "use_secret", "NPM_TOKEN", "--format", "json"]).stdout
    others = json.loads(answer)["also_called_so"]
    assert others == ["secret:acme/NPM_TOKEN", "secret:acme/NPM_TOKEN (dependabot)"]
    for each in others:
        assert "no job that was read takes" in ask("--demo", "who-can", "use_secret", each)


@pytest.mark.parametrize("form", ["table", "csv", "markdown"])
def test_each_job_is_told_with_its_repository_and_a_file_holds_every_name(form: str) -> None:
    told = CliRunner().invoke(
        main, ["--demo", "who-can", "use_secret", "NPM_TOKEN", "--format", form], env={"COLUMNS": "300"}
    )
    assert "acme/platform/deploy .gitlab-ci.yml#ship" in told.stdout.replace("\\", "")
    assert ("and 5 more" in told.stdout) == (form == "table")
    assert ("ivan" in told.stdout) == (form != "table")


def test_a_secret_that_a_step_reads_from_a_store_outside(tmp_path: Path) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    step = "{uses: 1password/load-secrets-action@v2, env: {NPM: 'op://ci/npm/token', OP: '${{ secrets.OP }}'}}"
    (folder / "ci.yml").write_text(f"on: push\njobs: {{t: {{runs-on: ubuntu-latest, steps: [{step}]}}}}\n")
    told = ask("who-can", "use_secret", "op://ci/npm/token", "--in", str(tmp_path))
    assert "1 job can use op://ci/npm/token" in told
    assert "op://ci/npm/token" in ask("pipelines", str(tmp_path), "--secret", "op://ci/npm/token")
    shown = json.loads(ask("pipelines", str(tmp_path), "--format", "json"))
    assert [each["store"] for each in shown["jobs"][0]["secrets"]] == [None, "op"]


def test_what_a_job_of_gitlab_reads_from_a_store_is_found_by_any_name_that_it_can_have(tmp_path: Path) -> None:
    (tmp_path / ".gitlab-ci.yml").write_text(
        "ship: {script: x, secrets: {DB: {vault: prod/db/password@secret}}}\n"
        "copy: {script: x, secrets: {DB: {gcp_secret_manager: {name: db}}}}\n"
    )
    for asked, job in (
        ("vault:secret/prod/db", "ship"),
        ("vault:secret/data/prod/db", "ship"),
        ("gcp:*/db", "copy"),
        ("gcp:acme-prod/db", "copy"),
    ):
        told = ask("who-can", "use_secret", asked, "--in", str(tmp_path))
        assert f".gitlab-ci.yml#{job}" in told
        assert "1 job can use" in told
    for other in ("vault:secret/prod/other", "vault:kv-v2/prod/db", "gcp:acme-prod/other"):
        words = ["who-can", "use_secret", other, "--in", str(tmp_path)]
        assert "there is no resource called" in str(CliRunner().invoke(main, words).exception)


def test_what_settings_hand_to_every_job_is_nothing_of_a_store(tmp_path: Path) -> None:
    (tmp_path / ".gitlab-ci.yml").write_text("build: {script: make}\n")
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    step = "{uses: 1password/load-secrets-action@v2, env: {NPM: 'op://ci/npm/token', OP: '${{ secrets.OP }}'}}"
    (folder / "ci.yml").write_text(f"on: push\njobs: {{t: {{runs-on: ubuntu-latest, steps: [{step}]}}}}\n")
    assert "1 job can use op://ci/npm/token" in ask("who-can", "use_secret", "op://ci/npm/token", "--in", str(tmp_path))
    assert ".gitlab-ci.yml#build" in ask("who-can", "use_secret", "OP", "--in", str(tmp_path))


def test_a_path_says_in_words_how_a_job_of_another_system_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "azure-pipelines.yml").write_text(
        "trigger: [main]\npr: [main]\npool: own\nsteps:\n- {task: Deploy@1, inputs: {azureSubscription: prod}}\n"
        "- bash: echo $(Build.SourceVersionMessage)\n"
    )
    told = " ".join(ask("reach", "fork", "--in", str(tmp_path)).split())
    assert "(it runs text of others as commands, at line 6)" in told
    assert "ado.pipe" not in told


def test_builds_of_forks_run_their_own_code_whatever_a_check_tells_of_them(tmp_path: Path) -> None:
    (tmp_path / "azure-pipelines.yml").write_text(
        "pr: [main]\npool: own\nsteps:\n- {task: Deploy@1, inputs: {azureSubscription: prod}}\n"
    )
    told = " ".join(ask("reach", "fork", "--in", str(tmp_path)).split())
    assert "own commands" in told
    assert "at line" not in told


def test_a_secret_of_a_cloud_is_found_by_its_full_name_and_by_either_name_of_its_project(tmp_path: Path) -> None:
    arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-Ab12Cd"
    (tmp_path / ".gitlab-ci.yml").write_text(
        f"ship: {{script: x, secrets: {{DB: {{aws_secrets_manager: {{secret_id: '{arn}'}}}}}}}}\n"
        "copy: {script: x, secrets: {DB: {aws_secrets_manager: {secret_id: prod/db}}}}\n"
        "one: {script: x, secrets: {N: {gcp_secret_manager: {name: projects/1234567/secrets/npm}}}}\n"
        "two: {script: x, secrets: {N: {gcp_secret_manager: {name: projects/acme-prod/secrets/npm}}}}\n"
    )
    for asked in (arn, "aws:prod/db"):
        assert "2 jobs can use aws:prod/db" in ask("who-can", "use_secret", asked, "--in", str(tmp_path))
    words = ("who-can", "use_secret", "gcp:acme-prod/npm", "--in", str(tmp_path), "--format", "json")
    found = {each["job"].partition("#")[2]: each["certain"] for each in json.loads(ask(*words))["jobs"]}
    assert found == {"two": True, "one": False}
    full = ask("who-can", "use_secret", "projects/1234567/secrets/npm", "--in", str(tmp_path))
    assert "gcp:1234567/npm" in full
    assert ".gitlab-ci.yml#ship" in ask("pipelines", str(tmp_path), "--secret", arn)
