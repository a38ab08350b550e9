"""Identities in place of keys: the inputs that change, the scope that comes with them, and where no edit is offered."""

import pytest

from pipewarden.pipelines.least.identities import identities
from pipewarden.pipelines.least.inputs import with_inputs
from pipewarden.pipelines.least.kinds import Around, Default, EditKind, Outcome
from pipewarden.pipelines.least.places import CannotEditError
from pipewarden.pipelines.workflow import read_workflow

PATH = ".github/workflows/ship.yml"
AWS = """\
on:
  push:
    branches: [main]
jobs:
  build:
    runs-on: ubuntu-latest
    permissions:
      contents: read # the code
    steps:
      - uses: actions/checkout@v4
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          # until somebody has time
          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }} # rotate
          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
          aws-region: eu-west-1
      - run: aws s3 ls
"""


def planned(text: str, *others: str, default: Default = None) -> Outcome:
    workflows = [read_workflow(PATH, text)]
    assert workflows[0].faults == ()
    workflows += [read_workflow(f".github/workflows/other{n}.yml", other) for n, other in enumerate(others)]
    return identities(PATH, text, Around(repository="acme/web", workflows=tuple(workflows), default=default))


def step(uses: str, *inputs: str) -> str:
    """A job with one step of an action; its scopes are stated."""
    rows = "".join(f"          {each}\n" for each in inputs)
    return (
        "on:\n  push:\n    branches: [main]\njobs:\n  build:\n    runs-on: ubuntu-latest\n    permissions: {}\n"
        f"    steps:\n      - uses: {uses}\n        with:\n{rows}"
    )


def test_a_key_of_aws_becomes_a_role_and_every_other_character_stays() -> None:
    made = planned(AWS)
    wanted = AWS.replace(
        "          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }} # rotate\n"
        "          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n",
        "          role-to-assume: ${{ vars.AWS_ROLE_TO_ASSUME }} # rotate\n",
    ).replace("# the code\n", "# the code\n      id-token: write # to sign in to AWS as this job\n")
    assert made.text == wanted
    [edit] = made.edits
    assert edit.kind is EditKind.OIDC
    assert edit.says == (
        "job build signs in to AWS with a key that does not expire (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)"
    )
    assert "audience sts.amazonaws.com and subject `repo:acme/web:ref:refs/heads/main`" in edit.first[0]
    assert "`repo:acme@OWNER_ID/web@REPOSITORY_ID:ref:refs/heads/main`" in edit.first[0]
    assert "variable AWS_ROLE_TO_ASSUME " in edit.first[1]
    assert edit.then == ("Delete the key at AWS, and AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY from the secrets.",)
    again = planned(made.text)
    assert (again.text, again.edits, again.advice) == (made.text, (), ())


