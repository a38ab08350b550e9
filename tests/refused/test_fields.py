"""Each field of each answer null, gone, of another type or a word that nobody heard of: only what is known is said.

`make refusals` tries every field of every system; CI tries those that were once told wrongly.
"""

import os
from collections.abc import Iterator
from functools import cache

import pytest

from pipewarden.errors import PipewardenError
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facts import Gap
from pipewarden.model.findings import Finding
from pipewarden.model.snapshot import Snapshot
from tests.refused.altering import HOWS, Field, altered, known, paths, reading
from tests.refused.estate import SYSTEMS as WHOLE
from tests.refused.estate import acme, joined
from tests.refused.meant import is_meant
from tests.refused.once_wrong import ONCE_WRONG
from tests.refused.promise import Judged, broken, said, whole

EVERY = bool(os.environ.get("PIPEWARDEN_EVERY_REFUSAL"))
SYSTEMS = tuple(ONCE_WRONG)
PARTS = 8 if EVERY else 1
"""Into how many tests the fields of a system are parted, so that they run beside one another."""
SAMPLE = {
    system: {f"{field} [{hows[number % len(hows)]}]" for number, (field, hows) in enumerate(fields.items())}
    for system, fields in ONCE_WRONG.items()
}
"""Of each field one alteration, the same each time."""


def seen(system: str, facts: SnapshotBuilder) -> Snapshot:
    """Return all of acme with what was read of one system; where not every field is tried, that system alone."""
    if EVERY:
        return joined(system, facts=facts)
    alone, now = SnapshotBuilder(), acme().now
    alone.take(facts)
    return alone.finish(SnapshotInfo(sources=(system,), started=now, ended=now))


@cache
def before(system: str) -> Judged:
    """Return what is said where no field is altered."""
    return whole() if EVERY and system in WHOLE else said(seen(system, reading(system).plain))


@cache
def said_of(system: str) -> dict[bytes, list[str]]:
    """Return what was said wrongly by each reading that was judged already; of the one that read all, nothing."""
    return {known(reading(system).plain): []}


def tried(system: str) -> Iterator[tuple[Field, str]]:
    """Yield what is altered how."""
    for field in reading(system).fields():
        for how in HOWS:
            if not is_meant(field, how) and (EVERY or f"{field} [{how}]" in SAMPLE[system]):
                yield field, how


def wrongs(field: Field, how: str) -> list[str]:
    """Return what is said that is not known, while one field is altered; a reading that stops says nothing."""
    system, known_of = field.system, said_of(field.system)
    try:
        facts = reading(system).facts(field, how)
    except PipewardenError:
        return []
    key = known(facts)
    if key not in known_of:
        known_of[key] = list(broken(said(seen(system, facts)), before(system)))
    return [f"{field} [{how}] {each}" for each in known_of[key]]


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("system", SYSTEMS)
def test_a_field_that_says_nothing_known_becomes_no_verdict(system: str, part: int) -> None:
    altering = list(tried(system))
    assert len(altering) >= len(ONCE_WRONG[system])
    wrong = [each for field, how in altering[part::PARTS] for each in wrongs(field, how)]
    assert wrong == []


@pytest.mark.parametrize("system", SYSTEMS)
def test_what_was_told_wrongly_once_is_still_there_to_be_tried(system: str) -> None:
    there = {f"{field} [{how}]" for field in reading(system).fields() for how in HOWS}
    assert {f"{field} [{how}]" for field, hows in ONCE_WRONG[system].items() for how in hows} - there == set()


def test_a_field_is_altered_wherever_it_stands() -> None:
    read = reading("entra")
    reply = next(each for each in read.book.replies.values() if each.url.endswith("/users") or "/users?" in each.url)
    rows = altered(reply, ("value", "*", "accountEnabled"), "null").json()["value"]
    assert rows
    assert {row["accountEnabled"] for row in rows} == {None}
    assert ("value", "*", "accountEnabled") in set(paths(reply.json()))


def test_the_words_of_a_gap_decide_no_verdict_so_that_readings_which_differ_in_them_alone_are_judged_once() -> None:
    read = reading("github")
    by_key: dict[bytes, dict[str, SnapshotBuilder]] = {}
    for field in read.fields():
        if field.endpoint != "/repos/{owner}/{repo}/keys":
            continue
        try:
            facts = read.facts(field, "odd")
        except PipewardenError:
            continue
        words = "; ".join(sorted(each.detail for each in facts._records.values() if isinstance(each, Gap)))
        by_key.setdefault(known(facts), {})[words] = facts
    alike = max(by_key.values(), key=len)
    assert len(alike) > 1
    judged = [said(seen("github", facts)) for facts in alike.values()]
    assert {frozenset(map(_told, each.verdicts.findings)) for each in judged} == {
        frozenset(map(_told, judged[0].verdicts.findings))
    }
    assert [each.held for each in judged] == [judged[0].held for _ in judged]


def _told(finding: Finding) -> tuple[str, str, str]:
    return finding.check, finding.subject.key, finding.says
