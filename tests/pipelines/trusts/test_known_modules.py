"""Roles that well-known modules of Terraform make for acme's jobs, from the arguments they are given."""

import pytest

from pipewarden.pipelines.trusts.known_modules import name_of
from pipewarden.pipelines.trusts.read import read_trusts
from pipewarden.pipelines.trusts.stated import Stated

GITHUB = "https://token.actions.githubusercontent.com"
IAM = "terraform-aws-modules/iam/aws//modules"


def read(source: str, arguments: str, more: str = "") -> tuple[Stated, ...]:
    text = f'module "deploy" {{\n  source = "{source}"\n{arguments}\n}}\n{more}'
    reading = read_trusts({"main.tf": text})
    assert reading.faults == ()
    return reading.trusts


@pytest.mark.parametrize(
    ("source", "arguments", "issuer", "subjects", "audiences"),
    [
        (f"{IAM}/iam-github-oidc-role", 'subjects = ["acme/*"]', GITHUB, ("repo:acme/*",), ("sts.amazonaws.com",)),
        (
            f"{IAM}/iam-github-oidc-role",
            'subjects = ["repo:acme/web:environment:production"]\naudience = "acme"',
            GITHUB,
            ("repo:acme/web:environment:production",),
            ("acme",),
        ),
        (
            f"{IAM}/iam-assumable-role-with-oidc",
            'create_role = true\nprovider_url = "https://gitlab.com"\noidc_subjects_with_wildcards = ["project_path:acme/*:ref_type:branch:ref:main"]',
            "https://gitlab.com",
            ("project_path:acme/*:ref_type:branch:ref:main",),
            (),
        ),
        (
            f"{IAM}/iam-role",
            'enable_github_oidc = true\noidc_wildcard_subjects = ["acme/web:*"]',
            GITHUB,
            ("repo:acme/web:*",),
            ("sts.amazonaws.com",),
        ),
        (f"{IAM}/iam-role", "enable_github_oidc = true", GITHUB, (), ("sts.amazonaws.com",)),
        (
            f"{IAM}/iam-role",
            'enable_bitbucket_oidc = true\noidc_provider_urls = ["https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"]\noidc_audiences = ["ari:cloud:bitbucket::workspace/1"]\noidc_wildcard_subjects = ["{1}:*"]',
            "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc",
            ("{1}:*",),
            ("ari:cloud:bitbucket::workspace/1",),
        ),
        ("unfunco/oidc-github/aws", 'github_repositories = ["acme/web"]', GITHUB, ("repo:acme/web:*",), ("sts.amazonaws.com",)),
        (
            "unfunco/oidc-github/aws",
            'github_subjects = ["acme/web", "acme/api:pull_request"]',
            GITHUB,
            ("repo:acme/web:ref:refs/heads/main", "repo:acme/api:pull_request"),
            ("sts.amazonaws.com",),
        ),
        ("philips-labs/github-oidc/aws", 'repo = "acme/web"', GITHUB, ("repo:acme/web:ref:refs/heads/main",), ("sts.amazonaws.com",)),
        (
            "github.com/philips-labs/terraform-aws-github-oidc?ref=v0.8.1",
            'repo = "acme/web"\ndefault_conditions = ["allow_environment"]\ngithub_environments = ["production"]',
            GITHUB,
            ("repo:acme/web:environment:production",),
            ("sts.amazonaws.com",),
        ),
        (
            "philips-labs/github-oidc/aws",
            'repo = "acme/web"\ndefault_conditions = ["allow_all", "deny_pull_request"]',
            GITHUB,
            ("repo:acme/web:ref:*", "repo:acme/web:environment:*"),
            ("sts.amazonaws.com",),
        ),
    ],
)  # fmt: skip
def test_what_a_module_lets_in(
    source: str, arguments: str, issuer: str, subjects: tuple[str, ...], audiences: tuple[str, ...]
) -> None:
    (trust,) = read(source, arguments)
    assert (trust.issuer, trust.subjects, trust.audiences) == (issuer, subjects, audiences)
    assert (trust.path, trust.line, trust.opens) == ("main.tf", 1, ())


@pytest.mark.parametrize(
    ("source", "arguments"),
    [
        (f"{IAM}/iam-github-oidc-role", ""),
        (f"{IAM}/iam-github-oidc-role", 'subjects = ["acme/*"]\ncreate = false'),
        (f"{IAM}/iam-assumable-role-with-oidc", 'provider_url = "https://gitlab.com"'),
        (
            f"{IAM}/iam-assumable-role-with-oidc",
            "create_role = true\nprovider_url = module.eks.cluster_oidc_issuer_url\noidc_fully_qualified_subjects = [var.pod]",
        ),
        (f"{IAM}/iam-role", 'name = "backup"'),
        (f"{IAM}/iam-github-oidc-provider", ""),
        ("philips-labs/github-oidc/aws", ""),
        ("philips-labs/github-oidc/aws//modules/provider", ""),
        ("./modules/github-oidc-role", 'subjects = ["acme/*"]'),
        ("terraform-aws-modules/vpc/aws", 'name = "vpc"'),
    ],
)
def test_modules_that_let_in_no_job(source: str, arguments: str) -> None:
    assert read(source, arguments) == ()


