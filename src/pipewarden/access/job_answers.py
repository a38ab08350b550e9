"""Answers whose subjects are jobs: everything that can use a secret, and what somebody reaches by starting pipelines."""

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from pipewarden.access.github.anybody import ANYBODY, NAME, RUNS, lets_in_anybody
from pipewarden.access.job_secrets import GIVEN, SETTINGS, called
from pipewarden.access.job_stores import can_be, fits, is_elsewhere
from pipewarden.access.job_words import circle, gate_before, gate_of, path_to, secret, starters
from pipewarden.access.jobs import Held, Job, Resolved, Way, every_job, jobs, ranked
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Trust
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.jobs import LooseEnd
from pipewarden.model.snapshot import Snapshot
from pipewarden.model.stores import perhaps_one

MOST_PATHS = 20
"""Ways to one secret of one job that are told."""


class JobUse:
    """One job that can use a secret."""

    def __init__(self, job: Job, resolved: Resolved, *, sure: bool = True) -> None:
        self.job = job
        self.resolved = resolved
        self._sure = sure

    @property
    def name(self) -> str:
        """The job's name with its repository."""
        return self.job.name

    @property
    def certain(self) -> bool:
        """Whether the file, or the settings, tell for sure that this secret is meant."""
        taken = self.resolved.taken
        return bool(taken.name) and self._sure and (taken.certain or self.resolved.is_protected)

    @property
    def how(self) -> str:
        """How the secret gets there."""
        taken = self.resolved.taken
        form = {
            "all": "as one of all",
            "inherit": "as one of all, handed on",
            "dynamic": "by a computed name",
            GIVEN: "handed on protected branches" if self.resolved.is_protected else "handed by the settings",
            SETTINGS: "perhaps among what its settings hand it",
        }
        told = form.get(taken.form, "by name")
        return told if taken.form in {GIVEN, SETTINGS} else f"{told}, {taken.by or 'the job'}"

    def started(self, *, whole: bool = False) -> str:
        """Who can start the job; `whole`: by everything that starts it."""
        return starters(self.job, whole=whole)

    @property
    def ways(self) -> list[Way]:
        """The ways to start the job whose runs are given the secret."""
        return [way for way in self.job.ways if self.resolved in self.job.held_in(way).secrets]

    @property
    def paths(self) -> tuple[str, ...]:
        """Each way from who starts it to the secret, in words, the most dangerous first."""
        return tuple(dict.fromkeys(path_to(self.job, way, self.resolved) for way in self.ways[:MOST_PATHS]))

    @property
    def path(self) -> str:
        """The most dangerous way."""
        return next(iter(self.paths), "nothing that was read starts it with the secret")


def secret_names(snapshot: Snapshot) -> set[str]:
    """Return the names of all secrets that a job takes or that were read."""
    taken = {each.name for job in every_job(snapshot) for each in job.job.secrets if each.name}
    return taken | {called(snapshot, o) for o in snapshot.ordinals(Kind.SECRET).tolist()}


def users_of(snapshot: Snapshot, name: str, ref: Ref | None = None) -> list[JobUse]:
    """Return every job that can use a secret of a name, the dangerous first; with `ref` only that secret is meant.

    A job that takes every secret, or one by a computed name, can use this one too.
    """
    found = []
    for job in ranked(every_job(snapshot)):
        for resolved in job.held().secrets:
            if not _is_meant(snapshot, job, resolved, name, ref):
                continue
            sure = ref is None or not resolved.taken.store or resolved.ref == ref
            found.append(JobUse(job, resolved, sure=sure and not perhaps_one(resolved.taken.name, name)))
            break
    return sorted(found, key=lambda use: (not use.certain, -use.job.weight, use.name))


def others_called(snapshot: Snapshot, name: str, uses: Iterable[JobUse]) -> list[Ref]:
    """Return the secrets of a name that were read and that none of these jobs is known to take."""
    taken = {use.resolved.ref for use in uses}
    named = [o for o in snapshot.ordinals(Kind.SECRET).tolist() if called(snapshot, o).upper() == name.upper()]
    return [ref for ref in map(snapshot.ref, named) if ref not in taken]


