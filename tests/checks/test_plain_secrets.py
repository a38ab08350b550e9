"""A secret in plain text is one finding, at its first place, with what its own repository could use instead."""

from typing import Any

import pytest

from pipewarden.checks.base import Check
from pipewarden.checks.plain_secrets import in_gitlab, in_jenkinsfile, in_other_file, in_workflow
from pipewarden.model.findings import Finding, Severity
from pipewarden.model.ids import Kind
from tests.checks.builder import Estate

DEPLOY = ".github/workflows/deploy.yml"


def place(path: str = DEPLOY, line: int = 12, where: str = "jobs.deploy.env.TOKEN") -> dict[str, Any]:
    return {"path": path, "line": line, "column": 7, "where": where}


def estate(*places: dict[str, Any], repository: str = "acme/web", **attributes: Any) -> Estate:
    return Estate().org("acme").repo(repository) if not places else add(estate(), *places, **attributes)


def add(known: Estate, *places: dict[str, Any], repository: str = "acme/web", **attributes: Any) -> Estate:
    given = {
        "title": "GitHub personal access token (classic)",
        "confidence": "certain",
        "low": False,
        "fingerprint": "a1",
        "count": len(places),
        "places": list(places),
        "instead": [],
        "kind": "github_pat",
    } | attributes
    name = f"{given['fingerprint']} {repository}"
    known.item(Kind.PLAIN_SECRET, repository, name)
    return known.set(f"{Kind.PLAIN_SECRET}:{repository}/{name}", **given)


def told(known: Estate, check: Check) -> tuple[Finding, ...]:
    return known.judge(check).findings


def test_the_sentence_names_kind_and_place_and_the_finding_points_at_the_line() -> None:
    (found,) = told(estate(place()), in_workflow)
    assert found.says == (
        "a GitHub personal access token (classic) stands in plain text in .github/workflows/deploy.yml as TOKEN"
    )
    assert (found.file, found.line, found.column) == (DEPLOY, 12, 7)
    assert found.severity is Severity.CRITICAL
    assert found.object_name == "acme/web"
    assert found.remedy[0].startswith("Revoke it")
    assert "Settings > Secrets and variables > Actions" in found.remedy[1]


def test_the_same_secret_in_ten_places_is_one_finding() -> None:
    places = [place(line=line) for line in range(1, 6)] + [place(path=".env", line=line) for line in range(1, 6)]
    (found,) = told(estate(*places), in_workflow)
    assert found.says.endswith("as TOKEN, and in 9 more places in 2 files")


def test_the_same_secret_in_two_repositories_is_one_finding() -> None:
    known = add(estate(place()).repo("acme/api"), place(path=".env"), repository="acme/api")
    (found,) = told(known, in_workflow)
    assert found.says.endswith(", and in 1 more place in 2 repositories")
    assert len(found.evidence) == 2
    assert told(known, in_other_file) == ()


def test_another_secret_is_another_finding() -> None:
    known = add(estate(place()), place(line=20), fingerprint="b2")
    assert len(told(known, in_workflow)) == 2


@pytest.mark.parametrize(
    ("path", "check", "page"),
    [
        (DEPLOY, in_workflow, "Settings > Secrets and variables > Actions"),
        ("actions/setup/action.yml", in_workflow, "as an input"),
        (".gitlab-ci.yml", in_gitlab, "Settings > CI/CD > Variables"),
        ("Jenkinsfile", in_jenkinsfile, "Manage Jenkins > Credentials"),
        ("azure-pipelines.yml", in_other_file, "Pipelines > Library"),
        (".circleci/config.yml", in_other_file, "Contexts"),
        ("bitbucket-pipelines.yml", in_other_file, "Repository variables"),
        (".env.production", in_other_file, "secrets of the pipeline's system"),
        ("deploy/compose.yml", in_other_file, "secrets of the pipeline's system"),
    ],
)
def test_each_file_is_told_by_one_check_with_the_page_of_its_system(path: str, check: Any, page: str) -> None:
    known = estate(place(path))
    (found,) = told(known, check)
    assert page in found.remedy[1]
    for other in {in_workflow, in_gitlab, in_jenkinsfile, in_other_file} - {check}:
        assert told(known, other) == ()


@pytest.mark.parametrize(
    ("kind", "confidence", "low", "severity"),
    [
        ("npm_token", "certain", False, Severity.CRITICAL),
        ("openai_key", "shaped", False, Severity.CRITICAL),
        ("password", "named", False, Severity.HIGH),
        ("random_value", "random", False, Severity.MEDIUM),
        ("aws_access_key_id", "shaped", False, Severity.MEDIUM),
        ("google_api_key", "shaped", False, Severity.MEDIUM),
        ("service_password", "named", True, Severity.INFO),
    ],
)
def test_severity_is_by_kind_and_by_how_sure_we_are(kind: str, confidence: str, low: bool, severity: Severity) -> None:
    (found,) = told(estate(place(), kind=kind, confidence=confidence, low=low), in_workflow)
    assert found.severity is severity


def test_what_only_looks_like_a_secret_is_said_so() -> None:
    (found,) = told(estate(place(), kind="api_key", title="API key", confidence="named"), in_workflow)
    assert found.says.startswith("what looks like an API key stands")


WAYS = [
    {"how": "aws", "name": "arn:aws:iam::123456789012:role/deploy", "path": DEPLOY, "line": 9},
    {"how": "vault", "name": "secret/data/ci/registry", "path": ".github/workflows/ci.yml", "line": 21},
    {"how": "vault", "name": "secret/data/ci/deploy", "path": ".github/workflows/ci.yml", "line": 22},
]


def test_the_remedy_names_the_role_the_same_pipelines_use() -> None:
    (found,) = told(estate(place(), kind="aws_secret_access_key", confidence="shaped", instead=WAYS), in_workflow)
    assert found.remedy[1] == (
        "Use the role arn:aws:iam::123456789012:role/deploy through OIDC, as .github/workflows/deploy.yml line 9 does, "
        "and no key at all."
    )


def test_the_remedy_names_the_vault_path_that_is_nearest() -> None:
    (found,) = told(estate(place(where="jobs.deploy.env.DEPLOY_TOKEN"), instead=WAYS), in_workflow)
    assert "in the vault, beside secret/data/ci/deploy" in found.remedy[1]
    (found,) = told(estate(place(where="jobs.deploy.env.REGISTRY_TOKEN"), instead=WAYS), in_workflow)
    assert "in the vault, beside secret/data/ci/registry" in found.remedy[1]


def test_a_role_of_another_cloud_is_no_help() -> None:
    (found,) = told(estate(place(), kind="azure_storage_key", confidence="shaped", instead=WAYS[:1]), in_workflow)
    assert "role" not in found.remedy[1]


def test_a_token_of_a_registry_gives_way_to_a_trusted_publisher() -> None:
    (found,) = told(estate(place(), kind="pypi_token"), in_workflow)
    assert "trusted publisher" in found.remedy[1]


def test_a_long_path_and_title_still_make_a_short_sentence() -> None:
    path = "deploy/" + "a-very-long-folder/" * 12 + "compose.yml"
    many = [place(path, line=line, where="services.web.environment." + "LONG_" * 20) for line in range(1, 40)]
    (found,) = told(estate(*many, title="key of an Azure Service Bus, Event Hub or IoT Hub"), in_other_file)
    assert len(found.says) <= 160
    assert "compose.yml" in found.says
