"""What jobs gained and lost between two snapshots: secrets, permissions, ways to start them, environments, pins."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from pipewarden.access.jobs import Job, every_job
from pipewarden.model.snapshot import Snapshot

_WORTH = {"secrets": 0, "permissions": 1, "started by": 2, "environments": 3, "cloud roles": 4, "runner": 5, "calls": 6}
"""What matters more stands first; a job that is new or gone before all."""


class JobChange(Struct, frozen=True, kw_only=True):
    """One job gained or lost something of a kind."""

    job: str
    what: str
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()

    def row(self) -> tuple[str, str, str, str]:
        """Return it as a row of a table."""
        return (self.job, self.what, ", ".join(self.gained), ", ".join(self.lost))

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"job": self.job, "what": self.what, "gained": list(self.gained), "lost": list(self.lost)}


def changes(before: Snapshot, after: Snapshot) -> list[JobChange]:
    """Return what changed, job by job: what was gained first, then by what it is."""
    old, new = _by_name(before), _by_name(after)
    found: list[JobChange] = []
    for name in sorted(old.keys() | new.keys()):
        was, now = _facets(old.get(name)), _facets(new.get(name))
        if name not in old or name not in new:
            there = "a new job" if name not in old else "the job is gone"
            found += [JobChange(job=name, what=there)]
        for what in _WORTH:
            gained = tuple(each for each in now.get(what, ()) if each not in was.get(what, ()))
            lost = tuple(each for each in was.get(what, ()) if each not in now.get(what, ()))
            if gained or lost:
                found.append(JobChange(job=name, what=what, gained=gained, lost=lost))
    return sorted(
        found, key=lambda each: (not each.gained and each.what != "a new job", _WORTH.get(each.what, -1), each.job)
    )


def _by_name(snapshot: Snapshot) -> dict[str, Job]:
    return {f"{job.job.path}#{job.job.id}": job for job in every_job(snapshot) if not job.job.callers}


def _facets(job: Job | None) -> dict[str, tuple[str, ...]]:
    """Return what is compared of a job, as words."""
    if job is None:
        return {}
    effective, held = job.job, job.held()
    token = effective.token
    permissions = ["not known"] if token is None and effective.token_unknown else []
    permissions += [f"{scope}: {level}" for scope, level in sorted((token or {}).items())]
    return {
        "secrets": _once(each.name for each in held.secrets),
        "permissions": _once(permissions),
        "started by": _once(f"{start.event} ({start.by.value})" for start in effective.starts),
        "environments": _once((*effective.environments, *(("any",) if effective.environment_open else ()))),
        "cloud roles": _once((*effective.roles, *(("OIDC",) if effective.oidc else ()))),
        "runner": _once((effective.runner_group, *effective.labels)),
        "calls": _once(f"{each.text} ({each.pin})" for each in effective.calls if each.kind != "local"),
    }


def _once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({word for word in words if word}))
