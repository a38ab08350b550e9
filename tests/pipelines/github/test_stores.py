"""Secrets that steps read from Vault, 1Password and clouds: which, where the file says so, what callers settle, what stays open."""

import pytest

from pipewarden.pipelines.github.shells import commands
from tests.pipelines.github.shelves import jobs

HEAD = "on: push\npermissions: {id-token: write}\n"


def job(*steps: str, head: str = HEAD, more: str = "") -> str:
    return f"{head}jobs: {{a: {{runs-on: x, {more} steps: [{', '.join(steps)}]}}}}\n"


def names(text: str, **others: str) -> list[str]:
    (found,) = jobs(w=text, **others).values()
    return [each.name for each in found.secrets if each.store]


VAULT = "{{uses: hashicorp/vault-action@v3, with: {{method: {method}, role: deploy, url: 'https://vault.acme.example', secrets: '{secrets}'}}}}"


def vault(secrets: str, method: str = "jwt") -> str:
    return VAULT.format(secrets=secrets, method=method)


@pytest.mark.parametrize(
    ("secrets", "found"),
    [
        ("secret/data/prod/db password | DB_PASSWORD", ["vault:secret/data/prod/db"]),
        (
            "secret/data/prod/db a | A ; secret/data/prod/db b | B ; kv/npm *",
            ["vault:secret/data/prod/db", "vault:kv/npm"],
        ),
        ("secret/data/${{ env.STAGE }}/db p", ["vault:secret/data/prod/db"]),
        ("secret/data/${{ matrix.app }}/db p", ["vault:secret/data/web/db", "vault:secret/data/api/db"]),
        ("secret/data/${{ github.ref_name }}/db p", ["vault:secret/data/*/db"]),
        ("${{ vars.SECRETS }}", ["vault:*"]),
        ("", []),
    ],
)
def test_paths_of_vault(secrets: str, found: list[str]) -> None:
    text = job(vault(secrets), more="env: {STAGE: prod}, strategy: {matrix: {app: [web, api]}},")
    assert names(text) == found


def test_the_role_and_where_the_vault_is() -> None:
    (found,) = jobs(w=job(vault("secret/data/prod/db p"))).values()
    assert found.roles == ("Vault role deploy",)
    (taken,) = found.secrets
    assert (taken.store, taken.address, taken.by_identity) == ("vault", "https://vault.acme.example", True)
    assert taken.by == "step 1 (hashicorp/vault-action)"
    assert found.open_ends == ()


def test_without_an_identity_vault_answers_only_who_has_a_token() -> None:
    silent = "on: push\npermissions: {}\n"
    assert names(job(vault("secret/data/prod/db p"), head=silent)) == []
    assert names(job(vault("secret/data/prod/db p", method="token"), head=silent)) == ["vault:secret/data/prod/db"]
    (found,) = jobs(w=job(vault("secret/data/prod/db p", method="token"))).values()
    assert found.roles == (), "a token is no role"


def test_what_is_open_altogether_is_told_with_its_place() -> None:
    (found,) = jobs(w=job(vault("${{ vars.SECRETS }}"))).values()
    assert [(end.says, end.spot.path, end.spot.line) for end in found.open_ends] == [
        ("what step 1 (hashicorp/vault-action) reads from Vault is not settled", ".github/workflows/w.yml", 3)
    ]


def test_callers_settle_what_a_called_workflow_reads() -> None:
    callee = job(
        vault("secret/data/${{ inputs.stage }}/db p"), head="on: {workflow_call: {inputs: {stage: {type: string}}}}\n"
    )
    caller = (
        HEAD
        + "jobs: {x: {uses: ./.github/workflows/c.yml, with: {stage: test}}, y: {uses: ./.github/workflows/c.yml, with: {stage: '${{ vars.S }}'}}}\n"
    )
    found = jobs(w=caller, c=callee)
    assert [each.name for each in found["w.yml#x/a"].secrets] == ["vault:secret/data/test/db"]
    assert [each.name for each in found["w.yml#y/a"].secrets] == ["vault:secret/data/*/db"]