@pytest.mark.parametrize(
    ("uses", "inputs", "becomes", "says"),
    [
        (
            "google-github-actions/auth@v3",
            ("project_id: acme", "credentials_json: '${{ secrets.GCP_SA_KEY }}'"),
            (
                "project_id: acme",
                "workload_identity_provider: ${{ vars.GCP_WORKLOAD_IDENTITY_PROVIDER }}",
                "service_account: ${{ vars.GCP_SERVICE_ACCOUNT }}",
            ),
            "maps google.subject to assertion.sub and lets in only subject",
        ),
        (
            "google-github-actions/auth@v3",
            ("service_account: ci@acme.example", "credentials_json: ${{ secrets.GCP_SA_KEY }}"),
            (
                "service_account: ci@acme.example",
                "workload_identity_provider: ${{ vars.GCP_WORKLOAD_IDENTITY_PROVIDER }}",
            ),
            "roles/iam.workloadIdentityUser",
        ),
        (
            "Azure/login@v2",
            ("creds: ${{ secrets.AZURE_CREDENTIALS }}", "enable-AzPSSession: true"),
            (
                "client-id: ${{ vars.AZURE_CLIENT_ID }}",
                "tenant-id: ${{ vars.AZURE_TENANT_ID }}",
                "subscription-id: ${{ vars.AZURE_SUBSCRIPTION_ID }}",
                "enable-AzPSSession: true",
            ),
            "audience api://AzureADTokenExchange",
        ),
        (
            "hashicorp/vault-action@v3",
            (
                "url: https://vault.acme.example",
                "method: approle",
                "roleId: ${{ secrets.VAULT_ROLE_ID }}",
                "secretId: ${{ secrets.VAULT_SECRET_ID }}",
                "secrets: secret/data/web token",
            ),
            (
                "url: https://vault.acme.example",
                "method: jwt",
                "role: ${{ vars.VAULT_ROLE }}",
                "secrets: secret/data/web token",
            ),
            "`bound_audiences` https://github.com/acme, `bound_subject` `repo:acme/web:ref:refs/heads/main`",
        ),
        (
            "pypa/gh-action-pypi-publish@release/v1",
            ("user: __token__", "password: ${{ secrets.PYPI_TOKEN }}", "print-hash: true"),
            ("print-hash: true",),
            "On PyPI, add a trusted publisher to the project: repository acme/web, workflow ship.yml, no environment.",
        ),
    ],
)
def test_each_action_gets_the_inputs_that_its_page_names(
    uses: str, inputs: tuple[str, ...], becomes: tuple[str, ...], says: str
) -> None:
    made = planned(step(uses, *inputs))
    block = made.text.partition("with:\n")[2]
    assert tuple(line.strip() for line in block.splitlines()) == becomes
    assert "    permissions:\n      id-token: write # to sign in to " in made.text
    assert says in " ".join(made.edits[0].first)
    assert planned(made.text).edits == ()


def test_credentials_of_azure_that_are_written_out_keep_their_parts() -> None:
    parts = ("clientId", "clientSecret", "tenantId", "subscriptionId")
    told = ",".join(f'"{part}":"${{{{ secrets.AZ_{part.upper()} }}}}"' for part in parts)
    made = planned(step("azure/login@v2", f"creds: '{{{told}}}'"))
    assert "client-id: ${{ secrets.AZ_CLIENTID }}" in made.text
    assert made.edits[0].then == ("Delete the key at Azure, and AZ_CLIENTSECRET from the secrets.",)
    assert not any("variables" in each for each in made.edits[0].first)


def test_nothing_stays_of_a_block_that_is_emptied() -> None:
    text = step("pypa/gh-action-pypi-publish@v1.12", "password: ${{ secrets.PYPI_TOKEN }}")
    assert planned(text).text.endswith("      - uses: pypa/gh-action-pypi-publish@v1.12\n")


def test_another_index_than_those_that_take_identities_is_not_told() -> None:
    text = step(
        "pypa/gh-action-pypi-publish@v1.12", "password: ${{ secrets.T }}", "repository-url: https://pypi.acme.example"
    )
    assert planned(text) == Outcome(text=text)


