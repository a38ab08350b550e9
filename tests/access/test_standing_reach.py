"""What a person reaches is counted, the weightiest is named, and what was not looked into is said."""

import pytest
from msgspec import structs

from pipewarden.access.engine import Engine
from pipewarden.access.standing import Standing, standings
from pipewarden.access.standing_reach import reaches, together
from pipewarden.model.access import Answer, Capability
from tests.checks.builder import Estate


def bobs(*repositories: str) -> tuple[Engine, Standing]:
    estate = Estate()
    estate.org("acme")
    for each in repositories:
        estate.repo(f"acme/{each}", default_branch="main").direct("bob", f"acme/{each}", "write")
    engine = Engine(estate.snapshot())
    [person] = [each for each in engine.graph.follows.people.people if each.name == "bob"]
    return engine, next(iter(standings(engine, person)))


def test_what_is_reached_is_counted_and_production_is_named_first() -> None:
    engine, bob = bobs("app", "docs", "prod", "web")
    found = reaches(engine, bob)
    edited = [found.names[each] for each in found.counted()[Capability.EDIT_PIPELINE]]
    assert edited == ["acme/prod", "acme/app", "acme/docs", "acme/web"]
    assert "edit_pipeline on 4 (acme/prod and 3 more)" in found.said(1)


def test_one_thing_is_named_and_not_counted() -> None:
    engine, bob = bobs("web")
    assert "edit_pipeline on acme/web" in reaches(engine, bob).said()


def test_what_a_role_would_give_and_the_repository_does_not_is_not_held() -> None:
    _, bob = bobs("web")
    assert Capability.PUSH in bob.held[0].capabilities
    assert Capability.DEPLOY not in bob.held[0].capabilities, "it has nothing to deploy to"
    estate = Estate()
    estate.org("acme")
    estate.repo("acme/web", default_branch="main", archived=True).direct("bob", "acme/web", "write")
    engine = Engine(estate.snapshot())
    [person] = engine.graph.follows.people.people
    [archived] = standings(engine, person)
    assert not {Capability.PUSH, Capability.EDIT_PIPELINE} & {c for held in archived.held for c in held.capabilities}


def test_what_is_switched_off_reaches_nothing() -> None:
    engine, bob = bobs("web")
    assert reaches(engine, structs.replace(bob, active=False)).said() == ""


def test_what_several_reach_is_counted_once_and_by_the_surest() -> None:
    engine, bob = bobs("web")
    known = reaches(engine, bob)
    doubtful = reaches(engine, structs.replace(bob, perhaps="no link to an identity provider was read"))
    assert "perhaps" in doubtful.said()
    assert {each.answer for each in doubtful.things} == {Answer.UNKNOWN}
    for several in ((doubtful, known), (known, doubtful)):
        assert together(engine, several).said() == known.said()


def test_what_was_not_looked_into_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipewarden.access.standing_reach.MOST_LOOKED_INTO", 2)
    engine, bob = bobs("app", "docs", "web")
    assert reaches(engine, bob).said().endswith("perhaps more, for not all repositories and jobs were looked into")
    assert not reaches(*bobs("app")).cut