def test_callers_hand_over_whole_paths() -> None:
    callee = job(vault("${{ inputs.read }}"), head="on: {workflow_call: {inputs: {read: {type: string}}}}\n")
    path = "secret/data/production/payments/database2024 password | DATABASE_PASSWORD"
    caller = HEAD + f"jobs: {{x: {{uses: ./.github/workflows/c.yml, with: {{read: '{path}'}}}}}}\n"
    assert [each.name for each in jobs(w=caller, c=callee)["w.yml#x/a"].secrets] == [
        "vault:secret/data/production/payments/database2024"
    ]


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        (
            [
                "{uses: 1password/load-secrets-action@v2, env: {T: '${{ secrets.OP }}', A: 'op://ci/npm/token', B: plain}}"
            ],
            ["op://ci/npm/token"],
        ),
        (["{uses: acme/other@v1, env: {A: 'op://ci/npm/token'}}"], []),
        (
            [
                '{uses: aws-actions/aws-secretsmanager-get-secrets@v2, with: {secret-ids: "DB, prod/db\\nbeta*\\n,arn:aws:secretsmanager:eu-west-1:1:secret:npm-a1"}}'
            ],
            ["aws:prod/db", "aws:beta*", "aws:npm-a1"],
        ),
        (
            [
                '{uses: google-github-actions/get-secretmanager-secrets@v2, with: {secrets: "t:acme-prod/npm, k:projects/acme-prod/secrets/key/versions/1"}}'
            ],
            ["gcp:acme-prod/npm", "gcp:acme-prod/key"],
        ),
        (
            ["{uses: Azure/get-keyvault-secrets@v1, with: {keyvault: acme-kv, secrets: 'a, b'}}"],
            ["azure:acme-kv/a", "azure:acme-kv/b"],
        ),
        (
            ["{uses: azure/CLI@v2, with: {inlineScript: 'az keyvault secret show --vault-name kv --name x'}}"],
            ["azure:kv/x"],
        ),
        (["{run: 'vault kv get -field=a -mount=secret $STAGE/db', env: {STAGE: prod}}"], ["vault:secret/prod/db"]),
        (["{run: 'gcloud secrets versions access latest --secret=\"npm\"'}"], ["gcp:*/npm"]),
    ],
)
def test_other_stores(steps: list[str], found: list[str]) -> None:
    assert names(job(*steps)) == found


def test_a_store_of_a_cloud_is_read_as_the_role_that_signed_in_before() -> None:
    login = (
        "{uses: aws-actions/configure-aws-credentials@v4, with: {role-to-assume: 'arn:aws:iam::111122223333:role/x'}}"
    )
    read = "{uses: aws-actions/aws-secretsmanager-get-secrets@v2, with: {secret-ids: prod/db}}"
    (found,) = jobs(w=job(login, read)).values()
    assert [each.by_identity for each in found.secrets] == [True]
    (found,) = jobs(w=job(read, login)).values()
    assert [each.by_identity for each in found.secrets] == [False]


@pytest.mark.parametrize(
    ("with_", "roles"),
    [
        (
            "google-github-actions/auth@v2, with: {workload_identity_provider: p, service_account: d@acme.iam.gserviceaccount.com}",
            ["d@acme.iam.gserviceaccount.com", "p"],
        ),
        (
            "google-github-actions/auth@v2, with: {credentials_json: x, service_account: d@acme.iam.gserviceaccount.com}",
            [],
        ),
        ("azure/login@v2, with: {client-id: c, tenant-id: t}", ["c"]),
        ("actions/create-github-app-token@v2, with: {client-id: Iv1, private-key: k}", []),
        ("octo-sts/action@v1, with: {scope: acme/web, identity: release}", ["octo-sts identity release of acme/web"]),
        (
            "octo-sts/action@v1, with: {scope: '${{ github.repository }}', identity: release}",
            ["octo-sts identity release"],
        ),
        (
            "hashicorp/vault-action@v3, with: {method: jwt, role: r, path: jwt-github}",
            ["Vault role r at auth/jwt-github"],
        ),
        ("hashicorp/vault-action@v3, with: {method: approle, role: r}", []),
    ],
)
def test_roles(with_: str, roles: list[str]) -> None:
    (found,) = jobs(w=job(f"{{uses: {with_}}}")).values()
    assert list(found.roles) == roles


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("vault kv get secret/prod/db", [("vault", "secret/prod/db", 0)]),
        ("A=$(vault read -field=x secret/data/prod/db)", [("vault", "secret/data/prod/db", 0)]),
        ("# vault kv get secret/prod/db", []),
        ("vault kv put secret/prod/db a=b", []),
        ("make\naws --region x secretsmanager get-secret-value \\\n  --secret-id prod/db", [("aws", "prod/db", 1)]),
        ("aws secretsmanager list-secrets", []),
        ("gcloud secrets versions access 3 --secret npm --project=p", [("gcp", "_:p/npm", 0)]),
        ("az keyvault secret show --vault-name=kv -n key", [("azure", "kv/key", 0)]),
        ("op read op://ci/npm/token | npm login", [("op", "op://ci/npm/token", 0)]),
        ('op read "op://My vault/npm/token"', [("op", "op://My vault/npm/token", 0)]),
        ("op read op://ci/'NPM KEYS'/notesPlain > x", [("op", "op://ci/NPM KEYS/notesPlain", 0)]),
    ],
)
def test_commands_of_scripts(script: str, found: list[tuple[str, str, int]]) -> None:
    assert [(each.store, each.names[0], script.count("\n", 0, each.at)) for each in commands(script)] == found


def test_each_has_its_place() -> None:
    text = """on: push
permissions: {id-token: write}
jobs:
  a:
    runs-on: x
    steps:
      - uses: hashicorp/vault-action@v3
        with:
          method: jwt
          secrets: secret/data/prod/db p
      - run: |
          make
          A=$(vault kv get secret/npm)
"""
    (found,) = jobs(w=text).values()
    assert [str(each.spot) for each in found.secrets] == [
        ".github/workflows/w.yml:10:20",
        ".github/workflows/w.yml:13:15",
    ]
