"""Terraform of acme's infrastructure, read for the trusts that it states."""

from pipewarden.pipelines.trusts.read import read_trusts
from pipewarden.pipelines.trusts.stated import Stated, Weakness

GITHUB = "https://token.actions.githubusercontent.com"
PROVIDER = """
resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}
"""


def only(**files: str) -> Stated:
    """Return the one trust of some files, named without their ending."""
    reading = read_trusts({f"{name}.tf": text for name, text in files.items()})
    assert reading.faults == ()
    (trust,) = reading.trusts
    return trust


def role(policy: str) -> str:
    return f'resource "aws_iam_role" "deploy" {{\n  name = "web-deploy"\n  assume_role_policy = {policy}\n}}\n'


def condition(test: str, values: str, variable: str = "token.actions.githubusercontent.com:sub") -> str:
    return f'condition {{\n test = "{test}"\n variable = "{variable}"\n values = {values}\n}}\n'


def document(*conditions: str) -> str:
    return (
        'data "aws_iam_policy_document" "trust" {\n statement {\n actions = ["sts:AssumeRoleWithWebIdentity"]\n'
        ' principals {\n type = "Federated"\n identifiers = [aws_iam_openid_connect_provider.github.arn]\n }\n'
        + "".join(conditions)
        + " }\n}\n"
    )


def read(*conditions: str, more: str = "") -> Stated:
    """Read a role whose policy document stands in another file of the folder."""
    return only(
        role=role("data.aws_iam_policy_document.trust.json"), trust=document(*conditions), oidc=PROVIDER, more=more
    )


