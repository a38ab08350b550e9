"""An engineer audits a checkout of acme/web that GitLab builds: what is found, where, and what is left in peace."""

from pathlib import Path

import pytest

from pipewarden.audit import audit, collect, judged
from pipewarden.checks import gitlab_files
from pipewarden.checks.base import every
from pipewarden.connectors.checkout import Checkout
from pipewarden.model.findings import Finding, Report

PINNED = f"node:22@sha256:{'b' * 64}"
FIRING = {
    "gl.ci.inject": 'deploy:\n  script:\n    - sh -c "make $CI_COMMIT_REF_NAME $DEPLOY_TOKEN"\n',
    "gl.ci.include_mutable": "include:\n  - project: acme/ci\n    file: base.yml\ndeploy: {script: x}\n",
    "gl.ci.image_unpinned": "deploy:\n  script: x\n  image: node:22\n",
    "gl.ci.debug": "deploy:\n  script: x\n  variables: {CI_DEBUG_TRACE: 'true'}\n",
    "gl.ci.curl_secret": "deploy:\n  script:\n    - curl -k --form token=$DEPLOY_TOKEN https://api.example\n",
    "gl.ci.rules_trigger": "\n\ndeploy: {script: x, rules: [{when: always}]}\n",
    "gl.ci.artifact_poison": "deploy:\n  script: x\n  cache: {paths: [a], unprotect: true}\n",
    "gl.env.dynamic": "deploy:\n  script: x\n  environment: $CI_COMMIT_REF_NAME\n",
    "gl.env.name_mismatch": "deploy:\n  script: x\n  environment: {name: production, deployment_tier: testing}\n",
    "gl.var.override": "deploy: {script: x, variables: {TO: staging}, stage: test,\n\n  environment: $TO}\n",
    "gl.oidc.trust": "deploy:\n  script: x\n  id_tokens: {AWS: {aud: https://sts.amazonaws.com}}\n",
}
NEAR = f"""\
include: [{{local: base.yml}}]
deploy:
  image: {PINNED}
  only: [main]
  environment: {{name: production, deployment_tier: production}}
  id_tokens: {{AWS: {{aud: https://sts.amazonaws.com}}}}
  cache: {{paths: [a]}}
  variables: {{CI_DEBUG_TRACE: 'false'}}
  script:
    - make "$CI_COMMIT_REF_NAME" "$DEPLOY_TOKEN"
    - 'curl -H "X: $DEPLOY_TOKEN" https://api.example'
"""


def found(folder: Path, **files: str) -> list[Finding]:
    """Audit a checkout with some files; findings of GitLab alone."""
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return [each for each in judged(collect([Checkout(folder)])).findings if each.check.startswith("gl.")]


def report(folder: Path) -> Report:
    return audit(collect([Checkout(folder)]), None)


@pytest.mark.parametrize("check", FIRING)
def test_each_check_fires_once_at_its_line(check: str, tmp_path: Path) -> None:
    [finding] = [each for each in found(tmp_path, **{".gitlab-ci.yml": FIRING[check]}) if each.check == check]
    assert (finding.file, finding.line) == (".gitlab-ci.yml", 2 if "include" in check else 3)
    assert finding.says.startswith(f".gitlab-ci.yml of local/{tmp_path.name}: ")


def test_every_check_has_a_firing_example() -> None:
    assert {check.id for check in every(gitlab_files)} == set(FIRING)


def test_near_misses_are_left_in_peace(tmp_path: Path) -> None:
    assert found(tmp_path, **{".gitlab-ci.yml": NEAR, "base.yml": ".base: {stage: test}\n"}) == []


def test_a_finding_tells_what_is_reached_and_stands_in_the_file_that_holds_it(tmp_path: Path) -> None:
    part = 'ship:\n  script:\n    - eval "say $CI_COMMIT_TITLE $DEPLOY_TOKEN"\n'
    files = {".gitlab-ci.yml": "include: .gitlab/ci/ship.yml\n", ".gitlab__ci__ship.yml": part}
    [finding] = found(tmp_path, **files)
    assert (finding.check, finding.file, finding.line) == ("gl.ci.inject", ".gitlab/ci/ship.yml", 3)
    assert finding.reach == ("1 secret (DEPLOY_TOKEN)",)


def test_what_was_not_read_is_unknown_and_no_pass(tmp_path: Path) -> None:
    (tmp_path / ".gitlab-ci.yml").write_text("include: {template: Jobs/SAST.gitlab-ci.yml}\ndeploy: {script: x}\n")
    told = [each for each in report(tmp_path).not_assessed if each.check.startswith("gl.")]
    assert {each.check for each in told} == set(FIRING)
    assert "the template Jobs/SAST.gitlab-ci.yml comes with GitLab and was not read" in told[0].detail


def test_a_broken_file_is_a_gap_with_its_line(tmp_path: Path) -> None:
    (tmp_path / ".gitlab-ci.yml").write_text("deploy: [\n")
    assert ".gitlab-ci.yml:2" in " ".join(line.detail for line in report(tmp_path).gaps)
