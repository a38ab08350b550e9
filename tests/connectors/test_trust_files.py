"""A checkout of acme's infrastructure: its trusts become facts, and what cannot be read becomes gaps."""

from pathlib import Path

from pipewarden.access.view import View
from pipewarden.audit import collect
from pipewarden.checks import ALL
from pipewarden.checks.base import judge
from pipewarden.connectors import trust_files
from pipewarden.connectors.checkout import Checkout
from pipewarden.connectors.folder import MOST_BYTES
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Certainty, Gap, Resource, Trust
from pipewarden.model.ids import Kind
from pipewarden.model.snapshot import Snapshot

ROLE = """resource "aws_iam_role" "deploy" {
  assume_role_policy = data.aws_iam_policy_document.trust.json
}
"""
TRUST = """data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com"]
    }
    condition {
      test     = "StringLike"
      variable = "token.actions.githubusercontent.com:sub"
      values   = ["repo:acme/web:*", "repo:${var.owner}/api:*"]
    }
  }
}
"""

ABOUT = [check for check in ALL if check.info.subject is Kind.CLOUD_ROLE and Facet.REPO_TRUSTS in check.info.needs]


def read(folder: Path, **files: str) -> Snapshot:
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return collect([Checkout(folder)])


def trusts(snapshot: Snapshot) -> list[Trust]:
    return list(snapshot.records(Trust))


def details(snapshot: Snapshot) -> list[str]:
    return sorted(gap.detail for gap in snapshot.records(Gap))


def test_a_role_its_trust_and_what_is_open(tmp_path: Path) -> None:
    snapshot = read(tmp_path, **{"iam__role.tf": ROLE, "iam__trust.tf": TRUST, "iam__vpc.tf": 'resource "x" "y" {}\n'})
    (trust,) = trusts(snapshot)
    role = snapshot.find(trust.principal)
    assert isinstance(role, Resource)
    assert (role.name, role.ref.kind, role.parent and role.parent.kind) == (
        "AWS role deploy",
        Kind.CLOUD_ROLE,
        Kind.REPOSITORY,
    )
    assert trust.subjects == ("repo:acme/web:*", "repo:${var.owner}/api:*")
    assert (trust.attributes["path"], trust.attributes["line"]) == ("iam/trust.tf", 10)
    assert trust.origin.endpoint == "file iam/role.tf"
    assert trust.origin.certainty is Certainty.KNOWN
    assert details(snapshot) == ["iam/trust.tf:11: repo:${var.owner}/api:* is not settled by the files"]


def test_a_presumed_issuer_is_marked(tmp_path: Path) -> None:
    role = '{"role_type": "jwt", "user_claim": "sub", "bound_subject": "repo:acme/web:environment:production"}'
    (trust,) = trusts(read(tmp_path, **{"roles__deploy.json": role}))
    assert trust.origin.certainty is Certainty.PRESUMED


def test_policies_are_read_and_no_longer_only_recognised(tmp_path: Path) -> None:
    text = "issuer: https://token.actions.githubusercontent.com\nsubject: repo:acme/web:ref:refs/heads/main\n"
    snapshot = read(
        tmp_path, **{".github__chainguard__release.sts.yaml": text, ".github__chainguard__bad.sts.yaml": "["}
    )
    assert [trust.attributes["path"] for trust in trusts(snapshot)] == [".github/chainguard/release.sts.yaml"]
    (broken,) = details(snapshot)
    assert broken.startswith(".github/chainguard/bad.sts.yaml:2: ")


def test_files_without_the_mark_are_not_parsed_and_links_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.tf"
    outside.write_text(ROLE + TRUST)
    (tmp_path / "repo").mkdir()
    (tmp_path / "repo/main.tf").symlink_to(outside)
    snapshot = read(tmp_path / "repo", **{"values.yaml": "a: [", "node_modules__x__main.tf": ROLE + TRUST})
    assert trusts(snapshot) == []
    assert details(snapshot) == []


