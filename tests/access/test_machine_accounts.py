"""Machines are told from people by what systems and lists say; a name says nothing, and what nobody says is told as that."""

from pipewarden.access.engine import Engine
from pipewarden.access.holding import Count, count
from pipewarden.access.leavers import Leavers
from pipewarden.model.access import Capability
from pipewarden.model.facts import Account, AnyFact, Resource
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.systems import System, source

from .followed import API, SEEN, directory, engine, github, person, put, team

HR = Ref("hr", Kind.TENANT, "hr")


def counted(asked: Engine) -> Count:
    holders = asked.who_can(Capability.PUSH, API)
    return count(asked, holders.sure | holders.unknown)


def acme(*facts: AnyFact) -> Engine:
    return engine(*directory("bob"), *team("bob", "acme-ci"), *person("bob"), *facts)


def test_what_its_system_calls_a_bot_is_a_machine() -> None:
    found = counted(acme(put(Account, github("acme-ci"), "acme-ci", type="Bot")))
    assert found == Count(people=1, accounts=1, machines=1)


def test_of_whom_nobody_says_it_is_neither_whatever_the_name() -> None:
    for name in ("acme-ci", "Lucia Bot"):
        found = counted(acme(put(Account, github("acme-ci"), name, type="User")))
        assert found == Count(people=1, accounts=1, unclaimed=1)


def test_whom_a_provider_knows_is_a_person_whatever_the_name() -> None:
    asked = engine(*directory("bob", "acme-ci"), *team("bob", "acme-ci"), *person("bob"), *person("acme-ci"))
    assert counted(asked) == Count(people=2, accounts=2)


def test_what_a_list_names_as_a_machine_is_one() -> None:
    rows = [{"machine": "github:acme-ci", "owners": ["team:acme/platform"], "because": "builds", "line": 2}]
    listed = (
        source("hr", System.ROSTER, SEEN),
        Resource(ref=HR, name="roster:hr", attributes={"machines": rows}, origin=SEEN),
    )
    asked = acme(put(Account, github("acme-ci"), "acme-ci", type="User"), *listed)
    assert counted(asked) == Count(people=1, accounts=1, machines=1)
    assert Leavers(asked).nobody_says((Capability.PUSH,)) == []


def test_where_nothing_tells_who_the_people_are_accounts_are_people() -> None:
    asked = engine(
        *team("bob", "acme-ci"), put(Account, github("bob"), "bob"), put(Account, github("acme-ci"), "acme-ci")
    )
    assert counted(asked) == Count(people=2, accounts=2)
