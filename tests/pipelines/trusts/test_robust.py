"""Whatever a file holds, the readers of trusts answer: no exception, places inside the file, no endless work."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipewarden.pipelines.lines import lines_of
from pipewarden.pipelines.trusts.cel import read_condition
from pipewarden.pipelines.trusts.hcl import MAX_CHARACTERS, read_hcl
from pipewarden.pipelines.trusts.read import read_trusts
from pipewarden.pipelines.trusts.regexes import alternatives, is_anchored, patterns_of
from tests.pipelines.trusts.test_documents import TEMPLATE
from tests.pipelines.trusts.test_terraform import MEMBER, POOL, PROVIDER, VAULT, condition, document, role

PATHS = (
    "main.tf",
    "main.tf.json",
    "main.bicep",
    "role.hcl",
    "stack.yaml",
    "role.json",
    ".github/chainguard/a.sts.yaml",
)
IAM = "terraform-aws-modules/iam/aws//modules"
MODULES = f"""
module "a" {{
  source   = "{IAM}/iam-github-oidc-role"
  for_each = toset(["web", "api"])
  subjects = ["acme/${{each.value}}:*"]
  additional_trust_policy_conditions = [{{ test = "StringEquals", variable = "x:environment", values = ["p"] }}]
}}
module "b" {{
  source = "{IAM}/iam-role"
  enable_github_oidc      = true
  enable_bitbucket_oidc   = true
  oidc_provider_urls      = ["https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"]
  oidc_wildcard_subjects  = ["acme/web:*"]
}}
module "c" {{
  source             = "philips-labs/github-oidc/aws"
  repo               = "acme/web"
  default_conditions = ["allow_all", "deny_pull_request", "allow_environment"]
}}
module "d" {{
  source          = "unfunco/oidc-github/aws"
  github_subjects = ["acme/web"]
}}
module "e" {{
  source     = "terraform-google-modules/github-actions-runners/google//modules/gh-oidc"
  sa_mapping = {{ web = {{ sa_name = "a", attribute = "attribute.repository/acme/web" }} }}
}}
"""
"""Uses of modules that are known."""
WHOLE = "\n".join(
    (
        role("data.aws_iam_policy_document.trust.json"),
        document(condition("StringLike", '["repo:acme/*"]')),
        PROVIDER,
        POOL % "attribute_condition = \"assertion.repository == 'acme/web'\"",
        MEMBER % "attribute.repository/acme/web",
        VAULT % 'bound_claims = { sub = "repo:acme/*" }',
    )
)
PIECES = (
    'resource "aws_iam_role" "a" {\n', "assume_role_policy = ", "jsonencode(", "{", "}", "[", "]", "(", ")", '"', "${", "}", "%{",
    "<<-EOT\n", "EOT\n", "local.a", "data.aws_iam_policy_document.a.json", "for x in ", ": ", "=", "\n", "locals {\n", "a = local.a\n",
    "Statement", "Action", "sts:AssumeRoleWithWebIdentity", "Principal", "Federated", "Condition", "StringLike", ":sub", "repo:acme/*",
    "Resources:\n", "  Type: AWS::IAM::Role\n", "!Sub ", "!Ref ", "!If ", "Fn::Join", "- ", "issuer: ", "subject_pattern: ", "(a|", ".*",
    "resource x 'federatedIdentityCredentials@1' = {\n", "'", "bound_claims", "role_type", "attributeCondition", "oidc:\n", "issuerUri: ",
    f'module "a" {{\n source = "{IAM}/iam-github-oidc-role"\n', "subjects = ", "sa_mapping = ", "repo = ", "enable_github_oidc = true\n",
    "\x00", "\ud800", "é", "\ufeff", "\r", "\\", "//", "/*", "*/", "#", "&a ", "*a", "null", "1",
)  # fmt: skip


def everything(text: str) -> None:
    for path in PATHS:
        reading = read_trusts({path: text, f"more/{path}": text}, organization=True)
        lines = len(lines_of(text)) + 1
        for trust in reading.trusts:
            assert trust.path in {path, f"more/{path}"}
            for place in (trust, *trust.weak, *trust.opens):
                assert 1 <= place.line <= lines + 1, (path, place)
                assert place.column >= 1
        for _, fault in reading.faults:
            assert fault.line >= 1
            assert fault.says


@given(st.text())
def test_any_text(text: str) -> None:
    everything(text)
    read_condition(text, 1, {})
    patterns_of(text, searched=True)
    alternatives(text)
    is_anchored(text)


@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_pieces_in_any_order(text: str) -> None:
    everything(text)


@settings(max_examples=150)
@given(st.data())
def test_files_that_were_cut_and_spliced(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([WHOLE, TEMPLATE, MODULES]))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        to = data.draw(st.integers(at, min(len(text), at + 60)))
        text = text[:at] + data.draw(st.sampled_from(PIECES)) + text[to:]
    everything(text)


DOUBLING = "locals {\n  a0 = [1]\n" + "".join(f"  a{n + 1} = [local.a{n}, local.a{n}]\n" for n in range(60)) + "}\n"
GROWING = (
    'locals {\n  a0 = "x"\n' + "".join(f'  a{n + 1} = "${{local.a{n}}}${{local.a{n}}}"\n' for n in range(60)) + "}\n"
)


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 200_000,
        "a = " + "{" * 200_000,
        'a = "' + '${"' * 60_000,
        "a {\n" * 50_000,
        DOUBLING + role("local.a60"),
        GROWING + role("local.a60"),
        "locals {\n a = local.b\n b = local.a\n}\n" + role("local.a"),
        role("jsonencode(" * 3_000),
        role("[for x in [" + "1," * 5_000 + "] : x]"),
        "resource x 'federatedIdentityCredentials@1' = " + "{ a: " * 100_000,
        "resource x 'federatedIdentityCredentials@1' = {}\n" * 5_000,
        "subject_pattern: '" + "(a|b)" * 20_000 + "'",
        "subject_pattern: '" + "(" * 50_000 + "'",
        "Resources: " + "[" * 100_000,
        "x" * (MAX_CHARACTERS + 1),
    ],
    ids=lambda text: f"{text[:40]!r}x{len(text)}",
)
def test_hostile_files_end(text: str) -> None:
    for path in PATHS:
        assert all(fault.says for _, fault in read_trusts({path: text}).faults)


def test_a_file_that_is_too_large_is_told() -> None:
    assert [fault.says for fault in read_hcl("x" * (MAX_CHARACTERS + 1)).faults] == ["larger than 1048576 characters"]
