"""What stands where secrets stand and is none, beside what is: each pair differs in what decides."""

import base64
import hashlib

import pytest

from pipewarden.pipelines.plain import FileKind, find_secrets, is_example, values
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
        f"image: registry.acme.example/web/deploy-token-image:{tokens.drawn(40, tokens.HEX)}",
        f"key: tool-{tokens.drawn(40, tokens.HEX)}-linux",
        f"key: web-{tokens.drawn(32, tokens.HEX)}",
        f'records = ["sender-code:{tokens.drawn(32, tokens.HEX)}"]',
        "db_admin_password: p@ss" + "w0rd00!",
        'DJANGO_SECRET_KEY: "dj4ng0s3' + 'cr3tk3y"',
        f"API_KEY: {tokens.drawn(32, tokens.HEX)} # search-only key, safe for the front end",
        f"API_KEY='{tokens.drawn(32, tokens.HEX)}' # a dummy",
        f'const apiToken = "{tokens.drawn(32)}"; // not a secret',
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
        (f"web:deploy-token-image: '{tokens.drawn(40)}'", "token"),
        (f"https://acme.example/?deploy-token={tokens.drawn(40)}", "token"),
        (f"key: tool-{tokens.drawn(39)}-linux", "random_value"),
        (f"key: {tokens.drawn(32, tokens.HEX)}", "random_value"),
        ("deploy_password: 'p@th" + "w4yOf9'", "password"),
        (f"API_KEY: {tokens.drawn(32, tokens.HEX)} # the key of search", "api_key"),
        (f"API_TOKEN={tokens.classic('gh' + 'p_')} # a dummy", "github_pat"),  # its checksum says otherwise
    ],
)  # fmt: skip
def test_what_is_one_is_found(text, kind):
    assert kinds(text + "\n") == [kind]


def test_a_key_that_a_vendor_published_is_told_as_what_opens_nothing():
    """Only its hash stands in the code: it looks like a secret. A text beside it is one."""
    published = base64.b64encode(hashlib.sha512(b"acme").digest()).decode()
    assert kinds(f"CosmosToken: {published}") == ["token"]
    assert [len(each) for each in values._PUBLISHED] == [64]


@pytest.mark.parametrize(
    ("path", "counts"), [("ci/end-to-end/web.env", False), ("ci/endtoend/web.env", False), ("ci/end/web.env", True)]
)
def test_folders_of_tests(path, counts):
    assert is_example(path) is not counts
