"""The roles that jobs of CircleCI take with their OIDC token, through commands and through orbs."""

import pytest

from pipewarden.pipelines.circleci.reader import read_circleci
from pipewarden.pipelines.definition import Claim
from pipewarden.pipelines.effective import effective_jobs

ROLE = "arn:aws:iam::111122223333:role/web"


def claims(*steps: str, environment: str = "{}", orbs: str = "{}") -> list[Claim]:
    text = (
        f"version: 2.1\norbs: {orbs}\njobs:\n  ship:\n    docker: [{{image: 'cimg/base:2026.01'}}]\n    environment: {environment}\n    steps:\n"
        + "".join(f"    - {step}\n" for step in steps)
        + "workflows: {main: {jobs: [{ship: {context: aws}}]}}\n"
    )
    read = read_circleci(".circleci/config.yml", text)
    job = read.job("main.ship")
    assert job is not None
    shown = [f"Vault role {each.role}" if each.provider == "vault" else each.role for each in job.claims if each.role]
    assert effective_jobs(read, ())[0].roles == tuple(dict.fromkeys(shown))
    return list(job.claims)


@pytest.mark.parametrize(
    ("command", "role", "provider"),
    [
        (f"aws sts assume-role-with-web-identity --role-arn {ROLE} --web-identity-token $CIRCLE_OIDC_TOKEN_V2", ROLE, "aws"),
        (f"aws sts assume-role-with-web-identity --role-arn='{ROLE}' --web-identity-token file://t", ROLE, "aws"),
        ("aws sts assume-role-with-web-identity --role-arn arn:aws:iam::$ACCOUNT:role/web --web-identity-token $CIRCLE_OIDC_TOKEN", ROLE, "aws"),
        ("aws sts assume-role-with-web-identity --role-arn $OTHER --web-identity-token $CIRCLE_OIDC_TOKEN", "$OTHER", "aws"),
        ("gcloud iam workload-identity-pools create-cred-config p --service-account=web@acme.example -o $CIRCLE_OIDC_TOKEN", "web@acme.example", "gcp"),
        ("az login --service-principal -u 1234 --federated-token $CIRCLE_OIDC_TOKEN", "1234", "azure"),
        ("vault write auth/jwt/login role=web jwt=$CIRCLE_OIDC_TOKEN", "web", "vault"),
        (f"AWS_ROLE_ARN={ROLE} AWS_WEB_IDENTITY_TOKEN_FILE=t aws s3 ls", ROLE, "aws"),
    ],
)  # fmt: skip
def test_a_command_that_takes_a_role_is_told_with_it(command, role, provider):
    [claim] = claims(f'run: "{command}"', environment="{ACCOUNT: '111122223333'}")
    assert (claim.role, claim.provider) == (role, provider)
    assert claim.name.startswith("CIRCLE_OIDC_TOKEN")


def test_the_tools_take_the_role_that_the_job_sets():
    environment = f"{{AWS_ROLE_ARN: '{ROLE}', AWS_WEB_IDENTITY_TOKEN_FILE: /tmp/t}}"
    found = claims("run: echo $CIRCLE_OIDC_TOKEN > /tmp/t", "run: aws s3 sync dist s3://web", environment=environment)
    assert [each.role for each in found] == ["", ROLE]


def test_an_orb_is_given_a_role():
    [claim] = claims(f"aws-cli/setup: {{role_arn: '{ROLE}'}}", orbs="{aws-cli: circleci/aws-cli@5.1.0}")
    assert (claim.role, claim.provider) == (ROLE, "aws")


@pytest.mark.parametrize(
    "command",
    [
        "aws sts assume-role --role-arn arn:aws:iam::111122223333:role/web",
        "kubectl login role=web",
        "echo --role-arn x",
    ],
)
def test_a_role_that_is_taken_otherwise_is_none_of_the_token(command):
    assert claims(f"run: '{command}'") == []
