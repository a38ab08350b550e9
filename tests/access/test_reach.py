"""What `reach` leaves out because other parts of it say it already, and what it may not leave out for that."""

import pytest

from pipewarden.access.reach import brief, each_reaches, reach
from pipewarden.model.access import Answer, Capability
from pipewarden.model.facets import Facet
from pipewarden.model.ids import Kind, Ref
from tests.access.estate import HOST, Estate

BOB = Ref(HOST, Kind.ACCOUNT, "bob")
TOLD = (Capability.EDIT_PIPELINE, Capability.PUSH, Capability.READ)

Told = dict[Capability, Answer]


def estate(role: str, *unread: Facet) -> Estate:
    found = Estate()
    web = found.repo("web", "private")
    found.grant(found.member("bob"), web, role)
    for facet in unread:
        found.gap(web, facet)
    return found


def told(found: Estate) -> Told:
    return {each.capability: each.answer for each in reach(found.engine(), BOB) if each.capability in TOLD}


@pytest.mark.parametrize("unread", [Facet.REPO_RULESETS, Facet.REPO_PROTECTION])
def test_a_sure_push_is_told_beside_an_edit_of_which_nothing_is_known(unread: Facet) -> None:
    assert told(estate("write", unread)) == {Capability.EDIT_PIPELINE: Answer.UNKNOWN, Capability.PUSH: Answer.YES}


def test_a_push_is_not_told_beside_an_edit_that_is_as_sure() -> None:
    assert told(estate("write")) == {Capability.EDIT_PIPELINE: Answer.YES}


def test_reading_is_told_where_nothing_else_is() -> None:
    assert told(estate("read")) == {Capability.READ: Answer.YES}
    assert told(estate("read", Facet.REPO_RULESETS)) == {Capability.READ: Answer.YES}


@pytest.mark.parametrize("unread", [(), (Facet.REPO_RULESETS,)])
def test_what_is_left_out_at_once_is_what_is_left_out_afterwards(unread: tuple[Facet, ...]) -> None:
    engine = estate("write", *unread).engine()
    bob = engine.snapshot.ordinal(BOB)
    assert bob is not None
    short, whole = (brief(engine, each_reaches(engine, [bob], short=short)[bob]) for short in (True, False))
    assert [(e.capability, e.resource, e.answer) for e in short] == [
        (e.capability, e.resource, e.answer) for e in whole
    ]
    assert short
