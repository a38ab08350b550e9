"""Templates, policies, credentials and roles in YAML, JSON, Bicep and HCL, and policies of octo-sts."""

import pytest

from pipewarden.pipelines.trusts.read import TrustKind, read_trusts, trust_kind
from pipewarden.pipelines.trusts.stated import Stated, Weakness

GITHUB = "https://token.actions.githubusercontent.com"


def only(path: str, text: str, *, organization: bool = False) -> Stated:
    reading = read_trusts({path: text}, organization=organization)
    assert reading.faults == ()
    (trust,) = reading.trusts
    return trust


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (".github/chainguard/release.sts.yaml", TrustKind.OCTO_STS),
        ("docs/.github/chainguard/release.sts.yaml", TrustKind.DOCUMENT),
        ("iam/main.tf", TrustKind.TERRAFORM),
        ("iam/main.tofu", TrustKind.TERRAFORM),
        ("iam/main.tf.json", TrustKind.TERRAFORM),
        ("deploy/roles.json", TrustKind.DOCUMENT),
        ("stack.template", TrustKind.DOCUMENT),
        ("main.bicep", TrustKind.BICEP),
        ("role.hcl", TrustKind.HCL),
        ("main.tfvars", None),
        ("README.md", None),
    ],
)
def test_which_files_may_state_trusts(path: str, kind: TrustKind | None) -> None:
    assert trust_kind(path) is kind


TEMPLATE = """\
Resources:
  Provider:
    Type: AWS::IAM::OIDCProvider
    Properties:
      Url: https://token.actions.githubusercontent.com
      ClientIdList: [sts.amazonaws.com]
  Deploy:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Action: sts:AssumeRoleWithWebIdentity
            Principal:
              Federated: %s
            Condition:
              StringLike:
                token.actions.githubusercontent.com:sub: %s
"""


class TestCloudFormation:
    def test_the_provider_of_the_same_template_tells_the_audiences_of_an_arn(self) -> None:
        arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
        assert only("stack.yaml", TEMPLATE % (arn, "repo:acme/web:*")).audiences == ("sts.amazonaws.com",)
        other = (TEMPLATE % (arn, "repo:acme/web:*")).replace(
            "Url: https://token.actions.githubusercontent.com", "Url: https://gitlab.com"
        )
        assert only("stack.yaml", other).audience_by == "the client ids of the identity provider"

    def test_roles_for_circleci_and_bitbucket(self) -> None:
        for issuer in (
            "oidc.circleci.com/org/7",
            "api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc",
        ):
            text = (TEMPLATE % (f"arn:aws:iam::1:oidc-provider/{issuer}", "org/*")).replace(
                "token.actions.githubusercontent.com:sub", f"{issuer}:sub"
            )
            trust = only("stack.yaml", text)
            assert (trust.issuer, trust.subjects) == (f"https://{issuer}", ("org/*",))

    @pytest.mark.parametrize(
        "provider",
        [
            "!Ref Provider",
            "!GetAtt Provider.Arn",
            "{'Fn::GetAtt': [Provider, Arn]}",
            "!Sub arn:${AWS::Partition}:iam::${AWS::AccountId}:oidc-provider/token.actions.githubusercontent.com",
            "!Join ['', ['arn:aws:iam::', !Ref AWS::AccountId, ':oidc-provider/token.actions.githubusercontent.com']]",
        ],
    )
    def test_a_role(self, provider: str) -> None:
        trust = only("stack.yaml", TEMPLATE % (provider, "repo:acme/web:*"))
        assert (trust.role, trust.line, trust.subject_line) == ("AWS role Deploy", 8, 18)
        assert (trust.issuer, trust.subjects, trust.opens) == (GITHUB, ("repo:acme/web:*",), ())

    def test_a_parameter_is_open(self) -> None:
        trust = only("stack.yaml", TEMPLATE % ("!If [New, !Ref Provider, !Ref Known]", "!Sub 'repo:${Owner}/web:*'"))
        assert (trust.issuer, trust.subjects) == (GITHUB, ("repo:${Owner}/web:*",))
        assert [each.line for each in trust.opens] == [18]

    def test_a_policy_alone(self) -> None:
        text = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
 "Principal": {"Federated": "arn:aws:iam::1:oidc-provider/gitlab.com"},
 "Action": "sts:AssumeRoleWithWebIdentity",
 "Condition": {"StringLike": {"gitlab.com:sub": "project_path:acme/*:ref_type:branch:ref:main"}}}]}"""
        trust = only("iam/trust.json", text)
        assert (trust.role, trust.issuer) == ("AWS role of iam/trust.json", "https://gitlab.com")
        assert trust.subjects == ("project_path:acme/*:ref_type:branch:ref:main",)


class TestEntra:
    def test_the_parameters_of_a_credential(self) -> None:
        text = """{"name": "web", "issuer": "https://token.actions.githubusercontent.com",
 "subject": "repo:acme/web:pull_request", "audiences": ["api://AzureADTokenExchange"]}"""
        trust = only("credential.json", text)
        assert (trust.role, trust.subjects, trust.subject_line) == (
            "Entra credential web",
            ("repo:acme/web:pull_request",),
            2,
        )

    def test_bicep(self) -> None:
        text = """\
