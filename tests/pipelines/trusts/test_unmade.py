"""What Terraform makes none of does not exist, and a module of acme's own that is not here is told."""

import json

import pytest

from pipewarden.pipelines.trusts.places import folder_of
from pipewarden.pipelines.trusts.read import read_trusts

IAM = "terraform-aws-modules/iam/aws//modules/iam-github-oidc-role"
CREDENTIAL = """resource "azurerm_federated_identity_credential" "web" {
  %s
  name    = "web"
  issuer  = "https://token.actions.githubusercontent.com"
  subject = "repo:acme/web:pull_request"
}
locals {
  off  = 0
  none = {}
}
"""
CALL = 'module "deploy" {\n  source = "%s"\n  subjects = ["acme/web:*"]\n  %s\n}\n'
NOTHING = [
    "count = 0",
    "count = local.off",
    "for_each = {}",
    "for_each = []",
    "for_each = toset([])",
    "for_each = local.none",
]
SOMETHING = ["", "count = 1", "count = var.on ? 1 : 0", "for_each = var.all", "for_each = { web = 1 }", "for_each = toset(var.all)",
             "for_each = merge({}, var.all)"]  # fmt: skip


def roles(files: dict[str, str], folders: set[str] | None = None) -> list[str]:
    return [trust.address for trust in read_trusts(files, folders=folders).trusts]


def opened(files: dict[str, str], folders: set[str] | None) -> list[tuple[str, int, str]]:
    trusts = read_trusts(files, folders=folders).trusts
    return [(trust.path, each.line, each.says) for trust in trusts for each in trust.opens]


@pytest.mark.parametrize(
    ("line", "there"), [*((each, False) for each in NOTHING), *((each, True) for each in SOMETHING)]
)
class TestNothing:
    def test_a_resource_that_is_not_made_lets_nobody_in(self, line: str, there: bool) -> None:
        assert bool(roles({"main.tf": CREDENTIAL % line})) is there

    def test_a_module_that_is_not_used_makes_no_role(self, line: str, there: bool) -> None:
        text = CALL % (IAM, line) + "locals {\n  off  = 0\n  none = {}\n}\n"
        assert bool(roles({"main.tf": text})) is there

    def test_a_folder_whose_only_use_makes_nothing_is_left_out(self, line: str, there: bool) -> None:
        use = CALL % ("../modules/web", line) + "locals {\n  off  = 0\n  none = {}\n}\n"
        files = {"live/main.tf": use, "modules/web/main.tf": CREDENTIAL % ""}
        assert bool(roles(files)) is there


def test_resources_in_json_that_are_not_made() -> None:
    document = {"Statement": {"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity", "Principal": {"Federated": "arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com"}}}  # fmt: skip

    def text(**more: object) -> str:
        return json.dumps({"resource": {"aws_iam_role": {"d": {"assume_role_policy": json.dumps(document), **more}}}})

    for made in ({}, {"count": 1}, {"for_each": {"a": 1}}):
        assert roles({"main.tf.json": text(**made)}) == ["aws_iam_role.d"]
    assert roles({"main.tf.json": text(count=0)}) == []
    assert roles({"main.tf.json": text(for_each={})}) == []


def test_a_provider_that_is_not_made_compares_no_audience() -> None:
    role = """resource "aws_iam_role" "deploy" {
  assume_role_policy = jsonencode({ Statement = [{
    Effect = "Allow", Action = "sts:AssumeRoleWithWebIdentity"
    Principal = { Federated = "arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com" }
    Condition = { StringLike = { "token.actions.githubusercontent.com:sub" = "repo:acme/web:*" } }
  }] })
}
resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
  %s
}
"""
    assert read_trusts({"a.tf": role % ""}).trusts[0].audiences == ("sts.amazonaws.com",)
    assert read_trusts({"a.tf": role % "count = 0"}).trusts[0].audiences == ()


UNUSED = {"modules/web/main.tf": CREDENTIAL % "", "live/off.tf": CALL % ("../modules/web", "count = 0")}
WITHOUT = {"live/main.tf": "\n" + CALL % ("../modules/web", "")}


class TestUses:
    """A folder stands for as long as one use of it makes something, or it is applied by itself."""

    def test_another_use(self) -> None:
        assert roles(UNUSED) == []
        assert len(roles(UNUSED | {"test/main.tf": CALL % ("../modules/web", "")})) == 1

    def test_a_use_inside_what_is_not_made(self) -> None:
        within = {
            "modules/all/main.tf": CALL % ("../web", ""),
            "live/all.tf": CALL % ("../modules/all", "for_each = {}"),
        }
        assert roles(UNUSED | within) == []
        assert len(roles(UNUSED | within | {"live/all.tf": CALL % ("../modules/all", "")})) == 1

    def test_folders_that_use_each_other_stand(self) -> None:
        files = {"a/main.tf": CREDENTIAL % "" + CALL % ("../b", ""), "b/main.tf": CALL % ("../a", "")}
        assert len(roles(files)) == 1

    def test_a_folder_with_its_own_state(self) -> None:
        state = {"modules/web/state.tf": 'terraform {\n  backend "s3" {}\n}\n'}
        assert len(roles(UNUSED | state)) == 1

    def test_what_is_broken_in_a_folder_that_is_not_made_is_still_told(self) -> None:
        reading = read_trusts(UNUSED | {"modules/web/more.tf": 'resource "a" {{{\n'})
        assert (reading.trusts, len(reading.faults)) == ((), 1)


class TestAbsent:
    SAYS = (
        "live/main.tf",
        2,
        "the folder of the module ../modules/web is not here, and may make roles that jobs can act as",
    )

    def test_a_module_whose_folder_is_not_here_is_open_at_its_line(self) -> None:
        assert opened(WITHOUT, {"live"}) == [self.SAYS]

    def test_one_that_is_here_or_not_known_to_be_missing_or_not_made_is_not(self) -> None:
        assert opened(WITHOUT, {"live", "modules/web"}) == []
        assert opened(WITHOUT, None) == []
        assert opened({"live/main.tf": CALL % ("../modules/web", "count = 0")}, {"live"}) == []

    def test_one_outside_of_the_repository_is_not_here(self) -> None:
        assert len(opened({"main.tf": CALL % ("../../shared/web", "")}, {""})) == 1

    def test_what_terraform_fetched_is_no_folder_of_the_repository(self) -> None:
        assert opened({"main.tf": CALL % ("./.terraform/modules/v3/subnet", "")}, {""}) == []

    def test_a_source_that_is_not_settled_says_nothing(self) -> None:
        assert opened({"main.tf": CALL % ("./${var.which}", "")}, {""}) == []


@pytest.mark.parametrize(
    ("path", "source", "folder"),
    [
        ("main.tf", "./", ""),
        ("main.tf", "./modules/web", "modules/web"),
        ("live/prod/main.tf", "../../modules/web/", "modules/web"),
        ("live/main.tf", "..", ""),
        ("main.tf", "../shared", ".."),
        ("live/main.tf", "../../x", ".."),
    ],
)
def test_which_folder_a_source_names(path: str, source: str, folder: str) -> None:
    assert folder_of(path, source) == folder


def test_a_subject_in_an_argument_speaks_of_jobs() -> None:
    text = 'module "deploy" {\n  source = "app.terraform.io/acme/roles/aws"\n  who = ["repo:acme/%s:%s"]\n}\n'
    assert len(opened({"main.tf": text % ("web", "*")}, None)) == 1
    assert opened({"main.tf": text.replace("repo:", "chart:") % ("web", "1")}, None) == []
