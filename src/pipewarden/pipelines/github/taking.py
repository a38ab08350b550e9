"""How others run commands in a job as it runs: the hazards of its file under the events that start it and by what callers pass."""

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from pipewarden.model.jobs import LooseEnd, Takeover
from pipewarden.pipelines.gates import Gate
from pipewarden.pipelines.github.frames import Frame
from pipewarden.pipelines.github.opened import OpenJob
from pipewarden.pipelines.hazards.kinds import Hazard, HazardKind, inside
from pipewarden.pipelines.parts import Passed
from pipewarden.pipelines.untrusted import PRIVILEGED_EVENTS, Author


def takeovers(frame: Frame, job: OpenJob, gate: Gate, given: Mapping[str, Passed]) -> Iterator[Takeover]:
    """Yield the weaknesses that hold, or may, under the events of the workflow that was started."""
    root = frozenset(trigger.event for trigger in frame.root.triggers)
    passing, own = root & gate.open, (root & PRIVILEGED_EVENTS) - gate.no_own - gate.shut
    privileged = tuple(sorted(passing & PRIVILEGED_EVENTS))
    later: list[Takeover] = []
    for hazard in job.takeovers:
        if hazard.side != "inside":
            found = _settled(hazard, frame, given, passing, privileged)
            if found is not None:
                yield _told(found, frame, hazard, passing, gate)
        # what no outsider passes, whoever may write can
        left = own if hazard.side == "inside" else own - passing if hazard.side != "outside" else frozenset()
        if left and not left.isdisjoint(hazard.events):
            anyones = replace(hazard, by=Author.ANYONE) if hazard.by is Author.WRITER else hazard
            found = _settled(anyones, frame, given, left, tuple(sorted(left.intersection(hazard.events))))
            if found is not None and found.by is Author.ANYONE:
                later.append(_told(inside(found), frame, hazard, left, gate))
    yield from later
    if job.uses is not None and privileged:
        yield from _handed_on(frame, job, gate, privileged)


def _settled(
    hazard: Hazard, frame: Frame, given: Mapping[str, Passed], events: frozenset[str], privileged: tuple[str, ...]
) -> Hazard | None:
    """Return a hazard as the callers of its file make it; None where nothing is left of it under some events."""
    settled = _by_caller(hazard, frame, given, privileged) if hazard.by is Author.CALLER else hazard
    if settled is None or _is_open_text(settled):
        return None
    return None if settled.by is Author.ANYONE and events.isdisjoint(settled.events) else settled


def _told(settled: Hazard, frame: Frame, hazard: Hazard, events: frozenset[str], gate: Gate) -> Takeover:
    """Return a hazard as what takes a job over under some events."""
    reaches = tuple(event for event in settled.events if event in events)
    # the sentence of a workflow that can be called was made for every event it may be called under
    under = f" on {' or '.join(reaches)}" if reaches else ""
    says = settled.says.replace(f" on {' or '.join(hazard.events)}", under, 1)
    if settled.by is Author.CALLER and hazard.kind is HazardKind.PWN_REQUEST:
        says = says.replace("which anyone can write", "which whoever calls this workflow names", 1)
    return Takeover(
        kind=hazard.kind.value,
        by=settled.by.value,
        says=says[:300],
        spot=frame.spot(hazard.position),
        events=reaches,
        gate="; ".join(dict.fromkeys(filter(None, (*gate.words.split("; "), *hazard.gate.split("; "))))),
        certain=settled.certain,
        side=settled.side,
    )


def _by_caller(hazard: Hazard, frame: Frame, given: Mapping[str, Passed], privileged: tuple[str, ...]) -> Hazard | None:
    """Return a hazard that a caller decides as what is passed makes it; None where that is nothing of an outsider's."""
    code = hazard.kind is HazardKind.PWN_REQUEST
    if frame.caller is None:
        return None if code else hazard
    passed = given.get(hazard.input)
    if passed is None or not passed.passed:
        # nothing is passed: the default counts, which the callee's own file states
        return None if code else replace(hazard, events=privileged)
    certain, doubtful = (passed.held.code, passed.held.open_code) if code else (passed.held.text, passed.held.open_text)
    if code and passed.held.number and "pull/" in hazard.says:
        certain = "the number of the pull request"
    if privileged and (certain or doubtful):
        return replace(hazard, by=Author.ANYONE, events=privileged, certain=bool(certain))
    if passed.held.inputs and code:
        return replace(hazard, events=privileged) if frame.root.only_called else None
    if code or not passed.dynamic:
        return None
    return replace(hazard, by=passed.by or Author.CALLER, events=privileged)


def _handed_on(frame: Frame, job: OpenJob, gate: Gate, events: tuple[str, ...]) -> Iterator[Takeover]:
    """Yield that a job names an outsider's code to a workflow that was not read: it may check it out and run it."""
    for passed in job.passes:
        if passed.held.code and job.uses is not None:
            says = f"job {job.id[:60]} on {' or '.join(events)} hands {passed.held.code} to {job.uses.text[:90]}, which was not read"
            yield Takeover(
                kind=HazardKind.PWN_REQUEST.value,
                by=Author.ANYONE.value,
                says=says[:300],
                spot=frame.spot(job.uses_position),
                events=events,
                gate=gate.words,
                certain=False,
            )
            return


def _is_open_text(hazard: Hazard) -> bool:
    """Tell whether it is only open whose text goes into a program: too common to say that somebody may take the job over."""
    return hazard.kind is HazardKind.SCRIPT_INJECTION and not hazard.certain


def open_texts(frame: Frame, job: OpenJob, gate: Gate) -> Iterator[LooseEnd]:
    """Yield the texts in programs of which it was not seen whose they are, in runs that outsiders start with rights."""
    events = {trigger.event for trigger in frame.root.triggers} & gate.open
    for hazard in job.takeovers:
        if (
            hazard.side != "inside"
            and _is_open_text(hazard)
            and any(event in events & PRIVILEGED_EVENTS for event in hazard.events)
        ):
            spot = frame.spot(hazard.position)
            check = "wf.inject.cross_job" if hazard.how == "across" else "wf.inject.template"
            yield LooseEnd(says=hazard.says[:200], spot=spot, bears=(check,))