def test_keys_of_several_accounts_get_variables_of_their_own() -> None:
    two = AWS.replace("secrets.AWS_ACCESS_KEY_ID", "secrets.AWS_ACCESS_KEY_ID_PROD")
    assert "vars.AWS_ROLE_TO_ASSUME_PROD }}" in planned(two, AWS).text
    assert "vars.AWS_ROLE_TO_ASSUME }}" in planned(AWS, two).text
    same = AWS.replace("secrets.AWS_ACCESS_KEY_ID", "secrets.AWS_KEY")
    assert "vars.AWS_ROLE_TO_ASSUME_AWS_KEY }}" in planned(same, AWS).text


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("@v4\n        with:\n", "@v1.5.4\n        with:\n"), "that its version is 1.6 or later is not told"),
        (("credentials@v4", "credentials@" + "a" * 40), "that its version is 1.6 or later is not told"),
        (("credentials@v4", "credentials@" + "a" * 40 + " # v4.0.2"), ""),
        (("credentials@v4", "credentials@main"), ""),
        (("credentials@v4", "credentials@master"), "that its version"),
        (("    branches: [main]", "  pull_request:"), "the job also runs on pull_request"),
        (("    branches: [main]", "  workflow_call:"), "its callers would have to give it `id-token: write`"),
        (("eu-west-1\n", "eu-west-1\n          role-external-id: acme\n"), "its role asks for an external id"),
        (("eu-west-1\n", "eu-west-1\n          aws-session-token: ${{ secrets.S }}\n"), "a session that somebody else"),
        (("eu-west-1", "cn-north-1"), "cn-north-1 is not of the public partition"),
        (("eu-west-1\n", "cn-north-1\n          audience: sts.amazonaws.com.cn\n"), ""),
        (("aws s3 ls", "docker run -e AWS_SECRET_ACCESS_KEY acme/web"), "a later step reads the key itself"),
        (("aws s3 ls", "aws s3 presign s3://acme/a"), "a later step signs a link"),
        (("run: aws s3 ls", "run: echo ${{ secrets.AWS_ACCESS_KEY_ID }}"), "AWS_ACCESS_KEY_ID is also given to step 3"),
        (("secrets.AWS_ACCESS_KEY_ID }}", "secrets.A || secrets.B }}"), "which secret it takes is computed"),
        (("secrets.AWS_ACCESS_KEY_ID }}", "secrets[matrix.key] }}"), "which secret it takes is computed"),
        (("    permissions:\n      contents: read # the code\n", "    permissions: read-all\n"), ""),
    ],
)
def test_where_it_is_not_sure_to_work_it_is_left_to_a_person(change: tuple[str, str], why: str) -> None:
    assert change[0] in AWS
    made = planned(AWS.replace(*change))
    if not why:
        assert [edit.job for edit in made.edits] == ["build"]
        return
    assert made.text == AWS.replace(*change)
    assert why in made.advice[0].why
    assert any("id-token: write" in each for each in made.advice[0].how)


SILENT = AWS.replace("    permissions:\n      contents: read # the code\n", "")


def test_where_no_scopes_are_stated_the_job_keeps_what_it_needs() -> None:
    made = planned(SILENT)
    assert (
        "    permissions:\n      contents: read\n      id-token: write # to sign in to AWS as this job\n" in made.text
    )
    strange = SILENT + "      - uses: mallory/shiny@v1\n"
    assert planned(strange).advice[0].why == (
        "a block with `id-token` takes away every scope that it does not name, and what mallory/shiny needs is not known"
    )


def test_where_it_is_known_what_a_silent_file_gives_that_is_listed() -> None:
    strange = SILENT + "      - uses: mallory/shiny@v1\n"
    made = planned(strange, default="read")
    assert "    permissions:\n      contents: read\n      id-token: write" in made.text
    assert "\n      packages: read\n" in made.text
    assert planned(strange, default="write").edits == ()


def test_scopes_of_the_workflow_are_kept_by_the_job() -> None:
    made = planned(SILENT.replace("jobs:", "permissions:\n  contents: read\n  issues: write # to tell\njobs:"))
    block = "      contents: read\n      id-token: write # to sign in to AWS as this job\n      issues: write # as the whole workflow has it\n"
    assert block in made.text
    assert "permissions:\n  contents: read\n  issues: write # to tell\njobs:" in made.text


def test_an_identity_that_is_there_is_not_given_again() -> None:
    text = AWS.replace("      contents: read # the code\n", "      id-token: write # to sign\n")
    made = planned(text)
    assert made.edits
    assert made.text.count("id-token") == 1


def test_code_of_others_that_could_ask_for_the_identity_is_told() -> None:
    assert not planned(AWS).edits[0].first[0].startswith("Mind")
    text = AWS.replace("      - uses: aws", "      - run: npm ci\n      - uses: aws")
    assert planned(text).edits[0].first[0].startswith("Mind that code of others runs in the job before (step 2)")


