"""CircleCI: configuration to a Definition, and what it lets others do."""

from pipewarden.pipelines.circleci.reader import read_circleci

__all__ = ["read_circleci"]
