"""Trusts of acme's files: the examples of docs/trusts.md, each bad one told and each good one not, and their near misses."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipewarden.access.view import View
from pipewarden.checks import ALL, trusts
from pipewarden.checks.base import Verdicts, judge
from pipewarden.checks.trust_reading import is_loose
from pipewarden.connectors.trust_files import trust_facts
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Origin, Resource
from pipewarden.model.findings import Finding, Severity
from pipewarden.model.ids import Kind, Ref
from tests.checks.builder import Estate
from tests.pipelines.trusts.test_robust import PATHS, PIECES, WHOLE

PAGE = Path(__file__).resolve().parents[2] / "docs/trusts.md"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
GITHUB = "https://token.actions.githubusercontent.com"

OF_FILES = [check for check in ALL if Facet.REPO_TRUSTS in check.info.needs]
"""The checks about trusts that a checkout is asked."""


class Example(NamedTuple):
    """A file of the page: whether it is bad, the check it is about, the repository, its path and text."""

    bad: bool
    check: str
    repository: str
    path: str
    text: str


@lru_cache
def examples() -> tuple[Example, ...]:
    found = re.findall(
        r"<!-- (bad|good): (\S+) (?:(acme/\S+) )?(\S+) -->\n```\w+\n(.*?)```",
        PAGE.read_text(encoding="utf-8"),
        re.DOTALL,
    )
    return tuple(
        Example(kind == "bad", check, repo or "acme/web", path, text) for kind, check, repo, path, text in found
    )


def judged(files: dict[str, str], repository: str = "acme/web") -> Verdicts:
    """Judge the trusts of some files with every check that a checkout is asked."""
    ref = Ref("checkout", Kind.REPOSITORY, repository)
    builder = SnapshotBuilder()
    attributes: dict[str, object] = {"checkout": True}
    given = {"repository": ref, "repository_name": repository, "moment": NOW, "attributes": attributes}
    builder.add(*trust_facts(files, files.get, **given))
    builder.add(Resource(ref=ref, name=repository, attributes=attributes, origin=Origin("file .", NOW)))
    snapshot = builder.finish(SnapshotInfo(sources=("path:.",), started=NOW, ended=NOW))
    return judge(OF_FILES, View(snapshot))


def told(path: str, text: str, repository: str = "acme/web") -> dict[str, Finding]:
    return {finding.check: finding for finding in judged({path: text}, repository).findings}


@pytest.mark.parametrize("example", examples(), ids=lambda each: f"{'bad' if each.bad else 'good'} {each.check}")
class TestThePage:
    def test_a_bad_example_is_told_at_its_place_and_a_good_one_is_not(self, example: Example) -> None:
        found = told(example.path, example.text, example.repository)
        assert (example.check in found) is example.bad
        if example.bad:
            finding = found[example.check]
            assert finding.file == example.path
            assert 1 <= finding.line <= example.text.count("\n")
            assert len(finding.says) <= 160

    def test_a_good_example_has_nothing_else_that_is_more_than_low(self, example: Example) -> None:
        if not example.bad:
            found = told(example.path, example.text, example.repository)
            assert [each.says for each in found.values() if each.severity > Severity.LOW] == []


def test_the_page_shows_every_check_of_files() -> None:
    wanted = {check.id for check in OF_FILES}
    assert {each.check for each in examples() if each.bad} == wanted
    assert {each.check for each in examples() if not each.bad} == wanted


ROLE = 'resource "aws_iam_role" "deploy" {\n  assume_role_policy = %s\n}\n'
POLICY = """jsonencode({ Statement = [{
  Action    = "sts:AssumeRoleWithWebIdentity"
  Principal = { Federated = "arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com" }
  Condition = { %s }
}] })"""


def amazon(condition: str) -> Verdicts:
    return judged({"main.tf": ROLE % (POLICY % condition)})


def unknown(verdicts: Verdicts) -> set[str]:
    return {each.check for each in verdicts.not_assessed}


class TestUnknown:
    def test_a_variable_is_neither_a_pass_nor_a_finding(self) -> None:
        verdicts = amazon('StringLike = { "token.actions.githubusercontent.com:sub" = var.subjects }')
        assert [finding.check for finding in verdicts.findings] == []
        assert {"gh.oidc.trust_wildcard", "gh.oidc.trust_pr", "gh.oidc.trust_no_env", "gh.oidc.trust_aud"} <= unknown(
            verdicts
        )

    def test_what_is_settled_of_a_subject_is_judged(self) -> None:
        verdicts = amazon('StringLike = { "token.actions.githubusercontent.com:sub" = "repo:${var.owner}/web:*" }')
        assert {finding.check for finding in verdicts.findings} == {"gh.oidc.trust_pr", "gh.oidc.trust_no_env"}
        assert "gh.oidc.trust_wildcard" in unknown(verdicts)
        verdicts = amazon('StringLike = { "token.actions.githubusercontent.com:sub" = "repo:${var.owner}/*" }')
        assert "gh.oidc.trust_wildcard" in {finding.check for finding in verdicts.findings}

    def test_a_policy_of_a_module_is_unknown(self) -> None:
        verdicts = judged({"main.tf": "# for AssumeRoleWithWebIdentity\n" + ROLE % "module.trust.json"})
        assert verdicts.findings == ()
        assert "gh.oidc.trust_wildcard" in unknown(verdicts)

    def test_no_condition_at_all_is_everybody(self) -> None:
        verdicts = amazon("")
        assert "jobs of every repository of everybody can act as AWS role deploy" in {f.says for f in verdicts.findings}

    def test_the_audience_that_the_provider_compares(self) -> None:
        verdicts = amazon(
            'StringEquals = { "token.actions.githubusercontent.com:sub" = "repo:acme/web:environment:x" }'
        )
        assert unknown(verdicts) >= {"gh.oidc.trust_aud"}


class TestNearMisses:
    def test_another_claim_that_names_the_repository(self) -> None:
        text = f"issuer: {GITHUB}\nsubject_pattern: repo:acme/.*\nclaim_pattern:\n  repository_id: '9'\n"
        assert "gh.oidc.trust_wildcard" not in told(".github/chainguard/a.sts.yaml", text)
        owner = text.replace("repository_id: '9'", "repository_owner: acme")
        assert "gh.oidc.trust_wildcard" in told(".github/chainguard/a.sts.yaml", owner)

    def test_a_policy_that_gives_reading_alone_is_low(self) -> None:
        text = f"issuer: {GITHUB}\nsubject_pattern: repo:acme/.*\npermissions:\n  contents: read\n"
        assert told(".github/chainguard/a.sts.yaml", text)["gh.oidc.trust_wildcard"].severity is Severity.LOW
        more = text + "  issues: write\n"
        assert told(".github/chainguard/a.sts.yaml", more)["gh.oidc.trust_wildcard"].severity is Severity.HIGH
        code = more + "  contents: write\n"
        assert told(".github/chainguard/a.sts.yaml", code)["gh.oidc.trust_wildcard"].severity is Severity.CRITICAL

    def test_a_policy_that_lets_pull_requests_of_its_repository_talk_is_medium(self) -> None:
        text = (
            f"issuer: {GITHUB}\nsubject: repo:acme/web:pull_request\npermissions:\n  contents: read\n  issues: write\n"
        )
        place, check = ".github/chainguard/a.sts.yaml", "gh.oidc.trust_pr"
        assert told(place, text)[check].severity is Severity.MEDIUM
        assert told(place, text.replace("contents: read", "contents: write"))[check].severity is Severity.CRITICAL
        anybody = text.replace("subject: repo:acme/web:pull_request", "subject_pattern: repo:acme/.*")
        assert told(place, anybody)[check].severity is Severity.HIGH

    @pytest.mark.parametrize(
        ("permission", "own", "anybodys"),
        [
            ("statuses: read", Severity.LOW, Severity.LOW),
            ("pull_requests: write", Severity.MEDIUM, Severity.HIGH),
            ("statuses: write", Severity.HIGH, Severity.CRITICAL),
            ("checks: write", Severity.HIGH, Severity.CRITICAL),
            ("deployments: write", Severity.HIGH, Severity.CRITICAL),
            ("contents: write", Severity.CRITICAL, Severity.CRITICAL),
            ("workflows: write", Severity.CRITICAL, Severity.CRITICAL),
            ("actions: write", Severity.CRITICAL, Severity.CRITICAL),
            ("administration: write", Severity.CRITICAL, Severity.CRITICAL),
            ("secrets: write", Severity.CRITICAL, Severity.CRITICAL),
        ],
    )
    def test_a_policy_weighs_what_it_lets_pull_requests_do(self, permission, own, anybodys) -> None:  # type: ignore[no-untyped-def]
        rest = f"permissions:\n  issues: read\n  {permission}\n"
        place, check = ".github/chainguard/a.sts.yaml", "gh.oidc.trust_pr"
        text = f"issuer: {GITHUB}\nsubject: repo:acme/web:pull_request\n{rest}"
        assert told(place, text)[check].severity is own
        text = f"issuer: {GITHUB}\nsubject_pattern: repo:acme/.*\n{rest}"
        assert told(place, text)[check].severity is anybodys

    def test_a_policy_that_any_branch_fits_is_no_graver_than_the_check_and_medium_for_talk(self) -> None:
        text = f"issuer: {GITHUB}\nsubject_pattern: repo:acme/web:ref:refs/heads/.*\npermissions:\n  issues: write\n"
        place, check = ".github/chainguard/a.sts.yaml", "gh.oidc.trust_no_env"
        assert told(place, text)[check].severity is Severity.MEDIUM
        for more in ("statuses: write", "contents: write"):
            assert told(place, f"{text}  {more}\n")[check].severity is Severity.HIGH

    def test_projects_of_gitlab(self) -> None:
        text = '{"issuer": "https://gitlab.com", "subject": "%s", "audiences": ["api://AzureADTokenExchange"]}'
        tight = "project_path:acme/web:ref_type:branch:ref:main"
        assert told("a.json", text % tight) == {}
        vault = '{"role_type": "jwt", "user_claim": "sub", "bound_audiences": "x", "bound_claims_type": "glob", "bound_claims": %s}'
        found = told("a.json", vault % '{"project_path": "acme/*", "ref": "main", "ref_type": "branch"}')
        assert set(found) == {"gl.oidc.trust_role", "va.jwt.bound"}
        found = told("a.json", vault % '{"project_id": "7", "ref_protected": "true"}')
        assert found == {}

    def test_a_vault_role_of_an_issuer_that_is_not_known(self) -> None:
        vault = '{"role_type": "jwt", "user_claim": "sub", "bound_audiences": "x", "bound_claims": {"team": "web"}}'
        assert told("a.json", vault) == {}
        assert "va.jwt.bound" in told("a.json", vault.replace('"team": "web"', '"ref": "refs/heads/main"'))

    def test_letters_and_absent_claims(self) -> None:
        found = amazon('StringEquals = { "token.actions.githubusercontent.com:sub" = "repo:acme/*" }').findings
        compared = {finding.check: finding for finding in found}["gh.oidc.trust_compare"]
        assert compared.severity is Severity.LOW
        assert (
            compared.says
            == "AWS role deploy compares sub with StringEquals, for which the star in repo:acme/* is a letter"
        )
        condition = 'StringLikeIfExists = { "token.actions.githubusercontent.com:sub" = "repo:acme/web:environment:x" }'
        found = amazon(condition).findings
        assert {finding.check: finding.severity for finding in found}["gh.oidc.trust_compare"] is Severity.MEDIUM


@given(st.lists(st.sampled_from([*PIECES, WHOLE[:400], WHOLE[400:900]]), max_size=30).map("".join))
def test_whatever_a_file_holds_no_check_breaks(text: str) -> None:
    for path in PATHS:
        broken = [each.detail for each in judged({path: text}, "acme/.github").not_assessed if each.cause is None]
        assert not broken, broken[0]


def test_an_issuer_that_is_no_address() -> None:
    text = '{"issuer": "https://[0]", "subject": "repo:acme/web:x", "audiences": ["a"]}'
    assert judged({"a.json": text}).tallies[0].not_applicable == 1


class TestWithTheOrganization:
    def estate(self, subject: str, *environments: str) -> Estate:
        estate = Estate().org("acme").repo("acme/web")
        for name in environments:
            estate.environment("acme/web", name)
        return estate.cloud_role("acme/web", "aws", subject)

    def test_an_environment_that_is_not_there(self) -> None:
        subject = "repo:acme/web:environment:produciton"
        assert self.estate(subject, "production").says(trusts.orphan) == [
            "aws role trusts the environment produciton of acme/web, which is not there"
        ]
        assert self.estate("repo:acme/web:environment:production", "production").says(trusts.orphan) == []
        assert self.estate("repo:acme/web:environment:*", "production").says(trusts.orphan) == []

    def test_environments_that_were_not_read(self) -> None:
        estate = self.estate("repo:acme/web:environment:production").gap("acme/web", "repository.environments")
        assert estate.verdict(trusts.orphan) == "1 unknown"
        assert self.estate("repo:globex/web:environment:production").verdict(trusts.orphan) == "1 unknown"


OF_ISSUER = """resource "aws_iam_role" "deploy" {{
  assume_role_policy = jsonencode({{ Statement = [{{ Action = "sts:AssumeRoleWithWebIdentity",
    Principal = {{ Federated = "arn:aws:iam::111122223333:oidc-provider/{issuer}" }},
    Condition = {{ StringLike = {{ {sub} }}, StringEquals = {{ "{issuer}:aud" = "acme" }} }} }}] }})
}}
"""
CIRCLE = "oidc.circleci.com/org/7"
BITBUCKET = "api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"


def of_issuer(issuer: str, subject: str | None, check: str) -> list[tuple[str, Severity]]:
    sub = f'"{issuer}:sub" = "{subject}"' if subject is not None else ""
    found = told("main.tf", OF_ISSUER.format(issuer=issuer, sub=sub))
    return [(found[check].says, found[check].severity)] if check in found else []


class TestCircleciAndBitbucket:
    @pytest.mark.parametrize(
        ("subject", "says"),
        [
            ("org/*", "CircleCI jobs of every project that fits org/* can act as AWS role deploy"),
            ("org/7/project/*", "CircleCI jobs of every project that fits org/7/project/* can act as AWS role deploy"),
            (None, "CircleCI jobs of every project of the organization can act as AWS role deploy"),
            ("org/7/project/9/user/*", ""),
            ("org/${var.org}/project/${var.project}/user/*", ""),
        ],
    )
    def test_projects_of_circleci(self, subject: str | None, says: str) -> None:
        assert of_issuer(CIRCLE, subject, "cc.oidc.trust_role") == ([(says, Severity.HIGH)] if says else [])

    @pytest.mark.parametrize(
        ("subject", "says", "severity"),
        [
            (None, "Bitbucket steps of every repository of the workspace can act as AWS role deploy", Severity.HIGH),
            ("*", "Bitbucket steps of every repository that fits * can act as AWS role deploy", Severity.HIGH),
            ("{9}:*", "a Bitbucket step on any branch can act as AWS role deploy: it accepts {9}:*", Severity.MEDIUM),
            ("{9}*:{4}:*", "", None),
            ("{9}:{4}:*", "", None),
            ("${var.repository}:*", "", None),
        ],
    )
    def test_repositories_of_bitbucket(self, subject: str | None, says: str, severity: Severity | None) -> None:
        assert of_issuer(BITBUCKET, subject, "bb.oidc.trust_role") == ([(says, severity)] if says else [])

    @pytest.mark.parametrize(
        ("issuer", "subject", "check"),
        [
            (CIRCLE, "org/7/project/9/user/*", "cc.oidc.trust_role"),
            (BITBUCKET, "{9}:{4}:*", "bb.oidc.trust_role"),
        ],
    )
    def test_an_audience_that_no_file_tells_is_unknown(self, issuer: str, subject: str, check: str) -> None:
        text = OF_ISSUER.format(issuer=issuer, sub=f'"{issuer}:sub" = "{subject}"')
        assert check not in {each.check for each in judged({"main.tf": text}).not_assessed}
        missed = [each for each in judged({"main.tf": text.replace(":aud", ":x")}).not_assessed if each.check == check]
        assert [each.facet for each in missed] == [Facet.REPO_TRUST_AUDIENCES]


def test_the_audience_of_a_provider_that_no_file_declares_is_unknown_and_names_the_role() -> None:
    issuer = "token.actions.githubusercontent.com"
    text = OF_ISSUER.format(issuer=issuer, sub=f'"{issuer}:sub" = "repo:acme/web:environment:x"').replace(
        ":aud", ":other"
    )
    missed = {each.check: each for each in judged({"main.tf": text}).not_assessed}
    assert missed["gh.oidc.trust_aud"].facet == Facet.REPO_TRUST_AUDIENCES
    assert missed["gh.oidc.trust_aud"].detail.startswith("no audience is compared: it is left to")
    provider = (
        f'resource "aws_iam_openid_connect_provider" "x" {{\n  url = "https://{issuer}"\n  client_id_list = ["a"]\n}}\n'
    )
    known = judged({"main.tf": text, "oidc.tf": provider})
    assert "gh.oidc.trust_aud" not in {each.check for each in (*known.not_assessed, *known.findings)}


def test_a_vault_role_for_pull_requests_says_so() -> None:
    vault = '{"role_type": "jwt", "user_claim": "sub", "bound_audiences": "x", "bound_subject": "%s"}'
    found = told("a.json", vault % "repo:acme/web:pull_request")
    assert found["va.jwt.pr"].says == (
        "a job of a pull request can log in as Vault role a: it accepts repo:acme/web:pull_request"
    )


@pytest.mark.parametrize(
    ("pattern", "loose"),
    [
        ("repo:acme@*/web@*:environment:production", False),
        ("repo:acme@1/web@*:ref:refs/heads/main", False),
        ("repo:acme@*/*@*:environment:production", True),
        ("repo:acme@*/web*@*:environment:production", True),
        ("repo:*@*/web@*:environment:production", True),
        ("repo:acme@*", True),
    ],
)
def test_a_star_for_an_id_lets_in_no_other_repository(pattern: str, loose: bool) -> None:
    assert is_loose(pattern) is loose
