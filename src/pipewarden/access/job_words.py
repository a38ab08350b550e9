"""Jobs in words: what they reach, who starts them, who edits them, why that is dangerous, and the path from start to secret."""

import sys
from collections.abc import Iterable

from pipewarden.access.engine import Engine
from pipewarden.access.job_gates import settled
from pipewarden.access.jobs import SURE, Held, Job, Resolved, Way
from pipewarden.errors import UsageError
from pipewarden.model.access import Capability
from pipewarden.model.ids import Kind
from pipewarden.model.jobs import POISONED, Circle, Given, Start, Takeover, shown_file

MOST = 4
"""Names that a cell lists before it counts the rest."""
ALL = sys.maxsize
"""How many names a cell of a file lists: a file holds all, and only a table is short."""

_TAKEN = {
    "pwn_request": "it runs the code of a pull request,",
    "script_injection": "it runs text of others as commands,",
    "environment_injection": "it takes variables from text of others,",
    "foreign_artifact": "it trusts files of another run,",
    POISONED: "it restores a cache that they fill,",
    "outside_checkout": "it takes the code of a pull request,",
    "inject": "it runs text of others as commands,",
    "parameter": "it runs what its start is given as commands,",
    "artifact_poison": "it trusts files of another run,",
    "moves": "it runs code that others can change,",
    "template_moves": "it runs code that others can change,",
    "include_mutable": "it runs code that others can change,",
    "image_unpinned": "it runs code that others can change,",
    "remote_script": "it runs what an address answers,",
}
"""How a job can be taken over, in words: by the kind, or by the last word of the check that tells of it."""

_BY_HAND = "a start by hand"
_STARTED = "somebody starts it by hand"
"""What stands before a job that waits for a start by hand: nothing more than that start."""
_EVENTS = {
    "pull_request": "a pull request",
    "pull_request_target": "a pull request",
    "pull_request_review": "a review",
    "pull_request_review_comment": "a comment in a review",
    "merge_request": "a merge request",
    "fork": "a change from a fork",
    "issues": "an issue",
    "issue_comment": "a comment",
    "comment": "a comment",
    "discussion": "a discussion",
    "discussion_comment": "a comment in a discussion",
    "workflow_run": "the run before it",
    "push": "a push",
    "tag": "a tag",
    "workflow_dispatch": _BY_HAND,
    "manual": _BY_HAND,
    "repository_dispatch": "a call of the API",
    "api": "a call of the API",
    "release": "a release",
    "schedule": "the clock",
    "cache": "a cache",
}


def short_name(job: Job, *, alone: bool = False) -> str:
    """Name a job in a cell: `acme/web deploy.yml#deploy`; `alone`: without the repository, which all of them share."""
    path = job.job.path.removeprefix(".github/workflows/")
    return f"{path}#{job.job.id}" if alone else f"{job.repository_name} {path}#{job.job.id}"


def listed(names: Iterable[str], most: int = MOST) -> str:
    """List names, the rest counted."""
    every = list(dict.fromkeys(names))
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more


def circle(job: Job, by: Circle) -> str:
    """Say who a circle is, for a repository."""
    if by in {Circle.FORK, Circle.OUTSIDER}:
        return "whoever can read it" if job.public is False else "anyone"
    return {
        Circle.DEVELOPER: "whoever may write",
        Circle.BOT: "a bot's update",
        Circle.SCHEDULE: "the clock",
        Circle.WORKFLOW: "whoever calls it",
    }.get(by, "not known")


def by_event(start: Start) -> str:
    """Say by what a run is started."""
    words = _EVENTS.get(start.event, start.event.replace("_", " ") or "something the file does not tell")
    return f"{words} that changes its condition" if start.edited else words


def secret(resolved: Resolved) -> str:
    """Name a secret with its level where that is known."""
    if resolved.of_dependabot:
        where = f"Dependabot's, {resolved.level}" if resolved.level else "if Dependabot's store holds it"
        if resolved.taken.store:
            where = "if Dependabot's store holds what reads it"
        return f"{resolved.name} ({where})"
    if not resolved.taken.name:
        return resolved.name
    return f"{resolved.name} ({resolved.level})" if resolved.level else resolved.name


def reaches(held: Held, *, whole: bool = False) -> str:
    """Say what a run holds, in one cell; `whole`: with every name."""
    names, few, two = (ALL, ALL, ALL) if whole else (MOST, 3, 2)
    parts = []
    if held.secrets:
        every = next((each.name for each in held.secrets if not each.taken.name), "")
        named = [secret(each) for each in held.secrets if each.taken.name]
        parts.append("; ".join(part for part in (every, f"secrets {listed(named, names)}" if named else "") if part))
    if held.oidc:
        parts += _roles(held.roles, two) or ["an OIDC identity"]
    if held.writes:
        parts.append(f"token writes {listed(held.writes, few)}")
    elif held.token_unknown:
        parts.append("token not known")
    if held.environments:
        parts.append(f"environment {listed(held.environments, few)}")
    if held.any_environment:
        parts.append("an environment that is chosen at the start")
    if held.shared:
        parts.append(held.shared)
    elif held.runner:
        parts.append("a self-hosted runner")
    elif held.machine_open:
        parts.append("perhaps a self-hosted runner")
    return "; ".join(parts) or "reads only"


