"""CircleCI: configuration to a Definition, and what it lets others do."""

from pipewarden.pipelines.circleci.judge import judge_circleci
from pipewarden.pipelines.circleci.reader import read_circleci

__all__ = ["judge_circleci", "read_circleci"]
