"""Rules that only the jobs of a whole repository decide: caches that one job fills and another restores."""

from collections.abc import Iterator

from pipewarden.model.jobs import POISONED, Circle, EffectiveJob
from pipewarden.pipelines.commands import short
from pipewarden.pipelines.definition import Weakness
from pipewarden.pipelines.yaml_tree import Position

_STRONG = frozenset({"token:contents", "token:packages", "token:pages", "token:deployments", "oidc"})
_FOLLOWS = (Circle.FORK, "workflow_run")


def poisoned(job: EffectiveJob, codes: list[str]) -> Iterator[Weakness]:
    """Yield the caches that a job with rights restores and that a privileged run for strangers can have filled.

    `codes` is what the job holds. A run of a pull request itself cannot: its caches are kept apart from the branch's.
    https://docs.github.com/en/actions/reference/workflows-and-actions/dependency-caching#restrictions-for-accessing-a-cache
    """
    if not any(code.startswith("secret:") or code in _STRONG for code in codes):
        return
    if any(start.by is Circle.OUTSIDER or (start.by, start.event) == _FOLLOWS for start in job.starts):
        return  # strangers start it themselves: nothing is crossed
    for taken in job.handovers:
        if taken.name.startswith("${{"):
            continue  # the key begins with what is computed: nothing says that the two meet
        if taken.what in {"cache", "cache_restore"} and taken.filled_by:
            other = short(taken.filled_by[0].rpartition("/")[2], 50)
            # what stands before the commands that fill it, where it takes commands to fill it
            gate = next((each.gate for each in job.takeovers if each.kind == POISONED), "")
            here = taken.spot.path == job.path
            yield Weakness(
                check="wf.cache.poison",
                position=Position(taken.spot.line, taken.spot.column) if here else Position(job.line, job.column),
                says=f"job {short(job.id, 44)} restores a cache that {other} fills, which strangers start",
                job=job.id,
                by="anyone",
                reaches=tuple(codes),
                gate=gate[:200],
                severity="medium" if gate else "",
            )
            return
