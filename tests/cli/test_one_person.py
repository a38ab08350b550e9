"""About one person `identity`, `reach --person`, `leavers` and `what-can` count alike, and are as sure of it."""

from collections import Counter
from functools import cache
from typing import Any

import pytest

from pipewarden.access.abilities import Ability, abilities
from pipewarden.access.engine import Engine
from pipewarden.access.leavers import Leavers
from pipewarden.access.reach import SUMMED
from pipewarden.access.standing import standings
from pipewarden.access.standing_reach import reaches, together
from pipewarden.access.theirs import theirs
from pipewarden.cli.context import Options
from pipewarden.cli.show import opened
from pipewarden.model.ids import Kind, Ref

Told = set[tuple[str, Ref, bool, bool]]


@cache
def acme() -> Engine:
    return opened(Options(demo=True, quiet=True))


def told(every: Any) -> Told:
    """Return what is told of each thing that is counted: whether it is sure, and whether anybody has it."""
    things: list[Ability] = [each for each in every if each.capability in SUMMED]
    return {(each.capability.value, each.resource, each.sure, each.anybody) for each in things}


def test_of_everybody_of_acme_identity_and_reach_tell_the_same_as_surely() -> None:
    engine, differ, counted = acme(), [], 0
    engine.remembered = {}
    for person in engine.graph.follows.people.people:
        whole = together(engine, [reaches(engine, each) for each in theirs(engine, person)])
        reached = told(abilities(engine, person))
        counted += len(reached)
        if told(whole.things) != reached:
            differ.append((person.name, told(whole.things) ^ reached))
    assert differ == []
    assert counted > 500


def test_of_everybody_who_left_leavers_tells_the_same_as_surely() -> None:
    engine = acme()
    left = Leavers(engine)
    every = left.every(SUMMED)
    assert len(left.people) == 2
    for person in left.people:
        mine = told(each for each in every if each.person.key == person.key)
        assert mine == told(abilities(engine, person)), person.name
    assert any(each.sure for each in every)
    assert any(not each.sure for each in every)


def counts(rows: list[dict[str, Any]]) -> Counter[tuple[str, str]]:
    verbs = {each.value for each in SUMMED}
    return Counter((each["capability"], each["answer"]) for each in rows if each["capability"] in verbs)


def test_in_json_the_commands_count_carol_alike(answer) -> None:  # type: ignore[no-untyped-def]
    reached = answer("reach", "carol", "--person")["reached"]
    of_identity = answer("identity", "carol")["reaches"]
    [carol] = [each for each in answer("leavers")["left"] if each["name"] == "Carol"]
    assert counts(carol["can"] + carol["as_anybody"]) == counts(reached)
    assert of_identity["counts"] == Counter(
        e["capability"] for e in reached if e["capability"] in of_identity["counts"]
    )
    assert of_identity["certain"] == {
        verb: sum(e["capability"] == verb and e["answer"] == "yes" for e in reached) for verb in of_identity["counts"]
    }
    assert of_identity["as_anybody"]["read_secret"] == len(carol["as_anybody"]) == 2
    assert of_identity["counts"]["read_secret"] == 24


def test_what_differs_is_named_in_words(ask) -> None:  # type: ignore[no-untyped-def]
    page, _ = ask("identity", "carol")
    assert "5 of them perhaps, 2 as anybody can" in page
    _, err = ask("leavers")
    assert (
        "not told here: 2 that they can do as anybody can, with nothing of theirs; `pipewarden --demo reach everyone` tells"
        in err
    )
    out, err = ask("reach", "carol", "--person")
    assert "of them as anybody does" in err
    assert "store-signing" in out
    assert " perhaps alone jenkins:carol" in out
    assert " alone key:acme/web/carol-laptop, github:carol" in out


@pytest.mark.parametrize(("thing", "perhaps"), [("jenkins:acme/mobile", True), ("acme/mobile", False)])
def test_of_an_account_that_may_have_ended_what_can_says_perhaps(answer, thing: str, perhaps: bool) -> None:  # type: ignore[no-untyped-def]
    rows = {each["resource_name"]: each for each in answer("what-can", "carol")["resources"]}
    assert bool(rows[thing]["perhaps_ended"]) is perhaps


def test_a_token_ends_as_its_owner_does_and_a_key_does_not(answer) -> None:  # type: ignore[no-untyped-def]
    ends = {each["name"]: each["ends_with_identity_provider"] for each in answer("identity", "carol")["standings"]}
    assert ends["carol's token nightly"] is None, "no link of her account was read"
    assert ends["token:3/nightly"] is False, "her account there signs in beside the provider"
    assert ends["carol-laptop"] is False
    assert Kind.DEPLOY_KEY in {each.kind for each in standings(acme(), Leavers(acme()).people[0])}