def _is_meant(snapshot: Snapshot, job: Job, resolved: Resolved, name: str, ref: Ref | None) -> bool:
    """Tell whether what a job takes is, or can be, a secret of a name; with `ref` the one that was read."""
    taken = resolved.taken
    if not taken.store:
        is_called = taken.name.upper() == name.upper() if taken.name else not is_elsewhere(name)
        return is_called and (ref is None or _can_be(snapshot, job, resolved, ref))
    if ref is None:
        return fits(taken.name, name)
    return resolved.ref == ref if resolved.ref is not None else can_be(snapshot, taken, ref)


def _can_be(snapshot: Snapshot, job: Job, resolved: Resolved, ref: Ref) -> bool:
    """Tell whether what a job takes can be one secret: the one it resolves to, or any where its name is open."""
    if resolved.ref is not None:
        return resolved.ref == ref
    ordinal = snapshot.ordinal(ref)
    if ordinal is None:
        return False
    return not set(snapshot.scopes(job.repository)).isdisjoint(snapshot.scopes(ordinal))


class StartedReach(Struct, frozen=True, kw_only=True):
    """One thing that somebody gets to by starting pipelines."""

    capability: str
    what: str
    how: str
    path: str
    job: str
    repository: str
    commands: bool
    """Whether their own commands surely run beside it; else only the job's own steps use it, as far as was seen."""
    perhaps: bool = False
    """Whether their own commands may run beside it: what decides it could not be followed."""
    gate: str = ""
    weight: int = 0
    instance: str = ""
    """The instance whose pipeline it is; empty where none that was read need be started."""

    @property
    def only_reads(self) -> bool:
        """Whether it is nothing but to start a job that holds no more than reading."""
        return self.what == _NOTHING

    @property
    def unknown(self) -> bool:
        """Whether it is not known to be had at all: what the job's token may do stands in no file."""
        return self.what == TOKEN_UNKNOWN

    def row(self) -> tuple[str, str, str, str, str]:
        """Return it as a row of a table."""
        return (self.capability, self.what, self.repository, self.how, self.path)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "capability": self.capability,
            "what": self.what,
            "how": self.how,
            "path": self.path,
            "job": self.job,
            "repository": self.repository,
            "own_commands": None if self.perhaps else self.commands,
            "known": not self.unknown,
            "gate": self.gate or None,
        }


def reach_of(snapshot: Snapshot, who: str) -> list[StartedReach]:
    """Return what a circle gets to through the jobs it can start, what their own commands reach first, mere reading last.

    `who` is `fork`, `outsider`, `developer` or `bot`. One thing that is reached in several ways is told once for each job.
    """
    found: dict[tuple[str, str, str], StartedReach] = {}
    for job in jobs(snapshot):
        for way in job.ways_of(who):
            for capability, what, resolved in _things(job.held_in(way), commands=way.commands):
                key = (capability, what, job.name)
                if key in found and found[key].commands >= way.commands:
                    continue
                found[key] = StartedReach(
                    capability=capability,
                    what=what,
                    how="own commands" if way.commands else "perhaps own commands" if way.perhaps else "starts it only",
                    path=path_to(job, way, resolved),
                    job=job.name,
                    repository=snapshot.name_of(job.repository),
                    commands=way.commands,
                    perhaps=way.perhaps,
                    gate=gate_of(job, way) if job.job.system != "github" else gate_before(way),
                    weight=way.weight,
                    instance=job.ref.instance,
                )
    if who == "outsider":
        found |= {(each.capability, each.what, each.job): each for each in _of_anybody(snapshot)}
    order = {
        "read_secret": 0,
        "use_secret": 1,
        "assume_role": 2,
        "push": 3,
        "deploy": 4,
        "manage_runner": 5,
        "run_pipeline": 6,
    }
    return sorted(
        found.values(),
        key=lambda each: (
            each.only_reads,
            each.unknown,
            not each.commands,
            not each.perhaps,
            -each.weight,
            order[each.capability],
            each.what,
            each.job,
        ),
    )


def started_by_anybody(snapshot: Snapshot, instance: str) -> list[StartedReach]:
    """Return what anybody gets to by the pipelines of one instance: what `reach outsider` tells of them."""
    return [each for each in reach_of(snapshot, "outsider") if each.instance == instance]


