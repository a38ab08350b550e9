"""One row of a list that says something nobody knows: the others stand, and nothing is said that is not known.

The other tests of fields alter every row at once, so they do not see what one row costs.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import orjson
import pytest
from msgspec import structs

from pipewarden.http.client import Reply
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Gap, Gate, GateKind, Machine, Resource
from pipewarden.model.ids import Kind
from tests.refused import altering
from tests.refused.altering import HOWS, UNHEARD, Field, Path, reading
from tests.refused.promise import broken, said
from tests.refused.test_fields import before, seen

RULESET = "/orgs/{org}/rulesets/{ruleset_id}"
OF_REPOSITORY = "/repos/{owner}/{repo}/rulesets/{ruleset_id}"
GROUPS, CREDENTIALS = "/orgs/{org}/actions/runner-groups", "/orgs/{org}/credential-authorizations"

Alter = Callable[[Any], None]
"""Alters the body of the one answer."""


def first(path: Path, how: str) -> Alter:
    """Return what alters the first field alone that a path leads to."""

    def alter(body: Any) -> None:
        for parent, key in list(altering._at(body, path))[:1]:
            HOWS[how](parent, key)

    return alter


def adds(body: Any) -> None:
    """Add a rule of a type that nobody heard of."""
    body["rules"].append({"type": UNHEARD})


@contextmanager
def one_answer(endpoint: str, alter: Alter) -> Iterator[Any]:
    """Alter the answer of an endpoint that has the least id, or the one list; yield it as it was."""
    bodies = reading("github").book.bodies[endpoint]
    chosen = (
        min(bodies, key=lambda each: each["id"]) if isinstance(bodies[0], dict) and "id" in bodies[0] else bodies[0]
    )

    def altered(reply: Reply, path: Path, how: str) -> Reply:
        del path, how
        body = orjson.loads(reply.body)
        if body != chosen:
            return reply
        alter(body)
        return replace(reply, body=orjson.dumps(body))

    with patch.object(altering, "altered", altered):
        yield chosen


def read(endpoint: str, alter: Alter) -> tuple[Any, SnapshotBuilder]:
    """Return the answer that was altered, as it was, and what is then read."""
    with one_answer(endpoint, alter) as chosen:
        return chosen, reading("github").facts(Field("github", endpoint, ()), "odd")


def of(facts: SnapshotBuilder, kind: type[Any]) -> list[Any]:
    """Return the facts of a kind."""
    return [each for part in (facts._entities, facts._records) for each in part.values() if isinstance(each, kind)]


def rulesets(facts: SnapshotBuilder) -> dict[str, Gate]:
    """Return the rulesets that were read, by their keys."""
    return {each.ref.key: each for each in of(facts, Gate) if each.kind is GateKind.RULESET}


def bare(fact: Any) -> dict[str, Any]:
    """Return a fact without when it was read."""
    return {name: value for name, value in structs.asdict(fact).items() if name != "origin"}


def gaps(facts: SnapshotBuilder, facet: str) -> list[Gap]:
    """Return the gaps of a facet."""
    return [each for each in of(facts, Gap) if each.facet == facet]


def new_gaps(facts: SnapshotBuilder, facet: str) -> list[Gap]:
    """Return the gaps of a facet that there were not before."""
    was = {(each.scope, each.detail) for each in gaps(reading("github").plain, facet)}
    return [each for each in gaps(facts, facet) if (each.scope, each.detail) not in was]


KEPT = {
    "a type": (("rules", "*", "type"), "unheard"),
    "what it asks": (("rules", "*", "parameters"), "odd"),
    "who passes": (("bypass_actors", "*", "actor_id"), "null"),
    "how they pass": (("bypass_actors", "*", "bypass_mode"), "unheard"),
    "a list": (("bypass_actors",), "odd"),
}
LEFT_OUT = {
    "whether it holds": (("enforcement",), "unheard"),
    "for what": (("conditions", "ref_name", "include"), "odd"),
    "all rules": (("rules",), "gone"),
}


@pytest.mark.parametrize("endpoint", [RULESET, OF_REPOSITORY])
@pytest.mark.parametrize(("path", "how"), [*KEPT.values(), *LEFT_OUT.values()], ids=[*KEPT, *LEFT_OUT])
def test_the_other_rulesets_stand_and_nothing_unknown_is_said(endpoint: str, path: Path, how: str) -> None:
    chosen, facts = read(endpoint, first(path, how))
    was, now, key = rulesets(reading("github").plain), rulesets(facts), f"ruleset:{chosen['id']}"
    others = {each: bare(gate) for each, gate in was.items() if not each.startswith(key)}
    assert len(others) >= 2
    assert {each: bare(now[each]) for each in others} == others
    told = new_gaps(facts, Facet.REPO_RULESETS)
    if (path, how) in KEPT.values():
        assert (key in now, told) == (True, [])
    else:
        assert key not in now
        (gap,) = told
        assert chosen["name"] in gap.detail
    assert list(broken(said(seen("github", facts)), before("github"))) == []


def test_a_rule_that_github_adds_costs_no_ruleset_and_few_verdicts() -> None:
    for endpoint in (RULESET, OF_REPOSITORY):
        chosen, facts = read(endpoint, adds)
        assert rulesets(facts).keys() == rulesets(reading("github").plain).keys()
        marked = [each for each in rulesets(facts).values() if each.rules.get("unread")]
        assert [(each.name, each.rules["unread"]) for each in marked] == [(chosen["name"], [UNHEARD])]
        now, was = said(seen("github", facts)), before("github")
        assert list(broken(now, was)) == []
        changed = [each for each, held in was.held.items() if now.held.get(each) != held]
        assert len(changed) < len(was.held) / 20
        assert len(now.verdicts.findings) > len(was.verdicts.findings) * 0.95


def test_the_workflows_of_one_group_of_runners() -> None:
    path = ("runner_groups", "*", "selected_workflows")
    chosen, facts = read(GROUPS, first(path, "odd"))
    groups = {each.ref.key: each for each in of(facts, Resource) if each.ref.kind is Kind.RUNNER_GROUP}
    was = [each for each in of(reading("github").plain, Resource) if each.ref.kind is Kind.RUNNER_GROUP]
    odd = str(chosen["runner_groups"][0]["id"])
    assert len(was) > 1
    assert groups.keys() == {each.ref.key for each in was}
    assert [key for key, each in groups.items() if "selected_workflows" not in each.attributes] == [odd]
    assert list(broken(said(seen("github", facts)), before("github"))) == []


def test_one_credential_of_a_new_type() -> None:
    chosen, facts = read(CREDENTIALS, first(("*", "credential_type"), "unheard"))
    kinds = {Kind.CLASSIC_TOKEN, Kind.SSH_KEY}
    now, was = (
        {each.ref.key for each in of(every, Machine) if each.ref.kind in kinds}
        for every in (facts, reading("github").plain)
    )
    assert len(was) > 1
    assert was - now == {str(chosen[0]["credential_id"])}
    (gap,) = new_gaps(facts, Facet.ORG_CREDENTIALS)
    assert "credential_type" in gap.detail
    assert list(broken(said(seen("github", facts)), before("github"))) == []
