"""Each field of each answer null, gone, of another type or a word that nobody heard of: only what is known is said.

`make refusals` tries every field of every system but GitHub, of which it tries those that GraphQL must say, on GitHub
alone; CI tries those that were once told wrongly.
"""

import os
from collections.abc import Iterator
from functools import cache

import pytest

from pipewarden.connectors.github.graphql_shapes import ROWS, SETTINGS
from pipewarden.errors import PipewardenError
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.snapshot import Snapshot
from tests.refused.altering import HOWS, Field, altered, paths, reading, same
from tests.refused.estate import acme, joined
from tests.refused.meant import is_meant
from tests.refused.once_wrong import ONCE_WRONG
from tests.refused.promise import Judged, broken, said, whole

EVERY = bool(os.environ.get("PIPEWARDEN_EVERY_REFUSAL"))
SYSTEMS = tuple(ONCE_WRONG)
PARTLY = frozenset({"github"})
"""Systems of which not every field is tried, and which are judged alone."""
AT = {
    "members": ("members data.organization.membersWithRole.edges.*",),
    "teams": ("teams data.organization.teams.nodes.*",),
    "saml": ("saml data.organization.samlIdentityProvider.externalIdentities.nodes.*",),
    "organization": ("organization data.organization.domains.nodes.*", "organization data.organization"),
    "enterprise": ("enterprise data.enterprise.ownerInfo.admins.edges.*", "enterprise data.enterprise.ownerInfo"),
    "collaborators": ("repositories data.organization.repositories.nodes.*.collaborators.edges.*",),
    "environments": ("repositories data.organization.repositories.nodes.*.environments.nodes.*",),
    "protection": ("repositories data.organization.repositories.nodes.*.branchProtectionRules.nodes.*",),
    "repositories": ("repositories data.organization.repositories.nodes.*",),
}
"""Where what GraphQL must say stands in answers: by the shape's name, the query and the path."""
HELD = {
    f"graphql {place}.{path.replace('/', '.')}"
    for name, places in AT.items()
    for place in places
    for path in (*ROWS.get(name, {}), *SETTINGS.get(name, {}))
}
"""The fields of GraphQL that are held strictly."""
SAMPLE = {
    system: {f"{field} [{hows[number % len(hows)]}]" for number, (field, hows) in enumerate(fields.items())}
    for system, fields in ONCE_WRONG.items()
}
"""Of each field one alteration, the same each time."""


def seen(system: str, facts: SnapshotBuilder) -> Snapshot:
    """Return all of acme with what was read of one system; where only some fields are tried, that system alone."""
    if EVERY and system not in PARTLY:
        return joined(system, facts=facts)
    alone, now = SnapshotBuilder(), acme().now
    alone.take(facts)
    return alone.finish(SnapshotInfo(sources=(system,), started=now, ended=now))


@cache
def before(system: str) -> Judged:
    """Return what is said where no field is altered."""
    return whole() if EVERY and system not in PARTLY else said(seen(system, reading(system).plain))


def tried(system: str) -> Iterator[tuple[Field, str]]:
    """Yield what is altered how."""
    for field in reading(system).fields():
        for how in HOWS:
            every = EVERY and (system not in PARTLY or str(field) in HELD)
            if not is_meant(field, how) and (every or f"{field} [{how}]" in SAMPLE[system]):
                yield field, how


def wrongs(field: Field, how: str) -> list[str]:
    """Return what is said that is not known, while one field is altered; a reading that stops says nothing."""
    read = reading(field.system)
    try:
        facts = read.facts(field, how)
    except PipewardenError:
        return []
    if same(facts, read.plain):
        return []
    return [f"{field} [{how}] {each}" for each in broken(said(seen(field.system, facts)), before(field.system))]


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_field_that_says_nothing_known_becomes_no_verdict(system: str) -> None:
    altering = list(tried(system))
    assert len(altering) >= len(ONCE_WRONG[system])
    assert [each for field, how in altering for each in wrongs(field, how)] == []


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