param owner string
// resource commented 'federatedIdentityCredentials@2023-01-31' = {}
resource web 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2023-01-31' = {
  name: '${identity.name}/web'
  properties: {
    issuer: 'https://token.actions.githubusercontent.com'
    subject: 'repo:acme/web:environment:production'
    audiences: [
      'api://AzureADTokenExchange'
    ]
  }
}
resource other 'Microsoft.Graph/applications/federatedIdentityCredentials@v1.0' = {
  name: 'other', issuer: 'https://token.actions.githubusercontent.com', audiences: ['a', 'b']
  subject: 'repo:${owner}/web:ref:refs/heads/main'
}
"""
        first, second = read_trusts({"main.bicep": text}).trusts
        assert (first.role, first.line, first.subject_line) == ("Entra credential web", 5, 7)
        assert (first.subjects, first.audiences) == (
            ("repo:acme/web:environment:production",),
            ("api://AzureADTokenExchange",),
        )
        assert second.subjects == ("repo:${owner}/web:ref:refs/heads/main",)
        assert [each.line for each in second.opens] == [15]

    def test_an_expression_of_a_template_is_open(self) -> None:
        text = """{"type": "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
 "name": "web", "properties": {"issuer": "https://token.actions.githubusercontent.com",
 "subject": "[parameters('subject')]", "audiences": ["api://AzureADTokenExchange"]}}"""
        assert only("main.json", text).subjects == ("${parameters('subject')}",)


def test_workload_identity_as_the_command_line_shows_it() -> None:
    text = """\
name: projects/1/locations/global/workloadIdentityPools/ci/providers/github
attributeCondition: assertion.repository_owner == 'acme'
attributeMapping:
  google.subject: assertion.sub
  attribute.repository: assertion.repository
oidc:
  issuerUri: https://token.actions.githubusercontent.com
---
bindings:
- role: roles/iam.workloadIdentityUser
  members:
  - principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/attribute.repository/acme/web
