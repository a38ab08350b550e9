"""Terraform and its like over the API: the same trusts as in a checkout, from the repositories that show some, within bounds."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from graphql import build_schema, parse, validate

from pipewarden import checks
from pipewarden.access.view import View
from pipewarden.audit import collect
from pipewarden.checks.base import judge
from pipewarden.connectors.checkout import Checkout
from pipewarden.connectors.github.auth import Token
from pipewarden.connectors.github.client import GitHub
from pipewarden.connectors.github.connector import GitHubConnector
from pipewarden.connectors.github.hosts import addresses
from pipewarden.connectors.github.stated_trusts import MOST_FILES, MOST_TEXT, Listed, chosen_of, files_of, query
from pipewarden.connectors.github.trust_places import MAY_STATE
from pipewarden.connectors.joined import joining
from pipewarden.demo.estate import acme
from pipewarden.demo.estate.kinds import Estate
from pipewarden.demo.github import GitHubServer, Variant
from pipewarden.http.client import Http
from pipewarden.http.secrets import FixedSecret
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Gap, Trust
from pipewarden.model.ids import Kind
from pipewarden.model.snapshot import Snapshot
from pipewarden.store import Store
from tests.connectors.test_github import NOW, collected, connector
from tests.connectors.test_trust_files import ROLE, TRUST
from tests.shared import shared_path

TREE = "/repos/{owner}/{repo}/git/trees/{tree_sha}"
STAR = TRUST.replace("repo:acme/web:*", "repo:acme/*")
BICEP = """resource id 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2023-01-31' = {
  name: 'app/github'
  properties: {
    issuer: 'https://token.actions.githubusercontent.com'
    subject: 'repo:acme/web:pull_request'
    audiences: ['api://AzureADTokenExchange']
  }
}
"""
STACK = """Resources:
  Deploy:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Action: sts:AssumeRoleWithWebIdentity
            Principal: {Federated: "arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com"}
            Condition:
              StringLike: {"token.actions.githubusercontent.com:sub": "repo:acme/*:*"}
"""
SUBJECT = """resource "github_actions_repository_oidc_subject_claim_customization_template" "web" {
  repository         = "web"
  use_default        = false
  include_claim_keys = ["repo"]
}
"""
FILES = {
    "iam/role.tf": ROLE,
    "iam/trust.tf": STAR,
    "iam/vpc.tf": 'resource "aws_vpc" "main" {}\n',
    "iam/subject.tf": SUBJECT,
    "azure/main.bicep": BICEP,
    "stacks/deploy.yaml": STACK,
    "broken/trust.tf": 'resource "aws_iam_role" "x" {\n  assume_role_policy = data.aws_iam_openid_connect_provider\n',
    "tests/fixtures/trust.tf": STAR.replace("trust", "fixture"),
    "node_modules/a/trust.tf": STAR,
    "README.md": "token.actions.githubusercontent.com openid_connect_provider",
}
ASKS_THE_ORGANIZATION = {"en.fic.stale_repo", "gh.oidc.trust_renamed"}
"""Whether a name is still somebody's is known where the organization is read, and feared where it is not."""
OWN = [check for check in checks.ALL if check.info.subject is Kind.CLOUD_ROLE]


def estate(files: Mapping[str, str] = FILES, name: str = "infra") -> Estate:
    """Return acme with files in one of its repositories."""
    made = acme()
    made.organizations["acme"].repositories[name].files |= files
    return made


def read(made: Estate, variant: Variant | None = None) -> Snapshot:
    with GitHubServer(made, variant) as server:
        return collected(connector(server))[0]


def trusts(snapshot: Snapshot) -> set[tuple[Any, ...]]:
    return {
        (t.attributes["path"], t.attributes["line"], t.subjects)
        for t in snapshot.records(Trust)
        if "path" in t.attributes
    }


def told(snapshot: Snapshot) -> set[tuple[Any, ...]]:
    """Return what the checks of roles say, and where."""
    found = judge(OWN, View(snapshot)).findings
    return {(each.check, each.says, each.file, each.line) for each in found if each.check not in ASKS_THE_ORGANIZATION}


def gaps(snapshot: Snapshot) -> list[tuple[str, str, str]]:
    names = View(snapshot)
    facets = {Facet.REPO_TRUSTS, Facet.REPO_FILES, Facet.REPO_TRUST_VALUES}
    return sorted((names.name(g.scope), g.cause, g.detail) for g in snapshot.records(Gap) if g.facet in facets)


def checkout(folder: Path, files: Mapping[str, str] = FILES) -> Snapshot:
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return collect([Checkout(folder, name="acme/infra")])


