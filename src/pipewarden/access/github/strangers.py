"""Which secrets a stranger reads whose code a workflow runs: those that the jobs are handed that they take over, and no others.

"GitHub Actions can only read a secret if you explicitly include the secret in a workflow."
https://docs.github.com/en/actions/concepts/security/secrets
"""

from pipewarden.access.jobs import Job, Way
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.jobs import Circle, EffectiveJob
from pipewarden.model.snapshot import Snapshot

_STRANGE = frozenset({Circle.FORK, Circle.OUTSIDER})


def reads(snapshot: Snapshot, workflow: int, secret: int) -> bool:
    """Tell whether a secret is handed to a job of a workflow that strangers take over; where no such job was read, any may be."""
    wanted, taken = snapshot.ref(secret), False
    for job in _jobs(snapshot, workflow):
        for way in job.ways:
            if not _is_open(way):
                continue
            taken = True
            if any(_may_be(each.ref, each.taken.name, wanted) for each in job.held_in(way).secrets):
                return True
    return not taken


def _jobs(snapshot: Snapshot, workflow: int) -> list[Job]:
    begins = f"{snapshot.ref(workflow).key}:"
    found = []
    for ordinal in snapshot.children(int(snapshot.parent[workflow]), Kind.JOB):
        if snapshot.ref(ordinal).key.startswith(begins):
            effective = EffectiveJob.from_body(snapshot.body_of(ordinal))
            found += [Job(snapshot, ordinal, effective)] if effective is not None else []
    return found


def _is_open(way: Way) -> bool:
    """Tell whether strangers surely run commands in it, and nobody stands before it."""
    taken = way.takeover
    return way.start.by in _STRANGE and taken is not None and taken.certain and not taken.gate


def _may_be(ref: Ref | None, name: str, wanted: Ref) -> bool:
    """Tell whether what a job takes is, or can be, a secret: one that takes all, or a computed one, can be any."""
    return ref == wanted if name else True
