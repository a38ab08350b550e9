"""What the jobs of a GitLab pipeline let others do."""

from collections.abc import Sequence

from pipewarden.pipelines.definition import Definition, Weakness


def gitlab_weaknesses(definition: Definition) -> Sequence[Weakness]:
    """Return the weaknesses of a pipeline, in the order of the file."""
    del definition
    return ()