def _of_anybody(snapshot: Snapshot) -> Iterator[StartedReach]:
    """Yield the roles that a job of anybody's own repository acts as: no pipeline that was read need be started for them."""
    if snapshot.ordinal(ANYBODY) is None:
        return
    for role in dict.fromkeys(trust.principal for trust in snapshot.records(Trust) if lets_in_anybody(trust)):
        at = snapshot.ordinal(role)
        name = str(role) if at is None else snapshot.name_of(at)
        yield StartedReach(
            capability="assume_role", what=name, how="own commands", path=f"{NAME} ({RUNS}) → {name}", job=OWN_JOB,
            repository=OWN_JOB, commands=True, weight=ANYBODYS_WEIGHT,
        )  # fmt: skip


OWN_JOB = "a repository of their own"
ANYBODYS_WEIGHT = 1_000_000
"""What anybody gets without touching anything of the team's stands first."""

_NOTHING = "no more than reading"
TOKEN_UNKNOWN = "perhaps a token that writes: what it may do is not known"
"""Where no block of permissions stands, the repository's default counts, which no file has; or the block was not understood.

https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/enabling-features-for-your-repository/managing-github-actions-settings-for-a-repository
"""


def ends_of(snapshot: Snapshot, who: str) -> list[tuple[Job, LooseEnd]]:
    """Return what could not be followed in the jobs that a circle can start: more may be reached behind it."""
    return [(job, end) for job in jobs(snapshot) if job.ways_of(who) for end in job.job.open_ends]


def holds_nothing(snapshot: Snapshot) -> bool:
    """Tell whether checkouts hold no pipeline file, nor what says whose jobs a role trusts, so that nothing says what anybody gets."""
    return holds_no_pipelines(snapshot) and not len(snapshot.ordinals(Kind.CLOUD_ROLE))


def holds_no_pipelines(snapshot: Snapshot) -> bool:
    """Tell whether checkouts were read and no pipeline file is in them, so that no answer about their jobs is one."""
    checkouts = [
        o for o in snapshot.ordinals(Kind.REPOSITORY).tolist() if snapshot.entity(o).attributes.get("checkout")
    ]
    held = len(snapshot.ordinals(Kind.WORKFLOW)) or len(snapshot.ordinals(Kind.JOB))
    return bool(checkouts) and not held and not unread_files(snapshot)


def unread_files(snapshot: Snapshot) -> list[str]:
    """Return the pipeline files that could not be read, with why: their jobs are in no answer.

    What a file that was read takes in from elsewhere is among the open ends of its jobs.
    """
    found = []
    for gap in snapshot.gaps:
        if gap.facet == Facet.REPO_WORKFLOWS and gap.cause is not Cause.NOT_FOLLOWED:
            ordinal = snapshot.ordinal(gap.scope)
            name = snapshot.name_of(ordinal) if ordinal is not None else gap.scope.key
            path, _, why = gap.detail.partition(":")
            told = f"{name}:{why}" if name.endswith(path) else gap.detail
            found.append(told if gap.detail else f"the pipeline files of {name}: {gap.cause.value.replace('_', ' ')}")
    return sorted(dict.fromkeys(found))


def _things(held: Held, *, commands: bool) -> list[tuple[str, str, Resolved | None]]:
    """Return what a run holds as capabilities: with own commands a secret is read, else only used by the job's steps."""
    found: list[tuple[str, str, Resolved | None]] = [
        ("read_secret" if commands else "use_secret", secret(each), each) for each in held.secrets
    ]
    if held.oidc:
        found += [("assume_role", role, None) for role in held.roles or ("an OIDC identity",)]
    if held.writes:
        found.append(
            ("push" if "contents" in held.writes else "run_pipeline", f"token writes {', '.join(held.writes)}", None)
        )
    elif held.token_unknown:
        found.append(("push", TOKEN_UNKNOWN, None))
    found += [("deploy", f"environment {name}", None) for name in held.environments]
    if held.runner:
        found.append(("run_pipeline", "a self-hosted runner", None))
    elif held.machine_open:
        found.append(("run_pipeline", "perhaps a self-hosted runner", None))
    return found or [("run_pipeline", _NOTHING, None)]


__all__ = ["JobUse", "StartedReach", "circle", "reach_of", "secret_names", "users_of"]