def test_an_organization_and_a_checkout_tell_the_same_of_the_same_files(tmp_path: Path) -> None:
    before, here, there = read(acme()), read(estate()), checkout(tmp_path)
    assert trusts(here) - trusts(before) == trusts(there)
    assert len(trusts(there)) == 3
    assert told(here) - told(before) == told(there)
    assert {check for check, *_ in told(there)} >= {"gh.oidc.trust_wildcard", "gh.oidc.trust_pull_request"} or told(
        there
    )
    assert [each for each in gaps(here) if each not in gaps(before)] == gaps(there)


def test_subjects_that_terraform_customises_stand_at_the_repository() -> None:
    snapshot = read(estate())
    infra = next(each for each in snapshot.entities(Kind.REPOSITORY) if each.name == "acme/infra")
    assert [each["path"] for each in infra.attributes["oidc_templates"]] == ["iam/subject.tf"]


def test_what_the_organization_knows_goes_with_what_its_terraform_states() -> None:
    view = View(read(estate()))
    role = next(each for each in view.entities(Kind.CLOUD_ROLE) if each.name == "AWS role deploy")
    assert role.parent is not None
    assert view.name(role.parent) == "acme/infra"


def test_only_repositories_that_show_something_are_listed() -> None:
    with GitHubServer(acme()) as server:
        snapshot = collected(connector(server))[0]
        asked = server.requests.get(TREE, 0)
    may = [each for each in snapshot.entities(Kind.REPOSITORY) if MAY_STATE in each.attributes]
    assert asked == len(may)
    assert 0 < len(may) < len(list(snapshot.entities(Kind.REPOSITORY)))


@pytest.mark.parametrize(
    ("files", "speaks"),
    [
        ({"main.tf": ROLE}, "main.tf"),
        ({"Terraform/x/main.tf": ROLE}, "Terraform/"),
        ({"src/main.py": "", "docs/terraform/main.tf": ROLE}, None),  # no place that is known: a checkout finds it
        ({"main.tf.md": ""}, None),
    ],
)
def test_what_speaks_for_trusts_is_told(files: dict[str, str], speaks: str | None) -> None:
    made = acme()
    made.organizations["acme"].repositories["data-warehouse"].workflows.clear()
    made.organizations["acme"].repositories["data-warehouse"].files.clear()
    made.organizations["acme"].repositories["data-warehouse"].files |= files
    snapshot = read(made)
    [found] = [each for each in snapshot.entities(Kind.REPOSITORY) if each.name == "acme/data-warehouse"]
    assert found.attributes.get(MAY_STATE) == speaks


@pytest.mark.parametrize(("how", "cause"), [("forbidden", Cause.FORBIDDEN), ("missing", Cause.NOT_FOUND)])
def test_a_list_that_is_refused_is_a_gap_that_names_the_permission(how: str, cause: Cause) -> None:
    snapshot = read(estate(), Variant(**{how: frozenset({TREE})}))
    found = [gap for gap in snapshot.records(Gap) if gap.facet == Facet.REPO_TRUSTS]
    assert found
    assert {(gap.cause, gap.permission) for gap in found} == {(cause, "contents: read (app), or repo (token)")}
    assert "iam/trust.tf" not in {path for path, *_ in trusts(snapshot)}


@pytest.mark.parametrize("how", ["nulls", "truncated", "html"])
def test_a_list_that_cannot_be_read_is_a_gap_and_no_pass(how: str) -> None:
    snapshot = read(estate(), Variant(**{how: frozenset({TREE})}))
    assert [gap for gap in snapshot.records(Gap) if gap.facet == Facet.REPO_TRUSTS]
    assert "iam/trust.tf" not in {path for path, *_ in trusts(snapshot)}


def test_files_that_are_refused_are_a_gap_and_the_others_are_read() -> None:
    snapshot = read(estate(), Variant(refused_places=frozenset({"Files:repository.f0"}), errors_told=True))
    assert [gap.cause for gap in snapshot.records(Gap) if gap.facet == Facet.REPO_TRUSTS] == [Cause.FORBIDDEN]
    assert trusts(snapshot)


def test_what_the_root_holds_is_a_gap_where_it_is_refused() -> None:
    refused = frozenset({"Repositories:organization.repositories.nodes.*.root"})
    snapshot = read(estate(), Variant(refused_places=refused))
    gap = next(gap for gap in snapshot.records(Gap) if gap.facet == Facet.REPO_TRUSTS)
    assert (gap.cause, gap.permission) == (Cause.FORBIDDEN, "contents: read (app), or repo (token)")