_NAMED = ("Vault role ", "octo-sts identity ")
"""What begins the roles that say themselves what they are."""


def _roles(roles: Iterable[str], most: int) -> list[str]:
    """Say as what a run can act elsewhere: roles of clouds, then those that say themselves what they are."""
    clouds = [role for role in roles if not role.startswith(_NAMED)]
    others = [role for role in roles if role.startswith(_NAMED)]
    return [*([f"cloud role {listed(clouds, most)}"] if clouds else []), *([listed(others, most)] if others else [])]


def starters(job: Job, *, whole: bool = False) -> str:
    """Say who can start a job, the widest circle first; `whole`: by everything that starts it."""
    found: dict[str, list[str]] = {}
    for by in Circle:
        for start in job.job.starts:
            if start.by is by and not start.edited:
                found.setdefault(circle(job, by), []).append(by_event(start))
    return "; ".join(
        who if who in {"the clock", "not known"} else f"{who} ({listed(events, ALL if whole else 3)})"
        for who, events in found.items()
    )


def crossing(job: Job, *, whole: bool = False) -> str:
    """Say what a job that holds something takes from runs across a border of trust; empty where it takes nothing."""
    held = job.held()
    if not (held.secrets or held.oidc or held.writes):
        return ""
    for each in job.job.handovers:
        others = [by for by in each.filled_by if by != f"{job.job.path}#{job.job.id}"] or list(each.filled_by)
        if others:
            what = "files" if each.what == "artifact_download" else "a cache"
            border = "on any branch" if each.what == "cache_unprotected" else "for strangers"
            return f"it takes {what} that {listed((by.rpartition('/')[2] for by in others), ALL if whole else 2)} can fill {border}"
    return ""


def reason(job: Job, ways: Iterable[Way] | None = None, *, whole: bool = False) -> str:
    """Say in one sentence why a job stands where it stands: who gets what by its worst way, and what crosses into it."""
    crosses = crossing(job, whole=whole)
    says = _reason(job, ways, whole=whole)
    return f"{says}; {crosses}" if crosses else says


def _reason(job: Job, ways: Iterable[Way] | None, *, whole: bool) -> str:
    way = next(iter(job.ways if ways is None else ways), None)
    if job.job.off:
        return "its condition never holds: it does not run"
    if way is None:
        return "nothing in the file starts it"
    who, through = circle(job, way.start.by), by_event(way.start)
    gets = _gets(job, way, whole=whole)
    gate = gate_of(job, way)
    on_any = _changed(way.start, gate)
    if through == _BY_HAND:
        # that somebody starts it by hand is said already
        gate = "; ".join(part for part in gate.split("; ") if part != _STARTED)
    if way.start.by is Circle.DEVELOPER:
        who, gate = _held_to(who, gate)
    behind = f", but {gate}" if gate else ""
    people = {Circle.FORK, Circle.OUTSIDER, *(() if way.start.theirs else (Circle.DEVELOPER,))}
    if way.takeover is not None and way.start.by in people:
        if not way.takeover.certain:
            return f"{who} may run their own code in it through {through} and get {gets}{behind}: {_open(way.takeover)}"
        verb = "takes it over" if way.takeover.kind in SURE else "may take it over"
        return f"{who} {verb} through {through} and gets {gets}{behind}"
    if way.start.theirs:
        setting = "; a setting decides about secrets" if way.start.secrets is Given.SETTING else ""
        return f"{who} runs their own code in it through {through} and gets {gets}{setting}{behind}{on_any}"
    if way.start.by in {Circle.SCHEDULE, Circle.WORKFLOW, Circle.UNKNOWN}:
        return f"started by {who if through == who else f'{who}, {through}'}; its own steps hold {gets}{behind}"
    starts = "by hand" if through == _BY_HAND else f"by {through}"
    return f"{who} starts it {starts}; only its own steps hold {gets}{behind}"


def _held_to(who: str, gate: str) -> tuple[str, str]:
    """Return who can start a job that is held to branches, and what else stands before it."""
    parts = gate.split("; ") if gate else []
    held = next((part for part in parts if part.startswith(_ONLY_ON)), "")
    if not held:
        return who, gate
    to = held.removeprefix(_ONLY_ON)
    return f"{who} to {to}{',' if ',' in to else ''}", "; ".join(part for part in parts if part != held)


_ONLY_ON = "only on "
"""What begins the words of a gate that is a branch."""


def _changed(start: Start, gate: str) -> str:
    """Say what a gate of the file is worth: it holds nobody who brings another file on a branch of their own."""
    if not (start.theirs and start.by is Circle.DEVELOPER):
        return ""
    if _ONLY_ON in gate:
        return "; a changed file runs on other branches, with what the settings give those"
    asks = gate.endswith(_ASKS) or any(f"{words};" in gate for words in _ASKS)
    return "; a changed file need not ask" if asks else ""


