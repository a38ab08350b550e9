"""What must hold of a reading that was refused something, against the one that read all."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from pipewarden import checks
from pipewarden.access.asked import ASKED
from pipewarden.access.engine import Engine
from pipewarden.access.view import View
from pipewarden.checks.base import Verdicts, judge
from pipewarden.errors import UsageError
from pipewarden.model.access import Capability
from pipewarden.model.columns import REFERRED
from pipewarden.model.facts import Gap
from pipewarden.model.findings import Finding
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.snapshot import Snapshot
from tests.refused.estate import joined

Question = tuple[Ref, Capability]

QUESTIONS = ASKED | {Kind.ACCOUNT: (Capability.ASSUME_ROLE,)}
"""What is asked of which kind; of an account, who may take it over."""


class Held(NamedTuple):
    """The answer to one question of `who_can`."""

    sure: frozenset[Ref]
    alone: frozenset[Ref]
    any: frozenset[Ref]
    unseen: frozenset[str]


class Judged(NamedTuple):
    """All that is said over one reading."""

    snapshot: Snapshot
    verdicts: Verdicts
    held: dict[Question, Held]


def said(snapshot: Snapshot) -> Judged:
    """Judge a reading by every check, and ask who holds each capability that weighs on each thing."""
    engine = Engine(snapshot)
    return Judged(snapshot, judge(checks.ALL, View(snapshot, engine)), dict(_held(engine)))


def _held(engine: Engine) -> Iterator[tuple[Question, Held]]:
    snapshot = engine.snapshot
    for ordinal in range(len(snapshot)):
        for capability in QUESTIONS.get(snapshot.kind_of(ordinal), ()):
            if capability is Capability.READ:
                continue
            try:
                found = engine.who_can(capability, snapshot.ref(ordinal))
            except UsageError:
                continue
            sure, perhaps = (frozenset(map(snapshot.ref, each)) for each in (found.sure, found.unknown))
            alone = frozenset(map(snapshot.ref, found.alone))
            yield (snapshot.ref(ordinal), capability), Held(sure, alone, sure | perhaps, frozenset(found.unseen))


@lru_cache(maxsize=1)
def whole() -> Judged:
    """What is said where nothing was refused."""
    return said(joined())


@lru_cache(maxsize=1)
def logins() -> dict[Ref, Ref]:
    """Return whose each login of a vault is, for it stands for itself where its entity was not read."""
    found = {}
    for each in whole().snapshot.entities(Kind.ACCOUNT):
        for alias in each.attributes.get("aliases") or ():
            found[Ref(each.ref.instance, Kind.ACCOUNT, f"{alias['mount_accessor']}:{alias['name']}")] = each.ref
    return found


def broken(now: Judged, before: Judged | None = None) -> Iterator[str]:
    """Yield each way in which a reading that was refused something says what is not known."""
    before = before or whole()
    yield from (f"a check broke: {each.detail}" for each in now.verdicts.not_assessed if each.cause is None)
    yield from _passed(now, before)
    yield from _invented(now, before)
    yield from _vanished(now, before)


def _same(finding: Finding) -> tuple[str, Ref, Ref | None, str]:
    """Return what makes two findings one: of several accounts of one person it is any."""
    whose = persons().get(finding.subject, finding.subject)
    return (
        finding.check,
        whose if finding.check == "x.admin_everywhere" else finding.subject,
        finding.object,
        finding.file,
    )


@lru_cache(maxsize=1)
def persons() -> dict[Ref, Ref]:
    """Return whose each account is, where all was read."""
    people = View(whole().snapshot).joined.people
    return {joined.account: person.key for person in people for joined in person.accounts}


def _passed(now: Judged, before: Judged) -> Iterator[str]:
    """Yield findings that are gone although all that they judged was seen and nothing is said to be unknown.

    A thing that was not seen at all is judged by nobody: then a gap has to tell of its system.
    """
    kept = {_same(finding) for finding in now.verdicts.findings}
    doubted = {(each.check, each.subject) for each in now.verdicts.not_assessed}
    gaps = {gap.scope.instance for gap in now.snapshot.records(Gap)}
    every = (now.snapshot.entity(ordinal) for ordinal in range(len(now.snapshot)))
    read = {each.ref for each in every if each.origin.endpoint != REFERRED}
    for finding in before.verdicts.findings:
        if _same(finding) in kept:
            continue
        for judged in finding.judged:
            told = not gaps.isdisjoint({judged.instance, *([finding.scope_ref.instance] if finding.scope_ref else [])})
            if (finding.check, judged) not in doubted and (judged in read or not told):
                yield f"passes now: {finding.check} of {judged.kind}: {finding.says}"


def _invented(now: Judged, before: Judged) -> Iterator[str]:
    """Yield findings that nobody made when all was read."""
    known = {_same(finding) for finding in before.verdicts.findings}
    for finding in now.verdicts.findings:
        if _same(finding) not in known:
            yield f"found now alone: {finding.check}: {finding.says}"


def _vanished(now: Judged, before: Judged) -> Iterator[str]:
    """Yield holders that are gone without a word, and those who hold for sure what they did not.

    A login whose person was not read stands for itself: whoever was not there before is nobody new.
    """
    there = before.snapshot.ordinal
    for question, was in before.held.items():
        after = now.held.get(question)
        if after is None:
            continue
        what = f"{question[1]} on {question[0].kind} {now.snapshot.name_of(now.snapshot.ordinal(question[0]) or 0)}"
        if (lost := was.any - after.any) and not after.unseen - was.unseen:
            yield f"vanished from {what}: {', '.join(sorted(each.key for each in lost))[:120]}"
        for how, more in (("surely", after.sure - was.sure), ("alone", after.alone - was.alone)):
            new = [each for each in more if there(each) is not None and logins().get(each) not in was.any]
            if new:
                yield f"now {how} {what}: {', '.join(sorted(each.key for each in new))[:120]}"
