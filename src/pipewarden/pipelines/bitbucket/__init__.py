"""Bitbucket Pipelines: a file to a Definition, and what it lets others do."""

from pipewarden.pipelines.bitbucket.judge import judge_bitbucket
from pipewarden.pipelines.bitbucket.reader import read_bitbucket

__all__ = ["judge_bitbucket", "read_bitbucket"]
