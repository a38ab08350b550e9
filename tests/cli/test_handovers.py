"""`pipewarden pipelines` tells where files cross a border of trust: from a run that others start to a job with secrets."""

from textwrap import dedent

import pytest
from click.testing import CliRunner

from pipewarden.cli.main import main


@pytest.fixture
def ask(tmp_path, monkeypatch):  # type: ignore[no-untyped-def]
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def asked(**files: str) -> str:
        for path, text in files.items():
            where = tmp_path / "web" / path
            where.parent.mkdir(parents=True, exist_ok=True)
            where.write_text(dedent(text))
        done = CliRunner().invoke(main, ["pipelines", str(tmp_path / "web"), "--format", "csv"])
        assert done.exception is None, done.exception
        return done.stdout

    return asked


LABEL = """
    on: {event}
    jobs:
      label:
        runs-on: ubuntu-latest
        steps:
          - uses: actions/cache@v4
            with: {{path: node_modules, key: deps-x}}
    """
RELEASE = """
    on: push
    jobs:
      release:
        runs-on: ubuntu-latest
        steps:
          - uses: actions/cache@v4
            with: {path: node_modules, key: deps-x}
          - run: npm publish
            env: {NPM_TOKEN: "${{ secrets.NPM_TOKEN }}"}
    """


def test_a_cache_that_strangers_fill_is_told_where_a_job_with_secrets_takes_it(ask) -> None:  # type: ignore[no-untyped-def]
    files = {
        ".github/workflows/label.yml": LABEL.format(event="pull_request_target"),
        ".github/workflows/release.yml": RELEASE,
    }
    assert "it takes a cache that label.yml#label can fill for strangers" in ask(**files)


def test_a_cache_of_a_pull_requests_own_run_crosses_nothing(ask) -> None:  # type: ignore[no-untyped-def]
    files = {
        ".github/workflows/label.yml": LABEL.format(event="pull_request"),
        ".github/workflows/release.yml": RELEASE,
    }
    assert "can fill" not in ask(**files)


GITLAB = """
    test:
      script: [make test]
      cache: {{key: deps, paths: [vendor], unprotect: {unprotect}}}
    deploy:
      rules: [{{if: '$CI_COMMIT_BRANCH == "main"'}}]
      script: ['./deploy --token "$DEPLOY_TOKEN"']
      cache: {{key: deps, paths: [vendor], unprotect: {unprotect}}}
    """


def test_a_cache_that_any_branch_fills_is_told_where_a_protected_job_takes_it(ask) -> None:  # type: ignore[no-untyped-def]
    told = ask(**{".gitlab-ci.yml": GITLAB.format(unprotect="true")})
    assert "it takes a cache that .gitlab-ci.yml#test can fill on any branch" in told


def test_caches_of_protected_branches_that_are_kept_apart_cross_nothing(ask) -> None:  # type: ignore[no-untyped-def]
    assert "can fill" not in ask(**{".gitlab-ci.yml": GITLAB.format(unprotect="false")})
