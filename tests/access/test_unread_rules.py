"""A rule that nobody knows only asks more: who is held stays held, and who was free is perhaps."""

from typing import Any

import pytest

from pipewarden.model.access import Answer
from pipewarden.model.access import Capability as C
from pipewarden.model.ids import Kind, Ref
from tests.access.estate import Estate, can
from tests.access.test_cases import ONE_REVIEW, SELECTED, deploying, ruled
from tests.access.test_oracle import spoken

NEW = {"unread": ["new"]}
PASSING = ({"actor_type": "RepositoryRole", "actor_id": 4, "bypass_mode": "always"},)


def answer(acme: Estate, who: Ref, capability: C, what: Ref) -> str:
    """Return the engine's answer as the cases word it."""
    number = acme.snapshot().ordinal(who)
    assert number is not None
    return spoken(acme.engine().who_can(capability, what), number)


@pytest.mark.parametrize(
    ("rules", "more", "push", "merge", "edit"),
    [
        pytest.param((), {}, "unknown", "unknown", "alone", id="alone"),
        pytest.param((ONE_REVIEW,), {}, "no", "unknown", "alone", id="beside a review"),
        pytest.param(("update",), {}, "no", "no", "alone", id="beside a lock"),
        pytest.param((), {"patterns": ("~ALL",)}, "unknown", "unknown", "unknown", id="over all branches"),
        pytest.param(("update",), {"patterns": ("~ALL",)}, "no", "no", "unknown", id="a lock over all branches"),
        pytest.param(("creation",), {"patterns": ("~ALL",)}, "unknown", "unknown", "unknown", id="beside creation"),
        pytest.param((), {"patterns": ("refs/heads/old",)}, "alone", "alone", "alone", id="over another branch"),
        pytest.param((), {"bypass": PASSING}, "alone", "alone", "alone", id="who is let through"),
        pytest.param((), {"bypass": PASSING, "patterns": ("~ALL",)}, "alone", "alone", "alone", id="everywhere"),
        pytest.param((), {"target": "push", "patterns": ("~ALL",)}, "alone", "alone", "unknown", id="over pushes"),
        pytest.param((), {"enforcement": "evaluate", "patterns": ("~ALL",)}, "alone", "alone", "alone", id="evaluated"),
    ],
)
def test_a_rule_that_nobody_knows(
    rules: tuple[object, ...], more: dict[str, Any], push: str, merge: str, edit: str
) -> None:
    acme, bob, web = ruled(*rules, body=NEW, **more)
    for capability, where, expected in (
        (C.PUSH, acme.branch(web), push),
        (C.MERGE, acme.branch(web), merge),
        (C.EDIT_PIPELINE, web, edit),
    ):
        assert answer(acme, bob, capability, where) == expected


def test_it_is_said_which_rule_it_is() -> None:
    acme, bob, web = ruled(body=NEW)
    main = acme.branch(web)
    found = can(acme.engine(), bob, C.PUSH, main)
    assert found is not None
    assert found.answer is Answer.UNKNOWN
    assert {each for path in found.paths for each in path.unknown} == {
        "what the rule new of ruleset main is guarded asks is not known"
    }


def test_a_tag_that_such_a_rule_may_keep() -> None:
    acme, bob, production = deploying(branch_policy=SELECTED, branch_policies=[{"name": "v*", "type": "tag"}])
    web = Ref("github.com", Kind.REPOSITORY, "web")
    acme.ruleset(web, "tags", "required_signatures", target="tag", patterns=("~ALL",), body=NEW)
    assert answer(acme, bob, C.DEPLOY, production) == "unknown"
    acme.ruleset(web, "more tags", "update", target="tag", patterns=("~ALL",))
    assert answer(acme, bob, C.DEPLOY, production) == "no"
