"""Pipelines that the clock starts: they run as who owns the schedule, and do what those have written who may push there.

"Scheduled pipelines execute with the permissions of the user who owns the schedule."
https://docs.gitlab.com/ci/pipelines/schedules/
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from pyroaring import BitMap

from pipewarden.access.github.held import Clause
from pipewarden.access.gitlab.allowed import Way
from pipewarden.access.gitlab.bearers import Bearers
from pipewarden.access.gitlab.branches import Branches
from pipewarden.access.gitlab.protected import entries, matching
from pipewarden.access.gitlab.scopes import GIT
from pipewarden.model.access import Capability, Condition, Link
from pipewarden.model.ids import Kind, Ref

BRANCH, TAG = "refs/heads/", "refs/tags/"
RUNS = Condition(says="the schedule runs")
MOVED = "whether they may move a tag that is there"
UNTOLD_STATE = "whether the schedule is active was not told"
UNTOLD_OWNER = "whether the owner of the schedule is active was not told"
UNTOLD_REF = "for which branch the schedule runs was not told"


class Schedule(NamedTuple):
    """One schedule that runs: as whom, and for which branch or tag."""

    owner: int
    branch: str = ""
    tag: str = ""
    unknown: tuple[str, ...] = ()

    @property
    def ref(self) -> str:
        """What it runs for, in words."""
        return f"tag {self.tag}" if self.tag else self.branch or "some branch"


class Schedules:
    """The pipeline schedules of one graph's projects."""

    def __init__(self, branches: Branches, bearers: Bearers) -> None:
        self.branches = branches
        self.snapshot = branches.snapshot
        self.bearers = bearers
        self._known: dict[int, list[Schedule]] = {}
        self._writers: dict[tuple[int, Schedule], list[Clause]] = {}

    def of(self, project: int) -> list[Schedule]:
        """Return the schedules of a project that run: active ones, whose owner is there and may run a pipeline for the ref.

        "If a scheduled pipeline status changes to Inactive unexpectedly, the schedule owner might have been blocked or removed
        from the project."
        https://docs.gitlab.com/ci/pipelines/schedules/#scheduled-pipeline-becomes-inactive
        """
        known = self._known.get(project)
        if known is None:
            rows = self.snapshot.entity(project).attributes.get("schedules")
            given = rows if isinstance(rows, list) and not self.branches.archived(project) else []
            known = self._known[project] = [each for row in given for each in self._read(project, row)]
        return known

    def _read(self, project: int, row: object) -> Iterator[Schedule]:
        owner = row.get("owner") if isinstance(row, Mapping) else None
        if not isinstance(row, Mapping) or not isinstance(owner, Mapping) or row.get("active") is False:
            return
        who = self._account(project, str(owner.get("id"))) if owner.get("state") in {"active", None} else None
        if who is None:
            return
        ref = row.get("ref")
        unknown = (
            *(() if row.get("active") is True else (UNTOLD_STATE,)),
            *(() if owner.get("state") else (UNTOLD_OWNER,)),
            *self.branches.unsettled(project),
        )
        if not isinstance(ref, str) or not ref:
            found = Schedule(who, unknown=(*unknown, UNTOLD_REF))
        elif ref.startswith(TAG):
            found = Schedule(who, tag=ref.removeprefix(TAG), unknown=unknown)
        else:
            found = Schedule(who, branch=ref.removeprefix(BRANCH), unknown=unknown)
        may = self._running(project, found)
        if any(who in clause.holders for clause in may):
            doubts = min((clause.unknown for clause in may if who in clause.holders), key=len)
            yield found._replace(unknown=tuple(dict.fromkeys((*found.unknown, *doubts))))

    def _account(self, project: int, number: str) -> int | None:
        """Return who owns a schedule: a person, a service account, or the bot of an access token."""
        instance = self.snapshot.instances[self.snapshot.instance[project]]
        keys = (Kind.ACCOUNT, number), (Kind.SERVICE_ACCOUNT, number), (Kind.ACCESS_TOKEN, f"bot:{number}")
        found = (self.snapshot.ordinal(Ref(instance, kind, key)) for kind, key in keys)
        return next((each for each in found if each is not None), None)

    def _running(self, project: int, schedule: Schedule) -> list[Clause]:
        """Return who may run a pipeline for what a schedule runs: on a protected ref they need the right to change it.

        https://docs.gitlab.com/ci/pipelines/#pipeline-security-on-protected-branches
        """
        if schedule.branch:
            return self.branches.on(Capability.RUN_PIPELINE, project, schedule.branch, project)
        return self._creating(project, schedule) or self.branches.held(project, Capability.RUN_PIPELINE)

    def _creating(self, project: int, schedule: Schedule) -> list[Clause]:
        """Return who may create the tag that a schedule runs for; nobody where no rule protects it."""
        rules = matching(self.branches.rules(project, "tag"), schedule.tag) if schedule.tag else []
        return self.branches.allowed.by(entries(rules, "create_access_levels"), project) if rules else []

    def guarded(self, project: int, schedule: Schedule) -> bool:
        """Tell whether what a schedule runs for is protected, so that its jobs are given protected variables."""
        if schedule.tag:
            return bool(matching(self.branches.rules(project, "tag"), schedule.tag))
        return bool(matching(self.branches.rules(project), schedule.branch))

    def writers(self, project: int, schedule: Schedule) -> list[Clause]:
        """Return who can change what a schedule runs, their tokens included: who may push or merge there."""
        key = (project, schedule)
        if key not in self._writers:
            found: list[Clause] = []
            for clause in self._writing(project, schedule):
                takes = clause.takes if isinstance(clause, Way) and clause.takes else GIT
                found += self.bearers.within([clause], takes)
            self._writers[key] = [clause for clause in found if clause.holders]
        return self._writers[key]

    def _writing(self, project: int, schedule: Schedule) -> list[Clause]:
        path = str(self.snapshot.entity(project).attributes.get("ci_config_path") or "")
        if "@" in path or "://" in path:
            return self.branches.edit(project)
        if schedule.tag and self.guarded(project, schedule):
            return [replace(each, unknown=(*each.unknown, MOVED)) for each in self._creating(project, schedule)]
        if not schedule.branch:
            return self.branches.held(project, Capability.PUSH)
        found = self.branches.on(Capability.PUSH, project, schedule.branch, project)
        if matching(self.branches.rules(project), schedule.branch):
            found = found + self.branches.on(Capability.MERGE, project, schedule.branch, project)
        return found

    def lent(self, project: int, clauses: Iterable[Clause], *, protected: bool = False) -> Iterator[Clause]:
        """Yield who has, by a schedule of a project, what its owner has by some clauses: all who change what it runs.

        With `protected`, by schedules for protected branches and tags alone.
        """
        schedules = self.of(project)
        for clause in clauses if schedules else ():
            for schedule in schedules:
                if schedule.owner not in clause.holders or (protected and not self.guarded(project, schedule)):
                    continue
                for way in clause.lead(schedule.owner)[:1]:
                    runs = Link(
                        source=self.snapshot.ref(project),
                        target=self.snapshot.ref(schedule.owner),
                        says=f"has a schedule for {schedule.ref} that runs as",
                    )
                    for writer in self.writers(project, schedule):
                        yield replace(
                            writer,
                            holders=writer.holders - BitMap(self.bearers.acting_as(schedule.owner)),
                            tail=(*writer.tail, runs, *way, *clause.tail),
                            conditions=(*writer.conditions, RUNS, *clause.conditions),
                            unknown=tuple(dict.fromkeys((*writer.unknown, *schedule.unknown, *clause.unknown))),
                        )
