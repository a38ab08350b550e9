"""Paths of a checkout are recognised as pipeline files, and others are not."""

import pytest

from pipewarden.pipelines.files import PipelineKind, active_codeowners, kind_of


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (".github/workflows/ci.yml", PipelineKind.GITHUB_WORKFLOW),
        (".github/workflows/ci.yaml", PipelineKind.GITHUB_WORKFLOW),
        ("./.github/workflows/ci.yaml", PipelineKind.GITHUB_WORKFLOW),
        ("action.yml", PipelineKind.GITHUB_ACTION),
        (".github/actions/setup/action.yaml", PipelineKind.GITHUB_ACTION),
        (".github/dependabot.yml", PipelineKind.DEPENDABOT),
        ("CODEOWNERS", PipelineKind.CODEOWNERS),
        (".github/CODEOWNERS", PipelineKind.CODEOWNERS),
        ("docs/CODEOWNERS", PipelineKind.CODEOWNERS),
        (".github/chainguard/release.sts.yaml", PipelineKind.OCTO_STS),
        (".gitlab-ci.yml", PipelineKind.GITLAB_CI),
        ("ci/build.gitlab-ci.yml", PipelineKind.GITLAB_CI),
        (".gitlab/benchmarks/micro/gitlab-ci.yml", PipelineKind.GITLAB_CI),
        (".gitlab/gitlab-ci.yml", PipelineKind.GITLAB_CI),
        ("Jenkinsfile", PipelineKind.JENKINS),
        ("ci/Jenkinsfile.release", PipelineKind.JENKINS),
        ("deploy.jenkinsfile", PipelineKind.JENKINS),
        ("test/nightlies/JenkinsfileNightly", PipelineKind.JENKINS),
        ("azure-pipelines.yml", PipelineKind.AZURE_PIPELINES),
        ("build/azure-pipelines-release.yml", PipelineKind.AZURE_PIPELINES),
        (".azuredevops/release.yml", PipelineKind.AZURE_PIPELINES),
        (".pipelines/templates/build.yaml", PipelineKind.AZURE_PIPELINES),
        (".vsts-ci/linux.yml", PipelineKind.AZURE_PIPELINES),
        ("eng/pipelines/templates/build.yml", PipelineKind.AZURE_PIPELINES),
        (".circleci/config.yml", PipelineKind.CIRCLECI),
        ("bitbucket-pipelines.yml", PipelineKind.BITBUCKET),
        # near misses
        (".github/workflows/nested/ci.yml", None),
        (".github/workflows/README.md", None),
        ("workflows/ci.yml", None),
        ("src/.github/workflows/ci.yml", None),
        ("transaction.yml", None),
        ("pipelines/build.yml", None),
        ("src/test/groovy/JenkinsfileTest.groovy", None),
        ("docs/Jenkinsfiles", None),
        ("docs/eng/pipelines/build.yml", None),
        (".gitlab/agents/web/config.yaml", PipelineKind.GITLAB_AGENT),
        (".gitlab/security-policies/policy.yml", PipelineKind.GITLAB_POLICY),
        (".gitlab/agents/config.yaml", None),
        ("docs/gitlab-ci.yml", None),
        ("vendor/github.com/globex/toml/azure-pipelines.yml", None),
        ("src/CODEOWNERS", None),
        ("Jenkinsfiles/readme.md", None),
        ("src/bitbucket-pipelines.yml", None),
        ("", None),
    ],
)
def test_a_path_is_a_pipeline_file_of_this_kind(path, kind):
    assert kind_of(path) == kind


def test_github_takes_the_first_codeowners_of_its_three_places():
    assert active_codeowners({"CODEOWNERS", "docs/CODEOWNERS"}) == "CODEOWNERS"
    assert active_codeowners({"CODEOWNERS", ".github/CODEOWNERS"}) == ".github/CODEOWNERS"
    assert active_codeowners({"src/CODEOWNERS"}) is None
