"""What stands where secrets stand and is none, beside what is: each pair differs in what decides."""

import pytest

from pipewarden.pipelines.plain import FileKind, find_secrets
from tests.pipelines.plain import tokens

KEY = b"a key of the estate acme"


def kinds(text, kind=FileKind.SHELL):
    return [found.kind for found in find_secrets("x", text, kind, KEY) if not found.is_low]


@pytest.mark.parametrize(
    "text",
    [
        "gpg-passphrase: MAVEN_GPG_PASSPHRASE",
        'credential_arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:ecr-cache/registry-udvpiZ"',
        'regex_string = "(?i)TalonGDPvalAttachmentGroupExplorer7"',
        f"gpg --recv-key {tokens.drawn(40, '0123456789ABCDEF')}",
        f"Signing key: 0x{tokens.drawn(40, tokens.HEX)}",
        'oc create secret generic htpass-secret --from-file=htpasswd="users.htpasswd"',
        'object_key = "$.detail.s3ObjectDetails.objectKey1"',
        f'REDHAT_CERT_PID="{tokens.drawn(24, tokens.HEX)}"',
        "AuthConnectionString: RunAs=App;AppId=d318cba7-db4d-4fb3-99e1-01879cb74e91;TenantId=72f988bf-86f1-41af-91ab-2d7cd011db47",
        "API_TOKEN=" + tokens.classic("gh" + "p_")[:-1] + "x",
        "PASSWORD_FILE=/run/secrets/db_password",
        "secretName: web-tls-9f3a",
        f"X=AccountName=devstoreaccount1;AccountKey={tokens.drawn(86)}==;",
        "TOKEN=$(vault read -field=token secret/ci)",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_secret_is_none(text):
    assert kinds(text + "\n") == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"gpg-passphrase: '{tokens.password()}'", "password"),
        (f"API_TOKEN={tokens.drawn(40)}", "token"),
        (f'$env:API_KEY = "{tokens.drawn(32)}"', "api_key"),
        (f'var deployToken string = "{tokens.drawn(32)}"', "token"),
        (f"dotnet nuget push /p:ApiKey={tokens.drawn(32)}", "api_key"),
        ("API_TOKEN=" + tokens.classic("gh" + "p_"), "github_pat"),
        (f"DB_PASSWORD={tokens.password()}", "password"),
        (f"url=https://bob:{tokens.password()}@repo.acme.internal/x", "basic_auth"),
        (f'conn="Server=db;User=sa;Password={tokens.password()};Encrypt=true"', "password"),
        (f"X=AccountName=acme;AccountKey={tokens.drawn(86)}==;", "azure_storage_key"),
        (f"X={tokens.stateless()}", "github_stateless_token"),
        (tokens.pem(), "private_key"),
    ],
)  # fmt: skip
def test_what_is_one_is_found(text, kind):
    assert kinds(text + "\n") == [kind]