def test_a_subject_that_the_file_leaves_open_asks_for_an_environment_not_for_a_star() -> None:
    [edit] = planned(AWS.replace("    branches: [main]", "  workflow_dispatch:")).edits
    assert edit.first[0].startswith("The file leaves open on which branch the job runs")
    assert not any("*" in each for each in edit.first)
    by_hand = AWS.replace("    branches: [main]", "    branches: [main]\n  workflow_dispatch:")
    assert "`repo:acme/web:ref:refs/heads/main`" in planned(by_hand).edits[0].first[0]
    any_branch = AWS.replace("    branches: [main]", "    branches: ['**']\n  workflow_dispatch:")
    assert planned(any_branch).edits[0].first[0].startswith("The file leaves open")
    named = AWS.replace("    runs-on", "    environment: live\n    runs-on")
    assert "`repo:acme/web:environment:live`" in planned(named).edits[0].first[0]


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ("- run: cargo publish\n        env: {CARGO_REGISTRY_TOKEN: '${{ secrets.CARGO }}'}", "publishes to crates.io"),
        ("- run: gem push x.gem\n        env: {GEM_HOST_API_KEY: '${{ secrets.GEM_KEY }}'}", "publishes to RubyGems"),
        ("- run: twine upload dist/*\n        env: {TWINE_PASSWORD: '${{ secrets.PYPI }}'}", "publishes to PyPI"),
        ("- run: ./go\n        env: {AWS_SECRET_ACCESS_KEY: '${{ secrets.K }}'}", "gives programs a key for AWS"),
        ("- run: ./go\n        env: {ARM_CLIENT_SECRET: '${{ secrets.K }}'}", "gives programs a key for Azure"),
        (
            (
                "- uses: docker/login-action@v3\n        with: {registry: 1.dkr.ecr.eu-west-1.amazonaws.com,"
                " username: a, password: '${{ secrets.K }}'}"
            ),
            "signs in to the registry of AWS",
        ),
        (
            (
                "- uses: docker/login-action@v3\n        with: {registry: europe-docker.pkg.dev, username: _json_key,"
                " password: '${{ secrets.K }}'}"
            ),
            "signs in to the registry of Google Cloud",
        ),
    ],
)
def test_what_takes_a_further_step_is_told_with_its_page(steps: str, says: str) -> None:
    made = planned(f"on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      {steps}\n")
    [advice] = made.advice
    assert advice.says.startswith(f"job a {says}")
    assert advice.source.startswith("https://")
    assert made.edits == ()


@pytest.mark.parametrize(
    "steps",
    [
        "- run: ./go\n        env: {AWS_SECRET_ACCESS_KEY: '${{ secrets.R2_KEY }}'}",
        "- run: aws s3 ls --endpoint-url https://s3.acme.example\n        env: {AWS_SECRET_ACCESS_KEY: '${{ secrets.K }}'}",
        "- run: twine upload dist/*\n        env: {TWINE_USERNAME: '${{ secrets.PYPI_USER }}'}",
        "- run: cargo publish --dry-run\n        env: {CARGO_REGISTRY_TOKEN: '${{ secrets.CARGO }}'}",
        "- uses: docker/login-action@v3\n        with: {registry: ghcr.io, username: a, password: '${{ secrets.K }}'}",
        "- uses: azure/login@v2\n        with: {client-id: '${{ secrets.ID }}', tenant-id: t, subscription-id: s}",
    ],
)
def test_near_misses_are_not_told(steps: str) -> None:
    text = f"on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      {steps}\n"
    assert planned(text) == Outcome(text=text)


@pytest.mark.parametrize(
    ("block", "why"),
    [
        ("        with: {token: x, url: y}\n", "in one line"),
        ("        with:\n          token: |\n            x\n          url: y\n", "over several lines"),
        ("        with:\n          url: y # z\n          a: b\n          token: x # mine\n", "a comment stands beside"),
        ("        with:\n          url: y\n", "nothing of it"),
    ],
)
def test_what_cannot_be_edited_in_small_is_said(block: str, why: str) -> None:
    text = f"on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: b/c@v1\n{block}"
    with pytest.raises(CannotEditError, match=why):
        with_inputs(text, "a", 0, ("token",), ())