class TestAmazon:
    def test_a_document_in_another_file_of_the_folder(self) -> None:
        trust = read(condition("StringEquals", '["repo:acme/web:environment:production"]'))
        assert (trust.role, trust.address, trust.path) == ("AWS role web-deploy", "aws_iam_role.deploy", "role.tf")
        assert trust.issuer == GITHUB
        assert trust.subjects == ("repo:acme/web:environment:production",)
        assert trust.audiences == ("sts.amazonaws.com",)  # the provider of the folder lets in no other
        assert trust.opens == ()

    def test_json_of_a_function_and_of_a_text(self) -> None:
        policy = """jsonencode({
    Statement = [{
      Effect = "Allow", Action = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = "arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com" }
      Condition = { StringLike = { "token.actions.githubusercontent.com:sub" : "repo:acme/*" } }
    }]
  })"""
        trust = only(role=role(policy))
        assert (trust.issuer, trust.subjects, trust.subject_line) == (GITHUB, ("repo:acme/*",), 7)
        text = """<<-EOT
{"Statement": [{"Effect": "Allow", "Action": ["sts:AssumeRoleWithWebIdentity"],
  "Principal": {"Federated": "${aws_iam_openid_connect_provider.github.arn}"},
  "Condition": {"StringLike": {"token.actions.githubusercontent.com:sub": ["repo:acme/web:*"]}}}]}
EOT"""
        trust = only(role=role(text), oidc=PROVIDER)
        assert (trust.issuer, trust.subjects, trust.subject_line) == (GITHUB, ("repo:acme/web:*",), 6)

    def test_locals_functions_and_loops_are_settled(self) -> None:
        more = """locals {
  host  = replace(aws_iam_openid_connect_provider.github.url, "https://", "")
  repos = ["web", "api"]
  subs  = [for repo in local.repos : "repo:acme/${repo}:ref:refs/heads/main"]
}"""
        trust = read(condition("StringEquals", "local.subs", "${local.host}:sub"), more=more)
        assert trust.subjects == ("repo:acme/web:ref:refs/heads/main", "repo:acme/api:ref:refs/heads/main")
        assert trust.opens == ()

    def test_what_a_variable_holds_is_open_and_not_everything(self) -> None:
        trust = read(condition("StringLike", '["repo:${var.owner}/web:*"]'))
        assert trust.subjects == ("repo:${var.owner}/web:*",)
        assert [each.says for each in trust.opens] == ["repo:${var.owner}/web:* is not settled by the files"]
        trust = read('dynamic "condition" {\n for_each = var.conditions\n content {}\n}\n')
        assert trust.subjects == ("${condition}",)
        assert trust.opens

    def test_a_policy_of_a_module_is_open(self) -> None:
        trust = only(role=role("module.trust.json"))
        assert (trust.issuer, trust.subjects) == ("", ())
        assert [each.says for each in trust.opens] == [
            "the trust policy ${module.trust.json} is not settled by the files"
        ]

    def test_operators(self) -> None:
        trust = read(condition("StringEquals", '["repo:acme/*"]'))
        assert [each.kind for each in trust.weak] == [Weakness.LITERAL_STAR]
        assert trust.subjects == ("repo:acme/%2A",)
        trust = read(condition("ForAllValues:StringLike", '["repo:acme/web:*"]'))
        assert [each.kind for each in trust.weak] == [Weakness.ABSENT_HOLDS]
        assert read(condition("ForAnyValue:StringLike", '["repo:acme/web:*"]')).weak == ()
        both = read(
            condition("StringLike", '["repo:acme/*"]'), condition("StringEquals", '["repo:acme/web:pull_request"]')
        )
        assert both.subjects == ("repo:acme/web:pull_request",)

    def test_pull_requests_that_are_kept_out(self) -> None:
        every = condition("StringLike", '["repo:acme/web:*"]')
        without = ("repo:acme/web:ref:*", "repo:acme/web:environment:*")
        assert read(every, condition("StringNotLike", '["repo:acme/web:pull_request"]')).subjects == without
        assert read(every, condition("StringNotEquals", '["repo:acme/web:pull_request"]')).subjects == without
        assert read(every, condition("StringNotLike", '["*:pull_request"]')).subjects == without
        other = condition("StringNotLike", '["repo:acme/api:pull_request"]')
        assert read(every, other).subjects == ("repo:acme/web:*",)

    def test_roles_of_services_and_pods_are_none(self) -> None:
        service = 'jsonencode({Statement = [{Action = "sts:AssumeRole", Principal = {Service = "ec2.amazonaws.com"}}]})'
        pods = document(condition("StringEquals", '["system:serviceaccount:web:web"]', "${var.oidc}:sub"))
        files = {
            "a.tf": role(service) + role("data.aws_iam_policy_document.trust.json").replace("deploy", "pod") + pods
        }
        assert read_trusts(files).trusts == ()

    def test_each_item_of_a_loop_is_a_trust(self) -> None:
        text = """resource "azuread_application_federated_identity_credential" "web" {
  for_each     = toset(["test", "production"])
  display_name = "web-${each.value}"
  issuer       = "https://token.actions.githubusercontent.com"
  audiences    = ["api://AzureADTokenExchange"]
  subject      = "repo:acme/web:environment:${each.value}"
}"""
        reading = read_trusts({"main.tf": text})
        assert [(each.role, each.subjects) for each in reading.trusts] == [
            ("Entra credential web-test", ("repo:acme/web:environment:test",)),
            ("Entra credential web-production", ("repo:acme/web:environment:production",)),
        ]

    def test_json_of_terraform(self) -> None:
        text = """{"resource": {"aws_iam_role": {"deploy": {"assume_role_policy":
  "{\\"Statement\\": {\\"Action\\": \\"sts:AssumeRoleWithWebIdentity\\", \\"Principal\\": {\\"Federated\\": \\"arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com\\"}}}"
}}}}"""
        (trust,) = read_trusts({"main.tf.json": text}).trusts
        assert (trust.role, trust.issuer, trust.subjects) == ("AWS role deploy", GITHUB, ())

    def test_a_broken_file_is_told_and_the_rest_is_read(self) -> None:
        text = document(condition("StringLike", '["repo:acme/*"]')) + PROVIDER
        broken = role("data.aws_iam_policy_document.trust.json") + 'resource "x" "y" {\n  a = = \n}\n'
        reading = read_trusts({"role.tf": broken, "trust.tf": text})
        assert [trust.subjects for trust in reading.trusts] == [("repo:acme/*",)]
        assert [(path, fault.line) for path, fault in reading.faults] == [("role.tf", 6)]