def test_names_of_roles_and_open_arguments() -> None:
    (trust,) = read(f"{IAM}/iam-github-oidc-role", 'name = "web-deploy"\nsubjects = ["${var.org}/web:*"]')
    assert (trust.role, trust.address) == ("AWS role web-deploy", "module.deploy")
    assert trust.subjects == ("repo:${var.org}/web:*",)
    assert [(each.says, each.line) for each in trust.opens] == [
        ("repo:${var.org}/web:* is not settled by the files", 4)
    ]
    (trust,) = read(f"{IAM}/iam-github-oidc-role", "subjects = var.subjects")
    assert trust.subjects == ("repo:${var.subjects}",)
    assert trust.opens


def test_each_item_of_a_loop_is_a_role() -> None:
    arguments = 'for_each = toset(["web", "api"])\nname = "deploy-${each.value}"\nsubjects = ["acme/${each.value}:ref:refs/heads/main"]'
    found = [(each.role, each.subjects) for each in read(f"{IAM}/iam-github-oidc-role", arguments)]
    assert found == [
        ("AWS role deploy-web", ("repo:acme/web:ref:refs/heads/main",)),
        ("AWS role deploy-api", ("repo:acme/api:ref:refs/heads/main",)),
    ]


def test_further_conditions_narrow() -> None:
    more = """
  additional_trust_policy_conditions = [{
    test     = "StringEquals"
    variable = "token.actions.githubusercontent.com:environment"
    values   = ["production"]
  }]"""
    (trust,) = read(f"{IAM}/iam-github-oidc-role", f'subjects = ["acme/web:*"]{more}')
    assert trust.subjects == ("repo:acme/web:environment:production",)


def test_a_module_that_is_not_known_and_speaks_of_oidc_is_open() -> None:
    (trust,) = read("acme/github-oidc-role/aws", 'repositories = ["acme/web"]')
    assert (trust.role, trust.issuer) == ("role of module deploy", "")
    assert [each.says for each in trust.opens] == [
        "the module acme/github-oidc-role/aws is not followed, and may make roles that jobs can act as"
    ]


def test_the_module_of_google() -> None:
    source = "terraform-google-modules/github-actions-runners/google//modules/gh-oidc"
    mapping = 'sa_mapping = { "web" = { sa_name = "projects/p/serviceAccounts/deploy@p.iam.gserviceaccount.com", attribute = "attribute.repository/acme/web" } }'
    pool, bound = read(source, f'pool_id = "ci"\nprovider_id = "gh"\n{mapping}')
    assert (pool.role, pool.subjects) == ("Google pool gh", ())
    assert (bound.role, bound.subjects) == (
        "Google service account deploy@p.iam.gserviceaccount.com",
        ("repo:acme/web:*",),
    )
    guarded = read(source, f'pool_id = "ci"\nattribute_condition = "assertion.repository_owner == \'acme\'"\n{mapping}')
    assert [each.role for each in guarded] == ["Google service account deploy@p.iam.gserviceaccount.com"]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("git::https://github.com/unfunco/terraform-aws-oidc-github.git?ref=v1", "unfunco/terraform-aws-oidc-github"),
        ("git@github.com:acme/roles.git//aws", "acme/roles//aws"),
        ("github.com/philips-labs/terraform-aws-github-oidc?ref=v1//modules/provider", "philips-labs/terraform-aws-github-oidc//modules/provider"),
        ("${var.source}", ""),
    ],
)  # fmt: skip
def test_where_a_module_is_from(source: str, name: str) -> None:
    assert name_of(source) == name


def test_the_provider_of_the_same_folder_tells_the_audiences() -> None:
    role = """resource "aws_iam_role" "deploy" {
  assume_role_policy = jsonencode({ Statement = [{ Action = "sts:AssumeRoleWithWebIdentity",
    Principal = { Federated = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" },
    Condition = { StringEquals = { "token.actions.githubusercontent.com:sub" = "repo:acme/web:environment:production" } } }] })
}
"""
    provider = f'resource "aws_iam_openid_connect_provider" "github" {{\n  url = "{GITHUB}"\n  client_id_list = ["sts.amazonaws.com"]\n}}\n'
    (known,) = read_trusts({"a.tf": role, "b.tf": provider}).trusts
    (unknown,) = read_trusts({"a.tf": role}).trusts
    (other,) = read_trusts({"a.tf": role, "b.tf": provider.replace(GITHUB, "https://gitlab.com")}).trusts
    assert (known.audiences, known.audience_by) == (("sts.amazonaws.com",), "")
    assert unknown.audiences == other.audiences == ()
    assert unknown.audience_by == "the client ids of the identity provider"


@pytest.mark.parametrize(
    "arguments",
    [
        'principals = { Federated = ["arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"] }',
        'conditions = [{ variable = "token.actions.githubusercontent.com:sub", values = ["repo:acme/web:*"] }]',
        'trusted = "arn:aws:iam::111122223333:oidc-provider/gitlab.acme.example"',
    ],
)
def test_a_module_that_is_not_known_and_is_told_of_an_issuer_of_jobs_is_open(arguments: str) -> None:
    (trust,) = read("acme/iam-role/aws", arguments)
    assert [each.says for each in trust.opens] == [
        "the module acme/iam-role/aws is not followed, and may make roles that jobs can act as"
    ]
    assert read("acme/iam-role/aws", 'principals = { Service = ["ec2.amazonaws.com"] }') == ()


def test_a_version_with_a_slash_is_no_part_of_a_modules_name() -> None:
    source = (
        "git::https://github.com/terraform-aws-modules/terraform-aws-iam.git//modules/iam-role?ref=release/6.x&depth=1"
    )
    assert name_of(source) == "terraform-aws-modules/terraform-aws-iam//modules/iam-role"
    assert name_of("git::https://github.com/acme/tf.git?ref=v1//modules/x") == "acme/tf//modules/x"
