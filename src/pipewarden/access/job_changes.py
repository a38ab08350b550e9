"""What jobs gained and lost between two snapshots: secrets, permissions, ways to start them, environments, pins, commands."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from pipewarden.access.jobs import Job, every_job
from pipewarden.model.jobs import EffectiveJob
from pipewarden.model.snapshot import Snapshot

_WORTH = {
    name: number
    for number, name in enumerate(
        ("secrets", "permissions", "started by", "environments", "cloud roles", "runner", "calls", "commands")
    )
}
"""What matters more stands first; a job that is new or gone before all."""


Ran = Mapping[str, Sequence[tuple[str, str]]]
"""What each job runs: for each thing where it stands (`ci.yml:12`), and a mark of its content."""
MOST_PLACES = 5


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


def changes(before: Snapshot, after: Snapshot, ran: tuple[Ran, Ran] = ({}, {})) -> list[JobChange]:
    """Return what changed, job by job: what was gained first, then by what it is.

    `ran` is what jobs ran before and run after; of a job that is new or gone nothing is compared.
    """
    old, new = _by_name(before), _by_name(after)
    found: list[JobChange] = []
    for name in sorted(old.keys() | new.keys()):
        was, now = _facets(old.get(name)), _facets(new.get(name))
        if name not in old or name not in new:
            there = "a new job" if name not in old else "the job is gone"
            found += [JobChange(job=name, what=there)]
        else:
            was["commands"], now["commands"] = _differing(ran[0].get(name, ()), ran[1].get(name, ()))
        for what in _WORTH:
            same = (
                frozenset[str]() if what == "commands" else frozenset(now.get(what, ())) & frozenset(was.get(what, ()))
            )
            gained = tuple(each for each in now.get(what, ()) if each not in same)
            lost = tuple(each for each in was.get(what, ()) if each not in same)
            if gained or lost:
                found.append(JobChange(job=name, what=what, gained=gained, lost=lost))
    return sorted(
        found, key=lambda each: (not each.gained and each.what != "a new job", _WORTH.get(each.what, -1), each.job)
    )


def named(snapshot: Snapshot) -> dict[str, EffectiveJob]:
    """Return the jobs that are compared, by their names."""
    return {name: job.job for name, job in _by_name(snapshot).items()}


def _differing(
    was: Sequence[tuple[str, str]], now: Sequence[tuple[str, str]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return where commands stand that are there no more, and where those that were not there."""
    old, new = Counter(mark for _, mark in was), Counter(mark for _, mark in now)
    return _places(was, old - new), _places(now, new - old)


def _places(steps: Sequence[tuple[str, str]], wanted: Counter[str]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(place for place, mark in steps if wanted[mark]))
    more = len(found) - MOST_PLACES
    return (*found[:MOST_PLACES], f"and {more} more") if more > 0 else found


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
        "started by": _once(f"{start.event} ({start.by.value})" for start in effective.starts if not start.edited),
        "environments": _once((*effective.environments, *(("any",) if effective.environment_open else ()))),
        "cloud roles": _once((*effective.roles, *(("OIDC",) if effective.oidc else ()))),
        "runner": _once((effective.runner_group, *effective.labels)),
        "calls": _once(f"{each.text} ({each.pin})" for each in effective.calls if each.kind != "local"),
    }


def _once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({word for word in words if word}))