POOL = """resource "google_iam_workload_identity_pool" "ci" {
  workload_identity_pool_id = "ci"
}
resource "google_iam_workload_identity_pool_provider" "github" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.ci.workload_identity_pool_id
  workload_identity_pool_provider_id = "github"
  attribute_mapping = {
    "google.subject"       = "assertion.sub"
    "attribute.repository" = "assertion.repository"
  }
  %s
  oidc { issuer_uri = "https://token.actions.githubusercontent.com" }
}
"""
MEMBER = """resource "google_service_account_iam_member" "ci" {
  service_account_id = google_service_account.deployer.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.ci.name}/%s"
}
"""


class TestGoogle:
    def test_a_member_by_repository_and_a_condition_by_branch(self) -> None:
        condition = (
            "attribute_condition = \"assertion.repository_owner_id == '7' && assertion.ref == 'refs/heads/main'\""
        )
        trust = only(main=POOL % condition + MEMBER % "attribute.repository/acme/web")
        assert trust.role == "Google service account deployer"
        assert trust.subjects == ("repo:acme/web:ref:refs/heads/main",)
        assert {claim.name for claim in trust.claims} == {"repository", "repository_owner_id", "ref"}

    def test_a_provider_without_a_condition(self) -> None:
        trust = only(main=POOL % "")
        assert (trust.role, trust.subjects) == ("Google pool github", ())
        trust = only(main=POOL % "attribute_condition = \"assertion.ref == 'refs/heads/main'\"")
        assert trust.subjects == ("repo:*/*:ref:refs/heads/main",)  # every repository has such a branch
        assert (
            read_trusts({"a.tf": POOL % "attribute_condition = \"assertion.repository_owner == 'acme'\""}).trusts == ()
        )

    def test_every_member_of_the_pool(self) -> None:
        owner = "attribute_condition = \"assertion.repository_owner == 'acme'\""
        assert only(main=POOL % owner + MEMBER % "*").subjects == ("repo:acme/*:*",)

    def test_an_expression_that_is_searched_for(self) -> None:
        text = POOL % "attribute_condition = \"assertion.repository.matches('acme/web')\"" + MEMBER % "*"
        pool, trust = read_trusts({"main.tf": text}).trusts
        assert pool.role == "Google pool github", "whoever takes a name such as notacme/web is let in"
        assert [each.kind for each in trust.weak] == [Weakness.UNANCHORED]
        assert trust.subjects == ("repo:*acme/web*:*",)
        whole = "attribute_condition = \"assertion.repository.matches('^acme/(web|api)$')\""
        trust = only(main=POOL % whole + MEMBER % "*")
        assert (trust.weak, trust.subjects) == ((), ("repo:acme/web:*", "repo:acme/api:*"))

    def test_what_is_not_followed_is_open(self) -> None:
        strange = 'attribute_condition = "size(assertion.repository) > 3"'
        trust = only(main=POOL % strange + MEMBER % "*")
        assert trust.subjects == ("${condition}",)
        assert [each.says for each in trust.opens] == ["a part of the attribute condition is not followed"]


VAULT = """resource "vault_jwt_auth_backend" "github" {
  path               = "github"
  oidc_discovery_url = "https://token.actions.githubusercontent.com"
}
resource "vault_jwt_auth_backend_role" "deploy" {
  backend        = vault_jwt_auth_backend.github.path
  role_name      = "deploy"
  role_type      = "jwt"
  user_claim     = "repository"
  token_policies = ["deploy"]
  %s
}
"""


class TestVault:
    def test_bound_claims(self) -> None:
        trust = only(main=VAULT % 'bound_claims = { repository = "acme/web", environment = "production" }')
        assert (trust.role, trust.issuer) == ("Vault role deploy", GITHUB)
        assert trust.subjects == ("repo:acme/web:environment:production",)
        assert (trust.audiences, trust.gives) == ((), ("deploy",))

    def test_a_glob_and_a_star_that_is_a_letter(self) -> None:
        glob = 'bound_claims_type = "glob"\n bound_claims = { sub = "repo:acme/*:ref:refs/heads/main" }'
        assert only(main=VAULT % glob).subjects == ("repo:acme/*:ref:refs/heads/main",)
        trust = only(main=VAULT % 'bound_claims = { sub = "repo:acme/*" }')
        assert [each.kind for each in trust.weak] == [Weakness.LITERAL_STAR]

    def test_the_issuer_follows_from_the_subject_where_no_file_names_it(self) -> None:
        lonely = VAULT.partition("}\n")[2]
        trust = only(main=lonely % 'bound_subject = "repo:acme/web:environment:production"')
        assert (trust.issuer, trust.presumed) == (GITHUB, True)
        assert only(main=lonely % "bound_claims = { plan = 7 }").issuer == ""

    def test_nothing_bound(self) -> None:
        trust = only(main=VAULT % "")
        assert (trust.subjects, trust.claims, trust.audiences) == ((), (), ())


