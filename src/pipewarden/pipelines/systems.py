"""Which reader and which judge a pipeline file has, by its kind; GitHub's own workflows have `workflow` and `hazards`.

A repository seldom has files of more than one or two systems: a reader is imported when its first file is met.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from importlib import import_module
from typing import Any

from pipewarden.pipelines.definition import Definition, Weakness
from pipewarden.pipelines.files import PipelineKind
from pipewarden.pipelines.library import Library


class Reading:
    """How the files of one system are read and judged; neither function raises for any text."""

    def __init__(self, reader: str, judge: str) -> None:
        """Both are `module:function`, below this package."""
        self._reader = reader
        self._judge = judge

    @cached_property
    def read(self) -> Callable[[str, str, Library], Definition]:
        """Takes path, text and what else it may look into."""
        found: Callable[[str, str, Library], Definition] = _named(self._reader)
        return found

    @cached_property
    def judge(self) -> Callable[[Definition], Sequence[Weakness]]:
        """Takes what was read."""
        found: Callable[[Definition], Sequence[Weakness]] = _named(self._judge)
        return found


def _named(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(import_module(f"pipewarden.pipelines.{module}"), name)


SYSTEMS: dict[PipelineKind, Reading] = {
    PipelineKind.GITLAB_CI: Reading("gitlab:read_gitlab", "gitlab:gitlab_weaknesses"),
    PipelineKind.GITLAB_AGENT: Reading("gitlab_settings.agents:read_agent", "gitlab_settings.told:weaknesses"),
    PipelineKind.GITLAB_POLICY: Reading("gitlab_settings.policies:read_policies", "gitlab_settings.told:weaknesses"),
    PipelineKind.JENKINS: Reading("jenkins.reader:read_jenkinsfile", "jenkins.weaknesses:jenkins_weaknesses"),
    PipelineKind.AZURE_PIPELINES: Reading("azure:read_azure", "azure:judge_azure"),
    PipelineKind.CIRCLECI: Reading("circleci.reader:read_circleci", "circleci.judge:judge_circleci"),
    PipelineKind.BITBUCKET: Reading("bitbucket:read_bitbucket", "bitbucket:judge_bitbucket"),
}
"""One line for each kind that is read into a Definition."""
