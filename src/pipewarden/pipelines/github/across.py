"""What jobs of a repository leave for each other, over borders of trust: artifacts and caches that a stranger can have filled."""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from pipewarden.model.jobs import POISONED, Circle, EffectiveJob, Handover, Takeover
from pipewarden.pipelines.github.frames import Shelf
from pipewarden.pipelines.untrusted import PRIVILEGED_EVENTS


def across(jobs: Iterable[EffectiveJob], shelf: Shelf) -> tuple[EffectiveJob, ...]:
    """Return the jobs with who can have filled what each takes over from other runs.

    Artifacts: of a run that an outsider started. Caches: "Workflow runs can restore caches created in either the current
    branch or the default branch", and a privileged run for an outsider runs on the default branch.
    https://docs.github.com/en/actions/reference/workflows-and-actions/dependency-caching#restrictions-for-accessing-a-cache
    """
    del shelf
    every = list(jobs)
    artifacts: list[tuple[str, str]] = []
    caches: list[tuple[str, str]] = []
    for job in every:
        outside = [start for start in job.starts if start.by in {Circle.FORK, Circle.OUTSIDER}]
        name = f"{job.path}#{job.id}"
        for given in job.handovers:
            if outside and given.what == "artifact_upload":
                artifacts.append((given.name, name))
            if given.what == "cache" and any(start.event in PRIVILEGED_EVENTS for start in outside):
                if "/setup-" in given.name and all(each.by != "anyone" for each in job.takeovers):
                    continue  # what such an action keeps, only commands in the job can change
                caches.append((given.name, name))
    if not artifacts and not caches:
        return tuple(every)
    filled = [
        replace(job, handovers=tuple(_filled(job, each, artifacts, caches) for each in job.handovers))
        if job.handovers
        else job
        for job in every
    ]
    return _through_caches(filled) if caches else tuple(filled)


def _through_caches(jobs: list[EffectiveJob]) -> tuple[EffectiveJob, ...]:
    """Return the jobs with who takes them over through caches that others' commands fill.

    What is unpacked may lie anywhere: a cache is restored with the paths that it was saved with.
    https://docs.github.com/en/actions/reference/workflows-and-actions/dependency-caching
    """
    fillers: dict[str, Takeover] = {}
    for job in jobs:
        taken = [each for each in job.takeovers if each.by == "anyone"]
        if taken:
            name = f"{job.path}#{job.id}"
            fillers.setdefault(name, min(taken, key=lambda each: (not each.certain, bool(each.gate))))
    if not fillers:
        return tuple(jobs)
    return tuple(_poisoned(job, fillers) if any(each.filled_by for each in job.handovers) else job for job in jobs)


def _poisoned(job: EffectiveJob, fillers: Mapping[str, Takeover]) -> EffectiveJob:
    if any(each.by == "anyone" and each.certain for each in job.takeovers):
        return job
    found: list[Takeover] = []
    for each in job.handovers:
        # a key that begins with what is computed: nothing says that the two meet
        if each.what not in {"cache", "cache_restore"} or each.name.startswith("${{"):
            continue
        for who in each.filled_by:
            if who in fillers:
                through, other = fillers[who], who.rpartition("/")[2]
                says = f"job {job.id[:60]} restores the cache {each.name[:60]}, which commands of others fill in {other[:80]}"
                found.append(
                    Takeover(
                        kind=POISONED,
                        by="anyone",
                        says=says,
                        spot=each.spot,
                        events=("cache",),
                        gate=through.gate,
                        certain=through.certain,
                    )
                )
    if not found:
        return job
    worst = min(found, key=lambda each: (not each.certain, bool(each.gate)))
    return replace(job, takeovers=(*job.takeovers, worst))


def _filled(
    job: EffectiveJob, taken: Handover, artifacts: list[tuple[str, str]], caches: list[tuple[str, str]]
) -> Handover:
    own = f"{job.path}#{job.id}"
    if taken.what == "artifact_download" and taken.other_run:
        by = [who for name, who in artifacts if _same(name, taken.name)]
    elif taken.what in {"cache", "cache_restore"}:
        by = [who for name, who in caches if who != own and _begins(name, taken.name)]
    else:
        return taken
    return replace(taken, filled_by=tuple(dict.fromkeys(by))[:20])


def _same(one: str, other: str) -> bool:
    """Tell whether two names of artifacts can be the same; a computed or missing name can be any."""
    return one == other or not one or not other or "${{" in one or "${{" in other or "*" in other


def _begins(one: str, other: str) -> bool:
    """Tell whether two keys of caches can meet: they begin alike up to their first expression.

    Of one that begins with an expression nothing says that it meets another.
    """
    if "/setup-" in one or "/setup-" in other:
        return one == other
    first, second = one.partition("${{")[0], other.partition("${{")[0]
    if not first or not second:
        return one == other
    return first.startswith(second) or second.startswith(first)