"""
    trust = only("policy.yaml", text)
    assert (trust.role, trust.issuer, trust.subjects) == ("Google service account policy", GITHUB, ("repo:acme/web:*",))
    open_pool = text.replace("attributeCondition: assertion.repository_owner == 'acme'\n", "").partition("---")[0]
    assert only("pool.yaml", open_pool).role == "Google pool github"


def test_roles_of_vault_as_json_and_hcl() -> None:
    json = """{"role_type": "jwt", "user_claim": "sub", "bound_claims_type": "glob", "bound_audiences": "https://vault.acme.example",
 "bound_claims": {"sub": ["repo:acme/web:*"]}, "policies": ["deploy"]}"""
    hcl = 'role_type = "jwt"\nuser_claim = "sub"\nbound_subject = "repo:acme/web:environment:production"\n'
    first, second = read_trusts({"roles/deploy.json": json, "roles/ship.hcl": hcl}).trusts
    assert (first.role, first.subjects, first.gives) == ("Vault role deploy", ("repo:acme/web:*",), ("deploy",))
    assert first.audiences == ("https://vault.acme.example",)
    assert (second.role, second.subjects) == ("Vault role ship", ("repo:acme/web:environment:production",))


POLICY = ".github/chainguard/release.sts.yaml"


def policy(text: str, *, organization: bool = False) -> Stated:
    return only(POLICY, f"issuer: {GITHUB}\n{text}permissions:\n  contents: write\n", organization=organization)


class TestOctoSts:
    def test_a_subject(self) -> None:
        trust = policy("subject: repo:acme/web:ref:refs/heads/main\n")
        assert (trust.role, trust.subjects, trust.subject_line) == (
            "octo-sts identity release",
            ("repo:acme/web:ref:refs/heads/main",),
            2,
        )
        assert trust.gives == ("contents: write",)
        assert trust.weak == ()

    def test_a_pattern_is_held_at_both_ends(self) -> None:
        trust = policy("subject_pattern: repo:acme/(web|api):ref:refs/tags/v[0-9]+\n")
        assert trust.subjects == ("repo:acme/web:ref:refs/tags/v*", "repo:acme/api:ref:refs/tags/v*")
        assert trust.weak == ()

    def test_alternatives_outside_brackets_are_held_at_one_end(self) -> None:
        trust = policy("subject_pattern: repo:acme/web:ref:refs/heads/main|repo:acme/api:ref:refs/heads/main\n")
        assert [each.kind for each in trust.weak] == [Weakness.UNANCHORED]
        assert trust.subjects == ("repo:acme/web:ref:refs/heads/main*", "repo:acme/api:ref:refs/heads/main")

    def test_claims_narrow_the_subject(self) -> None:
        trust = policy("subject_pattern: .*\nclaim_pattern:\n  repository: acme/web\n  ref: refs/heads/main\n")
        assert trust.subjects == ("repo:acme/web:ref:refs/heads/main",)

    def test_a_policy_of_the_organization_without_repositories(self) -> None:
        text = "subject: repo:acme/web:ref:refs/heads/main\n"
        assert [each.kind for each in policy(text, organization=True).weak] == [Weakness.ALL_REPOSITORIES]
        assert policy(text + "repositories: [web]\n", organization=True).weak == ()
        assert policy(text).weak == ()

    def test_an_issuer_by_pattern(self) -> None:
        text = "issuer_pattern: https://.*\nsubject: repo:acme/web:ref:refs/heads/main\npermissions: {contents: read}\n"
        trust = only(POLICY, text)
        assert [each.kind for each in trust.weak] == [Weakness.ISSUER_PATTERN]
        assert trust.issuer == GITHUB
        text = "issuer_pattern: https://token\\.actions\\.githubusercontent\\.com\nsubject: x\n"
        assert (only(POLICY, text).weak, only(POLICY, text).issuer) == ((), GITHUB)

    def test_a_broken_policy_is_told(self) -> None:
        for text in ("issuer: [", "", "- a\n"):
            reading = read_trusts({POLICY: text})
            assert not reading.trusts
            assert [path for path, _ in reading.faults] == [POLICY]


CHART = (
    "kind: Deployment\nspec:\n  replicas: {{ .Values.n }}\n{{- if .Values.workloadIdentity }}\n  a: {b\n{{- end }}\n"
)


def test_a_chart_that_only_names_workload_identity_is_no_fault() -> None:
    assert read_trusts({"chart/templates/deployment.yaml": CHART}).faults == ()
    stated = CHART + "role: roles/iam.workloadIdentityUser\n"
    assert len(read_trusts({"chart/templates/binding.yaml": stated}).faults) == 1
    broken = CHART.replace("{{", "{").replace("}}", "}")
    assert len(read_trusts({"deployment.yaml": broken}).faults) == 1
