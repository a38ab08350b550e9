"""What the jobs of a GitLab pipeline let others do."""

from collections.abc import Callable, Iterator, Sequence

from pipewarden.pipelines.definition import DefinedJob, Definition, Weakness
from pipewarden.pipelines.gitlab.injected import injected
from pipewarden.pipelines.gitlab.placed import environments
from pipewarden.pipelines.gitlab.sent import debugging, sent_secrets
from pipewarden.pipelines.gitlab.supplied import images, included
from pipewarden.pipelines.gitlab.telling import once
from pipewarden.pipelines.gitlab.trusted import identities, poisoned, twice

RULES: tuple[Callable[[Definition, tuple[DefinedJob, ...]], Iterator[Weakness]], ...] = (
    injected,
    included,
    images,
    debugging,
    sent_secrets,
    environments,
    identities,
    poisoned,
    twice,
)
"""Each takes a definition and those of its jobs that run."""


def gitlab_weaknesses(definition: Definition) -> Sequence[Weakness]:
    """Return the weaknesses of a pipeline, in the order of the file."""
    jobs = tuple(job for job in definition.jobs if not (job.hidden or job.never))
    return tuple(once(each for rule in RULES for each in rule(definition, jobs)))
