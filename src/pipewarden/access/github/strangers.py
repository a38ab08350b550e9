"""Which secrets a stranger reads whose code a workflow runs: those that the jobs are handed that they take over.

"GitHub Actions can only read a secret if you explicitly include the secret in a workflow."
https://docs.github.com/en/actions/concepts/security/secrets

What a job leaves reaches others: those that need it, those that take its artifacts and caches, those on its machine. Whether they
run that is not followed, so that of what they hold it is not known.
https://docs.github.com/en/actions/reference/security/secure-use#hardening-for-self-hosted-runners
"""

from collections.abc import Iterable, Iterator

from pipewarden.access.jobs import Job, Way
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.jobs import Circle, EffectiveJob
from pipewarden.model.snapshot import Snapshot

_STRANGE = frozenset({Circle.FORK, Circle.OUTSIDER})
_MOST = 3
"""Reasons for a doubt that are told."""


def reads(snapshot: Snapshot, workflow: int, secret: int) -> tuple[str, ...] | None:
    """Say whether strangers whose code a workflow runs read a secret: surely (nothing is said), why it is not known, or None: not.

    Where no job was read that they take over, any may be handed to one.
    """
    wanted, own = snapshot.ref(secret), _jobs(snapshot, workflow)
    if wanted.kind is not Kind.SECRET:
        return ()  # a variable is in every job
    opened = [(job, way) for job in own for way in job.ways if _is_open(way)]
    if not opened:
        return ()
    doubts: dict[str, None] = {}
    for job in own:
        for way in job.ways:
            if way.start.by in _STRANGE and _is_handed(job, way, wanted):
                if _is_open(way):
                    return ()
                doubts |= dict.fromkeys(_doubts(job, way, opened, own))
    for job, why in _elsewhere(snapshot, workflow, opened):
        if any(_is_handed(job, way, wanted) for way in job.ways):
            doubts[why] = None
    return tuple(doubts)[:_MOST] or None


def _jobs(snapshot: Snapshot, workflow: int) -> list[Job]:
    begins = f"{snapshot.ref(workflow).key}:"
    places = snapshot.children(int(snapshot.parent[workflow]), Kind.JOB)
    return [job for each in places if snapshot.ref(each).key.startswith(begins) for job in _job(snapshot, each)]


def _job(snapshot: Snapshot, ordinal: int) -> Iterator[Job]:
    effective = EffectiveJob.from_body(snapshot.body_of(ordinal))
    if effective is not None:
        yield Job(snapshot, ordinal, effective)


def _is_open(way: Way) -> bool:
    """Tell whether strangers surely run commands in it, and nobody stands before it."""
    taken = way.takeover
    return way.start.by in _STRANGE and taken is not None and taken.certain and not taken.gate


def _is_handed(job: Job, way: Way, wanted: Ref) -> bool:
    """Tell whether a run has, or can have, a secret: what takes all, or a computed one, can have any."""
    held = job.held_in(way)
    return any(not each.taken.name or each.ref == wanted or job.may_be(each, held, wanted) for each in held.secrets)


def _doubts(job: Job, way: Way, opened: Iterable[tuple[Job, Way]], own: Iterable[Job]) -> Iterator[str]:
    """Yield why strangers may read what a run has that they start, and that they do not surely take over."""
    name, taken = job.job.id[:60], way.takeover
    if taken is not None and taken.gate:
        yield f"somebody lets job {name} run first, which is handed it and runs their commands ({taken.gate})"
    elif taken is not None:
        yield f"whether job {name}, which is handed it, runs their commands could not be followed"
    before = _before(job, own)
    for other, by in opened:
        if other.job.id in before and by.start.event == way.start.event:
            yield f"whether job {name}, which is handed it, runs what job {other.job.id[:60]} leaves was not followed"
    if any(each.step is None and each.kind in _CALLED and not each.followed for each in job.job.calls):
        yield f"job {name} hands it to a workflow that was not read"


_CALLED = frozenset({"local", "repository"})


def _before(job: Job, own: Iterable[Job]) -> set[str]:
    """Return the jobs that end before one begins: those it needs, and those that they need."""
    every = {each.job.id: each.job for each in own}
    found: set[str] = set()
    todo = list(job.job.after)
    for need in todo:
        for name, other in every.items():
            # a job that calls a workflow stands as the jobs of that
            if name not in found and (name == need or name.startswith(f"{need}/")):
                found.add(name)
                todo += other.after
    return found


def _elsewhere(snapshot: Snapshot, workflow: int, opened: list[tuple[Job, Way]]) -> Iterator[tuple[Job, str]]:
    """Yield the jobs of the repository that take what strangers leave in those of a workflow, with how."""
    by = {f"{job.job.path}#{job.job.id}" for job, _ in opened}
    machine = next((job.job.id[:60] for job, way in opened if job.held_in(way).runner), "")
    for ordinal in snapshot.children(int(snapshot.parent[workflow]), Kind.JOB):
        filled = b"filled_by" in snapshot.body_of(ordinal)
        for job in _job(snapshot, ordinal) if filled or machine else ():
            name = f"job {job.job.id[:60]} ({job.job.path.rpartition('/')[2][:60]})"
            if filled and any(not by.isdisjoint(each.filled_by) for each in job.job.handovers):
                yield job, f"whether {name}, which is handed it, runs the files that they leave it was not followed"
            if (
                machine
                and f"{job.job.path}#{job.job.id}" not in by
                and any(job.held_in(way).runner for way in job.ways)
            ):
                yield (
                    job,
                    f"whether {name}, which is handed it, runs on the machine that job {machine} leaves is not known",
                )