def test_flexible_credentials_of_entra() -> None:
    text = """resource "azuread_application_flexible_federated_identity_credential" "web" {
  application_id             = azuread_application.web.id
  display_name               = "web"
  audience                   = "api://AzureADTokenExchange"
  issuer                     = "https://token.actions.githubusercontent.com"
  claims_matching_expression = "claims['sub'] matches 'repo:acme/web:ref:refs/heads/*' and claims['job_workflow_ref'] matches 'acme/ci/*'"
}"""
    trust = only(main=text)
    assert trust.subjects == ("repo:acme/web:ref:refs/heads/*",)
    assert [(claim.name, claim.values) for claim in trust.claims] == [("job_workflow_ref", ("acme/ci/*",))]


def test_a_value_from_another_file_is_told_where_it_is_used() -> None:
    more = "\n" * 40 + 'locals {\n  subs = ["repo:${var.owner}/web:*"]\n}\n'
    trust = read(condition("StringLike", "local.subs"), more=more)
    assert (trust.path, trust.stated_in) == ("role.tf", "trust.tf")
    assert [each.line for each in trust.opens] == [11]
    text = "\n" * 40 + "locals {\n  trust = <<EOT\n" + '{"Statement": [{"Action": "sts:AssumeRoleWithWebIdentity",\n'
    text += ' "Principal": {"Federated": "arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com"},\n'
    text += ' "Condition": {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/*"}}}]}\nEOT\n}\n'
    trust = only(role=role("local.trust"), more=text)
    assert (trust.subjects, trust.subject_line, trust.stated_in) == (("repo:acme/*",), 3, "role.tf")


def test_objects_of_loops_and_merges() -> None:
    text = """locals {
  known = merge({ web = "production" }, { api = "test" })
  repos = [{ name = "web", env = "production" }, { name = "api", env = "test" }]
}
resource "azurerm_federated_identity_credential" "each" {
  for_each = { for repo in local.repos : repo.name => repo }
  name     = "${each.key}-cd"
  issuer   = "https://token.actions.githubusercontent.com"
  audience = ["api://AzureADTokenExchange"]
  subject  = "repo:acme/${each.value.name}:environment:${each.value.env}"
}
resource "azurerm_federated_identity_credential" "all" {
  for_each = local.known
  name     = each.key
  issuer   = "https://token.actions.githubusercontent.com"
  subject  = "repo:acme/${each.key}:environment:${each.value}"
}
"""
    found = [(each.role, each.subjects) for each in read_trusts({"main.tf": text}).trusts]
    production, test = ("repo:acme/web:environment:production",), ("repo:acme/api:environment:test",)
    assert found == [
        ("Entra credential web-cd", production),
        ("Entra credential api-cd", test),
        ("Entra credential web", production),
        ("Entra credential api", test),
    ]


def test_a_member_that_is_not_settled_is_open() -> None:
    trust = only(
        main=POOL % "attribute_condition = \"assertion.repository_owner == 'acme'\"" + MEMBER % "${var.attribute}"
    )
    assert trust.subjects == ("${member}",)
    assert len(trust.opens) == 1
    member = MEMBER % "x"
    trust = only(
        main=member.replace(member.partition('"principalSet')[2].partition("\n")[0], "").replace(
            '"principalSet', "var.m"
        )
    )
    assert (trust.issuer, trust.subjects) == ("", ("${member}",))
    service = member.partition("  member")[0].replace("workloadIdentityUser", "owner") + "  member = var.somebody\n}\n"
    assert read_trusts({"main.tf": service}).trusts == ()


def test_two_conditions_on_one_claim_leave_what_fits_both() -> None:
    text = (
        POOL % "attribute_condition = \"assertion.repository.startsWith('acme/')\""
        + MEMBER % "attribute.repository/acme/web"
    )
    assert only(main=text).subjects == ("repo:acme/web:*",)
