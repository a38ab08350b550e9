"""Which files pipelines pull in, told from their paths and from what pipelines name."""

import pytest

from pipewarden.pipelines.plain import Pull, is_example, is_named, named_in, pull_of


@pytest.mark.parametrize(
    "path",
    [".env", ".env.production", "web/prod.env", ".npmrc", ".pypirc", "compose.yml", "deploy/docker-compose.prod.yaml", "Dockerfile",
     "build/web.dockerfile", "Dockerfile.release", "infra/prod.tfvars", "infra/prod.auto.tfvars", "infra/main.tf",
     "charts/web/values.yaml", "charts/web/values-prod.yaml", ".github/scripts/release.sh", "ci/deploy.sh"],
)  # fmt: skip
def test_what_pipelines_commonly_pull_in_is_searched(path):
    assert pull_of(path) is Pull.YES


@pytest.mark.parametrize("path", ["src/app.py", "lib/util.js", "scripts/release.sh", "config/app.json", "Makefile"])
def test_scripts_and_settings_are_searched_where_a_pipeline_names_them(path):
    assert pull_of(path) is Pull.NAMED


@pytest.mark.parametrize("path", ["deploy/web.yaml", "k8s/secret.yml"])
def test_a_manifest_is_told_by_its_text(path):
    assert pull_of(path) is Pull.MANIFEST


@pytest.mark.parametrize(
    "path",
    ["pnpm-lock.yaml", "package-lock.json", "README.md", "src/main.rs", "logo.png", "tsconfig.json", "environment.rst"],
)
def test_what_nobody_pulls_in_is_not_opened(path):
    assert pull_of(path) is Pull.NO


def test_a_pipeline_names_its_scripts():
    text = "run: |\n  ./scripts/release.sh --now\n  python ci/deploy.py $X\n  source config/prod.env\n  make all\n  cat /etc/x.sh ../y.sh"
    names = named_in(text)
    assert {"scripts/release.sh", "ci/deploy.py", "config/prod.env", "Makefile"} <= names
    assert not {"/etc/x.sh", "../y.sh", "etc/x.sh", "y.sh"} & names
    assert is_named("scripts/release.sh", names)
    assert is_named("web/scripts/release.sh", names), "the step may have changed the folder"
    assert not is_named("scripts/rerelease.sh", names)
    assert is_named("Makefile", names)
    assert not is_named("vendored/Makefile", names)


@pytest.mark.parametrize(
    "path",
    [
        "tests/.env",
        "e2e-tests/conf/secrets.yml",
        "src/__tests__/.env",
        "examples/compose.yml",
        "docs/k8s/secret.yaml",
        ".env.example",
        "config/.env.template",
    ],
)
def test_tests_and_examples_are_told(path):
    assert is_example(path)


@pytest.mark.parametrize(
    "path", [".env", ".env.production", "deploy/secret.yaml", "infra/latest.tfvars", "contest/.env"]
)
def test_what_is_no_example_is_not(path):
    assert not is_example(path)
