"""Which files of a repository are pipeline files, and of which system."""

import re
from enum import StrEnum


class PipelineKind(StrEnum):
    """What kind of pipeline file a path names."""

    GITHUB_WORKFLOW = "github_workflow"
    GITHUB_ACTION = "github_action"
    DEPENDABOT = "dependabot"
    CODEOWNERS = "codeowners"
    OCTO_STS = "octo_sts"
    GITLAB_CI = "gitlab_ci"
    GITLAB_AGENT = "gitlab_agent"
    GITLAB_POLICY = "gitlab_policy"
    JENKINS = "jenkins"
    AZURE_PIPELINES = "azure_pipelines"
    CIRCLECI = "circleci"
    BITBUCKET = "bitbucket"


CODEOWNERS_PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""In GitHub's order; the first that exists is used, the others are not read.
https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners#codeowners-file-location"""

_KINDS: tuple[tuple[re.Pattern[str], PipelineKind], ...] = tuple(
    (re.compile(pattern), kind)
    for pattern, kind in (
        # Only files directly in the folder are workflows.
        # https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#about-yaml-syntax-for-workflows
        (r"\.github/workflows/[^/]+\.ya?ml", PipelineKind.GITHUB_WORKFLOW),
        # https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax
        (r"(?:.*/)?action\.ya?ml", PipelineKind.GITHUB_ACTION),
        # https://docs.github.com/en/code-security/dependabot/working-with-dependabot/dependabot-options-reference
        (r"\.github/dependabot\.ya?ml", PipelineKind.DEPENDABOT),
        (r"(?:\.github/|docs/|\.gitlab/)?CODEOWNERS", PipelineKind.CODEOWNERS),
        # https://github.com/octo-sts/app#the-trust-policy
        (r"\.github/chainguard/[^/]+\.sts\.ya?ml", PipelineKind.OCTO_STS),
        # https://docs.gitlab.com/ci/yaml/ : the root file, and the folder its includes usually live in.
        (r"(?:.*/)?\.gitlab-ci\.ya?ml", PipelineKind.GITLAB_CI),
        (r"(?:.*/)?[^/]+\.gitlab-ci\.ya?ml", PipelineKind.GITLAB_CI),
        (r"\.gitlab/(?:ci/.+|(?:.+/)?gitlab-ci)\.ya?ml", PipelineKind.GITLAB_CI),
        # https://docs.gitlab.com/user/clusters/agent/install/#create-an-agent-configuration-file
        (r"\.gitlab/agents/[^/]+/config\.ya?ml", PipelineKind.GITLAB_AGENT),
        # https://docs.gitlab.com/user/application_security/policies/enforcement/security_policy_projects/
        (r"\.gitlab/security-policies/policy\.ya?ml", PipelineKind.GITLAB_POLICY),
        # https://www.jenkins.io/doc/book/pipeline/jenkinsfile/
        (
            r"(?:.*/)?(?:Jenkinsfile(?:[._-][^/]*|[A-Z0-9][^/.]*)?|[^/]+\.jenkinsfile|[^/]+\.Jenkinsfile)",
            PipelineKind.JENKINS,
        ),
        # https://learn.microsoft.com/en-us/azure/devops/pipelines/yaml-schema/
        # Not those that come with somebody else's code.
        (
            r"(?!(?:.*/)?(?:vendor|third_party|node_modules)/)(?:.*/)?\.?azure-pipelines?(?:[._-][^/]*)?\.ya?ml",
            PipelineKind.AZURE_PIPELINES,
        ),
        (r"\.?azure-pipelines/.+\.ya?ml", PipelineKind.AZURE_PIPELINES),
        # The name is free: folders that hold nothing else, by habit.
        (r"\.(?:azuredevops|vsts-ci|azure/pipelines|ado/pipelines|pipelines)/.+\.ya?ml", PipelineKind.AZURE_PIPELINES),
        # https://github.com/dotnet/arcade/tree/main/eng : the folder of .NET's and Azure's own repositories
        (r"eng/pipelines/.+\.ya?ml", PipelineKind.AZURE_PIPELINES),
        # https://circleci.com/docs/configuration-reference/
        (r"\.circleci/[^/]+\.ya?ml", PipelineKind.CIRCLECI),
        # https://support.atlassian.com/bitbucket-cloud/docs/bitbucket-pipelines-configuration-reference/
        (r"bitbucket-pipelines\.ya?ml", PipelineKind.BITBUCKET),
    )
)

_ENDINGS = (".yml", ".yaml")
_WORDS = ("enkinsfile", "CODEOWNERS")
"""What stands in the path of every pipeline file that is no YAML."""


def kind_of(path: str) -> PipelineKind | None:
    """Tell which pipeline file a repository-relative path names (`/` between parts), or None."""
    if not path.endswith(_ENDINGS) and not any(word in path for word in _WORDS):
        return None  # most files of a repository end here
    plain = path.removeprefix("./")  # a backslash is a letter of a name
    for pattern, kind in _KINDS:
        if pattern.fullmatch(plain):
            return kind
    return None


def active_codeowners(paths: set[str] | frozenset[str]) -> str | None:
    """Return the CODEOWNERS file GitHub uses among the files of a branch, or None."""
    return next((place for place in CODEOWNERS_PLACES if place in paths), None)