_ASKS = ("approves it", "answers its question")
"""What ends the words of a gate that a person is."""


def _open(takeover: Takeover) -> str:
    return f"what {shown_file(takeover.spot.path)}:{takeover.spot.line} takes was not followed"


def _gets(job: Job, way: Way, *, whole: bool) -> str:
    """Say what a way gives: all that the job holds, or what is left of it."""
    most, held = job.held(), job.held_in(way)
    if held.weight == 0 and not held.secrets:
        return "no more than reading"
    return "all of this" if held == most else reaches(held, whole=whole)


class Editors:
    """Who can edit what jobs run, as far as the snapshot tells; asked once for each repository."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._known: dict[tuple[int, Capability], tuple[list[str], int] | None] = {}

    def edit(self, job: Job, *, whole: bool = False) -> str:
        """Say who can edit a job: people where they were read, else whoever may write, with the owners of its files."""
        most = ALL if whole else 3
        words = _who(self._asked(job, Capability.EDIT_PIPELINE), most)
        owned = job.job.owners
        return f"{words}; owned by {listed(owned, most)}" if owned else words

    def names(self, job: Job, capability: Capability) -> list[str]:
        """Return the names of those who can edit or start a job; empty where people were not read."""
        names, _ = self._asked(job, capability) or ([], 0)
        return names

    def _asked(self, job: Job, capability: Capability) -> tuple[list[str], int] | None:
        key = (job.repository, capability)
        if key not in self._known:
            self._known[key] = self._ask(job, capability)
        return self._known[key]

    def _ask(self, job: Job, capability: Capability) -> tuple[list[str], int] | None:
        """Return who can, and how many more perhaps; None where people were not read."""
        snapshot = self.engine.snapshot
        if job.repository < 0 or snapshot.entity(job.repository).attributes.get("checkout"):
            return None
        try:
            holders = self.engine.who_can(capability, snapshot.ref(job.repository))
        except UsageError:
            return None
        # jobs hold rights of their own on the repository; who stands behind them is asked of the people
        names = [
            self.engine.name(snapshot.ref(ordinal))
            for ordinal in holders.sure
            if snapshot.kind_of(ordinal) is not Kind.JOB
        ]
        return names, len(holders.unknown)


def _who(asked: tuple[list[str], int] | None, most: int) -> str:
    if asked is None:
        return "whoever may write"
    names, perhaps = asked
    words = listed(names, most) or "nobody that was read"
    return f"{words}; perhaps {perhaps} more" if perhaps else words


def path_to(job: Job, way: Way, resolved: Resolved | None = None) -> str:
    """Say the way from who starts a job to what it holds, station by station."""
    stations = [f"{circle(job, way.start.by)} ({by_event(way.start)})"]
    file = shown_file(job.job.path)
    stations.append(
        f"{file}:{job.job.chain[0].line} calls" if job.job.chain else f"{file}:{job.job.line} job {job.job.id}"
    )
    stations += [f"{shown_file(spot.path)}:{spot.line} calls" for spot in job.job.chain[1:]]
    if job.job.chain:
        stations.append(f"{shown_file(job.job.at.path)}:{job.job.at.line} job {job.job.id.rpartition('/')[2]}")
    if way.takeover is not None:
        perhaps = "" if way.takeover.certain else "perhaps "
        how = _TAKEN.get(way.takeover.kind.rpartition(".")[2], "it is weak")
        spot = way.takeover.spot
        there = (
            f"{shown_file(spot.path)}:{spot.line}" if spot.path not in {"", job.job.at.path} else f"line {spot.line}"
        )
        stations[-1] += f" ({perhaps}{how} at {there})"
    if resolved is not None:
        known = f", known there as {resolved.taken.known_as}" if resolved.taken.known_as else ""
        given = f"{resolved.taken.by or 'the job'} is given {secret(resolved)}{known}"
        memory = f"the memory of its runner holds {secret(resolved)}{known}, which no step is given then"
        stations.append(memory if way.start.key in resolved.taken.idle else given)
    text = " → ".join(stations)
    gate = gate_of(job, way)
    return f"{text}; before it: {gate}{_changed(way.start, gate)}" if gate else text


def gate_of(job: Job, way: Way) -> str:
    """Say what stands before a way: before the commands by which it is taken over, too."""
    return gate_words(job, gate_before(way))


def gate_before(way: Way) -> str:
    """Return what stands before a way as its file has it."""
    return way.takeover.gate if way.takeover and way.takeover.gate else way.start.gate


def gate_words(job: Job, gate: str) -> str:
    """Say what stands before a job by what was read of its environments: one that asks nobody is no gate."""
    parts = []
    for part in gate.split("; "):
        named = next(
            (name for name in job.read_environments if part == f"the environment {name} may ask for an approval"), None
        )
        if named is None:
            parts.append(settled(part, job.snapshot, job.repository) if job.job.system != "github" else part)
            continue
        asks = ["asks for an approval"] if named in job.gated else []
        asks += ["accepts only certain branches"] if named in job.limited else []
        parts += [f"the environment {named} {' and '.join(asks)}"] if asks else []
    return "; ".join(part for part in parts if part)
