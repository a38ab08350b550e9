"""Which reader and which judge a pipeline file has, by its kind; GitHub's own workflows have `workflow` and `hazards`."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from pipewarden.pipelines.azure import judge_azure, read_azure
from pipewarden.pipelines.bitbucket import judge_bitbucket, read_bitbucket
from pipewarden.pipelines.circleci import judge_circleci, read_circleci
from pipewarden.pipelines.definition import Definition, Weakness
from pipewarden.pipelines.files import PipelineKind
from pipewarden.pipelines.gitlab import gitlab_weaknesses, read_gitlab
from pipewarden.pipelines.jenkins.reader import read_jenkinsfile
from pipewarden.pipelines.jenkins.weaknesses import jenkins_weaknesses
from pipewarden.pipelines.library import Library


class Reading(NamedTuple):
    """How the files of one system are read and judged; neither function raises for any text."""

    read: Callable[[str, str, Library], Definition]
    """Takes path, text and what else it may look into."""
    judge: Callable[[Definition], Sequence[Weakness]]


SYSTEMS: dict[PipelineKind, Reading] = {
    PipelineKind.GITLAB_CI: Reading(read_gitlab, gitlab_weaknesses),
    PipelineKind.JENKINS: Reading(read_jenkinsfile, jenkins_weaknesses),
    PipelineKind.AZURE_PIPELINES: Reading(read_azure, judge_azure),
    PipelineKind.CIRCLECI: Reading(read_circleci, judge_circleci),
    PipelineKind.BITBUCKET: Reading(read_bitbucket, judge_bitbucket),
}
"""One line for each kind that is read into a Definition."""