def test_two_statements_are_two_trusts_of_one_role(tmp_path: Path) -> None:
    head, _, rest = TRUST.partition("\n")
    inner = rest.removesuffix("}\n")
    snapshot = read(tmp_path, **{"main.tf": f"{ROLE}{head}\n{inner}{inner}}}\n"})
    assert len(trusts(snapshot)) == 2
    assert len({trust.principal for trust in trusts(snapshot)}) == 1
    assert len({trust.ref for trust in trusts(snapshot)}) == 2


def test_text_beyond_the_limit_is_told() -> None:
    search = trust_files.TrustSearch()
    whole = "#" * MOST_BYTES
    for number in range(trust_files.MOST_CHARACTERS // MOST_BYTES + 2):
        search.take(f"{number}.tf", whole)
    assert list(search._gaps()) == [f"2 files beyond {trust_files.MOST_CHARACTERS} characters of text"]


def test_what_tests_and_other_peoples_code_show_lets_nobody_in(tmp_path: Path) -> None:
    names = ("tests__aws__t.tf", "pkg__testdata__t.tf", "vendor__mod__t.tf", ".terraform__modules__m__t.tf")
    assert trusts(read(tmp_path / "a", **dict.fromkeys(names, ROLE + TRUST))) == []
    near = ("test__t.tf", "examples__t.tf", "envs__testing__t.tf", "tests.tf")
    assert len(trusts(read(tmp_path / "b", **dict.fromkeys(near, ROLE + TRUST)))) == len(near)


USE = 'module "deploy" {{\n  source = "../{0}"\n  {1}\n  subjects = ["repo:acme/web:*"]\n}}\n'


def test_a_module_that_is_not_here_is_told_with_its_place(tmp_path: Path) -> None:
    """Its user holds no mark: what is missing may be what does."""
    files = {"live__main.tf": USE.format("roles", ""), "net__main.tf": 'module "n" {\n  source = "../subnets"\n}\n'}
    says = "the folder of the module ../roles is not here, and may make roles that jobs can act as"
    assert details(read(tmp_path / "a", **files)) == [f"live/main.tf:1: {says}"]
    assert details(read(tmp_path / "b", **files, **{"roles__main.tf": "\n"})) == []
    assert details(read(tmp_path / "c", **files, **{"roles__vendor.tofu": "\n"})) == []
    # a folder that is left out is there
    tested = {"live__main.tf": USE.format("tests/roles", ""), "tests__roles__main.tf": ROLE}
    assert details(read(tmp_path / "d", **tested)) == []


def test_a_module_that_nobody_makes_anything_of_lets_nobody_in(tmp_path: Path) -> None:
    """The folder that uses it holds no mark."""
    module = {"roles__main.tf": ROLE + TRUST}
    assert len(trusts(read(tmp_path / "a", **module, **{"live__main.tf": USE.format("roles", "")}))) == 1
    assert trusts(read(tmp_path / "b", **module, **{"live__main.tf": USE.format("roles", "count = 0")})) == []


def test_a_file_that_cannot_be_read_leaves_the_checks_unknown_and_the_roles_beside_it_judged(tmp_path: Path) -> None:
    broken = ROLE.replace("{", "{ = ", 1) + "# token.actions.githubusercontent.com openid_connect_provider\n"
    verdicts = judge(ABOUT, View(read(tmp_path, **{"a__role.tf": broken, "b__role.tf": ROLE, "b__trust.tf": TRUST})))
    assert {each.detail.partition(":")[0] for each in verdicts.not_assessed if each.facet == Facet.REPO_TRUSTS} == {
        "a/role.tf"
    }
    assert all(tally.unknown for tally in verdicts.tallies)
    assert "gh.oidc.trust_pr" in {finding.check for finding in verdicts.findings}
    alone = tmp_path / "alone"
    assert all(tally.unknown for tally in judge(ABOUT, View(read(alone, **{"a__role.tf": broken}))).tallies)