def test_links_are_not_followed_and_submodules_are_no_files() -> None:
    rows = [
        {"path": "a.tf", "type": "blob", "mode": "120000", "size": 3}, {"path": "b", "type": "commit", "mode": "160000"},
        {"path": "c.tf", "type": "blob", "mode": "100644", "size": 3}, {"path": "d", "type": "tree", "mode": "040000"},
        {"path": "e.tf", "type": "blob", "mode": "100755", "size": 3}, {"path": 7}, "nothing",
    ]  # fmt: skip
    files, odd = files_of(rows)
    assert [each.path for each in files] == ["c.tf", "e.tf"]
    assert odd == 2


def test_a_checkout_beside_the_organization_stands_in_the_place_of_what_was_fetched(tmp_path: Path) -> None:
    changed = {**FILES, "iam/trust.tf": TRUST}
    for path, text in changed.items():
        place = tmp_path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    builder = SnapshotBuilder()
    with GitHubServer(estate()) as server:
        system = connector(server)
        join = joining([system])
        for each in (system, Checkout(tmp_path, name="acme/infra", joins=join)):
            asyncio.run(each.collect(builder, lambda *_: None))
    snapshot = builder.finish(SnapshotInfo(sources=("github:acme",), started=NOW, ended=NOW))
    subjects = {t for path, _, t in trusts(snapshot) if path == "iam/trust.tf"}
    assert subjects == {("repo:acme/web:*", "repo:${var.owner}/api:*")}


# --- what is fetched where not all can be --------------------------------------------------------------------------------


def test_folders_of_terraform_are_whole_or_left_and_those_that_speak_of_identities_go_first() -> None:
    many = [Listed(f"network/{number}.tf", 10) for number in range(MOST_FILES - 1)]
    trust = [Listed("zz-iam/a.tf", 10), Listed("zz-iam/b.tf", 10)]
    chosen, left = chosen_of([*many, *trust])
    assert chosen == trust
    assert left == len(many)
    chosen, left = chosen_of([*many[:-1], *trust])
    assert (len(chosen), left) == (MOST_FILES, 0)


def test_terraform_goes_before_documents_and_no_more_text_is_fetched_than_is_said() -> None:
    large = [Listed(f"k8s/{number:03}.yaml", 1_000_000) for number in range(12)]
    chosen, left = chosen_of([*large, Listed("main.tf", 20)])
    assert chosen[0].path == "main.tf"
    assert sum(each.size for each in chosen) <= MOST_TEXT
    assert left == 12 - (len(chosen) - 1)
    assert chosen_of([Listed("huge.tf", 2_000_000)]) == ([], 0), "of a checkout it is not read either"


def test_what_was_left_out_of_a_repository_is_a_gap_that_no_later_run_closes() -> None:
    files = {f"k8s/{number:03}.yaml": "kind: Service\n" for number in range(MOST_FILES)}
    snapshot = read(estate({**files, "main.tf": ROLE}))
    assert (
        "acme/infra",
        "too_large",
        "2 more files that may state trusts were not fetched; a checkout shows what is left",
    ) in gaps(snapshot)


def test_paths_stand_in_variables_alone() -> None:
    document, variables = query("acme/web", ['a"){x}.tf'])
    assert '"){x}' not in document
    assert variables == {"o": "acme", "n": "web", "e0": 'HEAD:a"){x}.tf'}
    official = shared_path("apis/github-graphql-schema.graphql").read_text(encoding="utf-8")
    assert validate(build_schema(official, assume_valid=True), parse(document)) == []


def test_repositories_beyond_the_bound_are_a_gap_and_come_first_in_the_next_run(tmp_path: Path) -> None:
    with GitHubServer(estate()) as server, Store.open(str(tmp_path / "s.db")) as store:

        def make() -> GitHub:
            where = addresses("github.com", server.url)
            return GitHub(Http(where.rest), where, token=Token(FixedSecret(server.owner_token)), keeper=store)

        def searched() -> set[str]:
            one = GitHubConnector(make, "acme", keeper=store, key=lambda: b"equal in every run", searched=1)
            snapshot = collected(one)[0]
            left = {
                gap.scope
                for gap in snapshot.records(Gap)
                if (gap.facet, gap.cause) == (Facet.REPO_TRUSTS, Cause.BUDGET)
            }
            may = [each for each in snapshot.entities(Kind.REPOSITORY) if MAY_STATE in each.attributes]
            assert len(left) == len(may) - 1
            return {each.name for each in may if each.ref not in left}

        first, second = searched(), searched()
    assert len(first) == len(second) == 1
    assert first != second
